// `node:http` and `node:https`, with the global agent.

import http from "node:http";
import https from "node:https";

import { encoded, NoAnswer, walk } from "./walk.mjs";

function send({ method, url, headers, login, ...body }) {
  const [type, content] = encoded(body);
  const options = { method, headers: { ...headers, ...(type && { "Content-Type": type }) } };
  if (login) {
    options.auth = `${login.username}:${login.password}`;
  }
  const transport = url.startsWith("https:") ? https : http;
  return new Promise((resolve, reject) => {
    const request = transport.request(url, options, async (answer) => {
      let text = "";
      for await (const part of answer.setEncoding("utf8")) {
        text += part;
      }
      resolve({ status: answer.statusCode, text });
    });
    request.on("error", (error) => {
      reject(error.code === "ECONNRESET" ? new NoAnswer(error.message) : error);
    });
    request.end(content);
  });
}

await walk(send);
