// Words for the place where one writes in a scenario: its keys and values, as the JSON Schema of scenarios has them.

// What stands at the begin of a line: "  - when: X" is an item at 2, and the key "when" at 4.
function tokens(text) {
  const found = [];
  let rest = text.replace(/^\s*/, "");
  let indent = text.length - rest.length;
  for (let item = /^-(\s+|$)/.exec(rest); item; item = /^-(\s+|$)/.exec(rest)) {
    found.push({ indent, item: true });
    indent += item[0].length;
    rest = rest.slice(item[0].length);
  }
  const key = /^["']?([\w.-]+)["']?\s*:(\s+|$)/.exec(rest);
  if (!key) return { found, indent, rest };
  found.push({ indent, key: key[1] });
  return { found, indent, rest: rest.slice(key[0].length), isValue: true };
}

const isBlank = (text) => /^\s*(#.*)?$/.test(text);

// The parents of what is at an indentation, and the keys beside it, from the lines above it.
function above(lines, indent, isItem) {
  const path = [];
  const beside = [];
  let limit = indent;
  let isBeside = true;
  // An item may stand as far to the left as the key that it belongs to.
  let mayBeEqual = isItem;
  for (const text of lines.toReversed()) {
    if (isBlank(text)) continue;
    for (const token of tokens(text).found.toReversed()) {
      if (token.key !== undefined && isBeside && token.indent === limit && !mayBeEqual) beside.push(token.key);
      if (token.indent < limit || (mayBeEqual && token.indent === limit && token.key !== undefined)) {
        path.unshift(token.item ? "[]" : token.key);
        limit = token.indent;
        mayBeEqual = Boolean(token.item);
        isBeside = false;
      }
    }
  }
  return { path, beside };
}

function below(lines, indent) {
  const beside = [];
  for (const text of lines) {
    if (isBlank(text)) continue;
    const { found } = tokens(text);
    if (!found.length || found[0].indent < indent || found[0].item) break;
    if (found[0].indent === indent) beside.push(found[0].key);
  }
  return beside;
}

// What is open in a line of braces and brackets: "{call: X, answer: {sta" is in "answer", and a key is written.
function flow(text) {
  const open = [];
  for (const [part] of text.matchAll(/[{}[\],]|[\w.-]+\s*:\s|[^{}[\],\s]+|\s+/g)) {
    const last = open.at(-1);
    if (part === "{" || part === "[") open.push({ list: part === "[", keys: [], key: null });
    else if (part === "}" || part === "]") open.pop();
    else if (part === "," && last) last.key = null;
    else if (last && /:\s$/.test(part)) {
      last.key = part.replace(/\s*:\s$/, "");
      last.keys.push(last.key);
    }
  }
  const path = open.flatMap((each, place) => {
    const isLast = place === open.length - 1;
    return [...(each.list ? ["[]"] : []), ...(each.key !== null && (!isLast || each.key) ? [each.key] : [])];
  });
  const last = open.at(-1);
  return { isOpen: open.length > 0, path, isValue: !last || last.list || last.key !== null, isItem: last?.list && last.key === null, beside: last?.keys ?? [] };
}

// Where a position is: the path to it, whether a value is written there or a key, and the keys beside it.
export function placeOf(text, position) {
  const before = text.slice(0, position).split("\n");
  const line = before.pop();
  const after = text.slice(position).split("\n").slice(1);
  if (/(^|\s)#/.test(line)) return null;
  const { found, indent, rest, isValue } = tokens(line);
  const own = found.map((each) => (each.item ? "[]" : each.key));
  const first = found[0] ?? { indent };
  const around = above(before, first.indent, Boolean(found[0]?.item));
  const inline = flow(rest);
  const path = [...around.path, ...own, ...inline.path];
  if (inline.isOpen) return { path, isValue: inline.isValue, isItem: inline.isItem, beside: inline.beside };
  if (isValue) return { path, isValue: true, beside: [] };
  const isItem = Boolean(found.at(-1)?.item);
  const beside = [...(isItem ? [] : around.beside), ...below(after, indent)];
  return { path, isValue: isItem, isItem, beside };
}

function alternatives(root, schema) {
  if (!schema || typeof schema !== "object") return [];
  if (schema.$ref) return alternatives(root, schema.$ref.split("/").slice(1).reduce((each, name) => each[name], root));
  const inner = [...(schema.anyOf ?? []), ...(schema.oneOf ?? [])].flatMap((each) => alternatives(root, each));
  return [schema, ...inner];
}

function follow(root, path) {
  let found = alternatives(root, root);
  for (const part of path) {
    found = found.flatMap((each) => alternatives(root, part === "[]" ? each.items : each.properties?.[part]));
  }
  return found;
}

function keysOf(found, beside) {
  const fitting = found.filter((each) => each.properties && beside.every((key) => key in each.properties));
  const from = fitting.length ? fitting : found.filter((each) => each.properties);
  const keys = new Map();
  for (const each of from) {
    for (const [key, value] of Object.entries(each.properties)) {
      // A word that takes nothing is among the values.
      if (value.type !== "null" && !beside.includes(key) && !keys.has(key)) keys.set(key, value);
    }
  }
  const needed = new Set(from.flatMap((each) => each.required ?? []));
  return [...keys].map(([key, { description }]) => (
    { label: key, apply: `${key}: `, type: "property", info: description, boost: needed.has(key) ? 1 : 0 }
  ));
}

function valuesOf(found) {
  const values = found.flatMap((each) => [
    ...(each.enum ?? []), ...("const" in each ? [each.const] : []), ...([each.type].flat().includes("boolean") ? [true, false] : []),
  ]);
  return [...new Set(values.map(String))].map((label) => ({ label, type: "constant" }));
}

// The words for a position in a text.
export function wordsAt(schema, text, position) {
  const place = placeOf(text, position);
  if (!place) return [];
  const found = follow(schema, place.path);
  const keys = () => keysOf(found, place.beside);
  if (!place.isValue) return keys();
  return place.isItem ? [...valuesOf(found), ...keys()] : valuesOf(found);
}
