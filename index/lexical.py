"""The lexical leg: BM25+ over terms, from inverted files on disk. Passage numbers and scores in and out, nothing else.

An inverted file holds counts, not scores: what a term is worth and how long a passage is for this archive are worked
out over the passages that are there when it is asked, so an archive of several files scores as one file would.
Up to `SMALL` passages the scores are rank_bm25's own.
Source: Lv & Zhai, Lower-bounding term frequency normalization, CIKM 2011 (BM25+).
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt
from rank_bm25 import BM25Plus

from index.postings import Postings, term_hash

SMALL = 500  # passages; rank_bm25 takes 0.5 ms a question at 200 passages and 9 ms at 3,300
K1, B, DELTA = 1.5, 0.75, 1.0
CACHED = 1 << 14  # terms whose worth is kept in memory

Scores = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]
Numbers = npt.NDArray[np.int64]


class LexicalIndex:
    """BM25+ scores of passages for the terms of a question. A term that is asked twice counts twice."""

    def __init__(self, files: Sequence[Postings], live: Mask | None = None) -> None:
        """Put inverted files one behind the other: passage numbers go on from file to file.

        `live`: which passages count, shape (size,); None: all of them.

        Raises:
            ValueError: there is no passage.
        """
        self._files = files
        self._starts = np.cumsum([0, *(file.size for file in files)])
        self.size = int(self._starts[-1])
        self._live = live
        count = self.size if live is None else int(live.sum())
        if not count:
            raise ValueError("the lexical index needs at least one passage")
        self.count = count
        """How many passages count."""
        lengths = np.maximum(np.concatenate([file.lengths for file in files]), 1).astype(np.float32)
        average = float(lengths.sum(dtype=np.float64) if live is None else lengths[live].sum(dtype=np.float64)) / count
        self._norm = np.float32(K1 * (1 - B)) + np.float32(K1 * B / average) * lengths
        self._spans = lru_cache(CACHED)(self._find_spans)
        self._worth = lru_cache(CACHED)(self._read_worth)
        self._known = lru_cache(CACHED)(self._look_up)
        self._oracle = _rank_bm25(self._passages()) if count <= SMALL else None
        self._small = lru_cache(CACHED)(self._score_small)

    @classmethod
    def build(cls, passages: list[list[str]]) -> "LexicalIndex":
        """Index passages given as their terms, in memory."""
        return cls([Postings.build(passages)])

    def scores(self, terms: list[str]) -> Scores:
        """Return the score of every passage, shape (size,). 0 means that it shares no term with the question.

        BM25+ gives a passage without a term the same bonus delta·idf; it is taken off, so that no match is 0.
        """
        if self._oracle:
            found = [self._small(term) for term in terms if self.knows(term)]
            return np.sum(found, axis=0).astype(np.float32) if found else np.zeros(self.size, dtype=np.float32)
        total: Scores = np.zeros(self.size, dtype=np.float32)
        for term in terms:
            numbers, values = self.postings(term)
            total[numbers] += values
        return total

    def postings(self, term: str) -> tuple[Numbers, Scores]:
        """Return the passages that hold a term, by number, and what it adds to the score of each. Empty if unknown."""
        if self._oracle:
            scores = self._small(term).astype(np.float32) if self.knows(term) else np.zeros(0, dtype=np.float32)
            numbers = np.flatnonzero(scores > 1e-6)
            return numbers, scores[numbers]
        numbers, counts = self._runs(term)
        frequency = counts.astype(np.float32)
        return numbers, np.float32(self.idf(term) * (K1 + 1)) * frequency / (frequency + self._norm[numbers])

    def values(self, term: str, numbers: Numbers) -> Scores:
        """Return what a term adds to the score of some passages, 0 where they do not hold it, shape (numbers,)."""
        if self._oracle:
            return (
                self._small(term)[numbers].astype(np.float32)
                if self.knows(term)
                else np.zeros(len(numbers), np.float32)
            )
        frequency = np.zeros(len(numbers), dtype=np.float32)
        for start, passages, counts in self._spans(term):
            if len(passages):
                places = np.minimum(np.searchsorted(passages, numbers - start), len(passages) - 1)
                found = passages[places] == numbers - start
                frequency[found] = counts[places[found]]
        if self._live is not None:
            frequency[~self._live[numbers]] = 0
        values: Scores = np.float32(self.idf(term) * (K1 + 1)) * frequency / (frequency + self._norm[numbers])
        return values

    def holding(self, term: str) -> int:
        """Return how many passages hold a term; those that were removed count as well."""
        return sum(len(passages) for _, passages, _ in self._spans(term))

    def knows(self, term: str) -> bool:
        """Tell whether any passage holds a term."""
        return self._known(term)

    def idf(self, term: str) -> float:
        """Return ln((N + 1) / n) for a term in n of N passages; ln(N + 1) for one that is in none."""
        worth = self._worth(term)
        return float(np.log(self.count + 1)) if worth is None else worth

    def search(self, terms: list[str], k: int, allowed: Mask | None = None) -> list[tuple[int, float]]:
        """Return the k best passages as (number, score), best first, ties by number.

        Passages that share no term, or are not allowed, are left out, so fewer than k may come back.
        """
        return best(self.scores(terms), k, allowed)

    def _runs(self, term: str) -> tuple[Numbers, npt.NDArray[np.uint8]]:
        """Return the live passages that hold a term, and how often each does."""
        runs = self._spans(term)
        numbers = np.concatenate([passages.astype(np.int64) + start for start, passages, _ in runs])
        counts = np.concatenate([counts for _, _, counts in runs])
        if self._live is None:
            return numbers, counts
        kept = self._live[numbers]
        return numbers[kept], counts[kept]

    def _find_spans(self, term: str) -> list[tuple[int, Any, Any]]:
        """Return where each file begins, and its passages that hold a term, with how often each does."""
        key = term_hash(term)
        return [(start, *file.run(key)) for file, start in zip(self._files, self._starts[:-1].tolist(), strict=True)]

    def _look_up(self, term: str) -> bool:
        if self._oracle or self._live is not None:
            return self._worth(term) is not None
        key = term_hash(term)
        return any(file.holding(key) for file in self._files)

    def _read_worth(self, term: str) -> float | None:
        if self._oracle:
            worth: float | None = self._oracle.idf.get(term_hash(term))
            return worth
        whole = self._live is None
        holding = self.holding(term) if whole else len(self._runs(term)[0])
        return float(np.log((self.count + 1) / holding)) if holding else None

    def _score_small(self, term: str) -> npt.NDArray[np.float64]:
        key = term_hash(term)
        assert self._oracle is not None
        scores = np.zeros(self.size)
        live = np.ones(self.size, dtype=np.bool_) if self._live is None else self._live
        scores[live] = self._oracle.get_scores([key]) - DELTA * self._oracle.idf[key]
        return scores

    def _passages(self) -> list[list[int]]:
        """Return the terms of every live passage, by their hashes."""
        passages: list[list[int]] = [[] for _ in range(self.size)]
        for file, start in zip(self._files, self._starts[:-1].tolist(), strict=True):
            for key in file.terms.tolist():
                numbers, counts = file.run(key)
                for number, count in zip(numbers.tolist(), counts.tolist(), strict=True):
                    passages[start + number] += [key] * count
        return [passage for number, passage in enumerate(passages) if self._live is None or self._live[number]]


def _rank_bm25(passages: list[list[int]]) -> Any:
    return BM25Plus([passage or [0] for passage in passages], k1=K1, b=B, delta=DELTA)


def best(scores: Scores, k: int, allowed: Mask | None = None) -> list[tuple[int, float]]:
    """Return the k highest positive scores as (number, score), best first, ties by number."""
    candidates = np.flatnonzero(scores > 1e-6 if allowed is None else (scores > 1e-6) & allowed)
    if len(candidates) > k:
        threshold = np.partition(scores[candidates], len(candidates) - k)[len(candidates) - k]
        candidates = candidates[scores[candidates] >= threshold]
    order = candidates[np.lexsort((candidates, -scores[candidates]))][:k]
    return [(int(number), float(scores[number])) for number in order]
