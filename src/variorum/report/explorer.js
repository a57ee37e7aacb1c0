// The explorer. The page brings an index of all documents; a story is unpacked when somebody opens it, and the findings when
// somebody asks for them. The script runs before the stories, which stand last, are read: the list is there at once. Texts and all that
// people wrote are untrusted: they become text nodes, never markup. Offsets in the data are Unicode code points, half-open.

const PAGE = 40; // rows of a list shown at once
const LANE = 4; // pixels between stacked underlines
const INVENTORY = { mention: "entity_type", claim: "claim", departure: "factuality" };
const UNANIMOUS = "unanimous";

const wholePage = new Promise((resolve) => (document.readyState === "loading" ? addEventListener("DOMContentLoaded", resolve) : resolve()));
const index = await unpack("index");
const someBuilt = index.documents.some((each) => each.is_built);
const documents = new Map(index.documents.map((each) => [each.id, each]));
const tellingsOf = index.documents.reduce((counts, each) => counts.set(each.story, (counts.get(each.story) ?? 0) + 1), new Map());
const main = document.getElementById("main");
const panel = document.getElementById("panel");
const panelBody = document.getElementById("panel-body");
const said = document.getElementById("said");

// ---- elements and small things

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

const all = (name) => [["", name]];
const named = (values) => values.map((value) => [value, plain(value)]);

// ---- stories

const unpacked = new Map();

/** A story, unpacked from the page. */
async function load(number) {
  if (!unpacked.has(number)) {
    if (unpacked.size > 8) unpacked.delete(unpacked.keys().next().value);
    unpacked.set(number, unpack(`story-${number}`).then(prepared));
  }
  return unpacked.get(number);
}

/** What one of the page's elements holds; those that are not read yet are waited for. */
async function unpack(id) {
  if (!document.getElementById(id)?.nextElementSibling) await wholePage;
  const packed = Uint8Array.from(atob(document.getElementById(id).textContent), (each) => each.charCodeAt(0));
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("deflate-raw"));
  return new Response(stream).json();
}

function prepared(story) {
  story.byId = new Map(story.documents.map((own) => [own.id, own]));
  story.names = new Map(story.documents.map((own, at) => [own.id, nameOf(story, own, at)]));
  for (const own of story.documents) {
    for (const layer of own.layers) {
      layer.name = layer.is_gold ? "gold" : `${layer.annotator} ${layer.round}`;
      layer.spans.sort(by((each) => each.start, (each) => -each.end));
      let claims = 0;
      for (const span of layer.spans) if (span.layer === "claim") span.number = ++claims;
      layer.byId = new Map(layer.spans.map((span) => [span.id, span]));
    }
    own.gold = own.layers.find((layer) => layer.is_gold) ?? own.layers[0] ?? null;
  }
  for (const each of story.decisions) each.places = places(each);
  return story;
}

/** A telling's title or role, with a letter where several tellings of the story have the same. */
function nameOf(story, own, at) {
  const name = (each) => each.title ?? plain(each.role);
  return story.documents.filter((each) => name(each) === name(own)).length > 1 ? `${name(own)} ${letter(at)}` : name(own);
}

const letter = (at) => String.fromCharCode(65 + (at % 26)) + (at < 26 ? "" : Math.floor(at / 26));

/** The spans that a decision is about: what stands, what was proposed, and both ends of links. */
function places(decision) {
  const ids = decision.task.split("+");
  const found = decision.start === null ? [] : [{ document: decision.document_id, start: decision.start, end: decision.end }];
  for (const each of decision.candidates) {
    if (each.start !== null) found.push({ document: decision.document_id, start: each.start, end: each.end });
    for (const [, side, start, end] of each.region_id.matchAll(/(first|second)-(\d+)-(\d+)/g)) {
      found.push({ document: ids[side === "first" ? 0 : 1], start: Number(start), end: Number(end) });
    }
  }
  return found;
}

// ---- texts with what is marked in them

/**
 * A stretch of a document with its items. Segments are cut wherever an item begins or ends; each carries the underlines of
 * all items over it, one lane each, so that nested, overlapping and crossing items stay apart. An item's chip, a button
 * with its short name, is what the keyboard reaches.
 */
function draw(own, items, options = {}) {
  const { start = 0, end = own.text === null ? 0 : Infinity, onpick = null, numbers = null } = options;
  if (own.text === null) return withheld(own, items, onpick);
  const view = { own, segments: [], chips: new Map(), items: lanes(items) };
  const depth = 1 + Math.max(0, ...view.items.map((each) => each.lane));
  const paragraphs = own.paragraphs.length ? own.paragraphs : [[0, Infinity]];
  const made = paragraphs
    .map(([from, to]) => [Math.max(from, start), Math.min(to, end, (own.units ??= unitsOf(own.text)).length - 1)])
    .filter(([from, to]) => from < to)
    .map(([from, to]) => h("p", { dir: "auto" }, paragraph(view, from, to, onpick, numbers)));
  view.element = h("div", { class: "text", lang: own.language, vars: { "--lanes": depth, "--lane": `${LANE}px` } }, made);
  return view;
}

function withheld(own, items, onpick) {
  const view = { own, segments: [], chips: new Map(), items: lanes(items) };
  const listed = view.items.map((item) => h("li", {}, chip(view, item, onpick), ` ${words(own, item.start, item.end)}`));
  const told = "The text may not be passed on and is not in this page; offsets are code points into it.";
  view.element = h("div", { class: "text withheld" }, h("p", {}, told), h("ul", {}, listed));
  return view;
}

/** The items, each with the lowest lane that no shorter one over the same place has. */
function lanes(items) {
  const placed = [];
  for (const item of [...items].sort(by((each) => each.end - each.start, (each) => each.start))) {
    const taken = new Set(placed.filter((each) => overlap(each, item)).map((each) => each.lane));
    item.lane = 0;
    while (taken.has(item.lane)) item.lane += 1;
    placed.push(item);
  }
  return placed;
}

function paragraph(view, from, to, onpick, numbers) {
  const inside = view.items.filter((each) => each.start < to && each.end > from);
  const sentences = view.own.sentences.map(([start, end], at) => ({ start, end, at })).filter((each) => each.start >= from && each.start < to);
  const cuts = unique([from, to, ...inside.flatMap((each) => [each.start, each.end]), ...sentences.map((each) => each.start)])
    .filter((at) => at >= from && at <= to)
    .sort((one, other) => one - other);
  const found = [];
  cuts.forEach((at, place) => {
    const ending = inside.filter((item) => item.end === at && !item.ahead);
    if (ending.length) found.push(tied(view, found.pop(), ending.map((item) => chip(view, item, onpick)), false));
    if (place === cuts.length - 1) return;
    const sentence = numbers && sentences.find((each) => each.start === at);
    const ahead = inside.toReversed().filter((item) => item.start === at && item.ahead).map((item) => chip(view, item, onpick));
    const before = [sentence ? numbers(sentence.at) : null, ...ahead].filter(Boolean);
    const next = segment(view, at, cuts[place + 1], inside, onpick);
    found.push(before.length ? tied(view, next, before, true) : next);
  });
  for (const item of inside) if (item.end > to && !item.ahead && !view.chips.has(item)) found.push(chip(view, item, onpick));
  return found;
}

/** What was just drawn, its first or last word on one line with the chips that belong to it. */
function tied(view, element, chips, isAhead) {
  const place = view.segments.at(-1);
  const text = place.element.textContent;
  const at = isAhead ? text.search(/\s/) : /\S*$/.exec(text).index;
  const isCut = isAhead ? at > 0 : at > 0 && at < text.length;
  const word = isAhead ? text.slice(0, Math.max(at, 0)) || text : text.slice(at);
  if (word.length > 24) return h("span", {}, isAhead ? [chips, element] : [element, chips]); // it may have to wrap by itself
  if (!isCut) return h("span", { class: "tie" }, isAhead ? [chips, element] : [element, chips]);
  const parent = place.element.parentNode;
  const [head, tail] = halves(view, place, at);
  if (isAhead) return h("span", {}, h("span", { class: "tie" }, chips, head), tail);
  const end = h("span", { class: "tie" }, tail, chips);
  if (parent) parent.append(end);
  return parent ? element : h("span", {}, head, end);
}

