// Swipe to accept: a knob that is dragged to the end of its track. Pressed, it accepts as well.

const ENOUGH = 0.75;
let drag = null;
let dragged = false;

function begin(event) {
  const knob = event.target.closest("[data-swipe] button");
  if (!knob || knob.disabled) return;
  dragged = false;
  const track = knob.closest("[data-swipe]");
  drag = { knob, from: event.clientX, way: track.clientWidth - knob.offsetWidth - 2 * knob.offsetLeft, moved: 0 };
  knob.setPointerCapture(event.pointerId);
}

function move(event) {
  if (!drag) return;
  drag.moved = Math.max(0, Math.min(drag.way, event.clientX - drag.from));
  drag.knob.style.transform = `translateX(${drag.moved}px)`;
}

function end() {
  if (!drag) return;
  const { knob, way, moved } = drag;
  drag = null;
  knob.style.transform = "";
  dragged = moved > 4;
  if (dragged && moved >= way * ENOUGH) knob.form.requestSubmit(knob);
}

// The click that follows a drag says nothing: the distance did.
function click(event) {
  if (dragged && event.target.closest("[data-swipe]")) event.preventDefault();
  dragged = false;
}

document.addEventListener("pointerdown", begin);
document.addEventListener("pointermove", move);
document.addEventListener("pointerup", end);
document.addEventListener("pointercancel", end);
document.addEventListener("click", click, true);
