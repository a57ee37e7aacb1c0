"""The generated files of schema/: Label Studio's configs and the contracts of the tables."""

from pathlib import Path

from variorum.findings import Finding, finding
from variorum.folder import Folder
from variorum.schema.contract import tables_yaml
from variorum.schema.label_config import configs
from variorum.schema.labels import read_labels


def generated_files(folder: Folder) -> tuple[dict[Path, str], list[Finding]]:
    """Every generated file under schema/ with its content, or what keeps them from being made."""
    name = folder.name(folder.labels)
    if not folder.labels.is_file():
        return {}, [finding(name, "labels-malformed", "The file is not there.")]
    labels, findings = read_labels(folder.labels.read_bytes(), name)
    if findings:
        return {}, findings
    files = {folder.label_config(project): text for project, text in configs(labels).items()}
    files |= {folder.tables / f"{table}.yaml": text for table, text in tables_yaml(labels).items()}
    return files, []