/** A segment as two, cut at a UTF-16 offset into it. */
function halves(view, place, at) {
  const text = place.element.textContent;
  const middle = place.start + [...text.slice(0, at)].length;
  const tail = place.element.cloneNode();
  if (place.pick) tail.addEventListener("click", place.pick);
  tail.textContent = text.slice(at);
  place.element.textContent = text.slice(0, at);
  view.segments.push({ ...place, element: tail, start: middle });
  place.end = middle;
  return [place.element, tail];
}

function segment(view, start, end, inside, onpick) {
  const over = inside.filter((each) => each.start <= start && each.end >= end);
  const made = h("span", { class: over.length ? "seg marked" : "seg" }, words(view.own, start, end));
  if (over.length) {
    made.style.backgroundImage = over.map(stroke).join(",");
    made.style.backgroundPosition = over.map((each) => `0 calc(100% - ${(maxLane(view) - each.lane) * LANE}px)`).join(",");
    made.style.backgroundSize = over.map((each) => `100% ${each.kind === "claim" ? 1 : 2}px`).join(",");
  }
  const pick_ = onpick && over.length && over[0].id !== undefined ? () => String(getSelection()) || onpick(over[0]) : null;
  if (pick_) made.addEventListener("click", pick_);
  view.segments.push({ element: made, start, end, over, pick: pick_ });
  return made;
}

const maxLane = (view) => (view.deepest ??= Math.max(0, ...view.items.map((each) => each.lane)));

/** The underline of an item; its pattern says what kind of thing it is, so that colour is not alone. */
function stroke(item) {
  const patterns = { claim: [7, 3], departure: [2, 2], rejected: [1, 3], ghost: [3, 5] };
  const pattern = patterns[item.ghost ? "ghost" : item.kind];
  const own = item.colour;
  if (!pattern) return `linear-gradient(${own}, ${own})`;
  return `repeating-linear-gradient(90deg, ${own} 0 ${pattern[0]}px, transparent ${pattern[0]}px ${pattern[0] + pattern[1]}px)`;
}

function chip(view, item, onpick) {
  const content = { class: `chip ${item.kind}${item.ghost ? " ghost" : ""}${item.differs ? " differs" : ""}`, vars: { "--c": item.colour }, title: item.title ?? null };
  const name = `${item.spoken}: ${words(view.own, item.start, item.end)}`;
  const made = onpick && item.id !== undefined
    ? h("button", { ...content, type: "button", "aria-label": name, "aria-pressed": "false", "data-id": item.id, onclick: () => onpick(item) }, item.short)
    : h("span", { ...content }, item.short);
  if (!view.chips.has(item)) view.chips.set(item, made);
  return made;
}

/** A span of a layer as an item. */
function itemOf(span, more = {}) {
  const inventory = span.inventory ?? INVENTORY[span.layer] ?? "";
  const isClaim = span.layer === "claim";
  return {
    id: span.id, kind: span.layer, start: span.start, end: span.end, span, ahead: isClaim,
    colour: colour(inventory, span.type),
    short: isClaim ? `${span.number ?? ""}` : span.type,
    spoken: isClaim ? `claim ${span.number ?? ""}` : span.type,
    title: isClaim ? plain(span.answers?.checkworthiness ?? "claim") : definition(inventory, span.type),
    ...more,
  };
}

function rejectedItems(layer, length) {
  return layer.rejected
    .filter((each) => each.start !== null && each.end !== null && each.start >= 0 && each.start < each.end && each.end <= length)
    .map((each) => ({
      id: each.id, kind: "rejected", start: each.start, end: each.end, colour: "var(--alarm)", short: `✗ ${each.rule}`,
      spoken: `rejected by ${each.rule}`, title: (each.labels ?? []).join(", "),
    }));
}

function light(view, spans, name) {
  for (const each of view.segments) {
    each.element.classList.toggle(name, spans.some((span) => span.start <= each.start && each.end <= span.end));
  }
}

// ---- what belongs together

/** Everything in a story that says or names the same as a span, or is aligned with a sentence: [document id, span]. */
function kin(story, own, kind, span) {
  if (kind === "sentence") return aligned(story, own.id, span.at).map(([id, at]) => [id, sentenceOf(story.byId.get(id), at)]);
  const column = kind === "claim" ? "claim_cluster_id" : "entity_cluster_id";
  if (kind === "claim") {
    const cluster = clusterOf(story, own.id, span.id);
    return (cluster?.members ?? []).filter((each) => each.claim !== span.id).map((each) => [each.document, each]);
  }
  if (!span[column]) return [];
  return story.documents.flatMap((each) => (each.gold?.spans ?? [])
    .filter((other) => other[column] === span[column] && other !== span)
    .map((other) => [each.id, other]));
}

function clusterOf(story, id, claim) {
  for (const [name, members] of Object.entries(story.clusters)) {
    if (members.some((each) => each.document === id && each.claim === claim)) return { name, members };
  }
  return null;
}

function sentenceOf(own, at) {
  const [start, end] = own.sentences[at];
  return { start, end, at };
}

function aligned(story, id, at) {
  return story.alignments.flatMap((each) => {
    const side = each.documents.indexOf(id);
    if (side < 0 || !each.sentences[side].includes(at)) return [];
    return each.sentences[1 - side].map((other) => [each.documents[1 - side], other]);
  });
}

// ---- the list of documents

const filters = document.getElementById("filters");

function fillFilters() {
  const rules = unique(index.documents.flatMap((each) => each.rules)).sort();
  const choices = {
    label: unique(index.documents.flatMap((each) => each.labels)).sort(),
    annotator: unique(index.documents.flatMap((each) => each.annotators)).sort(natural),
    rule: rules,
    split: unique(index.documents.map((each) => each.split)),
  };
  for (const [name, values] of Object.entries(choices)) {
    filters.elements[name].append(...values.map((value) => h("option", { value }, plain(value))));
  }
  filters.addEventListener("input", () => {
    const asked = new URLSearchParams([...new FormData(filters)].filter(([, value]) => value));
    history.replaceState(null, "", "#/" + (asked.size ? `?${asked}` : ""));
    list(asked);
  });
  filters.addEventListener("submit", (event) => event.preventDefault());
}

function list(asked) {
  for (const name of ["q", "label", "annotator", "rule", "split"]) {
    if (filters.elements[name].value !== (asked.get(name) ?? "")) filters.elements[name].value = asked.get(name) ?? "";
  }
  filters.elements.disputed.checked = asked.has("disputed");
  const found = index.documents.filter((each) => wanted(each, asked));
  const stories = unique(found.map((each) => each.story));
  const page = Math.min(Math.max(0, Number(asked.get("page") ?? 1) - 1 || 0), Math.ceil(stories.length / PAGE) - 1 || 0);
  const shown = stories.slice(page * PAGE, (page + 1) * PAGE);
  document.getElementById("found").textContent = `${count(found.length, "document")} in ${count(stories.length, "story", "stories")}`;
  const byStory = Map.groupBy ? Map.groupBy(found, (each) => each.story) : grouped(found);
  document.getElementById("results").replaceChildren(...shown.map((number) => storyRow(number, byStory.get(number))));
  document.getElementById("pages").replaceChildren(...pages(page, Math.ceil(stories.length / PAGE), (at) => {
    const next = new URLSearchParams(asked);
    next.set("page", at + 1);
    return `#/?${next}`;
  }));
}

function grouped(found) {
  const groups = new Map();
  for (const each of found) groups.set(each.story, [...(groups.get(each.story) ?? []), each]);
  return groups;
}

