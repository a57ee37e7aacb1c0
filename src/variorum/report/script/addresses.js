// Addresses: #/, #/figures, #/labels, #/findings, #/story/ID[/TAB], #/document/ID[/KIND/ID].

async function route() {
  delete document.body.dataset.ready;
  await show(location.hash);
  document.body.dataset.ready = ""; // for those who wait for it
}

async function show(hash) {
  const [path, query] = hash.replace(/^#\/?/, "").split("?");
  const steps = path.split("/").map(decoded).filter(Boolean);
  const asked = new URLSearchParams(query ?? "");
  const [head, id, ...rest] = steps;
  const number = head === "story" ? index.stories.indexOf(id) : head === "document" ? documents.get(id)?.story ?? -1 : -1;
  const view = number >= 0 ? "story" : ["figures", "labels", "findings", "about"].includes(head) ? head : "list";
  for (const each of main.querySelectorAll(":scope > section")) each.hidden = each.id !== view;
  for (const each of document.querySelectorAll("#views a")) {
    if (each.dataset.view === view) each.setAttribute("aria-current", "page");
    else each.removeAttribute("aria-current");
  }
  if (view === "story") {
    const story = await load(number);
    if (location.hash === hash) routeStory(story, head, id, rest); // or somebody has gone on, while the page was being read
    return;
  }
  closeQuietly();
  document.title = index.name;
  if (view === "list") list(asked);
  if (view === "findings") await findings(asked);
  if (view !== "list") scrollTo(0, 0);
}

function routeStory(story, head, id, rest) {
  const tab = head === "story" && TABS.some(([name]) => name === rest[0]) && has(story, rest[0]) ? rest[0] : "";
  const stays = shown.story === story && shown.tab === tab && tab === "" && shown.views.size > 0;
  if (!stays) {
    closeQuietly();
    openStory(story, tab, rest.slice(1));
  }
  if (head === "document" && rest.length > 1) {
    if (["mention", "claim"].includes(rest[0]) && !story.byId.get(id).gold?.byId.has(rest[1])) followWork(story, id, rest[1]);
    choose(id, rest[0], rest[1]);
  } else if (!stays && story.documents[0].id !== id && head === "document") {
    const column = main.querySelector(`[data-document="${CSS.escape(id)}"]`);
    if (column?.getBoundingClientRect().top > innerHeight / 2) column.scrollIntoView();
  } else if (!stays) {
    scrollTo(0, 0);
  }
}

/** Shows the work that holds a span which is not in gold. */
function followWork(story, id, what) {
  const layer = story.byId.get(id).layers.find((each) => each.byId.has(what));
  if (!layer) return;
  shown.options.work = layer.name;
  tellings(story, document.getElementById("tab"));
}

function closeQuietly() {
  panel.hidden = true;
  document.body.classList.remove("with-panel");
  shown.story = null;
  shown.views = new Map();
}

function decoded(step) {
  try {
    return decodeURIComponent(step);
  } catch {
    return step;
  }
}
