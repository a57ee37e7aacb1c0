"""The built folder through the real `datasets`: every config and split, typed and right, also streaming."""

from collections.abc import Iterator
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml
from datasets import ClassLabel, Features, List, Value, get_dataset_config_names, load_dataset
from datasets.utils.logging import disable_progress_bar

from variorum.build import build
from variorum.folder import Folder
from variorum.hub.parquet import write_parquet
from variorum.schema.contract import columns
from variorum.schema.labels import Labels, read_labels
from variorum.schema.tables import TABLES

Json = dict[str, Any]
SPLITS = ("train", "validation", "test")


@pytest.fixture(scope="module", autouse=True)
def quiet_and_apart(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    disable_progress_bar()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("datasets.config.HF_DATASETS_CACHE", tmp_path_factory.mktemp("cache"))
        patch.setattr("datasets.config.HF_HUB_OFFLINE", True)
        yield


@pytest.fixture(scope="module")
def labels(repository: Path) -> Labels:
    return read_labels((repository / "schema" / "labels.yaml").read_bytes(), "labels.yaml")[0]


def rows(hub: Path, config: str) -> list[Json]:
    """All rows of a config, splits together."""
    return [row for split in load_dataset(str(hub), config).values() for row in split]


def test_every_table_is_a_config(hub: Path) -> None:
    assert get_dataset_config_names(str(hub)) == list(TABLES)


def test_documents_is_the_default_config(hub: Path) -> None:
    assert load_dataset(str(hub))["test"][0]["document_id"] == "004_78485a8877b098dc"


@pytest.mark.parametrize("config", TABLES)
def test_columns_and_closed_sets_come_through(hub: Path, labels: Labels, config: str) -> None:
    features = next(iter(load_dataset(str(hub), config).values())).features

    declared = columns(TABLES[config], labels)
    assert list(features) == [column.name for column in declared]
    for column in declared:
        for path, names in column.closed.items():
            assert _at(features[column.name], path) == ClassLabel(names=list(names))


def _at(feature: Any, path: str) -> Any:
    for part in path.split(".") if path else ():
        feature = feature.feature if part == "item" else feature[part]
    return feature


@pytest.mark.parametrize("config", TABLES)
def test_streaming_gives_the_same_rows_and_features(hub: Path, config: str) -> None:
    loaded = load_dataset(str(hub), config)

    for split, streamed in load_dataset(str(hub), config, streaming=True).items():
        assert list(streamed) == list(loaded[split])
        assert streamed.features == loaded[split].features


def test_dates_structs_and_lists_are_typed(hub: Path) -> None:
    documents = load_dataset(str(hub), "documents", split="train")

    assert documents[0]["source_date"] == date(2023, 11, 7)
    assert documents.features["source_date"] == Value("date32")
    assert documents.features["sentences"] == List({"start": Value("int32"), "end": Value("int32")})
    assert load_dataset(str(hub), "annotations", split="train").features["updated_at"] == Value("timestamp[us, tz=UTC]")


@pytest.mark.parametrize("config", ["ner", "entities", "claims", "claim_detection"])
def test_every_row_slices_exactly_out_of_its_text(hub: Path, config: str) -> None:
    texts = {row["document_id"]: row["text"] for row in rows(hub, "documents")}

    found = rows(hub, config)

    assert found
    assert all(texts[row["document_id"]][row["start"] : row["end"]] == row["text"] for row in found)


def test_every_token_slices_exactly_and_has_one_tag(hub: Path) -> None:
    texts = {row["document_id"]: row["text"] for row in rows(hub, "documents")}

    for row in rows(hub, "ner"):
        text = texts[row["document_id"]]
        assert [text[a:b] for a, b in zip(row["token_starts"], row["token_ends"], strict=True)] == row["tokens"]
        assert len(row["ner_tags"]) == len(row["tokens"])


def test_tags_agree_with_the_outermost_mentions(hub: Path, labels: Labels) -> None:
    features = load_dataset(str(hub), "ner", split="test").features
    tag_names, type_names = features["ner_tags"].feature.names, labels["entity_type"].names

    for row in rows(hub, "ner"):
        outer = [a for a in row["mentions"] if not any(_inside(a, b) for b in row["mentions"])]
        begun = [
            (start, tag_names[tag][2:])
            for start, tag in zip(row["token_starts"], row["ner_tags"], strict=True)
            if tag_names[tag].startswith("B-")
        ]
        assert begun == [(each["start"], type_names[each["type"]]) for each in outer]


def _inside(inner: Json, outer: Json) -> bool:
    return inner != outer and outer["start"] <= inner["start"] and inner["end"] <= outer["end"]


def test_a_rebuild_with_one_label_changed_never_loads_stale_rows(corpus: Any) -> None:
    folder: Folder = corpus("good")
    build(folder)
    before = load_dataset(str(folder.hub), "entities", split="train")
    names = before.features["type"].names

    export = folder.annotations / "documents" / "round1" / "a1.json"
    export.write_text(export.read_text().replace('"text": "Oslo", "labels": ["GPE"]', '"text": "Oslo", "labels": ["ORG"]'))
    build(folder)
    after = load_dataset(str(folder.hub), "entities", split="train")

    assert [names[row["type"]] for row in before if row["text"] == "Oslo"] == ["GPE"]
    assert [names[row["type"]] for row in after if row["text"] == "Oslo"] == ["ORG"]


def test_each_config_is_described_by_a_digest_of_its_content(hub: Path) -> None:
    """What keys the local cache of `datasets` when a relabelled build has the same counts and sizes as the one before."""
    head = yaml.safe_load((hub / "README.md").read_text(encoding="utf-8").split("---\n")[1])

    for config in head["configs"]:
        files = [f"{config['config_name']}/{part['split']}-00000-of-00001.parquet" for part in config["data_files"]]
        digests = "".join(sha256((hub / file).read_bytes()).hexdigest() for file in files)
        assert config["description"].endswith(f"Content sha256 {sha256(digests.encode()).hexdigest()}")


def test_a_config_without_rows_in_a_split_has_no_such_split(corpus: Any) -> None:
    folder: Folder = corpus("good")
    catalogue = folder.catalogue.read_text().splitlines()
    folder.catalogue.write_text("\n".join([catalogue[0], catalogue[1].replace('"split":"train"', '"split":"test"')]) + "\n")
    export = folder.annotations / "documents" / "round1" / "a1.json"
    written = export.read_text()
    relation = '{"from_id": "m4", "to_id": "m3", "type": "relation", "direction": "right", "labels": ["part_of"]},\n'
    export.write_text(written.replace(relation, ""))
    assert export.read_text() != written
    build(folder)

    assert set(load_dataset(str(folder.hub), "relations")) == {"train"}
    assert set(load_dataset(str(folder.hub), "entities")) == {"train", "test"}


def test_the_parquet_metadata_alone_gives_the_same_features(hub: Path) -> None:
    """Without the README, as DuckDB users or `load_dataset("parquet")` read it."""
    for config in TABLES:
        file = str(min((hub / config).iterdir()))
        alone = load_dataset("parquet", data_files=file, split="train").features
        assert alone == Features(next(iter(load_dataset(str(hub), config).values())).features)


def test_files_are_packed_and_indexed_for_the_hub(hub: Path) -> None:
    for path in hub.glob("*/*.parquet"):
        column = pq.read_metadata(path).row_group(0).column(0)
        assert (column.compression, column.has_column_index, column.has_offset_index) == ("ZSTD", True, True)


def test_a_row_put_in_front_leaves_later_pages_as_they_were(tmp_path: Path) -> None:
    """Content-defined chunks: the Hub stores the pages that changed, not the whole file."""
    numbers = [f"{number} {number * 7919 % 104729}" for number in range(150_000)]

    def chunks(name: str, values: list[str]) -> list[bytes]:
        path = tmp_path / name
        write_parquet(pa.table({"text": pa.array(values)}), path)
        content = path.read_bytes()
        return [content[at : at + 64] for at in range(len(content) - 64)]

    before, after = chunks("before.parquet", numbers), chunks("after.parquet", ["first", *numbers])

    shared = len(set(before) & set(after)) / len(set(after))
    assert shared > 0.5
