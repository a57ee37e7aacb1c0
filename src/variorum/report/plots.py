"""The plots of the page, drawn by Vega-Lite to SVG: figures of the published tables, and each as a table of numbers too.

The SVG takes its colours from the page's variables, so that it is light and dark as the page is; shapes and positions
tell what colours do, and the numbers stand below.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations
from math import comb
from typing import Any

import polars as pl

from variorum.corpus.settings import SPLITS
from variorum.report.layers import Json
from variorum.report.material import Material
from variorum.schema.foreign import RELATIONS, ForeignLabels

INK, FAINT, RULE, ACCENT = "var(--ink)", "var(--faint)", "var(--rule)", "var(--accent)"
SHAPES = ("circle", "square", "triangle-up", "diamond", "cross")
_WIDTH = 190  # pixels of one of the panels that stand side by side
_NOISE = re.compile(r' (?:role|aria-[a-z]+|xmlns(?::xlink)?|pointer-events)="[^"]*"')
"""What Vega writes for screen readers mark by mark, where the figure has one name and a table; and namespaces."""
_LINKS = ("relation", "alignment", "substitution", "claim_pair", RELATIONS)
_OF_LINKS, _OF_OTHERS, _OF_ATTRIBUTES = "label_f1", ("exact_f1", "exact_agreement"), "attribute_alpha"
"""The figures that are shown: of layers of links, of those of spans and of answers, and of answers about these."""

Spec = dict[str, Any]


@dataclass(frozen=True)
class Plot:
    """A figure: what it says, the drawing, and its numbers; without these where it says that there is nothing."""

    id: str
    title: str
    says: str
    svg: str
    columns: list[str]
    rows: list[list[str]]


def plots(material: Material, documents: list[Json]) -> list[Plot]:
    """All plots that there are numbers for; `documents` are those of the index.

    Raises ModuleNotFoundError without the extra `report`.
    """
    drawn_ = ((each, each.data(material)) for each in _figures(documents, material))
    return [_plot(each, data) for each, data in drawn_ if data.height or each.nothing]


@dataclass(frozen=True)
class _Figure:
    id: str
    title: str
    says: str
    data: Callable[[Material], pl.DataFrame]
    spec: Callable[[pl.DataFrame], Spec]
    nothing: str = ""
    """What is said instead where there is nothing to draw; empty if nothing is said."""


def _plot(figure: _Figure, data: pl.DataFrame) -> Plot:
    if not data.height:
        return Plot(figure.id, figure.title, figure.nothing, "", [], [])
    rows = [[_written(value) for value in row] for row in data.iter_rows()]
    named = [name.replace("_", " ") for name in data.columns]
    return Plot(figure.id, figure.title, figure.says, drawn(figure.spec(data), data, figure.title), named, rows)


def _written(value: object) -> str:
    return "" if value is None else f"{value:.3g}" if isinstance(value, float) else str(value)


def drawn(spec: Spec, data: pl.DataFrame, name: str) -> str:
    """A specification of Vega-Lite as SVG that stands in an HTML page and is one picture to a screen reader."""
    import vl_convert

    whole = {"data": {"values": data.to_dicts()}, "config": _CONFIG} | spec
    svg = _NOISE.sub("", vl_convert.vegalite_to_svg(whole, "6.4"))
    return svg.replace("<svg ", f'<svg role="img" aria-label="{name}" ', 1)


_FONT = {"labelFont": "inherit", "titleFont": "inherit", "labelFontSize": 12, "titleFontSize": 12, "titleFontWeight": "normal"}
_CONFIG: Spec = {
    "background": None,
    "aria": False,
    "view": {"stroke": None},
    "axis": _FONT
    | {"labelColor": INK, "titleColor": FAINT, "gridColor": RULE, "domainColor": RULE, "tickColor": RULE, "labelLimit": 260},
    "header": _FONT | {"labelColor": INK, "titleColor": FAINT, "labelFontWeight": "bold", "labelAnchor": "start"},
    "legend": _FONT | {"labelColor": INK, "titleColor": FAINT, "symbolFillColor": ACCENT, "symbolStrokeColor": ACCENT},
    "text": {"font": "inherit", "fontSize": 12, "color": INK},
}


def _splits_of(material: Material) -> pl.DataFrame:
    documents = material.documents.items()
    split = {"document_id": [each for each, _ in documents], "split": [document.split for _, document in documents]}
    return pl.DataFrame(split, schema={"document_id": pl.String, "split": pl.String})


def _counted(config: str, column: str) -> Callable[[Material], pl.DataFrame]:
    """How many rows of a config have each label, by split."""

    def count(material: Material) -> pl.DataFrame:
        return _by_label(material.frames[config].select("document_id", label=column), material)

    return count


def _by_label(labelled: pl.DataFrame, material: Material) -> pl.DataFrame:
    found = labelled.join(_splits_of(material), on="document_id")
    return found.group_by("label", "split").len("count").sort(pl.len().over("label"), "label", _rank("split"))


def _given(material: Material) -> pl.DataFrame:
    """How often each label of a foreign project was given, by split: in gold, or where nothing is gold by anybody."""
    controls = [name for name, inventory in material.inputs.labels.items() if inventory.labels]
    kept = material.frames["annotations"].filter(pl.col("rejected_by") == "", pl.col("control").is_in(controls))
    gold = kept.filter("is_gold")
    each = (gold if gold.height else kept).explode("labels").drop_nulls("labels")
    return _by_label(each.select("document_id", label=pl.format("{}: {}", "control", "labels")), material)


def _rank(column: str) -> pl.Expr:
    return pl.col(column).replace_strict(dict(zip(SPLITS, range(len(SPLITS)), strict=True)), default=len(SPLITS))


def _bars(title: str) -> Callable[[pl.DataFrame], Spec]:
    """Bars by label, a panel for each split, each bar with its number."""

    def spec(_data: pl.DataFrame) -> Spec:
        y = {"field": "label", "type": "nominal", "title": None, "sort": {"field": "count", "op": "sum", "order": "descending"}}
        x = {
            "field": "count",
            "type": "quantitative",
            "title": title,
            "axis": {"tickCount": 4, "tickMinStep": 1, "format": ",d"},
        }
        bar = {"mark": {"type": "bar", "color": ACCENT, "height": {"band": 0.62}}}
        number = {"mark": {"type": "text", "align": "left", "dx": 4}, "encoding": {"text": {"field": "count", "format": ",d"}}}
        layered = {"layer": [bar, number], "encoding": {"y": y, "x": x}, "width": _WIDTH, "height": {"step": 19}}
        return _by_split(layered)

    return spec


def _by_split(spec: Spec) -> Spec:
    return {"facet": {"column": {"field": "split", "title": None, "sort": list(SPLITS)}}, "spec": spec, "spacing": 28}


_PAIR = 2
_FEW = 6
"""Annotators that are named one by one, and have their pairs, 15, drawn so: 101 annotators have 5,050."""


def _agreement(material: Material) -> pl.DataFrame:
    is_attribute = pl.col("metric") == _OF_ATTRIBUTES
    of_attribute = pl.when(is_attribute).then(pl.format("{}: {}", "layer", "label")).otherwise("layer")
    return pairs_or_medians(
        material.frames["agreement"].filter((pl.col("label") == "") | is_attribute).with_columns(layer=of_attribute)
    )


def pairs_or_medians(agreement: pl.DataFrame) -> pl.DataFrame:
    """The figure of each layer, from rows of `agreement` of a whole layer or of an attribute: by pair, or by annotator."""
    is_links = pl.col("layer").is_in(_LINKS)
    wanted = (
        pl.when(is_links).then(pl.col("metric") == _OF_LINKS).otherwise(pl.col("metric").is_in((*_OF_OTHERS, _OF_ATTRIBUTES)))
    )
    found = agreement.filter(wanted & pl.col("value").is_not_null())
    own = ("project", "layer", "round", "metric", "unit")
    size = pl.col("annotators").list.len()
    is_pair = size == _PAIR
    is_many = is_pair.sum().over(own) > comb(_FEW, _PAIR)
    apart = found.filter(~(is_pair & is_many)).with_columns(
        pl.when(size > _FEW).then(pl.format("all {}", size)).otherwise(pl.col("annotators").list.join(" + "))
    )
    by_annotator = found.filter(is_pair & is_many).explode("annotators").group_by(*own, "annotators")
    medians = by_annotator.agg(pl.col("value").median(), pl.col("n").sum()).sort(*own, "value", "annotators")
    named = medians.with_columns(pl.format("{} with others", "annotators"))
    told = pl.concat([apart, named], how="diagonal_relaxed")
    return told.select("project", "layer", "round", "metric", "annotators", "value", "low", "high", "n", "unit")


def _agreement_spec(data: pl.DataFrame) -> Spec:
    y = {"field": "layer", "type": "nominal", "title": None}
    least = min(0, data["value"].min(), *data["low"].drop_nulls())  # alpha is below 0 where chance would do better
    scale = {"domain": [least, 1]}
    shape = {"field": "round", "type": "nominal", "scale": {"range": list(SHAPES)}, "title": "round"}
    point = {"type": "point", "filled": True, "size": 90, "color": ACCENT, "opacity": 0.85 if data.height < _MANY_DOTS else 0.3}
    value = {"field": "value", "type": "quantitative", "title": "agreement before curation", "scale": scale}
    interval = {
        "mark": {"type": "rule", "color": ACCENT},
        "encoding": {"x": {"field": "low", "type": "quantitative"}, "x2": {"field": "high"}},
        "transform": [{"filter": "isValid(datum.low) && isValid(datum.high)"}],
    }
    dots = {"mark": point, "encoding": {"x": value, "shape": shape}}
    apart = {"field": "round", "type": "nominal"}  # or equal figures of two rounds would hide each other
    return {"layer": [interval, dots], "encoding": {"y": y, "yOffset": apart}, "width": 460, "height": {"step": 16}}


def _levels(material: Material) -> pl.DataFrame:
    """Metrics by gold level; of many documents the quartiles, since a table of 30,000 rows keeps a page from being drawn."""
    rated = material.frames["readability"].filter(pl.col("reading_level").is_not_null())
    metrics = rated.explode("metrics").drop_nulls("metrics").unnest("metrics")
    points = metrics.select("document_id", level="reading_level", metric="metric", value="value")
    return points if points.height < _MANY else quartiles(points)


def quartiles(points: pl.DataFrame) -> pl.DataFrame:
    """`level`, `metric`, `documents` and the least, quartiles and greatest of `value`."""
    value = pl.col("value")
    names = {"lower_quartile": 0.25, "median": 0.5, "upper_quartile": 0.75}
    between = {name: value.quantile(each, "linear") for name, each in names.items()}
    found = points.group_by("level", "metric").agg(
        pl.len().alias("documents"), least=value.min(), **between, greatest=value.max()
    )
    return found.sort("metric", "level")


def _levels_spec(data: pl.DataFrame) -> Spec:
    y = {"field": "level", "type": "nominal", "title": "gold reading level"}
    shape = {"width": _WIDTH, "height": {"step": 30}}
    inner = {"layer": _boxes() if "median" in data.columns else [_point("value", 80, 0.75)], "encoding": {"y": y}}
    facet = {"column": {"field": "metric", "title": None}}
    return {"facet": facet, "spec": inner | shape, "resolve": {"scale": {"x": "independent"}}, "spacing": 28}


def _along(field: str) -> Spec:
    return {"field": field, "type": "quantitative", "title": None, "scale": {"zero": False}, "axis": {"tickCount": 4}}


def _point(field: str, size: int, opacity: float) -> Spec:
    mark = {"type": "point", "size": size, "color": ACCENT, "filled": True, "opacity": opacity}
    return {"mark": mark, "encoding": {"x": _along(field)}}


def _boxes() -> list[Spec]:
    """Boxes from the least to the greatest, of quartiles that are known already."""
    line = {"mark": {"type": "rule", "color": ACCENT}, "encoding": {"x": _along("least"), "x2": {"field": "greatest"}}}
    bar = {"type": "bar", "color": ACCENT, "opacity": 0.35, "height": 14}
    box = {"mark": bar, "encoding": {"x": _along("lower_quartile"), "x2": {"field": "upper_quartile"}}}
    return [line, box, _point("median", 60, 1)]


_MANY_DOTS = 60
"""Figures of agreement that are told apart without seeing through them."""
_MANY = 600
"""Points that can still be told apart; more are drawn as boxes."""
_BINS = 16


def _lengths(documents: list[Json]) -> pl.DataFrame:
    """Documents by length, in tokens, and split; few ones each by itself. Those that are not built are among them."""
    schema = {"id": pl.String, "split": pl.String, "tokens": pl.Int64}
    found = pl.DataFrame([(each["id"], each["split"], each["tokens"]) for each in documents], schema, orient="row")
    if found.height <= _BINS:
        return found.select(label="id", split="split", count="tokens")
    width = -(-max(each["tokens"] + 1 for each in documents) // _BINS)
    binned = found.with_columns(start=pl.col("tokens") // width * width)
    counted = binned.group_by("start", "split").len("count").sort("start", _rank("split"))
    return counted.with_columns(end=pl.col("start") + width).select("start", "end", "split", "count")


def _lengths_spec(data: pl.DataFrame) -> Spec:
    if "label" in data.columns:
        return _bars("tokens")(data)
    x = {"field": "start", "bin": "binned", "type": "quantitative", "title": "tokens", "axis": {"tickCount": 4}}
    y = {"field": "count", "type": "quantitative", "title": "documents", "axis": {"tickMinStep": 1, "format": ",d"}}
    bar = {"mark": {"type": "bar", "color": ACCENT}, "encoding": {"x": x, "x2": {"field": "end"}, "y": y}}
    return _by_split(bar | {"width": _WIDTH, "height": 130})


def _leaks(material: Material) -> pl.DataFrame:
    """What splits share: stories, and runs of words, by pair of splits."""
    split = {each: document.split for each, document in material.documents.items()}
    leaking = material.inputs.leaks
    runs = [(share.split, share.other, share.runs) for share in leaking.counts] or [
        (split[each.first], split[each.second], each.runs)
        for each in leaking.listed
        if each.runs and {each.first, each.second} <= set(split)
    ]
    told = {(document.story_id, document.split) for document in material.documents.values()}
    splits_of = pl.DataFrame(sorted(told), {"story": pl.String, "split": pl.String}, orient="row").group_by("story").all()
    astride = [pair for _, own in splits_of.sort("story").iter_rows() for pair in combinations(own, 2)]
    rows = [(*_in_order(one, other), "stories in both", 1) for one, other in astride]
    rows += [(*_in_order(one, other), "runs of words in both", count) for one, other, count in runs]
    schema = {"split": pl.String, "other": pl.String, "what": pl.String, "count": pl.Int64}
    found = pl.DataFrame(rows, schema, orient="row")
    return found.group_by("what", "split", "other").agg(pl.col("count").sum()).sort("what", _rank("split"), _rank("other"))


def _in_order(one: str, other: str) -> tuple[str, str]:
    first, second = sorted((one, other), key=lambda each: [*SPLITS, each].index(each))
    return first, second


def _leaks_spec(_data: pl.DataFrame) -> Spec:
    encoding = {
        "x": {"field": "split", "type": "nominal", "title": None, "sort": list(SPLITS), "axis": {"labelAngle": 0}},
        "y": {"field": "other", "type": "nominal", "title": None, "sort": list(SPLITS)},
    }
    opacity = {"field": "count", "type": "quantitative", "legend": None, "scale": {"range": [0.12, 0.5]}}
    square = {"mark": {"type": "rect", "color": ACCENT}, "encoding": {"opacity": opacity}}
    number = {"mark": {"type": "text"}, "encoding": {"text": {"field": "count", "format": ",d"}}}
    inner = {"layer": [square, number], "encoding": encoding, "width": {"step": 110}, "height": {"step": 40}}
    return {"facet": {"column": {"field": "what", "title": None}}, "spec": inner, "spacing": 28}


def _figures(documents: list[Json], material: Material) -> Iterator[_Figure]:
    says: Mapping[str, str] = {
        "mentions": "How many gold mentions of each type a split holds.",
        "checkworthiness": "How many gold claims of each kind a split holds.",
        "labels": "How often each label was given in a split: in gold or, where nothing is gold, by anybody.",
        "agreement": "How far the annotators of a round agreed before curation: F1 of spans and links with their labels; the "
        "share of equal answers about whole texts; and of what is answered about a span or link, such as claim: modality, "
        "Krippendorff's alpha, which is 0 where chance would do as well. Lines are 95% intervals, where there are tasks "
        f"enough for one. Of more than {comb(_FEW, _PAIR)} pairs, dots are each annotator's median with the others.",
        "levels": "The gold reading level of each document against metrics that are computed from its text; of many "
        "documents the quartiles, with the median as a dot.",
        "lengths": "How long the documents of each split are.",
        "leakage": "What documents of different splits have in common.",
        "no leakage": "None found: documents of different splits share no story, and no long run of words.",
    }
    yield _Figure("mentions", "Mentions by type", says["mentions"], _counted("entities", "type"), _bars("mentions"))
    kinds = _counted("claims", "checkworthiness")
    yield _Figure("checkworthiness", "Claims by check-worthiness", says["checkworthiness"], kinds, _bars("claims"))
    if isinstance(material.inputs.labels, ForeignLabels):
        yield _Figure("labels-given", "Labels by control", says["labels"], _given, _bars("labels"))
    yield _Figure("agreement", "Agreement between annotators", says["agreement"], _agreement, _agreement_spec)
    yield _Figure("levels", "Reading levels against metrics", says["levels"], _levels, _levels_spec)
    yield _Figure("lengths", "Lengths", says["lengths"], lambda _: _lengths(documents), _lengths_spec)
    yield _Figure("leakage", "What leaks between splits", says["leakage"], _leaks, _leaks_spec, says["no leakage"])
