"""Projects that were not made for variorum: their regions come out as rows or as rejections, to the character."""

import gzip
import json
import pickle
from collections import Counter
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from tests.report.conftest import unpacked

from variorum.build import build
from variorum.cli import main
from variorum.corpus.catalogue import read_texts
from variorum.findings import Finding, Level
from variorum.folder import Folder
from variorum.new.exports import Imported, Received, import_exports
from variorum.new.first_files import New
from variorum.new.from_label_studio import new_from_label_studio
from variorum.report.gather import gather
from variorum.report.material import material_of
from variorum.schema.foreign import RELATIONS, ForeignLabels, foreign_labels, read_config, table_name
from variorum.schema.foreign_tables import tables_of
from variorum.tabulate import Build, tabulate

Json = dict[str, Any]
CONFIG = """<View>
  <Header value="$title"/>
  <Labels name="part" toName="question,answer" choice="multiple">
    <Label value="Claim"/><Label value="Ground" alias="g"/>
  </Labels>
  <Relations><Relation value="supports"/><Relation value="attacks"/></Relations>
  <Text name="question" value="$q"/>
  <Text name="answer" value="$a"/>
  <Choices name="sure" toName="answer" perRegion="true"><Choice value="yes"/><Choice value="no"/></Choices>
  <choices name="topics" toname="answer" choice="multiple"><choice value="war"/><choice value="art"/></choices>
  <Taxonomy name="field" toName="answer"><Choice value="A"><Choice value="B"/></Choice><Choice value="C"/></Taxonomy>
  <Rating name="stars" toName="question" maxRating="5"/>
  <Number name="age" toName="question"/>
  <DateTime name="when" toName="question"/>
  <TextArea name="note" toName="answer"/>
</View>"""
QUESTION, ANSWER = "Is 💩 the Rhine long?", "It is, I  think.\nBoth banks say so."


def region(
    id_: str, span: tuple[int, int], quoted: str | None, to: str = "answer", labels: tuple[str, ...] = ("Claim",)
) -> Json:
    value = {"start": span[0], "end": span[1], "labels": list(labels)} | ({} if quoted is None else {"text": quoted})
    return {"id": id_, "from_name": "part", "to_name": to, "type": "labels", "value": value}


def answer(name: str, type_: str, value: Json, to: str = "answer", id_: str = "") -> Json:
    return {"id": id_ or name, "from_name": name, "to_name": to, "type": type_, "value": value}


EVERY_KIND = [
    region("r1", (3, 4), "💩", "question"),
    region("r2", (0, 5), "It is", labels=("Claim", "g")),
    region("r3", (7, 15), "I think"),
    {"id": "r3", "from_name": "sure", "to_name": "answer", "type": "choices", "value": {"choices": ["yes"]}},
    {"from_id": "r2", "to_id": "r3", "type": "relation", "direction": "left", "labels": ["supports", "attacks"]},
    {"from_id": "r3", "to_id": "r2", "type": "relation", "direction": "bi"},
    answer("topics", "choices", {"choices": ["war", "art"]}),
    answer("field", "taxonomy", {"taxonomy": [["A", "B"], ["C"]]}),
    answer("stars", "rating", {"rating": 4}, "question"),
    answer("age", "number", {"number": 2.5}, "question"),
    answer("when", "datetime", {"datetime": "2024-05-01"}, "question"),
    answer("note", "textarea", {"text": ["first", "second"]}),
]


def task(id_: int, *works: Json, **data: Any) -> Json:
    return {"id": id_, "data": {"q": QUESTION, "a": ANSWER, "title": "T"} | data, "annotations": list(works)}


def work(id_: int, results: list[Json], by: Any = 1, **more: Any) -> Json:
    return {"id": id_, "completed_by": by, "result": results, "was_cancelled": False} | more


def make(tmp_path: Path, tasks: object, config: str = CONFIG, mark: bytes = b"") -> tuple[New, Folder]:
    exports = [received(tasks, mark=mark)]
    return make_of(tmp_path, exports, config)


def received(tasks: object, name: str = "export.json", mark: bytes = b"") -> Received:
    return Received(name, mark + json.dumps(tasks, ensure_ascii=False).encode())


def make_of(tmp_path: Path, exports: list[Received], config: str = CONFIG) -> tuple[New, Folder]:
    made = new_from_label_studio(tmp_path / "made", exports, Received("config.xml", config.encode()))
    return made, Folder(tmp_path / "made")


def errors(findings: list[Finding]) -> list[str]:
    return [each.rule for each in findings if each.level is Level.ERROR]


def table(built: Build, name: str) -> pl.DataFrame:
    return pl.concat([frame for (config, _), frame in built.tables.items() if config == name])


def test_every_control_becomes_a_table_typed_by_its_tag(tmp_path: Path) -> None:
    _, folder = make(tmp_path, [task(1, work(7, EVERY_KIND))])

    built = tabulate(folder)

    assert errors(built.findings) == []
    rows = {name: table(built, name).to_dicts() for name in tables_of(built.inputs.labels) if name != "agreement"}
    assert [(row["document_id"], row["text"], row["labels"]) for row in rows["part"]] == [
        ("task-1__answer", "It is", ["Claim", "g"]),
        ("task-1__answer", "I  think", ["Claim"]),
        ("task-1__question", "💩", ["Claim"]),
    ]
    assert [(row["text"], row["label"]) for row in rows["sure"]] == [("I  think", "yes")]
    assert rows["topics"][0]["labels"] == ["war", "art"]
    assert rows["field"][0]["labels"] == ["A/B", "C"]
    assert (rows["stars"][0]["rating"], rows["age"][0]["number"]) == (4, 2.5)
    assert (rows["when"][0]["datetime"], rows["note"][0]["texts"]) == ("2024-05-01", ["first", "second"])
    links = [(row["from_region_id"], row["to_region_id"], row["direction"], row["labels"]) for row in rows[RELATIONS]]
    assert links == [("r3", "r2", "right", ["supports", "attacks"]), ("r3", "r2", "bi", [])]
    assert all(row["is_gold"] for name in ("part", "topics", RELATIONS) for row in rows[name])
    assert len(rows["annotations"]) == len(EVERY_KIND)