function wanted(each, asked) {
  const query = (asked.get("q") ?? "").toLowerCase();
  each.written ??= [each.id, each.title ?? "", each.head ?? "", index.stories[each.story], each.role, ...each.labels].join("\n").toLowerCase();
  return query.split(/\s+/).every((part) => each.written.includes(part))
    && (!asked.get("label") || each.labels.includes(asked.get("label")))
    && (!asked.get("annotator") || each.annotators.includes(asked.get("annotator")))
    && (!asked.get("rule") || each.rules.includes(asked.get("rule")))
    && (!asked.get("split") || each.split === asked.get("split"))
    && (!asked.has("disputed") || each.disputed > 0);
}

function storyRow(number, found) {
  if (tellingsOf.get(number) === 1) return h("li", { class: "story" }, loneRow(found[0]));
  const told = found.map((each) => h("li", {},
    h("a", { href: link("document", each.id), class: "telling" }, h("span", { class: "role" }, each.title ?? plain(each.role)), head(each)),
    h("p", { class: "facts" }, facts(each))));
  const id = index.stories[number];
  return h("li", { class: "story" }, h("h3", {}, h("a", { href: link("story", id) }, id)), h("ul", {}, told));
}

/** The row of a story that is told once: the document alone is enough of a name. */
function loneRow(each) {
  return [
    h("h3", {}, h("a", { href: link("document", each.id) }, each.title ?? each.id)),
    head(each),
    h("p", { class: "facts" }, [each.title && each.id, plain(each.role), facts(each)].filter(Boolean).join(" · ")),
  ];
}

const head = (each) => h("span", { class: "head", dir: "auto" }, each.head ?? "text withheld");

function facts(each) {
  const listed = [each.split, each.level, count(each.tokens, "token"), each.mentions && count(each.mentions, "mention"), each.claims && count(each.claims, "claim"),
    each.disputed && `${each.disputed} disputed`, !each.is_built && someBuilt && "not in the tables"];
  return listed.filter(Boolean).join(" · ");
}

function pages(page, last, href) {
  if (last < 2) return [];
  return [
    page > 1 ? h("a", { href: href(0) }, "First") : null,
    page > 0 ? h("a", { href: href(page - 1), rel: "prev" }, "Previous") : null,
    h("span", {}, `Page ${page + 1} of ${last}`),
    page < last - 1 ? h("a", { href: href(page + 1), rel: "next" }, "Next") : null,
    page < last - 2 ? h("a", { href: href(last - 1) }, "Last") : null,
  ].filter(Boolean);
}

// ---- a story

const TABS = [["", "Tellings"], ["claims", "Claims"], ["alignment", "Alignment"], ["annotators", "Annotators"], ["decisions", "Decisions"]];
const shown = { story: null, tab: null, views: new Map(), chosen: null, options: { mention: true, claim: true, relation: true, rejected: true, work: "", label: "" } };

function openStory(story, tab, rest) {
  shown.story = story;
  shown.tab = tab;
  shown.views = new Map();
  shown.chosen = null;
  const at = index.stories.indexOf(story.id);
  const box = document.getElementById("story");
  const step = (to, name, rel) => (index.stories[to] !== undefined ? h("a", { href: link("story", index.stories[to]), rel, "aria-label": `${name} story` }, rel === "prev" ? "←" : "→") : null);
  box.replaceChildren(
    h("header", { class: "story-head" },
      h("div", { class: "row" }, h("h1", { tabindex: "-1" }, story.id), h("span", { class: "steps" }, step(at - 1, "Previous", "prev"), step(at + 1, "Next", "next"))),
      h("nav", { class: "tabs", "aria-label": "Views of the story" }, TABS.filter(([id]) => has(story, id)).map(([id, name]) =>
        h("a", { href: id ? link("story", story.id, id) : link("story", story.id), "aria-current": id === tab ? "page" : null }, name)))),
    h("div", { id: "tab" }));
  const body = box.querySelector("#tab");
  ({ "": tellings, claims, alignment, annotators, decisions })[tab](story, body, rest);
  document.title = `${story.id} · ${index.name}`;
}

function has(story, tab) {
  if (tab === "claims") return story.documents.some((own) => own.gold?.spans.some((each) => each.layer === "claim"));
  if (tab === "alignment") return story.alignments.length > 0;
  if (tab === "annotators") return story.documents.some((own) => own.layers.length > 1);
  return tab !== "decisions" || story.decisions.length > 0;
}

function layerOf(own) {
  return own.layers.find((each) => each.name === shown.options.work) ?? own.gold;
}

function labelled(span, label) {
  return !label || span.type === label || Object.values(span.answers ?? {}).flat().includes(label);
}

/** The tellings side by side. */
function tellings(story, body) {
  const redraw = () => {
    const chosen = shown.chosen;
    tellings(story, body);
    if (chosen) choose(chosen.document, chosen.kind, chosen.id, false);
  };
  const option = (name) => (value) => { shown.options[name] = value; redraw(); };
  const works = unique(story.documents.flatMap((own) => own.layers.map((each) => each.name)));
  const labels = unique(story.documents.flatMap((own) => own.layers.flatMap((each) => each.spans.flatMap((span) => [span.type, ...answersOf(span)])))).sort();
  if (!works.includes(shown.options.work)) shown.options.work = works[0] ?? "";
  if (!labels.includes(shown.options.label)) shown.options.label = "";
  const controls = h("div", { class: "controls", role: "group", "aria-label": "What is drawn" },
    tick("Mentions", shown.options.mention, option("mention")), tick("Claims", shown.options.claim, option("claim")),
    tick("Relations", shown.options.relation, option("relation")),
    works.length > 1 ? pick("Work of", works.map((each) => [each, each]), shown.options.work, option("work")) : null,
    labels.length ? pick("Label", [...all("all"), ...named(labels)], shown.options.label, option("label")) : null);
  shown.views = new Map();
  body.replaceChildren(controls, legend(story), h("div", { class: "columns" }, story.documents.map((own) => telling(story, own))));
  arrows();
}

/** How to read what is drawn. */
function legend(story) {
  const sentences = story.alignments.length ? " Plain numbers: sentences." : "";
  const like = story.documents.length > 1 ? " and its like in the other tellings" : "";
  return h("p", { class: "facts legend" }, `Solid lines: mentions. Broken lines: claims, numbered in a ring. Arrows: relations.${sentences} Choose any for its details${like}.`);
}

const answersOf = (span) => Object.entries(span.answers ?? {}).filter(([name]) => name !== "note").flatMap(([, given]) => given);

function telling(story, own) {
  const layer = layerOf(own);
  const spans = (layer?.spans ?? []).filter((each) => shown.options[each.layer] && labelled(each, shown.options.label));
  const items = [...spans.map((each) => itemOf(each)), ...(layer ? rejectedItems(layer, lengthOf(own)) : [])];
  const view = draw(own, items, { onpick: (item) => choose(own.id, item.kind, item.id), numbers: (at) => sentenceChip(story, own, at) });
  view.layer = layer;
  shown.views.set(own.id, view);
  for (const each of view.segments) {
    if (each.over.length) each.element.addEventListener("mouseenter", () => glow(story, own, each.over[0]));
    if (each.over.length) each.element.addEventListener("mouseleave", () => unglow());
  }
  return h("article", { class: "column", "aria-label": story.names.get(own.id), "data-document": own.id }, heading(story, own), view.element);
}

const lengthOf = (own) => own.sentences.reduce((most, [, end]) => Math.max(most, end), own.paragraphs.reduce((most, [, end]) => Math.max(most, end), 0));

function heading(story, own) {
  const told = [own.split, own.reading_level && `level ${own.reading_level}`, count(own.tokens, "token"), own.source_date, own.simplified_of && `simplifies ${own.simplified_of}`,
    ...Object.entries(layerOf(own)?.answers ?? {}).map(([name, given]) => `${name}: ${given.join(", ")}`)];
  return h("header", {},
    h("h2", { dir: "auto", class: own.title ? null : "role" }, story.names.get(own.id)),
    h("p", { class: "facts" }, h("a", { href: link("document", own.id) }, own.id), " · ", told.filter(Boolean).join(" · ")),
    own.findings.length ? h("p", { class: own.findings.every((each) => each.level === "note") ? "facts" : "alarm" }, h("a", { href: `#/findings?q=${encodeURIComponent(own.id)}` }, counted(own.findings))) : null,
    own.is_built || !own.findings.length ? null : h("p", { class: "alarm" }, "An error keeps this document out of the tables; this is what could be read."));
}

