"""The double of the Hub, held against the real clients: what they do with it, and how they see it fail."""

import re
from collections.abc import Callable
from hashlib import sha256
from io import BytesIO
from pathlib import Path

import httpx
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from tests.hub.double import Client, Fault, Hub, Repo

NAME = "corpora/example"
ClientOf = Callable[[Hub, bool], Client]
CARD = b"---\nconfigs:\n- config_name: words\n  data_files: [{split: train, path: 'words/*.parquet'}]\n---\n# Words\n"
LARGE = bytes(range(256)) * 300
PRELUDE = """
import json, sys
from huggingface_hub import CommitOperationAdd as Add, CommitOperationDelete as Delete, HfApi, snapshot_download
from huggingface_hub.errors import HfHubHTTPError
api, name, kind = HfApi(), "corpora/example", "dataset"
LARGE = bytes(range(256)) * 300
def commit(*operations, **more):
    return api.create_commit(name, operations, commit_message="release", repo_type=kind, **more).oid
def said(act):
    try:
        return act() and "done"
    except HfHubHTTPError as error:
        return error.response.status_code
    except Exception as error:
        return type(error).__name__
"""
CREATE = PRELUDE + "api.create_repo(name, repo_type=kind)\n"


def parquet() -> bytes:
    out = BytesIO()
    pq.write_table(pa.table({"word": ["alpha", "beta"], "count": [1, 2]}), out)
    return out.getvalue()


@pytest.fixture
def published(hub_double: Hub) -> Hub:
    """A release with its tag, put there without a request."""
    hub_double.repos[NAME] = Repo(NAME)
    oid = hub_double.commit(NAME, {"README.md": CARD, "words/train.parquet": parquet()}).oid
    hub_double.repos[NAME].tags["v1"] = oid
    return hub_double


def test_a_repository_is_created_once_with_its_visibility(hub_double: Hub, lfs_client: Client) -> None:
    script = """
first = api.create_repo(name, repo_type=kind, private=True)
print(json.dumps([str(first), said(lambda: api.create_repo(name, repo_type=kind)),
    str(api.create_repo(name, repo_type=kind, exist_ok=True)), api.whoami()["name"], api.dataset_info(name).private,
    said(lambda: HfApi(token=False).dataset_info(name)), said(lambda: HfApi(token="hf_other").dataset_info(name)),
    said(lambda: HfApi(token="hf_reader").create_tag(name, tag="v1", repo_type=kind)),
    said(lambda: api.dataset_info("corpora/none")), said(lambda: api.dataset_info(name, revision="none"))]))
api.update_repo_settings(name, repo_type=kind, visibility="public", gated="manual")
"""
    shown = lfs_client.python(PRELUDE + script)

    url = f"{hub_double.endpoint}/datasets/{NAME}"
    assert shown == [url, 409, url, "double", True, 401, 401, 403, 404, 404]
    assert (hub_double.repos[NAME].visibility, hub_double.repos[NAME].gated) == ("public", "manual")
    assert [commit.title for commit in hub_double.repos[NAME].commits] == ["initial commit"]


def test_a_commit_holds_small_and_large_files(hub_double: Hub, client: Client) -> None:
    script = """
oid = commit(Add("README.md", b"# Hello"), Add("a/large.parquet", LARGE), Add("a/b/c.txt", b"c"), Add("empty", b""))
again = commit(Add("README.md", b"# Hello"), Add("a/large.parquet", LARGE))
print(json.dumps([oid, again, [c.title for c in api.list_repo_commits(name, repo_type=kind)]]))
"""
    oid, again, titles = client.python(CREATE + script)

    repo = hub_double.repos[NAME]
    files = {"README.md": b"# Hello", "a/large.parquet": LARGE, "a/b/c.txt": b"c", "empty": b""}
    assert repo.at().files == {".gitattributes": repo.commits[0].files[".gitattributes"], **files}
    assert repo.at().oid == oid == again
    assert titles == ["release", "initial commit"]
    assert [path for path, blob in repo.at().tree.items() if blob.large] == ["a/large.parquet"]
    by_xet = "HF_HUB_DISABLE_XET" not in client.env
    assert (repo.at().tree["a/large.parquet"].xet_hash is not None) is by_xet
    assert any(request.origin == "storage" for request in hub_double.log) is not by_xet


