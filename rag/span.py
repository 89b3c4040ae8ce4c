"""The short answer: which words of a sentence answer, and how likely they are right."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

from index.errors import ModelError
from index.text import fold, fold_with_offsets
from index.trees import Trees
from rag.answer import Span
from rag.spans.candidates import candidates
from rag.spans.features import NAMES, AskedSpan, Spans, prepare_span, span_features, spans_of
from rag.spans.fits import fitting
from rag.spans.network import AFTER, BEFORE, Network, inputs
from rag.spans.tokens import CLASS, Tokens, one_of, tokenise

WEIGHTS = Path(__file__).parent / "weights"
MOST = 5  # spans returned
KEPT = 512  # sentences whose candidates are kept in memory, 60 kB each
NEAR = 0.8  # F1 from which two spans say the same
_NO_PERSON = one_of("verb", "adverb", "number", "date", "time", "measure", "where", "pronoun")
_JOINED = frozenset("、和与及,")

Floats = npt.NDArray[np.float32]
Doubles = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Ranked:
    """The candidates of one sentence: offsets in the context, (n, 2), and their share of belief, (n,), sum 1."""

    spans: npt.NDArray[np.int32]
    share: Doubles


@dataclass(frozen=True)
class Prepared:
    """A question, prepared for reading: `read`: what the network keeps of it."""

    asked: AskedSpan
    tokens: Tokens
    read: tuple[Floats, Floats] | None


class SpanReader:
    """Finds the short answer in sentences: trees over candidates, and a small network where there is one.

    `weight`: what the network's log-probabilities count, against the trees' scores.
    """

    def __init__(
        self,
        trees: Trees,
        calibration: dict[str, list[list[float]]],
        network: Network | None = None,
        weight: float = 0.0,
    ) -> None:
        self._trees = trees
        self._calibration = calibration
        self._network = network
        self._weight = weight

    @classmethod
    def load(cls, folder: Path = WEIGHTS) -> "SpanReader":
        """Return the reader with the weights of a folder.

        Raises:
            ModelError: a file of the weights is missing, damaged, or made for other features.
        """
        trees = Trees.load(folder / "span.npz")
        if trees.names != NAMES:
            raise ModelError(f"The trees at {folder / 'span.npz'} look at other features. Train them again.")
        try:
            settings = json.loads((folder / "span.json").read_text(encoding="utf-8"))
            calibration, weight = settings["calibration"], float(settings["network_weight"])
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise ModelError(f"The calibration at {folder / 'span.json'} cannot be read ({error}).") from error
        return cls(trees, calibration, Network.load(folder / "span_network.npz") if weight else None, weight)

    def read(
        self, question: str, kind: str, context: str, sentence_spans: Sequence[tuple[int, int]], prior: Sequence[float]
    ) -> list[Span]:
        """Return the best spans of some sentences, best first, at most `MOST`, ties by place.

        `sentence_spans`: offsets into `context`. `prior`: the log-probability that each is the answering sentence. A
        span's score is the probability that it is right: that of its sentence times that of the span in it.
        """
        asked = self.prepare(question, kind)
        found = []
        for sentence, log in zip(sentence_spans, prior, strict=True):
            ranked = self.rank(asked, context, sentence)
            if not len(ranked.share):
                continue
            chance = self.calibrated(kind, agreed(ranked)) * min(1.0, float(np.exp(log)))
            order = np.argsort(-ranked.share, kind="stable")[:MOST]
            best = ranked.share[order[0]]
            for i in order.tolist():
                low, high = ranked.spans[i].tolist()
                found.append(Span(low, high, float(chance * ranked.share[i] / best)))
        return sorted(found, key=lambda span: (-span.score, span.start, span.end))[:MOST]

    def prepare(self, question: str, kind: str) -> Prepared:
        """Return a question prepared for reading."""
        key = fold(question)
        tokens = tokenise(key)
        read = self._network.question(tokens, kind) if self._network and key else None
        return Prepared(prepare_span(key, kind), tokens, read)

    def rank(self, question: Prepared, context: str, sentence: tuple[int, int]) -> Ranked:
        """Return the candidates of one sentence of a context."""
        seen = _seen(context[slice(*sentence)], question.asked.kind == "person")
        if not len(seen.offsets):
            return Ranked(np.zeros((0, 2), dtype=np.int32), np.zeros(0))
        spans = seen.spans
        kept = fitting(question.asked, spans)
        if not kept.any():
            return Ranked(np.zeros((0, 2), dtype=np.int32), np.zeros(0))
        if kept.sum() == 1:  # whatever it scores
            return Ranked(seen.offsets + np.int32(sentence[0]), kept.astype(np.float64))
        scores = self._trees.predict(span_features(question.asked, spans)[kept])
        if self._network and question.read:
            logits = self._read(question, context, sentence, len(spans.tokens.key))
            scores = scores + self._weight * (logits[0, spans.starts[kept]] + logits[1, spans.ends[kept] - 1])
        share = np.zeros(len(kept))
        share[kept] = np.exp(scores - scores.max())
        return Ranked(seen.offsets + np.int32(sentence[0]), share / share.sum())

    def _read(self, question: Prepared, context: str, sentence: tuple[int, int], size: int) -> Floats:
        """Return the log-probabilities of a sentence's characters to be the first and the last of the answer."""
        assert self._network is not None
        assert question.read is not None
        head, window = context[max(0, sentence[0] - BEFORE) : sentence[0]], context[sentence[0] : sentence[1] + AFTER]
        tokens = tokenise(fold(head + window))
        start = len(fold(head))
        read = inputs(tokens, self._network.alphabet, question.tokens)
        logits = self._network.logits(read, question.read, slice(start, start + size))
        top = logits.max(axis=1, keepdims=True)
        return np.asarray(logits - top - np.log(np.exp(logits - top).sum(axis=1, keepdims=True)), dtype=np.float32)

    def calibrated(self, kind: str, belief: float) -> float:
        """Return the probability that a span is right, given the belief that agrees with it."""
        points = self._calibration.get(kind) or self._calibration["other"]
        return float(np.interp(belief, points[0], points[1]))


