"""`variorum diff` of two large builds: `python scripts/bench.py diff [MENTIONS ...]`.

The build of this repository's articles is repeated until it has as many mentions; `annotations`, whose rows are only
counted, is left out. In `few`, one mention of 300 is relabelled, moved or gone; in `all`, every text has lost its first
character, so that every mention and claim has moved. Seconds and peak memory (Linux) are those of the comparison alone.
"""

import argparse
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from variorum.build import build
from variorum.difference.read import SPLIT, Build, batches, open_build
from variorum.folder import Folder
from variorum.hub.parquet import to_arrow
from variorum.schema.labels import Labels, read_labels

REPOSITORY = Path(__file__).parent.parent.parent
COPIES = 200
"""How many copies are written at a time."""
IDS = ("mention_id", "sentence_id", "nested_in", "claim_id", "to_claim_id", "claim_cluster_id", "from_id", "to_id", "item_id")
MEASURED = """
import re, sys, time
from pathlib import Path
from variorum.difference.compare import difference
from variorum.difference.read import open_build
started = time.perf_counter()
found = difference(open_build(Path(sys.argv[1])), open_build(Path(sys.argv[2])), 1000)
seconds = time.perf_counter() - started
memory = re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1]  # getrusage has the parent's in it
print(f"{seconds:.2f} s, {int(memory) / 1024:.0f} MB, {sum(count.n for count in found.counts)} changes")
"""
Edit = Callable[[str, pl.DataFrame], pl.DataFrame]


def none(_config: str, frame: pl.DataFrame) -> pl.DataFrame:
    """The build as it is."""
    return frame


def few(config: str, frame: pl.DataFrame) -> pl.DataFrame:
    """One mention of 900 is relabelled, one moved and one gone."""
    if config != "entities":
        return frame
    drawn = frame["mention_id"].hash(1) % 900
    relabelled = pl.when(drawn == 0).then(pl.lit("EVENT")).otherwise("type").alias("type")
    moved = pl.col("start", "end") + pl.when(drawn == 1).then(1).otherwise(0).cast(pl.Int32)
    return frame.with_columns(relabelled, moved).filter(drawn != 2)


def all_(config: str, frame: pl.DataFrame) -> pl.DataFrame:
    """Every text has lost its first character."""
    if config == "documents":
        earlier = (pl.element().struct.field(name).sub(1).clip(lower_bound=0) for name in ("start", "end"))
        sentences = pl.col("sentences").list.eval(pl.struct(earlier))
        return frame.with_columns(pl.col("text").str.slice(1), sentences)
    return frame.with_columns(pl.col("start", "end") - 1) if config in {"entities", "claims"} else frame


def copied(frame: pl.DataFrame, first: int, last: int) -> pl.DataFrame:
    """Copies of a frame, one after the other; what names a document begins with the number of the copy."""
    numbers = pl.DataFrame({"copy": [f"{number:07d}-" for number in range(first, last)]})
    repeated = numbers.join(frame, how="cross", maintain_order="left_right")
    names = [name for name in frame.columns if name in IDS or name.endswith("document_id") or name == "alignment_id"]
    told = [(pl.col("copy") + pl.col(name)).alias(name) for name in names]
    if "task" in frame.columns:
        second = pl.col("task").str.replace("+", pl.lit("+") + pl.col("copy"), literal=True)
        told.append((pl.col("copy") + second).alias("task"))
    return repeated.with_columns(told).select(frame.columns)


def write(source: Build, labels: Labels, target: Path, copies: int, edit: Edit) -> None:
    """Writes a build of so many copies of another."""
    files = {}
    for config, table in source.tables.items():
        for file in table.files if config != "annotations" else ():
            frame = pl.concat(batches(table, file, list(table.features))).drop(SPLIT)
            path = target / config / file.path.name
            path.parent.mkdir(parents=True, exist_ok=True)
            files[f"{config}/{file.path.name}"] = ""
            own = 1 if config == "agreement" else copies
            parts = (copied(frame, first, min(first + COPIES, own)) for first in range(0, own, COPIES))
            write_parts(path, (to_arrow(config, edit(config, part), labels) for part in parts))
    (target / "manifest.json").write_bytes(msgspec.json.encode(source.manifest | {"files": files}))


def write_parts(path: Path, parts: Iterator[pa.Table]) -> None:
    writer = None
    for part in parts:
        writer = writer or pq.ParquetWriter(path, part.schema, compression="zstd")
        writer.write_table(part)
    if writer:
        writer.close()


def main(sizes: list[int]) -> None:
    folder = Folder(REPOSITORY)
    labels = read_labels(folder.labels.read_bytes(), "labels.yaml")[0]
    with TemporaryDirectory() as scratch:
        build(folder, target=Path(scratch) / "seeds")
        source = open_build(Path(scratch) / "seeds")
        for mentions in sizes:
            copies = -(-mentions // source.tables["entities"].rows)
            for name, edit in {"before": none, "few": few, "all": all_}.items():
                write(source, labels, Path(scratch) / f"{mentions}-{name}", copies, edit)
            for name in ("few", "all"):
                command = [sys.executable, "-c", MEASURED, f"{scratch}/{mentions}-before", f"{scratch}/{mentions}-{name}"]
                told = subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
                rows = sum(table.rows for table in open_build(Path(command[-1])).tables.values())
                print(f"{mentions} mentions, {copies * 3} documents, {rows} rows, {name}: {told}")  # noqa: T201


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="bench.py diff", description=(__doc__ or "").split(":")[0])
    parser.add_argument("mentions", type=int, nargs="*", default=[100_000, 1_000_000])
    main(parser.parse_args().mentions)
