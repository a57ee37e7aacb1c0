"""A build is written as the Hub has it: tables, card, Croissant and, last, the manifest."""

import os
import shutil
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from variorum.hub.card import Written, WrittenSplit, read_card, readme, stand_off_note
from variorum.hub.croissant import croissant
from variorum.hub.facts import Facts, all_seen, seen
from variorum.hub.manifest import MANIFEST, manifest
from variorum.hub.parquet import to_arrow, write_parquet
from variorum.hub.stand_off import FULL, REFERENCE_FILE, REFERENCES, Row, withhold
from variorum.part import Stored, by_config
from variorum.safe_write import write_beside
from variorum.schema.contract import holds
from variorum.schema.foreign_tables import tables_of
from variorum.tabulate import Build, card_source

DESCRIBED = README, CROISSANT = ("README.md", "croissant.json")


def write(built: Build, target: Path, spare: Path) -> None:
    """Writes the Hub's folder: in full, or without the words of texts that may not be passed on.

    `spare` is a folder on the same disk for what is not kept: the full release, of which the other tells.
    """
    withheld = {
        entry.document.document_id: built.inputs.texts[entry.document.document_id]
        for entry in built.inputs.entries
        if not entry.document.redistribute
    }
    if not withheld:
        write_release(built, target, {})
        return
    full = spare / "full"
    write_release(built, full, {})
    for name in (*DESCRIBED, MANIFEST):
        write_beside(target / FULL / name, (full / name).read_bytes())
    write_release(built, target, withheld)


def write_release(built: Build, target: Path, withheld: dict[str, str]) -> None:
    """Writes a release; the manifest comes last, so that its presence means the rest is whole."""
    written: Written = {}
    references: list[Row] = []
    for place in sorted(built.places):
        written[place], found = _write_split(built, place, target, withheld)
        references += found
    if references:
        write_parquet(pa.Table.from_pylist(references, REFERENCES), target / REFERENCE_FILE)
    files = [file for each in written.values() for file in each.files]
    digests = {file: sha256((target / file).read_bytes()).hexdigest() for file in files}
    sizes = {file: (target / file).stat().st_size for file in digests}
    told = facts(built)
    card = read_card("", card_source(built.inputs.folder))[0]
    card = replace(card, body=stand_off_note(told) + card.body) if withheld else card
    for name, content in ((README, readme(told, card, written, digests, sizes).encode()), (CROISSANT, croissant(told, card))):
        (target / name).write_bytes(content)
    rest = [*DESCRIBED, *([REFERENCE_FILE, *(f"{FULL}/{name}" for name in (*DESCRIBED, MANIFEST))] if withheld else [])]
    digests |= {name: sha256((target / name).read_bytes()).hexdigest() for name in rest}
    content = manifest(built.inputs, built.counts, built.ledgers, digests, withheld)
    write_beside(target / MANIFEST, content)


def _write_split(
    built: Build, place: tuple[str, str], target: Path, withheld: dict[str, str]
) -> tuple[WrittenSplit, list[Row]]:
    """Writes the files of one split of a config: those of the parts, and one of what joins documents.

    A build of one shard has one file: all its rows are in memory.
    """
    given = [part.tables[place] for part in built.parts if place in part.tables and part.tables[place].path]
    if frames := built.frames(place):
        frame = pl.concat(frames)
        given.append(Stored(frame.height, frame=frame))
    files = tuple(f"{place[0]}/{place[1]}-{number:05d}-of-{len(given):05d}.parquet" for number in range(len(given)))
    size = 0
    references: list[Row] = []
    for file, stored in zip(files, given, strict=True):
        bytes_, found = _write_file(built, stored, target / file, withheld)
        size += bytes_
        references += found
    return WrittenSplit(files, sum(stored.rows for stored in given), size), references


def _write_file(built: Build, stored: Stored, path: Path, withheld: dict[str, str]) -> tuple[int, list[Row]]:
    """Writes one file, or takes it over as it was stored; returns its bytes in Arrow and what was withheld of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    config = path.parent.name
    is_clustered = config == "claims" and built.clusters is not None
    if stored.path and not withheld and not is_clustered:
        _link(stored.path, path)
        return stored.size, []
    if stored.path:
        table = _clustered(pq.read_table(stored.path), built, config)
    else:
        assert stored.frame is not None
        table = to_arrow(config, stored.frame, built.inputs.labels)
    model = tables_of(built.inputs.labels)[config]
    table, found = withhold(table, f"{config}/{path.name}", holds(model), withheld) if withheld else (table, [])
    write_parquet(table, path)
    return table.nbytes, found


def _link(stored: Path, path: Path) -> None:
    """Takes a file over without copying it, where the disk knows such links."""
    try:
        os.link(stored, path)
    except OSError:
        shutil.copyfile(stored, path)


def _clustered(table: pa.Table, built: Build, config: str) -> pa.Table:
    """A table as it was stored, with each claim's cluster filled in."""
    if config != "claims" or built.clusters is None:
        return table
    frame = pl.from_arrow(table.select(["claim_id", "claim_cluster_id"]))
    assert isinstance(frame, pl.DataFrame)
    filled = built.clustered(config, frame)["claim_cluster_id"].to_arrow().cast(pa.string())
    return table.set_column(table.schema.get_field_index("claim_cluster_id"), table.schema.field("claim_cluster_id"), filled)


def facts(built: Build) -> Facts:
    """What the card says of a build."""
    inputs = built.inputs
    documents = [entry.document for entry in inputs.entries]
    splits = {each.document_id: each.split for each in documents}
    withheld = frozenset(each.document_id for each in documents if not each.redistribute)
    told = all_seen([*(part.seen for part in built.parts), seen(by_config(built.joint))])
    told.heads = {config: built.clustered(config, told.heads[config]) for config in built.counts}
    return Facts(inputs.settings, inputs.labels, built.counts, told, inputs.leaks, built.ledgers, splits, withheld)
