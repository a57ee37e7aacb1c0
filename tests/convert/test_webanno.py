"""WebAnno TSV as other tools write it: numbers only where needed, other layers, older escapes, and lines that are wrong."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.convert.made import LABELS

from variorum.convert.document import CLAIM, MENTION, Document, Relation
from variorum.convert.webanno_notation import line_of, plain, stacked, value
from variorum.convert.webanno_reader import read
from variorum.findings import Finding

NER = "de.tudarmstadt.ukp.dkpro.core.api.ner.type.NamedEntity"
HEADER = f"""#FORMAT=WebAnno TSV 3.3
#T_SP={NER}|identifier|value
#T_SP=webanno.custom.Claim|value
#T_CH=de.tudarmstadt.ukp.dkpro.core.api.coref.type.CoreferenceLink|referenceType|referenceRelation
#T_RL=webanno.custom.Relation|value|BT_{NER}


"""
TWO_SENTENCES = """#Sentence.id=first
#Text=Mayor Kim of Oslo\\\\
#Text=flew 😊.
1-1	0-5	Mayor	_	_	_	_	_	title of|claimer	1-2|1-2
1-2	6-9	Kim	*[1]	GPE[1]	_	pr[1]	coref->1-1	_	_
1-3	10-12	of	*[1]	GPE[1]	_	_	_	_	_
1-4	13-17	Oslo	*[1]|Q585[2]	GPE[1]|work of art[2]	_	pr[1]	*->1-2	_	_
1-5	17-18	\\	_	_	_	_	_	_	_
1-6	19-23	flew	_	_	_	_	_	_	_
1-6.1	19-22	fle	*	CLAIM	_	_	_	_	_
1-7	24-26	😊	*	*	_	_	_	_	_
1-8	26-27	.	_	_	other claim	_	_	_	_

