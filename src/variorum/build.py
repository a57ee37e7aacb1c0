"""Corpus, annotations and schema become `build/hub`, or nothing but findings."""

import os
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from hashlib import sha256
from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from variorum.annotations.review import Ledger
from variorum.annotations.work import Work
from variorum.corpus.catalogue import Entry
from variorum.corpus.settings import ALL, SPLITS
from variorum.curation.check import check_decisions
from variorum.dataset import curated_rows
from variorum.dataset.compared import figures_of, samples_of
from variorum.dataset.joint import build_joint
from variorum.dataset.shard import ShardResult, Tables, add_table
from variorum.dataset.validate_tables import check_gold, check_kept, check_references, held
from variorum.dataset.whole import check_simplified, clusters_of, recall_figures, with_known
from variorum.findings import Finding, Where, failed, finding, without_consequences
from variorum.folder import Folder
from variorum.hub.card import (
    Written,
    WrittenSplit,
    card_text,
    fill_card,
    read_card,
    readme,
    stand_off_note,
)
from variorum.hub.croissant import croissant
from variorum.hub.facts import Facts, all_seen, seen
from variorum.hub.manifest import MANIFEST, build_id, manifest
from variorum.hub.parquet import to_arrow, write_parquet
from variorum.hub.stand_off import FULL, REFERENCE_FILE, REFERENCES, Row, withhold
from variorum.inputs import Inputs, read_inputs
from variorum.part import Part, Plan, Stored, add_decisions, build_part, by_config, by_task, forget_decisions
from variorum.progress import Progress, no_progress
from variorum.safe_write import beside, replaced_folder, write_beside
from variorum.schema.contract import holds
from variorum.schema.projects import DOCUMENTS, PROJECTS, documents_of
from variorum.schema.tables import TABLES
from variorum.tellings.entity_clusters import check_mentions
from variorum.workers import usable, worked

DESCRIBED = README, CROISSANT = ("README.md", "croissant.json")


@dataclass
class Build:
    """A build, not yet written: its parts, what joins documents, what became of each export file, and everything found.

    `clusters` are the clusters of claims, which parts do not know of.
    """

    inputs: Inputs
    parts: list[Part] = field(default_factory=list)
    joint: Tables = field(default_factory=dict)
    clusters: pl.DataFrame | None = None
    ledgers: dict[str, Ledger] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)

    @property
    def places(self) -> list[tuple[str, str]]:
        """The configs and splits that there are rows of, in the order of the tables and splits."""
        there = {*self.joint, *(place for part in self.parts for place in part.tables)}
        return [(config, split) for config in TABLES for split in (*SPLITS, ALL) if (config, split) in there]

    @property
    def counts(self) -> dict[str, dict[str, int]]:
        """Rows by config and split, in the order of the tables and splits."""
        counts: dict[str, dict[str, int]] = defaultdict(dict)
        for place in self.places:
            rows = sum(part.tables[place].rows for part in self.parts if place in part.tables)
            counts[place[0]][place[1]] = rows + (self.joint[place].height if place in self.joint else 0)
        return dict(counts)

    @property
    def tables(self) -> Tables:
        """All tables as frames, where the build is held in memory."""
        return {place: pl.concat(self.frames(place)) for place in self.places}

    def frames(self, place: tuple[str, str]) -> list[pl.DataFrame]:
        """The frames of a config and split, part by part; what joins documents comes last."""
        stored = [part.tables[place].frame for part in self.parts if place in part.tables]
        frames = [self.clustered(place[0], frame) for frame in stored if frame is not None]
        return frames + ([self.joint[place]] if place in self.joint else [])

    def clustered(self, config: str, frame: pl.DataFrame) -> pl.DataFrame:
        """A frame with each claim's cluster filled in."""
        is_filled = config == "claims" and self.clusters is not None
        return with_known(frame, "claim_id", self.clusters) if is_filled and self.clusters is not None else frame


def validate(folder: Folder, progress: Progress = no_progress, workers: int = 0) -> list[Finding]:
    """Everything that a build would find, in order; writes nothing."""
    return tabulate(folder, Kept(measure=False), progress, workers).findings


@dataclass(frozen=True)
class Kept:
    """What is kept of a build: figures and metrics, tables in memory or in a folder."""

    measure: bool = True
    tables: bool = False
    folder: Path | None = None


IN_MEMORY = Kept(tables=True)


