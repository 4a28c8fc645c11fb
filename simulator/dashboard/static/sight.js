// What has the focus is in sight: below the header, and above what stands at the foot of the window.

export const CONTROLS = "button, a[href], input:not([type=hidden]), select, textarea, summary";

// What became of a press is told at the foot: what has the focus is moved up from under it.
const COVERS = ["glance", "said"];
const APART = 8;

function covered(element) {
  const under = element.getBoundingClientRect();
  const isOver = ({ top, bottom, left, right }) => top < under.bottom && bottom > under.top && left < under.right && right > under.left;
  const covers = COVERS.map((id) => document.getElementById(id)).filter((each) => each && !each.contains(element));
  const tops = covers.map((each) => each.getBoundingClientRect()).filter(isOver).map(({ top }) => under.bottom - top + APART);
  return Math.max(0, ...tops);
}

// What one is at, else what is to be pressed next.
export function uncover() {
  const focused = document.activeElement;
  const subject = focused?.matches(CONTROLS) ? focused : document.querySelector("main [data-next]");
  if (subject && !subject.matches("textarea")) scrollBy({ top: covered(subject), behavior: "instant" });
}

new ResizeObserver(uncover).observe(document.getElementById("said"));

// The line at the foot is another one where another content is shown.
const foot = new ResizeObserver(([{ target }]) => {
  document.documentElement.style.setProperty("--foot", `${target.getBoundingClientRect().height}px`);
  uncover();
});
function observeFoot() {
  const glance = document.getElementById("glance");
  foot.disconnect();
  if (glance) foot.observe(glance, { box: "border-box" });
}
observeFoot();
document.body.addEventListener("htmx:afterSettle", ({ target }) => { if (target.id === "main") observeFoot(); });

// What is scrolled to stays below the header, and below what became of taking something back, which may stand under it.
const header = document.querySelector("header.top");
const told = document.getElementById("force-result");
const isSticky = (element) => getComputedStyle(element).position === "sticky";
for (const [name, part] of [["--measured", header], ["--told", told]]) {
  new ResizeObserver(() => {
    const height = isSticky(part) ? part.getBoundingClientRect().height : 0;
    document.documentElement.style.setProperty(name, `${height}px`);
  }).observe(part, { box: "border-box" });
}

// Where in the window an element that is not in the header can be seen.
export function beginOfSight(element = null) {
  const over = [header, told].filter((each) => isSticky(each) && !each.contains(element));
  return Math.max(0, ...over.map((each) => each.getBoundingClientRect().bottom));
}

export function show(element) {
  // What became of a press says why it is to be sent again, a case what it wants, and a refund, a phone or a till how much it is.
  const isKey = element.closest("#keys");
  const around = element.closest(".result, #case-to-do, #keys li, #screen") ?? (isKey && document.querySelector("#case-to-do, #counter"));
  if (around?.id === "case-to-do") document.getElementById("case-failed")?.scrollIntoView({ block: "nearest", behavior: "instant" });
  // Where there is no room for all of it, its begin is in sight.
  for (const each of [around, around?.firstElementChild, element]) each?.scrollIntoView({ block: "nearest", behavior: "instant" });
  uncover();
}

// What the ring of the focus takes around a control.
const RING = 5;

// Returns whether an element is in sight, with so many pixels around it.
export function isInSight(element, around = 0) {
  const { top, bottom } = element.getBoundingClientRect();
  const begin = header.contains(element) ? 0 : beginOfSight(element);
  return top - around >= begin && bottom + around <= innerHeight && !covered(element);
}

// Says something at the foot of the window for so many milliseconds; with 0 until something else is said.
export const say = (words, lasts = 5000) => document.dispatchEvent(new CustomEvent("say", { detail: { words, lasts } }));

// What is told out of sight is told at the foot as well.
export function tellAnyway(notice) {
  // What scrolls to something else does so in the next frame.
  requestAnimationFrame(() => requestAnimationFrame(() => {
    if (notice.isConnected && !isInSight(notice)) say(notice.textContent.trim());
  }));
}

// A case of a certification may fail by a press far below where that is told.
const failure = () => document.getElementById("case-failed");
let failed = failure()?.textContent;
document.body.addEventListener("htmx:afterSettle", () => {
  const notice = failure();
  if (notice && notice.textContent !== failed) tellAnyway(notice);
  failed = notice?.textContent;
});

// Parts that are fetched anew, above it or around it, push nothing out of sight that the keyboard is at.
let seen = null;
document.body.addEventListener("htmx:beforeSwap", () => {
  const focused = document.activeElement;
  if (!seen && focused?.matches(CONTROLS) && focused.matches(":focus-visible") && isInSight(focused)) seen = focused;
});

document.body.addEventListener("htmx:afterSettle", () => {
  if (seen && seen === document.activeElement && !isInSight(seen, RING)) show(seen);
  seen = null;
});
