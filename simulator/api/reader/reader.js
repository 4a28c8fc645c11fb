// Shows one of the simulator's two documents, told what this sandbox holds: required headers are filled
// in, ids are those of things that are there, and Authorize gets a token by itself.

const IS_CONTROL = new URLSearchParams(location.search).get("api") === "control";
const { clientId, secret } = document.body.dataset;
const SAID = document.querySelector("#said");

const FAULTS = "faults:\n  - call: CapturePayment\n    first: 1\n    cut: after_commit\n";
const SCENARIO = "summary: The customer pays.\nsteps:\n  - include: success\n";

/** Says something in the page's status line. */
function say(words, isWrong = false) {
  SAID.textContent = words;
  SAID.className = isWrong ? "wrong" : "";
}

/** Returns what a path answers, or null where it is refused: others may not use the control API. */
async function read(path) {
  const answer = await fetch(path);
  return answer.ok ? answer.json() : null;
}

/** Returns a lower-case name's example, from what is in this sandbox, the newest of each. */
async function examplesHere() {
  const names = ["merchants", "points-of-sale", "payments", "requests?limit=1", "runs?limit=1"];
  const paths = names.map((name) => `_simulator/${name}`);
  const [merchants, tills, payments, requests, runs] = await Promise.all(paths.map(read));
  const merchant = merchants?.merchants[0];
  const newest = payments?.payments.at(-1)?.paymentId;
  const payment = newest && (await read(`_simulator/payments/${newest}`));
  const ids = {
    storeid: merchant?.stores[0]?.storeId,
    posid: tills?.pointsOfSale.at(-1)?.posId,
    paymentid: newest,
    refundid: payment?.refunds.at(-1)?.refundId,
    requestid: requests?.requests.at(-1)?.id?.toString(),
    runid: runs?.runs.at(-1)?.id,
  };
  const service = {
    "x-mobilepay-client-system-version": "1.0.0",
    "x-mobilepay-idempotency-key": `docs-${Date.now()}`,
    grant_type: "client_credentials",
    client_id: clientId,
    client_secret: secret,
    merchant_vat: merchant?.vat,
    merchantposid: "till-1",
    name: "Till 1",
    beaconid: tills?.pointsOfSale.at(-1)?.beaconId,
    orderid: "order-1",
    refundorderid: "refund-1",
    amount: 10.5,
  };
  const control = { scenario: "lost-response-capture", seconds: 2, scale: 0, operation: "CapturePayment" };
  const all = { ...ids, ...(IS_CONTROL ? control : service) };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
}

/** Returns a schema itself, where it is named or may be null. */
function resolved(schema, schemas) {
  if (schema.$ref) return resolved(schemas[schema.$ref.split("/").at(-1)], schemas);
  const other = (schema.allOf ?? schema.anyOf)?.find((each) => each.type !== "null");
  return other ? resolved(other, schemas) : schema;
}

/** Returns a value of a schema: an object has what it must have, or else what there are examples of. */
function sample(schema, schemas, examples) {
  const { type, enum: words, items, properties = {}, required = [] } = resolved(schema, schemas);
  if (words) return words[0];
  if (type === "array") return items ? [sample(items, schemas, examples)] : [];
  if (type !== "object") return { boolean: false, integer: 1, number: 1 }[type] ?? "text";
  const known = Object.keys(properties).filter((name) => name.toLowerCase() in examples);
  const taken = required.length ? required : known;
  const value = (name) =>
    examples[name.toLowerCase()] ?? sample(properties[name], schemas, examples);
  return Object.fromEntries(taken.map((name) => [name, value(name)]));
}

/** Writes examples into the parameters and bodies of all calls. */
function fill(found, examples) {
  for (const [path, operations] of Object.entries(found.paths)) {
    for (const { parameters, requestBody } of Object.values(operations)) {
      parameters?.forEach((each) => (each.example = examples[each.name.toLowerCase()]));
      for (const [type, media] of Object.entries(requestBody?.content ?? {})) {
        const text = path.endsWith("/faults") ? FAULTS : SCENARIO;
        if (type === "application/yaml") media.example = text;
        else if (type !== "text/csv") media.example = sample(media.schema, found.components.schemas, examples);
      }
    }
  }
}

/** Makes each error code of an answer's description a link to its explanation. */
function explain(document) {
  for (const operation of Object.values(document.paths).flatMap((path) => Object.values(path))) {
    for (const answer of Object.values(operation.responses ?? {})) {
      answer.description = answer.description.replace(
        /^(\d{4}|no body): /gm,
        (_, code) => `- [${code}](docs/errors#${code.replace(" ", "-")}): `,
      );
    }
  }
}

