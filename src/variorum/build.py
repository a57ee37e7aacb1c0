"""Corpus, annotations and schema become `build/hub`, or nothing but findings."""

import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from hashlib import sha256
from pathlib import Path

import polars as pl
import pyarrow as pa

from variorum.annotations.review import Ledger
from variorum.corpus.freeze import Progress, no_progress
from variorum.corpus.settings import ALL, SPLITS
from variorum.dataset.joint import build_joint
from variorum.dataset.shard import Shard, ShardResult, Tables, build_shard
from variorum.dataset.shard_document import ShardDocument
from variorum.dataset.validate_tables import check_conservation, check_references
from variorum.dataset.whole import add_curation, check_curation, check_simplified, joined
from variorum.findings import Finding, Where, failed, finding, without_consequences
from variorum.folder import Folder
from variorum.hub.card import Facts, card_text, fill_card, read_card, readme, stand_off_note
from variorum.hub.croissant import croissant
from variorum.hub.manifest import MANIFEST, build_id, manifest
from variorum.hub.parquet import to_arrow, write_parquet
from variorum.hub.stand_off import FULL, REFERENCE_FILE, REFERENCES, Row, withhold
from variorum.inputs import Inputs, read_inputs
from variorum.safe_write import replaced_folder, write_beside
from variorum.schema.contract import holds
from variorum.schema.projects import DOCUMENTS
from variorum.schema.tables import TABLES

DESCRIBED = README, CROISSANT = ("README.md", "croissant.json")


@dataclass
class Build:
    """A build in memory: tables by config and split, what became of each export file, and everything found."""

    inputs: Inputs
    tables: Tables = field(default_factory=dict)
    ledgers: dict[str, Ledger] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)

    @property
    def counts(self) -> dict[str, dict[str, int]]:
        """Rows by config and split, in the order of the tables and splits."""
        return {
            config: {split: self.tables[config, split].height for split in (*SPLITS, ALL) if (config, split) in self.tables}
            for config in TABLES
            if any((config, split) in self.tables for split in (*SPLITS, ALL))
        }


def validate(folder: Folder, progress: Progress = no_progress) -> list[Finding]:
    """Everything that a build would find, in order; writes nothing."""
    return tabulate(folder, measure=False, progress=progress).findings


def tabulate(folder: Folder, measure: bool = True, progress: Progress = no_progress) -> Build:
    """The build in memory: read, checked and tabulated, not yet written. Findings are sorted and each stands once."""
    inputs = read_inputs(folder, progress)
    shard = build_shard(shard_of(inputs, measure))
    joint = build_joint(inputs, shard.tables)
    result = joined(shard, joint, inputs)
    build = Build(inputs, result.tables, dict(sorted(result.ledgers.items())))
    found = [*inputs.findings, *one_a_file(result.findings, result.ledgers)]
    if not failed(found):
        found += check_curation(inputs, result)
    if not failed(found):
        add_curation(inputs, result, measure)
        found += [*check_simplified(inputs), *_check_whole(result)]
        source = card_source(folder)
        inputs.digests[folder.name(folder.card)] = sha256(source).hexdigest()
        found += read_card(folder.name(folder.card), source)[1]
    build.findings = without_consequences(found)
    return build


def shard_of(inputs: Inputs, measure: bool) -> Shard:
    """All documents that have a text, as one shard; it is only checked where anything is wrong already."""
    catalogue = inputs.folder.name(inputs.folder.catalogue)
    tasks = inputs.tasks[DOCUMENTS].read(inputs.texts)
    documents = [
        ShardDocument(entry.document, text, tuple(tasks.get(entry.document.document_id, ())), entry.where(catalogue))
        for entry in inputs.entries
        if (text := inputs.texts.get(entry.document.document_id)) is not None
    ]
    decided = frozenset(inputs.decisions[DOCUMENTS].tasks if DOCUMENTS in inputs.decisions else ())
    check_only = failed(inputs.findings)
    return Shard(tuple(documents), inputs.labels, inputs.settings.abbreviations, measure, check_only, decided)


