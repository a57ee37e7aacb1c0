"""Builds with known changes: exactly these are found, either way round."""

from collections.abc import Iterable, Iterator
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.difference.made import LABELS, Row, made, mirrored, plain, told

from variorum.difference import rows
from variorum.difference.changes import Change, RowCount
from variorum.difference.compare import difference
from variorum.difference.document import CONFIGS as COLUMNS
from variorum.difference.document import Document
from variorum.difference.read import BuildError, open_build

TEXT = "Ann met Bob. Bob left. It rained."
SENTENCES = [{"start": 0, "end": 12}, {"start": 13, "end": 22}, {"start": 23, "end": 33}]


def document(id_: str = "d", **own: Any) -> Row:
    return {"document_id": id_, "text": TEXT, "sentences": SENTENCES, "role": "other", "character_count": 33} | own


def mention(id_: str, start: int, text: str, type_: str = "PERSON", document_id: str = "d", **own: Any) -> Row:
    place = {"document_id": document_id, "start": start, "end": start + len(text), "text": text, "type": type_}
    return {"mention_id": f"{document_id}#{id_}"} | place | own


def claim(id_: str, start: int, text: str, document_id: str = "d", **own: Any) -> Row:
    place = {"document_id": document_id, "start": start, "end": start + len(text), "text": text}
    return {"claim_id": f"{document_id}#{id_}"} | place | own


def relation(from_: str, to: str, type_: str = "claimer", document_id: str = "d") -> Row:
    return {"document_id": document_id, "from_id": f"{document_id}#{from_}", "to_id": f"{document_id}#{to}", "type": type_}


def compared(tmp_path: Path, before: dict[str, list[Row]], after: dict[str, list[Row]], limit: int | None = None) -> Any:
    return difference(made(tmp_path / "before", before), made(tmp_path / "after", after), limit)


ANN, BOB, AGAIN = mention("m1", 0, "Ann"), mention("m2", 8, "Bob"), mention("m3", 13, "Bob")


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        pytest.param([ANN], [ANN, BOB], [("mentions", "added", "d", -1, 8, "PERSON")], id="added"),
        pytest.param([ANN, BOB], [ANN], [("mentions", "removed", "d", 8, -1, "PERSON")], id="removed"),
        pytest.param(
            [ANN], [mention("m1", 0, "Ann", "ORG")], [("mentions", "relabelled", "d", 0, 0, "PERSON -> ORG")], id="relabelled"
        ),
        pytest.param([BOB], [AGAIN], [("mentions", "moved", "d", 8, 13, "PERSON")], id="moved"),
        pytest.param([BOB], [mention("m2", 8, "Bob.")], [("mentions", "moved", "d", 8, 8, "PERSON")], id="resized"),
        pytest.param([ANN], [mention("m1", 0, "Ann", note="?")], [("mentions", "relabelled", "d", 0, 0, "note")], id="note"),
        pytest.param([ANN, BOB], [mention("x", 0, "Ann"), mention("y", 8, "Bob")], [], id="other ids"),
        pytest.param(
            [ANN],
            [mention("m1", 0, "Ann", entity_cluster_id="ann")],
            [("entity_clusters", "added", "d", 0, 0, "")],
            id="entity",
        ),
        pytest.param(
            [mention("m1", 0, "Ann", entity_cluster_id="ann")],
            [mention("m1", 0, "Ann", entity_cluster_id="anna")],
            [("entity_clusters", "relabelled", "d", 0, 0, "entity_cluster_id")],
            id="another entity",
        ),
    ],
)
def test_mentions(tmp_path: Path, before: list[Row], after: list[Row], expected: list[Any]) -> None:
    own = {"documents": [document()]}
    found = compared(tmp_path, own | {"entities": before}, own | {"entities": after})

    assert [(*each[:3], *_starts(each, found.changes), each[5]) for each in told(found)] == expected
    assert found.rows.keys() == {"entities"}


def _starts(each: tuple[Any, ...], changes: Iterable[Change]) -> tuple[int, int]:
    """Of an entity that is added, both places are those of the mention."""
    if each[0] != "entity_clusters":
        return each[3], each[4]
    (change,) = changes
    return (change.item.places[0].start or 0,) * 2


def claims_of(**own: Any) -> dict[str, list[Row]]:
    return {"documents": [document()], "entities": [ANN, BOB], "claims": [claim("c1", 0, "Ann met Bob", **own)]}


