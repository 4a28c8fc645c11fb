// A till that takes MobilePay payments, in one file without dependencies. Needs Node 20.
//
//     node till.mjs pay 10.50
//
// It keeps to what the documentation of MobilePay PoS V10 asks of a client: time-outs of 2 s, and
// 0.5 s for reading; at most 5 retries with the same idempotency key and growing pauses; no poll
// sooner than `pollDelayInMs`; every payment captured or cancelled.

import { randomUUID } from "node:crypto";
import { realpathSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const READING = 500; // time-outs in milliseconds
const WRITING = 2000;
const PAUSES = [500, 1000, 2000, 4000, 8000]; // milliseconds before each retry
const POLL_DELAY = 1000; // milliseconds between two polls before an answer has told them
// Calls that make something: only they take an idempotency key.
const CREATING = ["/payments", "/payments/prepare", "/refunds", "/pointofsales"];
// States of payments and refunds in which the customer or the service is still to act.
const ACTIVE = ["Prepared", "Initiated", "Paired", "IssuedToUser"];

/** The service said no; asking again would not help. */
export class Refused extends Error {
  constructor(what, status, body) {
    const code = String(body?.code ?? body?.error ?? "");
    super(`${what}: ${status} ${code} ${body?.message ?? ""}`.trimEnd());
    this.status = status;
    this.code = code;
  }
}

/** There was no answer, however often it was asked for. */
export class GaveUp extends Error {}

/** No answer, or none that can be trusted: the work may be done or not. */
class NoAnswer extends Error {}

/** One point of sale of a merchant. */
export class Till {
  #url;
  #clientId;
  #login;
  #merchant;
  #currency;
  #name;
  #posId;
  #token;
  #tokenEnds = 0;

  /**
   * @param {object} options
   * @param {string} options.url where the service is
   * @param {string} options.clientId the integrator's client id
   * @param {string} options.secret its secret
   * @param {string} options.merchant the merchant's VAT number, such as DK12345678
   * @param {string} options.name the till's own name, `merchantPosId`; it is registered once
   */
  constructor({ url, clientId, secret, merchant, name }) {
    this.#url = url.replace(/\/+$/, "");
    this.#clientId = clientId;
    this.#login = Buffer.from(`${clientId}:${secret}`).toString("base64");
    this.#merchant = merchant;
    this.#currency = merchant.startsWith("FI") ? "EUR" : "DKK";
    this.#name = name;
  }

  // --- what a till does ----------------------------------------------------------------------

  /** Takes a payment, or only `part` of it; returns its id and the state it ended in. */
  async pay(amount, part = amount) {
    const paymentId = await this.start(amount);
    try {
      return [paymentId, await this.capture(paymentId, part)];
    } catch (error) {
      await this.cancel(paymentId); // or the customer's money stays reserved, for nobody
      throw error;
    }
  }

  /** Asks the customer for an amount; returns the payment's id. */
  async start(amount) {
    const order = {
      posId: await this.posId(),
      orderId: randomUUID(),
      amount,
      currencyCode: this.#currency,
      plannedCaptureDelay: "None",
    };
    const key = randomUUID();
    try {
      return (await this.#post("/payments", order, key)).paymentId;
    } catch (error) {
      if (error.code !== "1301") throw error;
    }
    // A payment is in the way, perhaps one of a till that crashed. A refused call does not use its
    // key up, so the same call once more is a retry.
    await this.#cleanUp();
    return (await this.#post("/payments", order, key)).paymentId;
  }

  /** Takes the money once it is reserved, all of it where a part is not possible. */
  async capture(paymentId, amount) {
    const payment = await this.wait(`/payments/${paymentId}`);
    if (payment.status !== "Reserved") return payment.status;
    const isPart = amount < payment.amount && !payment.partialCapturePossible;
    await this.#post(`/payments/${paymentId}/capture`, { amount: isPart ? payment.amount : amount });
    return "Captured";
  }

  /** Ends a payment that is not captured. */
  async cancel(paymentId) {
    await this.#post(`/payments/${paymentId}/cancel`);
    return "CancelledByClient";
  }

  /** Gives money back; returns the refund's id and the state it ended in. */
  async refund(paymentId, amount) {
    const { refundId } = await this.#post("/refunds", {
      paymentId,
      refundOrderId: randomUUID(),
      amount,
      currencyCode: this.#currency,
    });
    const { status } = await this.wait(`/refunds/${refundId}`);
    if (status !== "Reserved") return [refundId, status];
    await this.#post(`/refunds/${refundId}/capture`);
    return [refundId, "Captured"];
  }

  /** Returns a payment's state. */
  async status(paymentId) {
    return (await this.#get(`/payments/${paymentId}`, POLL_DELAY)).status;
  }

  /** Polls a payment or a refund until it is decided; returns it. */
  async wait(path) {
    let delay = POLL_DELAY;
    for (;;) {
      const found = await this.#get(path, delay);
      if (!ACTIVE.includes(found.status)) return found;
      delay = found.pollDelayInMs;
      await sleep(delay);
    }
  }

  /** Returns the till's id; it is registered in the merchant's first store if it is new. */
  async posId() {
    if (!this.#posId) {
      const name = encodeURIComponent(this.#name);
      const { posIds } = await this.#get(`/pointofsales?merchantPosId=${name}`);
      this.#posId = posIds[0] ?? (await this.#register());
    }
    return this.#posId;
  }

  async #register() {
    const { storeIds } = await this.#get("/stores");
    const pos = {
      merchantPosId: this.#name,
      storeId: storeIds[0],
      name: this.#name,
      supportedBeaconTypes: ["QR"],
    };
    return (await this.#post("/pointofsales", pos)).posId;
  }

  async #cleanUp() {
    const { paymentIds } = await this.#get(`/payments?posId=${await this.posId()}`);
    for (const paymentId of paymentIds) {
      if (!ACTIVE.includes(await this.status(paymentId))) continue;
      try {
        await this.cancel(paymentId);
      } catch (error) {
        if (!(error instanceof Refused)) throw error; // else it has just ended by itself
      }
    }
  }

  // --- how it calls --------------------------------------------------------------------------

  #get(path, delay) {
    return this.#call("GET", path, undefined, undefined, delay);
  }

  #post(path, body, key = randomUUID()) {
    return this.#call("POST", path, body, key);
  }

  #call(method, path, body, key, delay) {
    const headers = { "X-MobilePay-Client-System-Version": "1.0.0", "X-IBM-Client-Id": this.#clientId };
    if (body) headers["Content-Type"] = "application/json";
    if (CREATING.includes(path)) headers["X-MobilePay-Idempotency-Key"] = key;
    const needsBody = method === "GET" || CREATING.includes(path);

    return insist(`${method} ${path}`, async () => {
      headers.Authorization = `Bearer ${await this.#validToken()}`;
      const request = { method, headers, body: body && JSON.stringify(body) };
      try {
        return await exchange(`${this.#url}/pos/v10${path}`, request, needsBody);
      } catch (error) {
        if (error.status !== 401) throw error;
        this.#token = undefined;
        throw new NoAnswer("the token is not good any more");
      }
    }, delay);
  }

  async #validToken() {
    if (!this.#token || performance.now() >= this.#tokenEnds) {
      const url = `${this.#url}/integrator-authentication/connect/token`;
      const form = { grant_type: "client_credentials", merchant_vat: this.#merchant };
      const headers = { Authorization: `Basic ${this.#login}`, "X-IBM-Client-Id": this.#clientId };
      const request = { method: "POST", headers, body: new URLSearchParams(form) };
      const answer = await insist("fetching a token", () => exchange(url, request, true));
      this.#token = answer.access_token;
      this.#tokenEnds = performance.now() + (answer.expires_in - 60) * 1000;
    }
    return this.#token;
  }
}

/**
 * Makes an attempt, and another after each pause for as long as there is no answer.
 * No pause is shorter than `delay`, in milliseconds: a poll that fails is a poll.
 */
async function insist(what, attempt, delay = 0) {
  for (const pause of [...PAUSES, undefined]) {
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof NoAnswer)) throw error;
      if (pause === undefined) {
        throw new GaveUp(`${what}: ${PAUSES.length + 1} attempts failed; ${error.message}`);
      }
      await sleep(Math.max(delay, pause * (0.8 + 0.4 * Math.random())));
    }
  }
}

