// The results of a sweep: what a link leads to is shown, whatever hides it, and gets the focus. Back leads to the link.

import { say } from "./sight.js";

const filter = document.getElementById("only-failures");
const links = () => [...document.querySelectorAll("#swept a[href^='#']")];

// The filter gives way to a run that it hides, and says so.
function giveWay() {
  filter.checked = false;
  say("“Only failures” is off: this run did not fail");
}

// Returns whether the element is one of a run, which is then to be seen.
function uncover(element) {
  const run = element?.closest(".swept tr");
  if (!run) return false;
  if (filter.checked && run.matches(".fine")) giveWay();
  for (let each = element; each !== run; each = each.parentElement) if (each.matches("details")) each.open = true;
  return true;
}

function reveal() {
  const target = document.getElementById(location.hash.slice(1));
  if (!uncover(target)) return;
  target.focus({ preventScroll: true });
  target.scrollIntoView({ block: "nearest" });
}

// The browser would scroll to where it was itself, whatever is opened or hidden since: it is told not to.
function leave(link) {
  const { top } = link.getBoundingClientRect();
  history.scrollRestoration = "manual";
  history.replaceState({ ...history.state, left: { at: links().indexOf(link), top } }, "");
}

function comeBack({ at, top }) {
  const link = links()[at];
  if (!link) return;
  uncover(link);
  link.focus({ preventScroll: true });
  scrollBy({ top: link.getBoundingClientRect().top - top, behavior: "instant" });
}

const show = () => (history.state?.left ? comeBack(history.state.left) : reveal());

addEventListener("hashchange", show);
document.addEventListener("click", (event) => {
  const link = event.target.closest("#swept a[href^='#']");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  // A link to where one has been already changes no hash, and makes no entry of the history.
  if (link.hash === location.hash) reveal();
  else leave(link);
});
// A page that is loaded again has the filter as it was.
addEventListener("pageshow", show);
