// What htmx can't do: tell how the connection is, let clocks run, copy, move the focus, light and dark.

const LOGGED_OUT = "Logged out";
const link = document.getElementById("link");

function connection(state, words) {
  if (link && link.dataset.live !== state) {
    link.dataset.live = state;
    link.querySelector("[data-says]").textContent = words;
  }
}
document.body.addEventListener("htmx:sseOpen", () => connection("on", "Live"));
document.body.addEventListener("htmx:sseError", () => {
  if (link?.querySelector("[data-says]").textContent !== LOGGED_OUT) connection("lost", "Reconnecting");
});

// Where a control token is asked for, somebody may log out, here or in another tab.
const LOGGED = "mobilepay-sim-logged";
const logOut = document.querySelector("form[action$='/page/logout']");
const showLoggedOut = () => connection("lost", LOGGED_OUT);
if (logOut) {
  localStorage.setItem(LOGGED, "in");
  logOut.addEventListener("submit", () => localStorage.setItem(LOGGED, "out"));
  addEventListener("storage", ({ key, newValue }) => {
    if (key !== LOGGED) return;
    if (newValue === "out") showLoggedOut();
    else connection("on", "Live");
  });
  // A stream that is refused does not say why.
  document.body.addEventListener("htmx:sseError", async () => {
    const now = document.getElementById("now").getAttribute("hx-get");
    const answer = await fetch(now, { headers: { "HX-Request": "true" } }).catch(() => null);
    if (answer?.status === 401) showLoggedOut();
  });
}
// A press leads to the login; what the page fetches by itself does not.
document.body.addEventListener("htmx:beforeOnLoad", (event) => {
  const { xhr, requestConfig } = event.detail;
  if (xhr.status !== 401) return;
  showLoggedOut();
  const by = requestConfig.triggeringEvent;
  if (!by?.isTrusted || by.type === "input") event.preventDefault();
});

// The clock in the header runs on between two looks at the sandbox.
let shown = null;
let since = 0;
function tick() {
  const time = document.querySelector("[data-now]");
  if (time) {
    if (time.dataset.now !== shown) {
      shown = time.dataset.now;
      since = performance.now();
    }
    const passed = (performance.now() - since) * Number(time.dataset.scale);
    const at = new Date(Date.parse(shown) + passed).toISOString();
    time.querySelector("[data-day]").textContent = at.slice(0, 10);
    time.querySelector("[data-time]").textContent = at.slice(11, 19);
    const phone = document.getElementById("phone-clock");
    if (phone) phone.textContent = at.slice(11, 16);
  }
}
setInterval(tick, 250);

function say(words, lasts = 2500) {
  const said = document.getElementById("said");
  said.textContent = words;
  clearTimeout(say.timer);
  if (lasts) say.timer = setTimeout(() => { said.textContent = ""; }, lasts);
}

// Other scripts of the page have things to say, too.
document.addEventListener("say", ({ detail: { words, lasts } }) => say(words, lasts));

async function copy(button) {
  const source = document.querySelector(button.dataset.copy);
  const text = source.value ?? source.textContent;
  try {
    await navigator.clipboard.writeText(text);
    say("Copied");
  } catch {
    getSelection().selectAllChildren(source);
    say("Selected; copy it with the keyboard");
  }
}

document.addEventListener("click", ({ target }) => {
  if (target.closest("[data-copy]")) copy(target.closest("[data-copy]"));
});

// A restart of the simulator has made a new token for forms: with it the next press is taken.
const TOKEN = "X-CSRF-Token";
document.body.addEventListener("htmx:beforeOnLoad", ({ detail }) => {
  const token = detail.xhr.getResponseHeader(TOKEN);
  if (!token) return;
  // What a press has said is told until the next one.
  clearTimeout(say.timer);
  document.body.setAttribute("hx-headers", JSON.stringify({ [TOKEN]: token }));
  for (const each of document.querySelectorAll("input[name=csrf]")) each.value = token;
});

