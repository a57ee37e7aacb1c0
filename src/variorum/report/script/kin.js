// What belongs together.

/** Everything in a story that says or names the same as a span, or is aligned with a sentence: [document id, span]. */
function kin(story, own, kind, span) {
  if (kind === "sentence") return aligned(story, own.id, span.at).map(([id, at]) => [id, sentenceOf(story.byId.get(id), at)]);
  const column = kind === "claim" ? "claim_cluster_id" : "entity_cluster_id";
  if (kind === "claim") {
    const cluster = clusterOf(story, own.id, span.id);
    return (cluster?.members ?? []).filter((each) => each.claim !== span.id).map((each) => [each.document, each]);
  }
  if (!span[column]) return [];
  return story.documents.flatMap((each) => (each.gold?.spans ?? [])
    .filter((other) => other[column] === span[column] && other !== span)
    .map((other) => [each.id, other]));
}

function clusterOf(story, id, claim) {
  for (const [name, members] of Object.entries(story.clusters)) {
    if (members.some((each) => each.document === id && each.claim === claim)) return { name, members };
  }
  return null;
}

function sentenceOf(own, at) {
  const [start, end] = own.sentences[at];
  return { start, end, at };
}

function aligned(story, id, at) {
  return story.alignments.flatMap((each) => {
    const side = each.documents.indexOf(id);
    if (side < 0 || !each.sentences[side].includes(at)) return [];
    return each.sentences[1 - side].map((other) => [each.documents[1 - side], other]);
  });
}
