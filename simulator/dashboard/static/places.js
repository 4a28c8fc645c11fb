// Calls are chosen from a list or a timeline: one comes back to where one was, and the URL names the call.

const CHOSEN = "#list a[aria-current], #entries a[aria-current], #sequence a[aria-current]";
const calm = () => matchMedia("(prefers-reduced-motion: reduce)").matches;

// Where the exchange stands beside what it was chosen from, that stays where it is; elsewhere one is led to it.
document.body.addEventListener("htmx:afterSettle", ({ detail }) => {
  const heading = detail.elt.querySelector?.("[data-focus]");
  if (!heading || detail.requestConfig?.triggeringEvent?.type !== "click") return;
  const card = heading.closest(".detail");
  const look = card && getComputedStyle(card);
  const isBeside = look?.position === "sticky";
  heading.focus({ preventScroll: isBeside });
  if (!isBeside) {
    // A drawing in a row of a list is in sight as a whole, or from its beginning; an exchange is read from its beginning.
    const drawing = heading.closest(".scenario > #preview");
    (drawing ?? card ?? heading).scrollIntoView({ block: card ? "start" : "nearest", behavior: calm() ? "auto" : "smooth" });
    return;
  }
  card.scrollTop = 0;
  // Near the end of the list its upper edge is under the header.
  scrollBy({ top: Math.min(0, card.getBoundingClientRect().top - parseFloat(look.top)), behavior: "instant" });
});

// Without an entry of its own in the browser's history, which Back would lead to.
document.addEventListener("click", (event) => {
  const chosen = event.target.closest(".to-list") && document.querySelector(CHOSEN);
  if (!chosen) return;
  event.preventDefault();
  chosen.focus({ preventScroll: true });
  chosen.scrollIntoView({ block: "center", behavior: "instant" });
});

// The URL of the till names the point of sale that is shown, that of the timeline what it is of: Back, a reload and whoever
// gets the URL are led to it, whatever was chosen or made since.
function nameShown() {
  const pos = document.querySelector("#till-form input[name=pos]")?.value;
  const shown = pos ? `pos=${pos}` : document.getElementById("main")?.querySelector("[data-of]")?.dataset.of;
  const url = new URL(location.href);
  if (!shown || ["pos", "of", "posId", "paymentId"].some((name) => url.searchParams.get(name))) return;
  for (const [name, value] of new URLSearchParams(shown)) url.searchParams.set(name, value);
  history.replaceState(history.state, "", url);
}
nameShown();
document.body.addEventListener("htmx:afterSettle", ({ target }) => { if (target.id === "main") nameShown(); });

// Back loads the list or the timeline anew: the row or the way to look at it that was left stands where it stood.
const PLACE = "mobilepay-sim-place";
const linkOf = (row) => (row.matches("a") ? row : row.querySelector("a[hx-get]"));
document.addEventListener("click", (event) => {
  const link = event.target.closest("#list a[hx-push-url], #list .sub a, #entries a, #sequence a[id], .ways a");
  if (!link) return;
  const row = link.closest("tr, .entry") ?? link;
  history.scrollRestoration = "auto";
  const { top } = row.getBoundingClientRect();
  sessionStorage.setItem(PLACE, JSON.stringify({ url: location.href, row: row.id, top }));
}, true);
const place = JSON.parse(sessionStorage.getItem(PLACE));
if (place?.url === location.href) {
  sessionStorage.removeItem(PLACE);
  if (performance.getEntriesByType("navigation")[0].type !== "navigate") comeBack(place);
}

// The browser would scroll later than this, to where the exchange was.
function comeBack({ row, top }) {
  history.scrollRestoration = "manual";
  addEventListener("load", () => {
    const found = document.getElementById(row);
    if (!found) return;
    linkOf(found)?.focus({ preventScroll: true });
    scrollBy({ top: found.getBoundingClientRect().top - top, behavior: "instant" });
  });
}
addEventListener("pagehide", () => { history.scrollRestoration = "auto"; });