/** Makes a call once; returns the body of the answer. What can't be understood is no answer. */
async function exchange(url, request, needsBody) {
  let status, text;
  try {
    const signal = AbortSignal.timeout(request.method === "GET" ? READING : WRITING);
    const answer = await fetch(url, { ...request, signal });
    status = answer.status;
    text = await answer.text();
  } catch (error) {
    throw new NoAnswer(error.cause?.message || error.message);
  }
  if (status >= 500 || status === 429) throw new NoAnswer(`the last was answered ${status}`);
  let body;
  try {
    body = text ? JSON.parse(text) : undefined;
  } catch {
    throw new NoAnswer("the last answer was no JSON");
  }
  if (status !== 200) throw new Refused(`${request.method} ${new URL(url).pathname}`, status, body);
  if (needsBody && !(body instanceof Object)) throw new NoAnswer("the last answer had no body");
  return body;
}

// --- the command line ---------------------------------------------------------------------------

const USAGE = `usage: node till.mjs [options] command

  pay AMOUNT                take a payment; --capture AMOUNT takes only so much of it
  start AMOUNT              start a payment, and leave it
  capture PAYMENT AMOUNT    take the money of a payment once it is reserved
  cancel PAYMENT            end a payment
  refund PAYMENT AMOUNT     give money back
  status PAYMENT            look a payment up

  --url URL  --client-id ID  --secret SECRET  --merchant VAT  --pos NAME`;

