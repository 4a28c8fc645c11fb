// Tests of the till against the simulator: MOBILEPAY_URL says where it is.
//
//     node --test

import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { describe, test } from "node:test";
import { Till } from "./till.mjs";

const SIMULATOR = process.env.MOBILEPAY_URL ?? "http://127.0.0.1:8080";

/** A world of a test's own, with a till in it; both are gone when the test ends. */
async function enterSandbox(t) {
  const name = `node-${randomUUID()}`;
  const url = `${SIMULATOR}/sandboxes/${name}`;

  const control = async (method, path, body) => {
    const answer = await fetch(`${url}/_simulator${path}`, {
      method,
      headers: { "Content-Type": "application/json" },
      body: body && JSON.stringify(body),
    });
    const text = await answer.text();
    assert.ok(answer.ok, `${method} ${path}: ${answer.status} ${text}`);
    return text ? JSON.parse(text) : undefined;
  };

  t.after(() => fetch(`${SIMULATOR}/_simulator/sandboxes/${name}`, { method: "DELETE" }));
  await control("PUT", "/clock", { scale: 10 }); // customers are ten times as quick
  const till = new Till({
    url,
    clientId: "11111111-2222-4333-8444-555555555555",
    secret: "sandbox-secret",
    merchant: "DK12345678",
    name: "till-1",
  });
  return { control, till };
}

describe("the till", { concurrency: true }, () => {
  test("takes a payment", async (t) => {
    const { till } = await enterSandbox(t);
    const [, state] = await till.pay(10.5);
    assert.equal(state, "Captured");
  });

  test("gives a part of it back", async (t) => {
    const { till } = await enterSandbox(t);
    const [payment] = await till.pay(10.5);
    const [, state] = await till.refund(payment, 4);
    assert.equal(state, "Captured");
  });

  test("takes no money from a customer who cancels", async (t) => {
    const { control, till } = await enterSandbox(t);
    await control("POST", "/scenarios/next", { scenario: "rejection" });
    const [, state] = await till.pay(10.5);
    assert.equal(state, "CancelledByUser");
  });

  test("finds a reservation ended after a week", async (t) => {
    const { control, till } = await enterSandbox(t);
    const payment = await till.start(10.5);
    await till.wait(`/payments/${payment}`);
    await control("POST", "/clock/advance", { seconds: 7 * 24 * 60 * 60 });
    assert.equal(await till.status(payment), "ExpiredAndCancelled");
  });

  for (const scenario of ["lost-response-initiate", "lost-response-capture", "token-revoked"]) {
    test(`does right in the scenario ${scenario}`, async (t) => {
      const { control, till } = await enterSandbox(t);
      const queued = await control("POST", "/scenarios/next", { scenario });
      await till.pay(10.5);
      const run = await control("POST", `/runs/${queued.runs[0]}/wait?timeout=10`);
      assert.equal(run.verdict, "passed", JSON.stringify(run.expectations, null, 2));
    });
  }
});