def tabulate(folder: Folder, kept: Kept = IN_MEMORY, progress: Progress = no_progress, workers: int = 0) -> Build:
    """The build: read, checked and tabulated, not yet written. Findings are sorted and each stands once.

    Shards are worked on by so many `workers`, 0 for as many as this machine has room for.
    """
    inputs = read_inputs(folder, progress)
    plans = list(plans_of(inputs, kept))
    build = Build(inputs, _built(plans, workers or usable(), progress))
    linked = _linked(build.parts)
    result = build_joint(inputs, linked)
    build.joint, build.clusters = result.tables, clusters_of(result.tables)
    build.ledgers = _ledgers([*(part.ledgers for part in build.parts), result.ledgers])
    found = [*inputs.findings, *one_a_file([*_found(build.parts), *result.findings], build.ledgers)]
    if not failed(found):
        found += _check_clusters(build)
    if not failed(found):
        found += check_curation(build, result)
    if not failed(found):
        add_curation(build, result, kept.measure, linked)
        found += [*check_simplified(inputs), *_check_whole(build, linked)]
        source = card_source(folder)
        inputs.digests[folder.name(folder.card)] = sha256(source).hexdigest()
        found += read_card(folder.name(folder.card), source)[1]
    build.findings = without_consequences(found)
    return build


def _built(plans: list[Plan], workers: int, progress: Progress) -> list[Part]:
    """The parts, in the order of the plans; progress counts documents."""
    parts: list[Part] = []
    done, total = 0, sum(len(plan.entries) for plan in plans)
    for plan, part in zip(plans, worked(build_part, plans, workers), strict=True):
        parts.append(part)
        done += len(plan.entries)
        progress(done, total)
    return parts


SHARD = 32_000_000
"""Bytes of exports and texts that are worked on at once. One process takes about six times as much memory."""
TEXT = 4_000
"""Bytes that a text in a file of its own counts for."""


def plans_of(inputs: Inputs, kept: Kept) -> Iterator[Plan]:
    """All documents that have a text, in shards that the input alone decides on; only to be checked where anything is wrong."""
    entries = [entry for entry in inputs.entries if entry.document.document_id in inputs.texts]
    linked = frozenset(
        each for project in PROJECTS if project != DOCUMENTS for key in inputs.tasks[project] for each in documents_of(key)
    )
    shards = list(_cut(entries, inputs))
    for number, shard in enumerate(shards):
        ids = [entry.document.document_id for entry in shard]
        decisions = inputs.decisions.get(DOCUMENTS)
        yield Plan(
            entries=tuple(shard),
            texts=inputs.texts.only(ids),
            tasks=inputs.tasks[DOCUMENTS].only(ids),
            decisions=decisions.only(ids) if decisions else None,
            labels=inputs.labels,
            abbreviations=inputs.settings.abbreviations,
            clusters=inputs.entity_clusters,
            linked=linked.intersection(ids),
            measure=kept.measure,
            check_only=failed(inputs.findings),
            keeps_frames=kept.tables or (kept.folder is not None and len(shards) == 1),
            folder=kept.folder / f"{number:05d}" if kept.folder and len(shards) > 1 else None,
            catalogue=inputs.folder.name(inputs.folder.catalogue),
            decided_in=inputs.folder.name(inputs.folder.decisions(DOCUMENTS)),
        )


def _cut(entries: list[Entry], inputs: Inputs) -> Iterator[list[Entry]]:
    """Documents in their order, cut where a shard is full; there is one shard at least."""
    shard: list[Entry] = []
    size = 0
    for entry in entries:
        document_id = entry.document.document_id
        shard.append(entry)
        size += inputs.tasks[DOCUMENTS].size(document_id) + (inputs.texts.size(document_id) or TEXT)
        if size >= SHARD:
            yield shard
            shard, size = [], 0
    if shard or not entries:
        yield shard


def _linked(parts: list[Part]) -> Tables:
    found: dict[tuple[str, str], list[pl.DataFrame]] = defaultdict(list)
    for part in parts:
        for place, frame in part.linked.items():
            found[place].append(frame)
    return {place: pl.concat(frames) for place, frames in found.items()}


def _ledgers(parts: Iterable[Mapping[str, Ledger]]) -> dict[str, Ledger]:
    ledgers: dict[str, Ledger] = defaultdict(Ledger)
    for part in parts:
        for name, ledger in part.items():
            ledgers[name].add(ledger)
    return dict(sorted(ledgers.items()))


def _found(parts: Iterable[Part]) -> Iterator[Finding]:
    for part in parts:
        yield from part.findings


def _check_clusters(build: Build) -> Iterator[Finding]:
    """What is wrong between entity clusters and the mentions of all documents."""
    inputs = build.inputs
    if inputs.entity_clusters:
        named = sorted((each for part in build.parts for each in part.named), key=lambda each: (each.document_id, each.start))
        yield from check_mentions(inputs.entity_clusters, named, inputs.folder.name(inputs.folder.entity_clusters))


def check_curation(build: Build, joint: ShardResult) -> Iterator[Finding]:
    """Gold and decisions held together, project by project."""
    inputs = build.inputs
    for project in PROJECTS:
        works = by_task(work for work in joint.works if work.project == project)
        of_parts = project == DOCUMENTS
        has_gold = any(part.has_gold for part in build.parts) if of_parts else _has_gold(works)
        name = inputs.folder.name(inputs.folder.decisions(project))
        if not has_gold:
            continue
        if project not in inputs.decisions:
            yield finding(Where(inputs.folder.gold(project).name), "gold-undocumented", f"There is no {name}.")
            continue
        decisions = inputs.decisions[project]
        if of_parts:
            yield from (each for part in build.parts for each in part.curation)
            decisions = decisions.only(each for each in decisions.tasks if each not in inputs.texts)
        yield from check_decisions(decisions, name, works, inputs.texts, PROJECTS[project])