def test_large_files_may_go_ahead_of_their_commit(hub_double: Hub, client: Client, tmp_path: Path) -> None:
    for number in range(3):
        (tmp_path / f"{number}.parquet").write_bytes(LARGE * (number + 1))
    script = """
adds = [Add(f"{n}.parquet", f"{sys.argv[1]}/{n}.parquet") for n in range(3)]
api.preupload_lfs_files(name, adds, repo_type=kind)
before = len(api.list_repo_commits(name, repo_type=kind))
commit(*adds)
print(before)
"""
    assert client.python(CREATE + script, str(tmp_path)) == 1

    found = hub_double.repos[NAME].at().files
    assert [len(found[f"{number}.parquet"]) for number in range(3)] == [len(LARGE) * times for times in (1, 2, 3)]
    assert [request.path for request in hub_double.log if request.method == "POST"][-1].endswith("/commit/main")


def test_a_pointer_to_nothing_is_refused_and_nothing_changes(hub_double: Hub, lfs_client: Client) -> None:
    script = """
lost = Add("lost.parquet", LARGE)
lost._is_uploaded, lost._upload_mode = True, "lfs"
card = Add("README.md", b"---\\na: [\\n---\\n")
print(json.dumps([said(lambda: commit(Add("a.txt", b"a"), lost)), said(lambda: commit(card))]))
"""
    assert lfs_client.python(CREATE + script) == [400, "ValueError"]
    assert list(hub_double.repos[NAME].at().tree) == [".gitattributes"]


def test_a_stale_parent_is_refused_and_deletions_are_part_of_a_commit(hub_double: Hub, lfs_client: Client) -> None:
    script = """
first = commit(Add("keep", b"1"), Add("go", b"2"), Add("folder/a", b"3"), Add("folder/b", b"4"))
second = commit(Delete("go"), Delete("folder/"), Add("new", b"5"), parent_commit=first)
print(json.dumps([said(lambda: commit(Add("late", b"6"), parent_commit=first)), said(lambda: commit(Delete("none"))),
    second == api.dataset_info(name).sha]))
"""
    assert lfs_client.python(CREATE + script) == [412, 404, True]
    assert list(hub_double.repos[NAME].at().tree) == [".gitattributes", "keep", "new"]


def test_the_tree_is_listed_in_pages_whole_or_a_folder(hub_double: Hub, client: Client) -> None:
    hub_double.page_size = 3
    script = """
commit(*(Add(f"a/b/{n}.txt", b"%d" % n) for n in range(5)), Add("a/large.parquet", LARGE))
tree = lambda *a, **k: list(api.list_repo_tree(name, *a, repo_type=kind, **k))
large = api.get_paths_info(name, ["a/large.parquet", "none", "a/b"], repo_type=kind)
print(json.dumps([[e.path for e in tree(recursive=True)], [e.path for e in tree()], [e.path for e in tree("a")],
    said(lambda: tree("none")), [e.path for e in large], large[0].lfs.sha256, large[0].size, bool(large[0].xet_hash)]))
"""
    whole, top, folder, missing, asked, digest, size, by_xet = client.python(CREATE + script)

    numbers = [f"a/b/{number}.txt" for number in range(5)]
    assert whole == [".gitattributes", "a", "a/b", *numbers, "a/large.parquet"]
    assert (top, folder, missing) == ([".gitattributes", "a"], ["a/b", "a/large.parquet"], 404)
    assert asked == ["a/large.parquet", "a/b"]
    assert (digest, size) == (sha256(LARGE).hexdigest(), len(LARGE))
    assert by_xet is ("HF_HUB_DISABLE_XET" not in client.env)


def test_a_tag_is_made_once_and_branches_are_apart(hub_double: Hub, lfs_client: Client) -> None:
    script = """
oid = commit(Add("a", b"1"))
api.create_tag(name, tag="v1", revision=oid, repo_type=kind)
api.create_branch(name, branch="next/one", revision="v1", repo_type=kind)
commit(Add("a", b"2"), revision="next/one")
refs = api.list_repo_refs(name, repo_type=kind)
print(json.dumps([said(lambda: api.create_tag(name, tag="v1", repo_type=kind)), [t.name for t in refs.tags],
    [b.name for b in refs.branches], refs.tags[0].target_commit == oid, said(lambda: api.create_tag(name, tag="v2",
    revision="none", repo_type=kind)), said(lambda: api.create_branch(name, branch="main", repo_type=kind))]))
api.delete_branch(name, branch="next/one", repo_type=kind)
"""
    assert lfs_client.python(CREATE + script) == [409, ["v1"], ["main", "next/one"], True, 404, 409]
    repo = hub_double.repos[NAME]
    assert (repo.at("v1").files["a"], repo.at().files["a"], repo.commits[-1].files["a"]) == (b"1", b"1", b"2")
    assert set(repo.branches) == {"main"}


