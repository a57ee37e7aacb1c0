"""Files become seeds: each gets a name that can be a document id."""

import re
import unicodedata
from collections.abc import Iterable
from hashlib import sha256
from itertools import chain, count
from pathlib import Path

from variorum.corpus.catalogue import DOCUMENT_ID
from variorum.findings import Finding, finding

LONGEST = 150
"""Characters of a name that had to be changed; a number may come behind it."""


def document_ids(paths: Iterable[Path], folder: Path) -> tuple[dict[str, Path], list[Finding]]:
    """The files under `folder` by the document id that each gets, and a finding for each that is not named so.

    A name keeps its form where it can be a document id and no other file has it, whatever the case of its letters;
    where several folders hold a file of one name, the folders' names come before it.
    """
    relative = {path: path.relative_to(folder) for path in paths}
    stems = [path.stem.casefold() for path in relative]
    taken: set[str] = set()
    named: dict[str, Path] = {}
    findings = []
    for path, inside in relative.items():
        parts = inside.with_suffix("").parts if stems.count(path.stem.casefold()) > 1 else (path.stem,)
        name = free("__".join(parts), taken)
        named[name] = path
        if name != path.stem:
            findings.append(finding(inside.as_posix(), "new-renamed", f"The document's id is {name}."))
    return named, findings


def free(wanted: str, taken: set[str]) -> str:
    """The document id nearest to a name that is not taken yet; it is taken then."""
    plain = wanted if DOCUMENT_ID.fullmatch(wanted) else _plain(wanted)
    numbered = chain([plain], (f"{plain}-{number}" for number in count(2)))
    found = next(name for name in numbered if name.casefold() not in taken)
    taken.add(found.casefold())
    return found


def _plain(wanted: str) -> str:
    """A name in the characters of document ids. Letters that ASCII has none for become their numbers: without them the
    tellings of one story in another script would have nothing in common, and might be held apart.
    """
    parts = unicodedata.normalize("NFKD", wanted)
    written = "".join(each if each.isascii() else _number(each) for each in parts)
    plain = re.sub(r"[^A-Za-z0-9._-]+", "_", written).strip("_").lstrip("._-")
    return _shortened(plain) or "text"


def _number(character: str) -> str:
    if unicodedata.combining(character):
        return ""
    return f"u{ord(character):x}" if character.isalnum() else "_"


def _shortened(name: str) -> str:
    """A name of LONGEST characters at most, whose end stays: it may tell which telling of a story it is."""
    if len(name) <= LONGEST:
        return name
    digest = sha256(name.encode()).hexdigest()[:8]
    return f"{name[: LONGEST - 50]}-{digest}-{name[-40:].lstrip('._-')}"