#Text=Rain
2-1	30-34	Rain	*	GPE	_	_	_	title of	1-4[2_0]
"""


def document(source: str) -> tuple[Document, list[Finding]]:
    found = read({"new/doc.tsv": source.encode()}, LABELS)
    assert [each for each in found.findings if each.level == "error"] == []
    return found.documents[0], found.findings


def test_what_inception_leaves_unnumbered_is_numbered() -> None:
    read_, _ = document(HEADER + TWO_SENTENCES)

    assert (read_.id, read_.text) == ("doc", "Mayor Kim of Oslo\\\nflew 😊.\n  Rain")
    assert [(span.layer, span.id, span.label, read_.text[span.start : span.end]) for span in read_.spans] == [
        (MENTION, "1", "GPE", "Kim of Oslo"),
        (MENTION, "2", "work of art", "Oslo"),
        (CLAIM, "3", "CLAIM", "fle"),
        (MENTION, "4", "", "😊"),
        (CLAIM, "5", "other claim", "."),
        (MENTION, "6", "GPE", "Rain"),
    ]


def test_an_end_of_a_relation_without_a_number_is_the_first_of_its_layer_there() -> None:
    read_, findings = document(HEADER + TWO_SENTENCES)

    assert read_.relations == (Relation("title of", (MENTION, "2"), (MENTION, "6")),)
    left_out = [(each.where.line, each.fact) for each in findings if "relation" in each.fact]
    assert left_out == [(11, "The relation from 1-2 to 1-1 leads to what is not there.")] * 2


def test_what_is_not_read_is_counted() -> None:
    _, findings = document(HEADER + TWO_SENTENCES)

    assert [each.fact for each in findings if " value" in each.fact] == [
        "2 values of de.tudarmstadt.ukp.dkpro.core.api.coref.type.CoreferenceLink|referenceType are left out.",
        "2 values of de.tudarmstadt.ukp.dkpro.core.api.coref.type.CoreferenceLink|referenceRelation are left out.",
        f"1 value of {NER}|identifier is left out.",
    ]


def test_in_the_export_of_a_project_a_document_is_a_folder() -> None:
    source = (HEADER + TWO_SENTENCES).encode()
    found = read({"p/annotation/one.txt/a1.tsv": source, "p/curation/two.txt/a1.tsv": source, "three.tsv": source}, LABELS)

    assert [each.id for each in found.documents] == ["one", "two", "three"]


def test_annotations_without_words_are_left_out_and_told() -> None:
    read_, findings = document(
        f"#FORMAT=WebAnno TSV 3.2\n#T_SP={NER}|value\n\n\n#Text=a\n1-1\t0-1\ta\t_\t\n1-1.1\t1-1\t\tGPE\t\n"
    )

    assert read_.spans == ()
    assert [each.fact for each in findings] == [f"An annotation of {NER} has no words and is left out."]


def test_a_layer_without_features_has_a_column() -> None:
    _, findings = document("#FORMAT=WebAnno TSV 3.3\n#T_SP=custom.Mark|\n\n\n#Text=a b\n1-1\t0-1\ta\t*\t\n1-2\t2-3\tb\t_\t\n")

    assert [each.fact for each in findings] == ["1 value of custom.Mark is left out."]


def test_a_basic_project_of_inception_has_mentions_too() -> None:
    read_, findings = document("#FORMAT=WebAnno TSV 3.3\n#T_SP=custom.Span|label\n\n\n#Text=Oslo\n1-1\t0-4\tOslo\tGPE\t\n")

    assert [(span.layer, span.label) for span in read_.spans] == [(MENTION, "GPE")]
    assert findings == []


def test_until_3_1_the_escapes_are_those_of_java() -> None:
    read_, _ = document(
        '#FORMAT=WebAnno TSV 3.1\n\n\n#Text=\\u00FCber \\uD83D\\uDE0A\\t\\"x\n1-1\t0-4\tüber\t\n1-2\t5-7\t😊\t\n'
    )

    assert read_.text == 'über 😊\t"x'


@pytest.mark.parametrize(
    ("rows", "place", "fact"),
    [
        ("#Text=a b\n1-1\t0-1\tb\tGPE\t", 5, "The text at 0-1 is 'a', the line says 'b'."),
        ("#Text=a b\n1-1\t0-9\ta\tGPE\t", 5, "0-9 is no place in a text of 3 UTF-16 units."),
        ("#Text=😊\n1-1\t0-1\t😊\tGPE\t", 5, "0-1 is no place in a text of 2 UTF-16 units."),
        ("#Text=a\n1-1\t0-1\ta", 5, "A number, offsets, words and 1 more column belong here: '1-1\\t0-1\\ta'."),
        (
            "#Text=a\n1-1\t0-x\ta\tGPE\t",
            5,
            "A number, offsets, words and 1 more column belong here: '1-1\\t0-x\\ta\\tGPE\\t'.",
        ),
        (
            "#Text=a\n1-1\t9999999999-9999999999\ta\tGPE\t",
            5,
            "The sentence begins at 9999999999, the text before it ends at 0.",
        ),
        (
            "#Text=ab\n1-1\t0-1\ta\tGPE\t\n\n#Text=b\n2-1\t1-2\tb\tGPE\t",
            8,
            "The sentence begins at 1, the text before it ends at 3.",
        ),
        ("#Text=a", 0, "There is no token in it."),
    ],
)
def test_a_line_that_no_tool_writes_is_a_finding(rows: str, place: int, fact: str) -> None:
    found = read({"a.tsv": f"#FORMAT=WebAnno TSV 3.3\n#T_SP={NER}|value\n\n{rows}\n".encode()}, LABELS)

    assert found.documents == []
    assert [(each.rule, each.where.line, each.fact) for each in found.findings] == [("convert-malformed", place, fact)]


@pytest.mark.parametrize("source", [b"", b"\xff", b"a\tb\n", b"#FORMAT=WebAnno TSV 2.0\n"])
def test_what_is_no_tsv_of_version_3_is_a_finding(source: bytes) -> None:
    found = read({"a.tsv": source}, LABELS)

    assert found.documents == []
    assert [f"[{each.rule}]" for each in found.findings] == ["[convert-malformed]"]


def test_a_number_of_two_layers_is_a_finding() -> None:
    layers = f"#T_SP={NER}|value\n#T_SP=custom.Claim|value"
    found = read({"a.tsv": f"#FORMAT=WebAnno TSV 3.3\n{layers}\n\n\n#Text=a\n1-1\t0-1\ta\tx[1]\ty[1]\t\n".encode()}, LABELS)

    assert [each.fact for each in found.findings] == ["The number 1 stands for annotations of two layers."]


@given(st.text(st.characters(codec="utf-8")))
def test_text_and_values_survive_their_escapes(told: str) -> None:
    assert plain(value(told)) == told
    assert plain(line_of(told.replace("\n", ""))) == told.replace("\n", "")


@given(st.lists(st.tuples(st.text(st.characters(codec="utf-8")), st.integers(1, 99)), min_size=1))
def test_what_is_stacked_comes_apart(values: list[tuple[str, int]]) -> None:
    cell = "|".join(f"{value(told)}[{number}]" for told, number in values)

    assert [(plain(told), int(number)) for told, number, _ in stacked(cell)] == values


_PARTS = (
    f"#T_SP={NER}|value\n",
    f"#T_RL=r|value|BT_{NER}\n",
    "#Text=",
    "1-1",
    "\t0-1\ta",
    "\t",
    "2-1",
    "\t2-3",
    "a",
    " ",
    "\n",
)
_CELLS = ("_", "*", "GPE[1]", "|", "[2_1]", "\\")


@given(st.lists(st.sampled_from((*_PARTS, *_CELLS))).map("".join))
def test_whatever_comes_in_is_read_or_a_finding(source: str) -> None:
    found = read({"a.tsv": f"#FORMAT=WebAnno TSV 3.3\n{source}".encode()}, LABELS)

    assert bool(found.documents) != any(each.level == "error" for each in found.findings)
