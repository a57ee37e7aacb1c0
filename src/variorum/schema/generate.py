"""The generated files of schema/: Label Studio's configs and the contracts of the tables."""

from pathlib import Path

from variorum.findings import Finding, finding
from variorum.folder import Folder
from variorum.schema.contract import tables_yaml
from variorum.schema.corpus_labels import read_corpus_labels
from variorum.schema.foreign import ForeignLabels
from variorum.schema.label_config import configs


def generated_files(folder: Folder) -> tuple[dict[Path, str], list[Finding]]:
    """Every generated file under schema/ with its content, or what keeps them from being made."""
    name = folder.name(folder.labels)
    if not folder.labels.is_file():
        return {}, [finding(name, "labels-malformed", "The file is not there.")]
    labels, findings = read_corpus_labels(folder)
    if findings:
        return {}, findings
    shown = {} if isinstance(labels, ForeignLabels) else configs(labels)
    files = {folder.label_config(project): text for project, text in shown.items()}
    files |= {folder.tables / f"{table}.yaml": text for table, text in tables_yaml(labels).items()}
    return files, []
