"""croissant.json through the real `mlcroissant`: valid, and every record it gives is a row of the Parquet."""

import json
from datetime import date, datetime
from pathlib import Path
from typing import Any

import mlcroissant
import pandas as pd
import pyarrow.parquet as pq
import pytest
from datasets import ClassLabel, Features
from mlcroissant._src.core.context import Context
from mlcroissant._src.core.rdf import make_context

from variorum.build import build
from variorum.folder import Folder
from variorum.hub.croissant import CONFORMS_TO, CONTEXT
from variorum.schema.tables import TABLES

Json = dict[str, Any]


@pytest.fixture(scope="module")
def dataset(hub: Path) -> mlcroissant.Dataset:
    """Raises where the file has an error. The repository is the folder that the file lies in."""
    return mlcroissant.Dataset(hub / "croissant.json")


@pytest.fixture(scope="module")
def written(hub: Path) -> Json:
    content: Json = json.loads((hub / "croissant.json").read_bytes())
    return content


def issues(hub: Path) -> str:
    report: str = mlcroissant.Dataset(hub / "croissant.json").metadata.ctx.issues.report()
    return report


@pytest.mark.slow
@pytest.mark.parametrize("config", TABLES)
def test_the_records_of_each_config_are_the_rows_of_its_parquet(dataset: mlcroissant.Dataset, hub: Path, config: str) -> None:
    expected = [
        {"split": path.name.split("-")[0], **row}
        for path in sorted((hub / config).glob("*.parquet"))
        for row in pq.read_table(path).to_pylist()
    ]

    found = [as_row(record) for record in dataset.records(config)]

    assert found == [comparable(row) for row in expected]


def as_row(value: Any) -> Any:
    """What `mlcroissant` gives for a row: text as bytes, numbers of numpy, and the whole id as the name of a field."""
    match value:
        case dict():
            return {name.rsplit("/", 1)[-1]: as_row(inner) for name, inner in value.items()}
        case list():
            return [as_row(inner) for inner in value]
        case bytes():
            return value.decode()
        case pd.Timestamp():
            return value
    return value.item() if hasattr(value, "item") else value


def comparable(value: Any) -> Any:
    match value:
        case dict():
            return {name: comparable(inner) for name, inner in value.items()}
        case list():
            return [comparable(inner) for inner in value]
        case date() | datetime():
            return pd.Timestamp(value)
    return value


def test_only_what_the_datasheet_leaves_open_is_missed(hub: Path) -> None:
    missed = [line for line in issues(hub).splitlines() if line.startswith("  -")]

    assert [line.split('"')[1].rsplit("/", 1)[-1] for line in missed] == ["citeAs", "datePublished"]


def test_it_says_what_it_conforms_to_in_the_standard_context(dataset: mlcroissant.Dataset, written: Json) -> None:
    assert tuple(written["conformsTo"]) == CONFORMS_TO
    assert dataset.metadata.ctx.is_v1_1()
    assert make_context(Context(conforms_to="http://mlcommons.org/croissant/1.1")).items() <= CONTEXT.items()


def test_every_closed_set_refers_to_its_labels_in_the_order_of_their_numbers(hub: Path, written: Json) -> None:
    """What the Hub's own Croissant files lose: the names of the numbers."""
    sets = {each["@id"]: each for each in written["recordSet"]}
    seen = set()
    for config in TABLES:
        features = Features.from_arrow_schema(pq.read_schema(min((hub / config).iterdir())))
        for field in fields(sets[config]["field"]):
            label = label_of(features, field["@id"].split("/")[1:])
            names = [row[f"{target}/name"] for row in sets[target]["data"]] if (target := target_of(field)) else None
            assert names == (label.names if label else None), field["@id"]
            seen |= {target} if target else set()

    assert seen == {each for each in sets if each.startswith("labels/")}
    assert sets["labels/entity_type"]["data"][0] == {
        "labels/entity_type/id": 0,
        "labels/entity_type/name": "PERSON",
        "labels/entity_type/description": "A named human being, real or fictional, without title.",
    }