def test_texts_of_one_task_are_documents_of_one_story_to_the_character(tmp_path: Path) -> None:
    _, folder = make(tmp_path, [task(1, work(7, []), q="\ufeff A \r\nline.\n\n", a=" date 2020 And\tso on. ")])
    lines = (folder.catalogue_folder / "texts.jsonl").read_bytes().splitlines(keepends=True)

    entries = [each for each in read_texts(lines, "texts.jsonl") if not isinstance(each, Finding)]

    assert [json.loads(line)["text"] for line in lines] == ["\ufeff A \r\nline.\n\n", " date 2020 And\tso on. "]
    assert {entry.document.story_id for entry, _ in entries} == {"task-1"}
    assert errors(tabulate(folder).findings) == []


def test_it_builds_and_loads_with_its_closed_sets(tmp_path: Path) -> None:
    from datasets import load_dataset

    _, folder = make(tmp_path, [task(1, work(7, EVERY_KIND))])
    assert errors(build(folder).findings) == []

    loaded = load_dataset(str(folder.hub), "sure", split="train", cache_dir=str(tmp_path / "cache"))

    assert loaded.features["label"].names == ["yes", "no"]
    assert [loaded.features["label"].int2str(row["label"]) for row in loaded] == ["yes"]


def test_offsets_of_old_servers_go_through_the_same_ladder(tmp_path: Path) -> None:
    """UTF-16 units, a stale quotation, a line break as backslash and n, no quotation at all."""
    old = [
        region("u", (10, 15), "Rhine", "question"),
        region("s", (7, 15), "I  think.\nBoth banks"),
        region("n", (10, 21), "think.\\nBoth"),
        region("q", (0, 2), None),
    ]
    _, folder = make(tmp_path, [task(1, work(7, old), q="💩 is the Rhine long?")], mark=b"\xef\xbb\xbf")

    built = tabulate(folder)

    found = {row["region_id"]: (row["text"], row["repair"]) for row in table(built, "part").to_dicts()}
    assert errors(built.findings) == []
    assert found["n"] == ("think.\nBoth", "collapsed-blanks")
    assert found["q"] == ("It", "no-text")
    assert found["s"] == ("I  think", "stale-text")
    assert found["u"] == ("Rhine", "utf16")


def test_annotators_get_pseudonyms_and_of_several_none_is_gold_until_it_is_said(tmp_path: Path) -> None:
    person = {"id": 9, "email": "ann@example.org", "first_name": "Ann", "last_name": ""}
    _, folder = make(tmp_path, [task(1, work(7, EVERY_KIND, person), work(8, EVERY_KIND[:3], 4))])

    (undecided,) = [each for each in tabulate(folder).findings if each.rule == "gold-undecided"]

    assert "[gold-undecided]" in str(undecided)
    assert "task-1__question has 2 annotations, by a1, a2; none is gold. So have 1 more." in undecided.fact
    assert b"example.org" not in b"".join(path.read_bytes() for path in folder.annotation_files())

    folder.settings.write_text(folder.settings.read_text("utf-8") + "gold: [a2, a1]\n", encoding="utf-8")
    built = tabulate(folder)

    assert [each.rule for each in built.findings if each.rule == "gold-undecided"] == []
    assert set(table(built, "part").filter("is_gold")["annotator"]) == {"a2"}


def test_who_is_not_named_is_known_by_the_file() -> None:
    config, _ = read_config(CONFIG.encode(), "config.xml")
    old = {"id": 1, "data": {"q": QUESTION, "a": ANSWER}, "completions": [{"id": 1, "result": EVERY_KIND[:1]}]}

    imported = import_exports([received([old], f"{name}.json") for name in ("mary", "tom")], config)

    assert sorted(imported.tasks) == ["a1", "a2"]
    assert list(imported.texts) == ["task-1__question", "task-1__answer"]
    assert (imported.results_in, imported.results_out) == (2, 2)


def imported(*exports: Received) -> Imported:
    return import_exports(list(exports), read_config(CONFIG.encode(), "config.xml")[0])


def annotated(taken: Imported) -> dict[str, list[str]]:
    """The documents that each annotator has work on."""
    return {name: list(tasks) for name, tasks in taken.tasks.items()}


def held(taken: Imported, annotator: str) -> Json:
    """The first task of an annotator."""
    task: Json = json.loads(next(iter(taken.tasks[annotator].values())))
    return task


def test_files_of_one_project_are_joined_text_by_text() -> None:
    """As where each annotator was exported alone; a text that stands twice in a file is two tasks in each."""
    again = task(2, work(12, [], 5))
    mary = received([task(1, work(7, EVERY_KIND, 5)), again, task(3, work(13, [], 5), q="Only hers?")], "mary.json")
    tom = received([task(11, work(8, EVERY_KIND[:1], 6)), task(12)], "tom.json")

    taken = imported(mary, tom)

    assert [name for name in taken.texts if name.endswith("question")] == [f"task-{each}__question" for each in (1, 2, 3)]
    assert [name for name in annotated(taken)["a2"] if name.endswith("question")] == ["task-1__question"]
    assert errors(taken.findings) == []


def test_one_number_on_two_servers_is_two_people() -> None:
    """Each annotator had a Label Studio of their own, where everybody is user 1 and every project's tasks begin at 1."""
    times = ("2024-05-01T10:00:00Z", "2024-05-02T10:00:00Z")
    files = [received([task(1, work(1, EVERY_KIND, created_at=time))], f"{number}.json") for number, time in enumerate(times)]

    taken = imported(*files)

    assert list(annotated(taken)) == ["a1", "a2"]
    assert [str(each).split(". ")[0] for each in taken.findings] == [
        "0.json: [new-undecided] The number of a user stands for other work on one text in several files: "
        "each file's users were taken as its own"
    ]


