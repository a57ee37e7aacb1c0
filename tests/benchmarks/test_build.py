"""The benchmark of the build runs; how fast anything is, no test asserts."""

import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.benchmarks.build import CONTENDERS, LEGEND, PAGE, Figures, chosen, main, page, table
from tests.benchmarks.measure import FailedError, peak, run


@pytest.mark.slow
def test_the_benchmark_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    main(["--tasks", "50", "--rounds", "1", "--only", "ours,floor"])
    told = capsys.readouterr().out

    assert "| ours: build | 1.00 (1.00 to 1.00) |" in told
    assert "| floor: msgspec typed decode, the same Parquet write | 0." in told
    assert re.search(
        r"\n\| stage \|.*\n\|---\|---\|---\|\n(\| [a-z ]+ \| [\d.]+% \| [\d.]+% \|\n){5,}\| all stages \| 100% \|.*\n\Z", told
    )


@pytest.mark.parametrize("benchmark", ["build", "diff", "label_studio"])
def test_every_benchmark_says_what_it_can_do(benchmark: str, repository: Path) -> None:
    script = [sys.executable, str(repository / "scripts" / "bench.py")]
    shown = subprocess.run([*script, benchmark, "--help"], capture_output=True, text=True, check=True).stdout

    assert shown.startswith(f"usage: bench.py {benchmark} [-h]")


def test_an_unknown_benchmark_is_refused(repository: Path) -> None:
    asked = [sys.executable, str(repository / "scripts" / "bench.py"), "nothing"]
    told = subprocess.run(asked, check=False, capture_output=True, text=True)

    assert told.returncode == 2
    assert "invalid choice: 'nothing' (choose from 'build', 'diff', 'label_studio')" in told.stderr


def test_what_is_absent_has_no_figure() -> None:
    two = chosen("duckdb")

    assert table(two, [Figures([2.0, 3.0], 1.0), Figures([1.0], absent="gone")]) == (
        "| what | x duckdb: 4 tables, no tokens (least to most) | seconds | peak MB | target |\n"
        "|---|---|---|---|---|\n"
        "| duckdb: 4 tables, no tokens | 1.00 (1.00 to 1.00) | 2.50 | 1 |  |\n"
        "| duckdb: 4 tables and token strings | absent: gone | | |  |\n"
    )


def test_a_group_that_is_unknown_is_refused() -> None:
    with pytest.raises(SystemExit, match="no group 'nothing'"):
        chosen("nothing")
    assert chosen("") == list(CONTENDERS)
    assert [each.run for each in chosen("msgspec, build")] == ["build", "msgspec"]


@pytest.mark.parametrize("how", [run, peak])
def test_a_command_that_fails_is_no_figure(how: Callable[[list[str], dict[str, str]], float | None]) -> None:
    with pytest.raises(FailedError, match="no such thing"):
        how([sys.executable, "-c", "raise SystemExit('no such thing')"], {})


@pytest.mark.skipif(not Path("/proc/self/smaps_rollup").exists(), reason="memory is read from /proc")
def test_the_memory_of_children_is_counted() -> None:
    child = "import time; held = b'x' * 60_000_000; time.sleep(0.5); print(1)"
    found = peak([sys.executable, "-c", f"import subprocess, sys; subprocess.run([sys.executable, '-c', {child!r}])"], {})

    assert found is not None
    assert found > 60


def test_the_page_says_how_it_was_made() -> None:
    told = page("50 tasks.\n", "| what |\n", ["--tasks", "50", "--markdown"])

    assert told.startswith("# Benchmarks\n\nWritten by `python scripts/bench.py build --tasks 50 --markdown`;")
    assert told.endswith("nothing else.\n\n50 tasks.\n\n| what |\n")
    assert PAGE.read_text("utf-8").startswith(LEGEND.split("{", maxsplit=1)[0])
