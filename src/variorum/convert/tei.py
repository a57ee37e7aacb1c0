"""TEI P5: the text with a `w` or `pc` a token, and what is marked in it beside it in `standOff`.

Source: https://tei-c.org/release/doc/tei-p5-doc/en/html/. A span points to its tokens, so that spans may nest, cross and have
pieces; its id, answers and note are a feature structure; relations are `relation`s from `active` to `passive`.
"""

from collections.abc import Iterator, Mapping, Sequence

from lxml import etree
from lxml.builder import ElementMaker

from variorum.convert.capabilities import Capabilities
from variorum.convert.document import Document, Relation, Span, ordered, token_sentences
from variorum.convert.format import Files, Format, Read, escaped, folder_of, read_own, stem_of, unescaped
from variorum.convert.xml_source import safe_parser
from variorum.dataset.segmentation import Offsets
from variorum.schema.labels import Labels

_TEI = "http://www.tei-c.org/ns/1.0"
_NAMES = {"t": _TEI}
_ID, _SPACE, _LANGUAGE = (f"{{http://www.w3.org/XML/1998/namespace}}{name}" for name in ("id", "space", "lang"))
_E = ElementMaker(namespace=_TEI, nsmap={None: _TEI})
_REGION, _NOTE = "region", "note"


def write(batch: str, documents: Sequence[Document]) -> Files:
    """One file a document, in the folder of its split."""
    return {f"{folder_of(batch)}/{document.id}.xml": _document(document) for document in documents}


def _document(document: Document) -> bytes:
    marked = [_stand_off(document)] if document.spans else []  # an empty one is no TEI
    root = _E.TEI(_header(document), *marked, _E.text(_E.body(_text(document)), {_LANGUAGE: document.language}))
    return bytes(etree.tostring(root, xml_declaration=True, encoding="UTF-8"))


def _header(document: Document) -> "etree._Element":
    keywords = [
        _E.keywords(*(_E.term(label) for label in labels), scheme=f"#{escaped(name)}") for name, labels in document.labels
    ]
    return _E.teiHeader(
        _E.fileDesc(
            _E.titleStmt(_E.title(document.id)),
            _E.publicationStmt(_E.p("Written by variorum.")),
            _E.sourceDesc(_E.p("A document of a corpus of annotated articles.")),
        ),
        *([_E.profileDesc(_E.textClass(*keywords))] if keywords else []),
    )


def _text(document: Document) -> "etree._Element":
    """The text in one block, to the character: what is between tokens stands between their elements."""
    block = _E.ab({_SPACE: "preserve"})
    number, place = 0, 0
    for tokens in token_sentences(document):
        _append(block, document.text[place : tokens[0][0]])
        place = tokens[0][0]
        sentence = etree.SubElement(block, f"{{{_TEI}}}s")
        for start, end in tokens:
            _append(sentence, document.text[place:start])
            number += 1
            word = document.text[start:end]
            token = etree.SubElement(sentence, f"{{{_TEI}}}{'w' if word[0].isalnum() else 'pc'}", {_ID: f"t{number}"})
            token.text = word
            place = end
    _append(block, document.text[place:])
    return block


def _append(parent: "etree._Element", text: str) -> None:
    if len(parent):
        parent[-1].tail = (parent[-1].tail or "") + text
    else:
        parent.text = (parent.text or "") + text


def _stand_off(document: Document) -> "etree._Element":
    names = {span.reference: f"{span.layer}.{number}" for number, span in enumerate(document.spans, start=1)}
    groups = [
        _E.spanGrp(*(_span(document, span, names[span.reference]) for span in document.of(layer)), type=layer)
        for layer in dict.fromkeys(span.layer for span in document.spans)
    ]
    features = [_features(span, f"{names[span.reference]}.fs") for span in document.spans]
    relations = [
        _E.relation(name=escaped(each.type), active=f"#{names[each.start]}", passive=f"#{names[each.end]}")
        for each in document.relations
    ]
    return _E.standOff(*groups, *features, *([_E.listRelation(*relations)] if relations else []))


