"""What there is to annotate: documents, and pairs of tellings of one story, each with the data of its task."""

from collections import defaultdict
from collections.abc import Iterable
from itertools import combinations

from variorum.annotations.task_data import Json, document_data, pair_data
from variorum.corpus.catalogue import Document
from variorum.inputs import Inputs
from variorum.schema.projects import PAIR_JOINT, documents_of


def task_data(inputs: Inputs, keys: Iterable[str]) -> dict[str, Json]:
    """The data of the tasks of documents or pairs, by key."""
    ids = {key: documents_of(key) for key in keys}
    documents = inputs.documents(document_id for own in ids.values() for document_id in own)
    return {
        key: pair_data(documents[own[0]], documents[own[1]], inputs.texts)
        if len(own) > 1
        else document_data(documents[key], inputs.texts[key])
        for key, own in ids.items()
    }


def pairs_of(inputs: Inputs) -> list[str]:
    """The keys of all pairs of tellings of one story, the earlier id first, but what was simplified before its rewrite."""
    stories: dict[str, list[Document]] = defaultdict(list)
    for entry in inputs.entries:
        if entry.document.document_id in inputs.texts:
            stories[entry.document.story_id].append(entry.document)
    pairs = sorted(
        (first.document_id, second.document_id, first.simplified_of == second.document_id)
        for own in stories.values()
        for first, second in combinations(own, 2)
    )
    return [PAIR_JOINT.join((two, one) if is_rewrite else (one, two)) for one, two, is_rewrite in pairs]
