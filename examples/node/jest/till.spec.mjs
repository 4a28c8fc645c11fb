import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { enterSandbox } from "../sandbox.mjs";
import { Till } from "../till.mjs";

let sandbox, till;

beforeEach(async () => {
  sandbox = await enterSandbox();
  till = new Till({
    url: sandbox.url,
    clientId: "11111111-2222-4333-8444-555555555555",
    secret: "sandbox-secret",
    merchant: "DK12345678",
    name: "till-1",
  });
});
afterEach(() => sandbox.leave());

test("takes a payment", async () => {
  const [, state] = await till.pay(10.5);
  expect(state).toBe("Captured");
});

test("takes no money from a customer who cancels", async () => {
  await sandbox.control("POST", "/scenarios/next", { scenario: "rejection" });
  const [, state] = await till.pay(10.5);
  expect(state).toBe("CancelledByUser");
});

test("captures again where the answer is lost", async () => {
  const { runs } = await sandbox.control("POST", "/scenarios/next", { scenario: "lost-response-capture" });
  await till.pay(10.5);
  const run = await sandbox.control("POST", `/runs/${runs[0]}/wait?timeout=10`);
  expect(run).toMatchObject({ verdict: "passed" });
});
