"""Who decided a change and why, as the table `decisions` tells: that of the later build, or else of the earlier."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Literal

import polars as pl
from msgspec.structs import replace

from variorum.difference.changes import Change, Decided, Layer, Place, changed_names
from variorum.difference.read import Table, chosen
from variorum.schema.projects import PAIR_JOINT

_LAYERS: dict[Layer, str] = {
    "mentions": "mention",
    "claims": "claim",
    "relations": "relation",
    "levels": "reading_level",
    "alignments": "alignment",
    "clusters": "claim_pair",
}
"""The layer of decisions that a layer's items are decided in."""
_COLUMNS = (*("task", "layer", "start", "end", "candidates", "decision", "rule", "labels", "annotators", "reason", "curator"),)
NOTHING = "none"
LINK = " > "
Key = tuple[str, str, int | None, int | None, str]
"""What finds a decision: task, layer, offsets of the first span and, of links, the words of both ends."""
Found = dict[Key, list[Decided]]
Reading = Literal["before", "after"]


def with_decisions(changes: Sequence[Change], before: Table | None, after: Table | None) -> list[Change]:
    """The changes with their decisions. Each table is read once at most, whatever the number of changes."""
    later = _decisions(after, changes, "after")
    told = [replace(change, decided=_of(change, later)) for change in changes]
    earlier = _decisions(before, [change for change in told if _is_untold(change)], "before")
    return [replace(change, decided=_of(change, earlier)) if _is_untold(change) else change for change in told]


def _is_untold(change: Change) -> bool:
    """Whether something is gone of which the later build says nothing."""
    return change.after is None and not change.decided


def _of(change: Change, found: Found) -> tuple[Decided, ...]:
    keys = _keys(change)  # where something has moved to: where it was, another may stand now
    return tuple(dict.fromkeys(each for key in keys for each in found.get(key, ())))


def _keys(change: Change) -> Iterator[Key]:
    """What finds the decisions on what has changed."""
    if change.layer not in _LAYERS or _is_of_departures(change):
        return
    own, places = _LAYERS[change.layer], change.item.places
    documents = list(dict.fromkeys(place.document_id for place in places))
    if change.layer == "levels":
        yield change.document_id, own, None, None, ""
    elif change.layer in {"mentions", "claims"}:
        yield change.document_id, own, places[0].start, places[0].end, ""
    elif change.layer == "relations":
        yield change.document_id, own, places[0].start, places[0].end, _joined(places)
    elif len(documents) == 2:  # noqa: PLR2004 # a link joins two documents
        firsts, seconds = ([place for place in places if place.document_id == each] for each in documents)
        for pair in [(first, second) for first in firsts for second in seconds]:
            for one, other in (pair, pair[::-1]):
                yield PAIR_JOINT.join((one.document_id, other.document_id)), own, one.start, one.end, _joined((one, other))


def _is_of_departures(change: Change) -> bool:
    """Whether only departures of an alignment changed, which are decided by themselves and not with its links."""
    if change.layer != "alignments" or not change.before or not change.after:
        return False
    return changed_names(change.before, change.after) == ["departures"]


def _joined(places: Iterable[Place]) -> str:
    return LINK.join(place.text for place in places)


def _decisions(table: Table | None, changes: Iterable[Change], build: Reading) -> Found:
    """The decisions on some changes, by what finds them."""
    found: Found = defaultdict(list)
    keys = {key: change.after is None for change in changes for key in _keys(change)}
    if table is None or not keys or not set(_COLUMNS) <= set(table.features):
        return found
    for row in chosen(table, _COLUMNS, _searched(keys)).iter_rows(named=True):
        for key in keys.keys() & set(_of_row(row)):
            found[key].append(_decided(row, build))
    return found


def _searched(keys: Mapping[Key, bool]) -> pl.DataFrame:
    """Where decisions are looked for; where nothing stands any more they have no start."""
    places = {(task, layer, start) for task, layer, start, *_ in keys}
    places |= {(task, layer, None) for (task, layer, *_), is_gone in keys.items() if is_gone}
    return pl.DataFrame(list(places), schema={"task": pl.String, "layer": pl.String, "start": pl.Int32}, orient="row")


def _of_row(row: dict[str, Any]) -> Iterator[Key]:
    """What finds a decision: where what stands is; where nothing does, where its candidates are."""
    task, layer = row["task"], row["layer"]
    nothing = row["decision"] == NOTHING or row["start"] is None
    for each in row["candidates"]:
        place = (each["start"], each["end"]) if nothing else (row["start"], row["end"])
        yield task, layer, *place, each["text"] if LINK in (each["text"] or "") else ""
        yield task, layer, *place, ""
    if not nothing:
        yield task, layer, row["start"], row["end"], ""


def _decided(row: dict[str, Any], build: Reading) -> Decided:
    return Decided(build, row["rule"], row["decision"], row["curator"], tuple(row["annotators"]), row["reason"])
