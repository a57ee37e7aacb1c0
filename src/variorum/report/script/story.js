// A story.

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
