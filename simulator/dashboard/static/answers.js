// Below a form stands its answer: it is about what the form held when it was sent, or about the file that was chosen.

import { say } from "./sight.js";

// A verdict on a text goes once that is another one; one that is on its way then is not shown.
let awaited = null;
document.body.addEventListener("htmx:beforeRequest", ({ target, detail }) => {
  if (target.matches("[data-judged]")) awaited = detail.xhr;
});
document.body.addEventListener("htmx:beforeSwap", ({ detail }) => {
  if (detail.requestConfig.elt.matches("[data-judged]") && detail.xhr !== awaited) detail.shouldSwap = false;
});

function forget(form) {
  awaited = null;
  document.querySelector(form.getAttribute("hx-target")).replaceChildren();
}
document.addEventListener("input", ({ target }) => {
  const form = target.form?.closest("[data-judged]");
  if (form && target.type !== "file") forget(form);
});

// The text of a file that is chosen fills another field, where it can be seen and changed.
for (const each of document.querySelectorAll("[data-scripted]")) each.hidden = false;

// A zero is in no text, and in all that UTF-16 has of one.
async function textOf(file) {
  const bytes = await file.arrayBuffer().catch(() => null);
  if (!bytes) return { why: "could not be read" };
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    if (!text.includes("\0")) return { text };
  } catch { /* It is of another encoding. */ }
  return { why: "is not UTF-8 text" };
}

// Why a file was not taken stands beside its field until another is, or until the text is changed.
function refuse(input, words) {
  const place = document.getElementById(input.getAttribute("aria-describedby"));
  const said = Object.assign(document.createElement("p"), { className: "notice bad", textContent: words });
  said.setAttribute("role", "alert");
  place.replaceChildren(...(words ? [said] : []));
  if (words) input.setAttribute("aria-invalid", "true");
  else input.removeAttribute("aria-invalid");
}

// The name of the file that was read stays in its field: that of a copy, so that the same file can be chosen again once it has
// changed.
function show(input, { name, type }, text) {
  const files = new DataTransfer();
  files.items.add(new File([text], name, { type }));
  input.files = files.files;
}

let chosen = null;
document.addEventListener("change", async ({ target }) => {
  const field = document.getElementById(target.dataset.fills);
  const file = field && target.files[0];
  if (!file) return;
  chosen = file;
  const { text, why } = await textOf(file);
  // Another one may have been chosen meanwhile.
  if (chosen !== file) return;
  if (why) {
    target.value = "";
    forget(field.form);
    refuse(target, `${file.name} ${why}. What stands below is as it was.`);
    return;
  }
  show(target, file, text);
  field.value = text;
  field.dispatchEvent(new Event("input", { bubbles: true }));
  say(`${file.name} was read`);
});
document.addEventListener("input", ({ target }) => {
  const input = document.querySelector(`[data-fills="${CSS.escape(target.id)}"]`);
  if (input) refuse(input, "");
});
