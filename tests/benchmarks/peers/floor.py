"""The least that any build must do, on one core: decode every export, gold too, and write the finished tables.

The tables are read back beforehand and written by the build's own function; nothing is computed between.
"""

import gc
from collections.abc import Callable
from pathlib import Path

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq

from tests.benchmarks.peers import Run
from variorum.folder import Folder
from variorum.hub.parquet import write_parquet


class Value(msgspec.Struct, gc=False):
    """The part of a result that holds data."""

    start: int | None = None
    end: int | None = None
    text: str | list[str] | None = None
    labels: list[str] = []
    choices: list[str] = []


class Result(msgspec.Struct, gc=False):
    """A region, answer or relation."""

    type: str
    id: str = ""
    from_name: str = ""
    from_id: str = ""
    to_id: str = ""
    direction: str = ""
    labels: list[str] = []
    value: Value | None = None


class Annotation(msgspec.Struct, gc=False):
    """One annotator's work."""

    id: int
    result: list[Result]
    was_cancelled: bool = False
    updated_at: str | None = None


class Data(msgspec.Struct, gc=False):
    """What the task is of."""

    document_id: str
    text: str
    text_sha256: str = ""


class Task(msgspec.Struct, gc=False):
    """One task; keys that no table needs are skipped."""

    id: int
    data: Data
    annotations: list[Annotation]


def typed(source: bytes) -> None:
    """Decodes task by task, which is faster than the list as a whole: what was decoded is freed while it is warm."""
    decode = msgspec.json.Decoder(Task).decode
    for raw in msgspec.json.decode(source, type=list[msgspec.Raw]):
        decode(raw)


def plain(source: bytes) -> None:
    """Decodes the whole file into dictionaries."""
    from orjson import loads  # not installed with the project

    loads(source)


def floor(decode: Callable[[bytes], None], corpus: Path, target: Path) -> Run:
    """Decoding by the function given, and the writing of the finished tables."""
    hub = Folder(corpus).hub
    tables: dict[Path, pa.Table] = {path.relative_to(hub): pq.read_table(path) for path in sorted(hub.rglob("*.parquet"))}
    sources = sorted((corpus / "annotations" / "documents").rglob("*.json"))

    def run() -> None:
        gc.disable()
        for path in sources:
            decode(path.read_bytes())
        for name, table in tables.items():
            write_parquet(table, target / name)

    return run


def orjson_run(corpus: Path, target: Path) -> Run:
    """The floor of dictionaries."""
    import orjson  # noqa: F401 # so that its import is not timed

    return floor(plain, corpus, target)


RUNS = {"msgspec": lambda corpus, target: floor(typed, corpus, target), "orjson": orjson_run}