def test_one_number_on_texts_of_its_own_is_one_person() -> None:
    files = [
        received([task(1, work(number, EVERY_KIND), title=f"T{number}", q=f"Q{number}?")], f"{number}.json")
        for number in (1, 2)
    ]

    assert list(annotated(imported(*files))) == ["a1"]


def test_an_export_and_a_later_one_of_the_same_project_are_not_both_taken() -> None:
    done = task(1, work(7, EVERY_KIND, created_at="2024-05-01T10:00:00Z"))

    taken = imported(received([done], "may.json"), received([done], "june.json"))

    assert [str(each) for each in taken.findings] == [
        "june.json:1 task 1 annotation 7: [task-twice] may.json holds the same work on task-1. "
        "Give only the newer of the two exports."
    ]


def test_a_draft_is_of_who_made_it() -> None:
    """A draft names its user by an address, and by a number in a field that is not kept."""
    named = {"id": 3, "user": "ann@example.org", "created_username": "Ann ann@example.org, 5", "result": [], "annotation": 8}
    changing = {"id": 4, "user": "tom@example.org", "result": EVERY_KIND[:1], "annotation": 8}
    tasks = [task(1, work(7, [], 5), work(8, [], {"id": 6, "email": "tom@example.org"})) | {"drafts": [named, changing]}]

    taken = imported(received(tasks))

    drafts = {name: [each["id"] for each in held(taken, name)["drafts"]] for name in taken.tasks}
    assert drafts == {"a1": [3], "a2": [4]}


def test_a_reviewer_is_a_number() -> None:
    review = {"id": 1, "created_by": {"id": 4, "email": "ann@example.org", "first_name": "Ann"}, "accepted": True}

    taken = imported(received([task(1, work(7, [], reviews=[review]))]))

    assert held(taken, "a1")["annotations"][0]["reviews"] == [{"id": 1, "created_by": 4, "accepted": True}]


def test_results_without_a_text_are_left_out_each_counted_with_its_place(tmp_path: Path) -> None:
    """One blank text of a thousand is no reason to make nothing."""
    tasks = [task(1, work(7, EVERY_KIND[:3]), q="", a=None), task(2, work(8, EVERY_KIND))]

    taken = imported(received(tasks))
    _, folder = make(tmp_path, tasks)

    assert [str(each) for each in taken.findings if each.where.annotation] == [
        "export.json:1 task 1 annotation 7: [new-left-out] 3 of its 3 results are about a text that the task does not show: "
        "they were left out. If they are wanted, give the task its text in the export."
    ]
    assert (taken.results_in, taken.results_out, taken.left_out) == (len(EVERY_KIND) + 3, len(EVERY_KIND), 3)
    assert errors(tabulate(folder).findings) == []


@pytest.mark.parametrize("results", [None, "none"])
def test_an_annotation_without_results(results: object) -> None:
    taken = imported(received([task(1, {"id": 7, "result": results})]))

    refused = ["export.json:1 task 1 annotation 7: [export-shape] It has no list of results"] if results else []
    assert [str(each).split(". ")[0] for each in taken.findings if each.level is Level.ERROR] == refused
    assert list(taken.tasks) == ([] if results else ["a1"])


def test_what_cannot_be_read_is_refused_with_its_place(tmp_path: Path) -> None:
    config = '<View>\n <Text name="t" value="$t"/>\n <ParagraphLabels name="p" toName="t"/>\n</View>'

    made, folder = make(tmp_path, [task(1)], config)

    assert [str(each).split(". ")[0] for each in made.findings] == [
        "config.xml:3: [config-unsupported] Results of the tag ParagraphLabels ('p') are not read"
    ]
    assert not folder.root.exists()


@pytest.mark.parametrize(
    ("config", "fault"),
    [
        ("<View>\n<Text", "config.xml:2:1: [config-malformed] Not XML"),
        ('<View><Image name="i" value="$i"/></View>', "config.xml:1: [config-unsupported] The config has no Text"),
        ('<View><Text name="t" value="a $t"/><Labels name="l" toName="t"/></View>', "shows 'a $t', which is no single field"),
        (
            '<View><Text name="t" value="$t"/><Rating name="a b" toName="t"/>\n<Number name="A-B" toName="t"/></View>',
            "The controls 'a b' and 'A-B' would have one table",
        ),
        (
            '<View><Text name="t" value="$t"/><Image name="i" value="$i"/><Rating name="r" toName="t"/>\n'
            '<Choices name="c" toName="i"><Choice value="x"/></Choices></View>',
            "config.xml:2: [config-unsupported] The control 'c' is about 'i', which is no Text. Take the tag out of the config",
        ),
        ('<View><Text name="t" value="$t" encoding="base64"/><Labels name="l" toName="t"/></View>', "'t' is in base64"),
        ('<View><Text name="t" value="$t" valueType="url"/><Labels name="l" toName="t"/></View>', "fetched from an address"),
    ],
)
def test_a_config_at_fault(config: str, fault: str) -> None:
    assert fault in str(read_config(config.encode(), "config.xml")[1][0])


def test_an_export_that_lost_its_annotations_is_refused_once(tmp_path: Path) -> None:
    made, _ = make(tmp_path, [{"id": 1, "q": "Why?", "part": []}, {"id": 2, "q": "Why?"}])

    assert [str(each).split(". ")[0] for each in made.findings] == [
        "export.json:1: [export-json-min] The record has no `data`, as have 1 more: they are no tasks"
    ]


def test_a_single_record_that_is_no_task() -> None:
    (found,) = imported(received({"projects": []})).findings

    assert str(found).startswith("export.json:1: [export-json-min] The record has no `data`: it is no task. ")


