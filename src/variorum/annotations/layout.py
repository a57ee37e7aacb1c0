"""How exports are laid out under annotations/: still what Label Studio exports, but one result a line and in the order of
the text, so that a review shows which regions changed; and without what names a person.
"""

from typing import Any

import msgspec

Json = dict[str, Any]

_OPENED = ("annotations", "drafts", "result")


_PERSONAL = ("created_username", "email", "first_name", "last_name", "username")
_RELATIVE = ("created_ago",)
_APART = ("data", "result", "annotations", "drafts")
"""What people say, in which a name is none of the server's, and records that are gone through by themselves."""
_RESULT_KEYS = ("id", "from_id", "to_id", "from_name", "to_name", "type", "direction", "origin", "labels", "value")
_VALUE_KEYS = ("start", "end", "text")
_LAST = 1 << 60


def laid_out(tasks: list[Json]) -> bytes:
    """Tasks as a JSON array: tasks in the order of their documents, a field a line, a result a line. Nothing is lost."""
    return joined([laid_out_task(task) for task in sorted(tasks, key=_task_place)])


def _task_place(task: Json) -> tuple[str, ...]:
    """Where a task stands in a file: by the document it is of, or the two."""
    data = task.get("data", {})
    return (*(str(data.get(key, "")) for key in ("document_id", "first_id", "second_id")), str(task.get("id")))


def laid_out_task(task: Json) -> bytes:
    """One task as it stands in a file that is laid out, from its first { to its last }."""
    return _object(task, " ").encode()


def joined(tasks: list[bytes]) -> bytes:
    """A file of tasks that are laid out, in this order."""
    return b"[\n " + b",\n ".join(tasks) + b"\n]\n" if tasks else b"[]\n"


def normalised(task: Json) -> Json:
    """An exported task as it is kept: nothing that names a person or depends on the hour, all in a stable order."""
    kept = _impersonal(task)
    for key in ("annotations", "drafts"):
        if isinstance(kept.get(key), list):
            kept[key] = sorted(map(_normalised_work, kept[key]), key=lambda work: str(work.get("id")).zfill(20))
    if isinstance(kept.get("data"), dict):
        kept["data"] = dict(sorted(kept["data"].items()))
    return kept


def _normalised_work(work: Json) -> Json:
    kept = _impersonal(work)
    if isinstance(kept.get("prediction"), dict) and kept["prediction"]:
        kept["prediction"] = _normalised_work(kept["prediction"])
    if isinstance(kept.get("result"), list) and all(isinstance(result, dict) for result in kept["result"]):
        kept["result"] = [_ordered(result, _RESULT_KEYS) for result in sorted(kept["result"], key=_place)]
    return kept


def _impersonal(record: Json) -> Json:
    """A record of Label Studio with people as numbers only; an e-mail address may stand for a person or beside one."""
    kept = {key: value for key, value in record.items() if key not in (*_PERSONAL, *_RELATIVE)}
    if isinstance(kept.get("user"), str):
        del kept["user"]
    return {key: value if key in _APART else _numbered(value) for key, value in kept.items()}


def _numbered(value: Any) -> Any:
    """What the server says of a record, people in it as numbers: the reviews of an annotation name who made them."""
    if isinstance(value, dict):
        return (
            value.get("id")
            if "email" in value
            else {key: each if key in _APART else _numbered(each) for key, each in value.items()}
        )
    return [_numbered(each) for each in value] if isinstance(value, list) else value


def _place(result: Json) -> tuple[Any, ...]:
    """Where a result stands: those with a span in the order of the text, then those of the document, then relations."""
    value = result.get("value")
    offsets = [value.get(key) if isinstance(value, dict) else None for key in ("start", "end")]
    start, end = (offset if isinstance(offset, int) else _LAST for offset in offsets)
    names = (result.get(key) for key in ("from_name", "from_id", "to_id", "type", "labels"))
    return (
        result.get("type") == "relation",
        start,
        -end,
        str(result.get("id")),
        result.get("type") != "labels",
        *map(str, names),
    )


def _ordered(record: Json, first: tuple[str, ...]) -> Json:
    """A record with its keys in a fixed order: PostgreSQL gives them back in one of its own."""
    keys = [*(key for key in first if key in record), *sorted(record.keys() - set(first))]
    return {
        key: _ordered(record[key], _VALUE_KEYS) if key == "value" and isinstance(record[key], dict) else record[key]
        for key in keys
    }


def _listed(items: list[Any], indent: str) -> str:
    if not items:
        return "[]"
    inner = indent + " "
    written = [_object(item, inner) if isinstance(item, dict) and _is_opened(item) else _line(item) for item in items]
    return "[\n" + ",\n".join(inner + each for each in written) + "\n" + indent + "]"


def _is_opened(item: dict[str, Any]) -> bool:
    """Whether an object is a task or an annotation; their fields get lines of their own."""
    return any(isinstance(item.get(key), list) for key in _OPENED)


def _object(item: dict[str, Any], indent: str) -> str:
    inner = indent + " "
    fields = [f"{inner}{_line(key)}: {_field(key, value, inner)}" for key, value in item.items()]
    return "{\n" + ",\n".join(fields) + "\n" + indent + "}"


def _field(key: str, value: Any, indent: str) -> str:
    if key in _OPENED and isinstance(value, list):
        return _listed(value, indent)
    return _object(value, indent) if isinstance(value, dict) and _is_opened(value) else _line(value)


def _line(value: Any) -> str:
    return msgspec.json.format(msgspec.json.encode(value), indent=0).decode()
