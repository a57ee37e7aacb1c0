"""What the Hub does at each of its addresses that a publisher or a reader of a dataset comes to."""

import json
import re
from base64 import b64decode
from collections.abc import Callable, MutableMapping
from dataclasses import dataclass
from email.message import Message
from functools import cached_property
from hashlib import sha1
from typing import TYPE_CHECKING, Any, Literal, NamedTuple
from urllib.parse import parse_qs, unquote, urlencode

import yaml
from tests.hub.double import xet
from tests.hub.double.state import Blob, Commit, Repo, is_large
from tests.hub.double.wire import Answer, Json, answered, paged, ranged, refuse

if TYPE_CHECKING:
    from tests.hub.double.hub import Hub

_API = "/api/datasets/{id}"
_PARTS = {"id": "[^/]+/[^/]+", "rev": "[^/]+", "path": ".+", "oid": "[0-9a-f]{64}"}
Right = Literal["read", "write"]


@dataclass(frozen=True)
class Call:
    """A request as a route sees it: the parts of the address, who asks, and what was sent."""

    hub: "Hub"
    parts: dict[str, str]
    path: str
    query: str
    headers: "Message[str, str]"
    body: bytes

    def admit(self, right: Right) -> None:
        if self.token and self.token not in self.hub.tokens:
            raise refuse(401, "Invalid credentials in Authorization header")
        if right == "write" and not self.token:
            raise refuse(401, "Invalid username or password.")
        if right == "write" and self.hub.tokens[self.token] != "write":
            raise refuse(403, "You don't have the rights to write here")

    @property
    def token(self) -> str:
        return (self.headers.get("Authorization") or "").removeprefix("Bearer ")

    @property
    def repo(self) -> Repo:
        """A private repository is, for who may not see it, none."""
        repo = self.hub.repos.get(self.parts["id"])
        if repo and (self.token or repo.visibility == "public"):
            return repo
        raise (
            refuse(404, "Repository not found", "RepoNotFound")
            if self.token
            else refuse(401, "Invalid username or password.", "RepoNotFound")
        )

    @property
    def commit(self) -> Commit:
        return self.commit_at(self.parts.get("rev", "main"))

    def commit_at(self, revision: str) -> Commit:
        try:
            return self.repo.at(revision)
        except KeyError:
            raise refuse(404, f"Invalid rev id: {revision}", "RevisionNotFound") from None

    @cached_property
    def asked(self) -> dict[str, str]:
        return {name: values[-1] for name, values in parse_qs(self.query).items()}

    @cached_property
    def sent(self) -> Json:
        value: Json = json.loads(self.body or b"{}")
        return value

    def page(self, items: list[Json]) -> Answer:
        others = urlencode({name: value for name, value in self.asked.items() if name != "cursor"})
        url = f"{self.hub.endpoint}{self.path}?{others}&cursor="
        return paged(items, int(self.asked.get("cursor", 0)), self.hub.page_size, url)


Act = Callable[[Call], Answer]


class Route(NamedTuple):
    origin: str
    method: str
    pattern: str
    right: Right
    mutates: bool
    act: Act


_ROUTES: list[Route] = []


def find(origin: str, method: str, path: str) -> tuple[Route, dict[str, str]] | None:
    """The route of a request with the parts of its address; a revision may have escaped slashes in it."""
    for route in _ROUTES:
        match = re.fullmatch(route.pattern, path)
        if match and route.origin == origin and re.fullmatch(route.method, method):
            return route, {name: unquote(part) for name, part in match.groupdict().items() if part}
    return None


def _on(
    method: str, address: str, *, right: Right = "read", mutates: bool = False, origin: str = "hub"
) -> Callable[[Act], Act]:
    """A change takes the right to write; the storage's addresses are signed, and who has one has the right."""
    right = "write" if mutates and origin == "hub" else right

    def register(act: Act) -> Act:
        pattern = re.sub(r"\{(\w+)\}", lambda part: f"(?P<{part[1]}>{_PARTS[part[1]]})", address)
        _ROUTES.append(Route(origin, method, pattern, right, mutates, act))
        return act

    return register


@_on("GET", "/api/whoami-v2")
def _whoami(call: Call) -> Answer:
    if not call.token:
        raise refuse(401, "Invalid username or password.")
    auth = {"type": "access_token", "accessToken": {"displayName": "test", "role": call.hub.tokens[call.token]}}
    return answered({"type": "user", "name": "double", "fullname": "Double", "orgs": [], "auth": auth})


