// Relations.

/** Draws relations as curves from chip to chip; those of what is chosen stand out, with their name. */
function arrows() {
  for (const view of shown.views.values()) {
    view.element.querySelector("svg.arrows")?.remove();
    if (shown.options.without.includes("relation") || !view.layer || view.own.text === null) continue;
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
  const path = s("path", { d: `M${x1} ${y1}C${x1} ${y1 - lift} ${x2} ${y2 - lift} ${x2} ${y2}`, class: isOn ? "arrow on" : "arrow", "data-from": relation.from, "data-to": relation.to, "marker-end": "url(#head)" });
  if (!isOn) return [path];
  const name = s("text", { x: (x1 + x2) / 2, y: (y1 + y2) / 2 - lift * 0.75 - 3 }, plain(relation.type));
  return [path, name];
}

/** Makes the relations of a span stand out that somebody points at. */
function standOut(id) {
  for (const each of document.querySelectorAll(".arrow")) each.classList.toggle("lit", [each.dataset.from, each.dataset.to].includes(id));
}

/** The relations in words, for paper, where there is nothing to point at. */
function printedRelations(own, layer) {
  const told = (id) => { const end = layer.byId.get(id); return end ? words(own, end.start, end.end) : "?"; };
  const found = shown.options.without.includes("relation") ? [] : layer?.relations ?? [];
  return found.length ? h("ul", { class: "printed" }, found.map((each) => h("li", { dir: "auto" }, `${told(each.from)} → ${told(each.to)}: ${plain(each.type)}`))) : null;
}

let waiting = 0;
new ResizeObserver(() => {
  cancelAnimationFrame(waiting);
  waiting = requestAnimationFrame(arrows);
}).observe(main);
