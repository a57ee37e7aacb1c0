"""The data of a task as annotators are given it: which document or documents it is of, and their texts."""

from collections.abc import Mapping
from typing import Any

from variorum.corpus.catalogue import Document

Json = dict[str, Any]


def document_data(document: Document, text: str) -> Json:
    """The data of a task of one document."""
    return {
        "document_id": document.document_id,
        "title": document.title or document.document_id,
        "story_id": document.story_id,
        "text_sha256": document.text_sha256,
        "text": text,
    }


def pair_data(first: Document, second: Document, texts: Mapping[str, str]) -> Json:
    """The data of a task of two tellings of one story."""
    sides = {"first": first, "second": second}
    told: Json = {"title": " + ".join(each.title or each.document_id for each in sides.values()), "story_id": first.story_id}
    for name, document in sides.items():
        told |= {
            f"{name}_id": document.document_id,
            f"{name}_sha256": document.text_sha256,
            f"{name}_text": texts[document.document_id],
        }
    return told
