"""`variorum diff` as a person runs it: what it says, who and why, and what is wrong with a call."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from shutil import copytree
from typing import Any

import msgspec
import polars as pl
import pytest
from click.testing import CliRunner
from tests.difference.made import LABELS, Row, changed, made

from variorum.build import build
from variorum.cli import main
from variorum.difference.render import Report
from variorum.folder import Folder

Copy = Callable[[str], Folder]
CORPORA = Path(__file__).parent.parent / "corpora"
SCHEMA = Path(__file__).parent / "report.schema.json"


def run(*arguments: object) -> tuple[int, str, str]:
    result = CliRunner().invoke(main, ["diff", *map(str, arguments)])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, result.stdout, result.stderr


def git(folder: Folder, *arguments: str) -> None:
    who = ["-c", "user.name=a1", "-c", "user.email=a1@example.org", "-c", "commit.gpgsign=false"]
    subprocess.run(["git", *who, *arguments], cwd=folder.root, check=True, capture_output=True)


@pytest.fixture(scope="module")
def decided(tmp_path_factory: pytest.TempPathFactory) -> tuple[Folder, Path]:
    """A corpus whose curator has thought better of three items, and the build of before."""
    scratch = tmp_path_factory.mktemp("decided")
    folder = Folder(Path(copytree(CORPORA / "curated-round", scratch / "corpus")))
    build(folder, target=scratch / "before")
    lines = [json.loads(line) for line in folder.decisions("documents").read_text().splitlines()]
    for line in lines:
        if line["item"] == "one/claim/30-55":
            line |= {"decision": "none", "gold": None, "reason": "A heading.", "curator": "c1", "region_id": ""}
        if line["item"] == "one/reading_level":
            line |= {"decision": "a2", "gold": line["candidates"][1]["content"], "reason": "Two clauses.", "curator": "c2"}
        if line["item"] == "one/mention/49-55":
            gold = line["gold"] | {"values": {"type": ["ORG"]}}
            line |= {"decision": "new", "gold": gold, "rule": "curator", "reason": "The harbour.", "curator": "c1"}
    folder.decisions("documents").write_text("".join(json.dumps(line) + "\n" for line in lines))
    done = CliRunner().invoke(main, ["curate", "--root", str(folder.root)])
    assert done.exit_code == 0, done.stderr
    build(folder)
    return folder, scratch / "before"


TEXT = """\
curated-round 1.0.0: rows changed, which asks for version 1.1.0

1 reading level relabelled: A2 -> B1
1 mention relabelled: GPE -> ORG
1 mention's entity removed
1 claim removed: check_worthy_factual
rows of annotations: 9 gone, 4 new
rows of claim_detection: 1 gone, 1 new
rows of claims: 1 gone, 0 new
rows of decisions: 3 gone, 3 new
rows of documents: 1 gone, 1 new
rows of entities: 1 gone, 1 new
rows of ner: 1 gone, 1 new
rows of readability: 1 gone, 1 new

one
  reading level relabelled: A2 -> B1 (curator c2 among a1, a2: Two clauses.)
  mention relabelled 49-55 'Bergen': GPE -> ORG (curator c1 among a1, a2: The harbour.)
  mention's entity removed 49-55 'Bergen': bergen; not_attempted
  claim removed 30-55 'Nine boats sank in Bergen': check_worthy_factual; event_or_property; asserted \
(curator c1 among a1, a2: A heading.)
"""


def test_it_says_what_changed_who_decided_it_and_why(decided: tuple[Folder, Path]) -> None:
    folder, before = decided

    assert run(before, folder.root) == (0, TEXT, "")


def test_the_other_way_round_the_reason_is_that_of_the_build_that_has_it(decided: tuple[Folder, Path]) -> None:
    folder, before = decided

    _, output, _ = run(folder.root, before)

    assert "  claim added 30-55" in output
    assert "(curator c1 among a1, a2: It tells what happened.)" in output


CHANGELOG = """\
## 1.1.0

### Changed

