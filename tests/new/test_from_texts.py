"""A folder of .txt files becomes a corpus that validates."""

import os
import re
from collections import defaultdict
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from tests.corpus.reference import read_catalogue

from variorum.build import build, validate
from variorum.cli import main
from variorum.corpus.catalogue import DOCUMENT_ID
from variorum.corpus.freeze import Freezing, freeze
from variorum.corpus.settings import read_settings
from variorum.corpus.stories import ENDINGS, endings_seen
from variorum.findings import Finding
from variorum.folder import Folder
from variorum.new.from_texts import new_from_texts
from variorum.new.language import language_of
from variorum.new.names import free

STORIES = [
    "bridge",
    "dam",
    "ferry",
    "harbour",
    "island",
    "lighthouse",
    "market",
    "orchard",
    "river",
    "school",
    "tower",
    "village",
]


def write_texts(folder: Path, level: str = "__{}") -> Path:
    """Twelve stories, each told twice in words of its own."""
    folder.mkdir()
    for number, story in enumerate(STORIES):
        told = f"The old {story} of parish {number} was closed by order {number * 7} for the people of that place."
        for telling, words in (("adv", "notwithstanding objections"), ("easy", "and that was it")):
            (folder / f"{story}{level.format(telling)}.txt").write_bytes(f"\ufeff{told} {story} {words} {number}.\n".encode())
    return folder


def rules(findings: list[Finding]) -> list[str]:
    return [each.rule for each in findings]


def stories_by_split(folder: Folder) -> dict[str, set[str]]:
    found = defaultdict(set)
    for entry in read_catalogue(folder.catalogue.read_bytes(), "catalogue.jsonl")[0]:
        found[entry.document.split].add(entry.document.story_id)
    return dict(found)


def test_the_folder_validates_at_once_and_splits_hold_whole_stories(tmp_path: Path) -> None:
    made = new_from_texts(tmp_path / "news", write_texts(tmp_path / "texts"))
    folder = Folder(tmp_path / "news")

    splits = stories_by_split(folder)

    assert rules(made.findings) == ["new-undecided"]
    assert "__adv, __easy tell 12 stories" in made.findings[0].fact
    assert sorted(splits) == ["test", "train", "validation"]
    assert sorted(story for stories in splits.values() for story in stories) == STORIES
    assert rules(validate(folder)) == ["gold-missing"]
    assert rules(build(folder).findings) == ["gold-missing"]


def test_seeds_are_the_files_to_the_byte_and_marks_are_cut_by_a_recorded_rule(tmp_path: Path) -> None:
    texts = write_texts(tmp_path / "texts")
    new_from_texts(tmp_path / "news", texts)
    folder = Folder(tmp_path / "news")

    (first, *_), _ = read_catalogue(folder.catalogue.read_bytes(), "catalogue.jsonl")

    assert {path.name: path.read_bytes() for path in folder.seed_files()} == {
        path.name: path.read_bytes() for path in texts.iterdir()
    }
    assert first.document.seed_rules == ("byte-order-mark", "final-newline")
    assert first.document.language == "en"


def test_generated_files_and_the_card_are_up_to_date(tmp_path: Path) -> None:
    new_from_texts(tmp_path / "news", write_texts(tmp_path / "texts"))

    results = [CliRunner().invoke(main, [verb, "--check", "--root", str(tmp_path / "news")]) for verb in ("schema", "card")]

    assert [(each.exit_code, each.stdout) for each in results] == [(0, "Up to date.\n")] * 2


def test_a_text_under_two_stories_is_found_with_both_places(tmp_path: Path) -> None:
    """Nothing is frozen then; without the file freeze goes on as `new` would have."""
    texts = write_texts(tmp_path / "texts")
    (texts / "dam__easy.txt").write_bytes((texts / "bridge__easy.txt").read_bytes())
    made = new_from_texts(tmp_path / "news", texts)
    folder = Folder(tmp_path / "news")
    (found,) = [each for each in made.findings if each.rule == "text-duplicate"]

    assert (found.where.file, found.fact) == ("seeds/dam__easy.txt", "The text is that of seeds/bridge__easy.txt.")
    assert not folder.catalogue.exists()

    folder.seed("dam__easy").unlink()
    assert freeze(Freezing(folder, made.settings, set())).findings == []
    assert rules(validate(folder)) == ["gold-missing"]


