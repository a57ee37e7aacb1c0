"""Every label can be read on a light and on a dark page, whatever colour its corpus gave it."""

import colorsys
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from variorum.report.colours import DARK, LIGHT, PALETTE, READABLE, contrast, readable, variables
from variorum.schema.labels import Inventory, Label

STYLE = Path(__file__).parents[2] / "src" / "variorum" / "report" / "explorer.css"
COLOURS = st.integers(0, 0xFFFFFF).map("#{:06x}".format)


@given(COLOURS)
def test_any_colour_becomes_readable(colour: str) -> None:
    for surface in (LIGHT, DARK):
        assert contrast(readable(colour, surface), surface) >= READABLE


@given(COLOURS)
def test_a_colour_that_is_readable_stays(colour: str) -> None:
    made = readable(colour, LIGHT)

    assert readable(made, LIGHT) == made


def test_the_hue_stays() -> None:
    before, after = (
        colorsys.rgb_to_hls(*(int(each[at : at + 2], 16) / 255 for at in (1, 3, 5)))[0]
        for each in ("#f1c40f", readable("#f1c40f", LIGHT))
    )

    assert before == pytest.approx(after, abs=0.02)


def test_contrast_is_that_of_wcag() -> None:
    """Examples of WebAIM's contrast checker."""
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.01)


def test_labels_without_a_colour_have_one_of_the_palette() -> None:
    labels = {
        "modality": Inventory("", (Label(name="asserted", definition=""), Label(name="odd", definition="", colour="red")))
    }

    assert [*variables(labels)] == ["--modality-0", "--modality-1"]
    assert variables(labels)["--modality-1"] == f"light-dark({readable(PALETTE[1], LIGHT)}, {readable(PALETTE[1], DARK)})"


def test_the_style_sheet_has_the_same_surfaces() -> None:
    style = STYLE.read_text(encoding="utf-8")

    assert re.search(r"--sunk: light-dark\((#\w+), (#\w+)\)", style).groups() == (LIGHT, DARK)  # type: ignore[union-attr] # it is there


@pytest.mark.parametrize("name", ["ink", "faint", "accent", "alarm"])
def test_the_page_s_own_colours_can_be_read_on_all_its_surfaces(name: str) -> None:
    pairs = dict(re.findall(r"--(\w+): light-dark\(([^)]+)\)", STYLE.read_text(encoding="utf-8")))
    for place in (0, 1):
        own = pairs[name].split(", ")[place]
        for surface in ("paper", "raised", "sunk"):
            assert contrast(own, pairs[surface].split(", ")[place]) >= READABLE
