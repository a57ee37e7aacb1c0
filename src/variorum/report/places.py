"""Where findings stand: the document and, inside it, the span that each is about."""

from collections.abc import Iterator
from dataclasses import asdict

import polars as pl

from variorum.findings import Finding, Level
from variorum.report.layers import Json
from variorum.report.material import Material
from variorum.schema.projects import DOCUMENTS

_Annotation = tuple[str, str, str, str]


def placed(material: Material) -> list[Json]:
    """The findings as plain values, the gravest first and those of a rule together.

    Each has `document`, `region`, `start` and `end` if known, and the `work` that it is about, as the page calls it.
    """
    documents = dict(_documents_of_files(material))
    regions = _regions(material)
    ordered = sorted(material.findings, key=lambda each: (list(Level).index(each.level), each.rule))
    return [_told(each, material) | _place(each, material, documents, regions) for each in ordered]


def _told(each: Finding, material: Material) -> Json:
    where = asdict(each.where) | {"region": material.shown(each.where.region)}
    told = {"level": str(each.level), "rule": each.rule, "hint": material.shown(each.hint), "fact": material.shown(each.fact)}
    return told | {"where": str(each.where.at(**where))}


def _documents_of_files(material: Material) -> Iterator[tuple[tuple[str, int], str]]:
    """The document that a file, or a line of the catalogue, is of."""
    folder = material.inputs.folder
    for entry in material.inputs.entries:
        document_id = entry.document.document_id
        where = entry.where(folder.name(folder.catalogue))
        yield (where.file, where.line), document_id
        yield (folder.name(folder.text(document_id)), 0), document_id
        yield (entry.document.seed or "", 0), document_id


def _annotation(each: Finding, material: Material) -> _Annotation | None:
    """The annotation that a finding is about, as the tables name it."""
    folder = material.inputs.folder
    path = folder.root / each.where.file
    if not each.where.annotation or folder.annotations not in path.parents:
        return None
    export = folder.export_file(path)
    return (export.project, export.round, export.annotator, each.where.annotation) if export else None


def _regions(material: Material) -> dict[_Annotation, list[Json]]:
    """The results of the annotations that findings are about."""
    asked = {own for each in material.findings if (own := _annotation(each, material))}
    rows = material.frames["annotations"].filter(pl.col("annotation_id").is_in([each[-1] for each in asked]))
    found: dict[_Annotation, list[Json]] = {}
    for row in rows.iter_rows(named=True):
        key = (row["project"], row["round"], row["annotator"], row["annotation_id"])
        if key in asked:
            found.setdefault(key, []).append(row)
    return found


def _place(
    each: Finding, material: Material, documents: dict[tuple[str, int], str], regions: dict[_Annotation, list[Json]]
) -> Json:
    where = each.where
    annotation = _annotation(each, material)
    results = regions.get(annotation, []) if annotation else []
    own = [row for row in results if where.region and row["region_id"] == where.region]
    document = documents.get((where.file, where.line), documents.get((where.file, 0)))
    if not (own or results):
        return {"document": document if document in material.documents else None}
    row = next((row for row in own if row["start"] is not None), (own or results)[0])
    place = {"document": row["document_id"], "region": where.region or None, "start": None, "end": None}
    return place | ({"start": row["start"], "end": row["end"]} if own else {}) | _work(row)


def _work(row: Json) -> Json:
    """Whose work on a text a row is of."""
    if row["project"] != DOCUMENTS:
        return {}
    return {"work": "gold" if row["is_gold"] else f"{row['annotator']} {row['round']}"}
