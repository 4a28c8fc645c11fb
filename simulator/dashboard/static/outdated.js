// What a case of a certification is done with is no call to send again: its button stays, but is no next step any more.

import { show } from "./sight.js";

document.body.addEventListener("htmx:afterSettle", () => {
  const over = document.getElementById("case-to-do")?.dataset.over.split(" ") ?? [];
  const again = document.getElementById("again");
  if (!again?.hasAttribute("data-next") || !over.includes(again.form.dataset.request)) return;
  again.removeAttribute("data-next");
  again.className = "quiet";
  document.getElementById("again-here")?.remove();
  // Nor is another try for the same order.
  document.body.dispatchEvent(new Event("went-on"));
  if (document.activeElement !== again) return;
  // Who was about to press it is told why not, and presses nothing else in its place.
  const failed = document.getElementById("case-failed");
  if (!failed) {
    document.dispatchEvent(new Event("next-step"));
    return;
  }
  failed.tabIndex = -1;
  failed.focus({ preventScroll: true });
  show(failed);
});
