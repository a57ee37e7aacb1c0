"""`variorum publish` against the double, through the real clients: planned, committed at once, read back, tagged."""

import json
import re
import shutil
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest
from click.testing import CliRunner
from tests.hub.double import Client, Fault, Hub, Repo

from variorum.build import build
from variorum.cli import main
from variorum.folder import Folder
from variorum.publish import check_release
from variorum.report_formats import as_plain

CORPORA = Path(__file__).parent.parent / "corpora"
REPO = "org/news"
CARD = "---\nlicense: cc0-1.0\n---\n\n# News\n\n<!-- generated:rows -->\n<!-- /generated -->\n"


def git(folder: Folder, *arguments: str) -> None:
    own = ("-c", "user.name=a", "-c", "user.email=a@localhost")
    subprocess.run(["git", "-C", str(folder.root), *own, *arguments], check=True, capture_output=True)


def commit(folder: Folder) -> None:
    """Card, build and commit as they are to be for a release."""
    assert CliRunner().invoke(main, ["card", "--root", str(folder.root)]).exit_code == 0
    assert {each.rule for each in build(folder).findings} <= {"gold-missing"}
    git(folder, "add", "-A")
    git(folder, "commit", "-qm", "news")


def prepared(folder: Folder) -> Folder:
    """A corpus made ready for release: with a licence, built, committed."""
    folder.card.write_text(CARD, encoding="utf-8")
    (folder.root / ".gitignore").write_text("/build/\n", encoding="utf-8")
    git(folder, "init", "-qb", "main")
    commit(folder)
    return folder


def bare(folder: Folder) -> None:
    """Takes out all but one article that nobody has annotated: the smallest build there is."""
    first, second = folder.catalogue.read_text(encoding="utf-8").splitlines()
    folder.catalogue.write_text(f"{first}\n", encoding="utf-8")
    for path in [*folder.seed_files(), *folder.text_files()]:
        if path.stem == json.loads(second)["document_id"]:
            path.unlink()
    shutil.rmtree(folder.annotations)


@pytest.fixture(scope="module")
def annotated_once(tmp_path_factory: pytest.TempPathFactory) -> Folder:
    return prepared(Folder(Path(shutil.copytree(CORPORA / "good", tmp_path_factory.mktemp("publish") / "good"))))


@pytest.fixture(scope="module")
def news_once(tmp_path_factory: pytest.TempPathFactory) -> Folder:
    folder = Folder(Path(shutil.copytree(CORPORA / "good", tmp_path_factory.mktemp("publish") / "news")))
    bare(folder)
    return prepared(folder)


@pytest.fixture
def annotated(annotated_once: Folder, tmp_path: Path) -> Folder:
    """Two annotated articles that may be released."""
    return Folder(Path(shutil.copytree(annotated_once.root, tmp_path / "annotated")))


@pytest.fixture
def news(news_once: Folder, tmp_path: Path) -> Folder:
    """One bare article that may be released."""
    return Folder(Path(shutil.copytree(news_once.root, tmp_path / "news")))


def publish(client: Client, folder: Folder, *arguments: str) -> tuple[int, str, str]:
    done = client.run("-m", "variorum", "publish", REPO, "--root", str(folder.root), *arguments)
    assert "Traceback" not in done.stderr, done.stderr
    return done.returncode, done.stdout, done.stderr


def held(hub: Hub) -> dict[str, bytes]:
    """The files on the main branch, but for what the Hub writes itself."""
    return {name: content for name, content in hub.repos[REPO].at("main").files.items() if name != ".gitattributes"}


def built(folder: Folder) -> dict[str, bytes]:
    return {path.relative_to(folder.hub).as_posix(): path.read_bytes() for path in folder.hub.rglob("*") if path.is_file()}