def _span(document: Document, span: Span, name: str) -> "etree._Element":
    touched = [index for piece in span.pieces for index in document.segmentation.tokens_in(*piece)]
    target = " ".join(f"#t{index + 1}" for index in touched)
    return _E.span({_ID: name}, target=target, type=escaped(span.label), ana=f"#{name}.fs")


def _features(span: Span, name: str) -> "etree._Element":
    answers = [
        _E.f(_E.vColl(*(_E.symbol(value=escaped(label)) for label in labels)), name=escaped(control))
        for control, labels in span.attributes
    ]
    told = [_E.f(_E.string(text), name=kind) for kind, text in ((_REGION, span.id), (_NOTE, span.note)) if text]
    return _E.fs({_ID: name}, *answers, *told)


def read(files: Mapping[str, bytes], labels: Labels) -> Read:
    """The documents of files that were written here."""
    del labels  # the groups of spans tell
    return read_own(
        files, ".xml", lambda name, source: [_read(stem_of(name), etree.fromstring(source, safe_parser()))], (SyntaxError,)
    )


def _read(id_: str, root: "etree._Element") -> Document:
    block = root.find(".//t:body/t:ab", _NAMES)
    tokens = dict(_places(block))
    names = list(tokens)
    spans = {}
    for group in root.iterfind(".//t:spanGrp", _NAMES):
        for each in group:
            fs = root.find(f".//t:fs[@xml:id='{each.get('ana')[1:]}']", {**_NAMES, "xml": _ID[1:].partition("}")[0]})
            indices = [names.index(pointer[1:]) for pointer in each.get("target").split()]
            pieces = tuple((tokens[names[run[0]]][0], tokens[names[run[-1]]][1]) for run in _runs(indices))
            told = {f.get("name"): f[0].text or "" for f in fs if f[0].tag.endswith("string")}
            answers = [(unescaped(f.get("name")), _labels(f[0])) for f in fs if f[0].tag.endswith("vColl")]
            name = each.get(_ID)
            layer, label = group.get("type"), unescaped(each.get("type"))
            spans[name] = Span(layer, told[_REGION], label, pieces, tuple(sorted(answers)), told.get(_NOTE, ""))
    relations = [
        Relation(unescaped(each.get("name")), spans[each.get("active")[1:]].reference, spans[each.get("passive")[1:]].reference)
        for each in root.iterfind(".//t:relation", _NAMES)
    ]
    labels = [
        (unescaped(each.get("scheme")[1:]), tuple(term.text or "" for term in each))
        for each in root.iterfind(".//t:keywords", _NAMES)
    ]
    return ordered(Document(id_, "".join(block.itertext()), tuple(spans.values()), tuple(relations), tuple(sorted(labels))))


def _labels(collection: "etree._Element") -> tuple[str, ...]:
    return tuple(unescaped(symbol.get("value") or "") for symbol in collection)


def _places(block: "etree._Element") -> Iterator[tuple[str, Offsets]]:
    """The tokens by id, each with its place in the block's text."""
    place = len(block.text or "")
    for sentence in block:
        place += len(sentence.text or "")
        for token in sentence:
            yield token.get(_ID) or "", (place, place + len(token.text or ""))
            place += len(token.text or "") + len(token.tail or "")
        place += len(sentence.tail or "")


def _runs(indices: list[int]) -> Iterator[list[int]]:
    """Tokens that follow each other."""
    run: list[int] = []
    for index in sorted(indices):
        if run and index != run[-1] + 1:
            yield run
            run = []
        run.append(index)
    yield run


FORMAT = Format(
    name="tei",
    title="TEI P5",
    files="`SPLIT/ID.xml`",
    offsets="tokens",
    library="lxml",
    opened_by="XML tools",
    able=Capabilities(parts_of_tokens=False),
    write=write,
    read=read,
    is_xml=True,
)
