// The list of documents.

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
  const page = pageOf(asked.get("page"), Math.ceil(stories.length / PAGE));
  const shown = stories.slice(page * PAGE, (page + 1) * PAGE);
  document.getElementById("searched").textContent = searched(asked, found.length);
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

let texts = "unread"; // they are packed with their stories, and read when somebody searches for the first time

async function readTexts() {
  texts = "being read";
  for (const number of index.stories.keys()) {
    for (const { id, text } of (await unpack(`story-${number}`)).documents) documents.get(id).text = text?.toLowerCase();
  }
  texts = "read";
  if (document.body.dataset.view === "list") list(address().asked);
}

/** How far a search has come, and what to try where it finds nothing. */
function searched(asked, number) {
  if (asked.get("q") && texts === "unread") readTexts();
  if (asked.get("q") && texts !== "read") return "Looking through the texts …";
  const told = asked.get("q") ? `${count(index.documents.filter((each) => each.text).length, "text")} looked through. ` : "";
  return number ? told : `${told}Try fewer or shorter words, another spelling, or no filters.`;
}

function wanted(each, asked) {
  const query = (asked.get("q") ?? "").toLowerCase();
  each.written ??= [each.id, each.name, each.title ?? "", each.head ?? "", index.stories[each.story], each.role, ...each.labels].join("\n").toLowerCase();
  return query.split(/\s+/).every((part) => each.written.includes(part) || each.text?.includes(part))
    && (!asked.get("label") || each.labels.includes(asked.get("label")))
    && (!asked.get("annotator") || each.annotators.includes(asked.get("annotator")))
    && (!asked.get("rule") || each.rules.includes(asked.get("rule")))
    && (!asked.get("split") || each.split === asked.get("split"))
    && (!asked.has("disputed") || each.disputed > 0);
}

function storyRow(number, found) {
  if (tellingsOf.get(number) === 1) return h("li", { class: "story" }, loneRow(found[0]));
  const told = found.map((each) => h("li", {},
    h("a", { href: link("document", each.id), class: "telling" }, h("span", { class: "role" }, each.name), head(each)),
    h("p", { class: "facts" }, facts(each))));
  const id = index.stories[number];
  return h("li", { class: "story" }, h("h3", {}, h("a", { href: link("story", id) }, id)), h("ul", {}, told));
}

/** The row of a story that is told once: the document alone is enough of a name. */
function loneRow(each) {
  return [
    h("h3", {}, h("a", { href: link("document", each.id) }, each.title ?? each.id)),
    head(each),
    h("p", { class: "facts" }, [each.title && each.id, each.role !== "other" && plain(each.role), facts(each)].filter(Boolean).join(" · ")),
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