@pytest.mark.slow
def test_a_first_release_is_one_commit_read_back_and_tagged(hub_double: Hub, client: Client, news: Folder) -> None:
    """By the command itself; the other tests fork theirs from a process that has imported what takes long."""
    command = [sys.executable, "-m", "variorum", "publish", REPO, "--root", str(news.root)]
    done = subprocess.run(command, env=client.env, capture_output=True, text=True, check=False)

    repo = hub_double.repos[REPO]
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("org/news: a new repository; ")
    assert done.stdout.endswith("org/news is at v1.0.0.\n")
    assert held(hub_double) == built(news)
    assert repo.visibility == "private"
    assert [each.title for each in repo.history()][:1] == ["Release v1.0.0"]
    assert repo.tags == {"v1.0.0": repo.branches["main"]}


def test_a_release_that_is_there_already_is_left_alone(hub_double: Hub, client: Client, news: Folder) -> None:
    publish(client, news)
    before = len(hub_double.mutations)

    code, told, _ = publish(client, news)

    assert (code, told) == (0, "org/news holds this release already.\norg/news is at v1.0.0.\n")
    assert len(hub_double.mutations) == before


@pytest.mark.slow
def test_a_later_release_takes_out_what_is_no_longer_there_in_the_same_commit(
    hub_double: Hub, lfs_client: Client, annotated: Folder
) -> None:
    publish(lfs_client, annotated)
    first = hub_double.repos[REPO].branches["main"]
    bare(annotated)
    settings = annotated.settings.read_text(encoding="utf-8")
    annotated.settings.write_text(settings.replace("version: 1.0.0", "version: 1.1.0"), encoding="utf-8")
    commit(annotated)
    code, _, said = publish(lfs_client, annotated)
    assert code == 1
    assert "[version-behind] The version 1.1.0 follows 1.0.0, and schema changed: it is at least 2.0.0." in said

    annotated.settings.write_text(settings.replace("version: 1.0.0", "version: 2.0.0"), encoding="utf-8")
    commit(annotated)
    code, told, _ = publish(lfs_client, annotated)

    repo = hub_double.repos[REPO]
    assert code == 0
    assert "\n  - entities/train-00000-of-00001.parquet\n" in told
    assert "\n  documents: train 2 -> 1\n" in told or "\n  documents: train 1 -> 1, test 1 -> 0\n" in told
    assert held(hub_double) == built(annotated)
    assert [each.title for each in repo.history()] == ["Release v2.0.0", "Release v1.0.0", "initial commit"]
    assert repo.tags == {"v1.0.0": first, "v2.0.0": repo.branches["main"]}


def test_a_dry_run_shows_the_plan_and_sends_nothing(hub_double: Hub, lfs_client: Client, news: Folder) -> None:
    code, told, _ = publish(lfs_client, news, "--dry-run")

    assert code == 0
    assert re.match(
        r"org/news: a new repository; \d+ files to add, 0 to change, 0 to delete; [\d,]+ bytes to send; tag v1.0.0\n", told
    )
    assert "  + manifest.json\n" in told
    assert "\n  documents: train 0 -> 1\n" in told
    assert told.endswith("Dry run: nothing was sent.\n")
    assert (hub_double.repos, hub_double.mutations) == ({}, [])


def test_public_is_explicit_and_comes_last(hub_double: Hub, lfs_client: Client, news: Folder) -> None:
    seen: list[str] = []
    hub_double.inject(Fault(method="POST", path="/tag/", call=lambda _: seen.append(hub_double.repos[REPO].visibility)))

    code, _, told = publish(lfs_client, news, "--public")

    assert code == 0
    assert seen == ["private"]
    assert hub_double.repos[REPO].visibility == "public"
    assert "Made public." in told
    publish(lfs_client, news)
    assert hub_double.repos[REPO].visibility == "public"
    publish(lfs_client, news, "--private")
    assert hub_double.repos[REPO].visibility == "private"


