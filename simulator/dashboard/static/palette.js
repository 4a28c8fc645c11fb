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
  places[(at + step + places.length) % places.length].focus();
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
    else if (event.target === palette) palette.close();
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
    const field = palette.querySelector("input");
    await htmx.ajax("GET", field.getAttribute("hx-get"), { source: field, target: "#found" });
    palette.querySelector("#found a")?.click();
  });
}