function sentenceChip(story, own, at) {
  const found = aligned(story, own.id, at);
  const name = `sentence ${at + 1}, ${found.length ? `aligned with ${count(found.length, "sentence")}` : "not aligned"}`;
  if (!story.alignments.length) return null;
  const made = h("button", { type: "button", class: found.length ? "number" : "number alone", "aria-label": name, "aria-pressed": "false", "data-sentence": at, onclick: () => choose(own.id, "sentence", String(at)) }, String(at + 1));
  const item = { kind: "sentence", span: sentenceOf(own, at) };
  for (const event of ["mouseenter", "focus"]) made.addEventListener(event, () => glow(story, own, item));
  for (const event of ["mouseleave", "blur"]) made.addEventListener(event, unglow);
  return made;
}

function glow(story, own, item) {
  if (!item.span) return;
  const found = kin(story, own, item.kind, item.span);
  for (const [id, view] of shown.views) light(view, [...(id === own.id ? [item.span] : []), ...spansOf(found, id)], "glow");
}

const spansOf = (found, id) => found.filter(([document]) => document === id).map(([, span]) => span);

function unglow() {
  for (const view of shown.views.values()) light(view, [], "glow");
}

/** Shows one thing: lights it and its kin, fills the panel, and puts it into the address. */
function choose(id, kind, what, moves = true) {
  const { story } = shown;
  const own = story.byId.get(id);
  const span = spanOf(own, kind, what);
  if (!span) return;
  shown.chosen = { document: id, kind, id: what };
  history.replaceState(null, "", link("document", id, kind, what));
  const found = kin(story, own, kind, span);
  for (const [each, view] of shown.views) {
    light(view, each === id ? [span] : [], "on");
    light(view, spansOf(found, each), "kin");
    for (const button of view.element.querySelectorAll("button[aria-pressed]")) {
      const isOn = each === id && (kind === "sentence" ? button.dataset.sentence === what : button.dataset.id === what);
      button.setAttribute("aria-pressed", String(isOn));
    }
  }
  fill(story, own, kind, span, found);
  arrows();
  if (moves) reveal(id, span);
  said.textContent = `Details of ${panelBody.querySelector("h2").textContent} shown.`;
}

function spanOf(own, kind, what) {
  if (kind === "sentence") return own.sentences[Number(what)] ? sentenceOf(own, Number(what)) : null;
  if (kind === "span") {
    const [start, end] = what.split("-").map(Number);
    return end > start && start >= 0 ? { start, end } : null;
  }
  const layer = shown.views.get(own.id)?.layer ?? own.gold;
  const found = layer?.byId.get(what) ?? own.layers.map((each) => each.byId.get(what)).find(Boolean);
  return found ?? own.layers.flatMap((each) => each.rejected).find((each) => each.id === what && each.start !== null) ?? null;
}

/** Brings a span into view, above the panel where that lies below. */
function reveal(id, span) {
  const element = shown.views.get(id)?.segments.find((each) => each.end > span.start)?.element;
  const box = element?.getBoundingClientRect();
  const bottom = panel.getBoundingClientRect().top > 60 ? panel.getBoundingClientRect().top : innerHeight;
  if (box && (box.top < 60 || box.bottom > bottom)) scrollBy(0, box.top - Math.max(70, bottom / 3));
}

// ---- relations

/** Draws relations as curves from chip to chip; those of what is chosen stand out, with their name. */
function arrows() {
  for (const view of shown.views.values()) {
    view.element.querySelector("svg.arrows")?.remove();
    if (!shown.options.relation || !view.layer || view.own.text === null) continue;
    const chips = new Map([...view.chips].map(([item, element]) => [item.id, element]));
    const frame = view.element.getBoundingClientRect();
    const drawn = view.layer.relations.filter((each) => chips.has(each.from) && chips.has(each.to)).map((each) => arrow(each, chips, frame)).flat();
    if (drawn.length) view.element.append(s("svg", { class: "arrows", "aria-hidden": "true", width: frame.width, height: frame.height }, ...drawn));
  }
}

function s(tag, attributes, ...children) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

function arrow(relation, chips, frame) {
  const [from, to] = [relation.from, relation.to].map((id) => chips.get(id).getBoundingClientRect());
  const [x1, y1, x2, y2] = [from.left + from.width / 2 - frame.left, from.top - frame.top, to.left + to.width / 2 - frame.left, to.top - frame.top];
  const lift = Math.min(26, 8 + Math.abs(x2 - x1) / 8);
  const isOn = [relation.from, relation.to].includes(shown.chosen?.id);
  const path = s("path", { d: `M${x1} ${y1}C${x1} ${y1 - lift} ${x2} ${y2 - lift} ${x2} ${y2}`, class: isOn ? "arrow on" : "arrow", "marker-end": "url(#head)" });
  if (!isOn) return [path];
  const name = s("text", { x: (x1 + x2) / 2, y: (y1 + y2) / 2 - lift * 0.75 - 3 }, plain(relation.type));
  return [path, name];
}

let waiting = 0;
new ResizeObserver(() => {
  cancelAnimationFrame(waiting);
  waiting = requestAnimationFrame(arrows);
}).observe(main);

// ---- the panel

function fill(story, own, kind, span, found) {
  const title = kind === "sentence" ? `Sentence ${span.at + 1}` : kind === "claim" ? `Claim ${span.number ?? ""}` : kind === "mention" ? span.type : kind === "rejected" ? "Rejected" : "Span";
  const parts = kind === "sentence" ? aboutSentence(story, own, span) : [...aboutSpan(span), kind === "claim" ? aboutClaim(story, own, span) : aboutMention(story, found), aboutRelations(own, span), aboutFindings(own, span)];
  panelBody.replaceChildren(
    h("h2", {}, title),
    h("blockquote", { lang: own.language, dir: "auto" }, words(own, span.start, span.end)),
    h("p", { class: "facts" }, `${story.names.get(own.id)} · code points ${span.start} to ${span.end}`),
    ...[parts, aboutDecisions(story, own, kind, span), aboutWork(own, kind, span)].flat(2).filter(Boolean),
    h("p", {}, h("button", { type: "button", class: "plain", onclick: copyLink }, "Copy the link to this")));
  panel.hidden = false;
  document.body.classList.add("with-panel");
}

async function copyLink(event) {
  try {
    await navigator.clipboard.writeText(location.href);
    event.target.textContent = "Copied";
  } catch {
    event.target.textContent = "It stands in the address bar";
  }
}

function section(title, ...children) {
  return h("section", {}, h("h3", {}, title), ...children);
}

function pairs(given) {
  return h("dl", {}, given.flatMap(([name, value]) => [h("dt", {}, name), h("dd", {}, value)]));
}

function aboutSpan(span) {
  const answers = Object.entries(span.answers ?? {}).map(([name, given]) => [plain(name), [given].flat().map(plain).join(", ")]);
  const inventory = span.inventory ?? INVENTORY[span.layer];
  const known = [
    ...answers,
    ...(span.entity_cluster_id ? [["entity", span.entity_cluster_id]] : []),
    ...(span.wikidata_id ? [["Wikidata", span.wikidata_id]] : span.wikidata_status ? [["Wikidata", plain(span.wikidata_status)]] : []),
    ...(span.repair ? [["offsets repaired by", span.repair]] : []),
    ...(span.rule ? [["rejected by", span.rule]] : []),
    ...(span.labels ? [["labels", span.labels.join(", ")]] : []),
  ];
  const about = span.layer === "mention" ? definition(inventory, span.type) : "";
  return [about ? h("p", { class: "definition" }, about) : null, known.length ? pairs(known) : null];
}

