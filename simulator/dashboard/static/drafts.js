// What is written and not saved is kept in this browser, and is there again when one comes back. Who is about to leave it
// or to discard it is asked first.

const form = document.querySelector("[data-draft]");
// The texts that are saved, and whether the page is left because they are saved now.
let saved = null;
let isLeaving = false;

// The name, the text, and which text was opened: a draft of what somebody has changed since must not replace that unasked.
const written = () => ["name", "yaml", "opened"].map((name) => form.elements[name].value);
const isUnsaved = () => written().slice(0, 2).some((text, place) => text !== saved[place]);

// Each tab has a draft of its own: what one saves or discards takes nothing from the others.
const TAB = "mobilepay-sim-tab";
const key = () => {
  // No randomUUID: that is there at safe addresses only.
  const tab = sessionStorage.getItem(TAB) ?? `${Date.now()}-${Math.random()}`;
  sessionStorage.setItem(TAB, tab);
  return `${form.dataset.draft} ${tab}`;
};
// The draft of another tab, which may be gone, that this one has gone on with.
let source = null;

function keep() {
  localStorage.setItem(key(), JSON.stringify([...written(), Date.now()]));
}

function forget() {
  localStorage.removeItem(key());
  if (source) localStorage.removeItem(source);
}

const read = (each) => JSON.parse(localStorage.getItem(each) ?? "null");

// This tab's own draft, else the newest of any other.
function kept() {
  const others = Object.keys(localStorage).filter((each) => each.startsWith(`${form.dataset.draft} `));
  const newest = others.sort((a, b) => read(b)[3] - read(a)[3])[0];
  return read(key()) ? key() : newest;
}

function restore() {
  source = kept();
  const draft = source ? read(source) : null;
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
  form.addEventListener("input", () => {
    keep();
    if (!isUnsaved()) document.getElementById("draft").hidden = true;
  });
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
    const isLed = Boolean(detail.xhr.getResponseHeader("HX-Redirect"));
    if (target !== form || (isLed && detail.xhr.status < 400)) return;
    isLeaving = isLed;
    keep();
  });
  // Back after a save leads to the scenario that is saved, not to the form that made it.
  document.body.addEventListener("htmx:beforeOnLoad", ({ target, detail }) => {
    const saved = detail.xhr.getResponseHeader("HX-Redirect");
    if (target !== form || !saved || detail.xhr.status >= 400) return;
    history.replaceState(history.state, "", `${saved.split(/[?#]/)[0]}/edit`);
  });
  // Who has to log in first finds it here afterwards.
  document.body.addEventListener("htmx:beforeOnLoad", ({ detail }) => {
    if (detail.xhr.status !== 401 || !detail.requestConfig.triggeringEvent?.submitter) return;
    isLeaving = true;
    keep();
  });
  // What the browser has kept of the page is from before the save.
  addEventListener("pageshow", ({ persisted }) => {
    if (persisted && isLeaving) location.reload();
  });
  // Another tab may have gone on with this draft, and have saved or discarded it.
  addEventListener("pagehide", () => {
    if (!isLeaving && isUnsaved()) keep();
  });
  addEventListener("beforeunload", (event) => {
    if (!isLeaving && isUnsaved()) event.preventDefault();
  });
}
