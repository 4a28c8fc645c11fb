// The scenario editor: CodeMirror in the place of the text field, which keeps the text for all else that reads it.
// Its styles are in a shadow root of its own, so that the page's Content-Security-Policy allows no others.

import { wordsAt } from "./completion.js";
import "./drawn.js";
import { goTo, lineOf, mark, putAway, stayAt } from "./mistakes.js";
import { beginOfSight, tellAnyway } from "./sight.js";

const field = document.getElementById("yaml");
const nameField = document.getElementById("name");
const checked = document.getElementById("checked");
const compare = document.getElementById("compare");
const preview = document.getElementById("preview");
const refusal = document.getElementById("refusal");
const nothing = preview.innerHTML;
// Pixels between the header and the line below it.
const APART = 8;

function theme({ EditorView }) {
  return EditorView.theme({
    "&": { background: "var(--surface)", color: "var(--ink)", fontSize: "0.8125rem", borderRadius: "inherit" },
    // More specific than CodeMirror's own, which comes later once the old text is shown.
    "&.cm-focused.cm-editor": { outline: "none" },
    ".cm-scroller": { fontFamily: "var(--mono)", lineHeight: "1.55", maxHeight: "75vh" },
    // The text reaches down as far as the editor does: who clicks below the last line clicks into it.
    ".cm-content": { caretColor: "var(--ink)", minHeight: "22lh" },
    ".cm-cursor": { borderLeftColor: "var(--ink)", borderLeftWidth: "2px" },
    ".cm-gutters": { background: "var(--sunken)", color: "var(--muted)", border: "0", height: "auto", alignSelf: "stretch" },
    ".cm-activeLine": { background: "color-mix(in srgb, var(--accent) 7%, transparent)" },
    ".cm-activeLineGutter": { background: "transparent", color: "var(--ink)", fontWeight: "700" },
    "&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground": {
      background: "color-mix(in srgb, var(--accent) 28%, transparent)",
    },
    ".cm-selectionMatch, .cm-searchMatch": { background: "var(--wait-soft)" },
    ".cm-searchMatch-selected": { outline: "1px solid var(--wait)" },
    "&.cm-focused .cm-matchingBracket": { background: "var(--accent-soft)" },
    ".cm-tooltip, .cm-panels": { background: "var(--surface)", color: "var(--ink)", border: "1px solid var(--line)" },
    ".cm-tooltip-lint": { maxWidth: "min(28rem, 80vw)", maxHeight: "8lh", overflowY: "auto" },
    ".cm-tooltip.cm-completionInfo": { maxWidth: "min(24rem, 80vw)" },
    ".cm-tooltip-autocomplete > ul > li[aria-selected]": { background: "var(--accent)", color: "var(--accent-ink)" },
    ".cm-completionMatchedText": { fontWeight: "700" },
    ".cm-diagnostic-error": { borderLeftColor: "var(--bad)" },
    ".cm-diagnosticText": { color: "var(--ink)" },
    ".cm-lintRange-error": {
      backgroundImage: "none", textDecoration: "underline wavy var(--bad)", textUnderlineOffset: "3px", textDecorationSkipInk: "none",
    },
    ".cm-lint-marker-error": {
      content: "none", width: "0.8em", height: "0.8em", borderRadius: "50%", background: "var(--bad)", display: "inline-block",
    },
    ".cm-panels button, .cm-panels input": {
      background: "var(--surface)", color: "var(--ink)", border: "1px solid var(--line)", backgroundImage: "none", font: "inherit",
    },
    ".cm-changedLine": { background: "var(--good-soft)" },
    ".cm-deletedChunk": { background: "var(--bad-soft)", paddingLeft: "6px" },
    // An empty line that was written over is no old line.
    ".cm-deletedChunk:has(> .cm-deletedLine:only-child > del > br:only-child)": { display: "none" },
    ".cm-changedLineGutter": { background: "var(--good)" },
    ".cm-deletedLineGutter": { background: "var(--bad)" },
    "&.cm-merge-b .cm-changedText": { background: "color-mix(in srgb, var(--good) 30%, transparent)" },
    ".cm-deletedChunk .cm-deletedText": { background: "color-mix(in srgb, var(--bad) 30%, transparent)" },
    ".cm-deletedChunk .cm-deletedLine, .cm-deletedChunk del": { textDecoration: "line-through" },
  });
}

