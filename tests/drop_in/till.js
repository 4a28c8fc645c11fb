// A till as it was shipped: it knows nothing but the address of the real service.

const SERVICE = "https://api.mobilepay.dk";
const CLIENT_ID = "11111111-2222-4333-8444-555555555555";
const SECRET = "sandbox-secret";

let bearer = "";
let keys = 0;

async function ask(method, path, body, headers) {
  const answer = await fetch(SERVICE + path, { method, body, headers });
  const text = await answer.text();
  if (answer.status !== 200) {
    throw new Error(`${method} ${path}: ${answer.status} ${text}`);
  }
  return text ? JSON.parse(text) : null;
}

function token() {
  const form = new URLSearchParams({
    grant_type: "client_credentials",
    client_id: CLIENT_ID,
    client_secret: SECRET,
    merchant_vat: "DK12345678",
  });
  return ask("POST", "/integrator-authentication/connect/token", form);
}

function pos(method, path, body) {
  keys += 1;
  return ask(method, `/pos/v10${path}`, body && JSON.stringify(body), {
    Authorization: `Bearer ${bearer}`,
    "X-MobilePay-Client-System-Version": "2.1.0",
    "X-MobilePay-Idempotency-Key": `till-2-${keys}`,
    "Content-Type": "application/json",
  });
}

async function pay() {
  bearer = (await token()).access_token;
  const [storeId] = (await pos("GET", "/stores")).storeIds;
  const { posId } = await pos("POST", "/pointofsales", {
    merchantPosId: "till-2",
    storeId,
    name: "Till 2",
    supportedBeaconTypes: ["QR"],
  });
  const { paymentId } = await pos("POST", "/payments", {
    posId,
    orderId: "order-1",
    amount: 10.5,
    currencyCode: "DKK",
    plannedCaptureDelay: "None",
  });
  let payment = await pos("GET", `/payments/${paymentId}`);
  while (!["Reserved", "CancelledByUser"].includes(payment.status)) {
    await new Promise((resolve) => setTimeout(resolve, payment.pollDelayInMs));
    payment = await pos("GET", `/payments/${paymentId}`);
  }
  await pos("POST", `/payments/${paymentId}/capture`, { amount: 10.5 });
  console.log((await pos("GET", `/payments/${paymentId}`)).status);
}

pay().catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
