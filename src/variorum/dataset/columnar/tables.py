"""The published tables of plain documents, column by column: what `dataset.rows` makes of one document, row by row."""

from collections.abc import Callable, Sequence
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from variorum.corpus.seed_text import parse_source_date
from variorum.dataset.columnar.columns import CLAIM, CODES, CONTROLS, LEVEL, MENTION, PROJECT, RELATION, Columns
from variorum.dataset.columnar.tabled import Tabled, concatenated
from variorum.dataset.rows import moment, provenance
from variorum.kernel.arrays import Ints, lengths, owners, ranges
from variorum.kernel.spans import bio, by_piece, nesting
from variorum.kernel.texts import Pieces
from variorum.schema.contract import ner_tags
from variorum.schema.tables import NO_CLAIM

Made = tuple[Ints, dict[str, Any]]
"""A table: the document of each row (its place in the batch), and the columns by name."""
_RUNGS = ("exact", "utf16")


def documents(tabled: Tabled) -> Made:
    """The columns of `documents`."""
    kept = np.flatnonzero(tabled.plain)
    own = [tabled.documents[each] for each in kept.tolist()]
    batch = tabled.columns.batch
    dates = [parse_source_date(each.source_date) if each.source_date else (None, None) for each in own]
    shared = ("document_id", "title", "language", "story_id", "role", "simplified_of", "licence", "text_sha256", "seed_sha256")
    return kept, {name: pa.array([getattr(each, name) for each in own], pa.string()) for name in shared} | {
        "text": pa.array([tabled.texts[each] for each in kept.tolist()], pa.string()),
        "source_date": pa.array([date for date, _ in dates], pa.date32()),
        "source_date_precision": pa.array([precision for _, precision in dates], pa.string()),
        "reading_level": _levels(tabled)[0].take(pa.array(kept)),
        "paragraphs": _spans(tabled, batch.paragraphs, kept),
        "sentences": _spans(tabled, batch.sentences, kept),
        "character_count": _int32(batch.text_lengths[kept]),
        "token_count": _int32(np.diff(batch.tokens.firsts)[kept]),
        "mention_count": _int32(_per_document(tabled, tabled.mentions)[kept]),
        "claim_count": _int32(_per_document(tabled, tabled.claims)[kept]),
        "seed_rules": pa.array([list(each.seed_rules) for each in own], pa.list_(pa.string())),
    }


def _levels(tabled: Tabled) -> tuple[pa.StringArray, pa.Int32Array]:
    """The gold reading level of each document, and its place on the scale."""
    columns = tabled.columns
    found = np.full(len(columns.annotations) + 1, -1)
    levels = np.flatnonzero(columns.code == CODES[LEVEL])
    found[columns.annotation[levels]] = levels
    result = np.where(tabled.with_gold, found[tabled.gold], -1)
    places = np.append(columns.label, -1)[np.append(columns.label_first[:-1], -1)[result]]
    names = pa.array(tabled.labels[LEVEL].names, pa.string())
    known = pa.array(places, mask=places < 0)
    return names.take(known), pc.add(known, 1).cast(pa.int32())


def _per_document(tabled: Tabled, results: Ints) -> Ints:
    counts: Ints = np.bincount(tabled.document_of(results), minlength=len(tabled.documents))
    return counts


def _spans(tabled: Tabled, pieces: Pieces, kept: Ints) -> pa.ListArray:
    """The offsets of paragraphs or sentences, a list a document."""
    index = ranges(pieces.firsts[kept], pieces.firsts[kept + 1])
    owner = np.repeat(kept, np.diff(pieces.firsts)[kept])
    spans = {"start": tabled.offsets(pieces.starts[index], owner), "end": tabled.offsets(pieces.ends[index], owner)}
    return _lists(np.diff(pieces.firsts)[kept], _structs(spans))


def ner(tabled: Tabled) -> Made:
    """The columns of `ner`."""
    batch, columns = tabled.columns.batch, tabled.columns
    kept, owner = tabled.sentences
    starts, ends = batch.sentences.starts[kept], batch.sentences.ends[kept]
    first, last = batch.tokens.touched(starts, ends)
    tokens = ranges(first, last)
    token_owner = np.repeat(owner, lengths(first, last))
    labels = columns.label[columns.label_first[tabled.mentions]]
    tags = bio(len(batch.tokens.starts), *batch.tokens.touched(*columns.spans(tabled.mentions)), labels)
    names = pa.array(ner_tags(tabled.labels), pa.string())
    count = lengths(first, last)
    return owner, _sentence(tabled) | {
        "tokens": _lists(count, batch.strings(batch.tokens.starts[tokens], batch.tokens.ends[tokens])),
        "token_starts": _lists(count, tabled.offsets(batch.tokens.starts[tokens], token_owner)),
        "token_ends": _lists(count, tabled.offsets(batch.tokens.ends[tokens], token_owner)),
        "ner_tags": _lists(count, names.take(pa.array(tags[tokens]))),
        "mentions": _mentions(tabled, kept),
    }


