"""`variorum agree` on a folder: figures and disagreements hang on no shard, worker, gold or cache."""

import shutil
from pathlib import Path

import pytest
from tests.conftest import copied

from variorum import shards
from variorum.agree import Asked, list_confusions, measure_agreement
from variorum.agreement.confusion import confusions
from variorum.build import build
from variorum.dataset.compared import figures_of, samples_of
from variorum.dataset.examined import examined, finished
from variorum.engines import Working
from variorum.folder import Folder
from variorum.inputs import read_inputs
from variorum.rebuild import rebuild
from variorum.schema.projects import PROJECTS


@pytest.fixture
def articles(repository: Path, tmp_path: Path) -> Folder:
    """The project's own corpus, as it is before anything is curated."""
    folder = copied(repository, tmp_path / "articles")
    for project in PROJECTS:
        folder.gold(project).path.unlink(missing_ok=True)
        folder.decisions(project).unlink(missing_ok=True)
    return folder


@pytest.mark.parametrize("shard", [shards.SHARD, 1], ids=["one shard", "a shard a document"])
def test_figures_and_disagreements_are_those_of_all_works_at_once(
    articles: Folder, monkeypatch: pytest.MonkeyPatch, shard: int
) -> None:
    inputs = read_inputs(articles)
    reviews = [read for project in PROJECTS for _, read in examined(inputs, inputs.tasks[project])]
    works = [work for read in reviews for work in finished(read, inputs.labels)]
    samples = samples_of(works, inputs.texts, inputs.settings.abbreviations)
    monkeypatch.setattr(shards, "SHARD", shard)

    found, errors = measure_agreement(articles, Asked())
    assert (found, errors) == (figures_of([samples], inputs.labels), [])
    assert len(found) > 200

    listed, errors = list_confusions(articles, Asked(), working=Working(2))
    assert (listed, errors) == (confusions(works, inputs.texts), [])
    assert len(listed) > 50


@pytest.mark.slow
def test_gold_and_what_a_build_left_change_no_figure(repository: Path, articles: Folder, tmp_path: Path) -> None:
    before = measure_agreement(articles, Asked())
    curated = copied(repository, tmp_path / "curated")
    rebuild(curated)

    assert measure_agreement(curated, Asked()) == before
    built = build(curated).tables["agreement", "full"].filter(metric="exact_f1", project="documents")
    told = {(each.round, each.annotators): each.value for each in before[0] if each.metric == "exact_f1"}
    assert all(
        told[round_, tuple(names)] == value for round_, names, value in built.select("round", "annotators", "value").rows()
    )


def test_a_round_and_a_kind_of_project_are_compared_alone(articles: Folder) -> None:
    found, errors = measure_agreement(articles, Asked(("claim_pairs",), "round2"))

    assert errors == []
    assert {(each.project, each.round) for each in found} == {("claim_pairs", "round2")}


def test_annotators_who_saw_each_other_are_compared_and_left_to_validation(articles: Folder) -> None:
    """What a lead wants to see before deciding whether a round was blind is how like each other its works are."""
    first, second = (articles.export_of("documents", "round1", name).path for name in ("a1", "a2"))
    shutil.copy(first, second)

    found, errors = measure_agreement(articles, Asked(("documents",), "round1"))
    assert errors == []
    assert {each.value for each in found if each.metric == "exact_f1" and not each.label} == {1.0}
