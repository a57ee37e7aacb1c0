"""The build's main tables as a person would write them by hand: one generator of rows a table, offsets taken as they are."""

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

Row = dict[str, Any]
TOKEN = re.compile(r"\w+|[^\w\s]")
SENTENCE = re.compile(r"\S[^.!?\n]*[.!?]*")


def tasks(paths: list[str]) -> Iterator[Row]:
    """Every task of every export."""
    for path in paths:
        yield from json.loads(Path(path).read_bytes())


def annotated(paths: list[str]) -> Iterator[tuple[Row, Row]]:
    """Every annotation with the data of its task."""
    for task in tasks(paths):
        for annotation in task["annotations"]:
            yield task["data"], annotation


def documents(paths: list[str]) -> Iterator[Row]:
    """One row a task."""
    for data, annotation in annotated(paths):
        levels = [each["value"]["choices"][0] for each in annotation["result"] if each.get("from_name") == "reading_level"]
        yield {"document_id": data["document_id"], "text": data["text"], "level": levels[0] if levels else ""}


def sentences(paths: list[str]) -> Iterator[Row]:
    """One row a sentence, with its tokens and their BIO tags."""
    for data, annotation in annotated(paths):
        mentions = sorted((each["start"], each["end"], each["labels"][0]) for each in _values(annotation, "entity_type"))
        for sentence in SENTENCE.finditer(data["text"]):
            start, end = sentence.span()
            inside = [each for each in mentions if start <= each[0] < end]
            tokens = list(TOKEN.finditer(data["text"], start, end))
            yield {
                "document_id": data["document_id"],
                "start": start,
                "end": end,
                "text": sentence[0],
                "tokens": [token[0] for token in tokens],
                "token_starts": [token.start() for token in tokens],
                "token_ends": [token.end() for token in tokens],
                "ner_tags": [_tag(token.start(), inside) for token in tokens],
            }


def _tag(at: int, mentions: list[tuple[int, int, str]]) -> str:
    for start, end, label in mentions:
        if start <= at < end:
            return ("B-" if at == start else "I-") + label
    return "O"


def _values(annotation: Row, control: str) -> list[Row]:
    return [each["value"] for each in annotation["result"] if each.get("from_name") == control]


def entities(paths: list[str]) -> Iterator[Row]:
    """One row a mention."""
    for data, annotation in annotated(paths):
        for each in annotation["result"]:
            if each.get("from_name") == "entity_type":
                yield _placed(data, each) | {"type": each["value"]["labels"][0]}


def _placed(data: Row, result: Row) -> Row:
    value = result["value"]
    start, end = value["start"], value["end"]
    text = data["text"][start:end]
    return {"document_id": data["document_id"], "region_id": result["id"], "start": start, "end": end, "text": text}


def claims(paths: list[str]) -> Iterator[Row]:
    """One row a claim, with its answers."""
    for data, annotation in annotated(paths):
        answers: dict[str, dict[str, list[str]]] = {}
        for each in annotation["result"]:
            if each["type"] == "choices":
                answers.setdefault(each["id"], {})[each["from_name"]] = each["value"]["choices"]
        for each in annotation["result"]:
            if each.get("from_name") == "claim":
                given = answers.get(each["id"], {})
                single = {name: (given.get(name) or [""])[0] for name in ("checkworthiness", "attribution", "modality")}
                yield _placed(data, each) | single | {"claim_types": given.get("claim_type", [])}


def relations(paths: list[str]) -> Iterator[Row]:
    """One row a relation."""
    for data, annotation in annotated(paths):
        for each in annotation["result"]:
            if each["type"] == "relation":
                ends = {"from_id": each["from_id"], "to_id": each["to_id"]}
                yield {"document_id": data["document_id"], "type": each["labels"][0]} | ends


def annotations(paths: list[str]) -> Iterator[Row]:
    """One row a result, as it was exported."""
    for data, annotation in annotated(paths):
        for index, each in enumerate(annotation["result"]):
            value = each.get("value", {})
            yield {
                "document_id": data["document_id"],
                "annotation_id": str(annotation["id"]),
                "result_index": index,
                "control": each.get("from_name", ""),
                "start": value.get("start"),
                "end": value.get("end"),
                "labels": each.get("labels") or value.get("labels") or value.get("choices") or [],
                "result_json": json.dumps(each, ensure_ascii=False),
            }


TABLES: dict[str, Callable[[list[str]], Iterator[Row]]] = {
    "documents": documents,
    "sentences": sentences,
    "entities": entities,
    "claims": claims,
    "relations": relations,
    "annotations": annotations,
}