function colours({ HighlightStyle, syntaxHighlighting, tags }) {
  return syntaxHighlighting(HighlightStyle.define([
    { tag: [tags.definition(tags.propertyName), tags.propertyName], color: "var(--accent)", fontWeight: "600" },
    { tag: [tags.string, tags.content], color: "var(--ink)" },
    { tag: [tags.lineComment, tags.comment], color: "var(--muted)", fontStyle: "italic" },
    { tag: [tags.separator, tags.punctuation, tags.squareBracket, tags.brace], color: "var(--muted)" },
  ]));
}

// Whether a value stands there already, and is the begin of no other: then Enter begins a new line.
function isWhole(options, text) {
  const found = options.filter(({ label }) => label.startsWith(text));
  return found.length === 1 && found[0].label === text && found[0].type !== "property";
}

function completion(editor, schema) {
  return editor.autocompletion({
    activateOnCompletion: (word) => word.type === "property",
    override: [
      (context) => {
        const word = context.matchBefore(/[\w.-]*/);
        const options = wordsAt(schema, context.state.doc.toString(), word.from);
        // Asked for, or at the begin of a value: else each blank would open the list.
        const isWanted = context.explicit || word.from < word.to || /:\s+$/.test(context.state.doc.lineAt(word.from).text);
        const found = { from: word.from, options, validFor: (text) => /^[\w.-]*$/.test(text) && !isWhole(options, text) };
        return isWanted && options.length && !isWhole(options, word.text) ? found : null;
      },
    ],
  });
}

// Where a dash goes that is typed in a line of blanks: Enter has indented it as far as the keys of the item above, whose list
// it continues. null where it is right as it is, as in a list that begins below a key.
function dashAt(doc, line) {
  let above = line.number - 1;
  while (above > 0 && !doc.line(above).text.trim()) above -= 1;
  if (!above || doc.line(above).text.trimEnd().endsWith(":")) return null;
  for (; above > 0; above -= 1) {
    const { text } = doc.line(above);
    const [whole, before] = /^( *)(?:- +)?/.exec(text);
    if (whole !== before && whole.length === line.length) return before;
    if (text.trim() && before.length < line.length) return null;
  }
  return null;
}

function dashes({ EditorView }) {
  return EditorView.inputHandler.of((view, from, to, text) => {
    const line = view.state.doc.lineAt(from);
    if (text !== "-" || from !== to || from !== line.to || !line.length || line.text.trim()) return false;
    const before = dashAt(view.state.doc, line);
    if (before === null) return false;
    view.dispatch({ changes: { from: line.from, to, insert: `${before}-` }, selection: { anchor: line.from + before.length + 1 }, userEvent: "input.type" });
    return true;
  });
}

function host() {
  const made = document.createElement("div");
  made.id = "editor";
  field.before(made);
  made.attachShadow({ mode: "open", delegatesFocus: true });
  return made;
}

// CodeMirror scrolls to where one is, then what the header would hide of that comes below it.
function belowHeader(view, { head }) {
  queueMicrotask(() => {
    const hidden = beginOfSight() + APART - (view.coordsAtPos(head)?.top ?? Infinity);
    if (hidden > 0) scrollBy({ top: -hidden, behavior: "instant" });
  });
  return false;
}

function build(editor, schema, place) {
  const { Compartment, EditorState, EditorView } = editor;
  const difference = new Compartment();
  const tell = EditorView.updateListener.of((update) => {
    if (!update.docChanged) return;
    const text = update.state.doc.toString();
    if (text !== field.value) {
      field.value = text;
      field.dispatchEvent(new Event("input", { bubbles: true }));
    }
    count();
  });
  const view = new EditorView({
    parent: place.shadowRoot,
    root: place.shadowRoot,
    state: EditorState.create({
      doc: field.value,
      extensions: [
        editor.lineNumbers(), editor.lintGutter(), editor.highlightSpecialChars(), editor.history(), editor.drawSelection(),
        editor.bracketMatching(), editor.closeBrackets(), editor.highlightActiveLine(), editor.highlightActiveLineGutter(),
        editor.highlightSelectionMatches({ minSelectionLength: 2 }), editor.search({ top: true }), EditorState.tabSize.of(2), EditorView.lineWrapping,
        new editor.LanguageSupport(editor.yamlLanguage), theme(editor), colours(editor), dashes(editor), completion(editor, schema), difference.of([]), tell,
        EditorView.scrollHandler.of(belowHeader),
        EditorView.domEventHandlers({ blur: (_, view) => putAway(view) }),
        editor.keymap.of([
          { key: "Escape", run: putAway },
          ...editor.closeBracketsKeymap, ...editor.defaultKeymap, ...editor.searchKeymap, ...editor.historyKeymap,
          ...editor.completionKeymap, ...editor.lintKeymap, { key: "F8", run: (view) => stayAt(editor, view) },
        ]),
        EditorView.contentAttributes.of({ "aria-label": "YAML", "aria-description": document.getElementById("yaml-keys").textContent }),
      ],
    }),
  });

  // The box around the text takes the focus where one clicks beside the text, such as on a line's number, but no key.
  view.scrollDOM.addEventListener("focus", () => view.focus());

  function count() {
    if (compare?.getAttribute("aria-pressed") !== "true") return;
    const chunks = editor.getChunks(view.state)?.chunks ?? [];
    const old = document.getElementById("saved").value;
    const isStruck = chunks.some(({ fromA, toA }) => old.slice(fromA, toA).trim());
    const words = `${chunks.length} ${chunks.length === 1 ? "place differs" : "places differ"}`;
    const how = isStruck ? "the old lines are struck through" : "lines were only added";
    document.getElementById("compared").textContent = chunks.length ? `${words}: ${how}` : "Nothing differs";
  }

  compare?.addEventListener("click", async () => {
    const isOn = compare.getAttribute("aria-pressed") !== "true";
    compare.setAttribute("aria-pressed", String(isOn));
    if (isOn) await readSaved();
    const original = document.getElementById("saved").value;
    const shown = isOn ? editor.unifiedMergeView({ original, mergeControls: false, highlightChanges: true }) : [];
    view.dispatch({ effects: difference.reconfigure(shown) });
    document.getElementById("compared").textContent = "";
    count();
  });
  return view;
}

