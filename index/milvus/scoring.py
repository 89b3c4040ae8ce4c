"""BM25 of a few passages, from their terms' counts and the statistics of a generation."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from index.lexical import K1, Mask, Scores
from index.milvus.rows import Counts, norm
from index.milvus.statistics import TermCounts, dimension
from index.pruned import FLATTER
from index.source import Either, Wanted

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Statistics:
    """Of one generation. `length`: terms of all passages; `gone`: keys of documents that count no more."""

    generation: int
    count: int
    english: int
    length: int
    terms: TermCounts
    gone: frozenset[int]

    @property
    def average(self) -> float:
        """Terms of a passage, on average."""
        return self.length / max(self.count, 1)

    def idf(self, term: str) -> float:
        """Return ln((N + 1) / n) for a term in n of N passages; ln(N + 1) for one that is in none."""
        return float(np.log((self.count + 1) / max(1, self.terms.of(dimension(term)))))


class Scorer:
    """BM25 of some passages by their terms' counts."""

    def __init__(self, statistics: Statistics, counts: Sequence[Counts], lengths: Sequence[int]) -> None:
        """Take each passage's terms with their counts, and how many it has in all."""
        self.size = len(lengths)
        self._statistics = statistics
        self._norm = norm(np.array(lengths, dtype=np.int64), statistics.average)
        sizes = [len(dimensions) for dimensions, _ in counts]
        flat = np.concatenate([np.zeros(0, dtype=np.uint32), *(dimensions for dimensions, _ in counts)])
        order = np.argsort(flat, kind="stable")
        self._flat = flat[order]
        self._owner = np.repeat(np.arange(self.size), sizes)[order]
        self._often = np.concatenate([np.zeros(0, dtype=np.uint8), *(often for _, often in counts)])[order]

    def adds(self, terms: Iterable[str]) -> Scores:
        """Return what terms add to the score of each passage, (size,)."""
        total = np.zeros(self.size, dtype=np.float32)
        for term in terms:
            frequency = self._of(dimension(term))
            worth = np.float32(self._statistics.idf(term) * (K1 + 1))
            total += worth * frequency / (frequency + self._norm)
        return total

    def _of(self, wanted: int) -> Floats:
        low, high = np.searchsorted(self._flat, np.array([wanted, wanted + 1], dtype=np.uint32))
        frequency = np.zeros(self.size, dtype=np.float32)
        frequency[self._owner[low:high]] = self._often[low:high]
        return frequency

    def all(self, wanted: Wanted, english: Mask) -> Scores:
        """Return the score of each passage."""
        total = self.adds(wanted.terms)
        for either in wanted.either:
            total = total + self.best(either, english)
        return total

    def best(self, either: Either, english: Mask) -> Scores:
        """Return what the best of some spellings adds to each passage."""
        highest = np.zeros(self.size, dtype=np.float32)
        for spelling, weight in either.spellings:
            np.maximum(highest, self.adds(spelling) * np.float32(weight**FLATTER), out=highest)
        if either.english:
            highest[~english] = 0
        return highest
