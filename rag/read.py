"""Which sentence answers: candidates from the best passages, ranked by trees over their features."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

from index.snapshot import Snapshot
from rag.analysis import Sentence, analyse
from rag.answer import Hit
from rag.features import Asked, features, prepare
from rag.question import Question
from rag.trees import Trees

PASSAGES = 8  # passages whose sentences are looked at
WEIGHTS = Path(__file__).parent / "weights"

Floats = npt.NDArray[np.float32]
Ids = npt.NDArray[np.uint16]


@dataclass(frozen=True)
class Candidate:
    """A sentence that may answer. `score`: the ranker's, higher is better. `row`: its features."""

    hit: Hit
    sentence: Sentence
    score: float
    row: Floats


class Reader:
    """Ranks the sentences of passages for a question."""

    def __init__(self, snapshot: Snapshot, trees: Trees) -> None:
        self.snapshot = snapshot
        self._trees = trees
        self._analysed = lru_cache(8192)(self._analyse)

    def _analyse(self, number: int) -> tuple[tuple[Sentence, ...], tuple[Ids, ...]]:
        passage, article_number, words = self.snapshot.archive.passage(number)
        sentences = analyse(self.snapshot.archive.article(article_number), passage, words)
        ids = self.snapshot.static.token_ids([sentence.key for sentence in sentences])
        return sentences, tuple(np.asarray(row, dtype=np.uint16) for row in ids)

    def candidates(self, question: Question, hits: Sequence[Hit]) -> tuple[list[tuple[Hit, int, Sentence]], Asked, Floats]:
        """Return the sentences of the best passages as (passage, its rank, sentence), and their feature rows."""
        asked = prepare(question, self.snapshot.lexical.idf, {}, self.snapshot.lexical.size)
        rows: list[tuple[Hit, int, Sentence]] = []
        tokens: list[Ids] = []
        for rank, hit in enumerate(hits[:PASSAGES], 1):
            sentences, ids = self._analysed(hit.number)
            rows += [(hit, rank, sentence) for sentence in sentences]
            tokens += ids
        met = self.snapshot.late.interact(self.snapshot.static.token_ids([question.key])[0], tokens)
        return rows, asked, features(asked, rows, met)

    def rank(self, question: Question, hits: Sequence[Hit]) -> list[Candidate]:
        """Return the sentences of the best passages, best first, ties by place."""
        rows, _, matrix = self.candidates(question, hits)
        if not rows:
            return []
        scores = self._trees.predict(matrix)
        order = np.lexsort((np.arange(len(rows)), -scores))
        return [Candidate(rows[i][0], rows[i][2], float(scores[i]), matrix[i]) for i in order.tolist()]
