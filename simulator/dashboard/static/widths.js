// A diagram whose words need more room than there is gets it, and its box is scrolled sideways: SVG breaks no lines.
// A table that is wider than its box is scrolled likewise; both say so.

// What a state has around its words; and how far each diagram was scrolled, which is lost while it is drawn anew.
const BESIDE = 16;
const places = new WeakMap();

// How many pixels wide the words need it to be: they begin at a part of the width, and go on from there.
function needed(flow) {
  const room = flow.getBoundingClientRect();
  return Math.max(0, ...[...flow.querySelectorAll("text")].map((text) => {
    const words = text.getBoundingClientRect();
    const begin = (words.left - room.left) / room.width;
    return words.right > room.right && begin < 0.95 ? (words.width + BESIDE) / (1 - begin) : 0;
  }));
}

function fit(box) {
  const flow = box.querySelector("svg.flow");
  if (!flow) return;
  const drawings = box.querySelectorAll("svg.flow, .sequence-heads svg.heads");
  const widen = (width) => drawings.forEach((each) => { each.style.minWidth = width; });
  widen("");
  const width = Math.ceil(needed(flow));
  const isWide = width > flow.getBoundingClientRect().width;
  if (isWide) widen(`${width}px`);
  for (const [name, value] of [["tabindex", "0"], ["role", "region"], ["aria-label", "The diagram, which scrolls sideways"]]) {
    if (isWide) box.setAttribute(name, value);
    else box.removeAttribute(name);
  }
  box.classList.toggle("wide", isWide);
  box.scrollLeft = places.get(box) ?? 0;
}

// What reaches into the space at its end can be seen.
const hint = (box) => box.classList.toggle("wide", box.scrollWidth > box.clientWidth + parseFloat(getComputedStyle(box).paddingRight) + 1);

function fitAll() {
  document.querySelectorAll(".sequence").forEach(fit);
  document.querySelectorAll(".scroll").forEach(hint);
}
addEventListener("resize", fitAll);
document.addEventListener("scroll", ({ target }) => {
  if (target instanceof Element && target.matches(".sequence")) places.set(target, target.scrollLeft);
}, true);
// What is opened or filtered changes how wide a table is.
for (const moment of ["toggle", "change"]) document.addEventListener(moment, () => document.querySelectorAll(".scroll").forEach(hint), true);
for (const moment of ["htmx:afterSwap", "htmx:afterSettle"]) document.body.addEventListener(moment, fitAll);
document.fonts.ready.then(fitAll);