def test_tasks_that_show_one_text_are_of_one_story(tmp_path: Path) -> None:
    made, folder = make(tmp_path, [task(1, work(7, EVERY_KIND)), task(2, work(8, EVERY_KIND[1:3]), q="Why is that so?")])

    built = tabulate(folder)

    assert made.stories == {"task-1"}
    assert errors(built.findings) == []
    (told,) = [each for each in built.findings if each.rule == "text-duplicate"]
    assert told.hint.startswith("Nothing to do where two tasks are meant to show it")


def test_a_result_about_a_text_that_is_not_there_is_put_to_no_other(tmp_path: Path) -> None:
    made, folder = make(tmp_path, [task(1, work(7, [region("r1", (0, 2), None), EVERY_KIND[0]]), a="")])

    assert [str(each).split(". ")[0] for each in made.findings if each.rule == "new-left-out"] == [
        "export.json:1 task 1: [new-left-out] The task's data has no text `a`",
        "export.json:1 task 1 annotation 7: [new-left-out] 1 of its 2 results are about a text that the task does not show: "
        "they were left out",
    ]
    assert table(tabulate(folder), "part")["text"].to_list() == ["💩"]


def test_a_result_about_what_is_no_text_of_the_config_is_refused(tmp_path: Path) -> None:
    made, folder = make(tmp_path, [task(1, work(7, [region("r1", (0, 2), None, to="other")]))])

    assert [str(each).split(". ")[0] for each in made.findings] == [
        "export.json:1 task 1 annotation 7 region r1: [export-shape] The result is about 'other', which is no text of the task",
    ]
    assert not folder.root.exists()


def test_a_field_with_an_address_is_left_out_and_told(tmp_path: Path) -> None:
    made, folder = make(tmp_path, [task(1, work(7, EVERY_KIND), asked_by="ann@example.org")])

    assert "The field `asked_by` holds an e-mail address in 1 tasks; there it was not taken over." in [
        each.fact for each in made.findings
    ]
    assert errors(tabulate(folder).findings) == []


BAD = [
    region("e", (6, 7), " "),
    answer("sure", "choices", {"choices": ["yes"]}, id_="e"),
    {"from_id": "e", "to_id": "r3", "type": "relation", "labels": ["supports"]},
    answer("box", "rectanglelabels", {"rectanglelabels": ["Car"]}, to="image"),
]


def test_what_cannot_be_mended_is_left_out_by_a_line_that_says_so(tmp_path: Path) -> None:
    """Of a thousand regions one marks a blank, and the project it came from is gone."""
    _, folder = make(tmp_path, [task(1, work(7, EVERY_KIND + BAD))])

    refused = tabulate(folder)
    asked = "may_reject: [control-unknown, span-empty]"
    folder.settings.write_text(folder.settings.read_text("utf-8") + asked + "\n", encoding="utf-8")
    built = build(folder)

    found = [each for each in refused.findings if each.level is Level.ERROR]
    assert [(each.rule, each.where.region) for each in found] == [("span-empty", "e"), ("control-unknown", "box")]
    assert found[0].hint.endswith(
        "Or write `may_reject: [span-empty]` into corpus/corpus.yaml: then it is left out and listed."
    )
    assert errors(built.findings) == []
    assert [each.rule for each in built.findings if each.where.region in ("e", "box")] == ["span-empty", "control-unknown"]
    kept = pl.read_parquet(folder.hub / "annotations").filter(pl.col("rejected_by") != "")
    assert sorted(kept["rejected_by"]) == ["control-unknown", "relation-dangling", "span-empty", "span-empty"]


def test_only_what_is_in_the_accounts_may_be_left_out(tmp_path: Path) -> None:
    _, folder = make(tmp_path, [task(1, work(7, EVERY_KIND))])
    folder.settings.write_text(folder.settings.read_text("utf-8") + "may_reject: [task-twice]\n", encoding="utf-8")

    assert "settings-malformed" in errors(tabulate(folder).findings)


def test_agreement_is_on_its_own_controls(tmp_path: Path) -> None:
    """Regions and their answers, relations, and the closed answers about a whole text."""
    other = {"r2": region("r2", (0, 5), "It is"), "topics": answer("topics", "choices", {"choices": ["art"]})}
    differs = [other.get(each.get("id", ""), each) for each in EVERY_KIND]
    tasks = [
        task(number, work(number, EVERY_KIND, 1), work(number + 9, differs, 2), q=f"{QUESTION} {number}") for number in (1, 2)
    ]
    _, folder = make(tmp_path, tasks)

    shown = CliRunner().invoke(main, ["agree", "--root", str(folder.root), "--format", "json"])

    found = {(each["layer"], each["metric"], each["label"]): (each["value"], each["n"]) for each in json.loads(shown.stdout)}
    assert found["part", "exact_f1", ""] == (0.666667, 12)
    assert found["part", "attribute_jaccard", "sure"] == (1.0, 2)
    assert found["topics", "exact_agreement", ""] == (0.0, 2)
    assert found["topics", "mean_jaccard", ""] == (0.5, 2)
    assert found["field", "exact_agreement", ""] == (1.0, 2)
    assert ("note", "exact_agreement", "") not in found


def test_the_report_draws_it(tmp_path: Path) -> None:
    _, folder = make(tmp_path, [task(1, work(7, EVERY_KIND), work(8, BAD, 2))])

    gathered = gather(material_of(tabulate(folder)))
    index, (story,) = gathered.index, map(unpacked, gathered.stories)

    (own,) = [each for each in story["documents"] if each["id"] == "task-1__answer"]
    layers = {each["annotator"]: each for each in own["layers"]}
    spans = [(each["layer"], each["type"], each["inventory"], each.get("answers")) for each in layers["a1"]["spans"]]
    assert spans == [("mention", "Claim + g", "part", None), ("mention", "Claim", "part", {"sure": "yes"})]
    assert layers["a1"]["answers"] == {"field": ["A/B", "C"], "note": ["first", "second"], "topics": ["war", "art"]}
    assert [each["type"] for each in layers["a1"]["relations"]] == ["supports", "attacks", "related"]
    assert {each["rule"] for each in layers["a2"]["rejected"]} == {"span-empty", "relation-dangling"}
    assert list(index["labels"]["part"]) == ["Claim", "g"]


