// The focus stays where one works: where a swap takes the focused control away, what has its place gets it.

import { CONTROLS, isInSight, show, uncover } from "./sight.js";

// What is fetched again by itself, such as a list.
const LIVE = "div[hx-get], #certifying";
let last = null;
let stand = null;
// What this script gave the focus to; and the press at the till that the focus follows to the next step.
let given = null;
let press = null;

// What a link or a button of a list does: once the list is fetched anew, its element may be another entry's.
function deed(control) {
  if (control.id || !control.matches("a[href], button") || !control.closest(LIVE)) return null;
  const hidden = [...(control.form?.elements ?? [])].filter(({ type }) => type === "hidden").map(({ value }) => value);
  const { name, value } = control;
  return [control.getAttribute("href") ?? control.getAttribute("aria-label") ?? control.textContent, ...hidden, name, value].join(" ");
}

// How a part around the focus is found again.
function address(part) {
  if (part.id) return `#${CSS.escape(part.id)}`;
  const by = ["aria-label", "aria-labelledby"].find((name) => part.hasAttribute(name));
  return by && `[${by}="${CSS.escape(part.getAttribute(by))}"]`;
}

function regions(element) {
  const found = [];
  for (let each = element; each; each = each.parentElement) found.push(address(each));
  return found.filter(Boolean);
}

document.addEventListener("focusin", ({ target }) => {
  last = { element: target, id: target.id, deed: deed(target), regions: regions(target) };
  // Who moves on meanwhile stays where they are. What had the focus may be drawn anew, and get it back.
  if (press && target !== given && ![press.id, given?.id || null].includes(target.id)) press = null;
  // The browser scrolls after this.
  if (target.matches(":focus-visible")) requestAnimationFrame(uncover);
});

// Who presses beside all controls wants no focus. The second click of a double click is no press of its own.
document.addEventListener("mousedown", (event) => {
  if (event.detail > 1) return;
  press = null;
  if (!event.target.closest(`${CONTROLS}, label, [tabindex]`)) last = null;
});

function takes(element) {
  if (!element || element.disabled || !element.checkVisibility()) return false;
  given = element;
  // A heading takes the focus for want of what was there.
  if (!element.matches(`${CONTROLS}, [tabindex]`)) element.tabIndex = -1;
  element.focus({ preventScroll: true });
  return document.activeElement === element;
}

// Where the till and the phone mark the next step: what is to be sent again comes first, another case or point of sale last.
const STEPS_IN = ["till-result", "keys", "counter", "screen", "certifying", "new-till"];
const steps = (region) => STEPS_IN.flatMap((id) => [...region.querySelectorAll(`#${id} [data-next]`)]);

const takesNext = (region) => [...steps(region), ...region.querySelectorAll("[data-next]")].some(takes);

document.addEventListener("next-step", () => {
  const next = steps(document).find(takes);
  if (next) show(next);
});

// A region that takes the focus itself, such as a table; so nothing is pressed by mistake.
const takesItself = (region) => region.matches("[tabindex]:not(main)") && takes(region) && Boolean(stand = region);
const takesHeading = (region) => takes(document.getElementById(region.getAttribute("aria-labelledby"))) && Boolean(stand = region);

// Where the entry is that had the focus; else its list. Another entry gets nothing: it would be pressed in its place.
function takesEntry(around) {
  const live = around.find((each) => each.matches(LIVE));
  const same = [...(live?.querySelectorAll("a[href], button") ?? [])].filter((each) => deed(each) === last.deed);
  return same.some(takes) || around.some((each) => takesItself(each) || takesHeading(each));
}

function takesPlace(around) {
  return around.some((each) => takesNext(each) || takesItself(each)) || around.some(takesHeading);
}

// Returns whether the focus was moved.
function restore() {
  const focused = document.activeElement ?? document.body;
  // A region that has the focus in the place of a control hands it on once there is a next step.
  if (stand && [stand, document.getElementById(stand.getAttribute("aria-labelledby"))].includes(focused)) return takesNext(stand);
  const isAnothers = focused === last?.element && deed(focused) !== last.deed;
  // What is hidden or disabled by now has the focus until the browser draws, and nothing may settle after that.
  const isLost = focused === document.body || focused.disabled || !focused.checkVisibility();
  // What a press has said settles in a moment, and says where the focus goes.
  if (!last || (!isLost && !isAnothers) || (press?.isAnswered && !press.awaited)) return false;
  if (last.element.isConnected && !isAnothers && takes(last.element)) return true;
  if (last.id && takes(document.getElementById(last.id))) return true;
  // What was closed by the press is done with: the next step is beyond it.
  const around = last.regions.map((each) => document.querySelector(each)).filter((each) => each && !each.matches("details:not([open])"));
  return (last.deed === null ? takesPlace(around) : takesEntry(around)) || takes(document.getElementById("main"));
}

