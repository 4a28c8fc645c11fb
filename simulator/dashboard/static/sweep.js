// The results of a sweep: what a link leads to is shown, whatever hides it, and gets the focus.

const filter = document.getElementById("only-failures");

// The filter gives way to a run that it hides, and says so.
function giveWay() {
  filter.checked = false;
  document.dispatchEvent(new CustomEvent("say", { detail: "“Only failures” is off: this run did not fail" }));
}

function reveal() {
  const target = document.getElementById(location.hash.slice(1));
  const run = target?.closest(".swept tr");
  if (!run) return;
  if (filter.checked && run.matches(".fine")) giveWay();
  for (let each = target; each !== run; each = each.parentElement) if (each.matches("details")) each.open = true;
  target.focus({ preventScroll: true });
  target.scrollIntoView({ block: "nearest" });
}

addEventListener("hashchange", reveal);
// A link to where one has been already changes no hash. A page that is loaded again has the filter as it was.
document.addEventListener("click", ({ target }) => {
  if (target.closest("#swept a")?.hash === location.hash && location.hash) reveal();
});
addEventListener("pageshow", reveal);
