"""The documents of a block that differ, with no more of their rows than is needed: what is equal stays in columns."""

from collections import defaultdict
from collections.abc import Iterator
from functools import partial

import polars as pl

from variorum.difference.blocks import KEY, Block, both_sides
from variorum.difference.document import CONFIGS, IDS, REQUIRED, Columns, Document, Row
from variorum.difference.read import SPLIT

ByDocument = defaultdict[str, defaultdict[str, list[Row]]]
Frames = dict[str, tuple[pl.DataFrame, pl.DataFrame]]


def documents_of(block: Block, documents: set[str], shifted: set[str], columns: Columns) -> Iterator[Document]:
    """Some documents of a block, in the order of their ids. `shifted` are those whose texts may not be the same."""
    frames = _frames(block, documents, columns)
    before, after = _rows(frames, shifted)
    for document_id in sorted(documents):
        yield Document(document_id, before[document_id], after[document_id], columns, partial(_ends, frames, document_id))


def _frames(block: Block, documents: set[str], columns: Columns) -> Frames:
    """The rows of the documents by config, with the columns that count."""
    wanted = pl.col(KEY).is_in(pl.Series(sorted(documents)).implode())
    found: Frames = {}
    for config, needed in CONFIGS.items():
        if any(place[1] == config for place in block) and set(REQUIRED[config]) <= set(columns[config]):
            names = [name for name in needed if name in columns[config]]
            before, after = both_sides(block, config)
            found[config] = before.filter(wanted).select(KEY, SPLIT, *names), after.filter(wanted).select(KEY, SPLIT, *names)
    return found


def _rows(frames: Frames, shifted: set[str]) -> tuple[ByDocument, ByDocument]:
    found: tuple[ByDocument, ByDocument] = (defaultdict(_tables), defaultdict(_tables))
    for config, both in frames.items():
        for side, frame in enumerate(_unequal(*both, shifted) if config in IDS.values() else both):
            for row in frame.iter_rows(named=True):
                found[side][row[KEY]][config].append(row)
    return found


def _tables() -> defaultdict[str, list[Row]]:
    return defaultdict(list)


def _unequal(before: pl.DataFrame, after: pl.DataFrame, shifted: set[str]) -> list[pl.DataFrame]:
    """Rows without those that are the same, ids and all, in documents whose text is."""
    names = [name for name in before.columns if name != SPLIT]
    hashed = [frame.with_columns(frame.select(names).hash_rows().alias("hash")) for frame in (before, after)]
    stay = pl.col(KEY).is_in(pl.Series(sorted(shifted), dtype=pl.String).implode())
    if "claimer_ids" in names:  # whoever they name may have changed
        stay |= pl.col("claimer_ids").list.len() > 0
    pairs = ((hashed[0], hashed[1]), (hashed[1], hashed[0]))
    return [one.filter(stay | ~pl.col("hash").is_in(other["hash"].implode())) for one, other in pairs]


def _ends(frames: Frames, document_id: str, side: int) -> dict[str, Row]:
    """The mentions and claims of a document on one side, by their ids."""
    found: dict[str, Row] = {}
    for id_, config in IDS.items():
        if config in frames:
            own = frames[config][side].filter(pl.col(KEY) == document_id)
            found |= {row[id_]: row for row in own.iter_rows(named=True)}
    return found
