// A story.

const TABS = [["", "Tellings"], ["claims", "Claims"], ["alignment", "Alignment"], ["annotators", "Annotators"], ["decisions", "Decisions"]];
const shown = { story: null, tab: null, views: new Map(), chosen: null, options: null, asked: "" };

function openStory(story, tab, rest) {
  shown.story = story;
  shown.tab = tab;
  shown.views = new Map();
  shown.chosen = null;
  const at = index.stories.indexOf(story.id);
  const box = document.getElementById("story");
  const kept = (path) => ({ href: path, "data-path": path });
  const step = (to, name, rel) => (index.stories[to] !== undefined ? h("a", { ...kept(link("story", index.stories[to])), rel, "aria-label": `${name} story` }, rel === "prev" ? "←" : "→") : null);
  box.replaceChildren(
    h("header", { class: "story-head" },
      h("div", { class: "row" }, h("h1", { tabindex: "-1" }, story.id), h("span", { class: "steps" }, step(at - 1, "Previous", "prev"), step(at + 1, "Next", "next"))),
      h("nav", { class: "tabs", "aria-label": "Views of the story" }, TABS.filter(([id]) => has(story, id)).map(([id, name]) =>
        h("a", { ...kept(id ? link("story", story.id, id) : link("story", story.id)), "aria-current": id === tab ? "page" : null }, name)))),
    h("div", { id: "tab" }));
  const body = box.querySelector("#tab");
  ({ "": tellings, claims, alignment, annotators, decisions })[tab](story, body, rest);
  document.title = [story.id, ...TABS.filter(([id]) => id === tab && id).map(([, name]) => name), index.name].join(" · ");
  carry();
}

function has(story, tab) {
  if (tab === "claims") return story.documents.some((own) => own.first?.spans.some((each) => each.layer === "claim"));
  if (tab === "alignment") return story.alignments.length > 0;
  if (tab === "annotators") return story.documents.some((own) => own.layers.length > 1);
  return tab !== "decisions" || story.decisions.length > 0;
}

/** What of the tellings is drawn, as the address says. */
function optionsOf(asked) {
  return { work: asked.get("work") ?? "", label: asked.get("label") ?? "", without: (asked.get("without") ?? "").split(" ") };
}

function layerOf(own, options = shown.options) {
  return own.layers.find((each) => each.name === options.work) ?? own.first;
}

function labelled(span, label) {
  return !label || span.type === label || Object.values(span.answers ?? {}).flat().includes(label);
}

/** The marks of what belongs to the chosen: what says the same, what overlaps with it, what contradicts it. */
const KIN = { kin: (relation) => !relation, near: (relation) => relation && relation !== "contradicts", against: (relation) => relation === "contradicts" };

/** The tellings side by side. */
function tellings(story, body) {
  const options = shown.options = optionsOf(address().asked);
  const draws = (name) => !options.without.includes(name);
  const redraw = (changes) => {
    restate(changes);
    shown.asked = String(address().asked);
    const { chosen } = shown;
    tellings(story, body);
    if (chosen) choose(chosen.document, chosen.kind, chosen.id, false);
  };
  const ticked = (label, name) => tick(label, draws(name), (value) => redraw({ without: [...options.without.filter((each) => each !== name), value ? "" : name].filter(Boolean).join(" ") }));
  const works = unique(story.documents.flatMap((own) => own.layers.map((each) => each.name)));
  const labels = unique(story.documents.flatMap((own) => own.layers.flatMap((each) => each.spans.flatMap((span) => [span.type, ...answersOf(span)])))).sort();
  if (!labels.includes(options.label)) options.label = "";
  const controls = h("div", { class: "controls", role: "group", "aria-label": "What is drawn" },
    ticked("Mentions", "mention"), ticked("Claims", "claim"), ticked("Relations", "relation"),
    works.length > 1 ? pick("Work of", works.map((each) => [each, each]), options.work, (work) => redraw({ work: work === works[0] ? "" : work })) : null,
    labels.length ? pick("Label", [...all("all"), ...named(labels)], options.label, (label) => redraw({ label })) : null);
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
  const spans = (layer?.spans ?? []).filter((each) => !shown.options.without.includes(each.layer) && labelled(each, shown.options.label));
  const items = [...spans.map((each) => itemOf(each)), ...(layer ? rejectedItems(layer, lengthOf(own)) : [])];
  const view = draw(own, items, { onpick: (item) => pickOut(own, item.kind, item.id), numbers: (at) => sentenceChip(story, own, at) });
  Object.assign(view, { layer, like: [], away: [] });
  shown.views.set(own.id, view);
  for (const [item, element] of view.chips) glowing(story, own, item, element);
  for (const each of view.segments) {
    if (each.over.length) glowing(story, own, each.over[0], each.element);
  }
  return h("article", { class: "column", "aria-label": story.names.get(own.id), "data-document": own.id }, heading(story, own), elsewhere(view), view.element, printedRelations(own, layer));
}

const lengthOf = (own) => own.sentences.reduce((most, [, end]) => Math.max(most, end), own.paragraphs.reduce((most, [, end]) => Math.max(most, end), 0));

