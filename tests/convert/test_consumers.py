"""What each format's own readers make of the files."""

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cassis
import conllu
import msgspec
import pytest
import rdflib
from hypothesis import given
from label_studio_sdk.label_interface import LabelInterface
from lxml import etree
from spacy.tokens import DocBin
from spacy.training import Corpus
from spacy.training.converters.conll_ner_to_docs import conll_ner_to_docs
from spacy.vocab import Vocab
from tests.convert import brat_rules, webanno_rules
from tests.convert.made import FEWER, LABELS, batches, documents
from udtools.validator import Validator

from variorum.convert.capabilities import held
from variorum.convert.document import CLAIM, MENTION, Document, Relation, Span
from variorum.convert.format import Files
from variorum.convert.out import write
from variorum.convert.registry import format_of
from variorum.difference.read import open_build

TEXT = "👩‍👩‍👧 in Oslo, São Paulo.\nשלום Ana said: rain fell.  It did."
SPANS = (
    Span(MENTION, "m1", "PERSON", ((0, 5),)),
    Span(MENTION, "m2", "GPE", ((9, 13),)),
    Span(MENTION, "m3", "GPE", ((15, 24),)),
    Span(MENTION, "m4", "GPE", ((9, 13), (19, 24)), note="in pieces"),
    Span(MENTION, "m5", "PERSON", ((31, 34),)),
    Span(CLAIM, "c1", "CLAIM", ((41, 50),), (("checkworthiness", ("unimportant_factual",)), ("modality", ("asserted",)))),
)
DOCUMENT = Document(
    "one",
    TEXT,
    SPANS,
    (Relation("claimer", (CLAIM, "c1"), (MENTION, "m5")),),
    (("reading_level", ("B1",)),),
    ((0, 25), (26, 51), (53, 60)),
)


