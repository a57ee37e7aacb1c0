// Texts with what is marked in them.

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