def _sentence(tabled: Tabled) -> dict[str, Any]:
    """The columns that tables of sentences share."""
    batch = tabled.columns.batch
    kept, owner = tabled.sentences
    starts, ends = batch.sentences.starts[kept], batch.sentences.ends[kept]
    return {
        "sentence_id": tabled.sentence_ids.take(pa.array(kept)),
        "document_id": tabled.of_document(owner),
        "start": tabled.offsets(starts, owner),
        "end": tabled.offsets(ends, owner),
        "text": batch.strings(starts, ends),
    }


def _mentions(tabled: Tabled, kept: Ints) -> pa.ListArray:
    """The mentions of each sentence; those of plain documents lie in one."""
    columns = tabled.columns
    sentence = columns.batch.sentences.holding(*columns.spans(tabled.mentions))
    counts = np.bincount(sentence, minlength=len(columns.batch.sentences.starts))[kept]
    return _lists(counts, _structs(_marked(tabled, tabled.mentions, "mention_id")))


def _marked(tabled: Tabled, results: Ints, id_: str) -> dict[str, Any]:
    starts, ends = tabled.columns.spans(results)
    owner = tabled.document_of(results)
    return {
        id_: tabled.published(results),
        "start": tabled.offsets(starts, owner),
        "end": tabled.offsets(ends, owner),
        "type": tabled.label_names(results),
    }


def _placed(tabled: Tabled, results: Ints) -> dict[str, Any]:
    """The columns that mentions and claims share."""
    columns = tabled.columns
    owner = tabled.document_of(results)
    starts, ends = columns.spans(results)
    return tabled.sources(owner) | {
        "region_id": tabled.ids_of(results),
        "document_id": tabled.of_document(owner),
        "start": tabled.offsets(starts, owner),
        "end": tabled.offsets(ends, owner),
        "text": columns.batch.strings(starts, ends),
        "repair": _rungs(columns, results),
        "note": _same("", len(results)),
    }


def _rungs(columns: Columns, results: Ints) -> pa.StringArray:
    """The rung that found the span of each result that marks one."""
    return pa.array(_RUNGS, pa.string()).take(pa.array(columns.settled.recounted[columns.place[results]].astype(np.int8)))


def entities(tabled: Tabled) -> Made:
    """The columns of `entities`."""
    columns, found = tabled.columns, tabled.mentions
    starts, ends = columns.spans(found)
    around = nesting(columns.annotation[found], starts, ends).around
    outer = tabled.published(found).take(pa.array(around, mask=around < 0))
    sentence = columns.batch.sentences.holding(starts, ends)
    nothing = pa.nulls(len(found), pa.string())
    return tabled.document_of(found), _placed(tabled, found) | {
        "mention_id": tabled.published(found),
        "sentence_id": tabled.sentence_ids.take(pa.array(sentence)),
        "type": tabled.label_names(found),
        "nested_in": outer,
        "entity_cluster_id": nothing,
        "wikidata_id": nothing,
        "wikidata_status": _same("not_attempted", len(found)),
        "wikidata_checked_on": pa.nulls(len(found), pa.date32()),
    }


def claims(tabled: Tabled) -> Made:
    """The columns of `claims`."""
    columns, found = tabled.columns, tabled.claims
    sentences = columns.batch.sentences.touched(*columns.spans(found))
    return tabled.document_of(found), _placed(tabled, found) | {
        "claim_id": tabled.published(found),
        "sentence_ids": _lists(lengths(*sentences), tabled.sentence_ids.take(pa.array(ranges(*sentences)))),
        "checkworthiness": tabled.answered(found, "checkworthiness"),
        "claim_types": _sorted_labels(tabled, tabled.answer[found, CODES["claim_type"]]),
        "attribution": tabled.answered(found, "attribution"),
        "modality": tabled.answered(found, "modality"),
        "claimer_ids": _claimers(tabled, found),
        "claim_cluster_id": pa.nulls(len(found), pa.string()),
    }


def _sorted_labels(tabled: Tabled, results: Ints) -> pa.ListArray:
    """The labels of results that may have several, in the order of their inventory."""
    first, last = tabled.columns.label_first[results], tabled.columns.label_first[results + 1]
    index = ranges(first, last)
    order = np.lexsort((tabled.columns.label[index], owners(first, last)))
    return _lists(lengths(first, last), tabled.given.take(pa.array(index[order])))


