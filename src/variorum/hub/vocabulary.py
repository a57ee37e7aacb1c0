"""What the Hub takes in the head of a dataset card: there is no check of its own that works offline.

Tasks and subtasks are those of huggingface.js (packages/tasks/src/pipelines.ts), licences those of hub-docs
(docs/hub/repositories-licenses.md), the rest those of hub-docs (datasetcard.md) and of its template.
"""

import re
from collections.abc import Iterator
from difflib import get_close_matches
from typing import Any

_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*|code|multilingual")

TASKS = """
any-to-any audio-classification audio-text-to-text audio-to-audio automatic-speech-recognition biology depth-estimation
document-question-answering feature-extraction fill-mask graph-ml image-classification image-feature-extraction
image-segmentation image-text-to-text image-to-3d image-to-image image-to-text image-to-video keypoint-detection
mask-generation multiple-choice object-detection other question-answering reinforcement-learning robotics
sentence-similarity summarization table-question-answering table-to-text tabular-classification tabular-regression
tabular-to-text text-classification text-generation text-ranking text-retrieval text-to-3d text-to-audio text-to-image
text-to-speech text-to-video text2text-generation time-series-forecasting token-classification translation
unconditional-image-generation video-classification video-text-to-text visual-document-retrieval
visual-question-answering voice-activity-detection zero-shot-classification zero-shot-image-classification
zero-shot-object-detection
"""
SUBTASKS = """
abstractive-qa acceptability-classification audio-emotion-recognition audio-intent-classification
audio-language-identification closed-book-qa closed-domain-qa conversational coreference-resolution dialogue-generation
dialogue-modeling document-question-answering document-retrieval entity-linking-classification entity-linking-retrieval
explanation-generation extractive-qa face-detection fact-checking fact-checking-retrieval grasping hate-speech-detection
image-captioning image-colorization image-inpainting instance-segmentation intent-classification keyword-spotting
language-identification language-modeling lemmatization masked-language-modeling multi-class-classification
multi-class-image-classification multi-input-text-classification multi-label-classification
multi-label-image-classification multiple-choice-coreference-resolution multiple-choice-qa
multivariate-time-series-forecasting named-entity-recognition natural-language-inference
news-articles-headline-generation news-articles-summarization open-book-qa open-domain-abstractive-qa open-domain-qa
panoptic-segmentation parsing part-of-speech pose-estimation rdf-to-text semantic-segmentation
semantic-similarity-classification semantic-similarity-scoring sentiment-analysis sentiment-classification
sentiment-scoring slot-filling speaker-identification super-resolution tabular-multi-class-classification
tabular-multi-label-classification tabular-single-column-regression task-planning text-scoring text-simplification
topic-classification univariate-time-series-forecasting utterance-retrieval vehicle-detection
visual-question-answering word-sense-disambiguation
"""
LICENCES = """
afl-3.0 agpl-3.0 apache-2.0 artistic-2.0 bigcode-openrail-m bigscience-bloom-rail-1.0 bigscience-openrail-m bsd bsd-2-clause
bsd-3-clause bsd-3-clause-clear bsl-1.0 c-uda cc cc-by-2.0 cc-by-2.5 cc-by-3.0 cc-by-4.0 cc-by-nc-2.0 cc-by-nc-3.0 cc-by-nc-4.0
cc-by-nc-nd-3.0 cc-by-nc-nd-4.0 cc-by-nc-sa-2.0 cc-by-nc-sa-3.0 cc-by-nc-sa-4.0 cc-by-nd-4.0 cc-by-sa-3.0 cc-by-sa-4.0 cc0-1.0
cdla-permissive-1.0 cdla-permissive-2.0 cdla-sharing-1.0 creativeml-openrail-m deepfloyd-if-license ecl-2.0 epl-1.0 epl-2.0
etalab-2.0 eupl-1.1 gemma gfdl gpl gpl-2.0 gpl-3.0 isc lgpl lgpl-2.1 lgpl-3.0 lgpl-lr llama2 lppl-1.3c mit mpl-2.0 ms-pl ncsa
odbl odc-by ofl-1.1 openrail openrail++ osl-3.0 other pddl postgresql unknown unlicense wtfpl zlib
"""
CREATORS = "crowdsourced expert-generated found machine-generated no-annotation other"
SIZES = "n<1K 1K<n<10K 10K<n<100K 100K<n<1M 1M<n<10M 10M<n<100M 100M<n<1B 1B<n<10B 10B<n<100B 100B<n<1T n>1T"
FIELDS: dict[str, frozenset[str]] = {
    "license": frozenset(LICENCES.split()),
    "task_categories": frozenset(TASKS.split()),
    "task_ids": frozenset(SUBTASKS.split()),
    "annotations_creators": frozenset(CREATORS.split()),
    "language_creators": frozenset((CREATORS + " crowdsourced machine-generated").split()),
    "multilinguality": frozenset(["monolingual", "multilingual", "translation", "other-language-learner"]),
    "size_categories": frozenset(SIZES.split()),
}


def head_faults(head: dict[str, Any]) -> Iterator[str]:
    """What the Hub would not take, or not understand, in the head of a card."""
    for name, allowed in FIELDS.items():
        for value in _listed(head.get(name)):
            if not isinstance(value, str):
                yield f"`{name}` holds {value!r}, which is no text; put it in quotes."
            elif value not in allowed:
                near = get_close_matches(value, sorted(allowed), 1)
                yield f"`{name}` holds {value!r}, which the Hub does not know{f'; it knows {near[0]!r}' if near else ''}."
    for value in _listed(head.get("language")):
        if not isinstance(value, str) or not _LANGUAGE.fullmatch(value):
            hint = "" if isinstance(value, str) else "; put it in quotes"
            yield f"`language` holds {value!r}, which is no ISO 639 code{hint}."


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]
