"""Corpus, annotations and schema become tables and findings: part by part, then what can only be said of the whole."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from hashlib import sha256

import polars as pl

from variorum.agreement.measure import Figure, Samples
from variorum.annotations.review import Ledger
from variorum.annotations.work import Work
from variorum.cache.packing import pack_tight, unpack_tight
from variorum.cache.parts import find_part, keep_part
from variorum.cache.store import cache_key
from variorum.corpus.settings import ALL, SPLITS
from variorum.curation.check import check_decisions
from variorum.dataset import curated_rows
from variorum.dataset.compared import figures_of, samples_of
from variorum.dataset.joint import build_joint
from variorum.dataset.shard import ShardResult, Tables, add_table
from variorum.dataset.validate_tables import check_gold, check_kept, check_references, held
from variorum.dataset.whole import check_simplified, clusters_of, recall_figures, with_known
from variorum.engines import ALONE, Working
from variorum.engines.local import usable
from variorum.findings import Finding, Where, failed, finding, without_consequences
from variorum.folder import Folder
from variorum.freed_memory import give_back
from variorum.hub.card import read_card
from variorum.inputs import Inputs, read_in_shards
from variorum.part import Part, build_part, by_config, by_task, decisions_of, forget_decisions
from variorum.progress import Progress, Step, no_progress
from variorum.rules import NEED_TABLES
from variorum.schema.foreign_tables import tables_of
from variorum.schema.projects import DOCUMENTS, PROJECTS
from variorum.shards import Cut, Kept, plans_of
from variorum.stages import Recording, stage
from variorum.tellings.entity_clusters import check_mentions


@dataclass
class Build:
    """A build, not yet written: its parts, what joins documents, what became of each export file, and everything found.

    `clusters` are the clusters of claims, which parts do not know of; `recording` is what it took, once it is whole; `workers`
    is how many there may have been at once.
    """

    inputs: Inputs
    parts: list[Part] = field(default_factory=list)
    joint: Tables = field(default_factory=dict)
    clusters: pl.DataFrame | None = None
    ledgers: dict[str, Ledger] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    recording: Recording = field(default_factory=Recording)
    workers: int = 1

    @property
    def places(self) -> list[tuple[str, str]]:
        """The configs and splits that there are rows of, in the order of the tables and splits."""
        there = {*self.joint, *(place for part in self.parts for place in part.tables)}
        return [
            (config, split) for config in tables_of(self.inputs.labels) for split in (*SPLITS, ALL) if (config, split) in there
        ]

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
        if config != "claims" or self.clusters is None:
            return frame
        return with_known(frame, "claim_id", self.clusters)


IN_MEMORY = Kept(tables=True)


def tabulate(folder: Folder, kept: Kept = IN_MEMORY, progress: Progress = no_progress, working: Working = ALONE) -> Build:
    """The build: read, checked and tabulated, not yet written. Findings are sorted and each stands once."""
    inputs = read_in_shards(folder, progress, working, kept.folder)
    build = Build(inputs, _built(inputs, kept, working, progress), workers=working.workers or usable())
    with stage("joint projects"):
        linked = _linked(build.parts)
        result = build_joint(inputs, linked)
    with stage("clusters"):
        build.joint, build.clusters = result.tables, clusters_of(result.tables)
    build.ledgers = _ledgers([*(part.ledgers for part in build.parts), result.ledgers])
    of_parts = [each for part in build.parts for each in part.findings]
    of_joint = result.findings if not failed([*inputs.findings, *of_parts]) else _sure(result.findings)
    found = [*inputs.findings, *one_a_file([*of_parts, *of_joint], build.ledgers)]
    if not failed(found):
        with stage("clusters"):
            found += _check_clusters(build)
    if not failed(found):
        with stage("whole checks"):
            found += check_curation(build, result)
    if not failed(found):
        found += add_curation(build, result, kept.measure, linked)
        with stage("whole checks"):
            found += [*check_simplified(inputs), *_check_whole(build, linked)]
        with stage("card"):
            source = card_source(folder)
            inputs.digests[folder.name(folder.card)] = sha256(source).hexdigest()
            found += read_card(folder.name(folder.card), source)[1]
    build.findings = without_consequences(_once(_bare(found, inputs), "gold-undecided"))
    return build


def _sure(findings: list[Finding]) -> list[Finding]:
    """What can be said to be wrong with work on two documents where tables are lacking."""
    return [each for each in findings if each.rule not in NEED_TABLES]


def _bare(findings: list[Finding], inputs: Inputs) -> list[Finding]:
    """The findings; where nobody has annotated anything yet, one says so instead of one a document."""
    others = [each for each in findings if each.rule != "gold-missing"]
    if len(findings) - len(others) <= 1 or inputs.exports:
        return findings
    name = inputs.folder.name(inputs.folder.catalogue)
    return [*others, finding(name, "gold-missing", f"None of {len(inputs.entries)} documents has an annotation.")]


def _once(findings: list[Finding], rule: str) -> list[Finding]:
    """The findings, those of a rule that one line answers as one: where the first is, and how many there are."""
    found = [each for each in findings if each.rule == rule]
    if len(found) <= 1:
        return findings
    more = f"{min(found).fact} So have {len(found) - 1} more."
    others = [each for each in findings if each.rule != rule]
    return [*others, replace(min(found), fact=more)]


@stage("shards")
def _built(inputs: Inputs, kept: Kept, working: Working, progress: Progress) -> list[Part]:
    """The parts, in the order of the shards; progress counts documents."""
    plans = plans_of(inputs, kept)
    parts: list[Part] = []
    step = Step(0, plans.documents, "Building documents", findings=len(inputs.findings))
    known = [find_part(working.cache, *key) for key in plans.part_keys()] if plans.may_be_kept else [None] * len(plans)
    give_back()
    unknown = plans.only([number for number, part in enumerate(known) if part is None])
    fresh = zip(unknown, working.done(build_part, unknown), strict=True)
    for shard, part in zip(plans.shards, known, strict=True):
        parts.append(part or keep_part(working.cache, *next(fresh)))
        step = _advanced(step, shard, parts[-1])
        progress(step)
    return parts


def _advanced(step: Step, shard: Cut, part: Part) -> Step:
    repairs = step.repairs + sum(ledger.repairs.total() for ledger in part.ledgers.values())
    findings = step.findings + part.findings.count
    return Step(step.done + len(shard.places), step.total, step.name, step.bytes + shard.size, repairs, findings)


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


@stage("agreement")
def add_curation(build: Build, joint: ShardResult, measured: bool, linked: Tables) -> list[Finding]:
    """Adds the tables of decisions on what joins documents and, where figures are wanted, of agreement.

    Returns what is wrong with their rows.
    """
    inputs = build.inputs
    if not any(part.has_gold for part in build.parts):
        for part in build.parts:
            forget_decisions(part)
    curated = {work.project for work in joint.works if not work.round}
    decided = {project: decisions for project, decisions in sorted(inputs.decisions.items()) if project in curated}
    made = decisions_of(decided, inputs.entries.splits(), inputs.labels)
    if measured:
        told = curated_rows.agreement([*_figures(build, joint), *recall_figures(inputs, joint.works, linked)])
        add_table(made, "agreement", told, [ALL] * len(told), inputs.labels)
    build.joint = joint.tables | made.tables
    return made.findings


def _figures(build: Build, joint: ShardResult) -> list[Figure]:
    """All figures of agreement: those of an earlier build, where nothing that they rest on has changed since."""
    inputs = build.inputs
    of_joint = pack_tight(samples_of(joint.works, inputs.texts, inputs.settings.abbreviations))
    samples = [part.samples for part in build.parts if part.samples] + [of_joint]
    key = cache_key([sha256(each).hexdigest() for each in samples], inputs.labels["reading_level"].names)
    return inputs.working.cache.kept_or_made(
        "figures", key, list[Figure], lambda: figures_of((unpack_tight(each, Samples) for each in samples), inputs.labels)
    )


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


def card_source(folder: Folder) -> bytes:
    """The dataset card as it stands; empty where there is none."""
    return folder.card.read_bytes() if folder.card.is_file() else b""
