"""Which files under annotations/ are exports, and which documents they are of."""

from variorum.annotations.export import read_export, refuse
from variorum.annotations.task import key_of
from variorum.findings import Finding, failed, finding
from variorum.folder import ExportFile, Folder
from variorum.irregular import irregular
from variorum.schema.projects import PROJECTS, documents_of


def export_files(folder: Folder) -> tuple[list[ExportFile], list[Finding]]:
    """The exports under annotations/ that the build reads, and a finding for each file that is none."""
    exports: list[ExportFile] = []
    findings: dict[str, Finding] = {}
    for path in folder.annotation_files():
        export = folder.export_file(path)
        name = folder.name(path)
        if fault := irregular(path, name):
            findings[name] = fault
        elif export is None and not folder.is_decisions(path):
            with path.open("rb") as file:
                findings[name] = refuse(folder, name, file.read(64))
        elif (project := path.relative_to(folder.annotations).parts[0]) not in PROJECTS:
            place = folder.name(folder.annotations / project)
            findings[place] = finding(place, "project-unknown", f"There is no project {project!r}.")
        elif export:
            exports.append(export)
    return exports, list(findings.values())


def annotated_documents(folder: Folder) -> set[str] | None:
    """The ids of all documents that annotations refer to; None where some file does not tell."""
    exports, faults = export_files(folder)
    keys: set[str | None] = set()
    for export in exports:
        tasks, found = read_export(export)
        faults += found
        keys.update(key_of(raw) for raw in tasks)
    told = {key for key in keys if key}
    documents = {document_id for key in told for document_id in documents_of(key)}
    return documents if told == keys and not failed(faults) else None
