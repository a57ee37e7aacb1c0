"""What changed between documents: aligned sentences, and claims in clusters.

These tables are in no order of documents. A first reading adds up the hashes of the rows of each group, two telling
articles or one cluster; only groups whose sums differ are read again and compared, by the words that they join: ids and
offsets may have changed without any change of what is meant.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import zip_longest
from typing import Any

import polars as pl

from variorum.difference.blocks import KEY
from variorum.difference.changes import Change, Item, Kind, Labels, Place
from variorum.difference.document import Both, Respanned, Row, steps
from variorum.difference.read import Table, batches

Sentences = Mapping[str, list[tuple[int, int]]]
"""The offsets of the sentences of documents, by their ids."""
PAIR = ["first_document_id", "second_document_id"]
CLUSTER = ["claim_cluster_id"]
Words = tuple[str, str]
"""A claim by its document and its words."""


def unlike_groups(before: Table, after: Table, key: Sequence[str], columns: Sequence[str]) -> tuple[list[Row], list[Row]]:
    """The rows of all groups that are not the same in two tables; `columns` are those that are compared."""
    sums = [_sums(table, key, columns) for table in (before, after)]
    rest = [one.join(other, on=["sum", "n"], how="anti") for one, other in (sums, sums[::-1])]
    first, second = (_rows(table, own, key) for table, own in zip((before, after), rest, strict=True))
    return first, second


def _sums(table: Table, key: Sequence[str], columns: Sequence[str]) -> pl.DataFrame:
    """A hash of each group's id and the sum of its rows' hashes: 24 bytes a group."""
    parts = [pl.DataFrame(schema={"group": pl.UInt64, "sum": pl.UInt64, "n": pl.UInt32})]
    for file in table.files:
        for batch in batches(table, file, [*key, *(name for name in columns if name not in key)]):
            hashed = pl.DataFrame({"group": batch.select(key).hash_rows(), "hash": batch.select(columns).hash_rows()})
            parts.append(hashed.group_by("group").agg(pl.col("hash").sum().alias("sum"), n=pl.len()))
    return pl.concat(parts).group_by("group").agg(pl.col("sum").sum(), pl.col("n").sum())


def _rows(table: Table, groups: pl.DataFrame, key: Sequence[str]) -> list[Row]:
    found: list[Row] = []
    for file in table.files if groups.height else ():
        for batch in batches(table, file, list(table.features)):
            found += batch.filter(batch.select(key).hash_rows().is_in(groups["group"].implode())).to_dicts()
    return found


def alignment_changes(rows: tuple[list[Row], list[Row]], sentences: tuple[Sentences, Sentences]) -> Iterator[Change]:
    """The changes of alignments. Groups of the same sentences are the same; of the rest, those are that share links."""
    joined: dict[tuple[str, str], tuple[list[Item], list[Item]]] = defaultdict(lambda: ([], []))
    for side in (0, 1):
        for row in rows[side]:
            joined[row[PAIR[0]], row[PAIR[1]]][side].append(_aligned(row, sentences[side]))
    for (document_id, _), own in sorted(joined.items()):
        for before, after in _paired_groups(*own):
            if before is None or after is None:
                yield Change("alignments", "added" if after else "removed", document_id, before, after)
                continue
            if _texts(before) != _texts(after):
                yield Change("alignments", "moved", document_id, before, after)
            if before.labels != after.labels:
                yield Change("alignments", "relabelled", document_id, before, after)


def _aligned(row: Row, sentences: Sentences) -> Item:
    """A group of sentences: a place each, and the labels of the group, its links and its departures."""
    sides = [_Group(row, side, sentences.get(row[f"{side}_document_id"], [])) for side in ("first", "second")]
    numbers = {id_: f"{number}" for side in sides for number, id_ in enumerate(side.ids, start=1)}
    links = [
        f"{numbers[each['first_sentence_id']]}-{numbers[each['second_sentence_id']]} {each['label']}"
        for each in row["links"] or ()
    ]
    departures = [_departure(each, sides) for each in row["departures"] or ()]
    labels = {
        "label": (row["label"],),
        "operations": tuple(row["operations"] or ()),
        "links": tuple(sorted(links)),
        "departures": tuple(sorted(departures)),
    }
    return Item((*sides[0].places, *sides[1].places), {name: given for name, given in labels.items() if given})


class _Group:
    """The sentences of one side of an alignment. Their texts are cut out of the joined text by their lengths."""

    def __init__(self, row: Row, side: str, known: Sequence[tuple[int, int]]) -> None:
        self.name = side
        self.ids: list[str] = row[f"{side}_sentence_ids"]
        self.text: str = row[f"{side}_text"] or ""
        document_id = row[f"{side}_document_id"]
        numbers = [int(id_.rpartition(":s")[2]) for id_ in self.ids]
        self.spans = [known[number] for number in numbers if number < len(known)]
        if sum(end - start + 1 for start, end in self.spans) != len(self.text) + 1:
            self.spans = []  # the documents of this build do not tell where the sentences are
        self.places = [Place(document_id, start, end, self.cut(start, end)) for start, end in self.spans]
        self.places = self.places or [Place(document_id, None, None, self.text)]

    def cut(self, start: int, end: int) -> str:
        """The words between two offsets of the document, where they are in one of the sentences."""
        before = 0
        for first, last in self.spans:
            if first <= start and end <= last:
                return self.text[before + start - first : before + end - first]
            before += last - first + 1
        return f"{start}-{end}"


def _departure(row: Row, sides: Sequence[_Group]) -> str:
    """A departure in words: they say where it is without offsets, which shift."""
    words = [
        repr(side.cut(row[f"{side.name}_start"], row[f"{side.name}_end"]))
        for side in sides
        if row[f"{side.name}_start"] is not None
    ]
    return " ".join([f"{row['type']}/{row['severity']}", " > ".join(words), *([f"({row['note']})"] if row["note"] else [])])


def _texts(item: Item) -> list[Words]:
    return [(place.document_id, place.text) for place in item.places]


def _paired_groups(before: list[Item], after: list[Item]) -> list[Both[Item]]:
    alike: dict[tuple[Words, ...], tuple[list[Item], list[Item]]] = defaultdict(lambda: ([], []))
    for side, items in enumerate((before, after)):
        for item in items:
            alike[tuple(_texts(item))][side].append(item)
    found = [pair for own in alike.values() if own[0] and own[1] for pair in steps(*own)]
    return [
        *found,
        *_sharing(*([item for own in alike.values() if not own[1 - side] for item in own[side]] for side in (0, 1))),
    ]


def _sharing(before: list[Item], after: list[Item]) -> list[Both[Item]]:
    """Groups that have sentences of both documents in common, those with most first."""
    sets = [[set(_texts(item)) for item in items] for items in (before, after)]
    shares = sorted(
        (-len(one & other) / len(one | other), sorted((sorted(one), sorted(other))), index, place)
        for index, one in enumerate(sets[0])
        for place, other in enumerate(sets[1])
        if len({document_id for document_id, _ in one & other}) > 1
    )
    return _greedy([(index, place) for _, _, index, place in shares], before, after)


def _greedy(ranked: Iterable[tuple[int, int]], before: Sequence[Any], after: Sequence[Any]) -> list[Both[Any]]:
    """Pairs by rank, each thing once, then what is left over on either side."""
    left, right = dict(enumerate(before)), dict(enumerate(after))
    found: list[Both[Any]] = [(left.pop(one), right.pop(other)) for one, other in ranked if one in left and other in right]
    return [*found, *((item, None) for item in left.values()), *((None, item) for item in right.values())]


Cluster = dict[tuple[Words, Words | None], list[Item]]
"""The rows of a cluster by claim and, where it does not stand to the canonical claim, the claim that it stands to."""


def cluster_changes(rows: tuple[list[Row], list[Row]], respanned: Iterable[Respanned]) -> Iterator[Change]:
    """The changes of claim clusters. A cluster is the one of the other build that it shares most members with.

    A claim that leaves one cluster for another, or stands to another claim than before, has moved.
    """
    renamed = {(each.document_id, each.before): (each.document_id, each.after) for each in respanned}
    clusters = _clusters(rows[0], renamed), _clusters(rows[1], {})
    changes: list[Change] = []
    left: dict[Words, tuple[list[Item], list[Item]]] = defaultdict(lambda: ([], []))
    for before, after in _same_clusters(*clusters):
        for key in {**(before or {}), **(after or {})}:
            for pair in steps((before or {}).get(key, []), (after or {}).get(key, [])):
                if pair[0] and pair[1]:
                    changes.append(Change("clusters", "relabelled", pair[1].places[0].document_id, *pair))
                for side in (0, 1):
                    if (item := pair[side]) and not pair[1 - side]:
                        left[key[0]][side].append(item)
    changes += [_of_claim(*pair) for own in left.values() for pair in zip_longest(*map(_by_labels, own))]
    yield from sorted(changes, key=lambda change: (change.document_id, change.item.places[0].start or 0, change.kind))


def _by_labels(items: Iterable[Item]) -> list[Item]:
    return sorted(items, key=lambda item: (sorted(item.labels.items()), _texts(item)))


def _of_claim(before: Item | None, after: Item | None) -> Change:
    kind: Kind = "moved" if before and after else "added" if after else "removed"
    item = after or before
    assert item
    return Change("clusters", kind, item.places[0].document_id, before, after)


def _clusters(rows: Iterable[Row], renamed: Mapping[Words, Words]) -> list[Cluster]:
    """The clusters of one build. `renamed` tells the words that claims have in the other."""
    grouped: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        grouped[row["claim_cluster_id"]].append(row)
    return [_cluster(own, renamed) for own in grouped.values()]


def _cluster(rows: Iterable[Row], renamed: Mapping[Words, Words]) -> Cluster:
    rows = list(rows)
    places = {row["claim_id"]: Place(row[KEY], row["start"], row["end"], row["text"] or "") for row in rows}
    canonical = {row["claim_id"] for row in rows if row["is_canonical"]}
    found: Cluster = defaultdict(list)
    for row in rows:
        to = places.get(row["to_claim_id"], Place(row[KEY], None, None, row["to_claim_id"]))
        stands_to = None if row["to_claim_id"] in canonical else _words(to, renamed)
        standing = "canonical" if row["is_canonical"] else "member" if row["is_member"] else "beside"
        own = places[row["claim_id"]]
        labels: Labels = {"relation": (row["relation"],), "standing": (standing,)}
        found[_words(own, renamed), stands_to].append(Item((own,) if to == own else (own, to), labels))
    return found


def _words(place: Place, renamed: Mapping[Words, Words]) -> Words:
    own = (place.document_id, place.text)
    return renamed.get(own, own)


def _same_clusters(before: list[Cluster], after: list[Cluster]) -> list[Both[Cluster]]:
    """The clusters, each with what it is in the other build: those that share the greatest part of their members first."""
    members = [[_members(cluster) for cluster in own] for own in (before, after)]
    holding: dict[Words, list[int]] = defaultdict(list)
    for place, own in enumerate(members[1]):
        for claim in own:
            holding[claim].append(place)
    shared = {(index, place) for index, own in enumerate(members[0]) for claim in own for place in holding[claim]}
    ranked = sorted(
        (-len(one & other) / len(one | other), sorted((sorted(one), sorted(other))), index, place)
        for index, place in shared
        for one, other in [(members[0][index], members[1][place])]
    )
    return _greedy([(index, place) for _, _, index, place in ranked], before, after)


def _members(cluster: Cluster) -> set[Words]:
    return {key[0] for key, items in cluster.items() if any(item.labels["standing"] != ("beside",) for item in items)}