/** Gets a token by client credentials, and gives it to all calls. */
async function authorize(ui, merchant) {
  const form = {
    grant_type: "client_credentials",
    client_id: clientId,
    client_secret: secret,
    merchant_vat: merchant,
  };
  const path = "integrator-authentication/connect/token";
  const headers = { "X-IBM-Client-Id": clientId };
  const answer = await fetch(path, { method: "POST", headers, body: new URLSearchParams(form) });
  const said = await answer.json().catch(() => ({}));
  if (answer.ok) ui.preauthorizeApiKey("token", said.access_token);
  if (answer.ok) say(`Authorized for ${merchant}, for ${said.expires_in} seconds.`);
  else say(`No token: ${answer.status} ${said.error_description ?? said.error ?? ""}`, true);
}

/** Adds to a call of the service what the gateway in front of it asks for, where it is not given. */
function throughGateway(request) {
  const names = Object.keys(request.headers).map((name) => name.toLowerCase());
  const add = (name, value) => names.includes(name.toLowerCase()) || (request.headers[name] = value);
  if (new URL(request.url, location).origin !== location.origin) return request;
  add("X-IBM-Client-Id", clientId);
  if (request.url.includes("/usersimulation/")) add("X-IBM-Client-Secret", secret);
  return request;
}

/** Names the fields that Swagger UI gives no name that can be read out. */
function label() {
  for (const field of document.querySelectorAll("#swagger-ui :is(select, textarea, input)")) {
    if (field.ariaLabel || field.title) continue;
    if (field.labels.length && field.id !== "servers") continue; // the label there is empty
    const parameter = field.closest("tr[data-param-name]")?.dataset.paramName;
    const kind = field.matches("textarea") ? "Body" : "Choice";
    field.ariaLabel = parameter ?? (field.id === "servers" ? "Server" : kind);
  }
}

/** Numbers the headings without a gap: Swagger UI's go from the first level to the third. */
function level() {
  for (const heading of document.querySelectorAll("#swagger-ui :is(h3, h4, h5, h6)")) {
    const is = heading.matches(".models > h4") ? 3 : Number(heading.localName[1]);
    heading.ariaLevel = String(is - 1);
  }
}

/** Lets the keyboard scroll what is wider or higher than its box. */
function reach() {
  for (const each of document.querySelectorAll("#swagger-ui pre")) {
    const isCut = each.scrollWidth > each.clientWidth || each.scrollHeight > each.clientHeight;
    if (isCut) each.tabIndex = 0;
  }
}

async function show() {
  const links = document.querySelectorAll(".reader nav a");
  links[IS_CONTROL ? 1 : 0].setAttribute("aria-current", "page");
  const [found, examples] = await Promise.all([
    read(IS_CONTROL ? "_simulator/openapi.json" : "openapi.json"),
    examplesHere(),
  ]);
  if (found === null) {
    say("The control API is closed to you; log in on the page first.", true);
    return;
  }
  fill(found, examples);
  explain(found);
  const onePress = (Original, { React }) => (props) => {
    const merchant = examples.merchant_vat ?? "DK12345678";
    const press = { onClick: () => authorize(ui, merchant) };
    return React.createElement(Original, IS_CONTROL || props.isAuthorized ? props : { ...props, ...press });
  };
  // Swagger UI puts a link into the button that opens a call; one inside the other can't be read out.
  const plain = (_, { React }) => ({ text }) => React.createElement("span", null, text);
  const ui = SwaggerUIBundle({
    spec: found,
    dom_id: "#swagger-ui",
    deepLinking: true,
    tryItOutEnabled: true,
    docExpansion: "list",
    defaultModelsExpandDepth: 0,
    validatorUrl: null,
    requestInterceptor: IS_CONTROL ? undefined : throughGateway,
    plugins: [() => ({ wrapComponents: { authorizeBtn: onePress, DeepLink: plain } })],
  });
}

// Its dark colours are a class.
const dark = matchMedia("(prefers-color-scheme: dark)");
const shade = () => document.documentElement.classList.toggle("dark-mode", dark.matches);
dark.addEventListener("change", shade);
shade();

for (const mend of [label, level, reach]) new MutationObserver(mend).observe(document.body, { childList: true, subtree: true });
show();