@dataclass(frozen=True)
class _Seen:
    """The candidates of a sentence, and their offsets in it, (n, 2)."""

    spans: Spans
    offsets: npt.NDArray[np.int32]


@lru_cache(maxsize=KEPT)
def _seen(sentence: str, person: bool) -> _Seen:
    """Return the candidates of a sentence; `person`: for a question that asks for one."""
    key = fold_with_offsets(sentence)
    tokens = tokenise(key.text)
    low, high = candidates(tokens)
    if person:
        low, high = without_titles(tokens, low, high)
        low, high = without_deeds(tokens, low, high)
    spans = spans_of(tokens, low, high)
    pairs = zip(spans.starts.tolist(), spans.ends.tolist(), strict=True)
    offsets = np.array([key.source_span(a, b) for a, b in pairs], dtype=np.int32).reshape(-1, 2)
    return _Seen(spans, offsets)


def agreed(ranked: Ranked) -> float:
    """Return the belief that says the same as the best span: of all spans that overlap it with F1 ≥ `NEAR`."""
    best = ranked.spans[int(np.argmax(ranked.share))]
    lengths = ranked.spans[:, 1] - ranked.spans[:, 0]
    common = np.minimum(ranked.spans[:, 1], best[1]) - np.maximum(ranked.spans[:, 0], best[0])
    same = 2 * common / (lengths + best[1] - best[0]) >= NEAR
    return float(ranked.share[same].sum())


def without_titles(
    tokens: Tokens, low: npt.NDArray[np.int32], high: npt.NDArray[np.int32]
) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int32]]:
    """Leave out the candidates that end in a person's name and begin with something else (局长李炬昆); lists stay."""
    person = tokens.classes == CLASS["person"]
    listed = np.array(
        [any(text in _JOINED for text in tokens.texts[a:b]) for a, b in zip(low.tolist(), high.tolist(), strict=True)],
        dtype=bool,
    )
    kept = ~(person[high] & ~person[low] & ~listed)
    return low[kept], high[kept]


def without_deeds(
    tokens: Tokens, low: npt.NDArray[np.int32], high: npt.NDArray[np.int32]
) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int32]]:
    """Leave out the candidates that end in what no person's name ends in: a deed, a number, a time (何弢介绍)."""
    kept = ~_NO_PERSON[tokens.classes[high]]
    return (low[kept], high[kept]) if kept.any() else (low, high)