def test_a_tag_is_downloaded_and_its_checksums_verified(client: Client) -> None:
    script = """
oid = commit(Add("README.md", b"# Hello"), Add("a/large.parquet", LARGE))
api.create_tag(name, tag="v1", repo_type=kind)
commit(Add("README.md", b"# Later"))
folder = snapshot_download(name, repo_type=kind, revision="v1", local_dir=sys.argv[1])
def verified():
    found = api.verify_repo_checksums(name, repo_type=kind, revision="v1", local_dir=folder)
    return [found.checked_count, len(found.mismatches), found.missing_paths, found.extra_paths]
right = verified()
open(folder + "/README.md", "w").write("other")
print(json.dumps([right, verified()]))
"""
    folder = Path(client.env["HF_HOME"]) / "downloaded"

    right, wrong = client.python(CREATE + script, str(folder))

    assert (right, wrong) == ([3, 0, [], []], [3, 1, [], []])
    assert (folder / "a" / "large.parquet").read_bytes() == LARGE


def test_what_one_way_uploads_the_other_downloads(hub_double: Hub, lfs_client: Client, xet_client: Client) -> None:
    xet_client.python(CREATE + 'commit(Add("x.parquet", LARGE))')
    lfs_client.python(PRELUDE + 'commit(Add("l.parquet", LARGE + b"l"))')
    script = """
folder = snapshot_download(name, repo_type=kind)
print(json.dumps([len(open(f"{folder}/{n}.parquet", "rb").read()) for n in "xl"]))
"""
    assert lfs_client.python(PRELUDE + script) == xet_client.python(PRELUDE + script) == [len(LARGE), len(LARGE) + 1]
    assert hub_double.repos[NAME].at().tree["x.parquet"].xet_hash


def test_datasets_loads_a_tag_whole_and_as_a_stream(published: Hub, client: Client) -> None:
    published.commit(NAME, {"words/train.parquet": b"no longer parquet"})
    script = """
import json, os
from datasets import load_dataset
whole = load_dataset("corpora/example", "words", revision="v1", split="train")
stream = load_dataset("corpora/example", "words", revision="v1", split="train", streaming=True)
print(json.dumps([list(whole), list(stream)]), flush=True)
os._exit(0)  # pyarrow at times aborts when it is torn down with a stream open
"""
    rows = [{"word": "alpha", "count": 1}, {"word": "beta", "count": 2}]
    assert client.python(script) == [rows, rows]


def test_faults_strike_before_or_after_the_effect(hub_double: Hub, lfs_client: Client) -> None:
    """Tags are asked for without any retry, so that each fault is seen as it is and by what it left."""
    hub_double.inject(
        Fault(nth=1, path="/tag/", status=500),
        Fault(nth=2, path="/tag/", status=503, when="after"),
        Fault(nth=3, path="/tag/", status=429, headers={"Retry-After": "1"}),
        Fault(nth=4, path="/tag/", status=412),
        Fault(nth=5, path="/tag/", cut=True),
        Fault(nth=6, path="/tag/", cut=True, when="after"),
        Fault(nth=7, path="/tag/", cut=True, when="in_request"),
        Fault(nth=8, path="/tag/", cut=True, when="in_answer"),
        Fault(nth=9, path="/tag/", hang=0.3),
        Fault(nth=10, times=2, path="/tag/", status=500, when="after"),
    )
    script = """
def tag(n): api.create_tag(name, tag=f"t{n}", repo_type=kind); return True
print(json.dumps([said(lambda: tag(n)) for n in range(1, 13)]))
"""
    shown = lfs_client.python(CREATE + script)

    assert shown[:4] == [500, 503, 429, 412]
    assert set(shown[4:8]) <= {"RemoteProtocolError", "ReadError", "WriteError"}
    assert shown[8:] == ["done", 500, 500, "done"]
    assert list(hub_double.repos[NAME].tags) == ["t2", "t6", "t8", "t9", "t10", "t11", "t12"]
    assert [request.status for request in hub_double.log if "/tag/" in request.path][4:9] == [None, None, None, 200, 200]


