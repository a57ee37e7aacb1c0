"""Pre-annotation: what annotators find marked already. Mentions from a spaCy pipeline and a gazetteer, and each sentence
that may be a claim. A candidate has no attributes, and Label Studio takes no claim without: nobody submits one unread.
"""

import json
from collections.abc import Iterable, Iterator
from functools import cached_property
from hashlib import sha256
from importlib.metadata import version
from typing import Any

import spacy
from spacy.language import Language
from spacy.matcher import PhraseMatcher
from spacy.tokens import Doc, Span

from variorum.dataset.segmentation import segment
from variorum.schema.labels import Labels
from variorum.schema.preannotation import Preannotation
from variorum.schema.projects import CLAIM, ENTITY_TYPE, TEXT

Mention = tuple[int, int, str]
"""Start and end in code points, half-open, and the entity type."""
_VERBS = frozenset({"VERB", "AUX"})
_CLOSING = " \t\n.!…;:\"'”’»)"  # noqa: RUF001 # typographic quotes are meant
_OPENING = " \t\n\"'“‘«("  # noqa: RUF001 # the same


class Predictor:
    """A model with its settings. Raises OSError where the spaCy pipeline is not installed."""

    def __init__(self, settings: Preannotation, labels: Labels, language: str, abbreviations: tuple[str, ...] = ()) -> None:
        self.settings = settings
        self.types = labels["entity_type"].names
        self.claim = labels["claim"].names[0]
        self.abbreviations = abbreviations
        self.pipeline: Language = spacy.load(settings.pipeline) if settings.pipeline else spacy.blank(language)

    @property
    def language(self) -> str:
        """The language that the pipeline is for, as ISO 639-1."""
        return self.pipeline.lang or ""

    @cached_property
    def version(self) -> str:
        """What made the predictions: pipeline, settings and engine, each with its version."""
        meta = self.pipeline.meta
        shaping = {name: getattr(self.settings, name) for name in self.settings.__struct_fields__ if name != "without"}
        digest = sha256(json.dumps(shaping, sort_keys=True).encode()).hexdigest()[:8]
        model = f"{meta['lang']}_{meta['name']}-{meta['version']}" if self.settings.pipeline else "no-pipeline"
        return f"{model}+preannotation-{digest}+variorum-{version('variorum')}"

    def predict(self, texts: Iterable[str]) -> Iterator[list[dict[str, Any]]]:
        """The results of each text, as Label Studio takes them."""
        for doc in self.pipeline.pipe(texts):
            results = [
                _result(doc.text, f"m{n}", ENTITY_TYPE, mention) for n, mention in enumerate(self._mentions(doc), start=1)
            ]
            claims = self._claim_candidates(doc) if self.settings.claim_candidates else ()
            results += [_result(doc.text, f"c{n}", CLAIM, (*span, self.claim)) for n, span in enumerate(claims, start=1)]
            yield results

    def _mentions(self, doc: Doc) -> list[Mention]:
        """The gazetteer's names, and what the pipeline found beside them or around them."""
        known = _outermost([self._named(span) for span in self._matcher(doc, as_spans=True)])
        found = [mention for entity in doc.ents if (mention := self._cut(entity)) and _fits(mention, known)]
        return sorted({*known, *found}, key=lambda mention: (mention[0], -mention[1]))

    @cached_property
    def _matcher(self) -> PhraseMatcher:
        matcher = PhraseMatcher(self.pipeline.vocab)
        for type_, names in self.settings.gazetteer.items():
            matcher.add(type_, [self.pipeline.make_doc(name) for name in names])
        return matcher

    def _named(self, span: Span) -> Mention:
        return span.start_char, span.end_char, span.label_

    def _cut(self, entity: Span) -> Mention | None:
        """A mention of the pipeline without the words to be cut off; None where nothing is left, or its type is unknown."""
        type_ = self.settings.labels.get(entity.label_, entity.label_)
        first, last = entity.start, entity.end
        while first < last and (entity.doc[first].text in self.settings.cut_leading or entity.doc[first].is_space):
            first += 1
        while first < last and (entity.doc[last - 1].text in self.settings.cut_trailing or entity.doc[last - 1].is_space):
            last -= 1
        if first == last or type_ not in self.types:
            return None
        span = entity.doc[first:last]
        return span.start_char, span.end_char, type_

    def _claim_candidates(self, doc: Doc) -> Iterator[tuple[int, int]]:
        """The sentences that may state something: those with a verb, where the pipeline knows verbs, and no question."""
        knows_verbs = doc.has_annotation("POS") or doc.has_annotation("TAG")
        for start, end in segment(doc.text, self.abbreviations).sentences:
            span = doc.char_span(start, end, alignment_mode="expand")
            verbless = knows_verbs and span is not None and not any(token.pos_ in _VERBS for token in span)
            first, last = _trimmed(doc.text, start, end)
            if not verbless and not doc.text[:end].endswith("?") and first < last:
                yield first, last


def _outermost(mentions: list[Mention]) -> list[Mention]:
    """Mentions without those that cross a longer one, or lie in one of their own type."""
    kept: list[Mention] = []
    for mention in sorted(set(mentions), key=lambda each: (each[0] - each[1], each)):
        if all(not _crosses(mention, other) and not (_inside(mention, other) and mention[2] == other[2]) for other in kept):
            kept.append(mention)
    return kept


def _fits(mention: Mention, known: list[Mention]) -> bool:
    """Whether a mention of the pipeline stands beside the known ones or around them: where they lie, they win."""
    return not any(_crosses(mention, other) or _inside(mention, other) for other in known)


def _crosses(one: Mention, other: Mention) -> bool:
    return one[0] < other[0] < one[1] < other[1] or other[0] < one[0] < other[1] < one[1]


def _inside(one: Mention, other: Mention) -> bool:
    return other[0] <= one[0] and one[1] <= other[1]


def _trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    """A sentence without the marks that open and close it."""
    found = text[start:end]
    return start + len(found) - len(found.lstrip(_OPENING)), start + len(found.rstrip(_CLOSING))


def _result(text: str, id_: str, control: str, region: Mention) -> dict[str, Any]:
    start, end, label = region
    value = {"start": start, "end": end, "text": text[start:end], "labels": [label]}
    return {"id": id_, "from_name": control, "to_name": TEXT, "type": "labels", "value": value}
