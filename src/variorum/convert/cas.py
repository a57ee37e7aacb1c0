"""UIMA CAS as XMI with its type system, as INCEpTION exchanges it. cassis turns code points into the UTF-16 units of UIMA.

Sentences, tokens and mentions have the types of DKPro Core, which INCEpTION has built in; claims, relations and answers
about the document are layers of their own. A relation leads from its `Governor` to its `Dependent`.
"""

import warnings
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from io import BytesIO
from typing import Any

from cassis import Cas, TypeSystem, load_cas_from_xmi, load_typesystem
from cassis.typesystem import FeatureStructure

from variorum.convert.capabilities import Capabilities
from variorum.convert.document import CLAIM, MENTION, Document, Relation, Span, attributes_of, joined, ordered
from variorum.convert.format import Files, Format, Read, folder_of
from variorum.convert.inception import (
    ANNOTATION,
    DEPENDENT,
    DKPRO,
    GOVERNOR,
    LABEL_FEATURES,
    LAYERS,
    READ,
    RELATION,
    STRING,
    TYPE_SYSTEM,
    document_id,
)
from variorum.convert.xml_source import parsed
from variorum.findings import Finding, finding
from variorum.schema.labels import CLAIM_ATTRIBUTES, Labels
from variorum.wording import left_out

_SENTENCE, _TOKEN = f"{DKPRO}.segmentation.type.Sentence", f"{DKPRO}.segmentation.type.Token"
_META = f"{DKPRO}.metadata.type.DocumentMetaData"
_LABEL = "custom.DocumentLabel"
_STRINGS = "uima.cas.StringArray"
_REGION = {"region": STRING, "note": STRING} | dict.fromkeys(CLAIM_ATTRIBUTES, _STRINGS)
_TYPES: dict[str, tuple[str, dict[str, str]]] = {
    _SENTENCE: (ANNOTATION, {}),
    _TOKEN: (ANNOTATION, {}),
    _META: ("uima.tcas.DocumentAnnotation", {"documentId": STRING, "documentTitle": STRING}),
    LAYERS[MENTION]: (ANNOTATION, {"value": STRING, "identifier": STRING} | _REGION),
    LAYERS[CLAIM]: (ANNOTATION, {"value": STRING} | _REGION),
    RELATION: (ANNOTATION, {GOVERNOR: ANNOTATION, DEPENDENT: ANNOTATION, "value": STRING}),
    _LABEL: ("uima.cas.AnnotationBase", {"name": STRING, "labels": _STRINGS}),
}
"""The types used, each with what it is a kind of and its own features."""
_FEATURES = {
    **dict.fromkeys(READ, frozenset({*LABEL_FEATURES, *_REGION})),
    RELATION: frozenset({*LABEL_FEATURES, GOVERNOR, DEPENDENT}),
}
"""The features that are read, by type, beside those of every annotation."""
_BUILT_IN = ("uima.tcas.DocumentAnnotation", "uima.cas.Sofa", _STRINGS, "uima.cas.FSArray")
_ROOT = "{http://www.omg.org/XMI}XMI"


@cache
def type_system() -> TypeSystem:
    """The types that documents are written with."""
    system = TypeSystem()
    for name, (kind, features) in _TYPES.items():
        type_ = system.create_type(name, supertypeName=kind)
        for feature, range_ in features.items():
            system.create_feature(type_, feature, rangeType=range_)
    return system


def shared(labels: Labels) -> Files:
    """The type system, without which no XMI can be read."""
    del labels  # UIMA types do not list their values
    return {TYPE_SYSTEM: (type_system().to_xml() or "").encode()}


def write(batch: str, documents: Sequence[Document]) -> Files:
    """One file a document, in the folder of its split."""
    return {f"{folder_of(batch)}/{document.id}.xmi": _document(document) for document in documents}


def _document(document: Document) -> bytes:
    cas = Cas(typesystem=type_system())
    cas.sofa_string, cas.sofa_mime = document.text, "text/plain"
    made = {name: type_system().get_type(name) for name in (*_TYPES, _STRINGS)}
    cas.add(made[_META](begin=0, end=len(document.text), language=document.language, documentId=document.id))
    segmentation = document.segmentation
    for type_, places in ((_SENTENCE, segmentation.sentences), (_TOKEN, segmentation.tokens)):
        cas.add_all(made[type_](begin=start, end=end) for start, end in places)
    regions = {}
    for span in document.spans:
        answers: dict[str, Any] = {name: made[_STRINGS](elements=list(labels)) for name, labels in span.attributes}
        answers |= {"note": span.note} if span.note else {}
        region = made[LAYERS[span.layer]](begin=span.start, end=span.end, value=span.label, region=span.id, **answers)
        regions[span.reference] = region
        cas.add(region)
    for relation in document.relations:
        ends = {GOVERNOR: regions[relation.start], DEPENDENT: regions[relation.end]}
        place = {"begin": ends[DEPENDENT].begin, "end": ends[DEPENDENT].end}
        cas.add(made[RELATION](**place, **ends, value=relation.type))
    for name, labels in document.labels:
        cas.add(made[_LABEL](name=name, labels=made[_STRINGS](elements=list(labels))))
    return (cas.to_xmi() or "").encode()