// Arrow keys show what is in a list one after the other: together they are one step of the browser's history. Back and Forward
// lead to the list again, or to the filter that was used, else to the call that is chosen.
const USED = "mobilepay-sim-used";
const CAME = "mobilepay-sim-came";
const used = () => JSON.parse(sessionStorage.getItem(USED) ?? "{}");
// The list that the keys go through, and whether they have made the step already.
let walked = null;
const listOf = (target) => (target?.matches?.("[data-switch] select") ? target.id : null);
document.addEventListener("keydown", ({ key, target }) => {
  if (!key.startsWith("Arrow") || !listOf(target)) walked = null;
  else if (walked?.id !== target.id) walked = { id: target.id, isStep: false };
}, true);
document.addEventListener("pointerdown", () => { walked = null; }, true);
document.body.addEventListener("htmx:beforeHistoryUpdate", ({ detail }) => {
  const { elt, triggeringEvent } = detail.requestConfig ?? {};
  const list = listOf(elt?.querySelector("select"));
  const id = list ?? (triggeringEvent?.submitter?.id || elt?.id);
  if (!id) return;
  if (list && walked?.isStep) detail.history.type = "replace";
  if (list && walked) walked.isStep = true;
  noteUsed(id, new URL(detail.history.path, location.href).href);
});

function noteUsed(id, to) {
  sessionStorage.setItem(USED, JSON.stringify({ ...used(), [location.href]: id, [to]: id }));
}

// An exchange that does not stand beside its list is read where it stands.
function read() {
  const card = document.querySelector(".detail:has(.exchange)");
  return card && getComputedStyle(card).position !== "sticky" ? card.querySelector("[data-focus]") : null;
}

// An exchange is read from the beginning of its card.
function comeTo(element) {
  const card = element === read() && element?.closest(".detail");
  element?.focus({ preventScroll: true });
  (card || element)?.scrollIntoView({ block: card ? "start" : "nearest", behavior: "instant" });
}

// htmx loads the page anew.
addEventListener("popstate", () => sessionStorage.setItem(CAME, location.href));
const came = sessionStorage.getItem(CAME);
sessionStorage.removeItem(CAME);
if (came === location.href && place?.url !== came) {
  // The browser would scroll later than this, to where the list was.
  if (read()) history.scrollRestoration = "manual";
  addEventListener("load", () => {
    const found = read() ?? document.getElementById(used()[came]) ?? document.querySelector(CHOSEN);
    comeTo(found);
  });
}

// A link from one call to another, such as that of its key, loads the page anew: one goes on at the call it leads to. Any other
// link to an exchange leads to that, where it stands below the filters alone.
addEventListener("load", () => {
  const isLed = document.referrer.split("?")[0] === location.href.split(/[?#]/)[0];
  const isNew = performance.getEntriesByType("navigation")[0].type === "navigate";
  const found = isLed ? document.querySelector(CHOSEN) : read();
  if (!isNew || !found || location.hash || document.activeElement !== document.body) return;
  comeTo(found);
});

// In a timeline the URL names the call, and so does the other way to look at it.
document.addEventListener("click", (event) => {
  const link = event.target.closest("#sequence a[id], #entries a[hx-get]");
  if (link && !event.ctrlKey && !event.metaKey && !event.shiftKey) choose(link);
  const way = event.target.closest(".ways a");
  if (way) way.href = kept(way.href);
}, true);

function choose(link) {
  const [, number] = link.getAttribute("href").match(/\/page\/requests\/(\d+)$/) ?? [];
  if (!number) return;
  const url = new URL(location.href);
  url.searchParams.set("request", number);
  // Back undoes the choice; htmx loads the page of an entry that it knows as its own.
  if (url.href !== location.href) {
    noteUsed(link.id, url.href);
    history.replaceState({ htmx: true }, "");
    history.pushState({ htmx: true }, "", url);
  }
  for (const each of document.querySelectorAll("#entries a[hx-get]")) {
    if (each === link) each.setAttribute("aria-current", "true");
    else each.removeAttribute("aria-current");
  }
}

function kept(href) {
  const url = new URL(href);
  const here = new URL(location.href).searchParams;
  for (const name of ["request", "moment"]) if (here.has(name)) url.searchParams.set(name, here.get(name));
  return url.href;
}
