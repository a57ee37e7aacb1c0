"""A whole corpus of made-up articles that `variorum validate` finds nothing wrong with:

    python -m tests.benchmarks.corpus FOLDER --tasks 1000 [--files 4] [--inline] [--seed 7]

Every document is annotated once, and a fifth of them a second time, whose differences a curator decided. Exports are as
Label Studio's server writes them. Documents are made and written one by one, so that memory does not grow with them.
"""

import argparse
import shutil
from bisect import bisect_left
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from random import Random
from string import ascii_letters, digits
from typing import IO, Any
from uuid import UUID

import msgspec

from tests.benchmarks.articles import REPOSITORY, Article, Mark, Marks, Press
from variorum.annotations.export import RawTask
from variorum.annotations.layout import laid_out_task
from variorum.annotations.task_data import document_data
from variorum.corpus.catalogue import Document
from variorum.corpus.settings import SPLITS, Settings, read_settings
from variorum.corpus.splits import draw_split
from variorum.curation.decisions import Decision, settle
from variorum.curation.gold import gold_task
from variorum.curation.items import items_of
from variorum.dataset.examined import finished
from variorum.dataset.span_rules import examine
from variorum.findings import failed
from variorum.folder import Folder
from variorum.schema.projects import DOCUMENTS, PROJECTS

Json = dict[str, Any]
SETTINGS = """\
name: variorum-benchmark
version: 1.0.0
language: en
licences: {text: CC0-1.0, annotation: CC0-1.0}
holds_out: tellings
"""
"""Of 100,000 made-up articles some share eight words by chance, and with `stories` that would be an error between splits."""
SECOND_EVERY = 5
"""One document of so many has a second annotation, and with it gold."""
INLINE_DOCUMENTS = 10_000
"""Documents in one file of a catalogue that holds the texts too."""
ROUND = "round1"
DAY = datetime(2026, 3, 2, 9, tzinfo=UTC)
SEED_FIELDS = ("seed", "seed_sha256", "seed_rules")


@dataclass(frozen=True)
class Made:
    """A document with what its annotators made of it; `second` is None where there was but one."""

    number: int
    document: Document
    article: Article
    second: Marks | None