def test_few_stories_are_all_in_train_and_it_says_what_to_write(tmp_path: Path) -> None:
    (tmp_path / "texts").mkdir()
    (tmp_path / "texts" / "one.txt").write_text("The bridge was closed on Monday.", encoding="utf-8")

    made = new_from_texts(tmp_path / "news", tmp_path / "texts")

    assert [str(each).removeprefix("corpus/corpus.yaml: ") for each in made.findings] == [
        "[new-undecided] Too few stories to fill three splits (1); all are in train. "
        "When there are more, write `split_shares: {train: 0.8, validation: 0.1, test: 0.1}`.",
        "[new-undecided] Every text was taken to tell a story of its own. "
        "If several tell one, give them one `story_id` in the catalogue; or write `story_endings: [-easy, -hard]`, "
        "delete corpus/catalogue.jsonl and run `variorum freeze`.",
    ]
    assert rules(validate(Folder(tmp_path / "news"))) == ["gold-missing"]


def test_what_is_left_out_or_renamed_is_told(tmp_path: Path) -> None:
    texts = tmp_path / "texts"
    for name in ("a/Café au lait.txt", "b/Oslo.TXT", "c/oslo.txt", "notes.docx"):
        (texts / name).parent.mkdir(parents=True, exist_ok=True)
        (texts / name).write_text(f"What {name} says of the town is not what the others say.", encoding="utf-8")

    made = new_from_texts(tmp_path / "news", texts)

    assert [str(each).split(". ")[0] for each in made.findings if each.rule != "new-undecided"] == [
        "notes.docx: [new-left-out] A .docx file is no .txt file",
        "a/Café au lait.txt: [new-renamed] The document's id is Cafe_au_lait",
        "b/Oslo.TXT: [new-renamed] The document's id is b__Oslo",
        "c/oslo.txt: [new-renamed] The document's id is c__oslo",
    ]
    assert sorted(made.document_ids) == ["Cafe_au_lait", "b__Oslo", "c__oslo"]


def test_a_new_telling_goes_to_the_split_of_its_story(tmp_path: Path) -> None:
    made = new_from_texts(tmp_path / "news", write_texts(tmp_path / "texts"))
    folder = Folder(tmp_path / "news")
    (story,) = {min(stories) for split, stories in stories_by_split(folder).items() if split == "test"}
    folder.seed(f"{story}__int").write_text("Words that nobody else has written down anywhere.", encoding="utf-8")
    folder.settings.write_text(folder.settings.read_text("utf-8").replace('["__adv"', '["__int", "__adv"'), encoding="utf-8")

    done = freeze(Freezing(folder, read_settings(folder.settings.read_bytes(), "corpus.yaml")[0], set()))

    assert done.added == [f"{story}__int"]
    assert sum(map(len, stories_by_split(folder).values())) == len(made.stories)


def test_stories_that_share_a_run_of_words_go_to_one_split(tmp_path: Path) -> None:
    texts = write_texts(tmp_path / "texts")
    for path in texts.glob("*__adv.txt"):
        shared = "a speaker said that nothing of this kind had ever been seen before in the county"
        path.write_text(f"{path.read_text('utf-8')} {shared if path.stem[0] in 'bdf' else ''}", encoding="utf-8")

    new_from_texts(tmp_path / "news", texts)

    assert rules(validate(Folder(tmp_path / "news"))) == ["gold-missing"]


@pytest.mark.parametrize(
    ("names", "endings"),
    [
        (["a-adv", "a-ele", "b-adv", "b-ele", "c-adv"], ("-adv", "-ele")),
        (["a_x__B1", "a_x__C1", "b_x__B1", "b_x__C1", "c_y__B1"], ("__B1", "__C1")),
        (["bbc-2021", "bbc-2022", "cnn-2021", "cnn-2022", "sky-2021"], ()),
        (["a-adv", "a-ele"], ()),
        (["a-adv", "b-ele", "c-adv", "d-ele"], ()),
        (["fire", "flood", "frost"], ()),
        ([], ()),
    ],
)
def test_endings_are_seen_where_the_pattern_is_plain(names: list[str], endings: tuple[str, ...]) -> None:
    assert endings_seen(names) == endings


@given(
    st.sets(st.from_regex(r"[a-z]{3}[0-9]{2}", fullmatch=True), min_size=5, max_size=30),
    st.sets(st.from_regex(r"[A-Z][a-z]{2}", fullmatch=True), min_size=2, max_size=4),
    st.sampled_from(["__", "_", "-", "."]),
)
def test_every_full_set_of_tellings_is_seen(stories: set[str], endings: set[str], separator: str) -> None:
    names = [f"{story}{separator}{ending}" for story in stories for ending in endings]

    assert len(endings) in ENDINGS
    assert endings_seen(names) == tuple(sorted(separator + ending for ending in endings))