- 1 reading level relabelled (A2 -> B1).
- 1 mention relabelled (GPE -> ORG), such as 49-55 'Bergen' in one.
- Rows by table: `annotations` 9 gone, 4 new; `claim_detection` 1 gone, 1 new; `claims` 1 gone, 0 new; \
`decisions` 3 gone, 3 new; `documents` 1 gone, 1 new; `entities` 1 gone, 1 new; `ner` 1 gone, 1 new; \
`readability` 1 gone, 1 new.

### Removed

- 1 mention's entity, such as 49-55 'Bergen' in one.
- 1 claim (check_worthy_factual), such as 30-55 'Nine boats sank in Bergen' in one.
"""


def test_a_changelog_is_drafted_with_the_version_that_the_changes_ask_for(decided: tuple[Folder, Path]) -> None:
    folder, before = decided

    _, output, _ = run(before, folder.root, "--format", "changelog")

    assert output == CHANGELOG


def test_markdown_has_a_table_of_counts_and_a_heading_a_document(decided: tuple[Folder, Path]) -> None:
    folder, before = decided

    _, output, _ = run(before, folder.root, "--format", "markdown")

    assert "| claims | removed | 1 | check_worthy_factual |\n" in output
    assert "\n## one\n\n- reading level relabelled" in output


def test_json_is_a_report_of_a_fixed_form(decided: tuple[Folder, Path], tmp_path: Path) -> None:
    folder, before = decided
    target = tmp_path / "changes.json"

    code, output, _ = run(before, folder.root, "--format", "json", "--output", target, "--limit", 0)
    report = msgspec.json.decode(target.read_bytes(), type=Report)

    assert (code, output) == (0, "")
    assert (report.listed, report.total, report.difference.changes) == (0, 4, ())
    assert [(each.layer, each.kind, each.label, each.n) for each in report.difference.counts] == [
        ("levels", "relabelled", "A2 -> B1", 1),
        ("mentions", "relabelled", "GPE -> ORG", 1),
        ("entity_clusters", "removed", "", 1),
        ("claims", "removed", "check_worthy_factual", 1),
    ]
    assert form_of(Report) == json.loads(SCHEMA.read_text())


def form_of(type_: Any) -> Any:
    """The JSON schema of a type without what is said of it."""
    written = json.loads(json.dumps(msgspec.json.schema(type_)))
    for definition in written["$defs"].values():
        definition.pop("description", None)
    return written


def test_the_same_build_differs_in_nothing(corpus: Copy) -> None:
    folder = corpus("good")
    build(folder)

    for form, told in {"text": "No differences.\n", "markdown": "No differences.\n"}.items():
        assert run(folder.hub, folder.root, "--exit-code", "--format", form) == (0, told, "")
    assert run(folder.hub, folder.root, "--format", "changelog")[1].startswith("No differences; the version stays ")


def test_a_difference_is_an_exit_code_where_that_is_asked_for(decided: tuple[Folder, Path]) -> None:
    folder, before = decided

    assert run(before, folder.root)[0] == 0
    assert run(before, folder.root, "--exit-code")[0] == 1


def test_what_is_not_listed_is_told(decided: tuple[Folder, Path]) -> None:
    folder, before = decided

    output = run(before, folder.root, "--limit", 0)[1]

    assert output.endswith("4 of 4 changes are not listed; --limit says how many of a layer are.\n")


def test_a_corpus_whose_build_is_stale_is_built_aside(corpus: Copy) -> None:
    folder = corpus("good")
    build(folder)
    stamp = (folder.hub / "manifest.json").stat().st_mtime_ns
    export = folder.annotations / "documents" / "round1" / "a1.json"
    export.write_text(export.read_text().replace('["PERSON"]', '["ORG"]', 1))

    code, output, _ = run(folder.hub, folder.root)

    assert code == 0
    assert "1 mention relabelled: PERSON -> ORG" in output
    assert (folder.hub / "manifest.json").stat().st_mtime_ns == stamp


def test_a_tag_is_exported_and_built(corpus: Copy) -> None:
    folder = corpus("good")
    git(folder, "init", "--quiet")
    git(folder, "add", ".")
    git(folder, "commit", "--quiet", "--message", "First")
    git(folder, "tag", "v1")
    export = folder.annotations / "documents" / "round1" / "a1.json"
    export.write_text(export.read_text().replace('["PERSON"]', '["ORG"]', 1))

    code, output, _ = run("tag:v1", folder.root, "--root", folder.root)

    assert code == 0
    assert "1 mention relabelled: PERSON -> ORG" in output
    assert run("tag:v2", folder.root, "--root", folder.root)[::2] == (
        2,
        f"Error: The git repository of {folder.root} has no tag or commit 'v2'. `git tag` lists the tags.\n",
    )
    assert run("tag:--all", folder.root, "--root", folder.root)[0] == 2


def test_a_tag_outside_a_repository(corpus: Copy, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = corpus("good")
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(folder.root.parent))

    code, _, errors = run("tag:v1", folder.root, "--root", folder.root)

    assert code == 2
    assert "is in no git repository. Name the corpus folder with --root, behind the verb." in errors


def test_what_is_no_build_is_told_with_what_would_be(tmp_path: Path, corpus: Copy) -> None:
    folder = corpus("good")
    (folder.seeds / "broken.txt").write_bytes(b"")
    (tmp_path / "file").write_text("")

    hint = "Name a build, a corpus folder, tag:NAME or ORGANISATION/DATASET[@REVISION]."
    assert run(tmp_path / "nowhere", tmp_path)[::2] == (2, f"Error: {tmp_path / 'nowhere'} is no folder. {hint}\n")
    assert run(tmp_path / "file", tmp_path)[::2] == (2, f"Error: {tmp_path / 'file'} is no folder. {hint}\n")
    assert run(tmp_path, tmp_path)[::2] == (
        2,
        f"Error: {tmp_path} has neither a manifest.json nor a corpus/corpus.yaml. {hint}\n",
    )
    code, _, errors = run(folder.root, folder.root)
    assert code == 2
    assert f"{folder.root} does not build: seeds/broken.txt: [seed-empty]" in errors


def test_metadata_alone_asks_for_a_patch(tmp_path: Path) -> None:
    rows: dict[str, list[Row]] = {"documents": [{"document_id": "d", "text": "A."}]}
    before, after = made(tmp_path / "before", rows), made(tmp_path / "after", rows, LABELS, "1.3.0")
    (before.root / "README.md").write_text("---\nlicense: mit\nconfigs: [1]\n---\nText.\n")
    (after.root / "README.md").write_text("---\nlicense: cc0-1.0\nconfigs: [2]\n---\nOther text.\n")

    assert run(before.root, after.root)[1] == (
        "made 1.2.3 -> made 1.3.0: metadata changed, which asks for version 1.2.4\n"
        "\n"
        "version: 1.2.3 -> 1.3.0\n"
        "card.license: mit -> cc0-1.0\n"
        "card: other prose\n"
    )


def test_words_that_would_break_a_line_or_a_table_do_not(tmp_path: Path) -> None:
    rows: dict[str, list[Row]] = {"documents": [{"document_id": "d", "text": "A."}]}
    entity = {"mention_id": "d#m", "document_id": "d", "start": 0, "end": 2, "text": "A\n| *b*", "type": "GPE"}
    before = made(tmp_path / "before", rows | {"entities": [entity]})
    after = changed(
        before.root,
        tmp_path / "after",
        "entities",
        lambda frame: frame.with_columns(type=pl.lit("ORG"), note=pl.lit("x\x1b[1m\ny")),
    )

    text = run(before.root, after.root)[1]
    markdown = run(before.root, after.root, "--format", "markdown")[1]

    assert "  mention relabelled 0-2 'A\\n| *b*': GPE -> ORG; note none -> x\\x1b[1m\\ny\n" in text
    assert "- mention relabelled 0-2 'A\\\\n\\| \\*b\\*': GPE -> ORG; note none -> x\\x1b\\[1m\\ny\n" in markdown


def test_a_difference_is_a_part_of_the_report(tmp_path: Path) -> None:
    before = made(tmp_path / "before", {"documents": [{"document_id": "d", "text": "A <b>."}]})
    after = made(tmp_path / "after", {"documents": [{"document_id": "d", "text": "B <b>."}]})

    code, output, _ = run(before.root, after.root, "--format", "html")

    assert code == 0
    assert output.startswith('<section id="diff">\n<h1>What changed</h1>\n')
    assert output.endswith("</section>\n")
    assert "text-changed" in output
    assert "<b>" not in output