def test_somebody_else_s_commit_meanwhile_is_not_overwritten(hub_double: Hub, lfs_client: Client, news: Folder) -> None:
    hub_double.repos[REPO] = Repo(REPO)
    meanwhile = Fault(method="POST", path="/commit/", call=lambda _: hub_double.commit(REPO, {"theirs": b"1"}))
    hub_double.inject(meanwhile)

    code, _, told = publish(lfs_client, news)

    assert code == 2
    assert re.search(r"org/news has a new commit, [0-9a-f]{7}\. Run again to see what would change now\.", told)
    assert held(hub_double) == {"theirs": b"1"}
    assert hub_double.repos[REPO].tags == {}

    code, told, said = publish(lfs_client, news)
    assert code == 1
    assert "  - theirs\n" in told
    assert "[release-unrelated] org/news holds 1 files that are no release of good." in said
    assert held(hub_double) == {"theirs": b"1"}


def test_a_repository_that_appears_meanwhile_is_not_written_into(hub_double: Hub, lfs_client: Client, news: Folder) -> None:
    def theirs(_: object) -> None:
        hub_double.repos[REPO] = Repo(REPO)
        hub_double.commit(REPO, {"theirs": b"1"})

    hub_double.inject(Fault(method="POST", path="/repos/create", call=theirs))

    code, _, told = publish(lfs_client, news)

    assert code == 2
    assert "Somebody else has made org/news meanwhile." in told
    assert held(hub_double) == {"theirs": b"1"}


def test_a_file_of_no_release_is_not_deleted(hub_double: Hub, lfs_client: Client, news: Folder) -> None:
    publish(lfs_client, news)
    hub_double.commit(REPO, {"notes.txt": b"1"})

    code, _, told = publish(lfs_client, news)

    assert code == 1
    assert "notes.txt: [release-unrelated] 1 files in org/news are of no release." in told


def test_words_that_were_published_are_not_withheld_by_a_later_release(
    hub_double: Hub, lfs_client: Client, news: Folder
) -> None:
    publish(lfs_client, news)
    line = json.loads(news.catalogue.read_text(encoding="utf-8"))
    news.catalogue.write_text(json.dumps(line | {"redistribute": False}) + "\n", encoding="utf-8")
    settings = news.settings.read_text(encoding="utf-8")
    news.settings.write_text(settings.replace("version: 1.0.0", "version: 1.1.0"), encoding="utf-8")
    commit(news)

    code, _, told = publish(lfs_client, news, "--public")

    assert code == 1
    assert f"[withheld-in-history] The commit {hub_double.repos[REPO].tags['v1.0.0'][:7]} of org/news holds" in told
    assert hub_double.repos[REPO].visibility == "private"


@pytest.mark.parametrize("name", ["bad name", "a/b/c", "https://huggingface.co/datasets/org/news", "org/news.git", "news"])
def test_a_name_that_is_none_is_refused_at_once(lfs_client: Client, name: str) -> None:
    done = lfs_client.run("-m", "variorum", "publish", name)

    assert done.returncode == 2
    assert f"{name!r} is no name on the Hub; it is ORGANISATION/DATASET" in done.stderr


def test_a_tag_is_that_of_the_version(lfs_client: Client, news: Folder) -> None:
    code, _, told = publish(lfs_client, news, "--tag", "main")

    assert code == 2
    assert "The build is of v1.0.0." in told


def test_a_tag_that_names_another_release_keeps_everything_from_being_sent(
    hub_double: Hub, lfs_client: Client, news: Folder
) -> None:
    hub_double.repos[REPO] = Repo(REPO)
    hub_double.repos[REPO].tags["v1.0.0"] = hub_double.repos[REPO].branches["main"]

    code, _, told = publish(lfs_client, news)

    assert code == 1
    assert "[tag-taken] v1.0.0 names the commit" in told
    assert held(hub_double) == {}