def make_corpus(folder: Path, tasks: int, seed: int = 7, files: int = 1, inline: bool = False) -> None:
    """Writes a corpus of so many documents; the same arguments give the same bytes.

    `files` is the number of annotators that share the documents, each with an export of consecutive ones. `inline` puts
    each text into its line of the catalogue, which is then of many files, instead of writing seeds and texts.
    """
    target = Folder(folder)
    settings = _write_settings(target)
    press = Press(seed)
    with ExitStack() as stack:
        texts = stack.enter_context(_inline_catalogue(target)) if inline else stack.enter_context(_frozen_texts(target))
        exports = [stack.enter_context(_export(target, f"a{index + 1}")) for index in range(files)]
        second = stack.enter_context(_export(target, f"a{files + 1}"))
        curation = stack.enter_context(_curation(target))
        for number in range(tasks):
            made = _made(press, settings, number)
            texts.add(made)
            first = exports[number * files // tasks]
            raws = [first.add(made, made.article.marks, press)]
            if made.second:
                raws.append(second.add(made, made.second, press))
                curation.add(made, raws, press)


def _write_settings(target: Folder) -> Settings:
    for path in (target.settings, target.labels):
        path.parent.mkdir(parents=True, exist_ok=True)
    target.settings.write_text(SETTINGS, "utf-8")
    shutil.copyfile(Folder(REPOSITORY).labels, target.labels)
    shutil.copyfile(Folder(REPOSITORY).card, target.card)
    return read_settings(SETTINGS.encode(), "corpus.yaml")[0]


def _made(press: Press, settings: Settings, number: int) -> Made:
    article = press.article(number)
    document_id = f"article-{number:07d}"
    text = article.text.encode()
    document = Document(
        document_id=document_id,
        story_id=document_id,
        role="original",
        # The first three make sure that a corpus, however small, has every split.
        split=SPLITS[number] if number < len(SPLITS) else draw_split(document_id, settings),
        language="en",
        licence="CC0-1.0",
        seed=f"seeds/{document_id}.txt",
        seed_sha256=sha256(text + b"\n").hexdigest(),
        seed_rules=("final-newline",),
        text_sha256=sha256(text).hexdigest(),
    )
    second = press.second_opinion(article.marks, number) if number % SECOND_EVERY == 0 else None
    return Made(number, document, article, second)


class _Texts:
    """Seeds, texts and catalogue as freeze writes them."""

    def __init__(self, target: Folder, catalogue: IO[bytes]) -> None:
        self.target, self.catalogue = target, catalogue

    def add(self, made: Made) -> None:
        text = made.article.text.encode()
        assert made.document.seed
        (self.target.root / made.document.seed).write_bytes(text + b"\n")
        self.target.text(made.document.document_id).write_bytes(text)
        self.catalogue.write(msgspec.json.encode(made.document) + b"\n")


@contextmanager
def _frozen_texts(target: Folder) -> Iterator[_Texts]:
    for path in (target.seeds, target.texts):
        path.mkdir(parents=True)
    with target.catalogue.open("wb") as catalogue:
        yield _Texts(target, catalogue)


class _InlineTexts:
    """A catalogue of several files, whose lines hold the texts."""

    def __init__(self, place: Path, stack: ExitStack) -> None:
        self.place, self.stack = place, stack

    def add(self, made: Made) -> None:
        part, index = divmod(made.number, INLINE_DOCUMENTS)
        if index == 0:
            self.stack.close()
            self.file = self.stack.enter_context((self.place / f"part-{part:04d}.jsonl").open("wb"))
        line = msgspec.structs.asdict(made.document) | {"text": made.article.text}
        self.file.write(msgspec.json.encode({key: value for key, value in line.items() if key not in SEED_FIELDS}) + b"\n")


@contextmanager
def _inline_catalogue(target: Folder) -> Iterator[_InlineTexts]:
    place = target.catalogue.with_suffix("")
    place.mkdir(parents=True)
    with ExitStack() as stack:
        yield _InlineTexts(place, stack)


class _Array:
    """A JSON array that is written element by element."""

    def __init__(self, file: IO[bytes], separator: bytes) -> None:
        self.file, self.separator, self.count = file, separator, 0

    def add(self, element: bytes) -> int:
        self.file.write((self.separator if self.count else b"") + element)
        self.count += 1
        return self.count


@contextmanager
def _array(path: Path, opening: bytes, separator: bytes, closing: bytes) -> Iterator[_Array]:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        file.write(opening)
        yield _Array(file, separator)
        file.write(closing)


class _Export:
    """One annotator's export."""

    def __init__(self, target: Folder, annotator: str, tasks: _Array) -> None:
        self.place = target.export_of(DOCUMENTS, ROUND, annotator)
        self.tasks = tasks

    def add(self, made: Made, marks: Marks, press: Press) -> RawTask:
        """Writes a task as the server does: compact, in UTF-8, with escaped slashes."""
        chance = press.chance(made.number, self.place.annotator)
        task = _task(self.tasks.count + 1, made, marks, chance)
        written = msgspec.json.encode(task).replace(b"/", b"\\/")
        self.tasks.add(written)
        return RawTask(self.place, written, 1)


@contextmanager
def _export(target: Folder, annotator: str) -> Iterator[_Export]:
    with _array(target.export_of(DOCUMENTS, ROUND, annotator).path, b"[", b",", b"]") as tasks:
        yield _Export(target, annotator, tasks)


def _task(number: int, made: Made, marks: Marks, chance: Random) -> Json:
    """A task with one finished annotation, with every key of an easy export."""
    begun = DAY + timedelta(seconds=900 * number)
    moments = [_written(begun + timedelta(seconds=seconds, microseconds=chance.randrange(10**6))) for seconds in (0, 600, 601)]
    results = list(_results(made.article, marks, chance))
    annotation = {
        "id": number, "completed_by": 1, "result": results, "was_cancelled": False, "ground_truth": False,
        "created_at": moments[1], "updated_at": moments[2], "draft_created_at": moments[0],
        "lead_time": round(chance.uniform(200, 900), 3), "prediction": {}, "result_count": len(results),
        "unique_id": str(UUID(int=chance.getrandbits(128), version=4)), "import_id": None, "last_action": None,
        "bulk_created": False, "task": number, "project": 1, "updated_by": 1, "parent_prediction": None,
        "parent_annotation": None, "last_created_by": None,
    }  # fmt: skip
    return {
        "id": number, "annotations": [annotation], "drafts": [], "predictions": [],
        "data": document_data(made.document, made.article.text), "meta": {}, "created_at": _written(DAY),
        "updated_at": moments[2], "allow_skip": True, "inner_id": number, "total_annotations": 1,
        "cancelled_annotations": 0, "total_predictions": 0, "comment_count": 0, "unresolved_comment_count": 0,
        "last_comment_updated_at": None, "project": 1, "updated_by": 1, "comment_authors": [],
    }  # fmt: skip


def _written(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _results(article: Article, marks: Marks, chance: Random) -> Iterator[Json]:
    """The results of an annotation. Of texts with astral characters half are annotated in UTF-16 units, as once they were."""
    astral = [at for at, character in enumerate(article.text) if ord(character) > 0xFFFF] if not article.text.isascii() else []
    astral = astral if chance.random() < 1 / 2 else []
    ids = {mark: "".join(chance.choices(ascii_letters + digits, k=10)) for mark in (*marks.mentions, *marks.claims)}

    def span(mark: Mark) -> Json:
        start, end = (offset + bisect_left(astral, offset) for offset in (mark.start, mark.end))
        return {"start": start, "end": end, "text": article.text[mark.start : mark.end]}

    def result(id_: str, control: str, type_: str, value: Json) -> Json:
        return {"value": value, "id": id_, "from_name": control, "to_name": "text", "type": type_, "origin": "manual"}

    for mark in marks.mentions:
        yield result(ids[mark], "entity_type", "labels", span(mark) | {"labels": [mark.type]})
    for mark in marks.claims:
        yield result(ids[mark], "claim", "labels", span(mark) | {"labels": ["CLAIM"]})
        for name, answer in mark.answers:
            yield result(ids[mark], name, "choices", span(mark) | {"choices": list(answer)})
    level = "".join(chance.choices(ascii_letters + digits, k=10))
    yield result(level, "reading_level", "choices", {"choices": [marks.level]})
    for each in marks.relations:
        ends = {"from_id": ids[each.from_], "to_id": ids[each.to]}
        yield ends | {"type": "relation", "direction": "right", "labels": [each.type]}


class _Curation:
    """Gold and decisions, made by the project's own curation."""

    def __init__(self, gold: _Array, decisions: IO[bytes]) -> None:
        self.gold, self.decisions = gold, decisions

    def add(self, made: Made, raws: list[RawTask], press: Press) -> None:
        """Decides on a task of which there are several annotations."""
        text, document_id = made.article.text, made.document.document_id
        read = examine({document_id: (text, made.article.segmentation)}, raws, press.labels)
        assert not failed(read.findings), read.findings
        items = items_of(finished(read, press.labels), {document_id: text})
        decided = settle(items, {each.item: _typed(each) for each in settle(items, {}) if each.is_open}, "c1")
        assert not any(each.is_open for each in decided)
        self.decisions.writelines(msgspec.json.encode(each) + b"\n" for each in decided)
        data = document_data(made.document, text)
        self.gold.add(laid_out_task(gold_task(self.gold.count + 1, PROJECTS[DOCUMENTS], data, decided, press.labels)))


def _typed(decision: Decision) -> Decision:
    """What a curator types into an open decision: that the first annotator who marked something is right."""
    reason = "The guidelines say so."
    return msgspec.structs.replace(decision, decision=decision.candidates[0].annotator, reason=reason)


@contextmanager
def _curation(target: Folder) -> Iterator[_Curation]:
    with (
        _array(target.gold(DOCUMENTS).path, b"[\n ", b",\n ", b"\n]\n") as gold,
        target.decisions(DOCUMENTS).open("wb") as decisions,
    ):
        yield _Curation(gold, decisions)


def main(arguments: list[str] | None = None) -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description="Writes a made-up corpus.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--tasks", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--files", type=int, default=1)
    parser.add_argument("--inline", action="store_true")
    make_corpus(**vars(parser.parse_args(arguments)))


if __name__ == "__main__":
    main()
