"""The last word on the candidates: trees over how the best of them meet the question, and how sure that makes us.

Trees (LambdaMART) rank the best `DEPTH` passages in the question's language; they do not see the vectors' cosines,
which a readable sum adds (`weights/rank.json`, made with the trees by `python -m rag.train.rank`). Passages in another
language keep the fusion's order and are set among them. The score is calibrated: of the first hit, the probability that
it is of the right document.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
import numpy.typing as npt

from index.trees import Trees
from rag.fusion import FEATURES, Candidates, Floats, Fusion
from rag.meet import MEETING, Texts, meeting, rival
from rag.question import Question

WEIGHTS = Path(__file__).parent / "weights"
DEPTH = 20  # candidates that the trees rank
DIGITS = 5  # behind the point of a sum of features: further ones depend on the order in which a machine adds up
CLOSEST = 12.0  # a gap to the second beyond which nothing is surer
BASE = tuple(name for name in FEATURES if name not in ("cosine", "cosine_gap", "agreement"))
NAMES = (*BASE, "base", "base_gap", "base_rank", "base_rival", *MEETING)
OTHER = ("lexical_share", "maxsim", "exact")  # the best of the candidates in the other language
OWN = ("trees", "base", "logit", "cosine", "cosine_gap", "agreement", *(f"other_{name}" for name in OTHER))
ACROSS = ("logit", *(f"other_{name}" for name in OTHER), "bias")
SURE = ("margin", "logit", "lexical_share", "maxsim", "exact", "weakest", "bias")


@dataclass(frozen=True)
class Group:
    """Candidates of one language. `fused`: their features for the fusion; `logits`: what it makes of them; `best`: the
    places of the best `DEPTH`, rising; `met`: a row of `MEETING` for each of those, None across languages."""

    candidates: Candidates
    across: bool
    fused: Floats
    logits: Floats
    best: npt.NDArray[np.int64]
    met: Floats | None

    def column(self, name: str) -> Floats:
        """Return a feature of the fusion for the best."""
        result: Floats = self.fused[self.best, FEATURES.index(name)]
        return result


def group(
    question: Question,
    ids: Sequence[int],
    candidates: Candidates,
    across: bool,
    fusion: Fusion,
    texts: Texts,
    idf: Callable[[str], float],
) -> Group:
    """Return candidates with all that the ranker looks at."""
    fused = candidates.features()
    logits = fusion.logits(fused, across)
    order = np.argsort(-logits, kind="stable")[:DEPTH]
    best = np.sort(order[candidates.tokens[order] > 0])
    met = None if across or not len(best) else meeting(question, ids, candidates.take(best), texts, idf)
    return Group(candidates, across, fused, logits, best, met)


def base_features(one: Group) -> Floats:
    """Return the columns of `BASE` for the best of a group."""
    return np.stack([one.column(name) for name in BASE], axis=1)


def tree_rows(one: Group, weights: Floats) -> Floats:
    """Return a row of `NAMES` for each of the best of a group in the question's language."""
    assert one.met is not None
    features = base_features(one)
    base = features @ weights
    return np.column_stack([features, base, base - base.max(), ranks(base), rival(base), one.met]).astype(np.float32)


def ranks(values: Floats) -> Floats:
    """Return how many are higher than each: of what is the same to `DIGITS` none is before the other, so that a rank
    does not depend on which passage has the lower number."""
    rounded = values.round(DIGITS)
    found: Floats = (rounded[None, :] > rounded[:, None]).sum(axis=1).astype(np.float32)
    return found


def sum_rows(groups: Sequence[Group], place: int, trees: Floats, base: Floats) -> Floats:
    """Return a row of `OWN` or `ACROSS` for each of the best of a group. `trees`, `base`: of a group of its own
    language."""
    one = groups[place]
    rest = [other for i, other in enumerate(groups) if i != place and len(other.best)]
    best = [max((float(other.column(name).max()) for other in rest), default=0.0) for name in OTHER]
    others = np.tile(np.array(best, dtype=np.float32), (len(one.best), 1))
    logits = one.logits[one.best]
    if one.across:
        return np.column_stack([logits, others, np.ones(len(logits), dtype=np.float32)])
    return np.column_stack(
        [trees, base, logits, one.column("cosine"), one.column("cosine_gap"), one.column("agreement"), others]
    )


def sure_row(groups: Sequence[Group], values: Sequence[Floats]) -> Floats:
    """Return the row of `SURE` of the best candidate of all. `values`: each group's sums."""
    every = np.sort(np.concatenate(values))[::-1]
    place = max(range(len(groups)), key=lambda i: float(values[i].max(initial=-np.inf)))
    one, row = groups[place], int(np.argmax(values[place]))
    margin = min(CLOSEST, float(every[0] - every[1])) if len(every) > 1 else CLOSEST
    shown = [float(one.column(name)[row]) for name in ("lexical_share", "maxsim", "exact", "weakest")]
    return np.array([margin, one.logits[one.best[row]], *shown, 1.0], dtype=np.float32)


class Scorer(Protocol):
    """What makes one score of all that the legs say: `Ranker`, or another that the evaluation compares with it."""

    def scores(self, groups: Sequence[Group]) -> list[npt.NDArray[np.float64]]:
        """Return a score in [0, 1] for every candidate of each group."""


@dataclass(frozen=True)
class Ranker:
    """The trees and the sums. `spread`: how fast the score falls with the distance to the best."""

    trees: Trees
    base: Floats
    own: Floats
    across: Floats
    sure: Floats
    spread: float

    @classmethod
    def load(cls, folder: Path = WEIGHTS) -> "Ranker":
        """Read `rank.npz` and `rank.json`.

        Raises:
            ModelError: the trees cannot be read.
        """
        row = json.loads((folder / "rank.json").read_text(encoding="utf-8"))

        def weights(side: str, names: Sequence[str]) -> Floats:
            return np.array([row[side][name] for name in names], dtype=np.float32)

        return cls(
            Trees.load(folder / "rank.npz"),
            weights("base", BASE),
            weights("own", OWN),
            weights("across", ACROSS),
            weights("sure", SURE),
            float(row["spread"]),
        )

    def values(self, groups: Sequence[Group]) -> list[Floats]:
        """Return the sum of each group's best: higher is likelier, over all groups."""
        found = []
        for place, one in enumerate(groups):
            empty = np.zeros(len(one.best), dtype=np.float32)
            if one.across or one.met is None:
                found.append(sum_rows(groups, place, empty, empty) @ (self.across if one.across else self.own))
            else:
                rows = tree_rows(one, self.base)
                trees = self.trees.predict(rows).astype(np.float32)
                found.append(sum_rows(groups, place, trees, rows[:, NAMES.index("base")]) @ self.own)
        return found

    def scores(self, groups: Sequence[Group]) -> list[npt.NDArray[np.float64]]:
        """Return the score of every candidate of each group, in (0, 1): those beyond the best come behind them."""
        values = self.values(groups)
        if not any(len(found) for found in values):
            return [np.zeros(len(one.logits)) for one in groups]
        top = max(float(found.max(initial=-np.inf)) for found in values)
        certain = float(sure_row(groups, values) @ self.sure)
        scores = []
        for one, found in zip(groups, values, strict=True):
            whole = one.logits.astype(np.float64)
            if len(found):
                whole += float(found.min()) - float(one.logits[one.best].min())
                whole[one.best] = found
            scores.append(1 / (1 + np.exp(-np.clip(certain + self.spread * (whole - top), -40, 40))))
        return scores
