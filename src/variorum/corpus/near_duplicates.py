"""Texts of different stories that are nearly the same: an exact set-similarity join in bounded memory.

What cannot be a near-duplicate is sorted out by three bounds, none of which loses a pair; the pairs that are left are
compared by their texts. (1) A text of which less than `NEAR_DUPLICATE` stands in texts of other stories has none; what is
sorted out so counts for no other text. (2) The prefix filter of Chaudhuri et al. 2006 and Xiao et al. 2008 (PPJoin): with
the runs of every text in one order, rarest first, two that are nearly the same share one of their first few. (3) Two sets
differ in at least as many elements as parity sketches of them in bits.

Runs are told apart by hashes of some 54 bits: a pair is missed only where two runs of one text have the same, which is
once in about ten million corpora of 100,000 articles.
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np

from variorum.corpus.pair_search import FirstPairs, add_pairs, differing, groups_of
from variorum.corpus.run_store import IN_MEMORY, RunStore, document_bits
from variorum.corpus.shingles import NEAR_DUPLICATE, NEAR_DUPLICATE_WORDS, Overlap, overlaps
from variorum.corpus.word_hashes import Hashes, Mask, Runs
from variorum.kernel.arrays import Ints

CANDIDATES = 4096
"""How many pairs are found before their texts are compared."""
_SLACK = 1e-6  # of products of fractions, so that rounding loses no pair
_SHARED = NEAR_DUPLICATE / (1 + NEAR_DUPLICATE)  # of the sum of two texts' runs, what they share at least
_ALL = np.uint64(64)
_FREQUENCY = np.uint64(5)  # bits of the logarithm of a run's frequency
_SKETCH_WORDS = 8  # of 64 bits
_FEWER = 0.9  # of the live texts: a guess at how many must go for another pass over all runs to pay


class Texts(NamedTuple):
    """What is known of the texts whose runs were hashed: their stories as numbers, which of them count, how to get one."""

    stories: Ints
    keep: Mask
    text: Callable[[int], str]


class NearDuplicates(NamedTuple):
    """Pairs in the order of their documents, found as they are asked for; no more than `most` documents are in any."""

    pairs: Iterator[Overlap]
    most: int


class _Sets(NamedTuple):
    """The runs of texts as sets: their sizes, how many of each stand in other stories, and parity sketches of those."""

    sizes: Ints
    shared: Ints
    sketches: Hashes


def near_duplicates(store: RunStore, texts: Texts, spill: Path, in_memory: int = IN_MEMORY) -> NearDuplicates:
    """The pairs of kept texts of different stories whose runs have a Jaccard similarity of `NEAR_DUPLICATE` or more."""
    sizes, shared, alive = _alive(store, texts)
    if not alive.any():
        return NearDuplicates(iter(()), 0)
    by_document = _by_document(store, texts.stories, alive, RunStore(spill / "by-document", in_memory))
    sets = _Sets(sizes, shared, np.zeros((len(alive), _SKETCH_WORDS), dtype=np.uint64))
    prefixes = _prefixes(by_document, sets, RunStore(spill / "prefixes", in_memory))
    return NearDuplicates(_pairs(prefixes, sets, texts), int(alive.sum()))


def _alive(store: RunStore, texts: Texts) -> tuple[Ints, Ints, Mask]:
    """The sizes of the texts, how many runs of each stand in live texts of other stories too, and which texts are alive."""
    count = len(texts.keep)
    sizes = store.held_by(count)
    alive, before = texts.keep, 0
    while True:
        shared = np.zeros(count, dtype=np.int64)
        for hashes, documents, again in store.shared(alive):
            if not before:
                sizes -= np.bincount(again, minlength=count)
            shared += np.bincount(documents[_elsewhere(hashes, documents, texts.stories)], minlength=count)
        before = int(alive.sum())
        alive = alive & (shared / np.maximum(sizes, 1) >= NEAR_DUPLICATE)
        if not alive.any() or alive.sum() > _FEWER * before:
            return sizes, shared, alive


def _elsewhere(hashes: Hashes, documents: Ints, stories: Ints) -> Mask:
    """Which of the runs stand in several stories."""
    starts, groups = groups_of(hashes)
    return differing(stories[documents], starts)[groups]


def _by_document(store: RunStore, stories: Ints, alive: Mask, into: RunStore) -> RunStore:
    """The runs that live texts share, in the order of documents and, inside one, from rare to frequent.

    What is stored as the hash is the document, the logarithm of the frequency and what there is room for of the hash.
    """
    room = np.uint64(document_bits(len(alive)))
    for hashes, documents, _ in store.shared(alive):
        inside = np.flatnonzero(_elsewhere(hashes, documents, stories))
        groups = groups_of(hashes)[1]
        logarithms = np.frexp(np.bincount(groups)[groups[inside]].astype(np.float64))[1].astype(np.uint64)
        keys = (logarithms << (_ALL - _FREQUENCY)) | (hashes[inside] >> _FREQUENCY)
        owned = (documents[inside].astype(np.uint64) << (_ALL - room)) | (keys >> room)
        into.add(Runs(owned, documents[inside].astype(np.uint32)))
    return into


def _prefixes(by_document: RunStore, sets: _Sets, into: RunStore) -> RunStore:
    """The first runs of each text, of which two that are nearly the same share one; fills in the sketches.

    What is stored as the document is twice its number, and one more where the run is among the yet fewer of which the
    shorter of the two texts holds one.
    """
    count = len(sets.sizes)
    room = document_bits(count)
    for hashes, documents in by_document.ranges(np.ones(count, dtype=np.bool_), most_bits=room):
        keys = hashes << np.uint64(room)
        bits = (keys >> (_ALL - _FREQUENCY - np.uint64(9))) % np.uint64(64 * _SKETCH_WORDS)
        words = (bits // np.uint64(64)).astype(np.int64)
        np.bitwise_xor.at(sets.sketches, (documents, words), np.uint64(1) << bits % np.uint64(64))
        starts, groups = groups_of(documents)
        position = (sets.sizes - sets.shared)[documents] + np.arange(len(documents)) - starts[groups]
        few = position <= sets.sizes[documents] * (1 - 2 * _SHARED) + _SLACK
        inside = position <= sets.sizes[documents] * (1 - NEAR_DUPLICATE) + _SLACK
        spread = (keys << _FREQUENCY) | (keys >> (_ALL - _FREQUENCY))  # ranges of like sizes need the hash in front
        into.add(Runs(spread[inside], (2 * documents + few)[inside].astype(np.uint32)))
    return into


def _pairs(prefixes: RunStore, sets: _Sets, texts: Texts) -> Iterator[Overlap]:
    after = -1
    while True:
        found = FirstPairs(CANDIDATES, after)
        for hashes, marked in prefixes.ranges(np.ones(2 * len(texts.keep), dtype=np.bool_)):
            _search(found, hashes, marked, sets, texts.stories)
        for overlap in overlaps(found.pairs(), texts.text, NEAR_DUPLICATE_WORDS):
            if overlap.jaccard >= NEAR_DUPLICATE:
                yield overlap
        if not found.is_full:
            return
        after = int(found.keys[-1])


def _search(found: FirstPairs, hashes: Hashes, marked: Ints, sets: _Sets, stories: Ints) -> None:
    """Adds the pairs that share a run of their prefixes and may be nearly the same by their sizes and sketches."""
    starts, groups = groups_of(hashes)
    ends = np.append(starts, len(hashes))[groups + 1]
    documents = marked >> 1
    chosen = np.flatnonzero(ends > np.arange(len(ends)) + 1)

    def pairing(ones: Ints, others: Ints) -> tuple[Ints, Ints]:
        ones = chosen[ones]
        marks = (marked[ones] | marked[others]) & 1 == 1
        first, second = documents[ones[marks]], documents[others[marks]]
        possible = _are_possible(first, second, sets) & (stories[first] != stories[second])
        return first[possible], second[possible]

    add_pairs(found, documents[chosen], chosen + 1, ends[chosen], pairing)


def _are_possible(first: Ints, second: Ints, sets: _Sets) -> Mask:
    least = _SHARED * (sets.sizes[first] + sets.sizes[second]) - _SLACK
    fits = np.minimum(sets.sizes[first], sets.sizes[second]) >= least
    fits[fits] = (
        _differing_bits(first[fits], second[fits], sets) <= (sets.shared[first] + sets.shared[second] - 2 * least)[fits]
    )
    return fits


def _differing_bits(first: Ints, second: Ints, sets: _Sets) -> Ints:
    differing_bits: Ints = np.bitwise_count(sets.sketches[first] ^ sets.sketches[second]).sum(axis=1, dtype=np.int64)
    return differing_bits