def test_what_is_read_back_otherwise_is_not_tagged(hub_double: Hub, lfs_client: Client, news: Folder) -> None:
    hub_double.repos[REPO] = Repo(REPO)

    def damage(_: object) -> None:
        repo = hub_double.repos[REPO]
        tree = dict(repo.at().tree)
        tree["README.md"] = type(tree["README.md"])(b"# Another\n")
        repo.commits[-1].__dict__["tree"] = tree

    hub_double.inject(Fault(method="POST", path="/commit/", when="after", call=damage))

    code, _, told = publish(lfs_client, news)

    assert code == 1
    assert "README.md: [release-unlike]" in told
    assert "nothing was tagged" in told
    assert hub_double.repos[REPO].tags == {}


def test_a_build_that_changes_after_it_was_checked_is_not_tagged(hub_double: Hub, lfs_client: Client, news: Folder) -> None:
    hub_double.repos[REPO] = Repo(REPO)
    later = Fault(path="/revision/main", call=lambda _: (news.hub / "README.md").write_text("# Later\n", encoding="utf-8"))
    hub_double.inject(later)

    code, _, told = publish(lfs_client, news)

    assert code == 1
    assert "README.md: [release-unlike]" in told
    assert hub_double.repos[REPO].tags == {}


def test_without_a_token_or_the_right_to_write_it_says_so(hub_double: Hub, lfs_client: Client, news: Folder) -> None:
    del lfs_client.env["HF_TOKEN"]
    code, _, told = publish(lfs_client, news)
    assert (code, told.splitlines()[-1]) == (2, "Error: Nobody is logged in to the Hub. Run `hf auth login`, or set HF_TOKEN.")

    lfs_client.env["HF_TOKEN"] = next(token for token, right in hub_double.tokens.items() if right == "read")
    hub_double.repos[REPO] = Repo(REPO)
    code, out, told = publish(lfs_client, news)
    assert code == 2
    assert "Has the token write access to this repository?" in told
    assert lfs_client.env["HF_TOKEN"] not in out + told


def on_a_branch(folder: Folder) -> None:
    git(folder, "checkout", "-qb", "draft")
    git(folder, "commit", "-qm", "not yet merged", "--allow-empty")


def ignored(folder: Folder) -> None:
    (folder.root / ".gitignore").write_text("/build/\n/schema/\n", encoding="utf-8")
    git(folder, "rm", "-rq", "--cached", "schema")
    git(folder, "add", "-A")
    git(folder, "commit", "-qm", "ignored")


@pytest.mark.parametrize(
    ("spoil", "rule"),
    [
        (lambda folder: (folder.root / "news.md").write_text("x", encoding="utf-8"), "[state-uncommitted]"),
        (on_a_branch, "[state-unreviewed]"),
        (ignored, "[state-uncommitted]"),
        (lambda folder: shutil.rmtree(folder.root / ".git"), "[state-unversioned]"),
        (lambda folder: folder.card.write_text(CARD.replace("cc0-1.0", "other"), encoding="utf-8"), "[licence-open]"),
        (lambda folder: folder.card.write_text(CARD, encoding="utf-8"), "[card-stale]"),
        (lambda folder: (folder.hub / "README.md").write_text("x", encoding="utf-8"), "[build-stale]"),
        (lambda folder: shutil.rmtree(folder.hub), "[build-stale]"),
        (lambda folder: (folder.hub / "stray.txt").write_text("x", encoding="utf-8"), "[build-stale]"),
        (lambda folder: folder.settings.write_text("name: x\n", encoding="utf-8"), "[settings-malformed]"),
        (
            lambda folder: folder.settings.write_text(
                folder.settings.read_text("utf-8").replace("CC0-1.0", "unknown"), encoding="utf-8"
            ),
            "[licence-open]",
        ),
    ],
)
def test_what_may_not_be_released_is_refused_before_the_hub_is_asked(news: Folder, spoil: object, rule: str) -> None:
    assert callable(spoil)
    spoil(news)

    assert rule in as_plain(check_release(news, "main"))


