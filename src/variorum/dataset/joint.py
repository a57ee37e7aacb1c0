"""The tables over several documents: alignments, claim clusters, and what the single documents' tables take from them."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

import polars as pl

from variorum.annotations.blindness import check_blind
from variorum.annotations.review import Review, Reviewed, choose_gold
from variorum.annotations.work import GIVEN, Link, Marked, Place, place_of, work_of
from variorum.corpus.settings import SPLITS
from variorum.dataset import rows
from variorum.dataset.examined import examined, finished
from variorum.dataset.rows import Row
from variorum.dataset.segmentation import segment
from variorum.dataset.shard import ShardResult, Tables, add_table, keep_ledgers
from variorum.findings import Finding, Where, failed, finding
from variorum.inputs import Inputs
from variorum.schema.projects import ALIGNMENTS, CLAIM_PAIRS, PAIR_JOINT, documents_of
from variorum.tellings.alignment import Aligned, Group, align, label_of
from variorum.tellings.clusters import EQUIVALENT, Clusters, Judged, Member


@dataclass
class _Collected:
    """Rows by config, each with its split."""

    by_config: dict[str, list[Row]] = field(default_factory=lambda: defaultdict(list))
    splits: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))

    def add(self, config: str, found: list[Row], split: str) -> None:
        self.by_config[config] += found
        self.splits[config] += [split] * len(found)


def build_joint(inputs: Inputs, tables: Tables) -> ShardResult:
    """Everything that joins documents, tabulated; `tables` are those of the single documents. Reads in one pass."""
    joint = _Joint(inputs, tables)
    for project in (ALIGNMENTS, CLAIM_PAIRS):
        for key, read in examined(inputs, inputs.tasks[project]):
            joint.take(project, key, read)
    joint.cluster()
    for config, found in sorted(joint.collected.by_config.items()):
        add_table(joint.result, config, found, joint.collected.splits[config], inputs.labels)
    return joint.result


class _Joint:
    """Collects the rows of all pairs."""

    def __init__(self, inputs: Inputs, tables: Tables) -> None:
        self.inputs = inputs
        self.result = ShardResult()
        self.collected = _Collected()
        self.split = inputs.entries.splits()
        self.views = _views(inputs)
        self.claims = _claims(tables)
        self.segmented = {id_ for (config, _), frame in tables.items() if config == "ner" for id_ in frame["document_id"]}
        self.judged: dict[Judged, Where] = {}
        self.sources: dict[frozenset[str], rows.Provenance] = {}

    def take(self, project: str, key: str, read: Review) -> None:
        """Takes up one pair's annotations."""
        where = Where(self.inputs.folder.name(self.inputs.folder.annotations / project))
        gold, findings = choose_gold(read.reviewed, key, where)
        findings += check_blind(read.reviewed)
        turned = PAIR_JOINT.join(reversed(documents_of(key)))
        if turned in self.inputs.tasks[project] and turned < key:
            task = read.reviewed[0].task.where if read.reviewed else where
            findings.append(finding(task, "task-twice", f"Another task is of {turned}, the same pair the other way round."))
        self.result.findings += [*read.findings, *findings]
        self.result.works += finished(read, self.inputs.labels)
        found: list[Row] = []
        if not failed(read.findings + findings):
            views = {document_id: self.views[document_id] for document_id in documents_of(key)}
            found = [row for each in read.reviewed for row in rows.annotations(views, each, is_gold=each is gold)]
            self.collected.add("annotations", found, self._held_out(documents_of(key)))
            if gold:
                (self._align if project == ALIGNMENTS else self._judge)(gold)
        keep_ledgers(read, found, self.result)

    def _held_out(self, document_ids: list[str]) -> str:
        """The most held-out split of some documents; one that there is not is a fault of the catalogue, found elsewhere."""
        splits = [self.split[document_id] for document_id in document_ids]
        return max(splits, key=lambda split: SPLITS.index(split) if split in SPLITS else -1)

    def _align(self, gold: Reviewed) -> None:
        documents = documents_of(gold.task.key)
        bare = [document_id for document_id in documents if document_id not in self.segmented]
        if bare:
            fact = f"{bare[0]} has no gold of its own, so that its sentences are in no table."
            self.result.findings.append(finding(gold.task.where, "alignment-of-bare-document", fact))
            return
        aligned = align(work_of(gold, self.inputs.labels))
        found = [self._alignment(group, gold, documents) for group in aligned.groups]
        self.collected.add("alignments", found, self._held_out(documents))
        self.result.findings += _check_departures(aligned, gold)

    def _alignment(self, group: Group, gold: Reviewed, documents: list[str]) -> Row:
        first, second = ([self._sentence(place) for place in side] for side in (group.first, group.second))
        return rows.provenance(gold.export) | {
            "alignment_id": f"{first[0]}+{second[0]}",
            "first_document_id": documents[0],
            "second_document_id": documents[1],
            "first_sentence_ids": first,
            "second_sentence_ids": second,
            "first_text": " ".join(map(self._text, group.first)),
            "second_text": " ".join(map(self._text, group.second)),
            "label": group.label,
            "operations": [name for name in self.inputs.labels["operation"].names if name in group.operations],
            "links": [
                {
                    "first_sentence_id": self._sentence(link.start),
                    "second_sentence_id": self._sentence(link.end),
                    "label": label_of(link),
                }
                for link in group.links
            ],
            "departures": [
                {"type": each.type, "severity": each.severity, "note": each.note}
                | _offsets("first", each.first)
                | _offsets("second", each.second)
                for each in group.departures
            ],
        }

    def _sentence(self, place: Place) -> str:
        view = self.views[place.document_id]
        return view.sentence_id(view.segmentation.sentences.index((place.start, place.end)))

    def _text(self, place: Place) -> str:
        return self.views[place.document_id].slice(place.start, place.end)

    def _judge(self, gold: Reviewed) -> None:
        """Takes up the pairs of claims of one annotation."""
        wheres = {region.id: region.result.where for layer in gold.regions.layers.values() for region in layer}
        places = {place_of(region): region.id for region in gold.regions.layers.get(GIVEN[1], [])}
        for link in work_of(gold, self.inputs.labels).links.get("claim_pair", ()):
            unknown = [place for place in (link.start, link.end) if place not in self.claims]
            if unknown:
                fact = f"{self._text(unknown[0])!r} of {unknown[0].document_id} is no gold claim."
                self.result.findings.append(finding(wheres[places[unknown[0]]], "pair-claim-unknown", fact))
            else:
                self._add_pair(link, wheres[places[link.start]], rows.provenance(gold.export))

    def _add_pair(self, link: Link, where: Where, source: rows.Provenance) -> None:
        first, second = self.claims[link.start], self.claims[link.end]
        pair = Judged(first["claim_id"], second["claim_id"], label_of(link))
        self.judged[pair] = where
        for claims in ({pair.first, pair.second}, {pair.first}, {pair.second}):
            self.sources.setdefault(frozenset(claims), source)
        negated = [row["modality"] == "negated" for row in (first, second)]
        if pair.relation == EQUIVALENT and negated[0] != negated[1]:
            fact = f"{first['text']!r} and {second['text']!r} are equivalent, and one of them is negated."
            self.result.findings.append(finding(where, "pair-polarity", fact))

    def cluster(self) -> None:
        """Makes the clusters of all judged pairs. A row comes from whence the pair of its two claims does.

        That of a canonical claim, or of a relation that follows from others, comes from whence the first pair does that its
        claim is in, by the keys of the pairs' tasks.
        """
        by_id = {row["claim_id"]: row for row in self.claims.values()}
        clusters = Clusters(self.judged, list(by_id))
        for pair, relation in clusters.conflicts():
            texts = f"{by_id[pair.first]['text']!r} and {by_id[pair.second]['text']!r}"
            fact = f"{texts} are judged `{pair.relation}`; other pairs make the first `{relation}`."
            self.result.findings.append(finding(self.judged[pair], "cluster-contradiction", fact))
        shown = list(clusters.rows())
        documents: dict[str, list[str]] = defaultdict(list)
        for each in shown:  # what only contradicts a member may be held out too
            documents[each.cluster] += [by_id[claim]["document_id"] for claim in (each.claim, each.to)]
        for each in shown:
            row = by_id[each.claim]
            self.collected.add(
                "claim_clusters",
                [
                    self._source(each)
                    | {name: row[name] for name in ("claim_id", "document_id", "start", "end", "text")}
                    | {
                        "claim_cluster_id": cluster_id(each.cluster),
                        "is_canonical": each.claim == each.cluster,
                        "is_member": each.is_member,
                        "relation": each.relation,
                        "to_claim_id": each.to,
                        "is_judged": each.is_judged,
                    }
                ],
                self._held_out(documents[each.cluster]),
            )

    def _source(self, member: Member) -> rows.Provenance:
        pair = frozenset({member.claim, member.to})
        return self.sources[pair if pair in self.sources else frozenset({member.claim})]