function there(story, id, kind, what, content) {
  return h("a", { href: link("document", id, kind, what) }, content ?? story.names.get(id));
}

function aboutMention(story, found) {
  if (!found.length) return null;
  const listed = story.documents.map((own) => [own, spansOf(found, own.id)]).filter(([, own]) => own.length);
  return section("The same entity", listed.map(([own, spans]) => h("div", {},
    h("h4", {}, story.names.get(own.id)),
    h("p", { class: "links" }, spans.map((each) => [there(story, own.id, "mention", each.id, words(own, each.start, each.end)), " "])))));
}

function aboutClaim(story, own, span) {
  const cluster = clusterOf(story, own.id, span.id);
  const cells = cellsOf(story, cluster?.members ?? []);
  const rows = story.documents.filter((each) => each !== own).map((each) => {
    const found = cells.filter((cell) => cell.id === each.id);
    return h("div", { class: "counterpart" }, h("h4", {}, story.names.get(each.id)), found.length
      ? found.map((cell) => h("p", {}, there(story, each.id, "claim", cell.span.id, words(each, cell.span.start, cell.span.end)), " ", h("em", {}, cell.told.join("; "))))
      : h("p", { class: "none" }, "no such claim"));
  });
  return story.documents.length > 1 ? section("The same claim in every telling", rows) : null;
}

function relationOf(story, member) {
  if (member.is_canonical) return "stands for the cluster";
  const to = story.byId.get(member.to[0])?.gold?.byId.get(member.to[1]);
  return `${plain(member.relation)}${to?.number ? ` (to claim ${to.number} of ${story.names.get(member.to[0])})` : ""}${member.is_judged ? "" : ", inferred"}`;
}

function aboutRelations(own, span) {
  const layer = shown.views.get(own.id)?.layer ?? own.gold;
  const found = (layer?.relations ?? []).filter((each) => [each.from, each.to].includes(span.id));
  if (!found.length || !span.id) return null;
  return section("Relations", h("ul", {}, found.map((each) => {
    const other = layer.byId.get(each.from === span.id ? each.to : each.from);
    const arrow_ = each.from === span.id ? "→" : "←";
    return h("li", {}, `${plain(each.type)} ${arrow_} `, other ? h("a", { href: link("document", own.id, other.layer, other.id) }, words(own, other.start, other.end)) : "?");
  })));
}

function aboutFindings(own, span) {
  const found = own.findings.filter((each) => (each.region && each.region === span.id) || (each.start !== null && each.start !== undefined && overlap(each, span)));
  return found.length ? section("Findings", found.map((each) => findingBody(each))) : null;
}

function aboutSentence(story, own, span) {
  const groups = story.alignments.filter((each) => each.sentences[each.documents.indexOf(own.id)]?.includes(span.at));
  if (!groups.length) return [h("p", {}, "No sentence of another telling says this.")];
  return groups.map((each) => {
    const side = each.documents.indexOf(own.id);
    const other = story.byId.get(each.documents[1 - side]);
    return section(`${plain(each.label)} · ${story.names.get(other.id)}`,
      each.sentences[1 - side].map((at) => h("p", {}, there(story, other.id, "sentence", at, words(other, ...other.sentences[at])))),
      each.operations.length ? h("p", { class: "facts" }, each.operations.map(plain).join(" · ")) : null);
  });
}

function aboutDecisions(story, own, kind, span) {
  const layers = { claim: ["claim", "claim_pair"], mention: ["mention"], sentence: ["alignment"], span: null, rejected: null }[kind];
  const found = story.decisions.filter((each) => (!layers || layers.includes(each.layer)) && each.places.some((place) => place.document === own.id && (kind === "sentence" ? same(place, span) : overlap(place, span)
    && (each.layer !== "claim_pair" || same(place, span)))));
  if (!found.length) return null;
  const exact = found.filter((each) => each.places.some((place) => place.document === own.id && same(place, span)));
  const near = found.filter((each) => !exact.includes(each) && each.rule !== UNANIMOUS);
  return section("How it was decided", [...exact, ...near].slice(0, 12).map((each) => decisionCard(story, each, false)));
}

/** What each annotator of the article marked at a place. */
function aboutWork(own, kind, span) {
  if (!["mention", "claim"].includes(kind) || own.layers.length < 2) return null;
  const rows = own.layers.filter((each) => !each.is_gold).map((layer) => {
    const found = layer.spans.filter((each) => each.layer === kind && overlap(each, span));
    const best = found.find((each) => same(each, span)) ?? found[0];
    return h("tr", {}, h("th", { scope: "row" }, layer.name), h("td", { dir: "auto" }, best ? [differenceOf(best, span) || "the same", same(best, span) ? "" : `: ${words(own, best.start, best.end)}`] : "nothing"));
  });
  return section("What each annotator marked", h("table", {}, h("tbody", {}, rows)));
}

/** How a span differs from another of the same layer, in words; empty if it does not. */
function differenceOf(one, other) {
  const names = unique([...Object.keys(one.answers ?? {}), ...Object.keys(other.answers ?? {})]).filter((name) => name !== "note");
  const answers = names.filter((name) => String(one.answers?.[name] ?? "") !== String(other.answers?.[name] ?? ""));
  return [
    same(one, other) ? "" : "other bounds",
    one.type === other.type ? "" : `as ${one.type}`,
    ...answers.map((name) => `${plain(name)} ${[one.answers?.[name] ?? "none"].flat().map(plain).join(", ")}`),
  ].filter(Boolean).join(", ");
}

function closePanel() {
  panel.hidden = true;
  document.body.classList.remove("with-panel");
  const chosen = shown.chosen;
  shown.chosen = null;
  for (const view of shown.views.values()) {
    for (const name of ["on", "kin"]) light(view, [], name);
    view.element.querySelector("[aria-pressed=true]")?.focus();
    for (const each of view.element.querySelectorAll("[aria-pressed=true]")) each.setAttribute("aria-pressed", "false");
  }
  if (chosen && shown.tab === "") history.replaceState(null, "", link("story", shown.story.id));
  arrows();
}

// ---- claims across tellings

function claims(story, body) {
  const rows = [...clusterRows(story), ...loneRows(story)];
  const kinds = unique(story.documents.flatMap((own) => (own.gold?.spans ?? []).flatMap((each) => (each.layer === "claim" ? answersOf(each) : [])))).sort();
  const state = { kind: "", every: "" };
  const table = h("tbody");
  const status = h("p", { class: "facts", role: "status" });
  const show = () => {
    const found = rows.filter((row) => (!state.kind || row.spans.some((each) => labelled(each, state.kind))) && (!state.every || (state.every === "all" ? row.tellings === story.documents.length : row.tellings === 1)));
    status.textContent = count(found.length, "proposition");
    table.replaceChildren(...found.map((row) => row.make()));
  };
  const set = (name) => (value) => { state[name] = value; show(); };
  body.replaceChildren(
    h("div", { class: "controls", role: "group", "aria-label": "Which claims" },
      pick("Label", [...all("all"), ...named(kinds)], "", set("kind")),
      pick("Told by", [["", "any telling"], ["all", "every telling"], ["one", "one alone"]], "", set("every")), status),
    h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "Claims in every telling" },
      h("table", { class: "claims" }, h("thead", {}, h("tr", {}, story.documents.map((own) => h("th", { scope: "col" }, story.names.get(own.id))))), table)));
  show();
}

function clusterRows(story) {
  return Object.values(story.clusters)
    .map((members) => row(story, cellsOf(story, members)))
    .filter((each) => each.cells.length)
    .sort(by((each) => -each.tellings, (each) => each.first));
}

