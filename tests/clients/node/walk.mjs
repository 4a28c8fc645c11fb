// A till that pays once: what the programs of all Node stacks have in common.

import { randomUUID } from "node:crypto";
import { setTimeout } from "node:timers/promises";

const { TILL_URL, TILL_CLIENT_ID, TILL_SECRET, TILL_MERCHANT } = process.env;
const NOT_DONE = [502, 503, 504];
/** Milliseconds before a call is made again. */
const PAUSE = 100;

/** The connection broke: the work may be done or not. */
export class NoAnswer extends Error {}

/** The value of `Authorization`, for stacks that make none. */
export function basic({ username, password }) {
  return "Basic " + Buffer.from(`${username}:${password}`).toString("base64");
}

/** Type and text of the body, for stacks that encode nothing. */
export function encoded({ form, json }) {
  if (form) {
    return ["application/x-www-form-urlencoded", new URLSearchParams(form).toString()];
  }
  return json ? ["application/json", JSON.stringify(json)] : [];
}

/** Pays, captures and gives back; `send` takes a call, and returns the status and the text. */
export async function walk(send) {
  async function ask(method, path, { headers = {}, ...body }) {
    const { status, text } = await send({ method, url: TILL_URL + path, headers, ...body });
    if (NOT_DONE.includes(status)) {
      throw new NoAnswer(`${status}`);
    }
    if (status < 200 || status > 299) {
      throw new Error(`${method} ${path}: ${status} ${text}`);
    }
    return text ? JSON.parse(text) : {};
  }

  const { access_token: token } = await ask("POST", "/integrator-authentication/connect/token", {
    form: { grant_type: "client_credentials", merchant_vat: TILL_MERCHANT },
    login: { username: TILL_CLIENT_ID, password: TILL_SECRET },
  });

  function pos(method, path, json, key) {
    const headers = {
      Authorization: `Bearer ${token}`,
      "X-MobilePay-Client-System-Version": "1.0.0",
      ...(key && { "X-MobilePay-Idempotency-Key": key }),
    };
    return ask(method, `/pos/v10${path}`, { headers, json });
  }

  async function untilReserved(path, delay) {
    do {
      await setTimeout(delay);
    } while ((await pos("GET", path)).status !== "Reserved");
  }

  const { storeIds } = await pos("GET", "/stores");
  const till = { merchantPosId: "till-1", storeId: storeIds[0], name: "Till 1" };
  till.supportedBeaconTypes = ["QR"];
  const { posId } = await pos("POST", "/pointofsales", till, randomUUID());

  const order = { posId, orderId: "order-1", amount: 10.5 };
  Object.assign(order, { currencyCode: "DKK", plannedCaptureDelay: "None" });
  const key = randomUUID();
  let again = 0;
  let payment;
  while (!payment) {
    try {
      payment = (await pos("POST", "/payments", order, key)).paymentId;
    } catch (error) {
      if (!(error instanceof NoAnswer) || ++again === 3) {
        throw error;
      }
      await setTimeout(PAUSE);
    }
  }
  const delay = (await pos("GET", `/payments/${payment}`)).pollDelayInMs;
  await untilReserved(`/payments/${payment}`, delay);
  await pos("POST", `/payments/${payment}/capture`, { amount: 10.5 });

  const back = { paymentId: payment, refundOrderId: "refund-1", amount: 4, currencyCode: "DKK" };
  const { refundId: refund } = await pos("POST", "/refunds", back, randomUUID());
  await untilReserved(`/refunds/${refund}`, delay);
  await pos("POST", `/refunds/${refund}/capture`);
  const { status } = await pos("GET", `/payments/${payment}`);
  await pos("DELETE", `/pointofsales/${posId}`);
  console.log(`payment=${payment} refund=${refund} status=${status} again=${again}`);
}
