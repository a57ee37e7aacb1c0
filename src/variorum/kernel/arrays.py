"""The few shapes of array that the kernel is written in."""

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]


def lengths(firsts: Ints, ends: Ints) -> Ints:
    """How much lies in each half-open range, (n,); 0 where it runs backwards, as in Python's `range`."""
    sizes: Ints = np.maximum(ends - firsts, 0)
    return sizes


def ranges(firsts: Ints, ends: Ints) -> Ints:
    """All numbers of the half-open ranges, one range after the other: firsts, ends (n,) -> (sum of lengths,)."""
    sizes = lengths(firsts, ends)
    before = np.cumsum(sizes) - sizes
    numbers: Ints = np.arange(sizes.sum()) + np.repeat(firsts - before, sizes)
    return numbers


def owners(firsts: Ints, ends: Ints) -> Ints:
    """For each number in `ranges`, the index of its range: firsts, ends (n,) -> (sum of lengths,)."""
    return np.repeat(np.arange(len(firsts)), lengths(firsts, ends))
