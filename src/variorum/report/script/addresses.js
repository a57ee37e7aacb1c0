// Addresses: #/, #/figures, #/labels, #/findings, #/story/ID[/TAB], #/document/ID[/KIND/ID]; what else a view shows is in the query.

const header = document.querySelector("body > header");
const lost = document.getElementById("lost");
const NAMED = { figures: "Figures", labels: "Labels", findings: "Findings", about: "About" };
let goesToPanel = false;

function address() {
  const [path, query] = location.hash.split("?");
  return { path: path || "#/", steps: path.replace(/^#\/?/, "").split("/").map(decoded).filter(Boolean), asked: new URLSearchParams(query ?? "") };
}

/** An address that asks for what is asked for now, but for some changes; what is empty is left out. */
function asking(changes, path = address().path) {
  const { asked } = address();
  for (const [name, value] of Object.entries(changes)) {
    if (value) asked.set(name, value);
    else asked.delete(name);
  }
  return path + (asked.size ? `?${asked}` : "");
}

/** Puts what is shown now into the address, and into the addresses of the story's views. */
function restate(changes) {
  history.replaceState(null, "", asking(changes));
  carry();
}

function carry() {
  for (const each of document.querySelectorAll("#story a[data-path]")) each.setAttribute("href", asking({ page: "" }, each.dataset.path));
}

/** Goes to an address; one that is shown already is shown again. */
function go(hash) {
  if (location.hash === hash) route();
  else location.hash = hash;
}

async function route() {
  if (location.hash && !location.hash.startsWith("#/")) return;
  const isFirst = !document.body.dataset.view;
  delete document.body.dataset.ready;
  await show(location.hash);
  if (!isFirst) keepFocus();
  document.body.dataset.ready = ""; // for those who wait for it
}

/** Focus that was on something which is shown no longer goes to what came in its place. */
function keepFocus() {
  const isLost = document.activeElement === document.body || !document.activeElement.checkVisibility();
  if (goesToPanel || (isLost && !panel.hidden)) panel.focus({ preventScroll: true });
  else if (isLost) main.querySelector(":scope > section:not([hidden]) h1")?.focus();
  goesToPanel = false;
}

async function show(hash) {
  const { steps: [head, id, ...rest], asked } = address();
  const number = head === "story" ? index.stories.indexOf(id) : head === "document" ? documents.get(id)?.story ?? -1 : -1;
  const view = number >= 0 ? "story" : head in NAMED && document.getElementById(head) ? head : "list";
  lost.textContent = view === "list" && head ? `${id ?? head} is not in this build.` : "";
  for (const each of main.querySelectorAll(":scope > section")) each.hidden = each.id !== view;
  for (const each of document.querySelectorAll("#views a")) {
    if (each.dataset.view === view) each.setAttribute("aria-current", "page");
    else each.removeAttribute("aria-current");
  }
  if (view === "story") {
    const story = await load(number);
    if (location.hash === hash) routeStory(story, head, id, rest); // or somebody has gone on, while the page was being read
  } else {
    closeQuietly();
    document.title = NAMED[view] ? `${NAMED[view]} · ${index.name}` : index.name;
    if (view === "list") list(asked);
    if (view === "findings") await findings(asked);
    scrollTo(0, 0);
  }
  document.body.dataset.view = view;
}

function routeStory(story, head, id, rest) {
  const tab = head === "story" && TABS.some(([name]) => name === rest[0]) && has(story, rest[0]) ? rest[0] : "";
  const isOne = head === "document" && rest.length > 1;
  if (isOne && ["mention", "claim"].includes(rest[0])) followWork(story.byId.get(id), rest[1]);
  const asked = String(address().asked);
  const stays = shown.story === story && shown.tab === tab && tab === "" && shown.asked === asked;
  if (!stays) {
    closeQuietly();
    openStory(story, tab, rest.slice(1));
    shown.asked = asked;
  }
  if (isOne) choose(id, rest[0], rest[1]);
  else if (stays) unchoose();
  else if (story.documents[0].id !== id && head === "document") {
    const column = main.querySelector(`[data-document="${CSS.escape(id)}"]`);
    if (column?.getBoundingClientRect().top > innerHeight / 2) column.scrollIntoView();
  } else {
    scrollTo(0, 0);
  }
}

/** Asks for the work that holds a span, where that which is asked for does not. */
function followWork(own, what) {
  if (layerOf(own, optionsOf(address().asked))?.byId.has(what)) return;
  const layer = own.layers.find((each) => each.byId.has(what));
  if (layer) restate({ work: layer === own.first ? "" : layer.name });
}

function closeQuietly() {
  hidePanel();
  shown.story = null;
  shown.views = new Map();
}

function hidePanel() {
  panel.hidden = true;
  document.body.classList.remove("with-panel");
}

function decoded(step) {
  try {
    return decodeURIComponent(step);
  } catch {
    return step;
  }
}