@pytest.mark.parametrize(
    ("before", "after", "kind", "label"),
    [
        pytest.param(
            {"modality": "asserted"}, {"modality": "negated"}, "relabelled", "modality asserted -> negated", id="modality"
        ),
        pytest.param(
            {"checkworthiness": "check_worthy_factual"},
            {"checkworthiness": "non_factual"},
            "relabelled",
            "check_worthy_factual -> non_factual",
            id="checkworthiness",
        ),
        pytest.param(
            {"claim_types": ["numerical"]},
            {"claim_types": ["numerical", "event_or_property"]},
            "relabelled",
            "claim_types +event_or_property",
            id="claim types",
        ),
        pytest.param(
            {"attribution": "author"},
            {"attribution": "direct_speech"},
            "re-attributed",
            "attribution author -> direct_speech",
            id="attribution",
        ),
        pytest.param({}, {"claimer_ids": ["d#m1"]}, "re-attributed", "claimers", id="claimer"),
    ],
)
def test_claims(tmp_path: Path, before: Row, after: Row, kind: str, label: str) -> None:
    found = compared(tmp_path, claims_of(**before), claims_of(**after))

    assert [(each.layer, each.kind, each.label, each.n) for each in found.counts] == [("claims", kind, label, 1)]


def test_a_claimer_or_an_end_that_moved_is_the_same(tmp_path: Path) -> None:
    own = {"documents": [document()], "relations": [relation("c1", "m2")]}
    said = own | {"claims": [claim("c1", 0, "Ann met", claimer_ids=["d#m2"])]}

    found = compared(tmp_path, said | {"entities": [ANN, BOB]}, said | {"entities": [ANN, mention("m2", 13, "Bob")]})

    assert told(found) == [("mentions", "moved", "d", 8, 13, "PERSON")]


def test_links_find_their_ends_where_all_ids_are_others(tmp_path: Path) -> None:
    before = {
        "entities": [ANN, BOB],
        "relations": [relation("m1", "m2", "title_of")],
        "claims": [claim("c", 0, "Ann", claimer_ids=["d#m1"])],
    }
    after = {
        "entities": [mention("x", 0, "Ann"), mention("y", 8, "Bob")],
        "relations": [relation("x", "y", "title_of")],
        "claims": [claim("z", 0, "Ann", claimer_ids=["d#x"])],
    }

    found = compared(tmp_path, before, after)

    assert found.changes == ()
    assert found.rows == {"claims": RowCount(1, 1), "entities": RowCount(2, 2), "relations": RowCount(1, 1)}


def test_a_relation_of_the_same_ends_is_relabelled_and_one_of_others_is_another(tmp_path: Path) -> None:
    own = {"documents": [document()], "entities": [ANN, BOB, AGAIN]}
    before = own | {"relations": [relation("m1", "m2", "title_of"), relation("m2", "m1", "title_of")]}
    after = own | {"relations": [relation("m1", "m2", "abbreviation_of"), relation("m3", "m1", "title_of")]}

    found = compared(tmp_path, before, after)

    assert [(each.kind, each.label) for each in found.changes] == [
        ("relabelled", "title_of -> abbreviation_of"),
        ("removed", "title_of"),
        ("added", "title_of"),
    ]
    assert [place.text for place in found.changes[0].item.places] == ["Ann", "Bob"]


def test_documents_levels_and_splits(tmp_path: Path) -> None:
    before = {
        "documents": [document("a"), document("b"), document("c", split="test")],
        "readability": [{"document_id": "a", "reading_level": "A2"}, {"document_id": "b"}],
        "entities": [mention("m1", 0, "Ann", document_id="b")],
    }
    after = {
        "documents": [document("a", role="summary"), document("b", split="validation"), document("d")],
        "readability": [
            {"document_id": "a", "reading_level": "B1"},
            {"document_id": "b", "reading_level": "C1", "split": "validation"},
        ],
        "entities": [mention("m1", 0, "Ann", document_id="b", split="validation")],
    }

    found = compared(tmp_path, before, after)

    assert told(found) == [
        ("documents", "added", "d", -1, -1, "other"),
        ("documents", "relabelled", "a", -1, -1, "other -> summary"),
        ("documents", "removed", "c", -1, -1, "other"),
        ("levels", "added", "b", -1, -1, "C1"),
        ("levels", "relabelled", "a", -1, -1, "A2 -> B1"),
        ("splits", "moved", "b", -1, -1, "train -> validation"),
    ]
    assert found.rows["entities"] == RowCount(1, 1)