def test_labels_that_disagree_with_the_config_are_found(tmp_path: Path) -> None:
    _, folder = make(tmp_path, [task(1, work(7, EVERY_KIND))])
    folder.labels.write_text(folder.labels.read_text("utf-8").replace("name: war", "name: peace"), encoding="utf-8")

    assert "topics lacks war, which the config offers." in [each.fact for each in tabulate(folder).findings]


def test_the_command_line_tells_what_it_made(tmp_path: Path) -> None:
    export, config = str(tmp_path / "export.json"), str(tmp_path / "config.xml")
    Path(export).write_bytes(received([task(1, work(7, EVERY_KIND))]).read())
    Path(config).write_text(CONFIG, encoding="utf-8")

    made = CliRunner().invoke(main, ["new", str(tmp_path / "two"), "--from-label-studio", export, "--config", config])
    wrong = CliRunner().invoke(main, ["new", str(tmp_path / "three"), "--from-label-studio", export])
    (tmp_path / "folder").mkdir()
    Path(export).rename(tmp_path / "folder" / "1.json")
    of_folder = str(tmp_path / "folder")
    whole = CliRunner().invoke(main, ["new", str(tmp_path / "four"), "--from-label-studio", of_folder, "--config", config])

    assert whole.stdout.splitlines()[0] == f"2 texts with annotations, in {tmp_path / 'four'}. Next:"
    assert (made.exit_code, made.stdout.splitlines()[0]) == (
        0,
        f"2 texts with annotations, in {tmp_path / 'two'}. Next:",
    )
    assert wrong.exit_code == 2


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["http://localhost:1"], "Name the project on the server with --project"),
        (["http://localhost:1", "--project", "3"], "Set LABEL_STUDIO_API_KEY to a token of http://localhost:1."),
        (["there-is-none.json"], "Give the labelling config of the exports with --config"),
        (["there-is-none.json", "--config", __file__], "'there-is-none.json' does not exist"),
    ],
)
def test_a_call_that_cannot_be_right(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], told: str) -> None:
    monkeypatch.delenv("LABEL_STUDIO_API_KEY", raising=False)

    wrong = CliRunner().invoke(main, ["new", str(tmp_path / "made"), "--from-label-studio", *arguments])

    assert (wrong.exit_code, told in " ".join(wrong.output.split())) == (2, True), wrong.output


@pytest.mark.parametrize(
    ("name", "written", "rule"),
    [
        ("e.json", b'[{"id": 1, "data": {"q": "a', "export-truncated"),
        ("e.json", b'[{"id": 1, "data": {"q": "\xff"}}]', "export-not-json"),
        ("e.json.gz", b"[]", "export-unreadable"),
        ("e.zip", b"PK\x03\x04\x9d", "export-format"),
        ("e.csv", b"id,text\n", "export-format"),
        ("e.conll", b"-DOCSTART- -X- O\n", "export-format"),
    ],
)
def test_a_broken_export_is_named_with_its_place(tmp_path: Path, name: str, written: bytes, rule: str) -> None:
    (tmp_path / name).write_bytes(written)

    assert [each.rule for each in imported(Received(name, tmp_path / name)).findings] == [rule]


def test_a_packed_export_is_unpacked(tmp_path: Path) -> None:
    (tmp_path / "e.json.gz").write_bytes(gzip.compress(received([task(1, work(7, EVERY_KIND))]).read()))

    assert imported(Received("e.json.gz", tmp_path / "e.json.gz")).results_out == len(EVERY_KIND)


def test_exports_of_one_name_are_two_files_and_one_given_twice_is_refused(tmp_path: Path) -> None:
    """As `mary/export.json` and `tom/export.json`: the text that both show is one document."""
    (tmp_path / "config.xml").write_text(CONFIG, encoding="utf-8")
    calls = []
    for number, name in enumerate(("mary", "tom"), start=1):
        (tmp_path / name).mkdir()
        (tmp_path / name / "export.json").write_bytes(received([task(1, work(number, EVERY_KIND, number))]).read())
        calls.append(["--from-label-studio", str(tmp_path / name / "export.json")])
    new = ["new", str(tmp_path / "made"), "--config", str(tmp_path / "config.xml")]

    twice = CliRunner().invoke(main, [*new, *calls[0], *calls[0]])
    made = CliRunner().invoke(main, [*new, *calls[0], *calls[1]])

    assert (twice.exit_code, "One export is named twice." in twice.output) == (2, True)
    assert made.output.splitlines()[-4].startswith("2 texts with annotations")


def test_no_table_of_a_control_takes_the_place_of_another() -> None:
    assert [table_name(name) for name in ("documents", "my label", "relations", "part")] == [
        "documents_results",
        "my_label",
        "relations_results",
        "part",
    ]


def test_a_control_may_have_a_name_of_the_engine_s_own(tmp_path: Path) -> None:
    """Its labels are not taken for those of relations, nor its marks; and it is said what its table is called."""
    config = CONFIG.replace('"part"', '"relations"').replace('"topics"', '"document_role"')
    names = {"part": "relations", "topics": "document_role"}
    results = [each | {"from_name": names.get(each.get("from_name", ""), each.get("from_name"))} for each in EVERY_KIND]
    made, folder = make(tmp_path, [task(1, work(7, results, 1), work(8, results, 2))], config)
    folder.settings.write_text(folder.settings.read_text("utf-8") + "gold: [a1]\n", encoding="utf-8")

    built = tabulate(folder)

    assert [each.fact for each in made.findings if each.rule == "new-renamed"] == [
        "The table of the control 'relations' is relations_results: 'relations' is a name of the engine's own.",
        "The table of the control 'document_role' is document_role_results: 'document_role' is a name of the engine's own.",
    ]
    assert errors(built.findings) == []
    assert table(built, "relations_results").height == 2 * 3
    assert sorted(table(built, RELATIONS)["labels"].to_list()) == [[], [], ["supports", "attacks"], ["supports", "attacks"]]
    figures = {(row["layer"], row["metric"]): row["n"] for row in table(built, "agreement").to_dicts() if not row["label"]}
    assert (figures["relations_results", "exact_f1"], figures[RELATIONS, "exact_f1"]) == (6, 4)
    assert ("document_role_results", "nominal_alpha") in figures