const OPTIONS = {
  url: { type: "string", default: process.env.MOBILEPAY_URL ?? "http://127.0.0.1:8080" },
  "client-id": { type: "string", default: "11111111-2222-4333-8444-555555555555" },
  secret: { type: "string", default: "sandbox-secret" },
  merchant: { type: "string", default: "DK12345678" },
  pos: { type: "string", default: "till-1" },
  capture: { type: "string" },
};

// What each command takes, and what it does: it tells a payment or refund, and its state.
const COMMANDS = {
  pay: [["amount"], (till, { amount, part }) => till.pay(amount, part)],
  start: [["amount"], (till, { amount }) => till.start(amount).then(withState(till))],
  capture: [
    ["payment", "amount"],
    async (till, { payment, amount }) => [payment, await till.capture(payment, amount)],
  ],
  cancel: [["payment"], async (till, { payment }) => [payment, await till.cancel(payment)]],
  refund: [["payment", "amount"], (till, { payment, amount }) => till.refund(payment, amount)],
  status: [["payment"], (till, { payment }) => withState(till)(payment)],
};

// The state in which a command has done what it is for.
const AIMS = { pay: "Captured", capture: "Captured", refund: "Captured" };

const withState = (till) => async (payment) => [payment, await till.status(payment)];

class Misused extends Error {}

function amountOf(text) {
  if (!/^\d+(\.\d{1,2})?$/.test(text) || Number(text) === 0) {
    throw new Misused(`${JSON.stringify(text)} is no amount such as 10.50`);
  }
  return Number(text);
}

function understand(words) {
  let parsed;
  try {
    parsed = parseArgs({ args: words, options: OPTIONS, allowPositionals: true });
  } catch (error) {
    throw new Misused(error.message);
  }
  const { values: options, positionals } = parsed;
  const [command, ...given] = positionals;
  if (command === undefined) throw new Misused(USAGE);
  if (!Object.hasOwn(COMMANDS, command)) {
    const there = Object.keys(COMMANDS).join(", ");
    throw new Misused(`${JSON.stringify(command)} is no command; there are ${there}`);
  }
  const [takes, act] = COMMANDS[command];
  if (given.length !== takes.length) throw new Misused(`${command} takes: ${takes.join(", ")}`);
  const protocol = URL.canParse(options.url) ? new URL(options.url).protocol : "";
  if (!["http:", "https:"].includes(protocol)) {
    throw new Misused(`${JSON.stringify(options.url)} is no URL such as http://127.0.0.1:8080`);
  }
  const asked = Object.fromEntries(takes.map((word, place) => [word, given[place]]));
  if ("amount" in asked) asked.amount = amountOf(asked.amount);
  if (options.capture !== undefined) asked.part = amountOf(options.capture);
  return { options, command, act, asked };
}

async function main(words) {
  try {
    const { options, command, act, asked } = understand(words);
    const till = new Till({ ...options, clientId: options["client-id"], name: options.pos });
    const [id, state] = await act(till, asked);
    console.log(`${id} ${state}`);
    return state === (AIMS[command] ?? state) ? 0 : 1;
  } catch (error) {
    if (![Refused, GaveUp, Misused].some((kind) => error instanceof kind)) throw error;
    console.error(error.message);
    return error instanceof Misused ? 2 : 1;
  }
}

if (process.argv[1] && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  process.exitCode = await main(process.argv.slice(2));
}
