"""Files of other tools become a corpus, or are told what is wrong with them."""

import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner
from hypothesis import given
from tests.convert.made import FEWER, LABELS, documents
from tests.convert.test_consumers import DOCUMENT

from variorum.build import build, validate
from variorum.cli import main
from variorum.convert.capabilities import held
from variorum.convert.document import Document, Relation, Span
from variorum.convert.fitting import fitting
from variorum.convert.into import Contract, Imported, read_into
from variorum.convert.label_studio_json import FORMAT as LABEL_STUDIO
from variorum.convert.out import write
from variorum.convert.registry import READ, format_of
from variorum.convert.release import documents as release_documents
from variorum.convert.release import labels_of
from variorum.corpus.settings import DEFAULTS
from variorum.difference.read import open_build
from variorum.findings import failed
from variorum.folder import Folder
from variorum.schema.labels import read_labels

BRAT = {"one.txt": b"Oslo is wet.\n", "one.ann": b"T1\tGPE 0 4\tOslo\n"}


@pytest.fixture
def contract(repository: Path) -> Contract:
    written = (repository / "schema" / "labels.yaml").read_bytes()
    return Contract(DEFAULTS, read_labels(written, "labels.yaml")[0], written)


def brat(tmp_path: Path, contract: Contract, files: dict[str, bytes], level: str = "") -> tuple[Imported, Folder]:
    return read_into(format_of("brat"), files, tmp_path / "new", contract, level), Folder(tmp_path / "new")


@pytest.mark.parametrize("name", READ)
def test_what_was_written_comes_in_and_validates(name: str, tmp_path: Path, contract: Contract) -> None:
    """Gold where the format holds what a corpus wants, or a level is given; a draft where claims lack answers."""
    format_ = format_of(name)
    document = held(DOCUMENT, format_.able).document
    files = format_.write("train-00000", [document]) | format_.shared(contract.labels)

    done = read_into(format_, files, tmp_path / "new", contract, "B1")

    assert [each for each in done.findings if each.level == "error"] == []
    assert (done.documents, done.drafts) == (1, 0 if name == "conll2003" else 1)
    assert [each for each in validate(Folder(tmp_path / "new")) if each.level == "error"] == []
    written = Folder(tmp_path / "new").export_of("documents", "imported", "a1").path
    assert b'"PERSON"' in written.read_bytes()


def test_the_corpus_comes_back_whole(repository: Path, hub: Path, tmp_path: Path) -> None:
    """Out as Label Studio's JSON and in again: the same texts and the same regions under the same ids."""
    out, new = str(tmp_path / "out"), tmp_path / "new"
    run = CliRunner().invoke
    assert run(main, ["convert", "label-studio", "--release", str(hub), "--into", out]).exit_code == 0
    done = run(main, ["convert", "--from", "label-studio", out, "--root", str(repository), "--into", str(new)])

    assert done.exit_code == 0, done.output
    assert validate(Folder(new)) == []
    for path in (repository / "corpus" / "texts").iterdir():
        assert Folder(new).text(path.stem).read_bytes() == path.read_bytes()
    ids = {
        line.split(b'"id": "')[1].split(b'"')[0] for line in _regions(repository / "annotations" / "documents" / "gold.json")
    }
    there = {
        line.split(b'"id": "')[1].split(b'"')[0] for line in _regions(Folder(new).export_of("documents", "imported", "a1").path)
    }
    assert there == ids


def _regions(path: Path) -> list[bytes]:
    return [line for line in path.read_bytes().splitlines() if b'"type": "labels"' in line]


def test_a_mention_alone_is_a_draft_until_a_level_is_given(tmp_path: Path, contract: Contract) -> None:
    done, folder = brat(tmp_path, contract, BRAT)

    assert (done.documents, done.drafts) == (1, 1)
    assert [each.rule for each in validate(folder)] == ["gold-missing"]

    shutil.rmtree(folder.root)
    done, folder = brat(tmp_path, contract, BRAT, "B1")
    assert done.drafts == 0
    assert validate(folder) == []


def test_a_label_that_is_in_no_inventory_is_told_with_the_line_to_add(tmp_path: Path, contract: Contract) -> None:
    done, folder = brat(tmp_path, contract, BRAT | {"one.ann": b"T1\tRiver 0 4\tOslo\n"})

    (fault,) = done.findings
    assert "[convert-label-unknown]" in str(fault)
    assert fault.hint == "Add to entity_type in schema/labels.yaml: - {name: River, definition: ...}"
    assert not folder.root.exists()


