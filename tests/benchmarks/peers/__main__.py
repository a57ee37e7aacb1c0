"""Prepares one run, times it and prints its seconds: `python -m tests.benchmarks.peers MODULE RUN CORPUS TARGET`."""

import sys
from importlib import import_module
from pathlib import Path
from time import perf_counter

from tests.benchmarks.peers import Prepare


def main(module: str, name: str, corpus: str, target: str) -> None:
    """Imports and preparation are not timed."""
    prepare: Prepare = import_module(f"tests.benchmarks.peers.{module}").RUNS[name]
    run = prepare(Path(corpus), Path(target))
    started = perf_counter()
    run()
    print(f"\n{perf_counter() - started}")  # noqa: T201


if __name__ == "__main__":
    main(*sys.argv[1:])
