// Decisions.

function decisions(story, body) {
  const found = story.decisions;
  const options = (key) => named(unique(found.map(key)).sort());
  const usual = found.some((each) => each.rule !== UNANIMOUS) ? "disputed" : "any";
  const state = () => ({ rule: usual, ...Object.fromEntries(address().asked) });
  const box = h("ol", { class: "decisions" });
  const status = h("p", { class: "facts", role: "status" });
  const steps = h("p", { class: "pages" });
  const show = () => {
    const { rule, layer, of, by: who, page: asked } = state();
    const wanted_ = found.filter((each) => (rule === "any" || (rule === "disputed" ? each.rule !== UNANIMOUS : each.rule === rule))
      && (!layer || each.layer === layer) && (!of || each.task === of)
      && (!who || each.annotators.includes(who) || each.curator === who));
    const last = Math.ceil(wanted_.length / PAGE);
    const page = pageOf(asked, last);
    const own = wanted_.slice(page * PAGE, (page + 1) * PAGE);
    status.textContent = `${count(wanted_.length, "item")} of ${found.length}`;
    box.replaceChildren(...own.map((each) => h("li", {}, decisionCard(story, each, true))));
    const to = (at, name) => h("button", { type: "button", class: "plain", onclick: () => { restate({ page: at + 1 }); show(); document.querySelector("#story h1").focus(); } }, name);
    const told = ` Page ${page + 1} of ${last}: items ${page * PAGE + 1} to ${page * PAGE + own.length} of ${wanted_.length} `;
    steps.replaceChildren(...(last > 1 ? [page > 0 ? to(page - 1, "Previous") : "", told, page < last - 1 ? to(page + 1, "Next") : ""] : []));
  };
  const set = (name) => (value) => { restate({ [name]: value, page: "" }); show(); };
  const tasks = unique(found.map((each) => each.task)).map((key) => [key, key.split("+").map((id) => story.names.get(id) ?? id).join(" and ")]);
  body.replaceChildren(
    h("div", { class: "controls", role: "group", "aria-label": "Which decisions" },
      pick("Rule", [["any", "any"], ["disputed", "all but unanimous"], ...options((each) => each.rule)], state().rule, set("rule")),
      pick("Layer", [...all("all"), ...options((each) => each.layer)], state().layer, set("layer")),
      pick("Of", [...all("all"), ...tasks], state().of, set("of")),
      pick("Annotator", [...all("anyone"), ...named(unique(found.flatMap((each) => [...each.annotators, each.curator])).filter(Boolean).sort())], state().by, set("by")), status),
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
    large ? unique(each.places.map((place) => place.document)).map((id) => story.byId.get(id)).filter(Boolean).map((other) => context(story, other, each)) : null,
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
  const quotes = decision.task.includes("+") ? place.split(" > ") : [place];
  const quoted = quotes.filter(Boolean).flatMap((each, at) => [at ? " → " : "", h("q", { dir: "auto" }, each)]);
  return [...quoted, quoted.length ? " " : null, h("span", { class: "labels" }, labels.flatMap((each, at) => (at ? [", ", each] : [each])))];
}

/** The sentences of a text that a decision is about, with what each annotator proposed drawn on them. */
function context(story, own, decision) {
  const isPair = decision.task.includes("+");
  const marked = isPair ? [] : decision.candidates.filter((each) => each.start !== null);
  const proposed = marked.map((each) => ({ kind: "proposal", start: each.start, end: each.end, colour: "var(--accent)", short: each.annotator, spoken: each.annotator, differs: !stands(decision, each) }));
  const around = own.sentences.filter(([start, end]) => decision.places.some((place) => place.document === own.id && place.start < end && place.end > start));
  if (!around.length || own.text === null) return null;
  const place = decision.places.find((each) => each.document === own.id);
  return h("div", { class: "context" }, isPair ? h("p", { class: "facts" }, story.names.get(own.id)) : null,
    draw(own, proposed, { start: around[0][0], end: around.at(-1)[1] }).element,
    h("p", {}, h("a", { href: link("document", own.id, "span", `${place.start}-${place.end}`) }, "Show it in the text")));
}