function heading(story, own) {
  const told = [own.split, own.reading_level && `level ${own.reading_level}`, count(own.tokens, "token"), own.source_date, own.simplified_of && `simplifies ${own.simplified_of}`,
    ...Object.entries(layerOf(own)?.answers ?? {}).map(([name, given]) => `${name}: ${given.join(", ")}`)];
  return h("header", {},
    h("h2", { dir: "auto", class: [own.title, own.id].includes(own.name) ? null : "role" }, story.names.get(own.id)),
    h("p", { class: "facts" }, h("a", { href: link("document", own.id) }, own.id), " · ", told.filter(Boolean).join(" · ")),
    own.findings.length ? h("p", { class: own.findings.every((each) => each.level === "note") ? "facts" : "alarm" }, h("a", { href: `#/findings?q=${encodeURIComponent(own.id)}` }, counted(own.findings))) : null,
    own.is_built || !own.findings.length ? null : h("p", { class: "alarm" }, "An error keeps this document out of the tables; this is what could be read."));
}

function sentenceChip(story, own, at) {
  const found = aligned(story, own.id, at);
  const name = `sentence ${at + 1}, ${found.length ? `aligned with ${count(found.length, "sentence")}` : "not aligned"}`;
  if (!story.alignments.length) return null;
  const made = h("button", { type: "button", class: found.length ? "number" : "number alone", "aria-label": name, "aria-pressed": "false", "data-sentence": at, onclick: () => pickOut(own, "sentence", String(at)) }, String(at + 1));
  glowing(story, own, { kind: "sentence", span: sentenceOf(own, at) }, made);
  return made;
}

/** Lights what belongs to an item while somebody points at its element. */
function glowing(story, own, item, element) {
  for (const event of ["mouseenter", "focus"]) element.addEventListener(event, () => glow(story, own, item));
  for (const event of ["mouseleave", "blur"]) element.addEventListener(event, unglow);
}

const pickOut = (own, kind, what) => go(asking({}, link("document", own.id, kind, what)));

function glow(story, own, item) {
  if (!item.span) return;
  const found = kin(story, own, item.kind, item.span).filter(([, , relation]) => KIN.kin(relation));
  for (const [id, view] of shown.views) light(view, [...(id === own.id ? [item.span] : []), ...spansOf(found, id)], "glow");
  standOut(item.span.id);
}

const spansOf = (found, id) => found.filter(([document]) => document === id).map(([, span]) => span);

function unglow() {
  for (const view of shown.views.values()) light(view, [], "glow");
  standOut(null);
}

/** Shows one thing: lights it and its kin, and fills the panel. */
function choose(id, kind, what, moves = true) {
  const { story } = shown;
  const own = story.byId.get(id);
  const span = spanOf(own, kind, what);
  lost.textContent = span ? "" : `The ${kind} ${what} of ${id} is not in this build.`;
  if (!span) return unchoose();
  shown.chosen = { document: id, kind, id: what };
  const found = kin(story, own, kind, span);
  for (const [each, view] of shown.views) {
    view.like = spansOf(found, each);
    light(view, each === id ? [span] : [], "on");
    for (const [name, holds] of Object.entries(KIN)) light(view, spansOf(found.filter(([, , relation]) => holds(relation)), each), name);
    for (const button of view.element.querySelectorAll("button[aria-pressed]")) {
      const isOn = each === id && (kind === "sentence" ? button.dataset.sentence === what : button.dataset.id === what);
      button.setAttribute("aria-pressed", String(isOn));
    }
  }
  fill(story, own, kind, span, found);
  arrows();
  markElsewhere();
  if (moves) reveal(id, span);
  said.textContent = `Details of ${panelBody.querySelector("h2").textContent} shown.`;
}

function spanOf(own, kind, what) {
  if (kind === "sentence") return own.sentences[Number(what)] ? sentenceOf(own, Number(what)) : null;
  if (kind === "span") {
    const [start, end] = what.split("-").map(Number);
    return end > start && start >= 0 ? { start, end } : null;
  }
  const layer = shown.views.get(own.id)?.layer ?? own.first;
  const found = layer?.byId.get(what) ?? own.layers.map((each) => each.byId.get(what)).find(Boolean);
  return found ?? own.layers.flatMap((each) => each.rejected).find((each) => each.id === what && each.start !== null) ?? null;
}

/** Brings a span into view, above the panel where that lies below. */
function reveal(id, span) {
  const element = shown.views.get(id)?.segments.find((each) => each.end > span.start)?.element;
  const box = element?.getBoundingClientRect();
  const [top, bottom] = clearing();
  if (box && (box.top < top || box.bottom > bottom)) scrollBy(0, box.top - Math.max(top + 10, bottom / 3));
}

/** Where the page is not covered, by its head above and by the panel where that lies below. */
function clearing() {
  const beside = panel.getBoundingClientRect();
  return [headroom(), beside.top > headroom() ? beside.top : innerHeight];
}

const headroom = () => (getComputedStyle(header).position === "sticky" ? header.offsetHeight : 0);
