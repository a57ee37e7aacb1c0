"""A corpus straight from a project that somebody made on the real server for something else."""

import json
from pathlib import Path

import polars as pl
import pytest
from click.testing import CliRunner

from tests.label_studio.lead import Json, Studio
from variorum.cli import main
from variorum.folder import Folder

CONFIG = """<View>
  <Labels name="who" toName="words"><Label value="Person"/><Label value="Place"/></Labels>
  <Text name="words" value="$words"/>
  <Choices name="mood" toName="words"><Choice value="glad"/><Choice value="sad"/></Choices>
</View>"""
WORDS = "😀 Marie Curie moved to Paris.\r\nShe stayed."


def region(id_: str, words: str, label: str) -> Json:
    start = WORDS.index(words)
    value = {"start": start, "end": start + len(words), "text": words, "labels": [label]}
    return {"id": id_, "from_name": "who", "to_name": "words", "type": "labels", "value": value}


def mood(answer: str) -> Json:
    return {"id": "m", "from_name": "mood", "to_name": "words", "type": "choices", "value": {"choices": [answer]}}


def made_project(studio: Studio) -> int:
    described = {"title": "somebody's own", "label_config": CONFIG}
    project = int(studio.lead.post("/api/projects/", json=described).raise_for_status().json()["id"])
    tasks = [{"words": WORDS, "name": "curie"}, {"words": "Nobody came.", "name": "nobody"}]
    studio.lead.post(f"/api/projects/{project}/import", json=tasks).raise_for_status()
    listed = studio.get("/api/tasks/", project=project, fields="all")["tasks"]
    ids = {each["data"]["name"]: each["id"] for each in listed}
    studio.annotate(ids["curie"], [region("p", "Marie Curie", "Person"), region("q", "Paris", "Place"), mood("glad")])
    studio.draft(ids["nobody"], [mood("sad")])
    return project


def test_a_project_on_a_server_becomes_a_corpus(studio: Studio, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    project = made_project(studio)
    monkeypatch.setenv("LABEL_STUDIO_API_KEY", studio.access.token)
    folder = Folder(tmp_path / "made")

    made = CliRunner().invoke(main, ["new", str(folder.root), "--from-label-studio", studio.url, "--project", str(project)])
    built = CliRunner().invoke(main, ["build", "--root", str(folder.root)])

    assert (made.exit_code, built.exit_code) == (0, 0), made.output + built.output
    rows = pl.read_parquet(folder.hub / "who").sort("start")
    assert rows["text"].to_list() == ["Marie Curie", "Paris"]
    assert rows["document_id"].to_list() == ["curie", "curie"]
    assert pl.read_parquet(folder.hub / "annotations").height == 3 + 1  # the draft's choice too
    assert [path.name for path in folder.annotation_files()] == ["a1.json"]
    (first,) = [each for each in json.loads(folder.annotation_files()[0].read_bytes()) if each["annotations"]]
    assert first["data"]["text"] == WORDS


def test_a_project_that_is_not_there(studio: Studio, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LABEL_STUDIO_API_KEY", studio.access.token)

    wrong = CliRunner().invoke(main, ["new", str(tmp_path / "made"), "--from-label-studio", studio.url, "--project", "987654"])

    assert (wrong.exit_code, "no longer has what was asked for" in wrong.output) == (2, True)
    assert not (tmp_path / "made").exists()