// At the till and the phone one goes from step to step: what a press makes the next step gets the focus, once
// the till and the phone show what the press has changed, or later, where a scenario plays the customer.
const TILL_FORM = "form[hx-target='#till-result'], #new-pos";

document.body.addEventListener("htmx:beforeRequest", ({ target, detail }) => {
  if (press?.isAnswered) press.later.add(detail.xhr);
  if (!target.matches(TILL_FORM)) return;
  const by = detail.requestConfig.triggeringEvent?.submitter ?? document.activeElement;
  press = { id: by.id, xhr: detail.xhr, isAnswered: false, later: new WeakSet(), shown: new Set(), awaited: null, before: [] };
});

document.body.addEventListener("htmx:beforeOnLoad", ({ detail }) => {
  if (detail.xhr === press?.xhr) press.isAnswered = true;
});
document.body.addEventListener("htmx:responseError", ({ detail }) => {
  if (detail.xhr === press?.xhr) press = null;
});

document.addEventListener("keydown", (event) => {
  if (event.key === "Tab") press = null;
  // A key that is held down presses one button, not the next one as well.
  if (event.repeat && event.key === "Enter" && event.target.matches("button")) event.preventDefault();
});

function goOn(isAtOnce) {
  const next = steps(document).find((each) => !press.before.includes(each.id));
  const isTyping = document.activeElement?.matches("input, select, textarea");
  if (!next && !isTyping) return false;
  const isElsewhere = !isTyping && next.id !== press.id;
  press = null;
  if (!isElsewhere || !takes(next)) return false;
  if (isAtOnce || next.matches(":focus-visible") || !isInSight(next)) show(next);
  return true;
}

// Who has armed a fault by keyboard is led back to the till, where the call is made that meets it.
document.body.addEventListener("htmx:afterSettle", ({ target }) => {
  const link = target.id === "faults-result" && document.activeElement.matches(".matrix :focus-visible") && document.getElementById("to-next");
  if (link && takes(link)) show(link);
});
document.addEventListener("click", (event) => {
  // Where a scenario plays the customer, no step is the next one.
  if (!event.target.closest("#to-next") || ![...steps(document), ...document.querySelectorAll("#keys button")].some(takes)) return;
  event.preventDefault();
  show(document.activeElement);
});

// What a refused press finds stays as it is: only a step that comes later is the next one.
function awaits(result) {
  // Where another point of sale is shown, all of it is there.
  if (result.id === "main") return new Set();
  // What is to be sent again is told with the answer, so the press that made it is not pressed once more meanwhile.
  if (result.querySelector("[data-next]")) return new Set();
  // The case comes with the keys. What is empty stays so: nothing of it is waited for.
  const parts = ["counter", "keys", "screen"].filter((id) => document.getElementById(id)?.childElementCount);
  if (!result.querySelector("[role=alert], .refused-call")) return new Set(parts);
  press.before = steps(document).map((each) => each.id);
  return new Set();
}

// Returns whether the focus went on.
function follow(target, detail) {
  if (!press) return false;
  // A part that was asked for before the press was answered may not show what it changed; one that was asked for
  // after it may settle before what the press has said.
  if (press.later.has(detail.xhr)) press.shown.add(target.id);
  // What an earlier press has said may settle after the next one.
  if (!press.awaited && (detail.xhr !== press.xhr || !["till-result", "main"].includes(target.id))) return false;
  const wasAwaited = press.awaited?.size !== 0;
  press.awaited ??= awaits(target);
  for (const part of press.shown) press.awaited.delete(part);
  return press.awaited.size === 0 && goOn(wasAwaited);
}

// Who comes back to the till while a call is to be sent again is led to it.
function comeBack() {
  const again = document.querySelector("#again[data-next]");
  if (again && document.activeElement === document.body && !location.hash && takes(again)) show(again);
}
comeBack();

document.body.addEventListener("htmx:afterSettle", ({ target, detail }) => {
  if (target.id === "till-result" && detail.requestConfig?.verb === "get") comeBack();
  if (follow(target, detail)) return;
  const isPress = detail.requestConfig?.verb === "post";
  const isMoved = restore();
  const focused = document.activeElement;
  if (focused.matches("main, body, textarea")) return;
  if (isMoved ? isPress || focused.matches(":focus-visible") : isPress && focused.matches(CONTROLS)) show(focused);
});