@pytest.mark.parametrize("label", ["a: b", "a, b", "{a}", "a #b", "- a", "yes", "12", "'a", 'a"b', "a\nb", "a\\b", "\u00e5"])
def test_the_line_to_add_is_yaml_whatever_the_label(label: str, tmp_path: Path, contract: Contract) -> None:
    cas = format_of("cas")
    files = cas.write("train-0", [Document("one", "Oslo", (Span("mention", "m", label, ((0, 4),)),))])
    (fault,) = read_into(cas, files, tmp_path / "new", contract).findings

    line = fault.hint.partition(": ")[2]
    assert yaml.safe_load(line) == [{"name": label, "definition": "..."}]


def test_what_has_no_label_is_left_out_and_counted(tmp_path: Path, contract: Contract) -> None:
    layers = "#T_SP=custom.Span|label\n#T_RL=custom.Relation|value|BT_uima.tcas.Annotation"
    rows = "1-1\t0-4\tOslo\tGPE[1]\t_\t_\t\n1-2\t5-9\tRome\t*[2]\tnear\t1-1[1_2]\t\n1-3\t10-14\tBonn\tGPE[3]\t*\t1-1[1_3]\t\n"
    source = f"#FORMAT=WebAnno TSV 3.3\n{layers}\n\n\n#Text=Oslo Rome Bonn\n{rows}".encode()
    done = read_into(format_of("webanno"), {"one.tsv": source}, tmp_path / "new", contract, "B1")

    assert (done.documents, [(each.where.file, each.fact) for each in done.findings]) == (
        1,
        [
            ("one", "1 annotation without a label is left out."),
            ("one", "1 relation to what has none is left out."),
            ("one", "1 relation without a label is left out."),
        ],
    )
    assert validate(Folder(tmp_path / "new")) == []


@pytest.mark.parametrize(
    ("lines", "place", "fact"),
    [
        (b"T1\tGPE 0 4\tOsl\xc3\xb8\n", 1, "The text at 0 4 is 'Oslo', the line says 'Osl\u00f8'."),
        (b"T1\tGPE 0 4\tOslo\nT2\tGPE 9 99\tx\n", 2, "9 99 is no place in a text of 13 characters."),
        (b"T1 GPE 0 4 Oslo\n", 1, "The line cannot be read: 'T1 GPE 0 4 Oslo'."),
        (b"X1\tGPE 0 4\tOslo\n", 1, "'X1' is no id of brat's."),
        (b"T1\tGPE 0\tOslo\n", 1, "The line cannot be read: 'T1\\tGPE 0\\tOslo'."),
        (b"T1\tGPE 0 4\tOslo\nR1\tx Arg1:T1 Arg2:T7\n", 2, "There is no text-bound annotation 'T7'."),
        (b"\xff", 0, "Byte 0 of it or of its .txt file is not UTF-8."),
    ],
)
def test_a_line_that_brat_does_not_write_is_a_finding(
    lines: bytes, place: int, fact: str, tmp_path: Path, contract: Contract
) -> None:
    done, folder = brat(tmp_path, contract, BRAT | {"one.ann": lines})

    faults = [each for each in done.findings if each.rule == "convert-malformed"]
    assert [(each.where.file, each.where.line, each.fact) for each in faults] == [("one.ann", place, fact)]
    assert not folder.root.exists()


def test_events_are_left_out_and_told(tmp_path: Path, contract: Contract) -> None:
    done, folder = brat(tmp_path, contract, BRAT | {"one.ann": BRAT["one.ann"] + b"E1\tGPE:T1\n"})

    assert [(f"[{each.rule}]", each.where.line) for each in done.findings] == [("[convert-unread]", 2)]
    assert folder.root.exists()