// A link that looks like a switch is pressed by the keys of one, too.
document.addEventListener("keydown", (event) => {
  if (event.key !== " " || !event.target.matches("a[role=button]")) return;
  event.preventDefault();
  event.target.click();
});

// A refusal is shown where the answer would have been.
const NO_ANSWER = "The simulator does not answer";
document.body.addEventListener("htmx:sendError", () => say(NO_ANSWER, 0));
document.body.addEventListener("htmx:sseOpen", () => { if (document.getElementById("said").textContent === NO_ANSWER) say("", 0); });
document.body.addEventListener("htmx:responseError", () => say("That did not work"));

// What has been read is closed; the focus is then at what it was about.
document.addEventListener("click", ({ target }) => {
  const told = document.getElementById(target.closest("[data-closes]")?.dataset.closes);
  if (!told) return;
  told.replaceChildren();
  const about = told.id === "glance" ? "main [data-next]" : "#in-force ul";
  (document.querySelector(about) ?? document.getElementById("main")).focus({ preventScroll: true });
});

// What was done is told at the foot for so many milliseconds, as it may stand over what is pressed next. What was not done is
// told until something else is.
const TOLD_FOR = 8000;
let told = null;
let goes = 0;
function letGo() {
  const line = document.querySelector("#glance .done");
  if (line === told) return;
  told = line;
  clearTimeout(goes);
  if (line) goes = setTimeout(() => { if (!line.matches(":hover, :focus-within")) line.closest("#glance")?.replaceChildren(); }, TOLD_FOR);
}
letGo();
for (const swapped of ["htmx:oobAfterSwap", "htmx:afterSettle"]) document.body.addEventListener(swapped, letGo);

// What is opened over the page is closed by Escape, or by a press beside it.
const over = () => document.querySelector("#force-more[open]");
document.addEventListener("keydown", ({ key }) => {
  if (key !== "Escape") return;
  const opened = over();
  const told = document.getElementById("force-result");
  if (opened) {
    opened.open = false;
    opened.querySelector("summary").focus();
  } else if (told?.contains(document.activeElement)) {
    told.querySelector("[data-closes]")?.click();
  } else told?.replaceChildren();
});
document.addEventListener("pointerdown", ({ target }) => {
  const opened = over();
  if (opened && !opened.contains(target)) opened.open = false;
});

// Without this, the server leads to a page that asks, or that tells what was done.
function byScript(form) {
  const field = form.querySelector("input[name=asked]") ?? document.createElement("input");
  Object.assign(field, { type: "hidden", name: "asked", value: "script" });
  form.append(field);
}

// Asked before htmx or the browser sends anything: hence on the way down.
document.addEventListener("submit", (event) => {
  const question = event.submitter?.dataset.confirm ?? event.target.dataset.confirm;
  if (!question) return;
  if (!confirm(question)) {
    event.preventDefault();
    event.stopImmediatePropagation();
    return;
  }
  byScript(event.target);
}, true);

// What a form does that leads to another page is told there, where the focus is at the content; what leaves the page as
// it is, at once.
const DONE = "mobilepay-sim-done";
document.addEventListener("submit", (event) => {
  if (!event.target.dataset.done || event.defaultPrevented) return;
  byScript(event.target);
  sessionStorage.setItem(DONE, event.target.dataset.done);
});
document.body.addEventListener("htmx:afterRequest", ({ detail }) => {
  const words = detail.requestConfig.elt.dataset.done;
  // htmx calls no answer successful that leads elsewhere.
  if (!words || detail.xhr.status >= 400) return;
  if (detail.xhr.getResponseHeader("HX-Redirect")) sessionStorage.setItem(DONE, words);
  else if (!detail.xhr.getResponseHeader("X-Form-Refused")) say(words, 5000);
});
const done = sessionStorage.getItem(DONE);
if (done) {
  sessionStorage.removeItem(DONE);
  say(done, 5000);
  // A sandbox without a point of sale begins with one.
  const first = document.querySelector("main:not(:has(.bench)) #create-pos");
  if (first) first.focus();
  else document.getElementById("main").focus({ preventScroll: true });
}