def test_a_curator_s_export_counts_before_the_annotators(tmp_path: Path) -> None:
    _, folder = make(tmp_path, [task(1, work(7, EVERY_KIND, 1), work(8, EVERY_KIND[:3], 2))])
    folder.gold("documents").path.write_bytes(folder.export_of("documents", "round1", "a2").path.read_bytes())

    built = tabulate(folder)

    assert errors(built.findings) == []
    gold = table(built, "part").filter("is_gold").select("annotator", "round").unique().rows()
    assert gold == [("gold", "")]
    assert set(table(built, "agreement")["round"]) == {"round1"}


@pytest.mark.parametrize(
    ("call", "told"),
    [
        (["curate"], "schema/project.xml was not made for variorum: its work is not decided here."),
        (["convert", "brat", "--dry-run"], "convert knows mentions, claims and relations alone."),
    ],
)
def test_verbs_for_the_engine_s_own_projects_say_so_and_write_nothing(tmp_path: Path, call: list[str], told: str) -> None:
    _, folder = make(tmp_path, [task(1, work(7, EVERY_KIND))])
    before = folder.annotation_files()

    refused = CliRunner().invoke(main, [*call, "--root", str(folder.root)])

    assert (refused.exit_code, told in " ".join(refused.output.split())) == (2, True), refused.output
    assert folder.annotation_files() == before


SPAN = st.tuples(st.integers(-2, 40), st.integers(-2, 40))
QUOTED = st.sampled_from([None, "It is", "Rhine", "think", "💩"])


@pytest.mark.slow
@given(
    st.lists(
        st.one_of(
            st.builds(region, st.sampled_from("abc"), SPAN, QUOTED, st.sampled_from(["question", "answer"])),
            st.sampled_from(EVERY_KIND),
            st.sampled_from([{"type": "relation", "from_id": "a", "to_id": "zz", "labels": []}, {"id": "e"}]),
        ),
        max_size=8,
    )
)
def test_results_in_are_rows_and_rejections_out(tmp_path_factory: pytest.TempPathFactory, results: list[Json]) -> None:
    """Whatever the results are; skipped, so that rejections are warnings and the accounts come out whole."""
    _, folder = make(tmp_path_factory.mktemp("any"), [task(1, work(7, results, was_cancelled=True))])

    built = tabulate(folder)

    assert "conservation" not in [each.rule for each in built.findings]
    totals = Counter[str]()
    for ledger in built.ledgers.values():
        totals.update(results=ledger.results, rows=ledger.rows, rejected=sum(ledger.rejections.values()))
    assert totals["results"] == len(results)
    assert totals["results"] == totals["rows"] + totals["rejected"] or errors(built.findings)


def test_labels_of_such_a_project_can_be_sent_to_workers() -> None:
    config, _ = read_config(CONFIG.encode(), "config.xml")
    labels = foreign_labels(config, {})

    sent = pickle.loads(pickle.dumps(labels))  # noqa: S301 # what was pickled here

    assert type(sent) is ForeignLabels
    assert (dict(sent), sent.project, sent.gold) == (dict(labels), labels.project, labels.gold)
    assert tables_of(sent) == tables_of(labels)


def test_annotators_of_the_same_texts_are_compared_control_by_control(tmp_path: Path) -> None:
    """Ten tasks by two, and one that a third did alone; the second chooses and marks something else on every other task."""
    from datasets import load_dataset

    other = [answer("topics", "choices", {"choices": ["art"]}), *(each for each in EVERY_KIND if each.get("id") != "topics")]
    other[1] = region("r1", (3, 4), "💩", "question", labels=("g",))
    tasks = [
        task(
            each,
            work(2 * each, EVERY_KIND, 1),
            work(2 * each + 1, other if each % 2 else EVERY_KIND, 2),
            q=f"{QUESTION} {each}?",
        )
        for each in range(1, 11)
    ]
    _, folder = make(tmp_path, [*tasks, task(11, work(99, EVERY_KIND, 3), q=f"{QUESTION} Who?")])
    folder.settings.write_text(folder.settings.read_text("utf-8") + "gold: [a1, a3]\n", encoding="utf-8")

    assert errors(build(folder).findings) == []

    rows = load_dataset(str(folder.hub), "agreement", split="full", cache_dir=str(tmp_path / "cache")).to_list()
    found = {(row["layer"], row["metric"]): row for row in rows if row["annotators"] == ["a1", "a2"] and not row["label"]}
    assert {layer for layer, _ in found} == {"part", "topics", "field", "stars", "age", RELATIONS}
    assert found["part", "exact_f1"]["value"] == pytest.approx(1 - 5 / 30, abs=1e-6)
    assert found["topics", "exact_agreement"]["value"] == 0.5
    assert found["topics", "nominal_alpha"]["value"] == pytest.approx(1 - 19 * 10 / (2 * 5 * 15), abs=1e-6)
    assert found[RELATIONS, "label_f1"]["value"] == 1
    assert found["age", "interval_alpha"]["reason"] == "n=10 items; a coefficient of numbers needs 30."
    assert all(row["tasks"] == 20 for row in found.values())
    assert [row["value"] for row in rows if (row["metric"], row["label"]) == ("attribute_alpha", "sure")] == [None] * 2
    card = (folder.hub / "README.md").read_text("utf-8")
    assert "| documents | round1 | topics | nominal_alpha | a1, a2 |" in card


