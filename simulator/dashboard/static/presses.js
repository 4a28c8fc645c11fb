// One press is one call: what is awaited is pressed by nothing else, and the second click of a double click presses nothing.

import { say } from "./sight.js";

const OF_TILL = "form[hx-target='#till-result'], #new-pos";

// An answer that is late is told to be awaited.
const WAITS = "Waiting for the answer";
let waiting = null;
document.body.addEventListener("htmx:beforeSend", ({ detail }) => {
  // What is checked while one writes is no press.
  if (detail.requestConfig.verb !== "post" || detail.requestConfig.triggeringEvent?.type === "input") return;
  // What the press before has done is known by now, and its words may stand over a button.
  say("", 0);
  clearTimeout(waiting);
  waiting = setTimeout(() => say(WAITS, 0), 1000);
});
function awaitNothing() {
  clearTimeout(waiting);
  if (document.getElementById("said").textContent === WAITS) say("", 0);
}
document.body.addEventListener("htmx:afterRequest", ({ detail }) => { if (detail.requestConfig.verb === "post") awaitNothing(); });

// Until its answer is there, a button is pressed once, whatever is pressed meanwhile: by its id, for the button itself may be
// fetched anew. The till and the phone make one call at a time: what became of the one before would be told nowhere.
const pressed = new Map();
const isTillAwaited = () => [...pressed.values()].some(({ isOfTill }) => isOfTill) || document.querySelector("[data-awaited]");
let held = null;
const named = (button) => button?.id || button;
for (const [moment, isAwaited] of [["htmx:beforeSend", true], ["htmx:afterRequest", false]]) {
  document.body.addEventListener(moment, ({ detail }) => {
    const { triggeringEvent, verb, elt } = detail.requestConfig;
    const button = triggeringEvent?.submitter;
    if (!button || verb !== "post") return;
    if (isAwaited) pressed.set(named(button), { form: elt, isOfTill: elt.matches(OF_TILL), xhr: detail.xhr });
    else pressed.delete(named(button));
  });
}

// At the till it stays meanwhile, and keeps the focus, though the simulator has done already what it is for. The customer's
// phone shows at once what has become of the payment.
const isPressed = (node) => [...pressed.keys()].some((each) => node.contains(typeof each === "string" ? document.getElementById(each) : each));
let isKept = false;
// What is next by now is another step.
function keep(node) {
  isKept = true;
  for (const each of node.querySelectorAll("[data-next]")) {
    each.removeAttribute("data-next");
    each.classList.remove("primary");
  }
}
Idiomorph.defaults.callbacks = {
  ...Idiomorph.defaults.callbacks,
  beforeAttributeUpdated: (name, button) => name !== "disabled" || !pressed.has(named(button)),
  beforeNodeRemoved: (node) => {
    if (!node.parentElement?.closest("#keys") || !isPressed(node)) return true;
    keep(node);
    return false;
  },
};

// What was kept for a press goes with it, also where its answer has all parts of the page stay as they are.
document.body.addEventListener("htmx:afterRequest", ({ detail }) => {
  if (!isKept || pressed.size) return;
  isKept = false;
  if (!detail.xhr.getResponseHeader("HX-Trigger-After-Swap")) htmx.trigger(document.body, "acted");
});

// Who goes to another point of sale has left this one, too: of its answer nothing is told there.
document.body.addEventListener("htmx:beforeSwap", ({ target, detail }) => {
  const isOwn = [...pressed.values()].some(({ form }) => form === detail.requestConfig.elt);
  if (target.id !== "main" || isOwn) return;
  for (const { xhr } of pressed.values()) {
    // htmx would report it as a failure.
    xhr.onload = xhr.onabort = null;
    xhr.abort();
  }
  pressed.clear();
  held = null;
  awaitNothing();
});

// Another press is made once the answer is in, unless that is to be looked at first.
document.addEventListener("submit", (event) => {
  const { target, submitter } = event;
  const isAwaited = target.matches(OF_TILL) && isTillAwaited();
  const isSame = pressed.has(named(submitter));
  if (!isAwaited && !isSame) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  say(WAITS, 0);
  if (!isSame && !document.querySelector("[data-awaited]")) held = submitter;
}, true);

document.body.addEventListener("htmx:afterRequest", ({ detail }) => {
  // It may be drawn anew by now.
  const button = document.getElementById(held?.id) ?? held;
  if (!held || detail.requestConfig.verb !== "post" || !detail.requestConfig.elt.matches(OF_TILL)) return;
  held = null;
  if (button.isConnected && !button.disabled && !document.querySelector("#result .notice")) button.form.requestSubmit(button);
});

// Who presses something meanwhile stays where the focus is, and goes with it to the next step.
for (const kind of ["pointerdown", "mousedown"]) {
  document.addEventListener(kind, (event) => {
    if (!event.target.closest("button")?.form?.matches(OF_TILL) || !isTillAwaited()) return;
    event.preventDefault();
    event.stopImmediatePropagation();
  }, true);
}

// The second click of a double click was meant for what the first one pressed: where the page has put another
// control there meanwhile, it presses nothing, and the focus stays. Nor does it send a second call of the till or the phone.
let clicked = null;
const isAct = (control) => control.matches("button") && control.form?.matches(OF_TILL);
const isSame = (one, other) => one === other || (one.id ? one.id === other.id : one.textContent === other.textContent);
const controlAt = ({ target }) => target.closest("button, a[href], summary, input, select");
function isSecond(event) {
  const control = controlAt(event);
  return event.detail > 1 && control && clicked && (isAct(control) || !isSame(control, clicked));
}
document.addEventListener("mousedown", (event) => {
  if (isSecond(event)) event.preventDefault();
}, true);
document.addEventListener("click", (event) => {
  if (isSecond(event)) {
    event.preventDefault();
    event.stopImmediatePropagation();
  } else {
    clicked = controlAt(event);
  }
}, true);
