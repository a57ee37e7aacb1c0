// The panel.

function fill(story, own, kind, span, found) {
  const title = kind === "sentence" ? `Sentence ${span.at + 1}` : kind === "claim" ? `Claim ${span.number ?? ""}` : kind === "mention" ? span.type : kind === "rejected" ? "Rejected" : "Span";
  const parts = kind === "sentence" ? aboutSentence(story, own, span) : [...aboutSpan(own, span), kind === "claim" ? aboutClaim(story, own, span, found) : aboutMention(story, found), aboutGold(story, own, kind, span), aboutRelations(own, span), aboutFindings(own, span)];
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

function aboutSpan(own, span) {
  const { entity_cluster_id: entity, wikidata_id: wikidata, wikidata_status: status } = inGold(own, span) ?? {};
  const answers = Object.entries(span.answers ?? {}).map(([name, given]) => [plain(name), [given].flat().map(plain).join(", ")]);
  const inventory = span.inventory ?? INVENTORY[span.layer];
  const known = [
    ...answers,
    ...(entity ? [["entity", entity]] : []),
    ...(wikidata || status ? [["Wikidata", wikidata || plain(status)]] : []),
    ...(span.repair ? [["offsets repaired by", span.repair]] : []),
    ...(span.rule ? [["rejected by", span.rule]] : []),
    ...(span.labels ? [["labels", span.labels.join(", ")]] : []),
  ];
  const about = span.layer === "mention" ? definition(inventory, span.type) : "";
  return [about ? h("p", { class: "definition" }, about) : null, known.length ? pairs(known) : null];
}

function there(story, id, kind, what, content) {
  return h("a", { href: asking({ work: "", label: "" }, link("document", id, kind, what)) }, content ?? story.names.get(id));
}

function aboutMention(story, found) {
  if (!found.length) return null;
  const listed = story.documents.map((own) => [own, spansOf(found, own.id)]).filter(([, own]) => own.length);
  return section("The same entity", listed.map(([own, spans]) => h("div", {},
    h("h4", {}, story.names.get(own.id)),
    h("p", { class: "links" }, spans.map((each) => [there(story, own.id, "mention", each.id, words(own, each.start, each.end)), " "])))));
}

/** Those that state the claim, telling by telling; then those that overlap with it, and those that contradict it. */
function aboutClaim(story, own, span, found) {
  if (!inGold(own, span) || story.documents.length < 2) return null;
  return unique(["", ...found.map(([, , relation]) => relation)]).map((relation) => {
    const rows = story.documents.map((each) => [each, spansOf(found.filter(([, , name]) => name === relation), each.id)])
      .filter(([each, members]) => members.length || (!relation && each !== own));
    return section(relation ? plain(relation) : "The same claim in every telling", rows.map(([each, members]) => counterparts(story, each, members)));
  });
}

function counterparts(story, own, members) {
  const claims = unique(members.map((each) => each.claim)).map((id) => own.gold.byId.get(id)).filter(Boolean);
  const told = (span) => unique(members.filter((each) => each.claim === span.id).map((each) => relationOf(story, each.told))).join("; ");
  return h("div", { class: "counterpart" }, h("h4", {}, story.names.get(own.id)),
    claims.map((span) => h("p", {}, there(story, own.id, "claim", span.id, words(own, span.start, span.end)), " ", h("em", {}, told(span)))),
    claims.length ? null : h("p", { class: "none" }, "no such claim"));
}

/** Why nothing of other tellings is shown. */
function aboutGold(story, own, kind, span) {
  if (!["mention", "claim"].includes(kind) || inGold(own, span) || story.documents.length < 2) return null;
  return h("p", { class: "facts" }, `Only gold is joined across tellings, and ${own.gold ? "gold marks nothing with these bounds" : "nothing of this text is gold"}.`);
}

function relationOf(story, member) {
  if (member.is_canonical && member.to[1] === member.claim && member.to[0] === member.document) return "stands for the cluster";
  const to = story.byId.get(member.to[0])?.gold?.byId.get(member.to[1]);
  return `${plain(member.relation)}${to?.number ? ` (to claim ${to.number} of ${story.names.get(member.to[0])})` : ""}${member.is_judged ? "" : ", inferred"}`;
}

function aboutRelations(own, span) {
  const layer = shown.views.get(own.id)?.layer ?? own.first;
  const found = (layer?.relations ?? []).filter((each) => [each.from, each.to].includes(span.id));
  if (!found.length || !span.id) return null;
  return section("Relations", h("ul", {}, found.map((each) => {
    const other = layer.byId.get(each.from === span.id ? each.to : each.from);
    const arrow_ = each.from === span.id ? "→" : "←";
    return h("li", {}, `${plain(each.type)} ${arrow_} `, other ? h("a", { href: asking({}, link("document", own.id, other.layer, other.id)) }, words(own, other.start, other.end)) : "?");
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
  go(asking({}, link("story", shown.story.id)));
}

/** Chooses nothing, and goes back to the chip from which the details were opened. */
function unchoose() {
  hidePanel();
  shown.chosen = null;
  for (const view of shown.views.values()) {
    for (const name of ["on", ...Object.keys(KIN)]) light(view, [], name);
    view.element.querySelector("[aria-pressed=true]")?.focus();
    for (const each of view.element.querySelectorAll("[aria-pressed=true]")) each.setAttribute("aria-pressed", "false");
  }
  arrows();
  markElsewhere();
}
