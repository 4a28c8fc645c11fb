// The sequence diagram is walked through: by slider, by buttons and by arrow keys; the URL keeps the moment.

let scrubber = null;
let slider = null;
let says = null;
const STEPS = { ArrowLeft: -1, ArrowUp: -1, ArrowRight: 1, ArrowDown: 1, PageUp: -10, PageDown: 10 };
const view = () => document.getElementById("sequence");
const rows = () => [...view().querySelectorAll(".flow .row")];
// The row whose exchange is shown.
let opened = null;
// Null while the newest moment is looked at, and those that come.
let key = null;

// Time and state stand in the first of the rows that share them.
const last = (all, place, name) => all.slice(0, place + 1).findLast((row) => row.dataset[name])?.dataset[name];

const isMore = (part) => part.nodeName === "tspan";

// The lines of one text are one sentence; a line may end within a name.
function wording(row) {
  const parts = [...row.querySelectorAll(".label, .name, .cut-label")].flatMap((each) => [...each.childNodes]);
  const between = (before) => (before.textContent.endsWith("-") ? "" : " ");
  const link = (part, before) => (isMore(part) === isMore(before) ? between(before) : ", ");
  return parts.map((part, at) => (at ? link(part, parts[at - 1]) : "") + part.textContent).join("");
}

function told(all, place) {
  const row = all[place];
  const state = last(all, place, "state");
  const words = wording(row);
  // What became of the payment says its state itself.
  const after = state && !words.startsWith(state) ? ` · payment: ${state}` : "";
  return `${place + 1} of ${all.length} · ${last(all, place, "at")} · ${words}${after}`;
}

function draw() {
  const all = rows();
  const found = all.findIndex((row) => row.id === `m-${key}`);
  const place = found < 0 ? all.length - 1 : found;
  const isGone = key && found < 0;
  scrubber.hidden = all.length < 2;
  slider.max = Math.max(0, all.length - 1);
  slider.value = place;
  all.forEach((row, index) => {
    row.classList.toggle("later", index > place);
    row.classList.toggle("here", found >= 0 && index === place);
    if (row.id === opened) row.setAttribute("aria-current", "true");
    else row.removeAttribute("aria-current");
  });
  if (!all.length) return;
  says.textContent = (isGone ? "The moment that the URL names is not here. " : "") + told(all, place);
  slider.setAttribute("aria-valuetext", says.textContent);
}

function go(place) {
  const all = rows();
  const row = all[Math.min(Math.max(place, 0), all.length - 1)];
  key = !row || row === all.at(-1) ? null : row.id.slice(2);
  const url = new URL(location.href);
  if (key) url.searchParams.set("moment", key);
  else url.searchParams.delete("moment");
  history.replaceState(history.state, "", url);
  draw();
  row?.scrollIntoView({ block: "nearest" });
}

// Where the exchange stands above the diagram, one goes to it; beside it, one stays and walks on.
const isAbove = () => getComputedStyle(document.getElementById("detail-card")).position === "static";

function open(link, event) {
  const how = { target: "#detail", swap: "innerHTML", source: link };
  htmx.ajax("GET", link.getAttribute("href"), isAbove() ? { ...how, event } : how);
  opened = link.id;
  draw();
}

// The names of the lifelines stay below the scrubber, and so does what is scrolled to.
const sizes = new ResizeObserver(() => document.documentElement.style.setProperty("--scrubber", `${scrubber.offsetHeight}px`));

// Another payment or point of sale takes the place of all of it.
function begin() {
  [scrubber, slider, says] = ["scrubber", "moment", "moment-says"].map((id) => document.getElementById(id));
  const asked = new URL(location.href).searchParams;
  key = scrubber && asked.get("moment");
  opened = asked.has("request") ? `m-r${asked.get("request")}` : null;
  if (!scrubber) return;
  sizes.disconnect();
  sizes.observe(scrubber);
  draw();
}

document.addEventListener("input", ({ target }) => {
  if (target === slider) go(Number(slider.value));
});

document.addEventListener("click", (event) => {
  if (!scrubber) return;
  const places = { first: 0, before: Number(slider.value) - 1, after: Number(slider.value) + 1, now: Infinity };
  const to = event.target.closest("#scrubber [data-to]")?.dataset.to;
  if (to) go(places[to]);
  const link = event.target.closest("#sequence a[id^='m-r'], #sequence a[id^='m-a']");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  open(link, event);
});

document.addEventListener("keydown", (event) => {
  if (!scrubber) return;
  // The slider has keys of its own.
  const isStep = scrubber.contains(event.target) && event.target !== slider;
  const isHere = event.target === document.body || event.target.id === "main" || isStep || view().contains(event.target);
  if (!isHere || event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
  const place = { Home: 0, End: Infinity }[event.key] ?? Number(slider.value) + STEPS[event.key];
  if (Number.isNaN(place)) return;
  event.preventDefault();
  go(place);
  const row = rows()[Number(slider.value)];
  if (view().contains(document.activeElement)) (row.matches("a") ? row : view().querySelector(".sequence")).focus();
});

document.body.addEventListener("htmx:afterSettle", ({ target }) => {
  if (target.id === "main") begin();
  else if (scrubber && (target === view() || view().contains(target))) draw();
});
begin();
