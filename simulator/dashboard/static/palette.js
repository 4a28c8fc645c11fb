// The command palette: Ctrl-K opens it, arrows choose, Enter goes there, Escape closes it.

const palette = document.getElementById("palette");

function open() {
  palette.showModal();
  const field = palette.querySelector("input");
  field.select();
  htmx.trigger(field, "look");
}

function choose(step) {
  const field = palette.querySelector("input");
  const places = [field, ...palette.querySelectorAll("#found a")];
  const at = places.indexOf(document.activeElement);
  // In the field the first one found is marked: the next one is the second.
  const by = at === 0 && step === 1 && places.length > 2 ? 2 : step;
  places[(at + by + places.length) % places.length].focus();
}

if (palette) {
  document.addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && !event.shiftKey && !event.altKey && event.key.toLowerCase() === "k") {
      event.preventDefault();
      if (palette.open) palette.close();
      else open();
    }
  });
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-palette]")) open();
    // A link may lead to a part of the page that is shown already.
    else if (event.target === palette || event.target.closest("#found a")) palette.close();
  });
  palette.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      choose(event.key === "ArrowDown" ? 1 : -1);
    }
  });
  // Enter in the field goes to the first thing found for what it says now.
  palette.querySelector("form").addEventListener("submit", async (event) => {
    event.preventDefault();
    // In a request of its own: that of the typing would end one for the same field.
    const field = palette.querySelector("input");
    const asked = `${field.getAttribute("hx-get")}?${new URLSearchParams({ find: field.value })}`;
    const answer = await fetch(asked, { headers: { "HX-Request": "true" } }).catch(() => null);
    const first = answer?.ok ? new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("a") : null;
    if (!first) return;
    palette.close();
    location.assign(first.getAttribute("href"));
  });
}
