"""Findings in the forms that people, GitHub, code scanners and test reports read."""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import asdict, replace
from itertools import groupby
from urllib.parse import quote
from xml.etree import ElementTree as ET

import msgspec

from variorum.findings import Finding, Level, Where
from variorum.rules import RULES

_SARIF_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_GITHUB = {Level.ERROR: "error", Level.WARNING: "warning", Level.NOTE: "notice"}


SHOWN = 20
"""Findings of one rule in one file that a terminal shows: an old server's export may have thousands, all of them alike."""


def as_plain(findings: list[Finding]) -> str:
    """One finding a line; notes and warnings say that they are."""
    return "".join(f"{_marked(each)}\n" for each in findings)


def as_shown(findings: list[Finding]) -> str:
    """The same with the first SHOWN findings of each rule, level and file, and how many more there are."""
    alike: defaultdict[tuple[str, str, Level], list[Finding]] = defaultdict(list)
    for each in findings:
        alike[each.where.file, each.rule, each.level].append(each)
    hidden = {each for found in alike.values() for each in found[SHOWN:]}
    more = [
        Finding(Where(file), rule, f"{len(found) - SHOWN:,} more like these.", "--format json has them all.", level)
        for (file, rule, level), found in alike.items()
        if len(found) > SHOWN
    ]
    return as_plain([each for each in findings if each not in hidden] + more)


def _marked(each: Finding) -> str:
    """A finding on one line, whatever stands in the ids and names that it quotes."""
    line = str(each) if each.level is Level.ERROR else f"{each.level}: {each}"
    return _on_one_line(line)


def _on_one_line(line: str) -> str:
    return "".join(character if character.isprintable() else ascii(character)[1:-1] for character in line)


def _encodable(each: Finding) -> Finding:
    """A finding that can be encoded: what is no UTF-8 in the name of a file is written as `plain` has it, `\\udcff`."""
    place = {name: _in_utf8(value) for name, value in asdict(each.where).items() if isinstance(value, str)}
    return replace(each, where=each.where.at(**place), fact=_in_utf8(each.fact), hint=_in_utf8(each.hint))


def _in_utf8(text: str) -> str:
    return text.encode("utf-8", "backslashreplace").decode()


def as_json(findings: list[Finding]) -> str:
    """A JSON array of objects with the fields of a finding; what is not known of its place is null."""
    written = [
        asdict(each) | {"where": {name: value or None for name, value in asdict(each.where).items()}}
        for each in map(_encodable, findings)
    ]
    return msgspec.json.format(msgspec.json.encode(written), indent=2).decode() + "\n"


def as_github(findings: list[Finding]) -> str:
    """Workflow commands that GitHub Actions shows beside the files (docs: workflow commands, message escapes)."""
    return "".join(
        f"::{_GITHUB[each.level]} {_properties(each)}::{_escaped(_message(each))}\n" for each in map(_encodable, findings)
    )


def _properties(each: Finding) -> str:
    where = each.where
    given = {"file": where.file, "line": where.line, "col": where.column, "title": each.rule}
    return ",".join(f"{name}={_escaped(str(value), ':,')}" for name, value in given.items() if value)


def _escaped(text: str, more: str = "") -> str:
    for character in "%\r\n" + more:
        text = text.replace(character, f"%{ord(character):02X}")
    return text


def _message(each: Finding) -> str:
    inside = " ".join(f"{name} {value}" for name, value in each.where.inside if value)
    return f"{inside + ': ' if inside else ''}{each.fact} {each.hint}"


def as_sarif(findings: list[Finding]) -> str:
    """SARIF 2.1.0 for code scanners."""
    used = sorted({each.rule for each in findings})
    rules = [
        {"id": name, "shortDescription": {"text": RULES[name].meaning}, "help": {"text": RULES[name].hint}} for name in used
    ]
    driver = {"name": "variorum", "rules": rules}
    run = {"tool": {"driver": driver}, "results": [_sarif_result(each, used) for each in map(_encodable, findings)]}
    content = {"$schema": _SARIF_SCHEMA, "version": "2.1.0", "runs": [run]}
    return msgspec.json.format(msgspec.json.encode(content), indent=2).decode() + "\n"


def _sarif_result(each: Finding, rules: list[str]) -> dict[str, object]:
    where = each.where
    place: dict[str, object] = {"artifactLocation": {"uri": quote(where.file)}}
    if where.line:
        place["region"] = {"startLine": where.line} | ({"startColumn": where.column} if where.column else {})
    logical = [{"kind": name, "name": value} for name, value in where.inside if value]
    location = {"physicalLocation": place} | ({"logicalLocations": logical} if logical else {})
    return {
        "ruleId": each.rule,
        "ruleIndex": rules.index(each.rule),
        "level": str(each.level),
        "message": {"text": _message(each)},
        "locations": [location],
    }


def as_junit(findings: list[Finding]) -> str:
    """JUnit XML: a suite a file, a failed case an error; what is no error is a passed case that prints it."""
    suites = ET.Element("testsuites", name="variorum")
    ordered = sorted(map(_encodable, findings))
    for file, group in groupby(ordered, key=lambda each: each.where.file):
        _junit_suite(suites, file, list(group))
    if not ordered:
        suite = ET.SubElement(suites, "testsuite", name="variorum", tests="1", failures="0")
        ET.SubElement(suite, "testcase", classname="variorum", name="no findings")
    ET.indent(suites)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(suites, encoding="unicode") + "\n"


def _junit_suite(suites: ET.Element, file: str, findings: list[Finding]) -> None:
    failures = sum(each.level is Level.ERROR for each in findings)
    suite = ET.SubElement(suites, "testsuite", name=file, tests=str(len(findings)), failures=str(failures))
    for each in findings:
        case = ET.SubElement(suite, "testcase", classname=each.rule, name=_printable(str(each.where)))
        tag = "failure" if each.level is Level.ERROR else "system-out"
        attributes = {"message": _printable(each.fact), "type": each.rule} if tag == "failure" else {}
        ET.SubElement(case, tag, attributes).text = _printable(str(each))


def _printable(text: str) -> str:
    """Text without the characters that XML 1.0 cannot hold."""
    return "".join(character if character in "\t\n" or character >= " " else "\N{REPLACEMENT CHARACTER}" for character in text)


FORMATS: dict[str, Callable[[list[Finding]], str]] = {
    "plain": as_plain,
    "json": as_json,
    "github": as_github,
    "sarif": as_sarif,
    "junit": as_junit,
}
