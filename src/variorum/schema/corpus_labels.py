"""The inventories of a corpus: those that the engine knows, or those of a labelling config that was not made for it."""

from collections.abc import Callable, Iterator
from pathlib import Path

from variorum.corpus.settings import DEFAULTS, Settings
from variorum.findings import Finding, finding
from variorum.folder import Folder
from variorum.schema.foreign import ForeignLabels, foreign_labels, label_faults, read_config
from variorum.schema.labels import INVENTORIES, JOINT_INVENTORIES, Inventory, Labels, read_defined, read_labels

Source = tuple[bytes, str]
"""A file's bytes and its name."""


def read_corpus_labels(
    folder: Folder, settings: Settings = DEFAULTS, read: Callable[[Path], Source] | None = None
) -> tuple[Labels, list[Finding]]:
    """The labels of a corpus folder, each file by way of `read`, and what is wrong with them."""
    read = read or (lambda path: (path.read_bytes() if path.is_file() else b"", folder.name(path)))
    if not folder.project_config.is_file():
        return read_labels(*read(folder.labels))
    config, findings = read_config(*read(folder.project_config))
    source, name = read(folder.labels)
    defined, found = read_defined(source, name)
    findings += [*found, *(finding(name, "labels-malformed", fact) for fact in label_faults(config, defined))]
    labels = foreign_labels(config, defined)
    findings += _unknown(folder, settings)
    empty = {each: Inventory("", ()) for each in (*INVENTORIES, *JOINT_INVENTORIES)}
    return ForeignLabels(empty | labels, labels.project, settings.gold, settings.may_reject), findings


def _unknown(folder: Folder, settings: Settings) -> Iterator[Finding]:
    """Names in `gold` that no annotator has."""
    exports = [folder.export_file(path) for path in folder.annotation_files()] if settings.gold else []
    known = sorted({export.annotator for export in exports if export})
    for name in settings.gold:
        if name not in known:
            fact = f"`gold` names {name!r}, and no export is of that annotator; there are {', '.join(known) or 'none'}."
            hint = "Write a name that the files in annotations/ have."
            yield finding(folder.name(folder.settings), "gold-undecided", fact, hint)