@_on("POST", "/api/validate-yaml")
def _validate_yaml(call: Call) -> Answer:
    errors = _card_errors(call.sent["content"])
    return answered({"errors": errors, "warnings": []}, 400 if errors else 200)


def _card_errors(card: str) -> list[Json]:
    head = re.match(r"---\r?\n(.*?)^---\s*$", card, re.DOTALL | re.MULTILINE)
    try:
        value = yaml.safe_load(head[1]) if head else {}
    except yaml.YAMLError as error:
        return [{"message": f"YAML: {error}"}]
    return [] if isinstance(value, dict) else [{"message": '"metadata" must be of type object'}]


@_on("POST", "/api/repos/create", mutates=True)
def _create(call: Call) -> Answer:
    if call.sent.get("type") != "dataset":
        raise refuse(400, "the double holds datasets only")
    name = f"{call.sent.get('organization') or 'double'}/{call.sent['name']}"
    url = f"{call.hub.endpoint}/datasets/{name}"
    if name in call.hub.repos:
        return answered({"error": "You already created this dataset repo", "url": url}, 409)
    call.hub.repos[name] = Repo(name, call.sent.get("visibility", "public"))
    return answered({"url": url, "name": name, "id": name})


@_on("DELETE", "/api/repos/delete", mutates=True)
def _delete(call: Call) -> Answer:
    name = f"{call.sent.get('organization') or 'double'}/{call.sent['name']}"
    if call.hub.repos.pop(name, None) is None:
        raise refuse(404, "Repository not found", "RepoNotFound")
    return Answer(200, b"OK")


@_on("PUT", f"{_API}/settings", mutates=True)
def _settings(call: Call) -> Answer:
    call.repo.gated = call.sent.get("gated", call.repo.gated)
    call.repo.visibility = call.sent.get("visibility", call.repo.visibility)
    return answered({"gated": call.repo.gated, "visibility": call.repo.visibility})


@_on("GET", f"{_API}(/revision/{{rev}})?")
def _info(call: Call) -> Answer:
    repo, commit = call.repo, call.commit
    about = {"_id": repo.name, "id": repo.name, "author": repo.name.split("/")[0], "sha": commit.oid, "tags": []}
    shown = {"private": repo.visibility == "private", "gated": repo.gated, "disabled": False}
    files = [{"rfilename": path} for path in commit.tree]
    return answered({**about, **shown, "lastModified": _date(commit), "createdAt": _date(repo.commits[0]), "siblings": files})


def _date(commit: Commit) -> str:
    return commit.date.strftime("%Y-%m-%dT%H:%M:%S.000Z")


@_on("GET", f"{_API}/tree/{{rev}}(/{{path}})?")
def _tree(call: Call) -> Answer:
    commit, folder = call.commit, call.parts.get("path", "").rstrip("/")
    if folder and folder not in commit.folders:
        raise refuse(404, f"{folder} does not exist on {commit.oid}", "EntryNotFound")
    below = f"{folder}/" if folder else ""
    deep = call.asked.get("recursive", "").lower() in ("true", "1")
    paths = [path for path in sorted({*commit.tree, *commit.folders}) if path.startswith(below)]
    return call.page([_entry(commit, path) for path in paths if deep or "/" not in path.removeprefix(below)])


@_on("POST", f"{_API}/paths-info/{{rev}}")
def _paths_info(call: Call) -> Answer:
    as_json = "json" in (call.headers.get("Content-Type") or "")
    paths = call.sent["paths"] if as_json else parse_qs(call.body.decode()).get("paths", [])
    commit = call.commit
    known = {*commit.tree, *commit.folders}
    return answered([_entry(commit, path) for path in paths if path in known])


def _entry(commit: Commit, path: str) -> Json:
    blob = commit.tree.get(path)
    if blob is None:
        return {"type": "directory", "path": path, "oid": sha1(path.encode(), usedforsecurity=False).hexdigest(), "size": 0}
    lfs = {"oid": blob.sha256, "size": len(blob.content), "pointerSize": len(blob.pointer)}
    large = {"lfs": lfs, **({"xetHash": blob.xet_hash} if blob.xet_hash else {})} if blob.large else {}
    return {"type": "file", "path": path, "oid": blob.oid, "size": len(blob.content), **large}


@_on("POST", f"{_API}/preupload/{{rev}}", right="write")
def _preupload(call: Call) -> Answer:
    tree = call.commit.tree
    files = []
    for file in call.sent["files"]:
        path, present = file["path"], tree.get(file["path"])
        large = is_large(tree, path, file["size"], b64decode(file["sample"]))
        oid = present.compared if present else None
        files.append({"path": path, "uploadMode": "lfs" if large else "regular", "shouldIgnore": False, "oid": oid})
    return answered({"files": files, "commitOid": call.commit.oid})


