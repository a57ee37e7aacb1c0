// The explorer. The page brings an index of all documents; a story is unpacked when somebody opens it, and the findings when
// somebody asks for them. The script runs before the stories, which stand last, are read: the list is there at once. Texts and all that
// people wrote are untrusted: they become text nodes, never markup. Offsets in the data are Unicode code points, half-open.

const PAGE = 40; // rows of a list shown at once
const LANE = 4; // pixels between stacked underlines
const INVENTORY = { mention: "entity_type", claim: "claim", departure: "factuality" };
const UNANIMOUS = "unanimous";

const wholePage = new Promise((resolve) => (document.readyState === "loading" ? addEventListener("DOMContentLoaded", resolve) : resolve()));
const index = await unpack("index");
const someBuilt = index.documents.some((each) => each.is_built);
const documents = new Map(index.documents.map((each) => [each.id, each]));
const tellingsOf = index.documents.reduce((counts, each) => counts.set(each.story, (counts.get(each.story) ?? 0) + 1), new Map());
const main = document.getElementById("main");
const panel = document.getElementById("panel");
const panelBody = document.getElementById("panel-body");
const said = document.getElementById("said");
