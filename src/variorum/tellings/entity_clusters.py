"""Entities across documents: annotations/entity_clusters.jsonl, one line an entity, and the mentions that belong to it.

A line lists the forms an entity is mentioned by; mentions of its type that read so belong to it, in the stories it is of. Where
a form means several entities, single mentions are named. The link to Wikidata has a status and the date it was checked, after
the practice of GUM's wiki_map.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date

import msgspec

from variorum.findings import Finding, Where, finding
from variorum.schema.tables import WIKIDATA_STATUS

_WIKIDATA_ID = re.compile(r"Q[1-9][0-9]*")


class EntityCluster(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One entity. `mentions` are places, DOCUMENT:START-END; `stories` is empty where the forms mean it everywhere."""

    cluster_id: str
    type: str
    name: str
    forms: tuple[str, ...] = ()
    mentions: tuple[str, ...] = ()
    stories: tuple[str, ...] = ()
    wikidata_id: str | None = None
    wikidata_status: str = "not_attempted"
    checked_on: date | None = None
    note: str = ""


@dataclass(frozen=True)
class ClusterLine:
    """A cluster and where it stands in the file."""

    where: Where
    cluster: EntityCluster


@dataclass(frozen=True)
class Named:
    """A gold mention as clusters see it: where it is, what it says, its type."""

    document_id: str
    story_id: str
    start: int
    end: int
    text: str
    type: str

    @property
    def place(self) -> str:
        """The mention as clusters name it."""
        return f"{self.document_id}:{self.start}-{self.end}"


@dataclass
class EntityClusters:
    """All clusters, and which of them a mention belongs to."""

    lines: list[ClusterLine] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.by_place: dict[str, list[ClusterLine]] = defaultdict(list)
        for line in self.lines:
            for place in line.cluster.mentions:
                self.by_place[place].append(line)
        self.by_form: dict[tuple[str, str], list[ClusterLine]] = defaultdict(list)
        for line in self.lines:
            for form in line.cluster.forms:
                self.by_form[line.cluster.type, form].append(line)

    def of(self, mention: Named) -> list[ClusterLine]:
        """The clusters that a mention belongs to: one, or none, or several where its form is ambiguous."""
        if mention.place in self.by_place:
            return self.by_place[mention.place]
        found = self.by_form.get((mention.type, mention.text), [])
        return [line for line in found if not line.cluster.stories or mention.story_id in line.cluster.stories]


def read_entity_clusters(source: bytes, file: str) -> tuple[EntityClusters, list[Finding]]:
    """The clusters of a file, and all that is wrong with them by themselves."""
    lines: list[ClusterLine] = []
    findings: list[Finding] = []
    for number, written in enumerate(source.removeprefix(b"\xef\xbb\xbf").split(b"\n"), start=1):
        if not written.strip():
            continue
        try:
            lines.append(ClusterLine(Where(file, number), msgspec.json.decode(written, type=EntityCluster)))
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            findings.append(finding(Where(file, number), "clusters-malformed", f"{str(error).rstrip('.')}."))
    return EntityClusters(lines), [*findings, *_check_lines(lines)]


def _check_lines(lines: list[ClusterLine]) -> Iterator[Finding]:
    for line in lines:
        yield from _check_link(line)
    for same in _grouped(lines, lambda each: each.cluster_id):
        first, *others = same
        for each in others:
            yield from _check_double(first, each)
    for same in _grouped([each for each in lines if each.cluster.wikidata_id], lambda each: str(each.wikidata_id)):
        for each in [other for other in same[1:] if other.cluster.cluster_id != same[0].cluster.cluster_id]:
            fact = f"{each.cluster.wikidata_id} is {same[0].cluster.cluster_id} already."
            yield finding(each.where, "cluster-two-ids", fact)


def _grouped(lines: Iterable[ClusterLine], key: Callable[[EntityCluster], str]) -> list[list[ClusterLine]]:
    found: dict[str, list[ClusterLine]] = defaultdict(list)
    for line in lines:
        found[key(line.cluster)].append(line)
    return list(found.values())


def _check_double(first: ClusterLine, other: ClusterLine) -> Iterator[Finding]:
    one, two = first.cluster, other.cluster
    if one.type != two.type:
        yield finding(other.where, "cluster-two-types", f"{two.cluster_id} is {one.type} and {two.type}.")
    elif one.wikidata_id != two.wikidata_id:
        yield finding(other.where, "cluster-two-ids", f"{two.cluster_id} is {one.wikidata_id} and {two.wikidata_id}.")
    else:
        yield finding(other.where, "clusters-malformed", f"{two.cluster_id} stands twice.")


def _check_link(line: ClusterLine) -> Iterator[Finding]:
    """Whether a cluster's id, status and date go together."""
    cluster = line.cluster
    if cluster.wikidata_status not in WIKIDATA_STATUS:
        yield finding(line.where, "cluster-link", f"There is no status {cluster.wikidata_status!r}.")
    elif cluster.wikidata_id is not None and not _WIKIDATA_ID.fullmatch(cluster.wikidata_id):
        yield finding(line.where, "cluster-link", f"{cluster.wikidata_id!r} is no Wikidata id, which is Q and a number.")
    elif (cluster.wikidata_status == "linked") != bool(cluster.wikidata_id):
        fact = f"{cluster.cluster_id} is {cluster.wikidata_status} and has {cluster.wikidata_id or 'no id'}."
        yield finding(line.where, "cluster-link", fact)
    elif (cluster.wikidata_status == "not_attempted") != (cluster.checked_on is None):
        fact = f"{cluster.cluster_id} is {cluster.wikidata_status} and was checked on {cluster.checked_on or 'no day'}."
        yield finding(line.where, "cluster-link", fact)


def check_mentions(clusters: EntityClusters, mentions: Iterable[Named], file: str) -> Iterator[Finding]:
    """Mentions in no cluster or in several, clusters of mentions of another type, and what no mention belongs to."""
    clustered = {line.cluster.type for line in clusters.lines}
    used: set[str] = set()
    there: set[str] = set()
    for mention in mentions:
        found = clusters.of(mention)
        used.update(line.cluster.cluster_id for line in found)
        there.add(mention.place)
        yield from _check_mention(mention, found, file, is_expected=mention.type in clustered)
    for line in clusters.lines:
        missing = [place for place in line.cluster.mentions if place not in there]
        for place in missing:
            yield finding(line.where, "cluster-unused", f"There is no mention {place}.")
        if line.cluster.cluster_id not in used and not missing:
            yield finding(line.where, "cluster-unused", f"No mention belongs to {line.cluster.cluster_id}.")


def _check_mention(mention: Named, found: list[ClusterLine], file: str, *, is_expected: bool) -> Iterator[Finding]:
    told = f"{mention.text!r} at {mention.place}"
    if not found and is_expected:
        yield finding(file, "mention-unclustered", f"{told}, {mention.type}, belongs to no cluster.")
    elif len(found) > 1:
        names = " and ".join(line.cluster.cluster_id for line in found)
        yield finding(found[1].where, "cluster-ambiguous", f"{told} belongs to {names}.")
    elif found and found[0].cluster.type != mention.type:
        fact = f"{found[0].cluster.cluster_id} is {found[0].cluster.type}, {told} is {mention.type}."
        yield finding(found[0].where, "cluster-two-types", fact)