// Light, dark, or what the system has: then nothing is kept.
const THEMES = ["system", "light", "dark"];
document.addEventListener("submit", (event) => {
  const button = event.target.querySelector?.("[data-theme-switch]");
  if (!button) return;
  event.preventDefault();
  const root = document.documentElement;
  const chosen = button.value;
  if (chosen === "system") delete root.dataset.theme;
  else root.dataset.theme = chosen;
  document.cookie = `mobilepay_sim_theme=${chosen}; path=/; max-age=${chosen === "system" ? 0 : 31536000}; SameSite=Strict`;
  button.value = THEMES[(THEMES.indexOf(chosen) + 1) % THEMES.length];
  button.title = `Theme: ${chosen}. Change to ${button.value}`;
  button.setAttribute("aria-label", button.title);
  say(`Theme: ${chosen}`);
});

// What became of a press is told until the next one.
document.body.addEventListener("htmx:beforeRequest", ({ target, detail }) => {
  if (!target.matches("form") || detail.requestConfig.verb !== "post") return;
  for (const each of document.querySelectorAll("[data-outcome]")) if (each !== detail.target) each.replaceChildren();
});

// Buttons that stand outside their form say which of them was pressed, too.
document.body.addEventListener("htmx:configRequest", (event) => {
  const button = event.detail.triggeringEvent?.submitter;
  if (button?.name) event.detail.parameters[button.name] = button.value;
});

// A filter that is empty is none, and the URL is without it.
document.body.addEventListener("htmx:configRequest", ({ target, detail }) => {
  if (!target.matches("form[role=search]")) return;
  for (const [name, value] of Object.entries(detail.parameters)) if (value === "") delete detail.parameters[name];
});

// While another thing is fetched that was chosen, nothing is pressed at the one before.
function hold(form, isHeld) {
  for (const each of form.closest("main")?.children ?? []) if (!each.contains(form)) each.inert = isHeld;
}
for (const [moment, isHeld] of [["htmx:beforeRequest", true], ["htmx:afterRequest", false]]) {
  document.body.addEventListener(moment, ({ target }) => { if (target.matches("[data-switch]")) hold(target, isHeld); });
}
// A choice that can't be shown is taken back: what is chosen is what is shown.
for (const failure of ["htmx:sendError", "htmx:responseError", "htmx:timeout"]) {
  document.body.addEventListener(failure, ({ target }) => { if (target.matches("[data-switch]")) target.reset(); });
}

// What is folded while another part has something to show is unfolded once that is empty.
document.body.addEventListener("htmx:afterSwap", ({ target }) => {
  const folded = target.childElementCount ? null : document.querySelector(`details[data-without="${target.id}"]`);
  if (folded) folded.open = true;
});

// A case that begins with a new point of sale unfolds the form for one.
const asksForPos = () => Boolean(document.getElementById("case-create-pos"));
let asked = asksForPos();
document.body.addEventListener("htmx:afterSwap", () => {
  const newTill = document.getElementById("new-till");
  if (newTill && asksForPos() && !asked) newTill.open = true;
  asked = asksForPos();
});

// The name of a file that is sent: the server reads nothing of one that is too large.
document.body.addEventListener("htmx:configRequest", ({ target, detail }) => {
  const file = target.closest("form")?.querySelector("input[type=file]")?.files[0];
  if (file && detail.verb === "post") detail.headers["X-File-Name"] = encodeURIComponent(file.name);
});

// On a small screen the navigation is one line: what is shown now must be in sight.
const current = document.querySelector(".views [aria-current]");
const line = current?.closest("ul");
if (line && line.scrollWidth > line.clientWidth) {
  line.scrollLeft = current.offsetLeft - (line.clientWidth - current.offsetWidth) / 2;
}
