"""The lexical leg: BM25+ over terms. Passage numbers and scores in and out, nothing else.

Up to `SMALL` passages the scores are rank_bm25's; above that bm25s gives the same ones from a memory map.
Source: Lv & Zhai, Lower-bounding term frequency normalization, CIKM 2011 (BM25+).
"""

import json
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from rank_bm25 import BM25Plus

SMALL = 500  # passages; rank_bm25 takes 0.5 ms a question at 200 passages and 9 ms at 3,300
K1, B, DELTA = 1.5, 0.75, 1.0

Scores = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]


class LexicalIndex:
    """BM25+ scores of passages for the terms of a question. A term that is asked twice counts twice."""

    def __init__(self, scorer: Any, size: int) -> None:
        self._scorer = scorer
        self.size = size
        self._of_term = lru_cache(1 << 14)(self._score_term)  # rank_bm25 walks all passages for each term

    @classmethod
    def build(cls, passages: list[list[str]], exact: bool | None = None) -> "LexicalIndex":
        """Index passages given as their terms. `exact` forces rank_bm25 (true) or bm25s (false).

        Raises:
            ValueError: there is no passage.
        """
        if not passages:
            raise ValueError("the lexical index needs at least one passage")
        passages = [terms or [""] for terms in passages]  # both libraries divide by a passage's length
        if exact if exact is not None else len(passages) <= SMALL:
            return cls(BM25Plus(passages, k1=K1, b=B, delta=DELTA), len(passages))
        import bm25s  # with scipy 0.16 s, which a small archive does without

        scorer = bm25s.BM25(method="bm25+", k1=K1, b=B, delta=DELTA)
        scorer.index(passages, show_progress=False)
        return cls(scorer, len(passages))

    def scores(self, terms: list[str]) -> Scores:
        """Return the score of every passage, shape (size,). 0 means that it shares no term with the question.

        BM25+ gives a passage without a term the same bonus delta·idf; it is taken off, so that no match is 0.
        """
        if isinstance(self._scorer, BM25Plus):
            known = [term for term in terms if term in self._scorer.idf]
            if not known:
                return np.zeros(self.size, dtype=np.float32)
            total: npt.NDArray[np.float64] = np.sum([self._of_term(term) for term in known], axis=0)
            return total.astype(np.float32)
        ids = [i for term in terms if (i := self._scorer.vocab_dict.get(term)) is not None]
        if not ids:
            return np.zeros(self.size, dtype=np.float32)
        floor = np.float32(self._scorer.nonoccurrence_array[ids].sum())
        found: Scores = self._scorer.get_scores_from_ids(ids) - floor
        return found

    def _score_term(self, term: str) -> npt.NDArray[np.float64]:
        scores: npt.NDArray[np.float64] = self._scorer.get_scores([term]) - DELTA * self._scorer.idf[term]
        return scores

    def postings(self, term: str) -> tuple[npt.NDArray[np.int64], Scores]:
        """Return the passages that hold a term, by number, and what it adds to the score of each. Empty if unknown."""
        if isinstance(self._scorer, BM25Plus):
            if term not in self._scorer.idf:
                return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.float32)
            scores = self._of_term(term).astype(np.float32)
            numbers = np.flatnonzero(scores > 1e-6)
            return numbers, scores[numbers]
        i = self._scorer.vocab_dict.get(term)
        if i is None:
            return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.float32)
        columns = self._scorer.scores
        run = slice(columns["indptr"][i], columns["indptr"][i + 1])
        return np.asarray(columns["indices"][run], dtype=np.int64), np.asarray(columns["data"][run], dtype=np.float32)

    def knows(self, term: str) -> bool:
        """Tell whether any passage holds a term."""
        known = self._scorer.idf if isinstance(self._scorer, BM25Plus) else self._scorer.vocab_dict
        return term in known

    def idf(self, term: str) -> float:
        """Return ln((N + 1) / n) for a term in n of N passages; ln(N + 1) for one that is in none."""
        if isinstance(self._scorer, BM25Plus):
            return float(self._scorer.idf.get(term, np.log(self.size + 1)))
        i = self._scorer.vocab_dict.get(term)
        return float(np.log(self.size + 1) if i is None else self._scorer.nonoccurrence_array[i] / DELTA)

    def search(self, terms: list[str], k: int, allowed: Mask | None = None) -> list[tuple[int, float]]:
        """Return the k best passages as (number, score), best first, ties by number.

        Passages that share no term, or are not allowed, are left out, so fewer than k may come back.
        """
        return best(self.scores(terms), k, allowed)

    def save(self, folder: Path) -> None:
        """Write the index to a folder that is made for it. No pickle."""
        folder.mkdir(parents=True)
        if isinstance(self._scorer, BM25Plus):
            rows = [sorted(frequencies.items()) for frequencies in self._scorer.doc_freqs]
            (folder / "terms.json").write_text(json.dumps(rows, ensure_ascii=False), encoding="utf-8")
        else:
            self._scorer.save(folder, show_progress=False)

    @classmethod
    def load(cls, folder: Path, size: int) -> "LexicalIndex":
        """Read an index of `size` passages back; the caller has checked its files."""
        small = folder / "terms.json"
        if small.exists():
            rows = json.loads(small.read_text(encoding="utf-8"))
            passages = [[term for term, count in row for _ in range(count)] for row in rows]
            return cls.build(passages, exact=True)
        import bm25s  # see `build`

        return cls(bm25s.BM25.load(folder, mmap=True, show_progress=False), size)


def best(scores: Scores, k: int, allowed: Mask | None = None) -> list[tuple[int, float]]:
    """Return the k highest positive scores as (number, score), best first, ties by number."""
    candidates = np.flatnonzero(scores > 1e-6 if allowed is None else (scores > 1e-6) & allowed)
    if len(candidates) > k:
        threshold = np.partition(scores[candidates], len(candidates) - k)[len(candidates) - k]
        candidates = candidates[scores[candidates] >= threshold]
    order = candidates[np.lexsort((candidates, -scores[candidates]))][:k]
    return [(int(number), float(scores[number])) for number in order]
