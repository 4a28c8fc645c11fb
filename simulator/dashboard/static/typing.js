// What somebody has typed or chosen and not yet sent stays when the part around it is fetched again.

function isTouched(field) {
  if (field.type === "checkbox") return field.checked !== field.defaultChecked;
  if (field.matches("select")) return [...field.options].some((each) => each.selected !== each.defaultSelected);
  return field.value !== field.defaultValue;
}

function keep(field, fresh) {
  if (!field.matches?.("input:not([type=hidden]), select") || !fresh.matches?.(field.tagName) || !isTouched(field)) return;
  if (field.type === "checkbox") {
    fresh.checked = field.checked;
  } else if (field.matches("select")) {
    for (const option of fresh.options) option.toggleAttribute("selected", option.value === field.value);
  } else {
    fresh.value = field.value;
  }
}

Idiomorph.defaults.callbacks = {
  ...Idiomorph.defaults.callbacks,
  beforeNodeMorphed: (field, fresh) => { keep(field, fresh); return true; },
};

// What was taken is nobody's draft any more: the next answer may replace it. What was refused stays as it was typed.
document.body.addEventListener("htmx:afterRequest", ({ target, detail }) => {
  if (!target.matches("form") || !detail.successful || detail.xhr.getResponseHeader("X-Form-Refused")) return;
  for (const field of target.elements) {
    if (!field.closest("div[hx-get]")) continue;
    if (field.type === "checkbox") field.defaultChecked = field.checked;
    else if (field.matches("select")) for (const each of field.options) each.defaultSelected = each.selected;
    else if (field.matches("input")) field.defaultValue = field.value;
  }
});