def test_where_the_text_lost_its_header_everything_has_moved_and_nothing_is_gone(tmp_path: Path) -> None:
    """Both mentions have the same words: without the sentences, each would pass for the other."""
    header, cut = "Bob's day. ", 11
    later = [{"start": each["start"] + cut, "end": each["end"] + cut} for each in SENTENCES]
    before = {
        "documents": [document(text=header + TEXT, sentences=[{"start": 0, "end": 10}, *later])],
        "entities": [mention("m0", 0, "Bob"), mention("m2", 19, "Bob"), mention("m3", 24, "Bob")],
    }
    after = {"documents": [document()], "entities": [BOB, AGAIN]}

    found = compared(tmp_path, before, after)

    assert told(found) == [
        ("documents", "text-changed", "d", 0, 0, "other"),
        ("mentions", "moved", "d", 19, 8, "PERSON"),
        ("mentions", "moved", "d", 24, 13, "PERSON"),
        ("mentions", "removed", "d", 0, -1, "PERSON"),
    ]
    (text,) = [each for each in found.changes if each.kind == "text-changed"]
    assert text.before.places[0].text == header
    assert text.after.places[0].text == ""


def test_at_most_so_many_changes_of_a_layer_are_listed_and_all_are_counted(tmp_path: Path) -> None:
    own = {"documents": [document(f"{number}") for number in range(5)]}
    entities = [mention("m1", 0, "Ann", document_id=f"{number}") for number in range(5)]

    found = compared(tmp_path, own, own | {"entities": entities}, limit=2)

    assert [change.document_id for change in found.changes] == ["0", "1"]
    assert [(each.kind, each.n) for each in found.counts] == [("added", 5)]
    assert [(each.kind, each.config) for each in found.schema] == [("config-added", "entities")]


def test_a_file_in_another_order_is_sorted_first(tmp_path: Path) -> None:
    own = [mention("m1", 0, "Ann", document_id=f"{number}") for number in range(9)]
    before = made(tmp_path / "before", {"entities": own})
    shuffled = made(tmp_path / "after", {"entities": [*own[5:], *own[:5]]})

    assert difference(before, shuffled).is_empty


def test_documents_larger_than_what_is_read_at_a_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("variorum.difference.read._BATCH_BYTES", 1)
    monkeypatch.setattr("variorum.difference.read._SAMPLE", 2)
    own = [mention(f"m{number}", number, "Ann", document_id=f"{number // 7}") for number in range(40)]
    other = [row for row in own if row["mention_id"] not in {"1#m9", "5#m39"}]

    found = compared(
        tmp_path, {"entities": own, "documents": [document("3")]}, {"entities": other, "documents": [document("3")]}
    )

    assert told(found) == [("mentions", "removed", "1", 9, -1, "PERSON"), ("mentions", "removed", "5", 39, -1, "PERSON")]


def test_rows_of_other_tables_are_counted_each_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rows, "_BUCKET_ROWS", 3)
    own = [{"document_id": "d", "annotation_id": str(number), "text_sha256": ""} for number in range(20)]
    extra = {"document_id": "d", "annotation_id": "20"}

    found = compared(tmp_path, {"annotations": [*own, own[0], own[0]]}, {"annotations": [*own[3:], own[0], extra]})

    assert found.rows == {"annotations": RowCount(4, 1)}


def test_labels_count_by_name_and_not_by_number(tmp_path: Path) -> None:
    types = LABELS["entity_type"]
    turned = LABELS | {"entity_type": msgspec.structs.replace(types, labels=types.labels[::-1])}
    own = {"entities": [ANN, BOB]}

    found = difference(made(tmp_path / "before", own), made(tmp_path / "after", own, turned))

    assert found.rows == {}
    assert found.changes == ()
    assert [(each.kind, each.config, each.column) for each in found.schema] == [("labels-reordered", "entities", "type")]


def rewritten(path: Path, change: Any) -> None:
    """A parquet file with its Arrow table changed."""
    table = change(pq.read_table(path))
    pq.write_table(table, path)


def test_columns_that_come_go_or_change_their_type_are_a_change_of_the_schema_and_of_no_row(tmp_path: Path) -> None:
    before = made(tmp_path / "before", {"entities": [ANN, BOB]})
    after = made(tmp_path / "after", {"entities": [ANN, BOB]})

    def change(table: pa.Table) -> pa.Table:
        table = table.drop_columns(["note"]).append_column("salience", pa.array([0.5, 0.1]))
        return table.set_column(table.column_names.index("start"), "start", table["start"].cast(pa.int64()))

    rewritten(after.tables["entities"].files[0].path, change)
    metadata_less = open_build(after.root)
    found = difference(before, metadata_less)

    assert [(each.kind, each.column, each.before, each.after) for each in found.schema if each.column != "start"] == [
        ("column-removed", "note", ("string",), ()),
        ("column-added", "salience", (), ("float64",)),
    ]
    assert found.counts == ()