@pytest.fixture(scope="module")
def written(hub: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """The project's own corpus in a format."""

    def convert(name: str) -> Path:
        target = tmp_path_factory.mktemp(name) / "files"
        assert write(open_build(hub), format_of(name), target).findings == []
        return target

    return convert


def files_of(name: str, *documents: Document) -> Files:
    format_ = format_of(name)
    return format_.write("train-00000", [held(document, format_.able).document for document in documents])


@given(batches())
def test_brat_reads_every_line(documents: list[Document]) -> None:
    files = files_of("brat", *documents)

    for name in [name for name in files if name.endswith(".ann")]:
        assert brat_rules.faults(files[name.replace(".ann", ".txt")].decode(), files[name].decode()) == []


def test_the_rules_of_brat_find_a_line_that_is_wrong() -> None:
    assert brat_rules.faults("Oslo", "T1\tGPE 0 4\tOsle\nT2\tGPE 0 4\tOslo\nT2\tGPE 0 4\tOslo\n") == [
        "T1\tGPE 0 4\tOsle",
        "T2\tGPE 0 4\tOslo",
    ]


def test_brat_counts_code_points() -> None:
    lines = files_of("brat", DOCUMENT)["train/one.ann"].decode().splitlines()

    assert "T2\tGPE 9 13;19 24\tOslo Paulo" in lines


def test_brat_knows_every_label_and_attribute() -> None:
    conf = format_of("brat").shared(LABELS)["annotation.conf"].decode()

    assert "\nCLAIM\n" in conf
    assert "checkworthiness\tArg:CLAIM|other%20;claim, Value:checkworthiness_1|two%20;words|3%7C;4" in conf
    assert "claimer\tArg1:" in conf


def validated(source: bytes) -> list[str]:
    """What udtools finds, with its checks of entities, which come last: the syntax that is left open is filled in for it."""
    rows = [line.split("\t") for line in source.decode().split("\n")]
    filled = [[*row[:3], "X", *row[4:6], *_syntax(row[0]), *row[8:]] if len(row) == 10 else row for row in rows]
    handle = io.TextIOWrapper(io.BytesIO("\n".join("\t".join(row) for row in filled).encode()), encoding="utf-8")
    state = Validator(lang="ud", level=2, check_coref=True, output=None).validate_file_handle(handle)
    return sorted({incident.testid for incident in state.error_tracker if incident.get_type().name == "ERROR"})


def _syntax(number: str) -> tuple[str, str]:
    return ("0", "root") if number == "1" else ("1", "dep")


def test_udtools_finds_nothing_wrong_with_the_corpus(written: Callable[[str], Path]) -> None:
    for path in written("conllu").iterdir():
        assert validated(path.read_bytes()) == []


@pytest.mark.slow
@FEWER
@given(batches())
def test_udtools_finds_nothing_wrong_with_entities(documents: list[Document]) -> None:
    found = validated(files_of("conllu", *documents)["train-00000.conllu"])

    assert [testid for testid in found if "entity" in testid or "mention" in testid] == []


def test_udtools_finds_an_entity_that_does_not_end() -> None:
    source = files_of("conllu", DOCUMENT)["train-00000.conllu"]

    assert validated(source.replace(b"=e1)", b"=e9)"))


def test_conllu_gives_the_tokens(written: Callable[[str], Path]) -> None:
    sentences = conllu.parse((written("conllu") / "train-00000.conllu").read_text("utf-8"))

    assert [token["form"] for token in sentences[0]][:4] == ["Russian", "President", "Vladimir", "Putin"]
    assert sentences[0][2]["misc"]["Entity"].startswith("(e3--1-type:PERSON")


def test_spacy_reads_conll_2003() -> None:
    other = Document("two", "It did.", sentences=((0, 7),))
    source = files_of("conll2003", DOCUMENT, other)["train-00000.conll"].decode()
    read: Any = conll_ner_to_docs  # without types
    docs = list(read(source, n_sents=0, model=None, no_print=True))

    assert [[str(token) for token in doc] for doc in docs] == [
        [each.text[slice(*token)] for token in each.segmentation.tokens] for each in (DOCUMENT, other)
    ]
    assert [len(list(doc.sents)) for doc in docs] == [3, 1]
    assert [[(entity.text, entity.label_) for entity in doc.ents] for doc in docs] == [
        [("👩 \u200d 👩 \u200d 👧", "PERSON"), ("Oslo , São Paulo", "GPE"), ("Ana", "PERSON")],
        [],
    ]


def test_spacy_trains_on_docbins(written: Callable[[str], Path]) -> None:
    import spacy

    examples = list(Corpus(written("spacy") / "train-00000.spacy")(spacy.blank("en")))

    assert [entity.label_ for entity in examples[0].reference.ents][:3] == ["NORP", "TITLE", "PERSON"]
    assert examples[0].reference.has_annotation("SENT_START")


def test_spacy_has_the_text_and_the_spans_to_the_character() -> None:
    (doc,) = DocBin().from_bytes(files_of("spacy", DOCUMENT)["train-00000.spacy"]).get_docs(Vocab())

    assert doc.text == TEXT
    assert [span.text for span in doc.spans["mentions"]] == ["👩‍👩‍👧", "Oslo, São Paulo", "Oslo", "São Paulo", "Ana"]
    assert [span.text for span in doc.spans["claims"]] == ["rain fell"]
    assert [sentence.text.strip() for sentence in doc.sents][-1] == "It did."
    assert doc.cats == {"reading_level=B1": 1.0}


def test_cassis_opens_what_is_of_its_types() -> None:
    system = cassis.load_typesystem(io.BytesIO(format_of("cas").shared(LABELS)["TypeSystem.xml"]))
    cas = cassis.load_cas_from_xmi(io.BytesIO(files_of("cas", DOCUMENT)["train/one.xmi"]), typesystem=system)

    assert cas.typecheck() == []
    assert cas.sofa_string == TEXT
    mentions = cas.select("de.tudarmstadt.ukp.dkpro.core.api.ner.type.NamedEntity")
    assert {each.get_covered_text() for each in mentions} == {"👩‍👩‍👧", "Oslo", "Oslo, São Paulo", "São Paulo", "Ana"}
    (relation,) = cas.select("custom.Relation")
    assert (relation.Governor.get_covered_text(), relation.Dependent.get_covered_text()) == ("rain fell", "Ana")


def test_uima_counts_utf_16_units() -> None:
    root = etree.fromstring(files_of("cas", DOCUMENT)["train/one.xmi"])
    places = [(int(each.get("begin")), int(each.get("end"))) for each in root if each.get("value") == "GPE"]

    assert (12, 16) in places  # three characters of two units stand before


@FEWER
@given(documents())
def test_inception_reads_the_text_and_all_that_is_marked(document: Document) -> None:
    format_ = format_of("webanno")
    left = held(document, format_.able).document
    (source,) = format_.write("train-0", [left]).values()
    cas = webanno_rules.read(source.decode())

    assert cas.text.decode("utf-16-le").lstrip() == f"{left.text}\n".lstrip()
    read = {number: (*_of(type_), label, cas.covered(*place)) for number, (type_, label, *place) in cas.annotations.items()}
    assert read == {span.id: (span.layer, span.label, left.text[span.start : span.end]) for span in left.spans}
    assert len(cas.relations) == len(left.relations)


def _of(type_: str) -> tuple[str]:
    return (MENTION if type_.endswith("NamedEntity") else CLAIM,)


def test_webanno_tells_spans_parts_of_tokens_and_relations_by_their_numbers() -> None:
    source = files_of("webanno", DOCUMENT)["train/one.tsv"].decode()

    assert source.startswith(
        "#FORMAT=WebAnno TSV 3.3\n"
        "#T_SP=de.tudarmstadt.ukp.dkpro.core.api.ner.type.NamedEntity|value\n"
        "#T_SP=custom.Claim|value|checkworthiness|modality\n"
        "#T_RL=custom.Relation|value|BT_uima.tcas.Annotation\n\n\n"
    )
    lines = source.splitlines()
    assert "1-7\t12-16\tOslo\tGPE[2]|GPE[3]\t_\t_\t_\t_\t_\t" in lines  # three characters of two units stand before
    assert "2-2\t34-37\tAna\tPERSON[5]\t_\t_\t_\tclaimer\t2-5[6_5]\t" in lines
    assert "2-5\t44-48\train\t_\tCLAIM[6]\tunimportant\\_factual[6]\tasserted[6]\t_\t_\t" in lines


def test_inception_gets_the_layers_that_it_lacks() -> None:
    system = cassis.load_typesystem(io.BytesIO(format_of("webanno").shared(LABELS)["TypeSystem.xml"]))

    assert {"custom.Claim", "custom.Relation"} <= {type_.name for type_ in system.get_types()}
    assert {each.rangeType.name for each in system.get_type("custom.Claim").features} == {"uima.cas.String"}


def test_tei_has_the_text_to_the_character() -> None:
    root = etree.fromstring(files_of("tei", DOCUMENT)["train/one.xml"])
    names = {"t": "http://www.tei-c.org/ns/1.0"}
    ids = root.xpath("//@xml:id")

    assert root.xpath("string(//t:ab)", namespaces=names) == TEXT
    assert len(ids) == len(set(ids))
    pointers = " ".join([*root.xpath("//@target"), *root.xpath("//@ana"), *root.xpath("//@active"), *root.xpath("//@passive")])
    assert {pointer.removeprefix("#") for pointer in pointers.split()} <= set(ids)


@FEWER
@given(documents())
def test_tei_is_of_the_schema(document: Document) -> None:
    schema = etree.RelaxNG(etree.parse(Path(__file__).with_name("tei.rng")))
    (source,) = files_of("tei", document).values()

    schema.assertValid(etree.fromstring(source))


def test_the_schema_of_tei_finds_what_is_wrong() -> None:
    schema = etree.RelaxNG(etree.parse(Path(__file__).with_name("tei.rng")))
    (source,) = files_of("tei", DOCUMENT).values()

    assert schema.validate(etree.fromstring(source))
    for right, wrong in ((b'type="GPE"', b'type="G PE"'), (b"<s>", b"<s n=''>"), (b"<title>one</title>", b"")):
        assert right in source
        assert not schema.validate(etree.fromstring(source.replace(right, wrong)))


OA, AS, RDF = "http://www.w3.org/ns/oa#", "http://www.w3.org/ns/activitystreams#", "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
NUMBER = "http://www.w3.org/2001/XMLSchema#nonNegativeInteger"
REFERENCES = {"body": "hasBody", "target": "hasTarget", "source": "hasSource", "selector": "hasSelector"}
CLASSES = ("Annotation", "TextualBody", "SpecificResource", "TextPositionSelector", "TextQuoteSelector")
ANNOTATION_CONTEXT: dict[str, Any] = (
    {"id": "@id", "type": "@type", "value": f"{RDF}value", "AnnotationPage": f"{AS}OrderedCollectionPage"}
    | {"items": {"@id": f"{AS}items", "@type": "@id", "@container": "@list"}}
    | {name: {"@id": OA + each, "@type": "@id"} for name, each in REFERENCES.items()}
    | {name: {"@id": OA + each, "@type": "@vocab"} for name, each in (("purpose", "hasPurpose"), ("motivation", "motivatedBy"))}
    | {name: {"@id": OA + name, "@type": NUMBER} for name in ("start", "end")}
    | {name: OA + name for name in (*CLASSES, "exact", "prefix", "suffix")}
    | {name: OA + name for name in ("tagging", "classifying", "commenting", "identifying", "linking")}
)
"""What http://www.w3.org/ns/anno.jsonld says of the terms that are used here; it is not fetched."""


def graph_of(document: Document) -> rdflib.Graph:
    """The triples of a document's page. What the context does not define would be left out without a word."""
    files = files_of("web-annotation", document)
    page = msgspec.json.decode(next(source for name, source in files.items() if name.endswith(".jsonld")))
    assert page["@context"][0] == "http://www.w3.org/ns/anno.jsonld"
    context = page["@context"][1] | ANNOTATION_CONTEXT
    assert terms(page) - {"@context"} <= set(context)
    return rdflib.Graph().parse(data=msgspec.json.encode(page | {"@context": context}), format="json-ld", base="urn:base:")


def terms(value: object) -> set[str]:
    """The keys, classes and motivations of a page."""
    if isinstance(value, list):
        return set().union(*map(terms, value))
    if not isinstance(value, dict):
        return set()
    named = {value[key] for key in ("type", "purpose", "motivation") if key in value}
    return {*value, *named}.union(*(terms(each) for key, each in value.items() if key != "@context"))


@FEWER
@given(documents())
def test_an_rdf_library_finds_spans_relations_and_answers(document: Document) -> None:
    graph = graph_of(document)

    assert selected(graph) == sorted(
        (span.id, span.label, *piece, document.text[slice(*piece)]) for span in document.spans for piece in span.pieces
    )
    linked = len(set(graph.subjects(rdflib.URIRef(f"{OA}motivatedBy"), rdflib.URIRef(f"{OA}linking"))))
    assert linked == len(document.relations)
    given = (document.labels, *(span.attributes for span in document.spans))
    answers = sum(len(labels) for attributes in given for _, labels in attributes)
    assert len(set(graph.subjects(rdflib.URIRef("urn:variorum:question")))) == answers


def selected(graph: rdflib.Graph) -> list[tuple[str, str, int, int, str]]:
    """Each piece of a span: its region, its label, where it is and its words."""
    found = graph.query(
        f"""PREFIX oa: <{OA}> PREFIX rdf: <{RDF}>
        SELECT ?region ?label ?start ?end ?exact WHERE {{
            ?annotation a oa:Annotation; oa:motivatedBy oa:identifying; <urn:variorum:region> ?region;
                oa:hasBody [a oa:TextualBody; oa:hasPurpose oa:tagging; rdf:value ?label]; oa:hasTarget ?target.
            ?target oa:hasSelector [a oa:TextPositionSelector; oa:start ?start; oa:end ?end],
                [a oa:TextQuoteSelector; oa:exact ?exact]
        }}"""
    )
    rows = [map(str, row) for row in found if isinstance(row, rdflib.query.ResultRow)]
    return sorted((region, label, int(start), int(end), words) for region, label, start, end, words in rows)


def test_web_annotations_quote_what_stands_around() -> None:
    page = msgspec.json.decode(files_of("web-annotation", DOCUMENT)["train/one.jsonld"])

    targets = [each for item in page["items"] if item["motivation"] == "identifying" for each in item["target"]]
    for place, words in (target["selector"] for target in targets):
        assert TEXT[: place["start"]].endswith(words.get("prefix", ""))
        assert TEXT[place["end"] :].startswith(words.get("suffix", ""))
    assert len(targets) == len(SPANS) + 1


def test_label_studio_takes_the_tasks(repository: Path, written: Callable[[str], Path]) -> None:
    config = (repository / "schema" / "label_config" / "documents.xml").read_text("utf-8")
    interface = LabelInterface(config)

    for path in written("label-studio").iterdir():
        for task in msgspec.json.decode(path.read_bytes()):
            interface.validate_task({"data": task["data"]})
            for work in task["annotations"]:
                assert all(interface.validate_region(each) for each in work["result"] if each["type"] != "relation")