def cluster_id(canonical: str) -> str:
    """The id of the cluster that a claim stands for."""
    return f"cluster:{canonical}"


def _views(inputs: Inputs) -> dict[str, rows.View]:
    needed = {each for project in (ALIGNMENTS, CLAIM_PAIRS) for key in inputs.tasks[project] for each in documents_of(key)}
    documents = inputs.documents(needed)
    return {
        each: rows.View(
            documents[each], inputs.texts[each], segment(inputs.texts[each], inputs.settings.abbreviations), inputs.labels, {}
        )
        for each in sorted(needed)
    }


def _claims(tables: Tables) -> dict[Place, Row]:
    """Gold claims by where they stand, in the order of documents and texts."""
    frames = [frame for (config, _), frame in tables.items() if config == "claims"]
    found = pl.concat(frames).sort("document_id", "start", "end").iter_rows(named=True) if frames else iter(())
    return {Place(row["document_id"], row["start"], row["end"]): row for row in found}


def _offsets(side: str, place: Place | None) -> Row:
    return {f"{side}_start": place.start if place else None, f"{side}_end": place.end if place else None}


def _check_departures(aligned: Aligned, gold: Reviewed) -> Iterator[Finding]:
    wheres = {region.id: region.result.where for region in gold.regions.layers.get("factuality", [])}
    cases: tuple[tuple[str, list[Marked], str], ...] = (
        ("factuality-outside", aligned.outside, "lies in no sentence that is linked to its counterpart's"),
        ("factuality-unpaired", aligned.unpaired, "is a substitution without a link to its counterpart"),
        ("factuality-unlike", aligned.unlike, "is linked to one that is no substitution, or of another severity"),
    )
    for rule, found, fact in cases:
        yield from (finding(wheres[marked.region_id], rule, f"The span {fact}.") for marked in found)
