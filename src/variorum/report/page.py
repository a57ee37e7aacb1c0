"""The page: everything gathered and drawn, put into one HTML file that asks for nothing from outside.

Whatever comes from the corpus is untrusted. The template escapes it; the script makes text nodes of it; and a policy in the
page's head allows no script but the page's own, and no request.
"""

from base64 import b64encode
from collections.abc import Iterator
from hashlib import sha256
from importlib.resources import files
from typing import Any

import polars as pl

from variorum.corpus.settings import ALL, SPLITS, Settings
from variorum.report.colours import variables
from variorum.report.gather import UNANIMOUS, Gathered
from variorum.report.layers import Json
from variorum.report.material import Material
from variorum.report.packing import packed
from variorum.report.plots import Plot
from variorum.schema.foreign import plain_name

_ABOUT = (
    "data_collection",
    "data_annotation_protocol",
    "annotations_per_item",
    "annotator_demographics",
    "data_use_cases",
    "data_limitations",
    "data_biases",
    "data_social_impact",
    "personal_sensitive_information",
)
"""What the page shows of the datasheet."""


SCRIPT = (
    *("index", "elements", "stories", "texts", "kin", "documents", "story", "relations", "panel"),
    *("claims", "alignment", "annotators", "decisions", "findings", "addresses", "keys"),
)
"""The parts of the page's script, in their order: one script, that a browser which opens the page from a disk may run."""


def page(material: Material, gathered: Gathered, drawn: list[Plot], counts: dict[str, dict[str, int]]) -> str:
    """The page as HTML. Raises ModuleNotFoundError without the extra `report`."""
    from jinja2 import Environment, StrictUndefined

    environment = Environment(autoescape=True, undefined=StrictUndefined, keep_trailing_newline=True)
    script = "\n".join(_own(f"script/{name}.js") for name in SCRIPT)
    shown: dict[str, Any] = {
        "index": gathered.index,
        "numbers": list(_numbers(gathered.index["documents"], material)),
        "unbuilt": len(material.unbuilt),
        "inventories": {plain_name(name): each for name, each in material.inputs.labels.items() if each.labels},
        "about": list(_about(material.inputs.settings)),
        "counts": counts,
        "splits": [each for each in (*SPLITS, ALL) if any(each in rows for rows in counts.values())],
        "colours": variables(material.inputs.labels),
        "plots": drawn,
        "findings": gathered.findings,
        "packed": {"index": packed(gathered.index), "findings": packed(gathered.findings)},
        "stories": gathered.stories,
        "style": _own("explorer.css"),
        "script": script,
        "script_digest": "sha256-" + b64encode(sha256(script.encode()).digest()).decode(),
    }
    return environment.from_string(_own("page.html.j2")).render(shown)


def _own(name: str) -> str:
    """A file of this package."""
    return files(__package__).joinpath(name).read_text(encoding="utf-8")


def _numbers(documents: list[Json], material: Material) -> Iterator[tuple[str, int]]:
    """What the corpus holds, for the head of the page; what there is none of is left out."""
    stories = {each["story"] for each in documents}
    named = [
        ("document" if len(documents) == 1 else "documents", len(documents)),
        ("story" if len(stories) == 1 else "stories", len(stories)),
        ("tokens", sum(each["tokens"] for each in documents)),
        ("gold mentions", sum(each["mentions"] for each in documents)),
        ("gold claims", sum(each["claims"] for each in documents)),
        ("aligned groups", material.frames["alignments"].height),
        ("decisions", material.frames["decisions"].height),
        ("disputed items", material.frames["decisions"].filter(pl.col("rule") != UNANIMOUS).height),
    ]
    return ((name, number) for name, number in named if number)


def _about(settings: Settings) -> Iterator[tuple[str, list[str]]]:
    yield "licence of the texts", [settings.licences.text]
    yield "licence of the annotations", [settings.licences.annotation]
    yield "splits hold out", [settings.holds_out]
    for name in _ABOUT:
        told = getattr(settings.datasheet, name)
        lines = [told] if isinstance(told, str) else list(told)
        if any(lines):
            yield name.replace("_", " "), lines
