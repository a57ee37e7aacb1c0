"""Documents that Hypothesis makes: nested, crossing, adjacent and discontinuous spans, emoji and text from right to left."""

import re
from itertools import pairwise

from hypothesis import settings
from hypothesis import strategies as st

from variorum.convert.document import CLAIM, MENTION, Attributes, Document, Relation, Span, joined, ordered
from variorum.dataset.segmentation import TOKEN, Offsets
from variorum.schema.labels import CLAIM_ATTRIBUTES, LAYERS, Inventory, Label, Labels

_WORDS = (
    "Oslo",
    "U.S.",
    "rain,",
    "l’été",
    "👩‍👩‍👧",
    "🇳🇴!",
    "שלום",
    "القاهرة",
    "東京都",
    "\u200fא1",
    "a-b",
    "#",
    "e\u0301",
    "𝔘n",
    "*",
    "_",
    "%;",
)
_BLANKS = (" ", " ", " ", "", "  ", "\n", "\n\n", "\t", "\u00a0", " \n ", "\u2028")
assert settings.default
FEWER = settings(max_examples=settings.default.max_examples // 3)
"""For what is done of eight formats, some with libraries that are slow with tiny files."""
MENTIONS = ("GPE", "work of art", "a-b", "людина", "x|y=(z)", "100%", "%20;", "B-I")
CLAIMS = ("CLAIM", "other claim")
TYPES = ("claimer", "title of", "a:b")
LEVELS = ("A1", "B2")


def _inventory(names: tuple[str, ...]) -> Inventory:
    return Inventory("", tuple(Label(name=name, definition="", from_=LAYERS, to=LAYERS) for name in names))


LABELS: Labels = {
    "entity_type": _inventory(MENTIONS),
    "claim": _inventory(CLAIMS),
    "relation_type": _inventory(TYPES),
    "reading_level": _inventory(LEVELS),
} | {name: _inventory((f"{name}_1", "two words", "3|4")) for name in CLAIM_ATTRIBUTES}


@st.composite
def texts(draw: st.DrawFn) -> str:
    pairs = draw(st.lists(st.tuples(st.sampled_from(_WORDS), st.sampled_from(_BLANKS)), min_size=1, max_size=14))
    return draw(st.sampled_from(("", " ", "\n"))) + "".join(word + blank for word, blank in pairs)


@st.composite
def sentences(draw: st.DrawFn, text: str) -> tuple[Offsets, ...]:
    """Runs of tokens, in order, of which some are left out as between sentences."""
    tokens = [match.span() for match in TOKEN.finditer(text)]
    cuts = sorted({0, len(tokens), *draw(st.lists(st.integers(0, len(tokens)), max_size=3))})
    runs = [tokens[first:last] for first, last in pairwise(cuts)]
    return tuple((run[0][0], run[-1][1]) for run in runs if draw(st.integers(0, 4)))


@st.composite
def pieces(draw: st.DrawFn, text: str) -> tuple[Offsets, ...]:
    filled = [match.start() for match in re.finditer(r"\S", text)]
    edges = st.tuples(st.sampled_from(filled), st.sampled_from(filled))
    drawn = draw(st.lists(edges, min_size=1, max_size=draw(st.sampled_from((1, 1, 1, 3)))))
    return joined(text, [(min(pair), max(pair) + 1) for pair in drawn])


_NOTES = st.sampled_from(("", "", "", "sic", "two\nlines", "a \t tab", " blanks ", "\u200fשלום <&>\"'", "# T1\\n"))


@st.composite
def spans(draw: st.DrawFn, text: str, number: int) -> Span:
    layer = draw(st.sampled_from((MENTION, MENTION, CLAIM)))
    label = draw(st.sampled_from(MENTIONS if layer == MENTION else CLAIMS))
    answers: Attributes = ()
    if layer == CLAIM:
        names = sorted(draw(st.sets(st.sampled_from(CLAIM_ATTRIBUTES))))
        answers = tuple((name, tuple(draw(_answers(name)))) for name in names)
    id_ = f"{draw(st.sampled_from(('r', 'ö ', 'T1', '#', 'a/b')))}{number}"
    return Span(layer, id_, label, draw(pieces(text)), answers, draw(_NOTES))


def _answers(name: str) -> st.SearchStrategy[list[str]]:
    most = 3 if name == "claim_type" else 1
    return st.lists(st.sampled_from(LABELS[name].names), min_size=1, max_size=most, unique=True)


@st.composite
def documents(draw: st.DrawFn, number: int = 0) -> Document:
    text = draw(texts())
    made = [draw(spans(text, index)) for index in range(draw(st.integers(0, 6)))]
    relations = set()
    if len(made) > 1:
        ends = st.permutations([span.reference for span in made])
        drawn = draw(st.lists(st.tuples(st.sampled_from(TYPES), ends), max_size=3))
        relations = {Relation(type_, chosen[0], chosen[1]) for type_, chosen in drawn}
    labels: Attributes = (("reading_level", (draw(st.sampled_from(LEVELS)),)),) if draw(st.booleans()) else ()
    id_ = draw(st.sampled_from(("d", "O", "0.a_-b", "A")))
    return ordered(Document(f"{id_}{number}", text, tuple(made), tuple(relations), labels, draw(sentences(text))))


@st.composite
def batches(draw: st.DrawFn) -> list[Document]:
    return [draw(documents(number)) for number in range(draw(st.integers(1, 3)))]