def test_an_address_in_a_text_is_no_address_of_an_annotator(tmp_path: Path) -> None:
    """Where it begins a line, JSON has the letter of an escape before it."""
    note = answer("note", "textarea", {"text": ["ok", "write to bob@example.org"]})
    _, folder = make(tmp_path, [task(1, work(7, [note]), q="Lee:\nann.lee@example.org\r\nbob@example.org")])

    assert errors(tabulate(folder).findings) == []


def test_who_is_named_by_an_address_is_named_by_a_pseudonym_alone(tmp_path: Path) -> None:
    _, folder = make(tmp_path, [task(1, work(7, EVERY_KIND, "ann@example.org"), work(8, EVERY_KIND, "tom@example.org"))])

    written = [json.loads(path.read_bytes())[0]["annotations"][0] for path in folder.annotation_files()]

    assert [(each["id"], each["completed_by"]) for each in written] == [(7, None), (8, None)]
    assert errors(tabulate(folder).findings) == []


def test_a_result_without_an_id_is_called_by_its_place_and_a_number_is_an_id(tmp_path: Path) -> None:
    """As other tools write them and Label Studio stores and exports them; a name that is taken is not given twice."""
    bare = [{key: value for key, value in each.items() if key != "id"} for each in (EVERY_KIND[1], EVERY_KIND[6])]
    numbered = [region("result-1", (7, 15), "I think"), EVERY_KIND[2] | {"id": 5}]
    link = {"from_id": 5, "to_id": "result-1", "type": "relation", "direction": "right"}
    _, folder = make(tmp_path, [task(1, work(7, [*bare, *numbered, link]))])

    built = tabulate(folder)

    assert errors(built.findings) == []
    assert sorted(table(built, "part")["region_id"]) == ["5", "result-1", "result-1-"]
    assert table(built, "topics")["region_id"].to_list() == ["result-4"]
    assert table(built, RELATIONS).select("from_region_id", "to_region_id").rows() == [("5", "result-1")]


@pytest.mark.parametrize(
    ("attributes", "choices", "labels"),
    [('allowNested="true"', [["pos", "very"]], ["pos/very"]), ("", ["very"], ["very"])],
)
def test_choices_in_choices(tmp_path: Path, attributes: str, choices: list[Any], labels: list[str]) -> None:
    """Where it is allowed the export has paths, elsewhere the choice alone."""
    config = (
        f'<View><Text name="t" value="$a"/><Choices name="mood" toName="t" choice="multiple" {attributes}>'
        '<Choice value="pos"><Choice value="very"/></Choice></Choices></View>'
    )
    _, folder = make(tmp_path, [task(1, work(7, [answer("mood", "choices", {"choices": choices}, "t")]))], config)

    built = tabulate(folder)

    assert errors(built.findings) == []
    assert table(built, "mood")["labels"].to_list() == [labels]


ODD = [
    answer("stars", "rating", {"rating": None}, "question", "null"),
    answer("stars", "rating", {"rating": 3.5}, "question", "half"),
    answer("stars", "rating", {"rating": "4"}, "question", "text"),
    {"id": "bare", "from_name": "part", "to_name": "answer", "type": "labels", "value": {"start": 0, "end": 2, "text": "It"}},
    {"id": "untyped", "from_name": "part", "to_name": "answer", "value": {"start": 0, "end": 2, "labels": ["g"]}},
]


def test_a_result_that_is_not_as_it_should_be_can_be_left_out(tmp_path: Path) -> None:
    _, folder = make(tmp_path, [task(1, work(7, EVERY_KIND + ODD))])

    refused = [each for each in tabulate(folder).findings if each.level is Level.ERROR]
    folder.settings.write_text(folder.settings.read_text("utf-8") + "may_reject: [export-shape]\n", encoding="utf-8")
    built = tabulate(folder)

    assert {each.rule for each in refused} == {"export-shape"}
    assert {each.where.region for each in refused} == {"null", "half", "text", "bare", "untyped"}
    assert all("`may_reject: [export-shape]`" in each.hint for each in refused)
    assert errors(built.findings) == []
    assert sum(ledger.rejections["export-shape"] for ledger in built.ledgers.values()) == len(ODD)
    assert table(built, "stars")["rating"].to_list() == [4]


def test_an_annotation_that_is_none_is_never_left_out(tmp_path: Path) -> None:
    _, folder = make(tmp_path, [task(1, work(7, EVERY_KIND))])
    folder.settings.write_text(folder.settings.read_text("utf-8") + "may_reject: [export-shape]\n", encoding="utf-8")
    export = folder.export_of("documents", "round1", "a1").path
    export.write_bytes(export.read_bytes().replace(b'"was_cancelled": false', b'"was_cancelled": 0'))

    assert "export-shape" in errors(tabulate(folder).findings)


ABOUT_TWO = """<View><Text name="t" value="{value}"/><Text name="help" value="Read it twice."/>
<Choices name="mood" toName="t"><Choice value="pos"/></Choices>
<Choices name="done" toName="help"><Choice value="yes"/></Choices></View>"""


def test_choices_about_an_instruction_refuse_nothing_where_nobody_chose(tmp_path: Path) -> None:
    config = ABOUT_TWO.format(value="$a")
    mood, done = answer("mood", "choices", {"choices": ["pos"]}, "t"), answer("done", "choices", {"choices": ["yes"]}, "help")
    refused, _ = make(tmp_path, [task(1, work(7, [mood, done])), task(2, work(8, [done]), a="More.")], config)
    _, folder = make(tmp_path, [task(1, work(7, [mood]))], config)

    assert [each.fact for each in refused.findings if each.level is Level.ERROR] == [
        "2 results are about the Text 'help', which shows the same words in every task."
    ]
    assert errors(tabulate(folder).findings) == []