@_on("POST", "/datasets/{id}.git/info/lfs/objects/batch", right="write")
def _lfs_batch(call: Call) -> Answer:
    verify = f"{call.hub.endpoint}/datasets/{call.repo.name}.git/info/lfs/verify"
    objects = []
    for file in call.sent["objects"]:
        upload = {"href": f"{call.hub.storage}/large/{file['oid']}", "header": {}}
        actions = {"actions": {"upload": upload, "verify": {"href": verify, "header": {}}}}
        objects.append({"oid": file["oid"], "size": file["size"], **({} if file["oid"] in call.hub.large else actions)})
    kind = {"Content-Type": "application/vnd.git-lfs+json"}
    return answered({"transfer": "basic", "objects": objects}, headers=kind)


@_on("POST", "/datasets/{id}.git/info/lfs/verify", right="write")
def _lfs_verify(call: Call) -> Answer:
    blob = call.hub.large.get(call.sent["oid"])
    if blob is None or len(blob.content) != call.sent["size"]:
        raise refuse(404, "Object not found")
    return answered({})


@_on("PUT", "/large/{oid}", mutates=True, origin="storage")
def _store(call: Call) -> Answer:
    blob = Blob(call.body, large=True)
    if blob.sha256 != call.parts["oid"]:
        raise refuse(400, "The provided content sha256 does not match what was computed")
    call.hub.large[blob.sha256] = blob
    return Answer(200, b"", {"ETag": f'"{blob.sha256}"'})


@_on("GET|HEAD", "/large/{oid}", origin="storage")
def _stored(call: Call) -> Answer:
    """A signed address, which like the real storage's refuses who comes with a token as well."""
    if call.token:
        raise refuse(400, "Only one auth mechanism allowed")
    blob = call.hub.large[call.parts["oid"]]
    return ranged(blob.content, call.headers.get("Range"), {"ETag": f'"{blob.sha256}"'})


@_on("GET", f"{_API}/xet-read-token/{{rev}}")
def _xet_read(call: Call) -> Answer:
    """The folder is where the real xet client stores what it would send to the real xet servers."""
    url, token = f"local://{call.hub.xet_folder}", f"xet-{call.commit.oid}"
    told = {"X-Xet-Cas-Url": url, "X-Xet-Access-Token": token, "X-Xet-Token-Expiration": str(xet.EXPIRY)}
    return answered({"casUrl": url, "accessToken": token, "exp": xet.EXPIRY}, headers=told)


@_on("GET", f"{_API}/xet-write-token/{{rev}}", right="write")
def _xet_write(call: Call) -> Answer:
    return _xet_read(call)


@_on("POST", f"{_API}/commit/{{rev}}", mutates=True)
def _commit(call: Call) -> Answer:
    """All of it or nothing: the tree is replaced when every line has been read."""
    branch, (header, *changes) = call.parts["rev"], [json.loads(line) for line in call.body.splitlines()]
    if branch not in call.repo.branches or "create_pr" in call.asked:
        raise refuse(404, f"the double commits to branches, not to {branch}", "RevisionNotFound")
    if header["value"].get("parentCommit") not in (None, call.commit.oid):
        raise refuse(412, "A commit has happened since. Please refresh and try again.")
    _fetch(call.hub, [change["value"] for change in changes if change["key"] == "lfsFile"])
    tree = dict(call.commit.tree)
    for change in changes:
        _CHANGES[change["key"]](call.hub, tree, change["value"])
    errors = _card_errors(tree["README.md"].content.decode()) if "README.md" in tree else []
    if errors:
        return answered({"error": "Invalid metadata in README.md", "errors": errors}, 400)
    made = call.repo.add(branch, header["value"]["summary"], tree, header["value"].get("description", ""))
    url = f"{call.hub.endpoint}/datasets/{call.repo.name}/commit/{made.oid}"
    return answered({"success": True, "commitOid": made.oid, "commitUrl": url, "hookOutput": ""})


def _fetch(hub: "Hub", files: list[Json]) -> None:
    """What no request brought is asked from the xet client's store."""
    sizes = {file["oid"]: file["size"] for file in files if file["oid"] not in hub.large}
    for oid, (xet_hash, content) in xet.stored(hub.xet_folder, sizes).items():
        hub.large[oid] = Blob(content, large=True, xet_hash=xet_hash)


