// `undici`, by its `request`.

import { request } from "undici";

import { basic, encoded, NoAnswer, walk } from "./walk.mjs";

async function send({ method, url, headers, login, ...rest }) {
  const [type, body] = encoded(rest);
  const more = { ...(type && { "Content-Type": type }), ...(login && { Authorization: basic(login) }) };
  try {
    const answer = await request(url, { method, headers: { ...headers, ...more }, body });
    return { status: answer.statusCode, text: await answer.body.text() };
  } catch (error) {
    throw error.code === "UND_ERR_SOCKET" ? new NoAnswer(error.message) : error;
  }
}

await walk(send);