def fields(found: list[Json]) -> list[Json]:
    """All fields that hold values, those inside structs too."""
    return [inner for each in found for inner in (fields(each["subField"]) if "subField" in each else [each])]


def target_of(field: Json) -> str:
    target: str = field["references"]["field"]["@id"].rsplit("/", 1)[0] if "references" in field else ""
    return target if target.startswith("labels/") else ""


def label_of(features: Any, path: list[str]) -> ClassLabel | None:
    """The ClassLabel of a field by its path, items of lists left out; None where it is something else, or the split."""
    for name in path:
        features = features.get(name)
        while hasattr(features, "feature"):
            features = features.feature
    return features if isinstance(features, ClassLabel) else None


def test_fields_have_types_units_and_shapes(written: Json) -> None:
    ner = {each["@id"]: each for config in written["recordSet"] if config["@id"] == "ner" for each in config["field"]}

    assert ner["ner/text"]["dataType"] == "sc:Text"
    assert (ner["ner/start"]["dataType"], ner["ner/start"]["unitText"]) == ("cr:Int32", "code points")
    assert ner["ner/start"]["description"] == "Start of the sentence."
    assert (ner["ner/token_starts"]["isArray"], ner["ner/token_starts"]["arrayShape"]) == (True, "-1")
    assert ner["ner/ner_tags"]["dataType"] == ["cr:Int64", "cr:Label"]
    members = {each["@id"]: each for each in ner["ner/mentions"]["subField"]}
    assert members["ner/mentions/end"]["unitText"] == "code points"
    assert members["ner/mentions/end"]["source"]["transform"] == {"jsonPath": "end"}
    assert "unitText" not in members["ner/mentions/type"]


def test_the_datasheet_and_the_card_are_in_it(dataset: mlcroissant.Dataset, written: Json) -> None:
    assert written["description"].startswith("Three English news articles that tell one event")
    assert written["alternateName"] == "Variorum seeds"
    assert [each["name"] for each in written["license"]] == ["other", "CC-BY-4.0"]
    assert "language model" in dataset.metadata.annotator_demographics[0]
    assert dataset.metadata.data_annotation_platform == ["Label Studio"]
    assert {name for name in written if name.startswith("rai:")} >= {
        "rai:dataCollection",
        "rai:dataBiases",
        "rai:dataLimitations",
        "rai:dataUseCases",
        "rai:personalSensitiveInformation",
    }


FULL = """\
datasheet:
  url: https://huggingface.co/datasets/someone/good
  creators: [{name: Someone, kind: person, url: "https://example.org"}]
  date_published: 2026-01-02
  cite_as: "@misc{good}"
"""


def test_a_corpus_with_a_full_datasheet_and_few_tables_gives_no_warning(corpus: Any) -> None:
    folder: Folder = corpus("good")
    folder.settings.write_text(folder.settings.read_text() + FULL)
    folder.card.write_text("---\nlanguage: en\n---\n# Good\n\n<!-- a note -->\n\n| a | b |\n\nA small corpus.\nIt is good.\n")
    build(folder)

    content = json.loads((folder.hub / "croissant.json").read_bytes())

    assert issues(folder.hub) == ""
    assert content["description"] == "A small corpus. It is good."
    assert content["creator"] == [{"@type": "sc:Person", "name": "Someone", "url": "https://example.org"}]
    assert (content["datePublished"], content["inLanguage"]) == ("2026-01-02", "en")
    assert content["distribution"][0]["contentUrl"] == "https://huggingface.co/datasets/someone/good"
    loaded = mlcroissant.Dataset(folder.hub / "croissant.json", mapping={"repo": folder.hub})
    assert len(list(loaded.records("documents"))) == len(folder.text_files())


def test_a_corpus_that_says_nothing_has_a_description_all_the_same(corpus: Any) -> None:
    folder: Folder = corpus("good")
    build(folder)

    content = json.loads((folder.hub / "croissant.json").read_bytes())

    assert content["description"] == f"The corpus {content['name']}."
    assert "rai:dataBiases" not in content
