// What somebody has typed or chosen and not yet sent stays when the part around it is fetched again.

const isTicked = ({ type }) => type === "checkbox" || type === "radio";

function isTouched(field) {
  if (isTicked(field)) return field.checked !== field.defaultChecked;
  if (field.matches("select")) return [...field.options].some((each) => each.selected !== each.defaultSelected);
  return field.value !== field.defaultValue;
}

// A field whose value was refused is marked with the part that says why.
const MARKS = ["aria-invalid", "aria-describedby", "data-refused"];

function mark(field, outcome) {
  for (const [name, value] of [["aria-invalid", "true"], ["aria-describedby", outcome], ["data-refused", outcome]]) field.setAttribute(name, value);
}

const unmark = (field) => MARKS.forEach((name) => field.removeAttribute(name));

function keep(field, fresh) {
  // What somebody has opened or closed stays so.
  if (field.matches?.("details[id]")) fresh.toggleAttribute?.("open", field.open);
  if (field.matches?.("[data-refused]") && fresh.matches?.("input")) mark(fresh, field.dataset.refused);
  if (!field.matches?.("input:not([type=hidden]), select") || !fresh.matches?.(field.tagName) || !isTouched(field)) return;
  if (isTicked(field)) {
    fresh.checked = field.checked;
  } else if (field.matches("select")) {
    for (const option of fresh.options) option.toggleAttribute("selected", option.value === field.value);
  } else {
    fresh.value = field.value;
  }
}

Idiomorph.defaults.callbacks = {
  ...Idiomorph.defaults.callbacks,
  // What a press has said stays beside its button, too, until the next press, or until it has come true.
  beforeNodeMorphed: (field, fresh) => {
    keep(field, fresh);
    if (!field.matches?.("[data-outcome]")) return true;
    return Boolean(field.querySelector("[data-until-begun]")) && fresh.matches("[data-has-begun]");
  },
};

// What a button is about: its own fields where the form has several buttons with fields, else all of the form.
const around = (button) => button?.closest(".field, .with-amount, form");

// What was taken is nobody's draft any more: the next answer may replace it. What was refused stays as it was typed, and
// so does what the press was not about.
document.body.addEventListener("htmx:afterRequest", ({ target, detail }) => {
  if (!target.matches("form") || !detail.successful || detail.xhr.getResponseHeader("X-Form-Refused")) return;
  const sent = around(detail.requestConfig.triggeringEvent?.submitter)?.querySelectorAll("input, select") ?? [];
  for (const field of sent) {
    if (!field.closest("div[hx-get]")) continue;
    if (isTicked(field)) field.defaultChecked = field.checked;
    else if (field.matches("select")) for (const each of field.options) each.defaultSelected = each.selected;
    else field.defaultValue = field.value;
  }
});

// Who clicks into an amount that is offered types another in its place.
let entered = null;
document.addEventListener("pointerdown", ({ target }) => { entered = target === document.activeElement ? null : target; });
document.addEventListener("click", ({ target }) => {
  if (target === entered && target.matches(".with-amount input") && !isTouched(target)) target.select();
});

// A payment has the order id that was typed: left in its field, it would be that of the next one, too. Without an answer,
// another try is for the same order, also where its id was made up, until something else was done with the payment.
document.body.addEventListener("used", ({ detail }) => {
  const field = document.getElementById(detail.field);
  if (field?.value.trim() === detail.value) field.value = "";
});
function fillAgain() {
  const { field: id, value } = document.querySelector("#again-form[data-field]")?.dataset ?? {};
  const field = document.getElementById(id);
  if (field && ["", value].includes(field.value.trim())) field.value = field.dataset.filled = value;
}
fillAgain();
document.body.addEventListener("htmx:afterSettle", ({ target }) => { if (["till-result", "main"].includes(target.id)) fillAgain(); });
document.body.addEventListener("went-on", () => {
  for (const field of document.querySelectorAll("[data-filled]")) if (isFilled(field)) field.value = "";
});

// What the till has sent and had no answer to is that till's.
const isFilled = (field) => field.value.trim() === field.dataset.filled;

// What was typed or chosen in a region and not in a part of it that is fetched again.
const typedIn = (region) => [...region.querySelectorAll("input[id]:not([type=hidden]), select[id]")]
  .filter((field) => field.form && !field.closest("div[hx-get]") && isTouched(field) && !isFilled(field));

// A choice that is not offered here is left out.
function fill({ id, checked, value }) {
  const field = document.getElementById(id);
  if (!field) return;
  if (isTicked(field)) field.checked = checked;
  else if (!field.options || [...field.options].some((each) => each.value === value)) field.value = value;
}

// Who looks at other views and comes back finds the form as it was left, in this tab: its address is that of its sandbox.
const KEPT = "form[data-kept]";
const placeOf = (form) => `mobilepay-sim-typed ${form.getAttribute("action")}`;

function recall() {
  for (const form of document.querySelectorAll(KEPT)) JSON.parse(sessionStorage.getItem(placeOf(form)) ?? "[]").forEach(fill);
}

function remember() {
  for (const form of document.querySelectorAll(KEPT)) {
    const typed = typedIn(form).map(({ id, checked, value }) => ({ id, checked, value }));
    sessionStorage.setItem(placeOf(form), JSON.stringify(typed));
  }
}

recall();
addEventListener("pagehide", remember);

// Who looks at another point of sale or makes one takes along what other forms have, typed and not yet sent. The first one after
// a restart finds what was typed before it.
let carried = [];
let isFirst = false;
document.body.addEventListener("htmx:beforeSwap", ({ target, detail }) => {
  const by = detail.requestConfig?.elt;
  if (target.id !== "main") return;
  remember();
  isFirst = !target.querySelector(KEPT);
  carried = by?.matches("[data-switch], form[method=post]") ? typedIn(target).filter((field) => field.form !== by) : [];
});

document.body.addEventListener("htmx:afterSettle", ({ target }) => {
  if (target.id !== "main") return;
  if (isFirst) recall();
  isFirst = false;
  carried.forEach(fill);
  carried = [];
});

// The fields that a button sends: those beside it.
function beside(button) {
  return [...(around(button)?.querySelectorAll("input:not([type=hidden], [type=checkbox])") ?? [])];
}

// What was refused and its error go together: with the next press, or once something else is typed.
document.body.addEventListener("htmx:afterRequest", ({ target, detail }) => {
  if (!target.matches("form") || !detail.xhr.getResponseHeader("X-Form-Refused") || !detail.target.matches("[data-outcome]")) return;
  // The answer names the field where the form has several.
  const named = detail.target.querySelector("[data-field]")?.dataset.field;
  beside(detail.requestConfig.triggeringEvent?.submitter)
    .filter((field) => !named || field.name === named)
    .forEach((field) => mark(field, detail.target.id));
});

document.body.addEventListener("htmx:beforeRequest", ({ target, detail }) => {
  if (!target.matches("form") || detail.requestConfig.verb !== "post") return;
  const sent = beside(detail.requestConfig.triggeringEvent?.submitter);
  for (const field of document.querySelectorAll("[data-refused]")) {
    unmark(field);
    if (!sent.includes(field)) field.value = field.defaultValue;
  }
});

document.addEventListener("input", ({ target }) => {
  if (!target.matches("[data-refused]")) return;
  document.getElementById(target.dataset.refused).replaceChildren();
  unmark(target);
});
