// Stories.

const unpacked = new Map();

/** A story, unpacked from the page. */
async function load(number) {
  if (!unpacked.has(number)) {
    if (unpacked.size > 8) unpacked.delete(unpacked.keys().next().value);
    unpacked.set(number, unpack(`story-${number}`).then(prepared));
  }
  return unpacked.get(number);
}

/** What one of the page's elements holds; those that are not read yet are waited for. */
async function unpack(id) {
  if (!document.getElementById(id)?.nextElementSibling) await wholePage;
  const packed = Uint8Array.from(atob(document.getElementById(id).textContent), (each) => each.charCodeAt(0));
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("deflate-raw"));
  return new Response(stream).json();
}

function prepared(story) {
  story.byId = new Map(story.documents.map((own) => [own.id, own]));
  story.names = new Map(story.documents.map((own, at) => [own.id, nameOf(story, own, at)]));
  for (const own of story.documents) {
    for (const layer of own.layers) {
      layer.name = layer.is_gold ? "gold" : `${layer.annotator} ${layer.round}`;
      layer.spans.sort(by((each) => each.start, (each) => -each.end));
      let claims = 0;
      for (const span of layer.spans) if (span.layer === "claim") span.number = ++claims;
      layer.byId = new Map(layer.spans.map((span) => [span.id, span]));
    }
    own.first = own.layers[0] ?? null; // gold, where there is any
    own.gold = own.first?.is_gold ? own.first : null;
  }
  for (const each of story.decisions) each.places = places(each);
  return story;
}

/** A telling's name, with a letter where several tellings of the story have the same. */
function nameOf(story, own, at) {
  return story.documents.filter((each) => each.name === own.name).length > 1 ? `${own.name} ${letter(at)}` : own.name;
}

const letter = (at) => String.fromCharCode(65 + (at % 26)) + (at < 26 ? "" : Math.floor(at / 26));

/** The spans that a decision is about: what stands, what was proposed, and both ends of links. */
function places(decision) {
  const ids = decision.task.split("+");
  const found = decision.start === null ? [] : [{ document: decision.document_id, start: decision.start, end: decision.end }];
  for (const each of decision.candidates) {
    if (each.start !== null) found.push({ document: decision.document_id, start: each.start, end: each.end });
    for (const [, side, start, end] of each.region_id.matchAll(/(first|second)-(\d+)-(\d+)/g)) {
      found.push({ document: ids[side === "first" ? 0 : 1], start: Number(start), end: Number(end) });
    }
  }
  return found;
}
