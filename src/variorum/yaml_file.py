"""YAML that people write, read into a typed value or into a finding with its line."""

from typing import TypeVar

import msgspec
import yaml

from variorum.findings import Finding, Where, finding

T = TypeVar("T")


def read_yaml(source: bytes, type_: type[T], file: str, rule: str) -> tuple[T | None, list[Finding]]:
    """The source as a value of `type_`, or None and a finding of `rule` that says which line or field is wrong."""
    try:
        return msgspec.convert(yaml.safe_load(source), type_), []
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line, column = (mark.line + 1, mark.column + 1) if mark else (0, 0)
        return None, [finding(Where(file, line, column), rule, sentence(getattr(error, "problem", None) or error))]
    # PyYAML lets the errors of its own constructors through: ValueError for a date such as 2023-13-45.
    except (ValueError, RecursionError, msgspec.ValidationError) as error:
        return None, [finding(Where(file), rule, sentence(error))]


def sentence(error: object) -> str:
    """An error's message as one sentence on one line."""
    words = " ".join(str(error).split()).rstrip(".")
    return words[:1].upper() + words[1:] + "."
