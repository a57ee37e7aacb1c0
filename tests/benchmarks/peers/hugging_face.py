"""`datasets` by itself: our tables by generators, and its own reader of JSON."""

from pathlib import Path

import datasets

from tests.benchmarks.peers import Run, exports
from tests.benchmarks.peers.plain_rows import TABLES


def from_generator(corpus: Path, target: Path) -> Run:
    """One `Dataset.from_generator` a table."""
    paths = [str(path) for path in exports(corpus)]

    def run() -> None:
        for name, rows in TABLES.items():
            made = datasets.Dataset.from_generator(rows, gen_kwargs={"paths": paths}, cache_dir=str(target))
            made.to_parquet(target / f"{name}.parquet")

    return run


def load_json(corpus: Path, target: Path) -> Run:
    """The exports as they are nested, as one table."""
    paths = [str(path) for path in exports(corpus)]

    def run() -> None:
        loaded = datasets.load_dataset("json", data_files=paths, cache_dir=str(target), split="train")
        loaded.to_parquet(target / "tasks.parquet")

    return run


RUNS = {"from_generator": from_generator, "load_json": load_json}