def test_spans_are_compared_where_their_offsets_have_another_type(tmp_path: Path) -> None:
    before = made(tmp_path / "before", {"entities": [ANN, BOB]})
    after = made(tmp_path / "after", {"entities": [ANN, mention("m2", 13, "Bob", "ORG")]})
    path = after.tables["entities"].files[0].path
    rewritten(path, lambda table: table.set_column(3, "start", table["start"].cast(pa.int64())))
    rewritten(path, lambda table: table.replace_schema_metadata({}).set_column(6, "type", pa.array(["PERSON", "ORG"])))

    found = difference(before, open_build(after.root))

    assert {(each.kind, each.column) for each in found.schema} >= {("column-retyped", "start"), ("column-retyped", "type")}
    assert [each.kind for each in found.changes] == ["removed", "added"]


def test_without_the_columns_that_place_a_mention_rows_are_counted_alone(tmp_path: Path) -> None:
    before = made(tmp_path / "before", {"entities": [ANN, BOB]})
    after = made(tmp_path / "after", {"entities": [ANN]})
    rewritten(after.tables["entities"].files[0].path, lambda table: table.drop_columns(["text"]))

    found = difference(before, open_build(after.root))

    assert found.changes == ()
    assert found.rows == {"entities": RowCount(1, 0)}


def test_a_missing_or_broken_file_is_told(tmp_path: Path) -> None:
    build = made(tmp_path / "build", {"entities": [ANN]})
    path = build.tables["entities"].files[0].path

    path.write_bytes(b"PAR1 and no more")
    with pytest.raises(BuildError, match="no whole parquet file"):
        open_build(build.root)
    path.unlink()
    with pytest.raises(BuildError, match="is not there, though the manifest lists it"):
        open_build(build.root)
    (build.root / "manifest.json").write_text("{")
    with pytest.raises(BuildError, match="is no manifest"):
        open_build(build.root)


WORDS = ["Ann", "Bob", "Cy", "Di", "Ed", "Flo"]
EDITS = ["none", "none", "relabelled", "moved", "removed", "entity", "renamed"]
CLAIM_EDITS = ["none", "relabelled", "moved", "removed", "re-attributed", "claimer"]
CONFIGS = ("documents", "entities", "claims", "relations", "readability")


