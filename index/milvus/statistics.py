"""How many passages hold each term: layers of changes, one over the other, so that a small change writes little.

A layer is two columns: dimensions of terms (`rows.dimension_of`), rising, and by how much the count changed. Layers are
made one when those above are at least half as large as the one below: there are few, and a term is seldom moved.
A term is known by 32 bits: among 30 million, 7 in 1000 share theirs, nearly always with one that stands in one passage.
"""

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from index.milvus.rows import dimension_of
from index.postings import term_hash

HALF = 2  # a layer is merged with those above when it is at most so many times as large
BYTES = 8  # of a term

Dimensions = npt.NDArray[np.uint32]
Counts = npt.NDArray[np.int64]


class TermCounts:
    """Terms by their dimensions, rising, and a number for each."""

    def __init__(self, dimensions: Dimensions, counts: Counts) -> None:
        self.dimensions, self.counts = dimensions, counts

    @classmethod
    def sum(cls, parts: Sequence["TermCounts"]) -> "TermCounts":
        """Return what some say together; what comes to 0 is left out."""
        dimensions = np.concatenate([np.zeros(0, dtype=np.uint32), *(part.dimensions for part in parts)])
        counts = np.concatenate([np.zeros(0, dtype=np.int64), *(part.counts for part in parts)])
        found, place = np.unique(dimensions, return_inverse=True)
        totals = np.bincount(place, weights=counts, minlength=len(found)).astype(np.int64)
        return cls(found[totals != 0], totals[totals != 0])

    @classmethod
    def load(cls, raw: bytes) -> "TermCounts":
        """Return what `save` wrote."""
        size = len(raw) // BYTES
        return cls(np.frombuffer(raw, "<u4", size), np.frombuffer(raw, "<i4", size, 4 * size).astype(np.int64))

    def save(self) -> bytes:
        """Return the columns, one behind the other."""
        return self.dimensions.astype("<u4").tobytes() + self.counts.astype("<i4").tobytes()

    def negative(self) -> "TermCounts":
        """Return the same, taken away."""
        return TermCounts(self.dimensions, -self.counts)

    def of(self, dimension: int) -> int:
        """Return the number of a term, 0 if it is not known."""
        place = int(np.searchsorted(self.dimensions, np.uint32(dimension)))
        there = place < len(self.dimensions) and int(self.dimensions[place]) == dimension
        return int(self.counts[place]) if there else 0

    def __len__(self) -> int:
        return len(self.dimensions)


def first_merged(sizes: Sequence[int], fresh: int) -> int:
    """Return from which layer on, counted from the lowest, all are made one with a fresh one of this many terms."""
    place = len(sizes)
    while place and sizes[place - 1] <= HALF * fresh:
        place -= 1
        fresh += sizes[place]
    return place


@lru_cache(1 << 16)
def dimension(term: str) -> int:
    """Return the dimension of a term."""
    return dimension_of(term_hash(term))
