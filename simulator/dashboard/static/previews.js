// A preview of the list of scenarios: below its row where it would stand below the whole list, and closed again.

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

if (list) {
  document.body.addEventListener("htmx:beforeSwap", ({ detail }) => {
    // The list is made anew: a preview in a row of it would be gone.
    if (detail.target === list && list.contains(preview)) home.append(preview);
    if (detail.target !== preview) return;
    opener = detail.requestConfig.elt;
    if (isBelow()) opener.closest(".scenario").append(preview);
    else home.append(preview);
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
