// `got`.

import got from "got";

import { NoAnswer, walk } from "./walk.mjs";

async function send({ method, url, headers, login, form, json }) {
  const options = { method, headers, form, json, ...login, throwHttpErrors: false };
  try {
    const answer = await got(url, options);
    return { status: answer.statusCode, text: answer.body };
  } catch (error) {
    throw error.code === "ECONNRESET" ? new NoAnswer(error.message) : error;
  }
}

await walk(send);
