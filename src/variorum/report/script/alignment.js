// Alignment.

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
    h("div", { class: "controls" }, pick("Tellings", choices.map((key) => [key, names(key)]), chosen, (key) => go(asking({}, link("story", story.id, "alignment", key)))),
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