def _add_file(_hub: "Hub", tree: MutableMapping[str, Blob], value: Json) -> None:
    content = b64decode(value["content"])
    if content and is_large(tree, value["path"], len(content), content[:512]):
        raise refuse(400, f"{value['path']} is to be uploaded as a large file")
    tree[value["path"]] = Blob(content)


def _add_large_file(hub: "Hub", tree: MutableMapping[str, Blob], value: Json) -> None:
    blob = hub.large.get(value["oid"])
    if blob is None or (blob.sha256, len(blob.content)) != (value["oid"], value["size"]):
        raise refuse(400, f"Your push was rejected: the pointer {value['path']} points to a file that does not exist")
    tree[value["path"]] = blob


def _delete_path(_hub: "Hub", tree: MutableMapping[str, Blob], value: Json) -> None:
    below = value["path"] if value["path"].endswith("/") else None
    gone = [path for path in tree if path == value["path"] or (below and path.startswith(below))]
    if not gone:
        raise refuse(404, f"A file with this name doesn't exist: {value['path']}", "EntryNotFound")
    for path in gone:
        del tree[path]


def _delete_folder(hub: "Hub", tree: MutableMapping[str, Blob], value: Json) -> None:
    _delete_path(hub, tree, {"path": value["path"].rstrip("/") + "/"})


_CHANGES: dict[str, Callable[["Hub", MutableMapping[str, Blob], Json], None]] = {
    "file": _add_file,
    "lfsFile": _add_large_file,
    "deletedFile": _delete_path,
    "deletedFolder": _delete_folder,
}


@_on("GET", f"{_API}/commits/{{rev}}")
def _commits(call: Call) -> Answer:
    commits: list[Any] = []
    for commit in call.repo.history(call.commit.oid):
        said = {"id": commit.oid, "title": commit.title, "message": commit.message, "date": _date(commit)}
        commits.append({**said, "authors": [{"user": "double"}]})
    return call.page(commits)


@_on("GET", f"{_API}/refs")
def _refs(call: Call) -> Answer:
    def listed(kind: str, refs: dict[str, str]) -> list[Json]:
        return [{"name": name, "ref": f"refs/{kind}/{name}", "targetCommit": oid} for name, oid in refs.items()]

    branches, tags = listed("heads", call.repo.branches), listed("tags", call.repo.tags)
    return answered({"branches": branches, "tags": tags, "converts": [], "pullRequests": []})


@_on("POST", f"{_API}/tag/{{rev}}", mutates=True)
def _tag(call: Call) -> Answer:
    if call.sent["tag"] in call.repo.tags:
        raise refuse(409, "Tag reference exists already")
    call.repo.tags[call.sent["tag"]] = call.commit.oid
    return answered({})


@_on("POST", f"{_API}/branch/{{rev}}", mutates=True)
def _branch(call: Call) -> Answer:
    if call.parts["rev"] in call.repo.branches:
        raise refuse(409, "Reference already exists")
    call.repo.branches[call.parts["rev"]] = call.commit_at(call.sent.get("startingPoint", "main")).oid
    return answered({})


@_on("DELETE", f"{_API}/(tag|branch)/{{rev}}", mutates=True)
def _delete_ref(call: Call) -> Answer:
    refs = call.repo.tags if "/tag/" in call.path else call.repo.branches
    if call.parts["rev"] == "main":
        raise refuse(403, "main is not to be deleted")
    if refs.pop(call.parts["rev"], None) is None:
        raise refuse(404, "Reference does not exist", "RevisionNotFound")
    return answered({})


@_on("GET|HEAD", "/datasets/{id}/resolve/{rev}/{path}")
def _resolve(call: Call) -> Answer:
    commit = call.commit
    at, blob = {"X-Repo-Commit": commit.oid}, commit.tree.get(call.parts["path"])
    if blob is None:
        raise refuse(404, "Entry not found", "EntryNotFound", at)
    if not blob.large:
        return ranged(blob.content, call.headers.get("Range"), {**at, "ETag": f'"{blob.oid}"'})
    token = f"{call.hub.endpoint}/api/datasets/{call.repo.name}/xet-read-token/{commit.oid}"
    xet_headers = {"X-Xet-Hash": blob.xet_hash, "Link": f'<{token}>; rel="xet-auth"'} if blob.xet_hash else {}
    linked = {"X-Linked-Etag": f'"{blob.sha256}"', "X-Linked-Size": str(len(blob.content))}
    return Answer(302, b"", {**at, **linked, **xet_headers, "Location": f"{call.hub.storage}/large/{blob.sha256}"})
