"""How many rows of a table one build has and the other has not, whatever they mean. Equal rows cancel, each once.

Rows are compared by 64-bit hashes: among a million rows two different ones pass for equal once in some 10 million diffs.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from filecmp import cmp
from pathlib import Path

import numpy as np
import polars as pl

from variorum.difference.blocks import KEY
from variorum.difference.changes import RowCount
from variorum.difference.read import SPLIT, Table, batches

_BUCKET_ROWS = 2**21
"""About how many hashes of one side are in memory at a time."""
Hashes = np.ndarray[tuple[int, ...], np.dtype[np.uint64]]
Read = Callable[[int], None]


def hashes(frame: pl.DataFrame, columns: Sequence[str]) -> pl.Series:
    """A hash of each row, over some columns in their order and the split."""
    return frame.select(*columns, SPLIT).hash_rows()


def cancelled(before: Hashes, after: Hashes) -> RowCount:
    """How many of the hashes on each side have no equal on the other."""
    both = pl.concat([pl.DataFrame({"hash": each, "n": np.full(each.size, n)}) for each, n in ((before, 1), (after, -1))])
    rest = both.group_by("hash").agg(pl.col("n").sum())["n"]
    return RowCount(int(rest.clip(lower_bound=0).sum()), int(-rest.clip(upper_bound=0).sum()))


def documents_that_differ(before: pl.DataFrame, after: pl.DataFrame, columns: Sequence[str]) -> tuple[set[str], RowCount]:
    """The documents whose rows are not the same in two frames, and how many rows differ."""
    first, second = (pl.DataFrame({KEY: frame[KEY], "hash": hashes(frame, columns)}) for frame in (before, after))
    if first.equals(second):
        return set(), RowCount()
    one, other = (frame.group_by(KEY).agg(pl.col("hash").sum(), n=pl.len()) for frame in (first, second))
    unlike = pl.concat([one.join(other, on=other.columns, how="anti"), other.join(one, on=one.columns, how="anti")])
    if not unlike.height:
        return set(), RowCount()
    own = [frame.join(unlike, on=KEY, how="semi")["hash"].to_numpy() for frame in (first, second)]
    return set(unlike[KEY]), cancelled(*own)


def same_files(before: Table, after: Table) -> bool:
    """Whether two tables have the same bytes, file by file."""
    pairs = list(zip(before.files, after.files, strict=False))
    return len(before.files) == len(after.files) and all(
        one.path.name == other.path.name and cmp(one.path, other.path, shallow=False) for one, other in pairs
    )


def rows_that_differ(before: Table, after: Table, columns: Sequence[str], scratch: Path, read: Read) -> RowCount:
    """The same for tables whose rows are in no order of documents: hashes go to disk, in buckets that fit into memory.

    `scratch` is an empty folder; `read` is told how many rows were read.
    """
    buckets = 1 + max(before.rows, after.rows) // _BUCKET_ROWS
    for side, table in (("before", before), ("after", after)):
        with ExitStack() as stack:
            files = [stack.enter_context((scratch / f"{side}-{number}").open("wb")) for number in range(buckets)]
            for found in _hashes(table, columns, read):
                for number, file in enumerate(files):
                    file.write(found[found % np.uint64(buckets) == number].tobytes())
    total = RowCount()
    for number in range(buckets):
        total += cancelled(*(np.fromfile(scratch / f"{side}-{number}", np.uint64) for side in ("before", "after")))
    return total


def _hashes(table: Table, columns: Sequence[str], read: Read) -> Iterator[Hashes]:
    for file in table.files:
        for batch in batches(table, file, columns):
            yield hashes(batch, columns).to_numpy()
            read(batch.height)
