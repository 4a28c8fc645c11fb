// `axios`.

import axios from "axios";

import { NoAnswer, walk } from "./walk.mjs";

async function send({ method, url, headers, login, form, json }) {
  const data = form ? new URLSearchParams(form) : json;
  const options = { method, url, headers, data, auth: login, validateStatus: () => true };
  try {
    const answer = await axios({ ...options, responseType: "text", transformResponse: (text) => text });
    return { status: answer.status, text: answer.data };
  } catch (error) {
    throw error.code === "ECONNRESET" ? new NoAnswer(error.message) : error;
  }
}

await walk(send);