def _has_gold(works: Mapping[str, list[Work]]) -> bool:
    return any(not work.round for found in works.values() for work in found)


def add_curation(build: Build, joint: ShardResult, measured: bool, linked: Tables) -> None:
    """Adds the tables of decisions on what joins documents and, where figures are wanted, of agreement."""
    inputs = build.inputs
    splits = {entry.document.document_id: entry.document.split for entry in inputs.entries}
    if not any(part.has_gold for part in build.parts):
        for part in build.parts:
            forget_decisions(part)
    curated = {work.project for work in joint.works if not work.round}
    decided = {project: decisions for project, decisions in sorted(inputs.decisions.items()) if project in curated}
    add_decisions(joint, decided, splits, inputs.labels)
    if measured:
        of_joint = samples_of(joint.works, inputs.texts, inputs.settings.abbreviations)
        found = figures_of([*(part.samples for part in build.parts), of_joint], inputs.labels)
        told = curated_rows.agreement([*found, *recall_figures(inputs, joint.works, linked)])
        add_table(joint, "agreement", told, [ALL] * len(told), inputs.labels)
    build.joint = joint.tables


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


def _check_whole(build: Build, linked: Tables) -> Iterator[Finding]:
    """Whether all that joins documents leads to rows, and nothing was lost."""
    yield from (each for part in build.parts for each in part.whole)
    whole = by_config(build.joint)
    yield from check_references(whole, by_config(linked))
    yield from check_gold(whole)
    yield from check_kept(
        sum(part.held for part in build.parts) + held(whole), sum(ledger.rows for ledger in build.ledgers.values())
    )
    for file, ledger in build.ledgers.items():
        rejections = sum(ledger.rejections.values())
        if ledger.results != ledger.rows + rejections:
            fact = f"{ledger.results} results went in, {ledger.rows} rows and {rejections} rejections came out."
            yield finding(file, "conservation", fact)


def build(folder: Folder, progress: Progress = no_progress, target: Path | None = None, workers: int = 0) -> Build:
    """Builds `build/hub`, or `target`, whole or not at all: it is written beside the old one and takes its place at the end."""
    target = target or folder.hub
    with beside(target) as parts:
        built = tabulate(folder, Kept(folder=parts), progress, workers)
        if not failed(built.findings):
            with replaced_folder(target) as fresh:
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
        os.link(stored.path, path)
        return stored.size, []
    if stored.path:
        table = _clustered(pq.read_table(stored.path), built, config)
    else:
        assert stored.frame is not None
        table = to_arrow(config, stored.frame, built.inputs.labels)
    table, found = _withheld(table, config, f"{config}/{path.name}", withheld)
    write_parquet(table, path)
    return table.nbytes, found


def _clustered(table: pa.Table, built: Build, config: str) -> pa.Table:
    """A table as it was stored, with each claim's cluster filled in."""
    if config != "claims" or built.clusters is None:
        return table
    frame = pl.from_arrow(table.select(["claim_id", "claim_cluster_id"]))
    assert isinstance(frame, pl.DataFrame)
    filled = built.clustered(config, frame)["claim_cluster_id"].to_arrow().cast(pa.string())
    return table.set_column(table.schema.get_field_index("claim_cluster_id"), table.schema.field("claim_cluster_id"), filled)


def _withheld(table: pa.Table, config: str, file: str, texts: dict[str, str]) -> tuple[pa.Table, list[Row]]:
    if not texts:
        return table, []
    return withhold(table, file, holds(TABLES[config]), texts)


def build_id_of(built: Build) -> str:
    """The id of the build that these inputs give, written or not."""
    return build_id(built.inputs.digests)


def facts(built: Build) -> Facts:
    """What the card says of a build."""
    inputs = built.inputs
    documents = [entry.document for entry in inputs.entries]
    splits = {each.document_id: each.split for each in documents}
    withheld = frozenset(each.document_id for each in documents if not each.redistribute)
    told = all_seen([*(part.seen for part in built.parts), seen(by_config(built.joint))])
    told.heads = {config: built.clustered(config, told.heads[config]) for config in built.counts}
    return Facts(inputs.settings, inputs.labels, built.counts, told, inputs.leaks, built.ledgers, splits, withheld)


def card(folder: Folder, progress: Progress = no_progress) -> tuple[str, list[Finding]]:
    """The dataset card with its generated parts as they should be, and the findings that keep it from being made."""
    built = tabulate(folder, Kept(), progress)
    if failed(built.findings):
        return "", built.findings
    return fill_card(card_text(card_source(folder)), facts(built)), built.findings


def card_source(folder: Folder) -> bytes:
    """The dataset card as it stands; empty where there is none."""
    return folder.card.read_bytes() if folder.card.is_file() else b""
