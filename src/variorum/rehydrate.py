"""The work of `variorum rehydrate`: a stand-off release and the user's own copy of the seeds become the full dataset."""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from variorum.corpus.seed_text import canonical
from variorum.findings import Finding, failed, finding
from variorum.hub.assembled import rewrite
from variorum.hub.manifest import MANIFEST
from variorum.hub.release import read_manifest
from variorum.hub.stand_off import FULL, REFERENCE_FILE, restore
from variorum.progress import Progress, Step, no_progress
from variorum.safe_write import replaced_folder


@dataclass
class Rehydrated:
    """What became of a release: the number of files made, or what kept it from being restored."""

    files: int = 0
    findings: list[Finding] = field(default_factory=list)


def rehydrate(release: Path, seeds: Path, target: Path, progress: Progress = no_progress) -> Rehydrated:
    """Restores a stand-off release into `target`, byte for byte what was built in full, or leaves `target` as it was."""
    done = Rehydrated(findings=[*_check_target(release, seeds, target), *_check_release(release)])
    if failed(done.findings):
        return done
    texts, done.findings = _texts(release, seeds)
    if failed(done.findings):
        return done
    with suppress(_UnlikeError), replaced_folder(target) as fresh:
        done.files = _restore(release, fresh, texts, progress)
        done.findings += _unlike(fresh)
        if failed(done.findings):
            raise _UnlikeError
    return done


def _check_target(release: Path, seeds: Path, target: Path) -> Iterator[Finding]:
    """Whether what the target holds may be replaced: nothing, or a release, and none of what is read."""
    place = target.resolve()
    for read in (release.resolve(), seeds.resolve()):
        if place == read or place in read.parents or read in place.parents:
            yield finding(str(target), "target-taken", f"It lies in, on or around {read}.")
            return
    if place.exists() and not (place.is_dir() and (not any(place.iterdir()) or (place / MANIFEST).is_file())):
        yield finding(str(target), "target-taken", "It holds something that is no release.")


def _check_release(release: Path) -> Iterator[Finding]:
    """Whether a release is a stand-off one, as it was published, and names no file outside itself."""
    if not (release / REFERENCE_FILE).is_file():
        yield finding(str(release), "release-not-stand-off", f"It has no {REFERENCE_FILE}.")
        return
    files = read_manifest(_content(release / MANIFEST)).files
    full = read_manifest(_content(release / FULL / MANIFEST)).files
    for name in sorted({*files, *full} - {each for each in {*files, *full} if _FILE.fullmatch(each)}):
        yield finding(MANIFEST, "release-damaged", f"It names {name!r}, which no build writes.")
    for name, digest in files.items():
        if sha256(_content(release / name)).hexdigest() != digest:
            yield finding(name, "release-damaged", "The file is missing, or is not the one that was published.")
    if not full or not files.keys() >= {f"{FULL}/{MANIFEST}", REFERENCE_FILE}:
        yield finding(MANIFEST, "release-damaged", "It does not name the files of the release.")


_FILE = re.compile(
    rf"({FULL}/)?(README\.md|croissant\.json|manifest\.json)|{REFERENCE_FILE}|\w+/\w+-\d+-of-\d+\.parquet", re.ASCII
)
"""What a build may hold; what a downloaded manifest names else could lie anywhere on this machine."""


def _content(path: Path) -> bytes:
    return path.read_bytes() if path.is_file() else b""


class _UnlikeError(Exception):
    """The restored files are not those that were built, so that they may not take the target's place."""


def _texts(release: Path, seeds: Path) -> tuple[dict[str, str], list[Finding]]:
    """The withheld texts by document id, each from the seed with the digest that the release names."""
    columns = ["document_id", "seed_sha256"]
    tables = [pq.read_table(path, columns=columns) for path in sorted((release / "documents").glob("*.parquet"))]
    known = {row["document_id"]: row["seed_sha256"] for table in tables for row in table.to_pylist()}
    by_digest = {sha256(path.read_bytes()).hexdigest(): path for path in sorted(seeds.rglob("*")) if path.is_file()}
    texts, findings = {}, []
    for document_id in read_manifest((release / MANIFEST).read_bytes()).withheld:
        path = by_digest.get(digest := known.get(document_id) or "")
        if path is None:
            findings.append(_missing(document_id, digest, by_digest))
        else:
            texts[document_id] = canonical(path.read_bytes()).text
    return texts, findings


def _missing(document_id: str, digest: str, by_digest: Mapping[str, Path]) -> Finding:
    named = [path for path in by_digest.values() if path.stem == document_id]
    told = f"{named[0].name} is another text" if named else "there is no such file"
    return finding(document_id, "seed-unlike", f"No seed has the SHA-256 {digest[:12]}…; {told}.")


def _restore(release: Path, target: Path, texts: Mapping[str, str], progress: Progress) -> int:
    """Writes every file of the full dataset; returns their number."""
    references: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in pq.read_table(release / REFERENCE_FILE).to_pylist():
        references[row["file"]].append(row)
    full = release / FULL
    names = sorted(read_manifest((full / MANIFEST).read_bytes()).files)
    for number, name in enumerate(names, start=1):
        if name.endswith(".parquet"):
            _restore_file(release / name, target / name, references[name], texts)
        else:
            (target / name).write_bytes((full / name).read_bytes())
        progress(Step(number, len(names)))
    (target / MANIFEST).write_bytes((full / MANIFEST).read_bytes())
    return len(names) + 1


def _restore_file(source: Path, target: Path, references: list[dict[str, Any]], texts: Mapping[str, str]) -> None:
    def restored(table: pa.Table, first: int) -> pa.Table:
        own = [each | {"row": each["row"] - first} for each in references if 0 <= each["row"] - first < table.num_rows]
        return restore(table, own, texts)

    rewrite(source, target, restored)


def _unlike(target: Path) -> list[Finding]:
    files = read_manifest((target / MANIFEST).read_bytes()).files
    return [
        finding(name, "rehydrated-unlike", "The restored file has another SHA-256 than the one that was built.")
        for name, digest in files.items()
        if sha256((target / name).read_bytes()).hexdigest() != digest
    ]
