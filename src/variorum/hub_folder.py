"""A build is written as the Hub has it: tables, card, Croissant and, last, the manifest."""

import shutil
from collections.abc import Iterator
from dataclasses import replace
from hashlib import sha256
from itertools import chain
from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl
import pyarrow as pa

from variorum.cache.packing import pack_tight, unpack_tight
from variorum.hub.assembled import rewrite
from variorum.hub.card import Written, WrittenSplit, read_card, readme, stand_off_note
from variorum.hub.croissant import croissant
from variorum.hub.facts import Example, Facts, Seen, all_seen, seen
from variorum.hub.last_files import LastFiles
from variorum.hub.manifest import MANIFEST, manifest
from variorum.hub.parquet import to_arrow, write_parquet
from variorum.hub.stand_off import FULL, REFERENCE_FILE, REFERENCES, Row, withhold
from variorum.hub.text_index import NO_TEXTS, IndexedTexts
from variorum.part import Part, Stored, by_config
from variorum.safe_write import write_beside
from variorum.schema.contract import holds
from variorum.schema.foreign_tables import tables_of
from variorum.schema.labels import Labels
from variorum.tabulate import Build, card_source

FILE = 64_000_000
"""Bytes of exports and texts whose rows of one config and split go into one file, more or less: a guess between few files and
little to put together again where a part has changed. In each are the rows of 11 to 15 shards, as a rule."""
DESCRIBED = README, CROISSANT = ("README.md", "croissant.json")


def write(built: Build, target: Path) -> None:
    """Writes the Hub's folder: in full, or without the words of texts that may not be passed on."""
    withheld = built.inputs.entries.withheld()
    if not withheld:
        write_release(built, target)
        return
    full = target / ".full"
    write_release(built, full)
    for name in (*DESCRIBED, MANIFEST):
        write_beside(target / FULL / name, (full / name).read_bytes())
    shutil.rmtree(full)
    write_release(built, target, IndexedTexts(built.inputs.texts, sorted(withheld)))


def write_release(built: Build, target: Path, withheld: IndexedTexts = NO_TEXTS) -> None:
    """Writes a release without the words of some texts; its manifest comes last: where that is, the rest is whole."""
    written: Written = {}
    references: list[Row] = []
    last = LastFiles(built.inputs.folder.hub, built.inputs.working.cache)
    for place in sorted(built.places):
        written[place], found = _write_split(built, place, target, withheld, last)
        references += found
    last.keep()
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
    built: Build, place: tuple[str, str], target: Path, withheld: IndexedTexts, last: LastFiles
) -> tuple[WrittenSplit, list[Row]]:
    """Writes the files of one split of a config; returns what was withheld of them too."""
    config, split = place
    given = _given(built, place)
    files = tuple(f"{config}/{split}-{number:05d}-of-{len(given):05d}.parquet" for number in range(len(given)))
    size = 0
    references: list[Row] = []
    for file, stored in zip(files, given, strict=True):
        bytes_ = _write_file(built, config, stored, target / file, last)
        if withheld:
            bytes_, found = _withhold(target / file, file, built.inputs.labels, withheld)
            references += found
        size += bytes_
    return WrittenSplit(files, sum(each.rows for stored in given for each in stored), size), references


def _given(built: Build, place: tuple[str, str]) -> list[list[Stored]]:
    """The rows of a config and split, file by file; those that are in memory, as are all that join documents, come last."""
    runs = [[part.tables[place] for part in run if place in part.tables] for run in _runs(built.parts)]
    files = [own for run in runs if (own := [each for each in run if each.path])]
    if frames := built.frames(place):
        frame = pl.concat(frames)
        files[-1:] = [[*(files[-1] if files else []), Stored(frame.height, frame=frame)]]
    return files


def _runs(parts: list[Part]) -> Iterator[list[Part]]:
    """Parts in runs that make a file each."""
    run: list[Part] = []
    for part in parts:
        run.append(part)
        if sum(each.size for each in run) >= FILE:
            yield run
            run = []
    if run:
        yield run


def _write_file(built: Build, config: str, stored: list[Stored], path: Path, last: LastFiles) -> int:
    """Writes a file, one row group a part; returns the bytes that its rows take in Arrow."""
    size = sum(each.size for each in stored)
    path.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(prefix=".rows.", dir=path.parent) as spare:  # cleared away with the folder, if we are killed here
        pieces: list[Path] = []
        for each in stored:
            pieces.append(each.path or Path(spare) / "rows.parquet")
            if each.frame is not None:
                table = to_arrow(config, each.frame, built.inputs.labels)
                write_parquet(table, pieces[-1])
                size += table.nbytes
        last.assemble(pieces, path)
    if config == "claims" and built.clusters is not None and any(each.path for each in stored):
        return rewrite(path, path, lambda table, _: _clustered(table, built))
    return size


def _clustered(table: pa.Table, built: Build) -> pa.Table:
    """Claims as they were stored, with each one's cluster filled in."""
    frame = pl.from_arrow(table.select(["claim_id", "claim_cluster_id"]))
    assert isinstance(frame, pl.DataFrame)
    filled = built.clustered("claims", frame)["claim_cluster_id"].to_arrow().cast(pa.string())
    return table.set_column(table.schema.get_field_index("claim_cluster_id"), table.schema.field("claim_cluster_id"), filled)


def _withhold(path: Path, file: str, labels: Labels, texts: IndexedTexts) -> tuple[int, list[Row]]:
    """Takes the words of texts out of a file; returns the bytes that its rows then take, and what was taken out."""
    references: list[Row] = []

    def change(table: pa.Table, first: int) -> pa.Table:
        changed, found = withhold(table, file, holds(tables_of(labels)[path.parent.name]), texts, first)
        references.extend(found)
        return changed

    return rewrite(path, path, change), references


def facts(built: Build) -> Facts:
    """What the card says of a build."""
    inputs = built.inputs
    withheld = inputs.entries.withheld()
    of_parts: Iterator[Seen] = (unpack_tight(part.seen, Seen) for part in built.parts)
    told = all_seen(chain(of_parts, [seen(by_config(built.joint), withheld)]))
    told.examples = {config: _clustered_example(told.examples[config], config, built) for config in built.counts}
    return Facts(
        inputs.settings, inputs.labels, built.counts, told, inputs.leaks, built.ledgers, inputs.entries.splits(), withheld
    )


def _clustered_example(example: Example, config: str, built: Build) -> Example:
    return replace(example, packed=pack_tight(built.clustered(config, example.row)))
