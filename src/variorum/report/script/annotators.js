// Gold, or without gold the first annotator, against each other.

function annotators(story, body, rest) {
  const own = story.byId.get(rest[0]) ?? story.documents.find((each) => each.layers.length > 1) ?? story.documents[0];
  const rounds = unique(own.layers.filter((each) => !each.is_gold).map((each) => each.round));
  const round = rounds.includes(rest[1]) ? rest[1] : rounds[0];
  const columns = own.layers.filter((each) => each === own.first || each.round === round);
  const turn = (id, round_) => go(asking({}, link("story", story.id, "annotators", id, ...(round_ ? [round_] : []))));
  body.replaceChildren(
    h("div", { class: "controls", role: "group", "aria-label": "Whose work" },
      pick("Document", story.documents.map((each) => [each.id, story.names.get(each.id)]), own.id, (id) => turn(id, round)),
      pick("Round", named(rounds), round, (value) => turn(own.id, value))),
    own.gold ? "" : h("p", { class: "facts" }, `Nothing of this text is gold: the others are compared with ${own.first.name}.`),
    h("div", { class: "columns" }, columns.map((layer) => annotatorColumn(story, own, layer))));
}

function annotatorColumn(story, own, layer) {
  const differences = layer === own.first ? null : compare(layer, own.first);
  const items = differences ? differences.items : layer.spans.map((each) => itemOf(each));
  const known = new Set(layer.spans.map((each) => each.id));
  const work = (item) => (item.ghost || layer === own.first ? "" : layer.name);
  const place = (item) => asking({ work: work(item), label: "" }, link("document", own.id, item.kind, item.id));
  const view = draw(own, items, { onpick: (item) => { if (known.has(item.id) || item.ghost) go(place(item)); } });
  return h("article", { class: "column", "aria-label": layer.name },
    h("header", {}, h("h2", {}, layer.name),
      h("p", { class: "facts" }, [count(layer.spans.length, "span"), layer.level && `level ${layer.level}`, layer.state !== "submitted" && layer.state].filter(Boolean).join(" · ")),
      differences ? h("p", { class: differences.told.startsWith("As ") ? "facts" : "differs-note" }, differences.told) : null,
      differences && differences.apart.length ? apartList(own, differences.apart, place) : null),
    view.element);
}

/** The spans that differ, each with how, and the way to it. */
function apartList(own, items, place) {
  const line = (item) => h("li", {}, h("a", { href: place(item), dir: "auto" }, words(own, item.start, item.end)), `: ${item.title}`);
  return h("details", { class: "apart" }, h("summary", {}, "What differs"), h("ol", {}, [...items].sort((one, other) => one.start - other.start).map(line)));
}

/** A layer's spans against another's: what is other, more and missing, as items and in words. */
function compare(layer, first) {
  const left = new Set(first.spans);
  let [changed, added] = [0, 0];
  const items = layer.spans.map((span) => {
    const twin = [...left].find((each) => each.layer === span.layer && same(each, span)) ?? [...left].find((each) => each.layer === span.layer && overlap(each, span) && !layer.spans.some((other) => other.layer === each.layer && same(other, each)));
    left.delete(twin);
    const told = twin ? differenceOf(span, twin) : `not in ${first.name}`;
    changed += twin && told ? 1 : 0;
    added += twin ? 0 : 1;
    const item = itemOf(span);
    return told ? { ...item, differs: true, short: `≠ ${item.short}`, spoken: `${item.spoken}, ${told}`, title: told } : item;
  });
  const missing = [...left].map((span) => itemOf(span, { ghost: true, title: `only ${first.name} has ${itemOf(span).spoken}`, short: `− ${itemOf(span).short}`, spoken: `missing here, in ${first.name} ${itemOf(span).spoken}` }));
  const level = layer.level !== first.level && `level ${layer.level ?? "none"}, in ${first.name} ${first.level ?? "none"}`;
  const listed = [changed && `${changed} other`, added && `${added} not in ${first.name}`, missing.length && `${missing.length} missing`, level, relationsTold(layer, first)].filter(Boolean);
  const apart = [...items.filter((each) => each.differs), ...missing];
  return { items: [...items, ...missing], apart, told: listed.length ? listed.join(" · ") : `As ${first.name}` };
}

/** How many relations of a layer are not another's, and of the other's not the layer's; their ends are told apart by place. */
function relationsTold(layer, first) {
  const keys = (own) => new Set(own.relations.map((each) => [each.type, ...[each.from, each.to].flatMap((id) => [own.byId.get(id)?.start, own.byId.get(id)?.end])].join(" ")));
  const [one, other] = [keys(layer), keys(first)];
  const apart = [...one].filter((each) => !other.has(each)).length + [...other].filter((each) => !one.has(each)).length;
  return apart ? `${count(apart, "relation")} apart` : "";
}
