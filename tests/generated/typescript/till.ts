// A till's test with openapi-fetch and the types that openapi-typescript makes of both documents.
// SIMULATOR_URL is the URL of a sandbox. It prints `payment=ID status=STATE verdict=VERDICT`.

import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import createClient from "openapi-fetch";
import type { paths as ControlPaths } from "./control.js";
import type { paths as ServicePaths } from "./service.js";

const env = (name: string): string => process.env[name] ?? assert.fail(`${name} is not set`);

const baseUrl = env("SIMULATOR_URL");
const control = createClient<ControlPaths>({ baseUrl });
const service = createClient<ServicePaths>({ baseUrl });

/** Returns the body of an answer that must be fine. */
function done<T>(answer: { data?: T; error?: unknown; response: Response }): T {
  assert.ok(answer.response.ok, `${answer.response.status} ${JSON.stringify(answer.error)}`);
  return answer.data as T;
}

done(await control.PUT("/_simulator/clock", { body: { scale: 0 } }));
const faults = { faults: [{ call: "QueryPayment", first: 1, answer: { status: 503 } }] };
done(await control.PUT("/_simulator/faults", { body: faults }));
const queued = done(
  await control.POST("/_simulator/scenarios/next", { body: { scenario: "lost-response-capture" } }),
);

const login = done(
  await service.POST("/integrator-authentication/connect/token", {
    body: {
      grant_type: "client_credentials",
      merchant_vat: env("TILL_MERCHANT"),
      client_id: env("TILL_CLIENT_ID"),
      client_secret: env("TILL_SECRET"),
    },
    headers: { "Content-Type": "application/x-www-form-urlencoded" },
  }),
);
service.use({
  onRequest({ request }) {
    request.headers.set("Authorization", `Bearer ${login.access_token}`);
  },
});

const version = { "x-mobilepay-client-system-version": "1.0.0" };
const creating = () => ({ ...version, "x-mobilepay-idempotency-key": randomUUID() });

const { storeIds } = done(await service.GET("/pos/v10/stores", { params: { header: version } }));
const storeId = storeIds?.[0] ?? assert.fail("the merchant has no store");
const { posId } = done(
  await service.POST("/pos/v10/pointofsales", {
    params: { header: creating() },
    body: { merchantPosId: "till-1", storeId, name: "Till 1", supportedBeaconTypes: ["QR"] },
  }),
);
const { paymentId } = done(
  await service.POST("/pos/v10/payments", {
    params: { header: creating() },
    body: {
      posId,
      orderId: "order-1",
      amount: 10.5,
      currencyCode: "DKK",
      plannedCaptureDelay: "None",
    },
  }),
);
const params = { path: { paymentid: paymentId }, header: version };
const look = () => service.GET("/pos/v10/payments/{paymentid}", { params });
const capture = () =>
  service.POST("/pos/v10/payments/{paymentid}/capture", { params, body: { amount: 10.5 } });

assert.equal((await look()).response.status, 503);
assert.equal(done(await look()).status, "Initiated");
done(await control.POST("/_simulator/clock/advance", { body: { seconds: 2 } }));
assert.equal(done(await look()).status, "Reserved");

await assert.rejects(capture(), TypeError); // its answer is lost
done(await capture());

const run = done(
  await control.POST("/_simulator/runs/{runId}/wait", {
    params: { path: { runId: queued.runs[0] ?? assert.fail("no run") }, query: { timeout: 5 } },
  }),
);
console.log(`payment=${paymentId} status=${done(await look()).status} verdict=${run.verdict}`);