def one_a_file(findings: list[Finding], ledgers: dict[str, Ledger]) -> list[Finding]:
    """The findings; where all finished annotations of a file are of another project, one for the file instead of all."""
    foreign = Counter(each.where.file for each in findings if each.rule == "export-other-project")
    whole = {file for file, count in foreign.items() if count == ledgers[file].annotations["submitted"]}
    return [
        replace(each, where=Where(each.where.file))
        if each.rule == "export-other-project" and each.where.file in whole
        else each
        for each in findings
    ]


def _check_whole(shard: ShardResult) -> Iterator[Finding]:
    parts: dict[str, list[pl.DataFrame]] = defaultdict(list)
    for (config, _), frame in shard.tables.items():
        parts[config].append(frame)
    whole = {config: pl.concat(frames) for config, frames in parts.items()}
    yield from check_references(whole)
    yield from check_conservation(whole, sum(ledger.rows for ledger in shard.ledgers.values()))
    for file, ledger in shard.ledgers.items():
        rejections = sum(ledger.rejections.values())
        if ledger.results != ledger.rows + rejections:
            fact = f"{ledger.results} results went in, {ledger.rows} rows and {rejections} rejections came out."
            yield finding(file, "conservation", fact)


def build(folder: Folder, progress: Progress = no_progress, target: Path | None = None) -> Build:
    """Builds `build/hub`, or `target`, whole or not at all: it is written beside the old one and takes its place at the end."""
    built = tabulate(folder, progress=progress)
    if not failed(built.findings):
        with replaced_folder(target or folder.hub) as fresh:
            _write(built, fresh)
    return built


def _write(built: Build, target: Path) -> None:
    """Writes the Hub's folder: in full, or without the words of texts that may not be passed on."""
    withheld = {
        entry.document.document_id: built.inputs.texts[entry.document.document_id]
        for entry in built.inputs.entries
        if not entry.document.redistribute
    }
    if not withheld:
        write_release(built, target, {})
        return
    with tempfile.TemporaryDirectory(prefix=f".{target.name}.", dir=target.parent) as full:
        write_release(built, Path(full), {})
        for name in (*DESCRIBED, MANIFEST):
            write_beside(target / FULL / name, (Path(full) / name).read_bytes())
    write_release(built, target, withheld)


def write_release(built: Build, target: Path, withheld: dict[str, str]) -> None:
    """Writes a release; the manifest comes last, so that its presence means the rest is whole."""
    written = {}
    references: list[Row] = []
    for (config, split), frame in sorted(built.tables.items()):
        file = f"{config}/{split}-00000-of-00001.parquet"
        table, found = _withheld(to_arrow(config, frame, built.inputs.labels), config, file, withheld)
        references += found
        write_parquet(table, target / file)
        written[config, split] = (file, table.num_rows, table.nbytes)
    if references:
        write_parquet(pa.Table.from_pylist(references, REFERENCES), target / REFERENCE_FILE)
    digests = {file: sha256((target / file).read_bytes()).hexdigest() for file, _, _ in written.values()}
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


def _withheld(table: pa.Table, config: str, file: str, texts: dict[str, str]) -> tuple[pa.Table, list[Row]]:
    if not texts:
        return table, []
    return withhold(table, file, holds(TABLES[config]), texts)


def build_id_of(built: Build) -> str:
    """The id of the build that these inputs give, written or not."""
    return build_id(built.inputs.digests)


def facts(built: Build) -> Facts:
    """What the card says of a build."""
    whole = {
        config: pl.concat([built.tables[config, split] for split in (*SPLITS, ALL) if (config, split) in built.tables])
        for config in built.counts
    }
    inputs = built.inputs
    documents = [entry.document for entry in inputs.entries]
    splits = {each.document_id: each.split for each in documents}
    withheld = frozenset(each.document_id for each in documents if not each.redistribute)
    return Facts(inputs.settings, inputs.labels, built.counts, whole, inputs.leaks, built.ledgers, splits, withheld)


def card(folder: Folder, progress: Progress = no_progress) -> tuple[str, list[Finding]]:
    """The dataset card with its generated parts as they should be, and the findings that keep it from being made."""
    built = tabulate(folder, progress=progress)
    if failed(built.findings):
        return "", built.findings
    return fill_card(card_text(card_source(folder)), facts(built)), built.findings


def card_source(folder: Folder) -> bytes:
    """The dataset card as it stands; empty where there is none."""
    return folder.card.read_bytes() if folder.card.is_file() else b""
