"""pandera and Arrow used without pandas, for the command line and in workers.

pandera imports pandas wherever it is installed (it is, beside `datasets`), although its polars backend never uses it:
0.7 s of the 2 s that `variorum validate` may take. So does Arrow, with the first array that numpy is given: 0.45 s and
37 MB a worker. The library itself leaves imports alone: a process that uses pandera with pandas as well must find both.
"""

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType


class _NoPandas(MetaPathFinder):
    def find_spec(self, fullname: str, _path: Sequence[str] | None, _target: ModuleType | None = None) -> ModuleSpec | None:
        if fullname == "pandas":
            raise ModuleNotFoundError("No module named 'pandas'", name="pandas")
        return None


def hide_pandas() -> None:
    """From here on pandas counts as not installed in this process, unless it was imported before."""
    if "pandas" not in sys.modules:
        sys.meta_path.insert(0, _NoPandas())


@contextmanager
def without_pandas() -> Iterator[None]:
    """Inside the block pandas counts as not installed, unless it was imported before."""
    finder = _NoPandas()
    if "pandas" not in sys.modules:
        sys.meta_path.insert(0, finder)
    try:
        yield
    finally:
        if finder in sys.meta_path:
            sys.meta_path.remove(finder)
