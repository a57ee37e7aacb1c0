"""How exports are laid out under annotations/: still what Label Studio exports, but one result a line, so that a review
shows which regions changed.
"""

from typing import Any

import msgspec

_OPENED = ("annotations", "drafts", "result")


def laid_out(tasks: list[dict[str, Any]]) -> bytes:
    """Tasks as a JSON array: tasks in the order of their documents, a field a line, a result a line. Nothing is lost."""
    ordered = sorted(tasks, key=lambda task: (str(task.get("data", {}).get("document_id")), str(task.get("id"))))
    return (_listed(ordered, "") + "\n").encode()


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
    fields = [
        f"{inner}{_line(key)}: {_listed(value, inner) if key in _OPENED and isinstance(value, list) else _line(value)}"
        for key, value in item.items()
    ]
    return "{\n" + ",\n".join(fields) + "\n" + indent + "}"


def _line(value: Any) -> str:
    return msgspec.json.format(msgspec.json.encode(value), indent=0).decode()
