"""Which sentence answers: candidates from the best passages, ranked by trees over their features."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

from index.gloss import Gloss
from index.source import Source
from index.trees import Trees
from rag.analysis import Sentence, analyse
from rag.answer import Hit
from rag.asked import Asked, prepare
from rag.features import NAMES, features
from rag.question import Question

PASSAGES = 8  # passages whose sentences are looked at
SIGNED = 3  # best passages whose articles' bylines are looked at when the author is asked for
WEIGHTS = Path(__file__).parent / "weights"

_PICTURE = re.compile(r"照片|图片|摄|拍|photo")
_TRANSLATED = re.compile(r"翻译|译者|translat")

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

    def __init__(self, snapshot: Source, trees: Trees) -> None:
        self.snapshot = snapshot
        self._trees = trees
        self._analysed = lru_cache(8192)(self._analyse)
        self.asked = lru_cache(64)(self._asked)

    def _asked(self, question: Question, glosses: tuple[Gloss, ...] = ()) -> Asked:
        """Return a question prepared for matching with this archive's sentences."""
        return prepare(question, self.snapshot.legs.idf, glosses, self.snapshot.legs.count)

    def _analyse(self, number: int) -> tuple[tuple[Sentence, ...], tuple[Ids, ...]]:
        passage, article_number, words = self.snapshot.archive.passage(number)
        sentences = analyse(self.snapshot.archive.article(article_number), passage, words)
        ids = self.snapshot.static.token_ids([sentence.key for sentence in sentences])
        return sentences, tuple(np.asarray(row, dtype=np.uint16) for row in ids)

    def candidates(
        self, question: Question, hits: Sequence[Hit], glosses: Sequence[Gloss] = ()
    ) -> tuple[list[tuple[Hit, int, Sentence]], Asked, Floats]:
        """Return the sentences of the best passages as (passage, its rank, sentence), and their feature rows.

        `glosses`: what the words of an English question may be in Chinese.
        """
        asked = self.asked(question, tuple(glosses))
        rows: list[tuple[Hit, int, Sentence]] = []
        tokens: list[Ids] = []
        for rank, hit in enumerate(hits[:PASSAGES], 1):
            sentences, ids = self._analysed(hit.number)
            rows += [(hit, rank, sentence) for sentence in sentences]
            tokens += ids
        if question.author:
            for hit, rank, sentence, run in self._signed(hits[:SIGNED], {hit.number for hit in hits[:PASSAGES]}):
                rows.append((hit, rank, sentence))
                tokens.append(run)
        if not rows:
            return rows, asked, np.zeros((0, len(NAMES)), dtype=np.float32)
        aim = " ".join(spellings[-1 if glosses else 0] for _, spellings in asked.target)
        whole, part = self.snapshot.static.token_ids([question.key, aim])
        met = self.snapshot.late.interact([*whole, *part], tokens)
        return rows, asked, features(asked, rows, met.only(whole), met.only(part))

    def _signed(self, hits: Sequence[Hit], seen: set[int]) -> Iterator[tuple[Hit, int, Sentence, Ids]]:
        """Yield the bylines, captions and datelines of the hits' articles that stand in other passages."""
        for rank, hit in enumerate(hits, 1):
            _, article, _ = self.snapshot.archive.passage(hit.number)
            for number in self.snapshot.archive.passages_of(article):
                if number not in seen:
                    seen.add(number)
                    passage = self.snapshot.archive.passage(number)[0]
                    for sentence, ids in zip(*self._analysed(number), strict=True):
                        if sentence.part in ("byline", "caption", "dateline"):
                            yield replace(hit, number=number, passage=passage), rank, sentence, ids

    def score(self, matrix: Floats) -> npt.NDArray[np.float64]:
        """Return the ranker's scores of feature rows, (n,)."""
        return self._trees.predict(matrix)

    def rank(self, question: Question, hits: Sequence[Hit], glosses: Sequence[Gloss] = ()) -> list[Candidate]:
        """Return the sentences of the best passages, best first, ties by place."""
        rows, _, matrix = self.candidates(question, hits, glosses)
        if not rows:
            return []
        scores = self.score(matrix)
        order = np.lexsort((np.arange(len(rows)), -scores))
        ranked = [Candidate(rows[i][0], rows[i][2], float(scores[i]), matrix[i]) for i in order.tolist()]
        return _signed_first(question, ranked) if question.author else ranked


def _signed_first(question: Question, ranked: list[Candidate]) -> list[Candidate]:
    """Put the line that names the author of the best article first, if it has one: it is as sure as that article is."""
    best = ranked[0]
    wanted = _PICTURE if _PICTURE.search(question.key) else _TRANSLATED if _TRANSLATED.search(question.key) else None
    for part in ("byline", "dateline", "caption"):
        for candidate in ranked:
            same = candidate.hit.article.article_id == best.hit.article.article_id
            if same and candidate.sentence.part == part and (wanted is None or wanted.search(candidate.sentence.key)):
                return [Candidate(candidate.hit, candidate.sentence, best.score, best.row), *ranked]
    return ranked
