"""`variorum curate` and `variorum agree` on a folder, without a server."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from variorum.cli import main
from variorum.curate import curate_from_gold
from variorum.folder import Folder
from variorum.inputs import read_inputs
from variorum.shards import Kept
from variorum.tabulate import tabulate

Json = dict[str, Any]


def run(folder: Folder, *arguments: str) -> tuple[int, str, str]:
    result = CliRunner().invoke(main, [*arguments, "--root", str(folder.root)])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, result.stdout, result.stderr


@pytest.fixture
def round1(corpus: Callable[[str], Folder]) -> Folder:
    """One article that two annotators have finished, and that nobody has curated."""
    folder = corpus("curated-round")
    folder.gold("documents").path.unlink()
    folder.decisions("documents").unlink()
    return folder


def lines(folder: Folder, project: str = "documents") -> list[Json]:
    return [json.loads(line) for line in folder.decisions(project).read_text(encoding="utf-8").splitlines()]


def change(folder: Folder, item: str, **fields: Any) -> None:
    changed = [each | fields if each["item"] == item else each for each in lines(folder)]
    folder.decisions("documents").write_text("".join(json.dumps(each) + "\n" for each in changed), encoding="utf-8")


OPEN = """\
annotations/documents/decisions.jsonl:2: [decision-open] one/claim/30-55: \
a1 has 'Nine boats sank in Bergen' as check_worthy_factual, event_or_property, author, asserted; \
a2 has 'Nine boats sank in Bergen' as unimportant_factual, event_or_property, author, asserted. \
Write an annotator, `none` or `new` into its `decision`, and a reason; then run `variorum curate`.
annotations/documents/decisions.jsonl:6: [decision-open] one/reading_level: a1 has A2; a2 has B1. \
Write an annotator, `none` or `new` into its `decision`, and a reason; then run `variorum curate`.
2 errors; documents round1: 2 open, 4 unanimous; wrote annotations/documents/decisions.jsonl.
"""


def test_a_round_is_decided_by_hand_and_becomes_gold(round1: Folder) -> None:
    assert run(round1, "curate") == (1, "", OPEN)
    assert not round1.gold("documents").path.exists()

    change(round1, "one/reading_level", decision="a2", reason="Two clauses a sentence.")
    change(round1, "one/claim/30-55", decision="none", reason="A heading.")
    done = "documents round1: 2 curator, 4 unanimous; "
    both = "wrote annotations/documents/decisions.jsonl and annotations/documents/gold.json\n"
    assert run(round1, "curate", "--curator", "c1") == (0, done + both, "")
    assert run(round1, "curate") == (0, done + "no file changed\n", "")

    built = tabulate(round1, Kept(measure=False, tables=True))
    assert [str(each) for each in built.findings] == []
    assert built.tables["claims", "train"]["text"].to_list() == ["the bridge is safe"]
    assert built.tables["claims", "train"]["claimer_ids"].to_list() == [["one#a1regionoslo"]]
    assert built.tables["readability", "train"]["reading_level"].to_list() == ["B1"]
    decided = {row["item_id"]: row for row in built.tables["decisions", "train"].iter_rows(named=True)}
    level = decided["documents/one/reading_level"]
    assert (level["decision"], level["rule"], level["curator"]) == ("a2", "curator", "c1")
    assert [(each["annotator"], each["labels"]) for each in level["candidates"]] == [
        ("a1", ["reading_level=A2"]),
        ("a2", ["reading_level=B1"]),
    ]


def test_what_an_annotator_changes_is_open_again_and_gold_stays_until_it_is_decided(round1: Folder) -> None:
    run(round1, "curate")
    for item in ("one/reading_level", "one/claim/30-55"):
        change(round1, item, decision="a1", reason="So it is.")
    run(round1, "curate", "--curator", "c1")
    gold = round1.gold("documents").path.read_bytes()
    export = round1.export_of("documents", "round1", "a2").path
    export.write_text(export.read_text().replace("unimportant_factual", "non_factual"))

    code, _, errors = run(round1, "curate")

    assert code == 1
    assert "one/claim/30-55: a1 has 'Nine boats sank in Bergen' as check_worthy_factual" in errors
    assert "author, asserted; Reopened, its candidates changed; decided before: a1 (So it is.)" in errors
    assert "1 curator, 1 open, 4 unanimous; wrote annotations/documents/decisions.jsonl." in errors
    assert round1.gold("documents").path.read_bytes() == gold


def test_a_dry_run_writes_nothing(round1: Folder) -> None:
    code, _, errors = run(round1, "curate", "--dry-run")

    assert code == 1
    assert errors.endswith("2 open, 4 unanimous; dry run, so nothing was written.\n")
    assert not round1.decisions("documents").exists()


@pytest.mark.parametrize(
    ("gold", "rule"),
    [
        ({"values": {"reading_level": ["D9"]}}, "reading-level-unknown"),
        (
            {"spans": [{"document_id": "one", "start": 0, "end": 4, "text": "Rome"}], "values": {"type": ["GPE"]}},
            "decision-misquotes",
        ),
    ],
)
def test_what_would_be_wrong_with_gold_keeps_it_from_being_written(round1: Folder, gold: Json, rule: str) -> None:
    run(round1, "curate")
    change(round1, "one/claim/30-55", decision="a1", reason="So it is.")
    change(round1, "one/reading_level", decision="new", gold=gold, reason="So it is.")

    code, _, errors = run(round1, "curate", "--curator", "c1")

    assert (code, f"[{rule}]" in errors) == (1, True), errors
    assert not round1.gold("documents").path.exists()


def test_a_round_that_is_not_there_touches_nothing(round1: Folder) -> None:
    run(round1, "curate")
    before = round1.decisions("documents").read_bytes()

    code, _, errors = run(round1, "curate", "--round", "round9")

    assert code == 1
    assert errors.startswith("annotations/documents: [round-missing] documents has no finished work in round9. ")
    assert round1.decisions("documents").read_bytes() == before


def test_what_the_curator_has_not_finished_keeps_its_decisions_when_the_rest_is_taken_over(
    corpus: Callable[[str], Folder],
) -> None:
    folder = corpus("every-table")
    change(folder, "second/reading_level", reason="Few words.")
    run(folder, "curate", "--curator", "c1")
    before = lines(folder)
    gold = json.loads(folder.gold("documents").path.read_bytes())
    folder.gold("documents").path.write_text(json.dumps(gold[:1]), encoding="utf-8")

    curated = curate_from_gold(read_inputs(folder), "documents", curator="c2")
    curated.keep(folder)

    assert [each.fact for each in curated.faults] == []
    assert lines(folder) == before


def test_a_round_in_which_all_found_nothing_is_decided(corpus: Callable[[str], Folder]) -> None:
    folder = corpus("every-table")
    path = folder.export_of("claim_pairs", "round1", "a1").path
    (task,) = json.loads(path.read_bytes())
    for annotation in task["annotations"]:
        annotation["result"] = [each for each in annotation["result"] if each["type"] != "relation"]
    path.write_text(json.dumps([task]), encoding="utf-8")

    code, told, _ = run(folder, "curate", "--project", "claim_pairs")

    assert (code, told) == (
        0,
        "claim_pairs round1: no items; wrote annotations/claim_pairs/decisions.jsonl and annotations/claim_pairs/gold.json\n",
    )


def test_decisions_that_cannot_be_read_are_left_alone(round1: Folder) -> None:
    round1.decisions("documents").write_text('{"item": ["mine"]}\n')

    code, _, errors = run(round1, "curate")

    assert (code, "[decisions-malformed]" in errors) == (1, True)
    assert round1.decisions("documents").read_text() == '{"item": ["mine"]}\n'


def test_the_latest_round_is_curated_unless_another_is_named(round1: Folder) -> None:
    for annotator in ("a1", "a2"):
        source = round1.export_of("documents", "round1", annotator).path
        for name in ("round9", "round10"):
            target = round1.export_of("documents", name, annotator).path
            target.parent.mkdir(exist_ok=True)
            target.write_text(source.read_text().replace("region", f"{name}x"))

    assert "documents round10: 2 open" in run(round1, "curate", "--dry-run")[2]
    assert "documents round9: 2 open" in run(round1, "curate", "--round", "round9", "--dry-run")[2]


def test_a_round_of_other_articles_leaves_what_was_curated_before(corpus: Callable[[str], Folder]) -> None:
    folder = corpus("every-table")
    before = lines(folder)
    for annotator in ("a1", "a2"):
        source = json.loads(folder.export_of("documents", "round1", annotator).path.read_text())
        later = [task for task in source if task["data"]["document_id"] == "second"]
        target = folder.export_of("documents", "round2", annotator).path
        target.parent.mkdir(exist_ok=True)
        target.write_text(
            json.dumps(later)
            .replace('"A2"', '"B1"')
            .replace("claim", "klaim")
            .replace('"from_name": "klaim', '"from_name": "claim')
        )

    for arguments in ((), ("--round", "round2")):
        code, output, errors = run(folder, "curate", *arguments)
        assert code == 0, errors
        assert output.startswith(f"documents {'round2' if arguments else 'round1, round2'}: ")
        found = {each["item"]: each for each in lines(folder)}
        assert [found[each["item"]] for each in before if each["task"] == "first"] == [
            each for each in before if each["task"] == "first"
        ]
        assert {each["round"] for each in found.values() if each["task"] == "second"} == {"round2"}
    assert len(json.loads(folder.gold("documents").path.read_text())) == 2


def test_a_round_that_only_one_has_finished_does_not_replace_one_that_several_have(round1: Folder) -> None:
    target = round1.export_of("documents", "round2", "a1").path
    target.parent.mkdir()
    target.write_bytes(round1.export_of("documents", "round1", "a1").path.read_bytes())

    assert "documents round1: 2 open" in run(round1, "curate", "--dry-run")[2]


@pytest.mark.parametrize(
    ("fields", "rule"),
    [
        ({"task": "nowhere"}, "decisions-malformed"),
        ({"decision": "new", "gold": None, "candidates": []}, "decisions-malformed"),
        ({"rule": "unanimous", "decision": "all"}, "decision-unlike-candidate"),
        ({"decision": "none"}, "decision-unlike-candidate"),
    ],
)
def test_decisions_that_cannot_be_are_found_by_validation(corpus: Callable[[str], Folder], fields: Json, rule: str) -> None:
    folder = corpus("curated-round")
    change(folder, "one/reading_level", **fields)

    code, _, errors = run(folder, "validate")

    assert (code, f"[{rule}]" in errors) == (1, True), errors


def test_a_pair_the_other_way_round_is_the_same_pair(corpus: Callable[[str], Folder]) -> None:
    folder = corpus("joint-tellings")
    source = folder.export_of("claim_pairs", "round1", "a1").path
    turned = re.sub(
        r'"(first|second)_(id|text|sha256)"',
        lambda key: f'"{"second" if key[1] == "first" else "first"}_{key[2]}"',
        source.read_text(),
    )
    written = json.loads(turned)
    written[0]["annotations"][0]["result"] = []
    source.with_name("a2.json").write_text(json.dumps(written))

    _, _, errors = run(folder, "validate")

    assert "[task-twice] Another task is of first+second, the same pair the other way round." in errors


def test_gold_of_a_joint_project_is_written_and_builds(corpus: Callable[[str], Folder]) -> None:
    folder = corpus("every-table")
    for project in ("alignments", "claim_pairs"):
        first = folder.export_of(project, "round1", "a1").path
        written = first.read_text()
        changed = re.sub(
            r'"(partially_aligned|more_general)"', '"aligned"' if project == "alignments" else '"overlaps"', written, count=1
        )
        first.with_name("a2.json").write_text(changed)
        code, _, errors = run(folder, "curate", "--project", project)
        assert (code, errors.count("[decision-open]")) == (1, 1), errors
        open_ = [
            each | ({"decision": "a1", "reason": "So."} if each["rule"] == "open" else {}) for each in lines(folder, project)
        ]
        folder.decisions(project).write_text("".join(json.dumps(each) + "\n" for each in open_))
        assert run(folder, "curate", "--project", project, "--curator", "c1")[0] == 0

    built = tabulate(folder)

    assert [str(each) for each in built.findings] == []
    before = tabulate(Folder(Path(__file__).parent.parent / "corpora" / "every-table"))
    columns = ["first_sentence_ids", "second_sentence_ids", "label", "operations", "links", "departures"]
    assert built.tables["alignments", "train"].select(columns).equals(before.tables["alignments", "train"].select(columns))
    clusters = ["claim_id", "relation", "to_claim_id", "is_member", "is_canonical"]
    assert (
        built.tables["claim_clusters", "train"]
        .select(clusters)
        .equals(before.tables["claim_clusters", "train"].select(clusters))
    )
    figures = built.tables["agreement", "full"].filter(layer="alignment", metric="label_f1", label="")
    assert figures["value"].to_list() == [pytest.approx(2 / 3)]
    recall = built.tables["agreement", "full"].filter(metric="offered_recall").select("layer", "n").rows()
    assert recall == [("alignment", 3), ("claim_pair", 3)]


def test_agreement_is_shown_as_a_table_as_json_and_as_a_list_of_disagreements(round1: Folder) -> None:
    code, table, _ = run(round1, "agree")
    figures = json.loads(run(round1, "agree", "--format", "json", "--project", "documents")[1])
    _, listed, _ = run(round1, "agree", "--confusions")
    confusions = json.loads(run(round1, "agree", "--confusions", "--format", "json")[1])

    assert code == 0
    assert re.search(
        r"documents round1: mention\n(.*\n)*?  a1\+a2 +exact_f1 +1\.000 +n=4 spans +n=1 tasks; an interval needs 10\.", table
    )
    assert "ordinal_alpha" in table
    assert "n=1 items; a coefficient of levels needs 30." in table
    (level,) = [each for each in figures if each["metric"] == "exact_agreement"]
    assert (level["value"], level["n"], level["annotators"]) == (0.0, 1, ["a1", "a2"])
    assert listed.splitlines()[0] == "1 x claim checkworthiness: check_worthy_factual / unimportant_factual"
    assert "annotations/documents/round1/a1.json region a1regionboats 'Nine boats sank in Bergen'" in listed
    assert [each["kind"] for each in confusions] == ["type"]


def test_agreement_is_a_part_of_the_report(round1: Folder) -> None:
    code, out, _ = run(round1, "agree", "--format", "html")

    assert code == 0
    assert out.startswith('<section id="agree">\n<h1>Agreement before curation</h1>\n<table>\n')
    assert "<td>weighted_f1</td>\n<td>a1, a2</td>\n<td>1.000</td>\n<td>2 links</td>" in out


def test_agreement_says_so_where_there_is_none_to_measure(corpus: Callable[[str], Folder]) -> None:
    assert run(corpus("good"), "agree") == (0, "No round has work of two annotators on one task.\n", "")


def test_agreement_of_a_round_that_is_not_there_is_no_agreement(round1: Folder) -> None:
    code, out, told = run(round1, "agree", "--round", "round9")

    assert (code, out) == (1, "")
    assert told.startswith("annotations: [round-missing] Nobody has finished work in round9.")


def test_agreement_is_refused_on_broken_annotations(round1: Folder) -> None:
    export = round1.export_of("documents", "round1", "a2").path
    export.write_text(export.read_text().replace('["GPE"]', '["GPS"]', 1))

    code, output, errors = run(round1, "agree")

    assert (code, output) == (1, "")
    assert "[label-unknown]" in errors
    assert errors.endswith("1 error; nothing was compared.\n")


def test_a_mention_of_no_entity_cluster_keeps_its_status(round1: Folder) -> None:
    clusters = round1.entity_clusters.read_text(encoding="utf-8").splitlines()
    round1.entity_clusters.write_text(f"{clusters[0]}\n", encoding="utf-8")
    round1.export_of("documents", "round1", "a2").path.unlink()

    entities = tabulate(round1).tables["entities", "train"]

    assert entities.select("text", "entity_cluster_id", "wikidata_status").rows() == [
        ("Oslo", "oslo", "linked"),
        ("Bergen", None, "not_attempted"),
    ]
