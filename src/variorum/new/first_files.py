"""What every new corpus folder begins with: settings as far as they can be seen, labels and guidelines to edit, a card."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from importlib.resources import files

import msgspec

from variorum.build import card
from variorum.corpus.catalogue import Document
from variorum.corpus.settings import DEFAULTS, SPLITS, Settings
from variorum.corpus.splits import draw_split
from variorum.findings import Finding, finding
from variorum.folder import Folder
from variorum.new.language import UNDETERMINED
from variorum.progress import Progress
from variorum.safe_write import write_beside
from variorum.schema.generate import generated_files

FIRST = msgspec.structs.replace(DEFAULTS, version="0.1.0")
"""The settings of a new corpus as far as they need not be seen."""
FEWEST_STORIES = 10
"""Stories from which on they are drawn into three splits: of fewer, a tenth is not one."""
_SPLIT_SEEDS = 100
"""Seeds that are tried until every split has a story: of ten stories and the shares 8:1:1, two in five seeds do it."""


@dataclass
class New:
    """A folder that was made: its documents, and what is wrong or to be decided."""

    settings: Settings
    document_ids: list[str]
    stories: set[str]
    findings: list[Finding]


def write_settings(folder: Folder, settings: Settings, also: str = "") -> None:
    """Writes corpus.yaml, with further lines."""
    written = template("corpus.yaml").format(
        name=json.dumps(settings.name, ensure_ascii=False),
        language=settings.language,
        story_endings=json.dumps(settings.story_endings),
        split_shares=", ".join(f"{split}: {share}" for split, share in settings.split_shares.items()),
        split_seed=settings.split_seed,
    )
    write_beside(folder.settings, (written + also).encode())


def undecided(folder: Folder, settings: Settings, texts: int, stories: int, *, is_frozen: bool) -> list[Finding]:
    """What was taken to be so, for people to decide; texts that were not frozen from seeds are not drawn again either."""
    told = [*_language(settings), *_splits(settings, stories, is_frozen=is_frozen)]
    told += _endings(settings, stories) if is_frozen else _stories(texts, stories)
    return [finding(folder.name(folder.settings), "new-undecided", *each) for each in told]


def with_split_shares(settings: Settings, stories: set[str]) -> Settings:
    """The settings with a seed under which every split has a story; with one split where there are too few stories."""
    tried = (msgspec.structs.replace(settings, split_seed=f"v{number}") for number in range(1, _SPLIT_SEEDS + 1))
    filled = (each for each in tried if {draw_split(story, each) for story in stories} == set(SPLITS))
    one = msgspec.structs.replace(settings, split_shares={"train": 1.0})
    return next(filled, one) if len(stories) >= FEWEST_STORIES else one


def only_filled(settings: Settings, documents: Iterable[Document]) -> Settings:
    """The settings without the splits that no document is in: stories that share text were drawn together."""
    filled = {document.split for document in documents}
    shares = {split: share for split, share in settings.split_shares.items() if split in filled}
    return msgspec.structs.replace(settings, split_shares=shares)


Told = Iterator[tuple[str, str]]
"""A fact, and the line that says otherwise."""
_ANEW = "delete corpus/catalogue.jsonl and run `variorum freeze`"


def _language(settings: Settings) -> Told:
    if settings.language == UNDETERMINED:
        yield "The language could not be seen.", "Write its code, such as `language: en`, before you freeze more."


def _splits(settings: Settings, stories: int, *, is_frozen: bool) -> Told:
    if len(settings.split_shares) > 1:
        return
    shares = ", ".join(f"{split}: {share}" for split, share in DEFAULTS.split_shares.items())
    line = f"`split_shares: {{{shares}}}`"
    if stories < FEWEST_STORIES:
        fact = f"Too few stories to fill three splits ({stories}); all are in train."
    else:
        fact = f"The {stories} stories share too much text to be held apart; all are in train."
    hint = f"When there are more, write {line}." if is_frozen else f"Write other splits into the catalogue's lines, and {line}."
    yield fact, hint


def _endings(settings: Settings, stories: int) -> Told:
    if settings.story_endings:
        tellings = ", ".join(settings.story_endings)
        yield f"Names that end in {tellings} tell {stories} stories.", f"If not, write `story_endings: []`, {_ANEW}."
    else:
        one = "give them one `story_id` in the catalogue"
        hint = f"If several tell one, {one}; or write `story_endings: [-easy, -hard]`, {_ANEW}."
        yield "Every text was taken to tell a story of its own.", hint


def _stories(texts: int, stories: int) -> Told:
    hint = "Where that is not so, write another `story_id` into the catalogue's lines."
    if stories < texts:
        yield f"{texts} texts were taken to tell {stories} stories, by the words that they share.", hint
    else:
        yield "Every text was taken to tell a story of its own.", hint


def write_first_files(folder: Folder, settings: Settings, labels: str) -> None:
    """Writes labels and what is generated from them, guidelines, the card and .gitignore."""
    name = settings.name
    write_beside(folder.labels, labels.encode())
    write_beside(folder.guidelines, template("guidelines.md").encode())
    write_beside(folder.card, template("DATASET_CARD.md").format(name=name, title=json.dumps(name), **_head(settings)).encode())
    write_beside(folder.root / ".gitignore", b"/.label-studio/\n/build/\n")
    for path, text in generated_files(folder)[0].items():
        write_beside(path, text.encode())


def _head(settings: Settings) -> dict[str, str]:
    return {"language": settings.language}


def first_card(folder: Folder, progress: Progress) -> None:
    """Fills in the card's generated parts; what keeps them empty is found by the next validation."""
    text, _ = card(folder, progress)
    if text:
        write_beside(folder.card, text.encode())


def template(name: str) -> str:
    """A file that new folders begin with."""
    return (files("variorum.new") / "templates" / name).read_text(encoding="utf-8")
