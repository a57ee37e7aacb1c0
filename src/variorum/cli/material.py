"""What the verbs put into projects: the corpus with its guidelines, and what annotators find marked already."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from variorum.cli.shared import RefusedError, progress_bar

if TYPE_CHECKING:
    from variorum.dataset.offers import Finder
    from variorum.dataset.shard import Tables
    from variorum.folder import Folder
    from variorum.inputs import Inputs
    from variorum.label_studio.push import Material


def corpus_for(folder: Folder, name: str) -> tuple[Inputs, Tables]:
    """What a kind of project is made from: the corpus and, for pairs of claims, the gold claims, which need a whole build.

    What is wrong with projects that join documents stands in no way: they may be under way.
    """
    from variorum.inputs import read_corpus
    from variorum.schema.projects import CLAIM_PAIRS, PROJECTS
    from variorum.shards import Kept
    from variorum.tabulate import tabulate

    with progress_bar("Reading the corpus") as progress:
        if name != CLAIM_PAIRS:
            return read_corpus(folder, progress), {}
        built = tabulate(folder, Kept(measure=False, tables=True), progress)
    others = tuple(folder.name(folder.annotations / each.name) for each in PROJECTS.values() if each.is_joint)
    built.inputs.findings = [each for each in built.findings if not each.where.file.startswith(others)]
    return built.inputs, built.tables


NO_TELLINGS = "No two documents tell one story. Give those that do one `story_id`"


class Asked(NamedTuple):
    """Which projects are wanted: their kind, whether anything is marked or drawn beforehand, and how pairs are found."""

    project: str = "documents"
    predictions: bool = True
    candidates: str = "lexical"


def material_for(inputs: Inputs, tables: Tables, asked: Asked) -> Material:
    """What the projects of a kind should hold."""
    from variorum.label_studio.push import material_of
    from variorum.schema.projects import PROJECTS

    project = PROJECTS[asked.project]
    path = inputs.folder.guidelines_of(project.name) if project.is_joint else inputs.folder.guidelines
    guidelines = path.read_text(encoding="utf-8", errors="replace") if path.is_file() else ""
    if not all(inputs.labels[each].labels for each in project.inventories):
        needed = ", ".join(sorted(project.inventories))
        raise RefusedError(f"{inputs.folder.name(inputs.folder.labels)} lacks inventories that {project.name} needs: {needed}.")
    material = material_of(inputs, guidelines, project)
    if project.is_joint and not material.data:
        name = inputs.folder.name(inputs.folder.catalogue)
        raise RefusedError(f"{NO_TELLINGS} in {name}, then push again.")
    if project.is_joint:
        from variorum.dataset.offers import units_of
        from variorum.label_studio.joint import with_offers

        finder = finder_named(asked.candidates) if asked.predictions else None
        return with_offers(material, units_of(project, inputs, tables), inputs.labels, finder)
    return _with_predictions(inputs, material) if asked.predictions and inputs.preannotation else material


def finder_named(name: str) -> Finder:
    """A way to find likely pairs, by its name."""
    from variorum.dataset.offers import LEXICAL, semantic_finder

    try:
        return LEXICAL if name == LEXICAL.name else semantic_finder()
    except ModuleNotFoundError as error:
        hint = "Install it with: pip install 'variorum[embedding]', or leave --candidates out."
        raise RefusedError(f"{error.name} is missing, which the semantic candidates need. {hint}") from error


def _with_predictions(inputs: Inputs, material: Material) -> Material:
    """The material with the predictions that schema/preannotation.yaml asks for."""
    from variorum.label_studio.push import with_predictions

    assert inputs.preannotation
    hint = "Install it with: pip install 'variorum[preannotation]', or push with --no-predictions."
    try:
        from variorum.label_studio.predictions import Predictor

        language = inputs.settings.language.split("-")[0]
        predictor = Predictor(inputs.preannotation, inputs.labels, language, inputs.settings.abbreviations)
    except ModuleNotFoundError as error:
        raise RefusedError(
            f"{error.name} is missing, which {inputs.folder.name(inputs.folder.preannotation)} needs. {hint}"
        ) from error
    except (ImportError, OSError) as error:
        asked = inputs.preannotation.pipeline or f"for the language {language!r}"
        raise RefusedError(f"spaCy has no pipeline {asked} here, which pre-annotation needs. {hint}") from error
    documents = [entry.document for entry in inputs.entries]
    foreign = {each.document_id for each in documents if each.language.split("-")[0] != predictor.language}
    bare = foreign.union(inputs.preannotation.without)
    return with_predictions(material, predictor.version, predictor.predict, frozenset(bare))