def test_a_commit_that_took_effect_unseen_is_there(hub_double: Hub, client: Client) -> None:
    hub_double.inject(Fault(method="POST", path="/commit/", status=503, when="after"))
    script = 'print(json.dumps([said(lambda: commit(Add("a.parquet", LARGE))), api.dataset_info(name).sha]))'

    status, head = client.python(CREATE + script)

    assert status == 503
    assert head == hub_double.repos[NAME].at().oid
    assert hub_double.repos[NAME].at().files["a.parquet"] == LARGE


def test_each_mutating_request_can_be_struck_in_turn(new_hub: Callable[[], Hub], client_of: ClientOf) -> None:
    script = CREATE + 'commit(Add("a.parquet", LARGE))\napi.create_tag(name, tag="v1", repo_type=kind)'
    hub = new_hub()
    client_of(hub, False).python(script)
    asked = [re.split("/+", request.path)[-2] for request in hub.mutations]

    assert asked == ["repos", "large", "commit", "tag"]
    for nth in range(1, len(asked) + 1):
        hub = new_hub()
        hub.inject(Fault(mutates=True, nth=nth, status=403))
        done = client_of(hub, False).run("-c", script)
        assert (done.returncode, hub.log[-1].status) == (1, 403)
        assert [re.split("/+", request.path)[-2] for request in hub.mutations] == asked[:nth]


def test_a_download_cut_in_the_middle_is_begun_again_by_the_client(published: Hub, lfs_client: Client) -> None:
    published.inject(Fault(method="GET", path="/large/", cut=True, when="in_answer"))
    script = 'print(len(open(snapshot_download(name, repo_type=kind) + "/words/train.parquet", "rb").read()))'

    assert lfs_client.python(PRELUDE + script) == len(parquet())
    assert [request.status for request in published.log if "/large/" in request.path] == [200, 200]


def test_an_upload_cut_in_the_middle_is_begun_again_by_the_client(hub_double: Hub, lfs_client: Client) -> None:
    hub_double.inject(Fault(method="PUT", path="/large/", cut=True, when="in_request"))

    lfs_client.python(CREATE + 'commit(Add("a.parquet", LARGE * 100))')

    assert [request.status for request in hub_double.log if "/large/" in request.path] == [None, 200]
    assert hub_double.repos[NAME].at().files["a.parquet"] == LARGE * 100


@pytest.mark.parametrize("lost", [False, True])
def test_the_client_can_be_killed_at_a_request(hub_double: Hub, lfs_client: Client, lost: bool) -> None:
    """With the request lost, or with its effect, which a server has whether or not someone waits for the answer."""
    hub_double.inject(Fault(path="/commit/", call=lfs_client.kill, cut=lost))

    done = lfs_client.run("-c", CREATE + 'commit(Add("a", b"1"))')

    assert done.returncode == -9
    assert ("a" in hub_double.repos[NAME].at().tree) is not lost


def test_someone_else_can_commit_first(hub_double: Hub, lfs_client: Client) -> None:
    hub_double.inject(Fault(path="/commit/", call=lambda _: hub_double.commit(NAME, {"theirs": b"1"})))
    script = """
head = api.dataset_info(name).sha
print(json.dumps(said(lambda: commit(Add("ours", b"2"), parent_commit=head))))
"""
    assert lfs_client.python(CREATE + script) == 412
    assert list(hub_double.repos[NAME].at().tree) == [".gitattributes", "theirs"]


def test_the_clients_see_no_other_hub(hub_double: Hub, client_of: ClientOf, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.setenv("https_proxy", "http://127.0.0.1:9")

    env = client_of(hub_double, True).env

    assert not {"HF_HUB_OFFLINE", "https_proxy", "HF_HUB_DISABLE_XET"} & set(env)


def test_ranges_are_answered_as_readers_of_parquet_ask(published: Hub) -> None:
    url = f"{published.endpoint}/datasets/{NAME}/resolve/v1/README.md"

    def part(wanted: str) -> tuple[int, bytes]:
        answer = httpx.get(url, headers={"Range": f"bytes={wanted}"})
        return answer.status_code, answer.content

    assert [part("0-2"), part("4-6"), part("-2"), part(f"{len(CARD) - 3}-")] == [
        (206, b"---"),
        (206, CARD[4:7]),
        (206, CARD[-2:]),
        (206, CARD[-3:]),
    ]


def test_a_fault_that_makes_no_sense_is_refused() -> None:
    with pytest.raises(ValueError, match="no longer than a second"):
        Fault(hang=2)
    with pytest.raises(ValueError, match="only be cut"):
        Fault(when="in_answer", status=500)
    with pytest.raises(ValueError, match="does nothing"):
        Fault(nth=3)