def read(files: Mapping[str, bytes], labels: Labels) -> Read:
    """The documents of XMI files, with the type system that is given among the files, or else the one written here."""
    documents: list[Document] = []
    findings: list[Finding] = []
    types: list[TypeSystem] = []
    for name, source in sorted(files.items()):
        if name.endswith(".xml") and b"typeSystemDescription" in source and parsed(name, source)[0] is not None:
            types.append(load_typesystem(BytesIO(source)))
    for name, source in sorted(files.items()):
        if not name.endswith(".xml"):
            found, faults = _read(name, source, next(iter(types), None), frozenset(labels[CLAIM].names))
            documents += [found] if found else []
            findings += faults
    return Read(documents, findings)


def _read(name: str, source: bytes, types: TypeSystem | None, claims: frozenset[str]) -> tuple[Document | None, list[Finding]]:
    root, findings = parsed(name, source)
    if root is None:
        return None, findings
    try:
        with warnings.catch_warnings(record=True) as left_out:  # what cassis says of types that the type system lacks
            warnings.simplefilter("always")
            cas = load_cas_from_xmi(BytesIO(source), typesystem=types or type_system(), lenient=True)
        if root.tag != _ROOT or cas.sofa_string is None:
            return None, [finding(name, "convert-malformed", "The file is no CAS with a text.")]
        unread = [finding(name, "convert-unread", f"{each.message}") for each in left_out]
        document = _document_of(document_id(name), cas, cas.sofa_string, claims)
        return document, [*unread, *_unread(name, cas, document)]
    # cassis takes the structure of XMI for granted: what is not there ends in whichever error Python has for it.
    except (LookupError, TypeError, ValueError, AttributeError) as error:
        return None, [_no_cas(name, error, types)]


def _no_cas(name: str, error: Exception, types: TypeSystem | None) -> Finding:
    if types is None and isinstance(error, LookupError | TypeError):  # a type or a feature that the one written here lacks
        fact = f"The file cannot be read without its type system, and there is no {TYPE_SYSTEM} among the files."
        return finding(name, "convert-malformed", fact, f"Name the {TYPE_SYSTEM} that was exported with it too.")
    return finding(name, "convert-malformed", f"The file is no CAS: {error!r}.")


def _document_of(name: str, cas: Cas, text: str, claims: frozenset[str]) -> Document:
    found = [(CLAIM if _label(each) in claims else layer, each) for type_, layer in READ.items() for each in _of(cas, type_)]
    regions = {
        id(each): _span(each, layer, str(number), text)
        for number, (layer, each) in enumerate(found, start=1)
        if _has_words(each, text)
    }
    related = [(_label(each), regions.get(id(each.Governor)), regions.get(id(each.Dependent))) for each in _of(cas, RELATION)]
    relations = [Relation(type_, start.reference, end.reference) for type_, start, end in related if start and end]
    labels = {each.name: list(each.labels.elements) for each in _of(cas, _LABEL)}
    ids = [each.documentId for each in _of(cas, _META) if each.documentId]
    return ordered(Document((*ids, name)[0], text, tuple(regions.values()), tuple(relations), attributes_of(labels)))


def _of(cas: Cas, type_: str) -> list[Any]:
    """All of one type; none where the type system has it not."""
    return list(cas.select(type_)) if cas.typesystem.contains_type(type_) else []


def _has_words(found: Any, text: str) -> bool:
    if not 0 <= found.begin <= found.end <= len(text):
        raise ValueError(f"[{found.begin}, {found.end}) is no place in a text of {len(text)} characters")
    return bool(text[found.begin : found.end].strip())


def _span(found: Any, layer: str, number: str, text: str) -> Span:
    answers = {name: list(value.elements) for name in CLAIM_ATTRIBUTES if (value := _value(found, name))}
    pieces = joined(text, [(found.begin, found.end)])
    id_, note = _value(found, "region") or f"{layer}{number}", _value(found, "note") or ""
    return Span(layer, id_, _label(found), pieces, attributes_of(answers), note)


def _label(found: FeatureStructure) -> str:
    return next((value for name in LABEL_FEATURES if (value := _value(found, name))), "")


def _value(found: FeatureStructure, feature: str) -> Any:
    return getattr(found, feature, None)


def _unread(name: str, cas: Cas, document: Document) -> list[Finding]:
    """What is left out, counted by type and feature."""
    known = {*_TYPES, *READ, *_BUILT_IN}
    others = Counter(f"annotation of {each.type.name}" for each in cas.select_all_fs() if each.type.name not in known)
    others.update(_unread_values(cas))
    others["annotation without words"] = sum(len(_of(cas, type_)) for type_ in READ) - len(document.spans)
    others["relation to what is not read"] = len(_of(cas, RELATION)) - len(document.relations)
    return [finding(name, "convert-unread", left_out(count, what)) for what, count in others.items() if count]


def _unread_values(cas: Cas) -> Iterator[str]:
    """A name for each value of a feature that is not read. Nothing, 0 and false are what UIMA has where none was given."""
    every = {feature.name for feature in cas.typesystem.get_type(ANNOTATION).all_features}
    for type_, features in _FEATURES.items():
        for found in _of(cas, type_):
            others = [each.name for each in found.type.all_features if each.name not in features | every]
            yield from (f"value of {type_}|{name}" for name in others if _value(found, name))


FORMAT = Format(
    name="cas",
    title="UIMA CAS XMI (INCEpTION)",
    files="`SPLIT/ID.xmi`, `TypeSystem.xml`",
    offsets="UTF-16 units",
    library="dkpro-cassis",
    opened_by="INCEpTION, UIMA",
    able=Capabilities(discontinuity=False),
    write=write,
    read=read,
    shared=shared,
    reads_others=True,
    is_xml=True,
)
