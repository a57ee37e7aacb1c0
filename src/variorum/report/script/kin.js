// What belongs together.

/**
 * Everything in a story that says or names the same as a span, or is aligned with a sentence: [document id, span, relation]; the
 * relation is empty but for claims that only overlap with a claim, or contradict it.
 */
function kin(story, own, kind, span) {
  if (kind === "sentence") return aligned(story, own.id, span.at).map(([id, at]) => [id, sentenceOf(story.byId.get(id), at), ""]);
  const gold = inGold(own, span);
  if (kind === "claim") return gold ? claimKin(story, own.id, gold.id) : [];
  return gold?.entity_cluster_id ? mentionKin(story, gold) : [];
}

/** Gold's span at the place of somebody's, since gold alone is clustered. */
function inGold(own, span) {
  const found = own.gold?.spans.filter((each) => each.layer === span.layer && same(each, span)) ?? [];
  return found.find((each) => each.id === span.id) ?? found[0] ?? null;
}

function mentionKin(story, gold) {
  return story.documents.flatMap((each) => (each.gold?.spans ?? [])
    .filter((other) => other.entity_cluster_id === gold.entity_cluster_id && other !== gold)
    .map((other) => [each.id, other, ""]));
}

/** Of the cluster that a claim is a member of, all; of those that it only comes near to, the members. `told` is why. */
function claimKin(story, id, claim) {
  const isIt = (each) => each.document === id && each.claim === claim;
  return Object.values(story.clusters).filter((members) => members.some(isIt)).flatMap((members) => {
    const near = members.some((each) => isIt(each) && each.is_member) ? null : members.find(isIt);
    return members.filter((each) => !isIt(each) && (!near || each.is_member)).map((each) => {
      const told = near ?? each;
      return [each.document, { ...each, told }, told.is_member ? "" : told.relation];
    });
  });
}

/** A button at the head of a column that says how much of what is lit lies above or below, and goes there. */
function elsewhere(view) {
  view.marker = h("button", { type: "button", class: "plain elsewhere", hidden: true, onclick: () => scrollBy(0, view.away[0].top - innerHeight / 3) });
  return view.marker;
}

function markElsewhere() {
  const [top, bottom] = clearing();
  for (const view of shown.views.values()) {
    const lit = shown.chosen ? [...view.element.querySelectorAll(".seg:is(.kin, .near, .against)")].map((each) => each.getBoundingClientRect()) : [];
    view.away = lit.some((each) => each.bottom > top && each.top < bottom) ? [] : lit;
    view.marker.hidden = !view.away.length;
    const isAbove = view.away[0]?.top < top;
    view.marker.textContent = `${isAbove ? "↑" : "↓"} ${view.like.length} of what belongs to it`;
  }
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
