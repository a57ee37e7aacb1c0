"""The figures of a span layer, each as a plain function of the spans of two annotators of one task."""

from collections.abc import Callable, Sequence

from tests.agreement.plain_shares import f1_by, f1_by_label

from variorum.agreement.share import Share, f1
from variorum.agreement.spans import match, overlap_f1, partial_f1, type_of
from variorum.annotations.work import Marked, Place

_Spans = Sequence[Marked]


def exact_f1(first: _Spans, second: _Spans) -> Share:
    """F1 where place and type are the same."""
    return f1_by(_at_and_type, first, second)


def exact_f1_by_type(first: _Spans, second: _Spans) -> dict[str, Share]:
    """`exact_f1` of the spans of each type."""
    return f1_by_label(_at_and_type, _type, first, second)


def span_f1(first: _Spans, second: _Spans) -> Share:
    """F1 where the place is the same, whatever the type."""
    return f1_by(_at, first, second)


def matched_f1(first: _Spans, second: _Spans) -> Share:
    """F1 over the pairs of `match`, whatever the values."""
    return f1(len(match(first, second)), len(first), len(second))


def _type(span: Marked) -> str:
    return type_of(span.values)


def _at(span: Marked) -> Place:
    return span.place


def _at_and_type(span: Marked) -> tuple[Place, str]:
    return _at(span), _type(span)


SPAN_FORMULAS: dict[str, Callable[[_Spans, _Spans], Share]] = {
    "exact_f1": exact_f1,
    "span_f1": span_f1,
    "overlap_f1": overlap_f1,
    "partial_f1": partial_f1,
    "matched_f1": matched_f1,
}
