"""How likely it is that the best candidate answers the question, and when to say no.

A veto comes first: a year, a number or a name of the question that the article does not have. Then a logistic model
over a few features of the best candidates. Its weights are in `weights/confidence.json`, made by
`python -m rag.train sentence`.
"""

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from index.text import fold
from rag.features import NAMES as FEATURES
from rag.question import Question
from rag.read import Candidate

WEIGHTS = Path(__file__).parent / "weights" / "confidence.json"
_TAKEN = (
    "words", "bigrams", "words_in_context", "best_unmatched_in_context", "numbers_in_context", "names_in_context",
    "soft", "exact", "weakest", "has_evidence", "near", "common", "passage_score", "lexical", "dense", "asked_words", "english",
)  # fmt: skip
NAMES = ("score", "margin", "passage_margin", *_TAKEN, "missing_number", "missing_name")

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Verdict:
    """`probability` in [0, 1] that the best candidate answers; `reason` why it is not given, None if it is;
    `missing`: what of the question the article does not have."""

    probability: float
    reason: str | None
    missing: tuple[str, ...]


@dataclass(frozen=True)
class ConfidenceModel:
    """A logistic model: probability = 1 / (1 + exp(−(bias + weights · (x − mean) / scale)))."""

    mean: Floats
    scale: Floats
    weights: Floats
    bias: float
    threshold: float

    @classmethod
    def load(cls, path: Path = WEIGHTS) -> "ConfidenceModel":
        """Read the weights from JSON."""
        body = json.loads(path.read_text(encoding="utf-8"))
        if tuple(body["features"]) != NAMES:
            raise ValueError(f"{path}: made for other features. Run `python -m rag.train sentence`.")
        arrays = [np.array(body[key], dtype=np.float64) for key in ("mean", "scale", "weights")]
        return cls(*arrays, bias=float(body["bias"]), threshold=float(body["threshold"]))

    def judge(self, question: Question, ranked: Sequence[Candidate]) -> Verdict:
        """Return how likely the first of the ranked candidates is to answer, and whether to give it."""
        if question.small_talk:
            return Verdict(0.0, "not_a_question", ())
        if not ranked:
            return Verdict(0.0, "no_match", ())
        missing = missing_from(question, ranked[0])
        row = confidence_row(question, ranked, missing)
        logit = self.bias + float(self.weights @ ((row - self.mean) / self.scale))
        probability = 1.0 / (1.0 + math.exp(-max(-30.0, min(30.0, logit))))
        if probability >= self.threshold:
            return Verdict(probability, None, missing)
        best = ranked[0].row[FEATURES.index("words_in_context")]
        reason = "entity_missing" if missing else ("no_match" if best < 0.15 else "low_confidence")
        return Verdict(probability, reason, missing)


def missing_from(question: Question, candidate: Candidate) -> tuple[str, ...]:
    """Return the numbers and names of a question that neither the candidate's article nor its headline has."""
    article = candidate.hit.article
    key = fold(f"{article.title}\n{article.text}")
    numbers = [number for number in question.numbers if number not in key]
    if question.language == "en":
        return tuple(numbers)
    names = [name for name in question.names if name not in key and not _nearly(name, key)]
    return (*numbers, *names)


def _nearly(name: str, key: str) -> bool:
    """Return whether all pieces of a long name stand in the text: 南海区卫健局 in 南海区卫生健康局."""
    if len(name) < 3:
        return False
    position = 0
    for char in name:
        position = key.find(char, position) + 1
        if position == 0:
            return False
    return len(name) >= 4 and all(name[i : i + 2] in key for i in (0, len(name) - 2))


def confidence_row(question: Question, ranked: Sequence[Candidate], missing: Sequence[str]) -> Floats:
    """Return the features of the model, shape (len(NAMES),)."""
    first = ranked[0]
    rest = [candidate.score for candidate in ranked[1:]]
    others = [c.score for c in ranked[1:] if c.hit.article.article_id != first.hit.article.article_id]
    taken = [float(first.row[FEATURES.index(name)]) for name in _TAKEN]
    number = any(item.replace(".", "").isdigit() for item in missing)
    name = any(not item.replace(".", "").isdigit() for item in missing)
    margin = first.score - max(rest, default=first.score - 3.0)
    passage_margin = first.score - max(others, default=first.score - 3.0)
    return np.array([first.score, margin, passage_margin, *taken, float(number), float(name)], dtype=np.float64)
