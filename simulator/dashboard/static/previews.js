// A preview of the list of scenarios: below its row where it would stand below the whole list, and closed again.

import { beginOfSight } from "./sight.js";

const preview = document.getElementById("preview");
const list = document.getElementById("scenarios");
const home = preview?.parentElement;
const nothing = preview?.innerHTML;
// What the preview was opened with.
let opener = null;

const isBelow = () => home.getBoundingClientRect().width < list.getBoundingClientRect().width * 1.2;

function close() {
  home.append(preview);
  preview.innerHTML = nothing;
  opener?.focus();
  opener = null;
}

// The row that was pressed stays where it is, while a preview above it goes.
function place(row) {
  const { top } = row.getBoundingClientRect();
  if (isBelow()) row.append(preview);
  else home.append(preview);
  scrollBy({ top: row.getBoundingClientRect().top - top, behavior: "instant" });
}

// The drawing takes a moment: until it is there, its place says that it comes.
function tellAwaited(name) {
  const said = Object.assign(document.createElement("p"), { className: "empty", textContent: `Drawing ${name} ...` });
  said.setAttribute("role", "status");
  preview.replaceChildren(said);
  preview.scrollIntoView({ block: "nearest", behavior: "instant" });
}

if (list) {
  // The request whose answer is to be shown.
  let awaited = null;
  document.body.addEventListener("htmx:beforeRequest", ({ detail }) => {
    if (detail.target !== preview) return;
    awaited = detail.xhr;
    opener = detail.requestConfig.elt;
    place(opener.closest(".scenario"));
    tellAwaited(opener.dataset.name);
  });
  for (const failure of ["htmx:sendError", "htmx:responseError", "htmx:timeout"]) {
    document.body.addEventListener(failure, ({ detail }) => { if (detail.xhr === awaited) close(); });
  }
  document.body.addEventListener("htmx:beforeSwap", ({ detail }) => {
    // The list is made anew: a preview in a row of it would be gone.
    if (detail.target === list && list.contains(preview)) home.append(preview);
  });
  document.body.addEventListener("htmx:afterSwap", ({ detail }) => {
    if (detail.target === preview) preview.querySelector("[data-close]").hidden = false;
  });
  preview.addEventListener("click", ({ target }) => {
    if (target.closest("[data-close]")) close();
  });
  document.addEventListener("keydown", ({ key, target }) => {
    if (key === "Escape" && opener && preview.contains(target)) close();
  });
}

// What is pressed in the list stays under the pointer, whatever grows above it: what is queued, what is in force. What became of the
// press stands above its row where there is no room below.
const APART = 8;
let held = null;

function hold() {
  if (!held?.button.isConnected) return;
  const top = held.button.getBoundingClientRect().top - Math.max(held.top, beginOfSight() + APART);
  // A short page has no room to scroll by itself.
  if (top > 0) document.body.style.minHeight = `${scrollY + innerHeight + top}px`;
  scrollBy({ top, behavior: "instant" });
}

document.body.addEventListener("htmx:afterSettle", ({ detail }) => {
  hold();
  if (!held || !detail.target.matches(".scenario .outcome")) return;
  const { top, bottom } = detail.target.getBoundingClientRect();
  if (top >= beginOfSight() && bottom <= innerHeight) return;
  detail.target.classList.toggle("above");
  hold();
});
document.addEventListener("click", ({ target }) => {
  const button = target.closest(".scenario form button");
  held = button && { button, top: button.getBoundingClientRect().top };
}, true);
for (const moved of ["wheel", "touchmove", "keydown", "pointerdown"]) addEventListener(moved, () => { held = null; }, { passive: true });