@pytest.mark.parametrize(
    ("value", "data", "fields"),
    [
        ("$doc.text", {"doc": {"text": ANSWER, "by": "T"}}, {"doc": {"by": "T"}}),
        ("$docs[1].text", {"docs": ["x", {"text": ANSWER}]}, {"docs": ["x", {}]}),
        ("$a.b", {"a.b": ANSWER, "a": {"b": "other"}}, {"a": {"b": "other"}}),
    ],
)
def test_a_text_may_lie_deep_in_the_data(tmp_path: Path, value: str, data: Json, fields: Json) -> None:
    mood = answer("mood", "choices", {"choices": ["pos"]}, "t")
    one = {"id": 1, "data": data, "annotations": [work(7, [mood])]}
    _, folder = make(tmp_path, [one], ABOUT_TWO.format(value=value))

    (written,) = json.loads(folder.export_of("documents", "round1", "a1").path.read_bytes())

    assert (written["data"]["text"], written["data"]["fields"]) == (ANSWER, fields)
    assert errors(tabulate(folder).findings) == []


def test_a_folder_of_files_with_a_task_each_is_one_export(tmp_path: Path) -> None:
    """As servers before 1.0 kept them: completions/1.json; who made them is not said in any."""
    (tmp_path / "completions").mkdir()
    for number in (1, 2):
        data = {"q": f"{QUESTION} {number}", "a": ANSWER}
        one = {"id": number, "data": data, "completions": [{"id": 1, "result": EVERY_KIND}]}
        (tmp_path / "completions" / f"{number}.json").write_bytes(json.dumps(one).encode())

    taken = imported(Received("completions", tmp_path / "completions"))
    empty = imported(Received("no files", tmp_path))

    assert {name: len(tasks) for name, tasks in taken.tasks.items()} == {"a1": 4}
    assert (errors(taken.findings), taken.results_out) == ([], 2 * len(EVERY_KIND))
    assert errors(empty.findings) == ["export-unreadable"]


def test_a_zip_is_told_to_be_unpacked(tmp_path: Path) -> None:
    (tmp_path / "e.zip").write_bytes(b"PK\x03\x04\x9d")

    (refused,) = imported(Received("e.zip", tmp_path / "e.zip")).findings

    assert str(refused) == "e.zip: [export-format] A .zip is not unpacked. Unpack it, and give the JSON file in it."


def test_an_answer_about_a_region_whose_control_is_about_texts_is_told(tmp_path: Path) -> None:
    """Its span has no column; with the attribute in the corpus's own config, it gets one."""
    note = answer("note", "textarea", {"text": ["hm"], "start": 7, "end": 15}, id_="r3")
    _, folder = make(tmp_path, [task(1, work(7, [EVERY_KIND[2], note]))])

    told = [each for each in tabulate(folder).findings if each.rule == "attribute-astray"]
    config = folder.project_config.read_text("utf-8").replace('name="note"', 'name="note" perRegion="true"')
    folder.project_config.write_text(config, encoding="utf-8")
    mended = tabulate(folder)

    assert [(each.level, each.where.region) for each in told] == [(Level.WARNING, "r3")]
    assert "attribute-astray" not in [each.rule for each in mended.findings]
    assert table(mended, "note").select("start", "end", "text").rows() == [(7, 15, "I  think"[:8])]


def test_a_label_that_is_offered_twice_is_one(tmp_path: Path) -> None:
    twice = CONFIG.replace('<Label value="Claim"/>', '<Label value="Claim" hint="first"/>')
    config = twice.replace('alias="g"/>', 'alias="g"/><Label value="Claim" hint="second"/>')
    made, folder = make(tmp_path, [task(1, work(7, EVERY_KIND))], config)

    built = tabulate(folder)

    told = [str(each).split(":")[0] for each in made.findings if each.rule == "config-unsupported"]
    assert told == ["config.xml"]
    assert errors(built.findings) == []
    assert [(each.name, each.definition) for each in built.inputs.labels["part"].labels] == [("Claim", "first"), ("g", "")]


def test_a_result_that_names_its_text_by_a_list_is_a_finding(tmp_path: Path) -> None:
    odd = EVERY_KIND[0] | {"to_name": ["question"], "from_name": ["part"]}
    _, folder = make(tmp_path, [task(1, work(7, [odd]))])

    assert errors(tabulate(folder).findings) == ["export-shape"]


def test_a_relation_between_two_texts_is_told_as_what_it_is(tmp_path: Path) -> None:
    link = {"from_id": "r1", "to_id": "r2", "type": "relation", "direction": "right"}
    _, folder = make(tmp_path, [task(1, work(7, [EVERY_KIND[0], EVERY_KIND[1], link]))])

    (found,) = [each for each in tabulate(folder).findings if each.level is Level.ERROR]

    assert found.fact == "There is no region 'r2' in this text, where both ends must be."
    assert found.hint.startswith("Draw it between two regions of one text. Or write `may_reject: [relation-dangling]`")


def test_a_name_that_cannot_be_an_id_is_changed_and_told() -> None:
    taken = imported(received([task(1, id="a/b"), task(2, id="c", q="Other?")]))

    assert [each.fact for each in taken.findings] == ["The document's id is a_b; the task calls it 'a/b'."]


def test_of_several_of_one_annotator_the_newest_counts_and_gold_names_annotators_who_are_there(tmp_path: Path) -> None:
    works = [work(9, EVERY_KIND, updated_at="2024-05-01T10:00:00Z"), work(8, EVERY_KIND, updated_at="2024-05-02T10:00:00Z")]
    _, folder = make(tmp_path, [task(1, *works)])
    folder.settings.write_text(folder.settings.read_text("utf-8") + "gold: [a1, mary]\n", encoding="utf-8")

    built = tabulate(folder)

    told = [each.fact for each in built.findings if each.rule in ("gold-undecided", "new-undecided")]
    assert "`gold` names 'mary', and no export is of that annotator; there are a1." in told
    assert "has 2 annotations by a1; the newest, 8, counts." in told[0]
    assert set(table(built, "annotations").filter("is_gold")["annotation_id"]) == {"8"}
