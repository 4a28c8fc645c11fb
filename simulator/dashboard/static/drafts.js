// What is written and not saved is kept in this browser, and is there again when one comes back. Who is about to leave it
// or to discard it is asked first.

const form = document.querySelector("[data-draft]");
// The texts that are saved, and whether the page is left because they are saved now.
let saved = null;
let isLeaving = false;

// The name, the text, and which text was opened: a draft of what somebody has changed since must not replace that unasked.
const written = () => ["name", "yaml", "opened"].map((name) => form.elements[name].value);
const isUnsaved = () => written().slice(0, 2).some((text, place) => text !== saved[place]);

function keep() {
  localStorage.setItem(form.dataset.draft, JSON.stringify(written()));
}

function forget() {
  localStorage.removeItem(form.dataset.draft);
}

function restore() {
  const draft = JSON.parse(localStorage.getItem(form.dataset.draft) ?? "null");
  const { name, yaml, opened } = form.elements;
  if (!draft || (draft[0] === name.value && draft[1] === yaml.value)) return;
  const write = (texts) => {
    [name.value, yaml.value, opened.value = ""] = texts;
    yaml.dispatchEvent(new Event("input", { bubbles: true }));
  };
  const notice = document.getElementById("draft");
  const discard = notice.querySelector("[data-discard]");
  notice.hidden = false;
  discard.addEventListener("click", () => {
    if (!confirm(discard.dataset.ask)) return;
    write(saved);
    forget();
    notice.hidden = true;
    (document.getElementById("editor") ?? yaml).focus();
  });
  write(draft);
  // What is typed is checked once it differs from what the page came with; this is what it comes with.
  htmx.ajax("POST", yaml.getAttribute("hx-post"), { source: yaml, target: yaml.getAttribute("hx-target"), swap: "innerHTML" });
}

if (form) {
  const old = document.getElementById("saved");
  saved = form.hasAttribute("data-unsaved") ? [form.elements.origin.value, old?.value ?? "", ""] : written();
  if (form.hasAttribute("data-unsaved")) keep();
  else restore();
  form.addEventListener("input", keep);
  form.addEventListener("submit", ({ submitter }) => {
    // A preview is no save.
    if (submitter?.id === "draw") return;
    isLeaving = true;
    forget();
  });
  // What is deleted needs no draft; the question was asked already.
  document.querySelector("[data-deletes]")?.addEventListener("submit", () => {
    isLeaving = true;
    forget();
  });
  // What came back was not saved.
  document.body.addEventListener("htmx:afterRequest", ({ target, detail }) => {
    if (target !== form || detail.xhr.getResponseHeader("HX-Redirect")) return;
    isLeaving = false;
    keep();
  });
  // Back after a save leads to the page as it was opened.
  addEventListener("pageshow", ({ persisted }) => {
    if (persisted && isLeaving) location.reload();
  });
  addEventListener("beforeunload", (event) => {
    if (!isLeaving && isUnsaved()) event.preventDefault();
  });
}
