"""YAML that people write, read into a typed value or into a finding with its line."""

import re
from copy import deepcopy
from functools import lru_cache
from typing import Any, TypeVar

import msgspec
import yaml

from variorum.findings import Finding, Where, finding

T = TypeVar("T")


def read_yaml(source: bytes, type_: type[T], file: str, rule: str) -> tuple[T | None, list[Finding]]:
    """The source as a value of `type_`, or None and a finding of `rule` that says which line or field is wrong."""
    if not source.strip():
        return None, [finding(file, rule, "The file is missing or empty.")]
    try:
        value = msgspec.convert(deepcopy(_loaded(source)), type_)
        msgspec.json.encode(value)  # half of a surrogate pair can be escaped in YAML, but never be written again
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line, column = (mark.line + 1, mark.column + 1) if mark else (0, 0)
        return None, [finding(Where(file, line, column), rule, sentence(error))]
    # PyYAML lets the errors of its own constructors through: ValueError for a date such as 2023-13-45.
    except (ValueError, RecursionError, msgspec.ValidationError) as error:
        return None, [finding(Where(file, *_place(source, str(error))), rule, sentence(error))]
    # Explicit tags bring out errors that PyYAML did not think of: `!!bool x`, `!!int ""`, `!!timestamp x`.
    except (LookupError, TypeError, AttributeError, OverflowError) as error:
        return None, [finding(Where(file), rule, f"A value cannot be read: {error!r}.")]
    return value, []


@lru_cache(maxsize=8)
def _loaded(source: bytes) -> Any:
    """What PyYAML reads, kept for who reads a file again: the labels of this corpus take it 40 ms, and 0.4 to copy.

    Not by libyaml: of 60,000 files with random slips it took 662 that PyYAML refuses, such as one with a tab in a value.
    """
    return yaml.safe_load(source)


_AT = re.compile(r" - at `(?:key` in `)?\$(.*?)`$")
_STEP = re.compile(r"\.([^.\[]+)|\[(\d+)\]")
_UNKNOWN = re.compile(r"unknown field `(.+?)`")


def _place(source: bytes, message: str) -> tuple[int, int]:
    """The line and column of the field that a message of msgspec is about; zeros where it is about none."""
    at = _AT.search(message)
    steps = [name or int(number) for name, number in _STEP.findall(at[1] if at else "")]
    steps += _UNKNOWN.findall(message)
    if not steps:
        return 0, 0
    node, mark = yaml.compose(source, yaml.SafeLoader), None
    for step in steps:
        key, node = _below(node, step)
        if key is None:
            break
        mark = key.start_mark
    return (mark.line + 1, mark.column + 1) if mark else (0, 0)


def _below(node: yaml.Node | None, step: str | int) -> tuple[yaml.Node | None, yaml.Node | None]:
    """The key and the value that a step leads to, or the item and itself; None where it leads nowhere."""
    if isinstance(node, yaml.MappingNode):
        return next(((key, value) for key, value in node.value if key.value == step), (None, None))
    if isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
        return node.value[step], node.value[step]
    return None, None


_KINDS = {"str": "text", "int": "a number", "float": "a number", "bool": "yes or no", "object": "a group of fields"}
_KINDS |= {"array": "a list", "null": "nothing", "date": "a date"}
_WORDINGS = (
    (r"Object contains unknown field `(.+?)`", r"The field `\1` is not known"),
    (r"Object missing required field `(.+?)`", r"The field `\1` is missing"),
    (r"Invalid enum value (.+?)(?= - at|$)", r"\1 is none of the values that may stand there"),
    (r"Expected `str` matching regex .+?(?= - at|$)", "it has not the right form"),
    (r"Expected `str` of length >= 1", "it is empty"),
    (r"JSON is malformed: (.+?)(?: \(byte \d+\))?$", r"Not JSON: \1"),
    (r"Input data was truncated", r"Not JSON: it ends inside a value"),
    (r"^(.+) - at (?:`key` in )?`\$\.?(.+?)(?:\[\.\.\.\])?`$", r"`\2`: \1"),
)


def sentence(error: object) -> str:
    """An error's message as one sentence on one line; those of msgspec and PyYAML in plainer words."""
    words = " ".join(str(getattr(error, "problem", None) or error).split()).rstrip(".")
    words = re.sub(r"Expected `(.+?)`, got `(\w+)`", _expected, words)
    for pattern, wording in _WORDINGS:
        words = re.sub(pattern, wording, words)
    return words[:1].upper() + words[1:] + "."


def _expected(match: re.Match[str]) -> str:
    wanted = " or ".join(_KINDS.get(kind, kind) for kind in match[1].split(" | ") if kind != "null")
    advice = "; write it in quotes" if wanted == "text" and match[2] in ("int", "float", "bool", "date") else ""
    return f"{_KINDS.get(match[2], match[2])} stands where {wanted} belongs{advice}"
