// What the check has found is marked in its line of the editor, and told there where one goes to it.

const checked = document.getElementById("checked");
const nameField = document.getElementById("name");
// What is marked, and in which text.
let marked = {};

export const lineOf = ({ state }) => state.doc.lineAt(state.selection.main.head).number;

// The mistakes that the check has found, as they stand beside the editor.
function mistakes(state) {
  return [...checked.querySelectorAll("[data-line]")].map((each) => {
    const line = state.doc.line(Math.min(Number(each.dataset.line), state.doc.lines));
    const from = Math.min(line.from + Number(each.dataset.column) - 1, line.to);
    const word = /^\S[^\s:,}\]]*/.exec(line.text.slice(from - line.from))?.[0] ?? "";
    const message = each.querySelector("[data-message]").textContent;
    const isEmpty = !word && line.from < line.to;
    return { from: isEmpty ? line.from : from, to: isEmpty ? line.to : from + word.length, severity: "error", message };
  });
}

// What is wrong with the name is told above its field, and beside the editor only that it is.
function markName() {
  const message = checked.querySelector("[data-name] [data-message]");
  const says = document.getElementById("name-wrong");
  nameField.toggleAttribute("aria-invalid", Boolean(message));
  if (message) nameField.setAttribute("aria-invalid", "true");
  says.hidden = !message;
  says.textContent = message?.textContent ?? "";
  message?.toggleAttribute("hidden", true);
}

export function mark({ setDiagnostics }, view) {
  const { doc } = view.state;
  const found = mistakes(view.state);
  const words = JSON.stringify(found);
  // What is marked anew is no longer told there.
  if (doc !== marked.doc || words !== marked.words) view.dispatch(setDiagnostics(view.state, found));
  marked = { doc, words };
  markName();
}

// To the end of what is wrong there, with what is wrong beside it: where one mends it.
export function goTo(editor, view, number) {
  const line = view.state.doc.line(Math.min(number, view.state.doc.lines));
  view.dispatch({ selection: { anchor: mistakeIn(view.state, number)?.to ?? line.to }, scrollIntoView: true });
  view.focus();
  tellWhy(editor, view);
}

const mistakeIn = (state, number) => mistakes(state).find(({ from }) => state.doc.lineAt(from).number === number);

// Escape, or going elsewhere, puts away what is said in a line.
const PUT_AWAY = "mistake.put-away";
export function putAway(view) {
  view.dispatch({ userEvent: PUT_AWAY });
  return false;
}

// Says what is wrong in the line where one is, until one writes, leaves it or puts it away.
function tellWhy({ activateHover }, view) {
  const number = lineOf(view);
  const mistake = mistakeIn(view.state, number);
  const until = (change) => change.docChanged || change.isUserEvent(PUT_AWAY) || lineOf(change) !== number;
  if (mistake) activateHover(view, mistake.from, 1, { until });
}

// Who is in the line already goes on where they are, and sees it.
export function stayAt(editor, view) {
  view.dispatch({ scrollIntoView: true });
  view.focus();
  tellWhy(editor, view);
  return true;
}
