"""One set of findings in each form, as its readers expect it."""

import json
from xml.etree import ElementTree as ET

import pytest

from variorum.findings import Level, Where, finding
from variorum.report_formats import FORMATS, SHOWN, as_shown

REGION = Where("annotations/documents/round1/a1.json", 12, 3, "1", "11", "m2")
FINDINGS = sorted(
    [
        finding(REGION, "label-unknown", "'A,B: 100%' is\nnot in the inventory."),
        finding("corpus/texts/x.txt", "repair-utf16", "[3, 5) became [2, 4)."),
        finding(Where("corpus/catalogue.jsonl", 2), "gold-missing", "x has no finished annotation."),
    ]
)


def test_plain_has_one_finding_a_line_and_names_the_level_of_what_is_no_error() -> None:
    assert FORMATS["plain"](FINDINGS[1:]) == (
        "warning: corpus/catalogue.jsonl:2: [gold-missing] x has no finished annotation. "
        "Annotate it; until then it has rows in `documents` and `readability` only.\n"
        "note: corpus/texts/x.txt: [repair-utf16] [3, 5) became [2, 4). Repaired and recorded; nothing to do.\n"
    )


@pytest.mark.parametrize(("rule", "level"), [("repair-utf16", "note: "), ("span-empty", "")])
def test_a_terminal_shows_the_first_findings_of_a_kind_and_counts_the_rest(rule: str, level: str) -> None:
    alike = [finding(Where("a.json", line), rule, f"[{line}, {line + 2}) is odd.") for line in range(1, SHOWN + 1_235)]
    more = f"{level}a.json: [{rule}] {len(alike) - SHOWN:,} more like these. --format json has them all.\n"

    assert as_shown([*alike, *FINDINGS]) == FORMATS["plain"]([*alike[:SHOWN], *FINDINGS]) + more
    assert as_shown(FINDINGS) == FORMATS["plain"](FINDINGS)


def test_plain_of_nothing_is_nothing() -> None:
    assert FORMATS["plain"]([]) == ""


def test_json_keeps_every_part() -> None:
    assert json.loads(FORMATS["json"](FINDINGS))[0] == {
        "where": {"file": REGION.file, "line": 12, "column": 3, "task": "1", "annotation": "11", "region": "m2"},
        "rule": "label-unknown",
        "fact": "'A,B: 100%' is\nnot in the inventory.",
        "hint": "Correct it in Label Studio and export again, or add it to schema/labels.yaml and run `variorum schema`.",
        "level": "error",
    }


def test_json_says_null_for_what_is_not_known_of_a_place() -> None:
    (found,) = json.loads(FORMATS["json"]([finding("x.txt", "seed-empty", "The file holds no text.")]))

    assert found["where"] == {"file": "x.txt", "line": None, "column": None, "task": None, "annotation": None, "region": None}


def test_github_escapes_what_workflow_commands_need_escaped() -> None:
    assert FORMATS["github"](FINDINGS).splitlines() == [
        "::error file=annotations/documents/round1/a1.json,line=12,col=3,title=label-unknown::task 1 annotation 11 region m2: "
        "'A,B: 100%25' is%0Anot in the inventory. Correct it in Label Studio and export again, "
        "or add it to schema/labels.yaml and run `variorum schema`.",
        "::warning file=corpus/catalogue.jsonl,line=2,title=gold-missing::x has no finished annotation. "
        "Annotate it; until then it has rows in `documents` and `readability` only.",
        "::notice file=corpus/texts/x.txt,title=repair-utf16::[3, 5) became [2, 4). Repaired and recorded; nothing to do.",
    ]


def test_sarif_points_into_files_and_regions() -> None:
    (run,) = json.loads(FORMATS["sarif"](FINDINGS))["runs"]

    assert [result["level"] for result in run["results"]] == ["error", "warning", "note"]
    assert run["results"][0]["locations"] == [
        {
            "physicalLocation": {
                "artifactLocation": {"uri": "annotations/documents/round1/a1.json"},
                "region": {"startLine": 12, "startColumn": 3},
            },
            "logicalLocations": [
                {"kind": "task", "name": "1"},
                {"kind": "annotation", "name": "11"},
                {"kind": "region", "name": "m2"},
            ],
        }
    ]
    rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    assert [rules[result["ruleIndex"]] for result in run["results"]] == [result["ruleId"] for result in run["results"]]


def test_sarif_writes_file_names_as_uris() -> None:
    (run,) = json.loads(FORMATS["sarif"]([finding("seeds/a b.txt", "seed-empty", "The file holds no text.")]))["runs"]

    assert run["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "seeds/a%20b.txt"


def test_junit_fails_for_errors_alone_and_is_never_empty() -> None:
    suites = ET.fromstring(FORMATS["junit"](FINDINGS))

    assert [(suite.get("name"), suite.get("failures")) for suite in suites] == [
        ("annotations/documents/round1/a1.json", "1"),
        ("corpus/catalogue.jsonl", "0"),
        ("corpus/texts/x.txt", "0"),
    ]
    assert len(list(ET.fromstring(FORMATS["junit"]([])).iter("testcase"))) == 1


def test_junit_survives_characters_that_xml_cannot_hold() -> None:
    odd = finding("x", "label-unknown", "\x00 and \x1b are not known.")

    assert "\N{REPLACEMENT CHARACTER} and" in "".join(ET.fromstring(FORMATS["junit"]([odd])).itertext())


def test_findings_sort_by_place_and_stand_for_themselves() -> None:
    assert FINDINGS[0].where == REGION
    assert str(REGION) == "annotations/documents/round1/a1.json:12:3 task 1 annotation 11 region m2"
    assert finding("x", "repair-utf16", "a.").level is Level.NOTE


@pytest.mark.parametrize("form", FORMATS)
def test_a_name_that_is_no_utf_8_is_written_in_every_form(form: str) -> None:
    name = b"new/\xff\xfe.txt".decode("utf-8", "surrogateescape")
    written = FORMATS[form]([finding(Where(name, region=name), "new-left-out", f"{name} is left out.")])

    assert "udcff" in written.encode().decode()
