"""Settings of a run: the product whole, or with a part taken away or another in its place."""

import argparse
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from eval.outcome import Case
from index.build import build_index
from index.dense import DenseIndex, Vectors
from index.encoder import load_encoder
from index.gloss import Gloss
from index.late import Interaction, Late
from index.lexical import LexicalIndex, Mask, Scores
from index.snapshot import Snapshot
from index.trees import Trees
from rag.analysis import Sentence
from rag.answer import Hit
from rag.answerer import Answerer, quoted
from rag.fusion import Candidates
from rag.question import Question
from rag.rank import Group, Ranker, Scorer
from rag.read import WEIGHTS, Candidate, Ids, Reader
from rag.retrieve import Retriever

PARTS = ("dense", "lexical", "maxsim", "gloss", "follow-up", "neighbours", "second")
FUSIONS = ("learned", "convex", "rrf")
DENSE_SHARE = 0.33  # of the convex sum
RRF = 60  # Cormack, Clarke & Büttcher, SIGIR 2009


@dataclass(frozen=True)
class Setting:
    """What a run is made with: `without` some of `PARTS`, one of `FUSIONS`, an encoder by its folder or hub name.

    Without "neighbours" a sentence is read and quoted without those around it; without "second" no second sentence
    stands beside the best.
    """

    without: tuple[str, ...] = ()
    fusion: str = "learned"
    encoder: str = ""

    @property
    def name(self) -> str:
        """What it is called in tables; the whole product has no name."""
        named = [f"without {', '.join(self.without)}"] if self.without else []
        named += [f"{self.fusion} fusion"] if self.fusion != "learned" else []
        named += [f"encoder {self.encoder}"] if self.encoder else []
        return ", ".join(named)

    def build(self, corpus: Path, index: Path) -> Answerer:
        """Return an answerer over a corpus, its index built in a folder."""
        return self.answerer(build_index(corpus, index, load_encoder(self.encoder)))

    def answerer(self, snapshot: Snapshot) -> Answerer:
        """Return an answerer over a snapshot."""
        if "dense" in self.without:
            snapshot = replace(snapshot, dense=_NoDense(snapshot.dense))
        if "lexical" in self.without:
            snapshot = replace(snapshot, lexical=_NoLexical(snapshot.lexical))
        if "maxsim" in self.without:
            snapshot = replace(snapshot, late=_NoLate(snapshot.static))
        scorers: dict[str, type[Scorer]] = {"convex": _Convex, "rrf": _RankFusion}
        ranker = scorers[self.fusion]() if self.fusion in scorers else Ranker.load()
        retriever = (_Unglossed if "gloss" in self.without else Retriever)(snapshot, ranker)
        alone = "neighbours" in self.without
        reader = (_Alone if alone else Reader)(snapshot, Trees.load(WEIGHTS / "sentence.npz"))
        count = 1 if "second" in self.without else 2

        def quote(question: Question, first: Sequence[Candidate]) -> list[tuple[Hit, int, int]]:
            if alone:
                return [(c.hit, c.sentence.start, c.sentence.end) for c in first[:1]]
            return quoted(question, first[:count])

        return Answerer(snapshot, retriever, reader, quote)

    def cases(self, cases: Iterable[Case]) -> Iterator[Case]:
        """Yield the cases as they are asked: without "follow-up", as if nothing had been said before."""
        for case in cases:
            yield replace(case, history=()) if "follow-up" in self.without else case


class _NoDense(DenseIndex):
    """Finds nothing, and nothing is near."""

    def __init__(self, index: DenseIndex) -> None:
        self.__dict__.update(vars(index))

    def search(self, vector: Vectors, k: int, allowed: Mask | None = None) -> list[tuple[int, float]]:
        return []

    def cosines(self, vector: Vectors, numbers: list[int]) -> list[float]:
        return [0.0] * len(numbers)


class _NoLexical(LexicalIndex):
    """Finds nothing; how rare a term is, is still known."""

    def __init__(self, index: LexicalIndex) -> None:
        self.__dict__.update(vars(index))

    def scores(self, terms: list[str]) -> Scores:
        return np.zeros(self.size, dtype=np.float32)

    def postings(self, term: str) -> tuple[npt.NDArray[np.int64], Scores]:
        return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.float32)


class _NoLate(Late):
    """No token meets another."""

    def interact(self, question: Sequence[int], passages: Sequence[npt.NDArray[np.uint16]]) -> Interaction:
        found = super().interact(question, passages)
        return replace(found, best=np.zeros_like(found.best))


class _Unglossed(Retriever):
    """An English question is not asked in Chinese."""

    def glosses(self, text: str) -> tuple[Gloss, ...]:
        return ()


class _Alone(Reader):
    """Reads every sentence without those beside it."""

    def _analyse(self, number: int) -> tuple[tuple[Sentence, ...], tuple[Ids, ...]]:
        sentences, ids = super()._analyse(number)
        return tuple(replace(sentence, before="", after="", pointing=False) for sentence in sentences), ids


class _Convex:
    """The weighted sum of both legs' scores, BM25 divided by its best."""

    def scores(self, groups: Sequence[Group]) -> list[npt.NDArray[np.float64]]:
        every = [group.candidates for group in groups]
        return [((1 - DENSE_SHARE) * one.lexical + DENSE_SHARE * one.cosine).astype(np.float64) for one in every]


class _RankFusion:
    """The sum of 1 / (60 + rank) over both legs, divided by the most it can be."""

    def scores(self, groups: Sequence[Group]) -> list[npt.NDArray[np.float64]]:
        return [self._sum(group.candidates) for group in groups]

    def _sum(self, candidates: Candidates) -> npt.NDArray[np.float64]:
        total = np.zeros(len(candidates.numbers))
        for scores in (candidates.lexical, candidates.cosine):
            order = np.argsort(-scores, kind="stable")
            found = order[scores[order] > 0]
            total[found] += (RRF + 1) / 2 / (RRF + 1 + np.arange(len(found)))
        return total


def add_setting(parser: argparse.ArgumentParser) -> None:
    """Add the options of a setting to a command."""
    parser.add_argument("--without", choices=PARTS, action="append", default=[], help="take a part away")
    parser.add_argument("--fusion", choices=FUSIONS, default="learned", help="how both legs are made one")
    parser.add_argument(
        "--encoder", default="", help="another sentence-transformers model: its folder, or its hub name"
    )


def read_setting(options: argparse.Namespace) -> Setting:
    """Return the setting that a command was given."""
    return Setting(tuple(options.without), options.fusion, options.encoder)
