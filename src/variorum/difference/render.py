"""A difference in the forms that people and programs read."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import groupby

import msgspec

from variorum.difference.changes import (
    LAYERS,
    MAIN_LABEL,
    Change,
    Decided,
    Difference,
    Edition,
    Item,
    MetadataChange,
    Place,
    RowCount,
    SchemaChange,
    changed_names,
    told_step,
)
from variorum.difference.summary import NOUNS, Sum, sums, total
from variorum.difference.version import proposed_version, why
from variorum.html_part import part

_LONGEST = 70
"""After how many characters the words of a span are cut short on a line."""
_NOTABLE = 3
_SECTIONS = {"added": "Added", "removed": "Removed"}
_MARKDOWN = re.compile(r"([\\`*\[\]<|])")


class Report(msgspec.Struct, frozen=True):
    """The JSON form: the difference with the version that it asks for, and how many of its changes are listed.

    `proposed_version` is null where the earlier version is not of the form 1.2.3.
    """

    proposed_version: str | None
    total: int
    listed: int
    difference: Difference


def as_json(difference: Difference) -> str:
    """One JSON object, a `Report`."""
    report = Report(_proposed(difference), total(difference), len(difference.changes), difference)
    return msgspec.json.format(msgspec.json.encode(report), indent=2).decode() + "\n"


def as_text(difference: Difference) -> str:
    """Counts first, then the changes by document, one a line."""
    if difference.is_empty:
        return "No differences.\n"
    return "".join(f"{_printable(line)}\n" for line in _text_lines(difference))


def _text_lines(difference: Difference) -> Iterator[str]:
    yield _headline(difference)
    yield ""
    for each in sums(difference):
        yield _sum_line(each)
    yield from _around(difference)
    for document_id, changes in _by_document(difference.changes):
        yield ""
        yield document_id
        yield from (f"  {_line(change)}" for change in changes)
    yield from _left_out(difference)


def as_markdown(difference: Difference) -> str:
    """The same with headings and a table."""
    if difference.is_empty:
        return "No differences.\n"
    return "".join(f"{_printable(line)}\n" for line in _markdown_lines(difference))


def _markdown_lines(difference: Difference) -> Iterator[str]:
    yield f"# {_escaped(_headline(difference))}"
    yield ""
    found = list(sums(difference))
    if found:
        yield "| what | change | n | labels |"
        yield "| --- | --- | ---: | --- |"
        yield from (f"| {NOUNS[each.layer][1]} | {each.kind} | {each.n} | {_escaped(each.shares)} |" for each in found)
        yield ""
    yield from (f"- {_escaped(line)}" for line in _around(difference))
    for document_id, changes in _by_document(difference.changes):
        yield from ("", f"## {_escaped(document_id)}", "")
        yield from (f"- {_escaped(_line(change))}" for change in changes)
    yield from map(_escaped, _left_out(difference))


def as_changelog(difference: Difference) -> str:
    """A draft of the section of a CHANGELOG (Keep a Changelog), headed by the version that the difference asks for."""
    version = _proposed(difference) or "Unreleased"
    if difference.is_empty:
        return f"No differences; the version stays {version}.\n"
    lines = [f"## {version}"]
    entries = list(_entries(difference))
    for section in ("Added", "Changed", "Removed"):
        if own := [entry for name, entry in entries if name == section]:
            lines += ["", f"### {section}", "", *(f"- {entry}" for entry in own)]
    return "".join(f"{_printable(line)}\n" for line in lines)


def _entries(difference: Difference) -> Iterator[tuple[str, str]]:
    """The entries of a changelog, each with its section."""
    for schema_change in difference.schema:
        action = schema_change.kind.rpartition("-")[2]
        yield _SECTIONS.get(action, "Changed"), f"Schema: {_schema_line(schema_change)}."
    for each in sums(difference):
        kind = "" if each.kind in _SECTIONS else f" {each.kind}"
        shares = f" ({_escaped(each.shares)})" if each.shares else ""
        own = [change for change in difference.changes if (change.layer, change.kind) == each[:2]]
        yield _SECTIONS.get(each.kind, "Changed"), f"{each.n} {each.noun}{kind}{shares}{_examples(own)}."
    if difference.rows:
        told = "; ".join(f"`{config}` {_rows_told(count)}" for config, count in difference.rows.items())
        yield "Changed", f"Rows by table: {told}."
    for change in difference.metadata:
        yield "Changed", f"{_escaped(_metadata_line(change))}."


def _examples(changes: Sequence[Change]) -> str:
    """A few changes worth a look: those that a person has given a reason for come first."""
    ranked = sorted(changes, key=lambda change: not any(each.reason for each in change.decided))
    told = [f"{_escaped(_places(change))} in {_escaped(change.document_id)}" for change in ranked if change.item.places]
    return f", such as {'; '.join(told[:_NOTABLE])}" if told else ""


def _headline(difference: Difference) -> str:
    before, after = difference.before, difference.after
    named = f"{before.name} {before.version}" + ("" if _same_edition(before, after) else f" -> {after.name} {after.version}")
    version = _proposed(difference)
    return f"{named}: {why(difference)}" + (f", which asks for version {version}" if version else "")


def _same_edition(before: Edition, after: Edition) -> bool:
    return (before.name, before.version) == (after.name, after.version)


def _proposed(difference: Difference) -> str | None:
    try:
        return proposed_version(difference.before.version, difference)
    except ValueError:
        return None


def _sum_line(each: Sum) -> str:
    return f"{each.n} {each.noun} {each.kind}" + (f": {each.shares}" if each.shares else "")


def _around(difference: Difference) -> Iterator[str]:
    """What changed beside the layers, one a line."""
    yield from (f"schema: {_schema_line(change)}" for change in difference.schema)
    yield from (f"rows of {config}: {_rows_told(count)}" for config, count in difference.rows.items())
    yield from map(_metadata_line, difference.metadata)


def _rows_told(count: RowCount) -> str:
    return f"{count.before} gone, {count.after} new"


def _schema_line(change: SchemaChange) -> str:
    what, _, action = change.kind.partition("-")
    where = f"{change.config}.{change.column}" if change.column else change.config
    told = " -> ".join(", ".join(each) for each in (change.before, change.after) if each)
    return f"{what} {action}: {where}" + (f" ({told})" if told else "")


def _metadata_line(change: MetadataChange) -> str:
    return (
        f"{change.name}: {change.before or 'none'} -> {change.after or 'none'}"
        if change.before
        else f"{change.name}: {change.after}"
    )


def _by_document(changes: Iterable[Change]) -> Iterator[tuple[str, list[Change]]]:
    ordered = sorted(changes, key=lambda change: (change.document_id, LAYERS.index(change.layer)))
    for document_id, own in groupby(ordered, lambda change: change.document_id):
        yield document_id, list(own)


def _line(change: Change) -> str:
    """A change on one line: what, where, from what to what, by whom and why."""
    places, labels = _places(change), _labels(change)
    told = " ".join(filter(None, (NOUNS[change.layer][0], change.kind, places)))
    decided = "; ".join(dict.fromkeys(map(_decided, change.decided)))
    return told + (f": {labels}" if labels else "") + (f" ({decided})" if decided else "")


def _places(change: Change) -> str:
    """Where it is, or was and is."""
    first, second = (_joined(item, change.document_id) if item else "" for item in (change.before, change.after))
    if first and second and first != second:
        return _moved(change) or f"{first} -> {second}"
    return second or first


def _joined(item: Item, document_id: str) -> str:
    """The places of an item; those of a link joined by `>`, neighbours in one text by `+`, another document named."""
    told = []
    for own, places in groupby(item.places, lambda place: place.document_id):
        joint = " + " if len({place.document_id for place in item.places}) > 1 else " > "
        told.append(("" if own == document_id else f"{own} ") + joint.join(map(_place, places)))
    return " > ".join(told)


def _moved(change: Change) -> str:
    """A span with the same words at another place; the words are told once."""
    assert change.before
    assert change.after
    if len(change.before.places) != 1 or len(change.after.places) != 1:
        return ""
    before, after = change.before.places[0], change.after.places[0]
    return f"{_offsets(before)} -> {_offsets(after)} {_words(after)}" if before.text == after.text else ""


def _place(place: Place) -> str:
    return " ".join(filter(None, (_offsets(place), _words(place))))


def _offsets(place: Place) -> str:
    return "" if place.start is None else f"{place.start}-{place.end}"


def _words(place: Place) -> str:
    text = place.text if len(place.text) <= _LONGEST else f"{place.text[: _LONGEST - 1]}\N{HORIZONTAL ELLIPSIS}"
    return repr(text)


def _labels(change: Change) -> str:
    """The labels that changed, before and after; or all labels of what has come, gone or moved."""
    if change.kind == "text-changed":
        return ""
    main = MAIN_LABEL.get(change.layer, "")
    if change.before and change.after:
        names = sorted(changed_names(change.before, change.after), key=lambda name: (name != main, name))
        if names:
            return "; ".join(_step(change.before, change.after, name, main) for name in names)
    return "; ".join(" ".join(values) for name, values in change.item.labels.items() if name != "note")


def _step(before: Item, after: Item, name: str, main: str) -> str:
    step = told_step(before.labels.get(name, ()), after.labels.get(name, ()))
    return step if name == main else f"{name} {step}"


def _decided(decided: Decided) -> str:
    by = f"{decided.rule} {decided.curator}".strip()
    reason = f": {decided.reason}" if decided.reason else ""
    return f"{by} among {', '.join(decided.annotators)}{reason}" if decided.annotators else f"{by}{reason}"


def _left_out(difference: Difference) -> Iterator[str]:
    hidden = total(difference) - len(difference.changes)
    if hidden:
        yield ""
        yield f"{hidden} of {total(difference)} changes are not listed; --limit says how many of a layer are."


def _escaped(text: str) -> str:
    return _MARKDOWN.sub(r"\\\1", text)


def _printable(line: str) -> str:
    """A line that stays one, whatever stands in the ids and words that it quotes."""
    return "".join(character if character.isprintable() else ascii(character)[1:-1] for character in line)


def as_html(difference: Difference) -> str:
    """A section of the report."""
    return part("diff", "What changed", as_markdown(difference))


FORMATS: dict[str, Callable[[Difference], str]] = {
    "text": as_text,
    "json": as_json,
    "markdown": as_markdown,
    "changelog": as_changelog,
    "html": as_html,
}
