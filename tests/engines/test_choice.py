"""Which engine is taken, and what is said where there is none."""

import sys

import pytest
from click.testing import CliRunner

from variorum.cli import main
from variorum.cli.shared import working


def test_the_engine_is_this_machine_unless_another_is_asked_for() -> None:
    found = working(3, "local", "")

    assert (found.workers, found.engine) == (3, None)


def test_an_address_without_ray_is_refused(repository: object) -> None:
    result = CliRunner().invoke(main, ["build", "--root", str(repository), "--address", "auto"])

    assert result.exit_code == 2
    assert result.output.endswith("Error: --address is where a Ray is. Add --engine ray.\n")


def test_a_missing_ray_is_one_line(repository: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    monkeypatch.delitem(sys.modules, "variorum.engines.ray", raising=False)

    result = CliRunner().invoke(main, ["validate", "--root", str(repository), "--engine", "ray"])

    assert result.exit_code == 2
    assert (
        result.output == "Error: ray is missing. Install it with: pip install 'variorum[ray]', or `make extras` in a clone.\n"
    )
