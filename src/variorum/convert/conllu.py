"""CoNLL-U with mentions as entities in MISC, as CorefUD and Universal Anaphora write them.

Sources: https://universaldependencies.org/format.html, and for `Entity` https://ufal.mff.cuni.cz/corefud. Blanks that are not
single are in `SpacesAfter` and `SpacesBefore`, as UDPipe writes them. Syntax, which this corpus has not, is left `_`.
CorefUD has twelve types of its own, so that `etype` is left empty, and the label stands in `other` as `type:LABEL`.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import count

import conllu
from conllu.exceptions import ParseException
from conllu.models import Token, TokenList

from variorum.convert.capabilities import Capabilities
from variorum.convert.document import MENTION, Document, Span, joined, ordered, token_sentences
from variorum.convert.format import A_FILE_A_BATCH, Files, Format, Read, escaped, read_own, stem_of, unescaped
from variorum.dataset.segmentation import Offsets
from variorum.schema.labels import Labels

_HEADER = "# global.Entity = eid-etype-head-other\n"
_TYPE = "type:"
_RESERVED = "-()|=[]"
_BLANKS = {" ": r"\s", "\t": r"\t", "\n": r"\n", "\r": r"\r"}
_NAMED = {written: blank for blank, written in _BLANKS.items()}
_BRACKET = re.compile(r"\(([^()]+)\)|\(([^()]+)|([^()]+)\)")


def write(batch: str, documents: Sequence[Document]) -> Files:
    """All documents of a batch in one file."""
    entities = count(1)  # an entity's id may stand in one document only
    return {f"{batch}.conllu": (_HEADER + "".join(_document(document, entities) for document in documents)).encode()}


def _document(document: Document, entities: "count[int]") -> str:
    entity_at = _entities(document, entities)
    sentences = token_sentences(document)
    after = [*[start for tokens in sentences for start, _ in tokens][1:], len(document.text)]
    gaps = iter(after)
    lines = [f"# newdoc id = {document.id}"]
    for number, tokens in enumerate(sentences, start=1):
        rows = []
        for place, (start, end) in enumerate(tokens, start=1):
            misc = {"Entity": entity_at[start]} if start in entity_at else {}
            if number == place == 1 and start:
                misc["SpacesBefore"] = _written(document.text[:start])
            misc |= _space(document.text[end : next(gaps)])
            told = "|".join(f"{name}={value}" for name, value in sorted(misc.items()))
            rows.append(f"{place}\t{document.text[start:end]}" + "\t_" * 7 + f"\t{told or '_'}")
        lines += [f"# sent_id = {document.id}-{number}", f"# text = {_plain(document.text, tokens)}", *rows, ""]
    return "\n".join([*lines, ""])


def _plain(text: str, tokens: list[Offsets]) -> str:
    """The words of a sentence with single blanks, as `# text` has them."""
    return " ".join(text[tokens[0][0] : tokens[-1][1]].split())


def _space(gap: str) -> dict[str, str]:
    if gap == " ":
        return {}
    return {"SpacesAfter": _written(gap)} if gap else {"SpaceAfter": "No"}


def _written(blanks: str) -> str:
    return "".join(_BLANKS.get(each, escaped(each)) for each in blanks)


def _blanks(written: str) -> str:
    return unescaped(re.sub(r"\\[stnr]", lambda match: _NAMED[match[0]], written))


def _entities(document: Document, entities: "count[int]") -> dict[int, str]:
    """What `Entity` says at the start of a token: what ends there, inner ones first; what begins, outer ones first."""
    segmentation = document.segmentation
    closing, opening, single = (defaultdict[int, list[str]](list) for _ in range(3))
    for span in document.spans:
        number = next(entities)
        for part, piece in enumerate(span.pieces, start=1):
            name = f"e{number}" + (f"[{part}/{len(span.pieces)}]" if len(span.pieces) > 1 else "")
            touched = segmentation.tokens_in(*piece)
            first, last = segmentation.tokens[touched[0]][0], segmentation.tokens[touched[-1]][0]
            told = f"({name}--1-{_TYPE}{escaped(span.label, _RESERVED)}"
            (single if first == last else opening)[first].append(f"{told})" if first == last else told)
            if first != last:
                closing[last].insert(0, f"{name})")
    places = {*closing, *opening, *single}
    return {place: "".join(_in_order(closing[place], opening[place], single[place])) for place in places}


def _in_order(closing: list[str], opening: list[str], single: list[str]) -> list[str]:
    """The brackets of a token in the one order that udtools takes."""
    return [*closing, *opening, *single] if opening else [*single, *closing]


def read(files: Mapping[str, bytes], labels: Labels) -> Read:
    """The documents of files that were written here."""
    del labels  # there are only mentions
    return read_own(files, ".conllu", _documents, (ParseException,))


def _documents(name: str, source: bytes) -> Iterator[Document]:
    groups: list[tuple[str, list[TokenList]]] = []
    for sentence in conllu.parse(source.decode()):
        if "newdoc id" in sentence.metadata or not groups:
            groups.append((sentence.metadata.get("newdoc id", stem_of(name)), []))
        groups[-1][1].append(sentence)
    return (_read(id_, sentences) for id_, sentences in groups)


def _read(id_: str, sentences: list[TokenList]) -> Document:
    text = ""
    lines: list[Offsets] = []
    pieces: dict[str, list[Offsets]] = defaultdict(list)
    begun: dict[str, int] = {}
    label_of: dict[str, str] = {}
    for sentence in sentences:
        starts = []
        for token in sentence:
            misc = token["misc"] or {}
            text += _blanks(misc.get("SpacesBefore", ""))
            start, end = len(text), len(text) + len(token["form"])
            starts.append(start)
            for whole, opened, closed in _BRACKET.findall(misc.get("Entity", "")):
                told = (whole or opened or closed).split("-")
                begun.setdefault(told[0], start)
                if len(told) > 1:
                    label_of[_entity(told[0])] = unescaped(told[3].removeprefix(_TYPE))
                if whole or closed:
                    pieces[_entity(told[0])].append((begun.pop(told[0]), end))
            text += token["form"]
            lines.append((starts[0], end))
            text += _gap(token)
    spans = [Span(MENTION, name, label_of[name], joined(text, found)) for name, found in pieces.items()]
    return _numbered(Document(id_, text, tuple(spans)))


def _entity(name: str) -> str:
    return name.partition("[")[0]


def _gap(token: Token) -> str:
    misc = token["misc"] or {}
    return "" if misc.get("SpaceAfter") == "No" else _blanks(misc.get("SpacesAfter", r"\s"))


def _numbered(document: Document) -> Document:
    """Spans numbered in their order: the ids of entities are not those of spans."""
    spans = enumerate(ordered(document).spans, start=1)
    return Document(
        document.id,
        document.text,
        tuple(Span(each.layer, str(number), each.label, each.pieces) for number, each in spans),
    )


FORMAT = Format(
    name="conllu",
    title="CoNLL-U (mentions in MISC)",
    files=A_FILE_A_BATCH,
    offsets="tokens",
    library="conllu",
    opened_by="udtools (without syntax, which is left `_`), Udapi",
    able=Capabilities(
        claims=False,
        parts_of_tokens=False,
        several_sentences=False,
        same_words=False,
        relations=False,
        attributes=False,
        notes=False,
        document_labels=False,
        ids=False,
    ),
    write=write,
    read=read,
)
