"""Push, full pull and incremental pull of many documents, against a real server, in one run.

    .venv/bin/python scripts/bench.py label_studio [DOCUMENTS]

Prints seconds, and the incremental pull as a share of the full one. Every document has some 450 words and 21 regions.
"""

import argparse
import os
import random
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from shutil import copytree

import httpx

from tests.label_studio.lead import Json, free_port, level, variorum
from variorum.corpus.freeze import Freezing, freeze
from variorum.corpus.settings import read_settings
from variorum.folder import ExportFile, Folder
from variorum.inputs import read_corpus
from variorum.label_studio.assignment import Assignment
from variorum.label_studio.client import Server, answers
from variorum.label_studio.pull import OVERLAP, Puller
from variorum.label_studio.push import material_of, push, with_predictions
from variorum.label_studio.reference import read_reference
from variorum.label_studio.server import Access, install, local_access

REPOSITORY = Path(__file__).parent.parent.parent
A1 = Assignment("documents", "round1", "a1")
CHANGED, REGIONS, WORDS = 10, 20, 450


def corpus(root: Path, documents: int) -> Folder:
    """A corpus of random sentences made of the words of this repository's articles."""
    copytree(REPOSITORY / "schema", root / "schema")
    copytree(REPOSITORY / "corpus", root / "corpus", ignore=lambda *_: ["catalogue.jsonl", "texts"])
    folder = Folder(root)
    folder.seeds.mkdir()
    vocabulary = " ".join(path.read_text("utf-8") for path in sorted((REPOSITORY / "seeds").iterdir())).split()
    words = sorted({word.strip(".,()\u201c\u201d") for word in vocabulary if word.isascii()} - {""})
    chance = random.Random(0)  # noqa: S311 # not for secrets
    for number in range(documents):
        sentences = (" ".join(["The", *chance.choices(words, k=17)]) for _ in range(WORDS // 18))
        (folder.seeds / f"n{number}.txt").write_text(". ".join(sentences) + ".", "utf-8")
    freeze(Freezing(folder, read_settings(folder.settings.read_bytes(), "corpus.yaml")[0], set()))
    return folder


def predictions(text: str) -> list[Json]:
    """A mention every so many words, and a level: what is accepted as it is makes a valid annotation."""
    results = [level()]
    start = 0
    for number, word in enumerate(text.split(" ")):
        bare = word.rstrip(".")
        if number % (WORDS // REGIONS) == 1:
            value = {"start": start, "end": start + len(bare), "text": bare, "labels": ["GPE"]}
            results.append(
                {"id": f"m{number}", "from_name": "entity_type", "to_name": "text", "type": "labels", "value": value}
            )
        start += len(word) + 1
    return results


@contextmanager
def served(folder: Folder) -> Iterator[Access]:
    """A server for the corpus, started as a person starts it."""
    install()
    process = subprocess.Popen(variorum("serve", "--root", str(folder.root), "--port", str(free_port())))
    try:
        while not ((access := local_access(folder)) and answers(access.url)):
            assert process.poll() is None
            time.sleep(0.5)
        yield access
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(60)


def called(folder: Folder) -> float:
    """Seconds that the command takes, its start included."""
    started = time.perf_counter()
    environment = {name: value for name, value in os.environ.items() if not name.startswith("LABEL_STUDIO")}
    subprocess.run(variorum("pull", "--root", str(folder.root)), check=True, env=environment)
    return time.perf_counter() - started


def pulled(puller: Puller, export: ExportFile, project: int) -> float:
    """Seconds that the work alone takes."""
    started = time.perf_counter()
    puller.pull(export, project).keep()
    return time.perf_counter() - started


def main(documents: int) -> None:
    with tempfile.TemporaryDirectory() as root:
        folder = corpus(Path(root), documents)
        inputs = read_corpus(folder)
        material = with_predictions(material_of(inputs, ""), "bench", lambda texts: map(predictions, texts))
        with served(folder) as access:
            server = Server(access.url, access.token)
            started = time.perf_counter()
            done = push(server, material, A1)
            print(f"push: {time.perf_counter() - started:.2f} s, {done.unchanged} documents")  # noqa: T201
            lead = httpx.Client(base_url=access.url, headers={"Authorization": f"Token {access.token}"}, timeout=600)
            accept(lead, done.project or 0)
            # In life annotations are not all made in one second, which is what a pull looks at again for safety.
            time.sleep(OVERLAP.total_seconds())
            change(lead, server, done.project or 0, 1)
            export = folder.export_of(A1.project, A1.round, A1.annotator)
            pull = partial(pulled, Puller(server, read_reference(folder)[0]), export, done.project or 0)
            for how, timed in (("pull", pull), ("the command", partial(called, folder))):
                export.path.unlink(missing_ok=True)
                full = timed()
                change(lead, server, done.project or 0, CHANGED)
                changed = timed()
                print(f"{how}: full {full:.2f} s, after {CHANGED} changed {changed:.2f} s: {changed / full:.1%}")  # noqa: T201
            server.close()
            lead.close()


def accept(lead: httpx.Client, project: int) -> None:
    """Every prediction becomes an annotation."""
    selected = {"selectedItems": {"all": True, "excluded": []}}
    lead.post(f"/api/dm/actions?id=predictions_to_annotations&project={project}", json=selected).raise_for_status()


def change(lead: httpx.Client, server: Server, project: int, count: int) -> None:
    """Some annotations get another level."""
    ids = [task.id for task in server.tasks(project)]
    (tasks,) = server.export(project, ids[:: len(ids) // count][:count])
    for task in tasks:
        annotation = task["annotations"][0]
        result = [each if each["id"] != "level" else level("C1") for each in annotation["result"]]
        lead.patch(f"/api/annotations/{annotation['id']}/", json={"result": result}).raise_for_status()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="bench.py label_studio", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("documents", type=int, nargs="?", default=3000)
    main(parser.parse_args().documents)
