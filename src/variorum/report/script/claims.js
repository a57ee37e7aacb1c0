// Claims across tellings.

function claims(story, body) {
  const rows = [...clusterRows(story), ...loneRows(story)];
  const kinds = unique(story.documents.flatMap((own) => (own.first?.spans ?? []).flatMap((each) => (each.layer === "claim" ? answersOf(each) : [])))).sort();
  const table = h("tbody");
  const status = h("p", { class: "facts", role: "status" });
  const show = () => {
    const [kind, told] = ["kind", "told"].map((name) => address().asked.get(name));
    const found = rows.filter((row) => (!kind || row.spans.some((each) => labelled(each, kind))) && (!told || (told === "all" ? row.tellings === story.documents.length : row.tellings === 1)));
    status.textContent = count(found.length, "proposition");
    table.replaceChildren(...found.map((row) => row.make()));
  };
  const set = (name) => (value) => { restate({ [name]: value }); show(); };
  const asked = (name) => address().asked.get(name) ?? "";
  body.replaceChildren(
    h("div", { class: "controls", role: "group", "aria-label": "Which claims" },
      pick("Label", [...all("all"), ...named(kinds)], asked("kind"), set("kind")),
      pick("Told by", [["", "any telling"], ["all", "every telling"], ["one", "one alone"]], asked("told"), set("told")), status),
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
  return story.documents.flatMap((own) => (own.first?.spans ?? [])
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