@pytest.mark.parametrize(
    ("line", "fact"),
    [
        (b"A1\tNegation E1\n", "A1 is left out: E1 is no text-bound annotation."),
        (b"M1\tOld R1\n", "M1 is left out: R1 is no text-bound annotation."),
        (b"A1\tX T9 y\n", "A1 is left out: T9 is no text-bound annotation."),
        (b"#1\tAnnotatorNotes R1\tsic\n", "#1 is left out: R1 is no text-bound annotation."),
        (b"#1\tRegion T9\tsic\n", "#1 is left out: T9 is no text-bound annotation."),
        (b"R1\tx Arg1:T1 Arg2:E1\n", "R1 is left out: the event E1 is not read."),
    ],
)
def test_what_is_said_of_what_is_no_span_is_left_out_and_told(line: bytes, fact: str) -> None:
    read = format_of("brat").read(BRAT | {"one.ann": BRAT["one.ann"] + line}, LABELS)

    assert [len(each.spans) for each in read.documents] == [1]
    assert [(each.rule, each.where.line, each.fact) for each in read.findings] == [("convert-unread", 2, fact)]


def test_what_would_not_validate_is_left_out_and_told(tmp_path: Path, contract: Contract) -> None:
    """Two labels of the same words, spans that cross, also once another is gone, and a relation of a wrong kind."""
    spans = (b"GPE 0 9\tOslo Rome", b"PERSON 0 9\tOslo Rome", b"GPE 5 14\tRome Bonn", b"GPE 6 13\tome Bon")
    lines = [b"T%d\t%s\n" % each for each in enumerate(spans, start=1)] + [b"R1\ttitle_of Arg1:T2 Arg2:T1\n"]
    lines += [
        b"T5\tCLAIM 0 14\tOslo Rome Bonn\n",
        b"R2\tclaimer Arg1:T1 Arg2:T5\n",
        b"R3\tclaimer Arg1:T5 Arg2:T2\n",
        b"A1\tmodality T5 asserted\n",
    ]
    done, folder = brat(tmp_path, contract, {"one.txt": b"Oslo Rome Bonn.\n", "one.ann": b"".join(lines)}, "B1")

    assert [(str(each.where), each.rule, each.level) for each in done.findings] == [
        ("one region T1->T5", "relation-wrong-ends", "warning"),
        ("one region T2", "span-duplicate", "warning"),
        ("one region T3", "span-crossing", "warning"),
        ("one", "convert-unread", "warning"),
        ("one region T4", "span-crossing", "warning"),
    ]
    assert done.findings[1].fact == "'Oslo Rome' is marked by T1 too. It is left out."
    assert [each for each in validate(folder) if each.level == "error"] == []


@FEWER
@given(documents())
def test_what_fits_is_not_left_out(document: Document) -> None:
    fits, _ = fitting(held(document, LABEL_STUDIO.able).document, LABELS, ())

    assert fitting(fits, LABELS, ()) == (fits, [])


def test_a_file_without_its_text_is_a_finding(tmp_path: Path, contract: Contract) -> None:
    done, _ = brat(tmp_path, contract, {"one.ann": BRAT["one.ann"]})

    assert [each.fact for each in done.findings] == ["There is no .txt file beside it."]


def test_an_id_that_names_no_file_is_a_finding(tmp_path: Path, contract: Contract) -> None:
    done, _ = brat(tmp_path, contract, {"\u00f8re.txt": b"x", "\u00f8re.ann": b""})

    assert [f"[{each.rule}]" for each in done.findings] == ["[convert-document-id]"]


@pytest.mark.parametrize(
    ("source", "place"),
    [(b"Oslo B-GPE\nis\n", 2), (b"Oslo B-GPE\nis X-GPE\n", 2), (b"Oslo B\n", 1), (b"Oslo O-GPE\n", 1), (b"\xff", 0)],
)
def test_a_line_that_is_no_conll_is_a_finding(source: bytes, place: int) -> None:
    read = format_of("conll2003").read({"a.conll": source}, LABELS)

    assert [(each.rule, each.where.line) for each in read.findings] == [("convert-malformed", place)]


def test_conll_of_others_is_read() -> None:
    """Part of speech and chunk, I- at the beginning as in the first files, two documents without names."""
    source = b"-DOCSTART- -X- -X- O\r\n\r\nOslo NNP B-NP I-GPE\r\nis VBZ O O\r\n\r\n"
    source += b"-DOCSTART- -X- -X- O\n\nRain NN O B-X\nfall NN O B-X\n"
    read = format_of("conll2003").read({"eng.testa": source}, LABELS)

    assert read.findings == []
    assert [(each.id, each.text) for each in read.documents] == [("eng-00001", "Oslo is"), ("eng-00002", "Rain fall")]
    assert [span.pieces for each in read.documents for span in each.spans] == [((0, 4),), ((0, 4),), ((5, 9),)]


