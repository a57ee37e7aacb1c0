"""What there is to draw of a build: its tables as published, and what was read of documents that an error keeps out of them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import polars as pl

from variorum.annotations.review import choose_gold
from variorum.corpus.catalogue import Document
from variorum.dataset import rows
from variorum.dataset.examined import examined
from variorum.dataset.segmentation import segment
from variorum.dataset.validate_tables import to_frame
from variorum.findings import Finding, Where
from variorum.hub.references import ELIDED, elided, referenced
from variorum.hub.stand_off import LEAST_QUOTE, withhold
from variorum.hub.text_index import IndexedTexts
from variorum.inputs import Inputs
from variorum.part import by_config
from variorum.schema.contract import holds, polars_schema
from variorum.schema.projects import DOCUMENTS
from variorum.schema.tables import TABLES
from variorum.tabulate import Build

Frames = dict[str, pl.DataFrame]
_UNDRAWN = ("text", "text_sha256", "result_json", "updated_at")
"""Columns of `annotations` that are not drawn: a text is drawn from the document, and nothing else needs them."""
_START, _END = (
    pl.coalesce(
        name, pl.when(pl.col("rejected_by") != "").then(pl.col("result_json").str.json_path_match(f"$.value.{name}"))
    ).cast(pl.Int32, strict=False)
    for name in ("start", "end")
)
"""Where a rejected result says that it is, so that it can be shown there."""
_QUOTED = re.compile(r"'([^']+)'|\"([^\"]+)\"")


@dataclass(frozen=True)
class Material:
    """Frames by config, each there, if empty; the words of the documents in `withheld` are in none of them.

    `unbuilt` are the documents that are in `annotations` alone, since an error keeps the build from making tables of them.
    """

    inputs: Inputs
    findings: list[Finding]
    frames: Frames
    withheld: IndexedTexts
    unbuilt: frozenset[str]

    @cached_property
    def documents(self) -> dict[str, Document]:
        """The catalogue by document id, of documents that have a text."""
        return {each: document for each, document in _catalogue(self.inputs).items() if each in self.inputs.texts}

    def text(self, document_id: str) -> str | None:
        """A document's text; None where it is withheld."""
        return None if document_id in self.withheld else self.inputs.texts[document_id]

    def shown(self, words: str | None) -> str | None:
        """People's own words, or a finding's, without what they quote of withheld texts."""
        if not (words and self.withheld):
            return words
        quotes = _QUOTED.sub(lambda quote: ELIDED if self._is_withheld(quote[1] or quote[2]) else quote[0], words)
        return elided(referenced(quotes, {}, LEAST_QUOTE, self.withheld))

    def _is_withheld(self, words: str) -> bool:
        return self.withheld.longest(words, 0, len(words)) is not None


def material_of(build: Build, with_withheld: bool = False) -> Material:
    """What can be drawn of a build, whatever was found. `with_withheld` puts in texts that may not be passed on."""
    inputs = build.inputs
    kept_back = [
        each
        for each, document in _catalogue(inputs).items()
        if not (with_withheld or document.redistribute) and each in inputs.texts
    ]
    withheld = IndexedTexts(inputs.texts, kept_back)
    built = by_config(build.tables)
    frames = {name: built[name] if name in built else _empty(name, inputs) for name in TABLES}
    known = set(frames["documents"]["document_id"])
    unbuilt = frozenset(each for each in _catalogue(inputs) if each in inputs.texts and each not in known)
    read = to_frame("annotations", list(_readings(inputs, unbuilt)), inputs.labels)
    frames["annotations"] = pl.concat([frames["annotations"], read]).with_columns(_START, _END).drop(_UNDRAWN)
    drawn = {name: _without_words(name, frame, withheld) for name, frame in frames.items()}
    return Material(inputs, build.findings, drawn, withheld, unbuilt)


def _catalogue(inputs: Inputs) -> dict[str, Document]:
    return {entry.document.document_id: entry.document for entry in inputs.entries}


def _empty(config: str, inputs: Inputs) -> pl.DataFrame:
    return pl.DataFrame(schema=polars_schema(TABLES[config], inputs.labels))


def _readings(inputs: Inputs, unbuilt: frozenset[str]) -> Iterator[rows.Row]:
    """The rows of `annotations` of documents that the build has no tables of."""
    documents = _catalogue(inputs)
    for key, read in examined(inputs, inputs.tasks[DOCUMENTS].only(unbuilt)):
        text = inputs.texts[key]
        view = rows.View(documents[key], text, segment(text, inputs.settings.abbreviations), inputs.labels, {})
        gold, _ = choose_gold(read.reviewed, key, Where(key))
        for each in read.reviewed:
            yield from rows.annotations({key: view}, each, is_gold=each is gold)


def _without_words(config: str, frame: pl.DataFrame, withheld: IndexedTexts) -> pl.DataFrame:
    if not (withheld and frame.height):
        return frame
    held = {name: paths for name, paths in holds(TABLES[config]).items() if name in frame.columns}
    table, _ = withhold(frame.to_arrow(), "", held, withheld)
    kept = pl.from_arrow(table)
    assert isinstance(kept, pl.DataFrame)
    return kept
