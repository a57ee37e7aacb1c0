"""The formats by name. A format's module, and the library that it needs, is imported when it is asked for."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from variorum.convert.format import Format

_MODULES = {
    "conll2003": "conll2003",
    "conllu": "conllu",
    "brat": "brat",
    "cas": "cas",
    "webanno": "webanno_tsv",
    "tei": "tei",
    "spacy": "spacy_docbin",
    "web-annotation": "web_annotation",
    "label-studio": "label_studio_json",
}
FORMATS = tuple(_MODULES)
"""The names of all formats."""
READ = ("conll2003", "brat", "cas", "webanno", "label-studio")
"""Those that are read into a corpus."""


def format_of(name: str) -> Format:
    """A format. Raises KeyError for a name that is none, ModuleNotFoundError where its library is not installed."""
    found: Format = import_module(f"variorum.convert.{_MODULES[name]}").FORMAT
    return found
