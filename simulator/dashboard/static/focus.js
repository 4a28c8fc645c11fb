// The focus stays where one works: where a swap takes the focused control away, what has its place gets it.

const CONTROLS = "button, a[href], input:not([type=hidden]), select, textarea, summary";
let last = null;
let stand = null;

function regions(element) {
  const ids = [];
  for (let each = element.parentElement; each; each = each.parentElement) if (each.id) ids.push(each.id);
  return ids;
}

document.addEventListener("focusin", ({ target }) => {
  last = { element: target, id: target.id, regions: regions(target) };
});

// Who presses beside all controls wants no focus.
document.addEventListener("pointerdown", (event) => {
  if (!event.target.closest(`${CONTROLS}, label, [tabindex]`)) last = null;
});

function takes(element) {
  if (!element || element.disabled) return false;
  element.focus({ preventScroll: true });
  return document.activeElement === element;
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

function restore() {
  // A region that has the focus in the place of a control hands it on once there is a next step.
  if (stand && document.activeElement === stand) return takesNext(stand);
  if (!last || (document.activeElement && document.activeElement !== document.body)) return;
  if (last.element.isConnected && takes(last.element)) return;
  if (last.id && takes(document.getElementById(last.id))) return;
  // What was closed by the press is done with: the next step is beyond it.
  const open = (region) => region && !region.matches("details:not([open])");
  last.regions.map((id) => document.getElementById(id)).filter(open).some(takesInside)
    || takes(document.getElementById("main"));
}

document.body.addEventListener("htmx:afterSettle", restore);

// At the till and the phone one goes from step to step: what a press makes the next step gets the focus,
// once both show what the press has changed.
const TILL_FORM = "form[hx-target='#till-result']";
let press = null;

document.body.addEventListener("htmx:beforeRequest", ({ target, detail }) => {
  if (!target.matches(TILL_FORM)) return;
  const by = detail.requestConfig.triggeringEvent?.submitter ?? document.activeElement;
  press = { id: by.id, awaited: null };
});

// Who moves on meanwhile stays where they are.
document.addEventListener("pointerdown", () => { press = null; });
document.addEventListener("keydown", (event) => {
  if (event.key === "Tab") press = null;
  // A key that is held down presses one button, not the next one as well.
  if (event.repeat && event.key === "Enter" && event.target.matches("button")) event.preventDefault();
});

function goOn() {
  const next = steps(document).find((each) => each.id !== press.id);
  press = null;
  if (next && takes(next) && next.matches(":focus-visible")) next.scrollIntoView({ block: "nearest" });
}

document.body.addEventListener("htmx:afterSettle", ({ target }) => {
  if (!press) return;
  if (target.id === "till-result") press.awaited = target.querySelector("[role=alert], .refused-call") ? null : new Set(["keys", "screen"]);
  press.awaited?.delete(target.id);
  if (press.awaited?.size === 0) goOn();
});
