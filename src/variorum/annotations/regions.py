"""What the results of one annotation come to: regions, links between them, and answers about the whole.

Every result ends as a `Reading`: kept, repaired (the rung that did it) or rejected (the rule that did it), so that
results in = kept + repaired + rejected, always.
"""

from collections import defaultdict
from dataclasses import dataclass, field

from variorum.annotations.ladder import Span
from variorum.annotations.task import Result
from variorum.findings import Finding


@dataclass
class Reading:
    """What became of one result. `rejected_by` is a rule id, or empty; `span` is None where the result has none.

    `document_id` is the document it is about: that of its text, of the region a relation leads from, else the task's first.
    """

    result: Result
    span: Span | None = None
    labels: tuple[str, ...] = ()
    rejected_by: str = ""
    document_id: str = ""

    @property
    def rung(self) -> str:
        """The rung of the ladder that found the span; empty where there is none, and for answers, which have their region's."""
        labelled = self.result.type == "labels" and not self.rejected_by
        return self.span.rung if self.span and labelled else ""


@dataclass(frozen=True)
class Region:
    """A mention, a claim or another span of a layer, with its one label, the answers to its attributes, and any note on it."""

    id: str
    layer: str
    span: Span
    label: str
    attributes: dict[str, tuple[str, ...]]
    result: Result
    document_id: str = ""
    note: str = ""


@dataclass(frozen=True)
class Relation:
    """A directed relation between two regions, its direction brought to from -> to.

    `also` are labels it has beside its type, as the operations of an alignment.
    """

    type: str
    from_id: str
    from_layer: str
    to_id: str
    to_layer: str
    result: Result
    also: tuple[str, ...] = ()


@dataclass
class Regions:
    """All of one annotation: regions by layer, relations, and what was answered about the whole."""

    layers: dict[str, list[Region]] = field(default_factory=dict)
    relations: list[Relation] = field(default_factory=list)
    reading_level: str | None = None
    readings: list[Reading] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)

    @property
    def mentions(self) -> list[Region]:
        """The regions of the layer `mention`."""
        return self.layers.get("mention", [])

    @property
    def claims(self) -> list[Region]:
        """The regions of the layer `claim`."""
        return self.layers.get("claim", [])

    @property
    def by_id(self) -> dict[str, list[Region]]:
        """All regions by id; a mention and a claim of the same words may share one."""
        found: dict[str, list[Region]] = defaultdict(list)
        for region in (region for layer in self.layers.values() for region in layer):
            found[region.id].append(region)
        return found


def answers_of(result: Result) -> tuple[str, ...] | None:
    """What a result answers, as text: labels, choices, words, a rating, a number, paths of choices joined by slashes.

    None where its value is not what Label Studio writes for its type. Relations answer with their types.
    """
    value = result.written if result.type == "relation" else result.value
    given = value.get(_ANSWER_KEYS.get(result.type, result.type))
    if result.type in ("rating", "number"):
        return (str(given),) if isinstance(given, int | float) else None
    given = [given] if isinstance(given, str) else given
    if not isinstance(given, list):
        return None
    answers = ["/".join(map(str, each)) if isinstance(each, list) and result.type in _PATHS else each for each in given]
    return tuple(answers) if all(isinstance(each, str) for each in answers) else None


_PATHS = ("taxonomy", "choices")
_ANSWER_KEYS = {"textarea": "text", "relation": "labels"}


def shortened(text: str, limit: int = 40) -> str:
    """A text as findings quote it."""
    return repr(text if len(text) <= limit else text[: limit - 1] + "…")
