"""WebAnno TSV 3.3, which WebAnno and INCEpTION write and read: a line a token, a column a feature of a layer.

Source: the appendix "WebAnno TSV 3.3 File format" of INCEpTION's user guide and, where that is silent, INCEpTION's own
reader and writer. It is written and read here because no library on PyPI does both: `web-anno-tsv` (2020) knows one layer,
`webanno2spacy` (2024) only reads, and neither knows parts of tokens.

INCEpTION takes a file only into a project that has its layers and features, and lets nothing be added to its own layer of
named entities: a mention has a label and no more. Its reader puts a line end and blanks between two sentences, so that a
sentence is written with the blanks behind it; those before the first stand in a line that its reader passes over.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from cassis import TypeSystem

from variorum.convert.capabilities import Capabilities
from variorum.convert.document import CLAIM, Document, Reference, Span, token_sentences
from variorum.convert.format import Files, Format, escaped, folder_of
from variorum.convert.inception import ANNOTATION, DEPENDENT, GOVERNOR, LAYERS, RELATION, STRING, TYPE_SYSTEM
from variorum.convert.webanno_notation import (
    BASE,
    BEFORE,
    FORMAT_LINE,
    JOINT,
    NOTHING,
    NULL,
    TEXT,
    VALUE,
    line_of,
    units,
    value,
)
from variorum.convert.webanno_reader import read
from variorum.dataset.segmentation import Offsets
from variorum.schema.labels import CLAIM_ATTRIBUTES, Labels

_FEATURES = (VALUE, *CLAIM_ATTRIBUTES)
_Cells = dict[Offsets, list[str]]
"""A column: what is stacked in its cells, by the place whose line they stand in."""


def shared(labels: Labels) -> Files:
    """The layers that INCEpTION lacks, to be imported into a project before its documents."""
    del labels  # UIMA types do not list their values
    system = TypeSystem()
    ends = dict.fromkeys((GOVERNOR, DEPENDENT), ANNOTATION)
    for name, features in ((LAYERS[CLAIM], dict.fromkeys(_FEATURES, STRING)), (RELATION, {VALUE: STRING} | ends)):
        type_ = system.create_type(name, supertypeName=ANNOTATION)
        for feature, range_ in features.items():
            system.create_feature(type_, feature, rangeType=range_)
    return {TYPE_SYSTEM: (system.to_xml() or "").encode()}


def write(batch: str, documents: Sequence[Document]) -> Files:
    """One file a document, in the folder of its split."""
    return {
        f"{folder_of(batch)}/{document.id}.tsv": "".join(f"{line}\n" for line in _lines(document)).encode()
        for document in documents
    }


def _lines(document: Document) -> Iterator[str]:
    text, offsets = document.text, units(document.text)
    sentences = token_sentences(document)
    places = _places(document, sentences)
    layers = dict(_layers(document, places))
    columns = [column for listed in layers.values() for column in listed]
    yield from (f"{FORMAT_LINE}3", *layers, "")
    ends = [*(tokens[0][0] for tokens in sentences[1:]), len(text)]
    for tokens, end in zip(sentences, ends, strict=True):
        start = tokens[0][0]
        yield ""
        if tokens is sentences[0] and start:
            yield BEFORE + line_of(text[:start])
        yield from (TEXT + line_of(line) for line in text[start:end].split("\n"))
        for place in (place for token in tokens for place in (token, *places.parts.get(token, ()))):
            cells = ["|".join(column.get(place, [NOTHING])) for column in columns]
            words = text[slice(*place)]
            yield "\t".join([places.names[place], f"{offsets[place[0]]}-{offsets[place[1]]}", words, *cells, ""])


class _Places(NamedTuple):
    """What has a line of its own: tokens, and parts of them where spans begin or end inside."""

    touched: dict[Reference, list[Offsets]]
    parts: dict[Offsets, list[Offsets]]
    names: dict[Offsets, str]


def _places(document: Document, sentences: list[list[Offsets]]) -> _Places:
    touched: dict[Reference, list[Offsets]] = defaultdict(list)
    parts: dict[Offsets, list[Offsets]] = defaultdict(list)
    for span in document.spans:
        for index in document.segmentation.tokens_in(span.start, span.end):
            token = document.segmentation.tokens[index]
            place = max(token[0], span.start), min(token[1], span.end)
            touched[span.reference].append(place)
            if place != token and place not in parts[token]:
                parts[token].append(place)
    names = {}
    for number, tokens in enumerate(sentences, start=1):
        for position, token in enumerate(tokens, start=1):
            names[token] = f"{number}-{position}"
            names |= {part: f"{number}-{position}.{which}" for which, part in enumerate(parts.get(token, ()), start=1)}
    return _Places(touched, parts, names)


def _layers(document: Document, places: _Places) -> Iterator[tuple[str, list[_Cells]]]:
    """The layers that are used, as the header names them, each with its columns."""
    for layer, type_ in LAYERS.items():
        values = {span.reference: _values(span) for span in document.of(layer)}
        if names := [name for name in _FEATURES if any(name in each for each in values.values())]:
            yield f"#T_SP={type_}|{'|'.join(names)}", [_column(values, name, places) for name in names]
    if document.relations:
        types: _Cells = defaultdict(list)
        sources: _Cells = defaultdict(list)
        for relation in document.relations:
            source, target = places.touched[relation.start][0], places.touched[relation.end][0]
            types[target].append(value(relation.type))
            sources[target].append(f"{places.names[source]}[{relation.start[1]}_{relation.end[1]}]")
        yield f"#T_RL={RELATION}|{VALUE}|{BASE}{ANNOTATION}", [types, sources]


def _values(span: Span) -> dict[str, str]:
    """The features of a span, as they are written."""
    answers = {name: JOINT.join(escaped(label, JOINT) for label in labels) for name, labels in span.attributes}
    return {name: value(told) for name, told in ({VALUE: span.label} | answers).items()}


def _column(values: Mapping[Reference, Mapping[str, str]], name: str, places: _Places) -> _Cells:
    """A feature's column. The number that tells a span from others on its tokens is its id."""
    cells: _Cells = defaultdict(list)
    for reference, given in values.items():
        for place in places.touched[reference]:
            cells[place].append(f"{given.get(name, NULL)}[{reference[1]}]")
    return cells


FORMAT = Format(
    name="webanno",
    title="WebAnno TSV 3.3 (INCEpTION)",
    files="`SPLIT/ID.tsv`, `TypeSystem.xml`",
    offsets="UTF-16 units",
    opened_by="INCEpTION, WebAnno",
    able=Capabilities(discontinuity=False, notes=False, document_labels=False, ids=False),
    write=write,
    read=read,
    shared=shared,
    reads_others=True,
)