/** The claims of a cluster, each once, with all that is said of it; those that state the proposition come first. */
function cellsOf(story, members) {
  const cells = new Map();
  for (const each of members) {
    const span = story.byId.get(each.document)?.gold?.byId.get(each.claim);
    const cell = cells.get(span) ?? { id: each.document, span, told: [], isMember: false, contradicts: false };
    cell.isMember ||= each.is_member;
    cell.contradicts ||= each.relation === "contradicts";
    cell.told.push(relationOf(story, each));
    if (span) cells.set(span, cell);
  }
  return [...cells.values()].sort(by((each) => (each.isMember ? 0 : 1), (each) => each.span.start));
}

function loneRows(story) {
  const clustered = new Set(Object.values(story.clusters).flat().map((each) => `${each.document}#${each.claim}`));
  return story.documents.flatMap((own) => (own.gold?.spans ?? [])
    .filter((each) => each.layer === "claim" && !clustered.has(`${own.id}#${each.id}`))
    .map((span) => row(story, [{ id: own.id, span, told: [], isMember: true }])));
}

function row(story, cells) {
  const members = cells.filter((each) => each.isMember);
  return {
    cells,
    make: () => h("tr", {}, story.documents.map((own) => h("td", {}, claimCells(story, own, cells.filter((each) => each.id === own.id))))),
    spans: cells.map((each) => each.span),
    tellings: new Set(members.map((each) => each.id)).size,
    first: Math.min(...cells.map((each) => each.span.start)),
  };
}

/** The claims of one telling in a cluster; those that only overlap with its proposition are folded away. */
function claimCells(story, own, cells) {
  const near = cells.filter((each) => !each.isMember && !each.contradicts);
  const told = cells.filter((each) => !near.includes(each));
  return [
    told.map((each) => claimCell(story, own, each)),
    near.length ? h("details", {}, h("summary", {}, `${count(near.length, "claim")} that ${near.length === 1 ? "overlaps" : "overlap"}`), near.map((each) => claimCell(story, own, each))) : null,
  ];
}

function claimCell(story, own, { span, told, contradicts }) {
  const known = [`claim ${span.number}`, ...["checkworthiness", "modality"].map((name) => plain(span.answers?.[name] ?? ""))];
  return h("div", { class: contradicts ? "claim-cell contradicts" : "claim-cell" },
    h("p", { lang: own.language, dir: "auto" }, there(story, own.id, "claim", span.id, words(own, span.start, span.end))),
    h("p", { class: "facts" }, known.filter(Boolean).join(" · ")),
    told.map((each) => h("p", { class: "facts relation" }, each)));
}

// ---- alignment

function alignment(story, body, rest) {
  const choices = unique(story.alignments.map((each) => each.documents.join("+")));
  const chosen = choices.includes(rest[0]) ? rest[0] : choices[0];
  const groups = story.alignments.filter((each) => each.documents.join("+") === chosen);
  const [first, second] = chosen.split("+").map((id) => story.byId.get(id));
  const linked = new Set(groups.flatMap((each) => each.sentences[0]));
  const alone = first.sentences.map((_, at) => at).filter((at) => !linked.has(at)).map((at) => ({ sentences: [[at], []], label: "", operations: [], departures: [] }));
  const answered = new Set(groups.flatMap((each) => each.sentences[1]));
  const added = second.sentences.map((_, at) => at).filter((at) => !answered.has(at)).map((at) => ({ sentences: [[], [at]], label: "", operations: [], departures: [] }));
  const rows = [...groups, ...alone].sort(by((each) => each.sentences[0][0], (each) => each.sentences[1][0] ?? 0));
  const names = (key) => key.split("+").map((id) => story.names.get(id)).join(" and ");
  body.replaceChildren(
    h("div", { class: "controls" }, pick("Tellings", choices.map((key) => [key, names(key)]), chosen, (key) => { location.hash = link("story", story.id, "alignment", key); }),
      h("p", { class: "facts" }, `${count(groups.length, "group")}; ${alone.length} sentences of the first and ${added.length} of the second without a counterpart`)),
    h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "Aligned sentences" },
      h("table", { class: "aligned" },
        h("thead", {}, h("tr", {}, h("th", { scope: "col" }, story.names.get(first.id)), h("th", { scope: "col" }, "How they differ"), h("th", { scope: "col" }, story.names.get(second.id)))),
        h("tbody", {}, [...rows, ...added].map((each) => alignedRow(story, each, first, second))))));
}

function alignedRow(story, group, first, second) {
  const side = (own, name, sentences) => {
    const items = group.departures.map((each, at) => departureItem(each, name, at)).filter((each) => each.start !== null);
    return h("td", {}, sentences.map((at) => {
      const [start, end] = own.sentences[at];
      return [h("a", { class: "number", href: link("document", own.id, "sentence", at), "aria-label": `sentence ${at + 1} in its text` }, String(at + 1)),
        draw(own, items.filter((each) => each.start < end && each.end > start).map((each) => ({ ...each })), { start, end }).element];
    }), sentences.length ? null : h("p", { class: "none" }, "no counterpart"));
  };
  const notes = group.departures.map((each, at) => h("li", {}, `${at + 1} ${plain(each.type)}, ${each.severity}${each.note ? `: ${each.note}` : ""}`));
  return h("tr", {}, side(first, "first", group.sentences[0]),
    h("td", { class: "how" }, group.label ? h("p", {}, h("strong", {}, plain(group.label))) : null, h("p", {}, group.operations.map(plain).join(", ")), notes.length ? h("ul", {}, notes) : null),
    side(second, "second", group.sentences[1]));
}

function departureItem(each, side, at) {
  return { kind: "departure", start: each[`${side}_start`], end: each[`${side}_end`], colour: colour("factuality", each.type), short: `${at + 1} ${each.type}`, spoken: each.type };
}

// ---- gold against each annotator

function annotators(story, body, rest) {
  const own = story.byId.get(rest[0]) ?? story.documents.find((each) => each.layers.length > 1) ?? story.documents[0];
  const rounds = unique(own.layers.filter((each) => !each.is_gold).map((each) => each.round));
  const round = rounds.includes(rest[1]) ? rest[1] : rounds[0];
  const columns = own.layers.filter((each) => each.is_gold || each.round === round);
  const go = (id, round_) => { location.hash = link("story", story.id, "annotators", id, ...(round_ ? [round_] : [])); };
  body.replaceChildren(
    h("div", { class: "controls", role: "group", "aria-label": "Whose work" },
      pick("Document", story.documents.map((each) => [each.id, story.names.get(each.id)]), own.id, (id) => go(id, round)),
      pick("Round", named(rounds), round, (value) => go(own.id, value))),
    h("div", { class: "columns" }, columns.map((layer) => annotatorColumn(story, own, layer))));
}

function annotatorColumn(story, own, layer) {
  const differences = layer === own.gold ? null : compare(layer, own.gold);
  const items = differences ? differences.items : layer.spans.map((each) => itemOf(each));
  const known = new Set(layer.spans.map((each) => each.id));
  const view = draw(own, items, { onpick: (item) => { if (known.has(item.id) || item.ghost) location.hash = link("document", own.id, item.kind, item.id); } });
  return h("article", { class: "column", "aria-label": layer.name },
    h("header", {}, h("h2", {}, layer.name),
      h("p", { class: "facts" }, [count(layer.spans.length, "span"), layer.level && `level ${layer.level}`, layer.state !== "submitted" && layer.state].filter(Boolean).join(" · ")),
      differences ? h("p", { class: differences.told.startsWith("As gold") ? "facts" : "differs-note" }, differences.told) : null),
    view.element);
}