def test_the_ids_of_conll_stand_beside_it_or_as_they_once_did_in_it() -> None:
    files = {"a.conll": b"-DOCSTART- -X- O O\n\nOslo _ O O\n\n-DOCSTART- old _ O\n\nis _ O O\n", "a.ids": b"new\nother\n"}
    read = format_of("conll2003").read(files, LABELS)

    assert ([each.id for each in read.documents], read.findings) == (["new", "old"], [])


def test_ids_of_more_documents_than_there_are_is_a_finding() -> None:
    read = format_of("conll2003").read({"n/a.conll": b"-DOCSTART- -X- O O\n\nOslo _ O O\n", "n/a.ids": b"a\nb\n"}, LABELS)

    assert [(each.where.file, each.fact) for each in read.findings] == [("n/a.ids", "It has 2 ids, n/a.conll has 1 document.")]


@pytest.mark.parametrize(
    "source",
    [
        b"",
        b"<xmi",
        b"<a/>",
        b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>',
        '<?xml version="1.0" encoding="UTF-16"?><a/>'.encode("utf-16"),
    ],
)
def test_what_is_no_cas_is_a_finding(source: bytes) -> None:
    read = format_of("cas").read({"a.xmi": source}, LABELS)

    assert read.documents == []
    assert [f"[{each.rule}]" for each in read.findings] == ["[convert-malformed]"]


def test_a_cas_whose_offsets_lie_outside_is_a_finding() -> None:
    files = format_of("cas").write("train-0", [Document("one", "Oslo", (Span("mention", "m", "GPE", ((0, 4),)),))])
    source = re.sub(rb'(<\w+:NamedEntity[^>]* end=)"4"', rb'\1"9"', files["train/one.xmi"])

    assert source not in files.values()
    assert [f"[{each.rule}]" for each in format_of("cas").read({"a.xmi": source}, LABELS).findings] == ["[convert-malformed]"]


def test_what_a_cas_marks_without_words_is_left_out_with_its_relations() -> None:
    spans = (Span("mention", "m", "GPE", ((0, 4),)), Span("mention", "n", "GPE", ((5, 9),)))
    document = Document("one", "Oslo Rome", spans, (Relation("near", ("mention", "m"), ("mention", "n")),))
    files = format_of("cas").write("train-0", [document])
    source = re.sub(rb'(<\w+:NamedEntity[^>]* )begin="5" end="9"', rb'\1begin="5" end="5"', files["train/one.xmi"])
    read = format_of("cas").read({"a.xmi": source}, LABELS)

    assert source not in files.values()
    assert [(each.spans, each.relations) for each in read.documents] == [(spans[:1], ())]
    assert [each.fact for each in read.findings] == [
        "1 annotation without words is left out.",
        "1 relation to what is not read is left out.",
    ]


def test_a_cas_with_features_of_its_own_needs_its_type_system() -> None:
    files = format_of("cas").write("train-0", [Document("one", "Oslo")])
    source = re.sub(rb"(<\w+:DocumentMetaData )", rb'\1collectionId="c" ', files["train/one.xmi"])
    system = format_of("cas").shared(LABELS)["TypeSystem.xml"]
    feature = (
        b"<featureDescription><name>collectionId</name><rangeTypeName>uima.cas.String</rangeTypeName></featureDescription>"
    )
    own = re.sub(
        rb"(DocumentMetaData</name>.*?<features>)",
        rb"\1" + feature,
        system,
        flags=re.DOTALL,
    )
    read = format_of("cas").read({"a.xmi": source}, LABELS)

    assert [(each.fact, each.hint) for each in read.findings] == [
        (
            "The file cannot be read without its type system, and there is no TypeSystem.xml among the files.",
            "Name the TypeSystem.xml that was exported with it too.",
        )
    ]
    assert [each.id for each in format_of("cas").read({"a.xmi": source, "TypeSystem.xml": own}, LABELS).documents] == ["one"]