def _claimers(tabled: Tabled, found: Ints) -> pa.ListArray:
    """The mentions of those who make each claim, sorted by their ids."""
    joins, from_, to = _joined(tabled)
    names = tabled.label_names(joins)
    is_claimer = np.asarray(pc.equal(names, "claimer")) if len(joins) else np.zeros(0, np.bool_)
    place = np.full(len(tabled.columns.results), -1)
    place[found] = np.arange(len(found))
    claims_, mentions = place[from_[is_claimer]], tabled.published(to[is_claimer])
    order = np.asarray(
        pc.sort_indices(pa.table({"claim": claims_, "mention": mentions}), [("claim", "ascending"), ("mention", "ascending")])
    )
    return _lists(np.bincount(claims_, minlength=len(found)), mentions.take(pa.array(order)))


def _joined(tabled: Tabled) -> tuple[Ints, Ints, Ints]:
    """The relations of gold, and what each leads from and to."""
    columns = tabled.columns
    kept = tabled.is_gold[columns.annotation[columns.joins]]
    from_, to = columns.ends
    return columns.joins[kept], from_[kept], to[kept]


def claim_detection(tabled: Tabled) -> Made:
    """The columns of `claim_detection`."""
    columns, found = tabled.columns, tabled.claims
    kept, owner = tabled.sentences
    touched, claim = by_piece(*columns.batch.sentences.touched(*columns.spans(found)))
    ranks = tabled.labels["checkworthiness"].names
    rank = columns.label[columns.label_first[tabled.answer[found, CODES["checkworthiness"]]]]
    best = np.full(len(columns.batch.sentences.starts), len(ranks))
    np.minimum.at(best, touched, rank[claim])
    counts = np.bincount(touched, minlength=len(best))[kept]
    return owner, _sentence(tabled) | {
        "label": pa.array([*ranks, NO_CLAIM], pa.string()).take(pa.array(best[kept])),
        "claim_ids": _lists(counts, tabled.published(found[claim])),
    }


def relations(tabled: Tabled) -> Made:
    """The columns of `relations`."""
    joins, from_, to = _joined(tabled)
    owner = tabled.document_of(joins)
    types = tabled.label_names(joins)
    ids = concatenated(concatenated(tabled.published(from_), types, "-"), tabled.ids_of(to), "-")
    order = np.asarray(
        pc.sort_indices(pa.table({"document": owner, "id": ids}), [("document", "ascending"), ("id", "ascending")])
    ).astype(np.int64)
    columns = tabled.sources(owner) | {
        "region_id": concatenated(tabled.ids_of(from_), tabled.ids_of(to), "->"),
        "relation_id": ids,
        "document_id": tabled.of_document(owner),
        "type": types,
        "from_id": tabled.published(from_),
        "from_layer": _layers(tabled.columns, from_),
        "to_id": tabled.published(to),
        "to_layer": _layers(tabled.columns, to),
    }
    return owner[order], {name: column.take(pa.array(order)) for name, column in columns.items()}


def _layers(columns: Columns, results: Ints) -> pa.StringArray:
    names = [PROJECT.controls[name].layer for name in CONTROLS]
    return pa.array(names, pa.string()).take(pa.array(columns.code[results]))


def readability(tabled: Tabled, metrics: pa.ListArray) -> Made:
    """The columns of `readability`; `metrics` are those of each plain document."""
    columns = tabled.columns
    kept = np.flatnonzero(tabled.plain)
    levels = np.flatnonzero((columns.code == CODES[LEVEL]) & tabled.plain[columns.owner[columns.annotation]])
    exports = [columns.annotations[each][1].export for each in columns.annotation[levels].tolist()]
    ratings = {
        "round": pa.array([each.round for each in exports], pa.string()),
        "annotator": pa.array([each.annotator for each in exports], pa.string()),
        "level": tabled.label_names(levels),
    }
    counts = np.bincount(tabled.document_of(levels), minlength=len(tabled.documents))[kept]
    names, ordinals = _levels(tabled)
    return kept, {
        "document_id": tabled.of_document(kept),
        "reading_level": names.take(pa.array(kept)),
        "reading_level_ordinal": ordinals.take(pa.array(kept)),
        "ratings": _lists(counts, _structs(ratings)),
        "metrics": metrics,
    }


def annotations(tabled: Tabled) -> Made:
    """The columns of `annotations`: all results of plain documents."""
    columns = tabled.columns
    kept = np.flatnonzero(tabled.plain[columns.owner])
    results = np.flatnonzero(tabled.plain[columns.owner[columns.annotation]])
    place = np.full(len(columns.annotations), -1)
    place[kept] = np.arange(len(kept))
    shared = _shared(tabled, kept)
    index = pa.array(place[columns.annotation[results]])
    owner = tabled.document_of(results)
    return owner, {name: column.take(index) for name, column in shared.items()} | {
        "region_id": _regions(tabled, results),
        "document_id": tabled.of_document(owner),
        "result_index": _int32(columns.index[results]),
        "result_type": _types(columns, results),
        "control": pa.array([*CONTROLS, ""], pa.string()).take(pa.array(columns.code[results])),
        **_places(tabled, results, owner),
        "labels": _labels(tabled, results),
        "rejected_by": _same("", len(results)),
        "result_json": _written(columns.written, results),
    }