def test_where_there_is_no_git_it_says_so(news: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")

    assert "[state-unversioned] git is not installed." in as_plain(check_release(news, "main"))


def test_what_is_committed_built_and_licensed_may_be_released(news: Folder) -> None:
    assert [each.rule for each in check_release(news, "main")] == ["gold-missing"]


LOADED = """
import json, sys
from datasets import load_dataset, get_dataset_config_names
told = {}
for config in get_dataset_config_names("org/news", revision="v1.0.0"):
    whole = load_dataset("org/news", config, revision="v1.0.0")
    streamed = load_dataset("org/news", config, revision="v1.0.0", streaming=True)
    told[config] = {split: [len(rows), sum(1 for _ in streamed[split])] for split, rows in whole.items()}
print(json.dumps(told))
"""
OFFLINE = """
import json, sys
from datasets import load_dataset
from huggingface_hub import snapshot_download
folder = snapshot_download("org/news", repo_type="dataset", revision="v1.0.0")
loaded = {config: load_dataset(folder, config) for config in sys.argv[1:]}
print(json.dumps({config: {split: len(rows) for split, rows in splits.items()} for config, splits in loaded.items()}))
"""


@pytest.mark.slow
def test_a_tag_loads_whole_as_a_stream_and_offline(hub_double: Hub, client: Client, annotated: Folder) -> None:
    publish(client, annotated)
    rows = json.loads((annotated.hub / "manifest.json").read_bytes())["rows"]

    assert client.python(LOADED) == {
        config: {split: [count, count] for split, count in splits.items()} for config, splits in rows.items()
    }
    client.python(OFFLINE, *rows)
    since = len(hub_double.log)
    client.env["HF_HUB_OFFLINE"] = "1"
    assert client.python(OFFLINE, *rows) == rows
    assert hub_double.log[since:] == []


@pytest.fixture(scope="module")
def older(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Python with `datasets` 3.6, the last that still reads datasets by scripts, as many keep it."""
    folder = tmp_path_factory.mktemp("older")
    uv = Path(sys.executable).parent / "uv"
    subprocess.run([uv, "venv", "--quiet", "--python", sys.executable, folder], check=True)
    python = folder / "bin" / "python"
    pins = [f"{name}=={version(name)}" for name in ("pyarrow", "huggingface-hub")]
    subprocess.run([uv, "pip", "install", "--quiet", "--python", python, "datasets==3.6.0", *pins], check=True)
    return python


@pytest.mark.server  # uv asks the package index
@pytest.mark.slow
def test_a_tag_loads_with_datasets_of_before_features_had_lists(
    hub_double: Hub, lfs_client: Client, annotated: Folder, older: Path
) -> None:
    publish(lfs_client, annotated)
    rows = json.loads((annotated.hub / "manifest.json").read_bytes())["rows"]

    done = subprocess.run([older, "-c", LOADED], env=lfs_client.env, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout.splitlines()[-1]) == {
        config: {split: [count, count] for split, count in splits.items()} for config, splits in rows.items()
    }
    assert hub_double.repos[REPO].tags


@pytest.mark.slow
def test_a_release_on_the_hub_is_compared_with_a_build(client: Client, annotated: Folder) -> None:
    def diff(*builds: str) -> tuple[int, str, str]:
        done = client.run("-m", "variorum", "diff", *builds)
        return done.returncode, done.stdout, done.stderr

    publish(client, annotated)
    assert diff("org/news@v1.0.0", str(annotated.hub), "--exit-code")[0] == 0

    export = annotated.export_of("documents", "round1", "a1").path
    export.write_text(export.read_text(encoding="utf-8").replace('["PERSON"]', '["ORG"]', 1), encoding="utf-8")
    code, told, _ = diff("org/news", str(annotated.root), "--exit-code")
    assert code == 1
    assert "1 mention relabelled: PERSON -> ORG" in told

    code, _, told = diff("org/none", str(annotated.hub))
    assert code == 2
    assert told.startswith("Error: There is no folder org/none here, and org/none cannot be had from the Hub: ")
    assert told.count("\n") == 1
