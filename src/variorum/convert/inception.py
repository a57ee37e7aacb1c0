"""The layers that WebAnno and INCEpTION know spans and relations by: DKPro Core's, which they have built in, or custom ones."""

from pathlib import PurePosixPath

from variorum.convert.document import CLAIM, MENTION

DKPRO = "de.tudarmstadt.ukp.dkpro.core.api"
"""What the names of DKPro Core's types begin with."""
ANNOTATION, STRING = "uima.tcas.Annotation", "uima.cas.String"
LAYERS = {MENTION: f"{DKPRO}.ner.type.NamedEntity", CLAIM: "custom.Claim"}
RELATION, GOVERNOR, DEPENDENT = "custom.Relation", "Governor", "Dependent"
"""The layer of relations, and the features that hold the span one comes from and the one it leads to."""
TYPE_SYSTEM = "TypeSystem.xml"
"""The file that tells the layers."""
READ = {type_: layer for layer, type_ in LAYERS.items()} | {
    "webanno.custom.Claim": CLAIM,
    "custom.Span": MENTION,
    "webanno.custom.Span": MENTION,
}
"""The layers that are read. WebAnno's names for those that a person makes begin with `webanno`; `custom.Span` is that of a
project of INCEpTION's for basic annotation."""
LABEL_FEATURES = ("value", "label")
"""The features that hold a label: DKPro Core's and that of a basic project."""


def document_id(name: str) -> str:
    """The id of the document in a file. In the export of a project it has a folder, whose files are named after annotators."""
    path = PurePosixPath(name)
    return (path.parent if path.parent.parent.name in ("annotation", "curation") else path).stem