@given(st.lists(st.text(max_size=300), max_size=20))
def test_any_name_becomes_a_document_id_of_its_own(names: list[str]) -> None:
    taken: set[str] = set()

    found = [free(name, taken) for name in names]

    assert all(DOCUMENT_ID.fullmatch(each) for each in found)
    assert len({each.casefold() for each in found}) == len(names)


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("The council said that it was not to be opened before the end of the year.", "en"),
        ("Der Rat sagte, dass die Brücke nicht vor dem Ende des Jahres geöffnet wird.", "de"),
        ("Le conseil a dit que le pont ne sera pas ouvert avant la fin de l'année.", "fr"),
        ("橋は閉鎖された。", "und"),
        ("", "und"),
    ],
)
def test_a_language_is_seen_or_left_open(text: str, language: str) -> None:
    assert language_of(text) == language


def test_a_folder_that_holds_something_is_never_written_into(tmp_path: Path) -> None:
    texts = write_texts(tmp_path / "texts")

    result = CliRunner().invoke(main, ["new", str(texts), "--texts", str(texts)])

    assert result.exit_code == 2
    assert "is there already" in result.stderr
    assert len(list(texts.iterdir())) == 2 * len(STORIES)


def test_the_next_three_commands_are_told(tmp_path: Path) -> None:
    result = CliRunner().invoke(main, ["new", str(tmp_path / "news"), "--texts", str(write_texts(tmp_path / "texts"))])

    assert result.exit_code == 0
    assert "24 documents of 12 stories" in result.stdout
    assert [line.split("variorum ")[1].split()[0] for line in result.stdout.splitlines()[1:]] == [
        "schema",
        "label-studio",
        "build",
    ]


def test_a_text_in_another_language_is_seen(tmp_path: Path) -> None:
    texts = write_texts(tmp_path / "texts")
    german = "Der Rat sagte, dass die Brücke nicht vor dem Ende des Jahres geöffnet wird, und dass er es bedauert."
    (texts / "rat__easy.txt").write_text(german, encoding="utf-8")

    found = new_from_texts(tmp_path / "news", texts).findings

    folder = Folder(tmp_path / "news")
    entries = read_catalogue(folder.catalogue.read_bytes(), "")[0]
    languages = {entry.document.document_id: entry.document.language for entry in entries}
    assert languages.pop("rat__easy") == "de"
    assert set(languages.values()) == {"en"}
    assert [each.fact for each in found if each.where.file == "corpus/catalogue.jsonl" and each.rule == "new-undecided"] == [
        "By its words rat__easy is in the language de."
    ]


def test_story_endings_written_later_join_stories(tmp_path: Path) -> None:
    """As the note of `new` says: nothing that is frozen changes its story until the catalogue is begun anew."""
    texts = tmp_path / "texts"
    texts.mkdir()
    for name, text in (("fire-adv", "The fire was large."), ("fire-easy", "It burnt."), ("ship", "The ship sank.")):
        (texts / f"{name}.txt").write_text(text)
    (hint,) = [each.hint for each in new_from_texts(tmp_path / "news", texts).findings if "story of its own" in each.fact]
    folder = Folder(tmp_path / "news")
    endings = re.findall(r"`(story_endings: .*?)`", hint)[0].replace("-hard", "-adv")
    folder.settings.write_text(folder.settings.read_text("utf-8").replace("story_endings: []", endings), "utf-8")

    folder.catalogue.unlink()
    freeze(Freezing(folder, read_settings(folder.settings.read_bytes(), "")[0], set()))

    entries = read_catalogue(folder.catalogue.read_bytes(), "")[0]
    assert [entry.document.story_id for entry in entries] == ["fire", "fire", "ship"]


def test_tellings_named_in_another_script_stay_together(tmp_path: Path) -> None:
    texts = tmp_path / "texts"
    texts.mkdir()
    for number, story in enumerate("桥船灯河"):
        for level in ("easy", "hard"):
            (texts / f"故事{story}-{level}.txt").write_text(f"{level}{number} " * 9, encoding="utf-8")

    made = new_from_texts(tmp_path / "news", texts)

    assert len(made.stories) == 4
    assert "u6545u4e8bu6865-easy" in made.document_ids
    assert sum(each.rule == "new-renamed" for each in made.findings) == 8


def test_what_is_no_file_is_left_out(tmp_path: Path) -> None:
    texts = write_texts(tmp_path / "texts")
    (texts / "gone.txt").symlink_to(tmp_path / "nowhere")
    os.mkfifo(texts / "pipe.txt")

    made = new_from_texts(tmp_path / "news", texts)

    assert [str(each.where) for each in made.findings if each.rule == "new-left-out"] == ["gone.txt", "pipe.txt"]
    assert len(made.document_ids) == 2 * len(STORIES)
