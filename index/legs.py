"""Both legs of an index in a folder: every passage of a small archive is scored, of a large one what may count."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from index.archive import Archive
from index.dense import DenseIndex, Vectors
from index.late import TokenRuns
from index.lexical import LexicalIndex, Mask, Scores, best
from index.pruned import FLATTER, Pruned, find
from index.source import Either, Numbers, Passages, Wanted

LARGE = 30_000  # passages from which on the best are found without a score for every one


@dataclass(frozen=True)
class Scored:
    """The score of every passage (see `index.source.Matched`)."""

    scores: Scores
    ranked: list[tuple[int, float]]
    most: float

    def of(self, numbers: Numbers) -> Scores:
        """Return the score of any passages."""
        return self.scores[numbers]


@dataclass(frozen=True)
class LocalLegs:
    """See `index.source.Legs`. Arrays as in `Snapshot`; `allowed`: which passages are looked at, None: all."""

    lexical: LexicalIndex
    dense: DenseIndex
    archive: Archive
    tokens: TokenRuns
    articles: Numbers
    is_english: Mask
    live: Mask | None
    allowed: Mask | None = None

    @property
    def count(self) -> int:
        """How many passages there are."""
        return self.lexical.count

    @property
    def english(self) -> int:
        """How many of them are English."""
        return int((self.is_english if self.live is None else self.is_english & self.live).sum())

    def knows(self, term: str) -> bool:
        """Tell whether any passage holds a term."""
        return self.lexical.knows(term)

    def idf(self, term: str) -> float:
        """Return ln((N + 1) / n) for a term in n of N passages; ln(N + 1) for one that is in none."""
        return self.lexical.idf(term)

    def within(self, documents: Sequence[str]) -> "LocalLegs":
        """Return the same legs, looking at some documents alone."""
        allowed = np.zeros(self.lexical.size, dtype=np.bool_)
        allowed[self.archive.passages_of_documents(documents)] = True
        return replace(self, allowed=allowed)

    def words(self, wanted: Wanted, depth: int) -> Scored | Pruned:
        """Return what BM25+ finds."""
        if self.lexical.size > LARGE:
            return find(self.lexical, wanted, depth, self.is_english, self.allowed)
        scores, most = self.lexical.scores(list(wanted.terms)), 0.0
        for either in wanted.either:
            highest = self._best_of(either)
            scores = scores + highest
            most += float(highest.max())
        return Scored(scores, best(scores, depth, self.allowed), most)

    def meaning(self, vector: Vectors, k: int, english: bool | None = None) -> list[tuple[int, float]]:
        """Return the k passages nearest to a unit vector."""
        allowed = self.allowed
        if english is not None:
            part = self.is_english if english else ~self.is_english
            allowed = part if allowed is None else part & allowed
            if not allowed.any():
                return []
        return self.dense.search(vector, k, allowed)

    def cosines(self, vector: Vectors, numbers: list[int]) -> list[float]:
        """Return the cosine of some passages to a unit vector."""
        return self.dense.cosines(vector, numbers)

    def passages(self, numbers: Sequence[int]) -> Passages:
        """Return what is known of some passages."""
        places = np.asarray(numbers, dtype=np.int64)
        return Passages(self.articles[places], self.is_english[places], self.tokens.of(numbers))

    def _best_of(self, either: Either) -> Scores:
        """Return what the best of some spellings adds to every passage's score."""
        highest = np.zeros(self.lexical.size, dtype=np.float32)
        for spelling, weight in either.spellings:
            adds = np.zeros(self.lexical.size, dtype=np.float32)
            for term in spelling:
                numbers, values = self.lexical.postings(term)
                adds[numbers] += values
            np.maximum(highest, adds * np.float32(weight**FLATTER), out=highest)
        if either.english:
            highest[~self.is_english] = 0  # Latin words in Chinese passages are names, not what the word means
        return highest
