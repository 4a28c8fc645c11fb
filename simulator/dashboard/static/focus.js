// The focus stays where one works: where a swap takes the focused control away, what has its place gets it.

const CONTROLS = "button, a[href], input:not([type=hidden]), select, textarea, summary";
let last = null;
let stand = null;
// What this script gave the focus to; and the press at the till that the focus follows to the next step.
let given = null;
let press = null;

function regions(element) {
  const ids = [];
  for (let each = element.parentElement; each; each = each.parentElement) if (each.id) ids.push(each.id);
  return ids;
}

document.addEventListener("focusin", ({ target }) => {
  last = { element: target, id: target.id, regions: regions(target) };
  // Who moves on meanwhile stays where they are.
  if (press && target !== given && target.id !== press.id) press = null;
  // The browser scrolls after this.
  if (target.matches(":focus-visible")) requestAnimationFrame(uncover);
});

// Who presses beside all controls wants no focus.
document.addEventListener("pointerdown", (event) => {
  press = null;
  if (!event.target.closest(`${CONTROLS}, label, [tabindex]`)) last = null;
});

function takes(element) {
  if (!element || element.disabled) return false;
  given = element;
  element.focus({ preventScroll: true });
  return document.activeElement === element;
}

// What became of a press stands over the foot of the window: what has the focus is moved up from under it.
const COVERS = ["glance", "said"];
const APART = 8;

function covered(element) {
  const under = element.getBoundingClientRect();
  const isOver = ({ top, bottom, left, right }) => top < under.bottom && bottom > under.top && left < under.right && right > under.left;
  const covers = COVERS.map((id) => document.getElementById(id)).filter((each) => each && !each.contains(element));
  const tops = covers.map((each) => each.getBoundingClientRect()).filter(isOver).map(({ top }) => under.bottom - top + APART);
  return Math.max(0, ...tops);
}

function uncover() {
  const focused = document.activeElement;
  if (focused?.matches(CONTROLS) && !focused.matches("textarea")) scrollBy({ top: covered(focused), behavior: "instant" });
}

new ResizeObserver(uncover).observe(document.getElementById("said"));

function show(element) {
  element.scrollIntoView({ block: "nearest" });
  uncover();
}

// Where the till and the phone mark the next step: what is to be sent again comes first.
const STEPS_IN = ["till-result", "keys", "screen"];
const steps = (region) => STEPS_IN.flatMap((id) => [...region.querySelectorAll(`#${id} [data-next]`)]);

const takesNext = (region) => [...steps(region), ...region.querySelectorAll(".primary, [data-next]")].some(takes);

// The next step if there is one; else the region itself, so that nothing is pressed by mistake; else what it has.
function takesInside(region) {
  return takesNext(region)
    || (region.matches("[tabindex]") && takes(region) && (stand = region))
    || [...region.querySelectorAll(CONTROLS)].some(takes);
}

// Returns whether the focus was moved.
function restore() {
  // A region that has the focus in the place of a control hands it on once there is a next step.
  if (stand && document.activeElement === stand) return takesNext(stand);
  if (!last || (document.activeElement && document.activeElement !== document.body)) return false;
  if (last.element.isConnected && takes(last.element)) return true;
  if (last.id && takes(document.getElementById(last.id))) return true;
  // What was closed by the press is done with: the next step is beyond it.
  const open = (region) => region && !region.matches("details:not([open])");
  return last.regions.map((id) => document.getElementById(id)).filter(open).some(takesInside)
    || takes(document.getElementById("main"));
}

document.body.addEventListener("htmx:afterSettle", ({ detail }) => {
  const isPress = detail.requestConfig?.verb === "post";
  const isMoved = restore();
  const focused = document.activeElement;
  if (isMoved && focused.matches(CONTROLS) && (isPress || focused.matches(":focus-visible"))) show(focused);
  else if (isPress) uncover();
});

// At the till and the phone one goes from step to step: what a press makes the next step gets the focus, once
// the till and the phone show what the press has changed, or later, where a scenario plays the customer.
const TILL_FORM = "form[hx-target='#till-result'], #new-pos";

document.body.addEventListener("htmx:beforeRequest", ({ target, detail }) => {
  if (!target.matches(TILL_FORM)) return;
  const by = detail.requestConfig.triggeringEvent?.submitter ?? document.activeElement;
  press = { id: by.id, awaited: null, before: [] };
});

document.addEventListener("keydown", (event) => {
  if (event.key === "Tab") press = null;
  // A key that is held down presses one button, not the next one as well.
  if (event.repeat && event.key === "Enter" && event.target.matches("button")) event.preventDefault();
});

function goOn(isAtOnce) {
  const next = steps(document).find((each) => !press.before.includes(each.id));
  const isTyping = document.activeElement?.matches("input, select, textarea");
  if (!next && !isTyping) return;
  const isElsewhere = !isTyping && next.id !== press.id;
  press = null;
  if (isElsewhere && takes(next) && (isAtOnce || next.matches(":focus-visible"))) show(next);
}

// What a refused press finds stays as it is: only a step that comes later is the next one.
function awaits(result) {
  // Where another point of sale is shown, all of it is there.
  if (result.id === "main") return new Set();
  const parts = ["counter", "keys", "screen"].filter((id) => document.getElementById(id));
  if (!result.querySelector("[role=alert], .refused-call")) return new Set(parts);
  press.before = steps(document).map((each) => each.id);
  return new Set();
}

document.body.addEventListener("htmx:afterSettle", ({ target }) => {
  if (!press || (!press.awaited && !["till-result", "main"].includes(target.id))) return;
  const wasAwaited = press.awaited?.size !== 0;
  press.awaited ??= awaits(target);
  press.awaited.delete(target.id);
  if (press.awaited.size === 0) goOn(wasAwaited);
});
