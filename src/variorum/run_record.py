"""What a run took: the table that `--profile` shows, and the file beside a build. The build itself holds none of it."""

import sys
from collections import defaultdict
from collections.abc import Iterable
from importlib.metadata import version
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from variorum.hub.manifest import build_id
from variorum.stages import Recording, peak_memory
from variorum.tabulate import Build

SHARDS = "shards"
REST = "rest"
VALIDATION = ("validation", "whole checks")
"""The stages that hold tables against their contracts, and the rules between tables."""


class Spent(NamedTuple):
    """Seconds of a stage, by the clock and of all processors together."""

    wall: float
    cpu: float


class Profile(NamedTuple):
    """Where the time went: `stages` by name, in the order of the build, and `inside`, the seconds of processors that make up
    those of shards, the most first.
    """

    stages: dict[str, Spent]
    inside: dict[str, float]
    validation: float

    @property
    def total(self) -> Spent:
        """All stages together."""
        return Spent(sum(each.wall for each in self.stages.values()), sum(each.cpu for each in self.stages.values()))


def profile(recording: Recording) -> Profile:
    """A recording by stage: outside of shards the outermost counts, inside of them the innermost."""
    wall, cpu, inside = (defaultdict[str, float](float) for _ in range(3))
    for stages, seconds in recording.wall.items():
        wall[stages[0] if stages else REST] += seconds
    for stages, seconds in recording.cpu.items():
        cpu[stages[0] if stages else REST] += seconds
        if stages[:1] == (SHARDS,):
            inside[stages[-1] if len(stages) > 1 else f"{REST} of {SHARDS}"] += seconds
    names = sorted(wall, key=lambda name: name == REST)
    validation = sum(seconds for stages, seconds in recording.cpu.items() if set(stages) & set(VALIDATION))
    shown = dict(sorted(inside.items(), key=lambda each: -each[1]))
    return Profile({name: Spent(wall[name], cpu[name]) for name in names}, shown, validation)


def profile_table(recording: Recording) -> str:
    """The seconds of each stage, by the clock and of the processors of all processes; in shards of the processors alone."""
    found = profile(recording)
    lines = [f"{'stage':<26}{'wall s':>10}{'CPU s':>10}{'CPU %':>8}"]
    for name, spent in found.stages.items():
        lines.append(_line(name, spent.cpu, found.total.cpu, spent.wall))
        if name == SHARDS:
            lines += [_line(f"  {inner}", seconds, found.total.cpu) for inner, seconds in found.inside.items()]
    lines.append(_line("total", found.total.cpu, found.total.cpu, found.total.wall))
    lines.append(f"{_line('of which validation', found.validation, found.total.cpu)}   {' + '.join(VALIDATION)}")
    return "".join(f"{line}\n" for line in lines)


def _line(name: str, cpu: float, total: float, wall: float | None = None) -> str:
    told = "" if wall is None else f"{wall:.2f}"
    return f"{name:<26}{told:>10}{cpu:>10.2f}{100 * cpu / (total or 1):>8.1f}"


def record_of(target: Path) -> Path:
    """Where the record of a build lies: beside its folder, which holds nothing but what is published."""
    return target.with_name(f"{target.name}.run.json")


def run_record(built: Build) -> bytes:
    """What a build took, as JSON: seconds, bytes of exports (unpacked), memory, stages; nothing of where or by whom."""
    found = profile(built.recording)
    exported = sum(tasks.size for tasks in built.inputs.tasks.values())
    documents = len(built.inputs.entries)
    workers = min(built.workers, len(built.recording.peaks)) or 1
    content: dict[str, Any] = {
        "variorum": version("variorum"),
        "build_id": build_id(built.inputs.all_digests()),
        "documents": documents,
        "export_bytes": exported,
        "shards": len(built.parts),
        "workers": workers,
        "seconds": _rounded(found.total.wall),
        "cpu_seconds": _rounded(found.total.cpu),
        "documents_per_second": _rounded(documents / found.total.wall),
        "megabytes_per_second": _rounded(exported / 1e6 / found.total.wall),
        "peak_memory_bytes": summed([peak_memory(), *_largest(built.recording.peaks.values(), workers)]),
        "validation_share": _rounded(found.validation / (found.total.cpu or 1)),
        "stages": {
            name: {"seconds": _rounded(spent.wall), "cpu_seconds": _rounded(spent.cpu)} for name, spent in found.stages.items()
        },
        "cpu_seconds_inside_shards": {name: _rounded(seconds) for name, seconds in found.inside.items()},
    }
    return msgspec.json.format(msgspec.json.encode(content), indent=2) + b"\n"


def _largest(peaks: Iterable[int | None], count: int) -> list[int | None]:
    """The peaks of those that may have worked side by side: each stage has workers of its own, that end with it.

    Who reads a large corpus counts as one of them: workers beside it do light work, and take less than those of shards.
    """
    return sorted(peaks, key=lambda peak: -(peak or sys.maxsize))[:count]


def summed(peaks: Iterable[int | None]) -> int | None:
    """At most so many bytes for all processes together: what they share is counted for each, and their peaks may not meet."""
    found = list(peaks)
    return sum(each for each in found if each is not None) if None not in found else None


def _rounded(number: float) -> float:
    return round(number, 3)
