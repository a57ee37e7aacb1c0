"""spaCy without a model: tokens, sentences and mentions as a DocBin, what its training reads."""

from itertools import starmap
from pathlib import Path

import spacy
from spacy.tokens import Doc, DocBin
from spacy.util import filter_spans

from tests.benchmarks.peers import Run, exports
from tests.benchmarks.peers.plain_rows import Row, annotated


def prepare(corpus: Path, target: Path) -> Run:
    """One document an annotation; spans that cut its tokens are widened to them."""
    pipeline = spacy.blank("en")
    pipeline.add_pipe("sentencizer")

    def document(data: Row, annotation: Row) -> Doc:
        made = pipeline(data["text"])
        values = [each["value"] for each in annotation["result"] if each.get("from_name") == "entity_type"]
        spans = [made.char_span(each["start"], each["end"], each["labels"][0], alignment_mode="expand") for each in values]
        made.set_ents(filter_spans([span for span in spans if span is not None]))
        return made

    def run() -> None:
        paths = [str(path) for path in exports(corpus)]
        DocBin(docs=starmap(document, annotated(paths))).to_disk(target / "documents.spacy")

    return run


RUNS = {"docbin": prepare}