// Somebody may have saved since the page was opened.
async function readSaved() {
  const answer = await fetch(compare.dataset.saved).catch(() => null);
  if (answer?.ok) document.getElementById("saved").value = (await answer.json()).yaml;
}

function connect(editor, view) {
  // Drafts are restored and discarded in the text field.
  field.addEventListener("input", () => {
    if (field.value === view.state.doc.toString()) return;
    view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: field.value } });
  });
  document.addEventListener("keydown", (event) => {
    if (!(event.ctrlKey || event.metaKey) || event.shiftKey || event.altKey || event.key.toLowerCase() !== "s") return;
    event.preventDefault();
    document.getElementById("save").click();
  });
  document.getElementById("yaml-label").addEventListener("click", () => view.focus());
  checked.addEventListener("click", (event) => {
    const mistake = event.target.closest("[data-line], [data-name]");
    if (!mistake) return;
    event.preventDefault();
    if (mistake.dataset.line) goTo(editor, view, Number(mistake.dataset.line));
    else nameField.focus();
  });
  // With the answer to a save or a preview comes what is wrong.
  document.body.addEventListener("htmx:afterSettle", ({ target }) => {
    if ([checked, preview, refusal].includes(target)) mark(editor, view);
    if (target === refusal) lead(editor, view);
    const mistake = target === preview && preview.querySelector("[role=alert]");
    if (mistake) tellAnyway(mistake);
  });
  mark(editor, view);
  lead(editor, view);
}

// To where a scenario is wrong that was not saved.
function lead(editor, view) {
  const mistake = document.getElementById("mistake");
  if (!mistake) return;
  if (!mistake.hasAttribute("data-replaced")) tellAnyway(mistake);
  if (mistake.hasAttribute("data-name")) {
    nameField.setAttribute("aria-invalid", "true");
    nameField.focus();
  } else if (mistake.hasAttribute("data-replaced")) mistake.querySelector("[tabindex]").focus();
  else if (mistake.dataset.line && Number(mistake.dataset.line) !== lineOf(view)) goTo(editor, view, Number(mistake.dataset.line));
  else stayAt(editor, view);
}

// What was refused is told until the text or the name is another one, or another press is; what was asked stays until then.
function forgetRefusals({ type }) {
  if (type === "input" || !refusal.querySelector("[data-replaced]")) refusal.replaceChildren();
  if (preview.querySelector("[role=alert]")) preview.innerHTML = nothing;
  field.removeAttribute("aria-invalid");
}

field.form.addEventListener("input", forgetRefusals);
document.body.addEventListener("htmx:beforeRequest", (event) => {
  if (event.target === field.form || event.target.id === "draw") forgetRefusals(event);
});

async function begin() {
  const [editor, schema] = await Promise.all([
    import(field.dataset.codemirror), fetch(field.dataset.schema).then((answer) => (answer.ok ? answer.json() : {})),
  ]);
  const hasFocus = document.activeElement === field;
  document.getElementById("yaml-keys").hidden = false;
  const place = host();
  const view = build(editor, schema, place);
  field.hidden = true;
  if (compare) compare.hidden = false;
  connect(editor, view);
  if (hasFocus) view.focus();
  place.dataset.ready = "true";
}

begin();
