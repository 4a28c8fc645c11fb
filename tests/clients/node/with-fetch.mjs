// The `fetch` that Node brings.

import { basic, NoAnswer, walk } from "./walk.mjs";

async function send({ method, url, headers, login, form, json }) {
  const more = {};
  if (login) {
    more.Authorization = basic(login);
  }
  if (json) {
    more["Content-Type"] = "application/json";
  }
  const body = form ? new URLSearchParams(form) : json && JSON.stringify(json);
  try {
    const answer = await fetch(url, { method, headers: { ...headers, ...more }, body });
    return { status: answer.status, text: await answer.text() };
  } catch (error) {
    throw error.cause?.code === "UND_ERR_SOCKET" ? new NoAnswer(error.cause.message) : error;
  }
}

await walk(send);