/** A layer's spans against gold's: what is other, more and missing, as items and in words. */
function compare(layer, gold) {
  const left = new Set(gold.spans);
  let [changed, added] = [0, 0];
  const items = layer.spans.map((span) => {
    const twin = [...left].find((each) => each.layer === span.layer && same(each, span)) ?? [...left].find((each) => each.layer === span.layer && overlap(each, span) && !layer.spans.some((other) => other.layer === each.layer && same(other, each)));
    left.delete(twin);
    const told = twin ? differenceOf(span, twin) : "not in gold";
    changed += twin && told ? 1 : 0;
    added += twin ? 0 : 1;
    const item = itemOf(span);
    return told ? { ...item, differs: true, short: `≠ ${item.short}`, spoken: `${item.spoken}, ${told}`, title: told } : item;
  });
  const missing = [...left].map((span) => itemOf(span, { ghost: true, short: `− ${itemOf(span).short}`, spoken: `missing here, in gold ${itemOf(span).spoken}` }));
  const listed = [changed && `${changed} other`, added && `${added} not in gold`, missing.length && `${missing.length} missing`, layer.level !== gold.level && `level ${layer.level ?? "none"}, in gold ${gold.level ?? "none"}`, relationsTold(layer, gold)].filter(Boolean);
  return { items: [...items, ...missing], told: listed.length ? listed.join(" · ") : "As gold" };
}

/** How many relations of a layer are not gold's, and of gold's not the layer's; their ends are told apart by place. */
function relationsTold(layer, gold) {
  const keys = (own) => new Set(own.relations.map((each) => [each.type, ...[each.from, each.to].flatMap((id) => [own.byId.get(id)?.start, own.byId.get(id)?.end])].join(" ")));
  const [one, other] = [keys(layer), keys(gold)];
  const apart = [...one].filter((each) => !other.has(each)).length + [...other].filter((each) => !one.has(each)).length;
  return apart ? `${count(apart, "relation")} apart` : "";
}

// ---- decisions

function decisions(story, body) {
  const found = story.decisions;
  const options = (key) => named(unique(found.map(key)).sort());
  const state = { rule: found.some((each) => each.rule !== UNANIMOUS) ? "disputed" : "", layer: "", who: "", task: "", page: 0 };
  const box = h("ol", { class: "decisions" });
  const status = h("p", { class: "facts", role: "status" });
  const steps = h("p", { class: "pages" });
  const show = () => {
    const wanted_ = found.filter((each) => (!state.rule || (state.rule === "disputed" ? each.rule !== UNANIMOUS : each.rule === state.rule))
      && (!state.layer || each.layer === state.layer) && (!state.task || each.task === state.task)
      && (!state.who || each.annotators.includes(state.who) || each.curator === state.who));
    const last = Math.ceil(wanted_.length / PAGE);
    status.textContent = `${count(wanted_.length, "item")} of ${found.length}`;
    box.replaceChildren(...wanted_.slice(state.page * PAGE, (state.page + 1) * PAGE).map((each) => h("li", {}, decisionCard(story, each, true))));
    const to = (page, name) => h("button", { type: "button", class: "plain", onclick: () => { state.page = page; show(); box.scrollIntoView(); } }, name);
    steps.replaceChildren(...(last > 1 ? [state.page > 0 ? to(state.page - 1, "Previous") : "", ` Page ${state.page + 1} of ${last} `, state.page < last - 1 ? to(state.page + 1, "Next") : ""] : []));
  };
  const set = (name) => (value) => { state[name] = value; state.page = 0; show(); };
  const tasks = unique(found.map((each) => each.task)).map((key) => [key, key.split("+").map((id) => story.names.get(id) ?? id).join(" and ")]);
  body.replaceChildren(
    h("div", { class: "controls", role: "group", "aria-label": "Which decisions" },
      pick("Rule", [["", "any"], ["disputed", "all but unanimous"], ...options((each) => each.rule)], state.rule, set("rule")),
      pick("Layer", [...all("all"), ...options((each) => each.layer)], "", set("layer")),
      pick("Of", [...all("all"), ...tasks], "", set("task")),
      pick("Annotator", [...all("anyone"), ...named(unique(found.flatMap((each) => [...each.annotators, each.curator])).filter(Boolean).sort())], "", set("who")), status),
    box, steps);
  show();
}

function decisionCard(story, each, large) {
  const silent = each.annotators.filter((name) => !each.candidates.some((own) => own.annotator === name));
  const own = story.byId.get(each.document_id);
  const proposals = each.candidates.map((candidate) => h("tr", { class: stands(each, candidate) ? "stands" : "" },
    h("th", { scope: "row" }, candidate.annotator), h("td", {}, candidateBody(own, each, candidate))));
  const nothing = silent.map((name) => h("tr", { class: each.decision === "none" ? "stands" : "" }, h("th", { scope: "row" }, name), h("td", { class: "none" }, "nothing here")));
  return h("article", { class: "decision", "aria-label": `Decision on ${plain(each.layer)}` },
    h("p", { class: "facts" }, [plain(each.layer), each.round, ...(large ? each.task.split("+").map((id) => story.names.get(id) ?? id) : [])].join(" · ")),
    large && own && each.places.length ? context(own, each) : null,
    h("table", {}, h("tbody", {}, proposals, nothing)),
    h("p", { class: "verdict" }, h("strong", {}, verdict(each)), each.labels.length && each.decision === "new" ? ` ${answersTold(each.labels)}` : "", each.curator ? ` (${each.curator})` : ""),
    each.reason ? h("p", { class: "reason", dir: "auto" }, each.reason) : null);
}

const stands = (decision, candidate) => decision.decision === "all" || decision.decision === candidate.annotator;

function verdict(each) {
  const what = { all: "All agree", none: "Nothing stands", new: "The curator wrote it anew" }[each.decision] ?? `${each.decision} is followed`;
  return `${plain(each.rule)}: ${what}.`;
}

const answersTold = (labels) => labels.map((label) => plain(label.replace(/^type=/, "").replace("=", ": "))).join(", ");

function candidateBody(own, decision, candidate) {
  const place = candidate.words ?? (own && candidate.start !== null ? words(own, candidate.start, candidate.end) : "");
  const shared = (label) => decision.candidates.length > 1 && decision.candidates.every((each) => each.labels.includes(label));
  const labels = candidate.labels.map((label) => h(shared(label) ? "span" : "strong", {}, answersTold([label])));
  return [place ? h("q", { dir: "auto" }, place) : null, place ? " " : null, h("span", { class: "labels" }, labels.flatMap((each, at) => (at ? [", ", each] : [each])))];
}

/** The sentences that a decision is about, with what each annotator proposed drawn on them. */
function context(own, decision) {
  const proposed = decision.candidates.filter((each) => each.start !== null).map((each) => ({ kind: "proposal", start: each.start, end: each.end, colour: "var(--accent)", short: each.annotator, spoken: each.annotator, differs: !stands(decision, each) }));
  const around = own.sentences.filter(([start, end]) => decision.places.some((place) => place.document === own.id && place.start < end && place.end > start));
  if (!around.length || own.text === null) return null;
  const place = decision.places.find((each) => each.document === own.id);
  return h("div", { class: "context" }, draw(own, proposed, { start: around[0][0], end: around.at(-1)[1] }).element,
    h("p", {}, h("a", { href: link("document", own.id, "span", `${place.start}-${place.end}`) }, "Show it in the text")));
}

// ---- findings

const findingFilters = document.getElementById("finding-filters");
let everyFinding = null;

async function findings(asked) {
  if (!everyFinding) fillFindingFilters(everyFinding = await unpack("all-findings"));
  const elements = findingFilters.elements;
  for (const name of ["q", "rule", "level"]) if (elements[name].value !== (asked.get(name) ?? "")) elements[name].value = asked.get(name) ?? "";
  const query = (asked.get("q") ?? "").toLowerCase();
  const found = everyFinding.filter((each) => (!asked.get("rule") || each.rule === asked.get("rule")) && (!asked.get("level") || each.level === asked.get("level"))
    && (each.written ??= [each.document ?? "", each.where, each.fact].join("\n").toLowerCase()).includes(query));
  const last = Math.ceil(found.length / PAGE);
  const page = Math.min(Math.max(0, Number(asked.get("page") ?? 1) - 1 || 0), Math.max(0, last - 1));
  document.getElementById("findings-found").textContent = counted(found);
  document.getElementById("finding-list").replaceChildren(...byRule(found.slice(page * PAGE, (page + 1) * PAGE)));
  document.getElementById("finding-pages").replaceChildren(...pages(page, last, (at) => {
    const next = new URLSearchParams(asked);
    next.set("page", at + 1);
    return `#/findings?${next}`;
  }));
}

