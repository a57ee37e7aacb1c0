"""Published files of several row groups, which are written, copied and changed one by one."""

from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import pyarrow as pa
import pyarrow.parquet as pq

from variorum.hub.parquet import write_parquet
from variorum.hub.row_groups import concatenate
from variorum.storage import copy_file

Change = Callable[[pa.Table, int], pa.Table]
"""What becomes of the rows of a row group; the number is that of its first row in the file."""


def assemble(pieces: Sequence[Path], target: Path) -> None:
    """Writes a file of the row groups of others, in their order."""
    target.parent.mkdir(parents=True, exist_ok=True)
    if len(pieces) == 1:
        copy_file(pieces[0], target)
    else:
        concatenate(pieces, target)


def rewrite(source: Path, target: Path, change: Change) -> int:
    """Writes a file with each of its row groups changed, over itself if need be; returns the bytes that it takes in Arrow."""
    size = row = 0
    target.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=target.parent, prefix=".pieces.") as spare:
        pieces: list[Path] = []
        with pq.ParquetFile(source) as file:
            for number in range(file.num_row_groups):
                table = file.read_row_group(number)
                changed = change(table, row)
                pieces.append(Path(spare) / f"{number:05d}.parquet")
                write_parquet(changed, pieces[-1])
                row += table.num_rows
                size += changed.nbytes
        assemble(pieces, target)
    return size
