"""What is shown of how far something is."""

import sys
import time
from io import StringIO

import pytest

from variorum.cli import shared
from variorum.cli.shared import progress_bar, so_far
from variorum.progress import Step


class Terminal(StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("step", "seconds", "told"),
    [
        (Step(1, 2), 1.0, ""),
        (Step(1, 2, bytes=25_000_000), 2.0, "12.5 MB/s"),
        (Step(1, 2, bytes=25_000_000), 0.0, ""),
        (Step(1, 2, repairs=1, findings=2), 1.0, "1 repair, 2 findings"),
        (Step(1, 2, bytes=1_000_000, repairs=1200, findings=1), 1.0, "1.0 MB/s, 1,200 repairs, 1 finding"),
    ],
)
def test_what_a_stage_has_come_to(step: Step, seconds: float, told: str) -> None:
    assert so_far(step, seconds) == told


def shown(monkeypatch: pytest.MonkeyPatch, to: StringIO, steps: list[Step]) -> list[str]:
    monkeypatch.setattr(sys, "stderr", to)
    with progress_bar("Building") as progress:
        for step in steps:
            progress(step)
    return to.getvalue().replace("\x1b[?25l", "").replace("\x1b[?25h", "").replace("\r", "").replace("\x1b[K", "").splitlines()


STEPS = [
    Step(1, 1),
    Step(50, 200, "Building documents", repairs=3),
    Step(200, 200, "Building documents", repairs=3, findings=2),
]


def test_each_stage_has_a_bar(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shared, "PROGRESS_AFTER", -1.0)
    first, second = shown(monkeypatch, Terminal(), STEPS)

    assert first.startswith("Building  [#####")
    assert "  1/1" in first
    assert second.startswith("Building documents  [#########---")
    assert "  50/200" in second
    assert second.rstrip().endswith("  200/200  3 repairs, 2 findings")


def test_time_left_is_reckoned_from_the_beginning_of_the_stage(monkeypatch: pytest.MonkeyPatch) -> None:
    """The bar is drawn late: half of the work took 100 s before anything was shown."""
    monkeypatch.setattr(shared, "PROGRESS_AFTER", -1.0)
    bars = shared._Bars("Building")
    bars._began = bars._heard = time.monotonic() - 100
    monkeypatch.setattr(sys, "stderr", Terminal())
    bars.update(Step(1, 4))
    bar = bars._bar
    assert bar is not None
    bar.last_eta -= 2
    bars.update(Step(2, 4))
    bars.finish()

    assert bar.eta == pytest.approx(100, abs=20)


def test_nothing_is_shown_in_the_first_seconds_or_to_a_file(monkeypatch: pytest.MonkeyPatch) -> None:
    assert shown(monkeypatch, Terminal(), STEPS) == []
    monkeypatch.setattr(shared, "PROGRESS_AFTER", -1.0)
    assert shown(monkeypatch, StringIO(), STEPS) == []