def _shared(tabled: Tabled, kept: Ints) -> dict[str, pa.Array]:
    """What all results of an annotation share."""
    own = [tabled.columns.annotations[each] for each in kept.tolist()]
    exports = [provenance(task.export) for _, task, _ in own]
    return {name: pa.array([each[name] for each in exports], pa.string()) for name in ("project", "round", "annotator")} | {
        "task": pa.array([tabled.documents[document].document_id for document, _, _ in own], pa.string()),
        "text_sha256": pa.array([tabled.documents[document].text_sha256 for document, _, _ in own], pa.string()),
        "annotation_id": pa.array([annotation.id for _, _, annotation in own], pa.string()),
        "state": _same("submitted", len(own)),
        "is_gold": pa.array(tabled.is_gold[kept]),
        "updated_at": pa.array([moment(annotation.updated_at) for _, _, annotation in own], pa.timestamp("us", "UTC")),
    }


def _regions(tabled: Tabled, results: Ints) -> pa.StringArray:
    """Results as findings name them: by their ids, relations by their ends as they were drawn, even where they have an id."""
    columns = tabled.columns
    ids = columns.ids
    if len(columns.joins):
        ids = list(ids)
        for each in columns.joins.tolist():
            result = columns.results[each]
            ids[each] = f"{result.from_id}->{result.to_id}"
    return pa.array(ids, pa.string()).take(pa.array(results))


def _types(columns: Columns, results: Ints) -> pa.StringArray:
    names = [PROJECT.controls[name].type for name in CONTROLS] + [RELATION]
    return pa.array(names, pa.string()).take(pa.array(columns.code[results]))


def _places(tabled: Tabled, results: Ints, owner: Ints) -> dict[str, pa.Array]:
    """Start, end and text of results, null where they have no span, and the rung of those that mark one."""
    columns = tabled.columns
    place = columns.place[results]
    spanned = np.flatnonzero(place >= 0)
    starts, ends = columns.spans(results[spanned])
    index = np.full(len(results), -1)
    index[spanned] = np.arange(len(spanned))
    there = pa.array(index, mask=index < 0)
    marked = np.flatnonzero(np.isin(columns.code[results], (MENTION, CLAIM)))
    rung = np.full(len(results), len(_RUNGS))
    rung[marked] = columns.settled.recounted[place[marked]]
    return {
        "start": tabled.offsets(starts, owner[spanned]).take(there),
        "end": tabled.offsets(ends, owner[spanned]).take(there),
        "text": columns.batch.strings(starts, ends).take(there),
        "repair": pa.array([*_RUNGS, ""], pa.string()).take(pa.array(rung)),
    }


def _labels(tabled: Tabled, results: Ints) -> pa.ListArray:
    first, last = tabled.columns.label_first[results], tabled.columns.label_first[results + 1]
    return _lists(lengths(first, last), tabled.given.take(pa.array(ranges(first, last))))


def _written(written: Sequence[msgspec.Raw], results: Ints) -> pa.StringArray:
    """Results as they were exported, in their canonical form."""
    parts = [bytes(written[each]) for each in results.tolist()]
    offsets = np.concatenate([[0], np.cumsum(np.fromiter(map(len, parts), np.int64, len(parts)))])
    concatenated = b"".join(parts)
    return pa.StringArray.from_buffers(len(parts), pa.py_buffer(offsets.astype(np.int32)), pa.py_buffer(concatenated))


def _lists(counts: Ints, values: pa.Array) -> pa.ListArray:
    """Values as lists of so many each."""
    offsets = np.concatenate([[0], np.cumsum(counts)]).astype(np.int32)
    return pa.ListArray.from_arrays(pa.array(offsets), values)


def _structs(columns: dict[str, pa.Array]) -> pa.StructArray:
    return pa.StructArray.from_arrays(list(columns.values()), names=list(columns))


def _same(value: str, count: int) -> pa.StringArray:
    return pa.repeat(pa.scalar(value, pa.string()), count)


def _int32(values: Ints) -> pa.Int32Array:
    return pa.array(values.astype(np.int32))


GOLD_TABLES: dict[str, Callable[[Tabled], Made]] = {
    "ner": ner,
    "entities": entities,
    "claims": claims,
    "claim_detection": claim_detection,
    "relations": relations,
}
