// Elements and small things.

/** An element; strings among the children become text. Attributes that are false or null are left out. */
function h(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else if (name === "vars") for (const [each, own] of Object.entries(value)) made.style.setProperty(each, own);
    else if (value !== null && value !== undefined && value !== false) made.setAttribute(name, value === true ? "" : value);
  }
  made.append(...children.flat(3).filter((each) => each !== null && each !== undefined && each !== false));
  return made;
}

const plain = (name) => name.replaceAll("_", " ");
const link = (...steps) => "#/" + steps.map(encodeURIComponent).join("/");
const natural = new Intl.Collator("en", { numeric: true }).compare; // a2 before a10
const unique = (values) => [...new Set(values)];
const by = (...keys) => (one, other) => keys.reduce((found, key) => found || key(one) - key(other), 0);
const count = (number, one, many = one + "s") => `${number.toLocaleString("en")} ${number === 1 ? one : many}`;
const overlap = (one, other) => one.start < other.end && other.start < one.end;
const same = (one, other) => one.start === other.start && one.end === other.end;

/** The variable that holds a label's colour. */
function colour(inventory, label) {
  const number = Object.keys(index.labels[inventory] ?? {}).indexOf(label);
  return number < 0 ? "var(--accent)" : `var(--${inventory}-${number})`;
}

function definition(inventory, label) {
  return index.labels[inventory]?.[label]?.definition ?? "";
}

/** Where each code point of a text begins in UTF-16, which JavaScript counts in; the text's end stands last. */
export function unitsOf(text) {
  const starts = new Uint32Array(text.length + 1);
  let number = 0;
  for (let at = 0; at < text.length; number += 1) {
    starts[number] = at;
    at += text.codePointAt(at) > 0xffff ? 2 : 1;
  }
  starts[number] = text.length;
  return starts.subarray(0, number + 1);
}

/** The text of a document between two code points; a placeholder where the text is withheld. */
function words(own, start, end) {
  if (own.text === null) return `[${start}, ${end})`;
  own.units ??= unitsOf(own.text);
  return own.text.slice(own.units[start], own.units[end]);
}

function pick(label, options, chosen, onchange) {
  const shown = options.map(([value, name]) => h("option", { value, selected: value === chosen }, name));
  return h("label", { class: "pick" }, h("span", {}, label), h("select", { onchange: (event) => onchange(event.target.value) }, shown));
}

function tick(label, checked, onchange) {
  return h("label", { class: "tick" }, h("input", { type: "checkbox", checked, onchange: (event) => onchange(event.target.checked) }), label);
}

/** The page that is asked for, from 0, of as many as there are. */
const pageOf = (asked, last) => Math.min(Math.max(0, Number(asked ?? 1) - 1 || 0), Math.max(0, last - 1));
const all = (name) => [["", name]];
const named = (values) => values.map((value) => [value, plain(value)]);
