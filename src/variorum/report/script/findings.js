// Findings.

const findingFilters = document.getElementById("finding-filters");
let everyFinding = null;

async function findings(asked) {
  if (!everyFinding) fillFindingFilters(everyFinding = await unpack("all-findings"));
  const elements = findingFilters.elements;
  for (const name of ["q", "rule", "level"]) if (elements[name].value !== (asked.get(name) ?? "")) elements[name].value = asked.get(name) ?? "";
  const query = (asked.get("q") ?? "").toLowerCase();
  const found = everyFinding.filter((each) => (!asked.get("rule") || each.rule === asked.get("rule")) && (!asked.get("level") || each.level === asked.get("level"))
    && (each.written ??= [each.document ?? "", each.where, each.fact].join("\n").toLowerCase()).includes(query));
  const last = Math.ceil(found.length / PAGE);
  const page = pageOf(asked.get("page"), last);
  document.getElementById("findings-found").textContent = counted(found);
  document.getElementById("finding-list").replaceChildren(...byRule(found.slice(page * PAGE, (page + 1) * PAGE)));
  document.getElementById("finding-pages").replaceChildren(...pages(page, last, (at) => {
    const next = new URLSearchParams(asked);
    next.set("page", at + 1);
    return `#/findings?${next}`;
  }));
}

/** How many findings there are, and how grave they are. */
function counted(found) {
  const levels = unique(found.map((each) => each.level));
  if (levels.length === 1) return count(found.length, levels[0]);
  const told = levels.map((level) => count(found.filter((each) => each.level === level).length, level));
  return count(found.length, "finding") + (told.length ? `: ${told.join(", ")}` : "");
}

/** Findings under the rule that they share; a hint stands once where it is the same for all. */
function byRule(found) {
  return unique(found.map((each) => each.rule)).map((rule) => {
    const own = found.filter((each) => each.rule === rule);
    const items = own.map((each, at) => h("li", {}, findingBody(each, false, each.hint !== own[at - 1]?.hint)));
    return h("li", {}, h("h2", { class: own[0].level }, own[0].level, " ", h("code", {}, rule)), h("ol", {}, items));
  });
}

function findingBody(each, isNamed = true, isHinted = true) {
  const place = each.start !== null && each.start !== undefined && each.end > each.start ? ["span", `${each.start}-${each.end}`] : [];
  return h("div", { class: `finding ${each.level}` },
    h("p", {}, isNamed ? [h("strong", {}, each.level), " ", h("code", {}, each.rule), " "] : null, h("span", { dir: "auto" }, each.fact)),
    h("p", { class: "facts" }, each.where, documents.has(each.document) ? [" · ", h("a", { href: link("document", each.document, ...place) + (each.work ? `?${new URLSearchParams({ work: each.work })}` : "") }, "in the text")] : null),
    isHinted ? h("p", { class: "hint" }, each.hint) : null);
}

function fillFindingFilters(found) {
  for (const name of ["rule", "level"]) {
    const counts = found.reduce((all_, each) => all_.set(each[name], (all_.get(each[name]) ?? 0) + 1), new Map());
    const shown_ = [...counts].sort().map(([value, number]) => h("option", { value }, `${value} (${number.toLocaleString("en")})`));
    findingFilters.elements[name].append(...shown_);
  }
  findingFilters.addEventListener("input", () => {
    const asked = new URLSearchParams([...new FormData(findingFilters)].filter(([, value]) => value));
    history.replaceState(null, "", "#/findings" + (asked.size ? `?${asked}` : ""));
    findings(asked);
  });
  findingFilters.addEventListener("submit", (event) => event.preventDefault());
}
