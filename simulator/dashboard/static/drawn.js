// The preview beside the editor: it says when it is of an earlier text than the one that is written.

const form = document.getElementById("editor-form");
const preview = document.getElementById("preview");
// The name and the text that the preview shows; null while it shows none.
let shown = null;

const written = () => JSON.stringify([form.elements.name.value.trim(), form.elements.yaml.value]);

function tell() {
  const is = document.getElementById("outdated");
  const isOutdated = shown !== null && shown !== written();
  if (isOutdated === Boolean(is)) return;
  is?.remove();
  if (!isOutdated) return;
  const says = document.createElement("p");
  says.id = "outdated";
  says.className = "notice wait";
  says.setAttribute("role", "status");
  says.textContent = "This is the preview of an earlier text. Press Preview to draw what is written now.";
  preview.querySelector("header").after(says);
}

form.addEventListener("input", tell);
// What is drawn is what was sent, which may have been changed before the answer came.
const sent = new WeakMap();
document.body.addEventListener("htmx:beforeSend", ({ target, detail }) => { if (target.id === "draw") sent.set(detail.xhr, written()); });
document.body.addEventListener("htmx:afterSwap", ({ target, detail }) => {
  if (target !== preview) return;
  shown = preview.querySelector("[data-drawn]") ? sent.get(detail.xhr) ?? null : null;
  tell();
});