def test_values_of_a_cas_that_are_not_read_are_counted() -> None:
    files = format_of("cas").write("train-0", [Document("one", "Oslo", (Span("mention", "m", "GPE", ((0, 4),)),))])
    source = re.sub(rb"(<\w+:NamedEntity )", rb'\1identifier="Q585" ', files["train/one.xmi"])
    read = format_of("cas").read({"a.xmi": source}, LABELS)

    named = "value of de.tudarmstadt.ukp.dkpro.core.api.ner.type.NamedEntity|identifier"
    assert [each.fact for each in read.findings] == [f"1 {named} is left out."]


def test_a_seed_s_own_header_moves_its_spans(tmp_path: Path, contract: Contract) -> None:
    """Freezing takes out a date header; what was marked stays on its words."""
    text = " date 2023-11-07 Oslo is wet.\r\nIt is.\n"
    files = LABEL_STUDIO.write("train-0", [Document("one", text, (Span("mention", "m", "GPE", ((17, 21),)),))])
    done = read_into(LABEL_STUDIO, files, tmp_path / "new", contract, "B1")

    assert done.findings == []
    assert validate(Folder(tmp_path / "new")) == []


def test_the_command_lists_losses_and_leaves_a_full_folder_alone(hub: Path, tmp_path: Path) -> None:
    told = CliRunner().invoke(main, ["convert", "brat", "--release", str(hub), "--dry-run"])

    assert told.exit_code == 0
    assert told.stderr == "brat stand-off cannot hold:\n  3 answers about a document, as its reading level\n"
    (tmp_path / "mine").write_text("kept")
    refused = CliRunner().invoke(main, ["convert", "brat", "--release", str(hub), "--into", str(tmp_path)])
    assert refused.exit_code == 2
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]


def test_a_release_whose_texts_are_withheld_is_refused(hub: Path, tmp_path: Path) -> None:
    release = Path(shutil.copytree(hub, tmp_path / "release"))
    manifest = release / "manifest.json"
    manifest.write_text(manifest.read_text("utf-8").replace('"withheld": []', '"withheld": ["one"]'), "utf-8")
    told = CliRunner().invoke(main, ["convert", "brat", "--release", str(release), "--dry-run"])

    assert told.exit_code == 2
    assert "variorum rehydrate" in told.stderr


def test_documents_without_gold_are_left_out_and_told(corpus: Callable[[str], Folder], tmp_path: Path) -> None:
    folder = corpus("document-without-annotation")
    told = CliRunner().invoke(main, ["convert", "conll2003", "--root", str(folder.root), "--into", str(tmp_path / "out")])

    assert told.exit_code == 0, told.output
    assert "1 document without gold is left out." in told.stderr


def test_claims_keep_the_labels_that_labels_yaml_defines(tmp_path: Path, contract: Contract) -> None:
    """The published table of claims has no label; it is in that of annotations."""
    added = b'    - {name: Premise, definition: "What a claim rests on."}\n\ncheckworthiness:'
    written = contract.written_labels.replace(b"\ncheckworthiness:", added, 1)
    contract = Contract(contract.settings, read_labels(written, "labels.yaml")[0], written)
    answers = (
        ("attribution", ("author",)),
        ("checkworthiness", ("non_factual",)),
        ("claim_type", ("numerical",)),
        ("modality", ("asserted",)),
    )
    documents = [
        Document(
            f"d{number}",
            f"Rain fell. Roads {' '.join(str(number * 7 + each) for each in range(7))} closed.",
            (Span("claim", "a", "Premise", ((0, 9),), answers), Span("claim", "b", "CLAIM", ((11, 16),), answers)),
        )
        for number in range(12)
    ]
    files = LABEL_STUDIO.write("train-0", documents)
    assert read_into(LABEL_STUDIO, files, tmp_path / "new", contract, "B1").findings == []
    folder = Folder(tmp_path / "new")
    assert not failed(build(folder).findings)

    release = open_build(folder.hub)
    found = list(release_documents(release))

    assert {(span.id, span.label) for each in found for span in each.document.spans} == {("a", "Premise"), ("b", "CLAIM")}
    assert sum(len(each.document.spans) for each in found) == 24
    assert labels_of(release)["claim"].names == ("CLAIM", "Premise")
    assert write(release, format_of("brat"), tmp_path / "brat").findings == []
    assert b"T1\tPremise 0 9\tRain fell\n" in next((tmp_path / "brat").rglob("*.ann")).read_bytes()
