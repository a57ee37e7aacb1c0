"""One dataset, four readers: `datasets` (streaming), polars, DuckDB and pandas count the same things, and must agree.

The Parquet holds the labels of closed sets as numbers. Their names stand in the metadata of each file under the key
`huggingface`, where `datasets` finds them by itself and the others look them up.
"""

import argparse
import gc
import json
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import polars as pl
import pyarrow.parquet as pq
from datasets import get_dataset_config_names, load_dataset
from huggingface_hub import snapshot_download

Counts = dict[str, int]
DATASET = "build/hub"
TYPES_QUERY = "SELECT type, count(*) FROM read_parquet(?) GROUP BY type"
NAMES_QUERY = "SELECT value FROM parquet_kv_metadata(?) WHERE key = 'huggingface'::BLOB"
NESTED_QUERY = """
    SELECT sum(len(tokens)), sum(list_sum(token_ends) - list_sum(token_starts)), sum(len(mentions)) FROM read_parquet(?)
"""


def with_datasets(folder: Path) -> Counts:
    """Row by row, without a copy on disk; the lists and structs come as Python's own."""
    counts: Counter[str] = Counter()
    for config in get_dataset_config_names(str(folder)):
        for split, rows in load_dataset(str(folder), config, streaming=True).items():
            for row in rows:
                counts[f"rows of {config}/{split}"] += 1
                if config == "entities":
                    counts[f"mentions of type {rows.features['type'].int2str(row['type'])}"] += 1
                if config == "ner":
                    counts["tokens"] += len(row["tokens"])
                    counts["characters in tokens"] += sum(row["token_ends"]) - sum(row["token_starts"])
                    counts["mentions inside sentences"] += len(row["mentions"])
            del rows
    gc.collect()  # a stream that is still open when Python ends can abort the process (apache/arrow#45214)
    return dict(counts)


def with_polars(folder: Path) -> Counts:
    """Lazily: of each file only the columns that are counted are read."""
    counts = {f"rows of {name}": pl.scan_parquet(file).select(pl.len()).collect().item() for name, file in files(folder)}
    names = type_names(pl.read_parquet_metadata(first_file(folder, "entities"))["huggingface"])
    types = pl.scan_parquet(folder / "entities" / "*.parquet").group_by("type").len().collect()
    counts |= {f"mentions of type {names[number]}": count for number, count in types.iter_rows()}
    sums = pl.scan_parquet(folder / "ner" / "*.parquet").select(
        tokens=pl.col("tokens").list.len().sum(),
        characters=(pl.col("token_ends").list.sum() - pl.col("token_starts").list.sum()).sum(),
        mentions=pl.col("mentions").list.len().sum(),
    )
    return counts | nested(sums.collect().row(0))


def with_duckdb(folder: Path) -> Counts:
    """In SQL, over the files where they lie."""
    counts = {f"rows of {name}": _sql("SELECT count(*) FROM read_parquet(?)", file)[0][0] for name, file in files(folder)}
    ((metadata,),) = _sql(NAMES_QUERY, first_file(folder, "entities"))
    names = type_names(bytes(metadata).decode())
    types = _sql(TYPES_QUERY, folder / "entities" / "*.parquet")
    counts |= {f"mentions of type {names[number]}": count for number, count in types}
    return counts | nested(_sql(NESTED_QUERY, folder / "ner" / "*.parquet")[0])


def _sql(query: str, file: Path) -> list[tuple[Any, ...]]:
    return duckdb.execute(query, [str(file)]).fetchall()


def with_pandas(folder: Path) -> Counts:
    """Whole tables in memory; lists come as numpy arrays, structs as dicts."""
    counts = {f"rows of {name}": len(pd.read_parquet(file)) for name, file in files(folder)}
    entities, ner = (pd.read_parquet(folder / config) for config in ("entities", "ner"))
    names = type_names(pq.read_schema(first_file(folder, "entities")).metadata[b"huggingface"].decode())
    types = entities["type"].map(dict(enumerate(names))).value_counts()
    counts |= {f"mentions of type {name}": int(count) for name, count in types.items()}
    lengths = ner["token_ends"].map(sum) - ner["token_starts"].map(sum)
    return counts | nested((ner["tokens"].map(len).sum(), lengths.sum(), ner["mentions"].map(len).sum()))


def files(folder: Path) -> list[tuple[str, Path]]:
    """Every Parquet file with its config and split."""
    return [(f"{file.parent.name}/{file.name.split('-')[0]}", file) for file in sorted(folder.glob("*/*.parquet"))]


def first_file(folder: Path, config: str) -> Path:
    """One file of a config; the metadata of all are the same."""
    return min((folder / config).glob("*.parquet"))


def type_names(metadata: str) -> list[str]:
    """The names of the entity types, in the order of their numbers."""
    names: list[str] = json.loads(metadata)["info"]["features"]["type"]["names"]
    return names


def nested(sums: tuple[Any, ...]) -> Counts:
    """What is counted inside lists, under the names that all four give it."""
    return dict(zip(("tokens", "characters in tokens", "mentions inside sentences"), map(int, sums), strict=True))


READERS: dict[str, Callable[[Path], Counts]] = {
    "datasets": with_datasets,
    "polars": with_polars,
    "duckdb": with_duckdb,
    "pandas": with_pandas,
}


def disagreements(counts: dict[str, Counts]) -> list[str]:
    """One line for each thing that not all readers count alike; what a reader does not find counts 0."""
    things = sorted({thing for found in counts.values() for thing in found})
    table = {thing: {name: found.get(thing, 0) for name, found in counts.items()} for thing in things}
    return [
        f"{thing}: {', '.join(f'{name} {count}' for name, count in row.items())}"
        for thing, row in table.items()
        if len(set(row.values())) > 1
    ]


def main() -> None:
    """Reads four times, compares, prints a summary."""
    parser = argparse.ArgumentParser(
        description="Counts the same things with four readers.", epilog="example: python examples/read_parquet.py build/hub"
    )
    parser.add_argument("dataset", nargs="?", default=DATASET, help="a folder, or a name on the Hub (default: build/hub)")
    name = parser.parse_args().dataset
    if name == DATASET and not Path(name).is_dir():
        parser.error(f"{DATASET} is not there: run `variorum build` first, or name another dataset")
    folder = Path(name) if Path(name).is_dir() else Path(snapshot_download(name, repo_type="dataset"))

    counts = {reader: count(folder) for reader, count in READERS.items()}
    for reader, found in counts.items():
        rows = sum(count for thing, count in found.items() if thing.startswith("rows of "))
        types = sum(thing.startswith("mentions of type ") for thing in found)
        print(f"{reader}: {rows} rows, {found['tokens']} tokens, mentions of {types} types")
    if differing := disagreements(counts):
        sys.exit("\n".join(["The readers disagree:", *differing]))
    print(f"All agree on {len(counts['datasets'])} counts.")


if __name__ == "__main__":
    main()
