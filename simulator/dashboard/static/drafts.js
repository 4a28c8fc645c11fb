// What is written and not saved is kept in this browser, and is there again when one comes back.

const form = document.querySelector("[data-draft]");

function keep() {
  localStorage.setItem(form.dataset.draft, JSON.stringify([form.elements.name.value, form.elements.yaml.value]));
}

function restore() {
  const draft = JSON.parse(localStorage.getItem(form.dataset.draft) ?? "null");
  const { name, yaml } = form.elements;
  if (!draft || (draft[0] === name.value && draft[1] === yaml.value)) return;
  const saved = [name.value, yaml.value];
  const write = (texts) => {
    [name.value, yaml.value] = texts;
    yaml.dispatchEvent(new Event("input", { bubbles: true }));
  };
  const notice = document.getElementById("draft");
  notice.hidden = false;
  notice.querySelector("[data-discard]").addEventListener("click", () => {
    write(saved);
    localStorage.removeItem(form.dataset.draft);
    notice.hidden = true;
    yaml.focus();
  });
  write(draft);
}

if (form) {
  if (form.hasAttribute("data-unsaved")) keep();
  else restore();
  form.addEventListener("input", keep);
  form.addEventListener("submit", () => localStorage.removeItem(form.dataset.draft));
}
