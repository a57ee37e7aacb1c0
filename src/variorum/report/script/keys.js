// Keys.

const help = document.getElementById("help");
const single = document.getElementById("single-keys");
const hotkeys = new Map(Object.entries(index.labels).flatMap(([, labels]) => Object.entries(labels).filter(([, own]) => own.hotkey && !own.hotkey.includes("+")).map(([name, own]) => [own.hotkey, name])));
const KEYS = {
  "?": () => help.showModal(),
  "/": () => { location.hash = "#/"; setTimeout(() => filters.elements.q.focus(), 50); },
  ".": () => panel.focus(),
  j: () => step(1, () => true),
  k: () => step(-1, () => true),
  "[": () => main.querySelector("#story:not([hidden]) a[rel=prev], #list:not([hidden]) a[rel=prev]")?.click(),
  "]": () => main.querySelector("#story:not([hidden]) a[rel=next], #list:not([hidden]) a[rel=next]")?.click(),
};

/** Moves to the next or previous chip for which something holds. */
function step(by_, holds) {
  const chips = [...main.querySelectorAll(".columns button.chip")].filter(holds);
  const at = chips.indexOf(document.activeElement);
  const next = chips[at < 0 ? (by_ > 0 ? 0 : chips.length - 1) : (at + by_ + chips.length) % chips.length];
  next?.focus();
  if (next && shown.tab === "") next.click();
}

function onkey(event) {
  if (event.key === "Enter" && event.target.matches(".columns button[aria-pressed]")) goesToPanel = true; // the click follows
  if (event.key === "Escape" && !panel.hidden && !help.open) return closePanel();
  const isTyping = event.target.closest("input:not([type=checkbox]), select, textarea, dialog");
  if (isTyping || event.ctrlKey || event.metaKey || event.altKey || !single.checked) return undefined;
  const label = hotkeys.get(event.key);
  const act = KEYS[event.key] ?? (label && shown.tab === "" ? () => step(1, (chip_) => isLabelled(chip_, label)) : null);
  if (!act) return undefined;
  event.preventDefault();
  return act();
}

function isLabelled(chip_, label) {
  for (const view of shown.views.values()) {
    for (const [item, element] of view.chips) if (element === chip_) return item.span ? labelled(item.span, label) : false;
  }
  return false;
}

function setUp() {
  fillFilters();
  document.addEventListener("keydown", onkey);
  document.getElementById("close-panel").addEventListener("click", closePanel);
  document.getElementById("open-help").addEventListener("click", () => help.showModal());
  document.getElementById("theme").addEventListener("change", (event) => { document.documentElement.style.colorScheme = event.target.value; });
  const listed = [...hotkeys].map(([key, name]) => h("li", {}, h("kbd", {}, key), ` ${plain(name)}`));
  document.getElementById("hotkeys").append(...listed);
  document.querySelector(".skip").addEventListener("click", (event) => { event.preventDefault(); main.focus(); });
  addEventListener("hashchange", route);
  addEventListener("scroll", markElsewhere, { passive: true });
  new ResizeObserver(() => { document.documentElement.style.scrollPaddingTop = `${headroom() + 8}px`; }).observe(header);
  route();
}

setUp();