/** How many findings there are, and how grave they are. */
function counted(found) {
  const levels = unique(found.map((each) => each.level));
  if (levels.length === 1) return count(found.length, levels[0]);
  const told = levels.map((level) => count(found.filter((each) => each.level === level).length, level));
  return count(found.length, "finding") + (told.length ? `: ${told.join(", ")}` : "");
}

/** Findings under the rule that they share; a hint stands once where it is the same for all. */
function byRule(found) {
  return unique(found.map((each) => each.rule)).map((rule) => {
    const own = found.filter((each) => each.rule === rule);
    const items = own.map((each, at) => h("li", {}, findingBody(each, false, each.hint !== own[at - 1]?.hint)));
    return h("li", {}, h("h2", { class: own[0].level }, own[0].level, " ", h("code", {}, rule)), h("ol", {}, items));
  });
}

function findingBody(each, isNamed = true, isHinted = true) {
  const place = each.start !== null && each.start !== undefined && each.end > each.start ? ["span", `${each.start}-${each.end}`] : [];
  return h("div", { class: `finding ${each.level}` },
    h("p", {}, isNamed ? [h("strong", {}, each.level), " ", h("code", {}, each.rule), " "] : null, h("span", { dir: "auto" }, each.fact)),
    h("p", { class: "facts" }, each.where, documents.has(each.document) ? [" · ", h("a", { href: link("document", each.document, ...place) }, "in the text")] : null),
    isHinted ? h("p", { class: "hint" }, each.hint) : null);
}

function fillFindingFilters(found) {
  for (const name of ["rule", "level"]) {
    const counts = found.reduce((all_, each) => all_.set(each[name], (all_.get(each[name]) ?? 0) + 1), new Map());
    const shown_ = [...counts].sort().map(([value, number]) => h("option", { value }, `${value} (${number.toLocaleString("en")})`));
    findingFilters.elements[name].append(...shown_);
  }
  findingFilters.addEventListener("input", () => {
    const asked = new URLSearchParams([...new FormData(findingFilters)].filter(([, value]) => value));
    history.replaceState(null, "", "#/findings" + (asked.size ? `?${asked}` : ""));
    findings(asked);
  });
  findingFilters.addEventListener("submit", (event) => event.preventDefault());
}

// ---- addresses: #/, #/figures, #/labels, #/findings, #/story/ID[/TAB], #/document/ID[/KIND/ID]

async function route() {
  delete document.body.dataset.ready;
  await show(location.hash);
  document.body.dataset.ready = ""; // for those who wait for it
}

async function show(hash) {
  const [path, query] = hash.replace(/^#\/?/, "").split("?");
  const steps = path.split("/").map(decoded).filter(Boolean);
  const asked = new URLSearchParams(query ?? "");
  const [head, id, ...rest] = steps;
  const number = head === "story" ? index.stories.indexOf(id) : head === "document" ? documents.get(id)?.story ?? -1 : -1;
  const view = number >= 0 ? "story" : ["figures", "labels", "findings", "about"].includes(head) ? head : "list";
  for (const each of main.querySelectorAll(":scope > section")) each.hidden = each.id !== view;
  for (const each of document.querySelectorAll("#views a")) {
    if (each.dataset.view === view) each.setAttribute("aria-current", "page");
    else each.removeAttribute("aria-current");
  }
  if (view === "story") {
    const story = await load(number);
    if (location.hash === hash) routeStory(story, head, id, rest); // or somebody has gone on, while the page was being read
    return;
  }
  closeQuietly();
  document.title = index.name;
  if (view === "list") list(asked);
  if (view === "findings") await findings(asked);
  if (view !== "list") scrollTo(0, 0);
}

function routeStory(story, head, id, rest) {
  const tab = head === "story" && TABS.some(([name]) => name === rest[0]) && has(story, rest[0]) ? rest[0] : "";
  const stays = shown.story === story && shown.tab === tab && tab === "" && shown.views.size > 0;
  if (!stays) {
    closeQuietly();
    openStory(story, tab, rest.slice(1));
  }
  if (head === "document" && rest.length > 1) {
    if (["mention", "claim"].includes(rest[0]) && !story.byId.get(id).gold?.byId.has(rest[1])) followWork(story, id, rest[1]);
    choose(id, rest[0], rest[1]);
  } else if (!stays && story.documents[0].id !== id && head === "document") {
    const column = main.querySelector(`[data-document="${CSS.escape(id)}"]`);
    if (column?.getBoundingClientRect().top > innerHeight / 2) column.scrollIntoView();
  } else if (!stays) {
    scrollTo(0, 0);
  }
}

/** Shows the work that holds a span which is not in gold. */
function followWork(story, id, what) {
  const layer = story.byId.get(id).layers.find((each) => each.byId.has(what));
  if (!layer) return;
  shown.options.work = layer.name;
  tellings(story, document.getElementById("tab"));
}

function closeQuietly() {
  panel.hidden = true;
  document.body.classList.remove("with-panel");
  shown.story = null;
  shown.views = new Map();
}

function decoded(step) {
  try {
    return decodeURIComponent(step);
  } catch {
    return step;
  }
}

// ---- keys

const help = document.getElementById("help");
const single = document.getElementById("single-keys");
const hotkeys = new Map(Object.entries(index.labels).flatMap(([, labels]) => Object.entries(labels).filter(([, own]) => own.hotkey).map(([name, own]) => [own.hotkey, name])));
const KEYS = {
  "?": () => help.showModal(),
  "/": () => { location.hash = "#/"; setTimeout(() => filters.elements.q.focus(), 50); },
  j: () => step(1, () => true),
  k: () => step(-1, () => true),
  "[": () => main.querySelector("#story:not([hidden]) a[rel=prev], #list:not([hidden]) a[rel=prev]")?.click(),
  "]": () => main.querySelector("#story:not([hidden]) a[rel=next], #list:not([hidden]) a[rel=next]")?.click(),
};

/** Moves to the next or previous chip for which something holds. */
function step(by_, holds) {
  const chips = [...main.querySelectorAll(".columns button.chip")].filter(holds);
  const at = chips.indexOf(document.activeElement);
  const next = chips[at < 0 ? (by_ > 0 ? 0 : chips.length - 1) : (at + by_ + chips.length) % chips.length];
  next?.focus();
  if (next && shown.tab === "") next.click();
}

function onkey(event) {
  if (event.key === "Escape" && !panel.hidden && !help.open) return closePanel();
  const isTyping = event.target.closest("input:not([type=checkbox]), select, textarea, dialog");
  if (isTyping || event.ctrlKey || event.metaKey || event.altKey || !single.checked) return undefined;
  const label = hotkeys.get(event.key);
  const act = KEYS[event.key] ?? (label && shown.tab === "" ? () => step(1, (chip_) => isLabelled(chip_, label)) : null);
  if (!act) return undefined;
  event.preventDefault();
  return act();
}

function isLabelled(chip_, label) {
  for (const view of shown.views.values()) {
    for (const [item, element] of view.chips) if (element === chip_) return item.span ? labelled(item.span, label) : false;
  }
  return false;
}

function setUp() {
  fillFilters();
  document.addEventListener("keydown", onkey);
  document.getElementById("close-panel").addEventListener("click", closePanel);
  document.getElementById("open-help").addEventListener("click", () => help.showModal());
  document.getElementById("theme").addEventListener("change", (event) => { document.documentElement.style.colorScheme = event.target.value; });
  const listed = [...hotkeys].map(([key, name]) => h("li", {}, h("kbd", {}, key), ` ${plain(name)}`));
  document.getElementById("hotkeys").append(...listed);
  addEventListener("hashchange", route);
  addEventListener("beforeprint", arrows);
  route();
}

setUp();