class Edited:
    """Two builds of three documents, the second made of the first by random edits. `expected` has what was done."""

    def __init__(self, draw: st.DrawFn) -> None:
        self.draw = draw
        self.before: dict[str, list[Row]] = {config: [] for config in CONFIGS}
        self.after: dict[str, list[Row]] = {config: [] for config in CONFIGS}
        self.expected: list[tuple[str, str, str]] = []
        for id_ in ("a", "b", "c"):
            self.id = id_
            self.split = draw(st.sampled_from(["train", "test"]))
            self._document()
            self._claims(self._mentions())

    def _expect(self, layer: str, kind: str) -> None:
        self.expected.append((layer, kind, self.id))

    def _add(self, config: str, row: Row) -> None:
        self.after[config].append(row | {"split": self.split})

    def _document(self) -> None:
        level = self.draw(st.sampled_from(["A2", "B1", None]))
        self.before["documents"].append(document(self.id))
        self._add("documents", document(self.id))
        self.before["readability"].append({"document_id": self.id, "reading_level": "A2"})
        self._add("readability", {"document_id": self.id, "reading_level": level})
        if self.split == "test":
            self._expect("splits", "moved")
        if level != "A2":
            self._expect("levels", "relabelled" if level else "removed")

    def _mentions(self) -> dict[str, str]:
        """The ids that mentions have afterwards; those that are gone are left out."""
        ids = {}
        for number, word in enumerate(WORDS):
            row = mention(f"m{number}", 100 * number, word, document_id=self.id)
            self.before["entities"].append(row)
            edit = self.draw(st.sampled_from(EDITS))
            if edit != "removed":
                ids[f"m{number}"] = f"x{number}" if edit == "renamed" else f"m{number}"
                self._add("entities", self._edited(row | {"mention_id": f"{self.id}#{ids[f'm{number}']}"}, edit))
            if edit in {"relabelled", "moved", "removed"}:
                self._expect("mentions", edit)
            if edit == "entity":
                self._expect("entity_clusters", "added")
        if self.draw(st.booleans()):
            self._add("entities", mention("new", 5000, "Gus", document_id=self.id))
            self._expect("mentions", "added")
        return ids

    def _edited(self, row: Row, edit: str) -> Row:
        match edit:
            case "relabelled":
                return row | {"type": "ORG"}
            case "entity":
                return row | {"entity_cluster_id": "e"}
            case "moved":
                shift = self.draw(st.integers(20, 900)) * self.draw(st.sampled_from([1, -1]))
                return row | {"start": row["start"] + shift, "end": row["end"] + shift}
        return row

    def _claims(self, ids: dict[str, str]) -> None:
        """Claims, each put forward by a mention that a relation leads to."""
        for number, word in enumerate(WORDS[:3]):
            own = {"claimer_ids": [f"{self.id}#m{number}"], "modality": "asserted", "attribution": "author"}
            row = claim(f"c{number}", 40 + 100 * number, f"{word} said so", document_id=self.id, **own)
            self.before["claims"].append(row)
            self.before["relations"].append(relation(f"c{number}", f"m{number}", document_id=self.id))
            edit, new = self.draw(st.sampled_from(CLAIM_EDITS)), ids.get(f"m{number}")
            if new is None or edit == "removed":
                self._expect("relations", "removed")
            else:
                self._add("relations", relation(f"c{number}", new, document_id=self.id))
            if edit in {"relabelled", "moved", "removed"}:
                self._expect("claims", edit)
            if edit != "removed":
                self._add("claims", self._edited_claim(row, edit) | self._claimer(edit, new))

    def _claimer(self, edit: str, new: str | None) -> Row:
        if edit in {"claimer", "re-attributed"} or new is None:
            self._expect("claims", "re-attributed")
        return {"claimer_ids": [] if edit == "claimer" or new is None else [f"{self.id}#{new}"]}

    def _edited_claim(self, row: Row, edit: str) -> Row:
        match edit:
            case "relabelled":
                return row | {"modality": "negated"}
            case "re-attributed":
                return row | {"attribution": "direct_speech"}
            case "moved":
                return row | {"start": row["start"] + 3, "end": row["end"] + 3}
        return row


edited = st.composite(Edited)


@pytest.fixture(scope="module")
def scratch() -> Iterator[Path]:
    with TemporaryDirectory() as folder:
        yield Path(folder)


def inside(before: dict[str, list[Row]], after: dict[str, list[Row]]) -> list[Change]:
    """The changes inside the three documents, without any file."""
    rows = [
        {
            id_: {config: [_whole(config, row) for row in own if row["document_id"] == id_] for config, own in side.items()}
            for id_ in "abc"
        }
        for side in (before, after)
    ]
    documents = [Document(id_, rows[0][id_], rows[1][id_], COLUMNS, partial(_by_id, rows, id_)) for id_ in "abc"]
    return [change for each in documents for change in each.changes()]


def _whole(config: str, row: Row) -> Row:
    return dict.fromkeys(COLUMNS[config]) | {"split": "train"} | row


def _by_id(rows: list[dict[str, dict[str, list[Row]]]], document_id: str, side: int) -> dict[str, Row]:
    own = rows[side][document_id]
    return {row[name]: row for name in ("mention_id", "claim_id") for each in own.values() for row in each if name in row}


@given(edited())
def test_random_edits_are_found_exactly_and_the_other_way_round(edits: Edited) -> None:
    there, back = inside(edits.before, edits.after), inside(edits.after, edits.before)

    assert sorted((each.layer, each.kind, each.document_id) for each in there) == sorted(edits.expected)
    assert plain(back) == mirrored(there)
    assert inside(edits.after, edits.after) == []


@settings(max_examples=8)
@given(edited())
def test_random_edits_are_found_exactly_in_files(scratch: Path, edits: Edited) -> None:
    with TemporaryDirectory(dir=scratch) as folder:
        before, after = made(Path(folder) / "before", edits.before), made(Path(folder) / "after", edits.after)

        there, back = difference(before, after), difference(after, before)

        assert sorted((each.layer, each.kind, each.document_id) for each in there.changes) == sorted(edits.expected)
        assert plain(back.changes) == mirrored(there.changes)
        assert back.rows == {config: RowCount(count.after, count.before) for config, count in there.rows.items()}
        assert difference(after, after).is_empty


def test_a_build_may_hold_no_table_at_all(tmp_path: Path) -> None:
    build = made(tmp_path / "one", {})

    assert difference(build, build).is_empty
