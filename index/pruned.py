"""The best passages by BM25+ of a large archive, without most of what common words say (MaxScore).

Words are taken from the rarest on. As soon as those that are left could not lift a passage that has none of the others
among the best, they are looked up only in the passages that were met so far. Scores are the same to the last bit as
where every passage is scored: in the end those of the best are added up in the same order.
Source: Turtle & Flood, Query evaluation: strategies and optimizations, IPM 1995.
"""

from collections import Counter
from dataclasses import dataclass

import numpy as np

from index.lexical import K1, LexicalIndex, Mask, Scores
from index.source import Either, Numbers, Wanted

FLATTER = 0.15  # exponent on the weights of spellings: which of them is meant, the corpus says better than the table
LIKELY = 3_000  # passages of the rarest terms, at least, by which is told how good one must be to be among the best
DEAR = 8  # how much longer it takes to look a passage up in a run than to read one of the run
SLACK = 0.01  # what sums of scores in another order may differ by


@dataclass(frozen=True)
class Pruned:
    """What the lexical leg finds (see `index.source.Matched`)."""

    lexical: LexicalIndex
    wanted: Wanted
    is_english: Mask
    ranked: list[tuple[int, float]]
    most: float

    def of(self, numbers: Numbers) -> Scores:
        """Return the score of any passages."""
        return scores_of(self.lexical, self.wanted, self.is_english, numbers)


def find(lexical: LexicalIndex, wanted: Wanted, depth: int, is_english: Mask, allowed: Mask | None = None) -> Pruned:
    """Return the `depth` best passages. `is_english`: of every passage, whether it is; `allowed`: None: all."""
    sums = np.zeros(lexical.size, dtype=np.float32)
    most = sum(_add(lexical, either, is_english, sums) for either in wanted.either)
    counts = Counter(term for term in wanted.terms if lexical.knows(term))
    left = sorted(counts, key=lambda term: -lexical.idf(term))
    could = sum(_bound(lexical, term) * counts[term] for term in left)
    likely = np.zeros(0, dtype=np.int64)  # passages of rare terms: the last of the best is at least as good as theirs
    while left:
        often = lexical.holding(left[0])
        if often > LIKELY and _few(sums, _last(sums[likely], depth) - could - SLACK, often):
            break
        term = left.pop(0)
        run, values = lexical.postings(term)
        sums[run] += values * np.float32(counts[term])
        could -= _bound(lexical, term) * counts[term]
        if len(likely) < LIKELY:
            likely = _union(likely, run if allowed is None else run[allowed[run]])
    numbers = np.flatnonzero(sums > max(0.0, _last(sums[likely], depth) - could - SLACK))
    numbers = numbers if allowed is None else numbers[allowed[numbers]]
    scores = sums[numbers]
    for term in left:
        kept = scores + np.float32(could + SLACK) >= _last(scores, depth)
        numbers = numbers[kept]
        scores = scores[kept] + lexical.values(term, numbers) * np.float32(counts[term])
        could -= _bound(lexical, term) * counts[term]
    numbers = numbers[scores >= _last(scores, depth) - SLACK]
    scores = scores_of(lexical, wanted, is_english, numbers)
    order = [place for place in np.lexsort((numbers, -scores))[:depth].tolist() if scores[place] > 1e-6]
    ranked = [(int(numbers[place]), float(scores[place])) for place in order]
    return Pruned(lexical, wanted, is_english, ranked, most)


def scores_of(lexical: LexicalIndex, wanted: Wanted, is_english: Mask, numbers: Numbers) -> Scores:
    """Return the score of some passages, 0 where they share no term."""
    total: Scores = np.zeros(len(numbers), dtype=np.float32)
    for term in wanted.terms:
        total += lexical.values(term, numbers)
    for either in wanted.either:
        highest = np.zeros(len(numbers), dtype=np.float32)
        for spelling, weight in either.spellings:
            adds = np.zeros(len(numbers), dtype=np.float32)
            for term in spelling:
                adds += lexical.values(term, numbers)
            np.maximum(highest, adds * np.float32(weight**FLATTER), out=highest)
        if either.english:
            highest[~is_english[numbers]] = 0
        total += highest
    return total


def _add(lexical: LexicalIndex, either: Either, is_english: Mask, sums: Scores) -> float:
    """Add what the best of some spellings adds to every passage, and return the most of it."""
    adds, highest = np.zeros(len(sums), dtype=np.float32), np.zeros(len(sums), dtype=np.float32)
    found, most = [], 0.0
    for spelling, weight in either.spellings:
        runs = [lexical.postings(term) for term in spelling]
        for run, values in runs:
            adds[run] += values
        for run, _ in runs:
            numbers = run[is_english[run]] if either.english else run
            highest[numbers] = np.maximum(highest[numbers], adds[numbers] * np.float32(weight**FLATTER))
            found.append(numbers)
        for run, _ in runs:
            adds[run] = 0
    for numbers in found:
        values = highest[numbers]
        most = max(most, float(values.max(initial=0)))
        sums[numbers] += values
        highest[numbers] = 0  # a passage may be met again
    return most


def _few(sums: Scores, least: float, often: int) -> bool:
    """Tell whether the passages that may still be among the best are so few that it is quicker to look them up."""
    return least > 0 and int(np.count_nonzero(sums > least)) * DEAR < often


def _union(some: Numbers, others: Numbers) -> Numbers:
    """Return the numbers of two runs, each once, rising."""
    numbers = np.sort(np.concatenate([some, others]))
    return numbers[np.diff(numbers, prepend=-1) > 0]


def _last(scores: Scores, depth: int) -> float:
    """Return the lowest of the `depth` highest scores; 0 where there are fewer."""
    if len(scores) < depth:
        return 0.0
    return float(np.partition(scores, len(scores) - depth)[len(scores) - depth])


def _bound(lexical: LexicalIndex, term: str) -> float:
    """Return what a term can add to a passage's score at most."""
    return lexical.idf(term) * (K1 + 1)
