"""The form that gold has in each layer: how many spans, and what is to be said of them."""

from variorum.curation.decisions import Decision
from variorum.curation.items import Content
from variorum.schema.projects import ALIGNMENTS, CLAIM_PAIRS, DOCUMENTS, PROJECTS, Project, documents_of

LAYER_FORMS: dict[str, dict[str, tuple[int, tuple[str, ...]]]] = {
    DOCUMENTS: {
        "mention": (1, ("type",)),
        "claim": (1, PROJECTS[DOCUMENTS].attributes("claim")),
        "relation": (2, ("type",)),
        "reading_level": (0, ("reading_level",)),
    },
    ALIGNMENTS: {"alignment": (2, ("type",)), "factuality": (1, ("type", "severity")), "substitution": (2, ("type",))},
    CLAIM_PAIRS: {"claim_pair": (2, ("type",))},
}
"""How many spans an item of each layer has, and what is to be said of it, by project."""
OPTIONAL = ("operation", "type")
"""What gold may say beside: a claim its only label, aligned sentences what was done to them."""


def form_fault(decision: Decision, gold: Content, project: Project) -> str:
    """What keeps the gold of a decision from being of its layer, in words; empty if nothing does."""
    spans, needed = LAYER_FORMS[project.name].get(decision.layer, (-1, ()))
    missing = [name for name in needed if not gold.values.get(name)]
    outside = {words.document_id for words in gold.spans} - set(documents_of(decision.task))
    if spans < 0:
        return f"{project.name} has no layer {decision.layer!r}."
    if len(gold.spans) != spans:
        return f"gold has {len(gold.spans)} spans, where a {decision.layer} has {spans}."
    if missing:
        return f"gold gives no {missing[0]}."
    if unknown := sorted(set(gold.values) - {*needed, *OPTIONAL}):
        return f"a {decision.layer} has no {unknown[0]}."
    return f"gold lies in {min(outside)}, which is not of the task." if outside else ""
