"""The confidence model: small boosted trees and a network over the best candidates, then isotonic regression.

Trained on rankings by a ranker that had not seen the document. Right means that the best sentence answers; a question
that the corpus cannot answer (written so, its document taken away, a year or name swapped) is never right.
"""

import json
from dataclasses import dataclass
from pathlib import Path

import lightgbm
import numpy as np
import numpy.typing as npt

from index.trees import Trees
from rag.alignment import Words
from rag.confidence import NAMES, blend
from rag.train.alignment import Alignment
from rag.train.best import Best
from rag.train.pools import Pool

Doubles = npt.NDArray[np.float64]

FOLDS = 5
UNANSWERABLE = 0.15  # share of the questions asked of an archive that it does not answer; set, not measured
NEWS_WEIGHT = 1.5  # the product's own kind of question
# Chosen on dev, where 269 to 271 of 320 questions are answered or refused rightly from .03 to .12: low, since a reader
# sees how sure an answer is, and cannot look into a refusal.
THRESHOLD = 0.05
PARAMETERS = {
    "objective": "binary", "learning_rate": 0.05, "num_leaves": 10, "min_data_in_leaf": 60, "lambda_l2": 5.0,
    "feature_fraction": 0.5, "bagging_fraction": 0.8, "bagging_freq": 1, "verbose": -1, "num_threads": 2,
    "deterministic": True,
}  # fmt: skip
ROUNDS = 160
_SIGNS = {
    "score": 1, "words_in_context": 1, "missing_number": -1, "missing_place": -1, "missing_person": -1, "year_told": 1,
}  # fmt: skip


def train(pools: list[Pool], bests: list[Best | None], out: Path, seed: int) -> str:
    """Fit the model, write it to a folder, and return a line on how it does on questions it has not seen."""
    seen = _seen(pools, bests)
    rows, right, news, answerable = seen.rows, seen.right, seen.news, seen.answerable
    lost, caught = _ruled_out(pools, bests)
    weights = np.where(news, NEWS_WEIGHT, 1.0)
    by_trees, by_network = np.zeros(len(rows)), np.zeros(len(rows))
    for fold in range(FOLDS):
        inside = seen.groups % FOLDS == fold
        booster = _fit(rows[~inside], right[~inside], weights[~inside], seed)
        by_trees[inside] = booster.predict(rows[inside], raw_score=True)
        network = Alignment(*seen.part(~inside), right[~inside], weights[~inside], seed)
        by_network[inside] = network.logits(*seen.part(inside))
    unseen = blend(by_trees, by_network)
    # The pools hold more unanswerable questions than people ask: for the probabilities they are weighed down.
    share = float(weights[~answerable].sum() / weights.sum())
    prior = np.where(answerable, (1 - UNANSWERABLE) / (1 - share), UNANSWERABLE / share)
    knots = isotonic(unseen, right, weights * prior)
    p = np.interp(unseen, [x for x, _ in knots], [y for _, y in knots])
    Trees.from_lightgbm(_fit(rows, right, weights, seed).dump_model(), NAMES).save(out / "confidence.npz")
    Alignment(seen.words, rows, seen.kinds, right, weights, seed).save(out / "alignment.npz")
    body = {"knots": [[round(x, 4), round(y, 4)] for x, y in knots], "threshold": THRESHOLD}
    (out / "confidence.json").write_text(json.dumps(body) + "\n", encoding="utf-8")
    refused = float((p[news & ~answerable] < THRESHOLD).mean())
    error = calibration_error(p[news & answerable], right[news & answerable])
    kept = float((p[news & answerable] >= THRESHOLD).mean())
    return (
        f"confidence: AUROC right or not, news {auroc(p[news], right[news]):.3f} (trees"
        f" {auroc(by_trees[news], right[news]):.3f}, network {auroc(by_network[news], right[news]):.3f}),"
        f" all {auroc(p, right):.3f};"
        f" answerable or not, news {auroc(p[news], answerable[news].astype(float)):.3f}; calibration error"
        f" {error:.3f} (of the answerable); threshold {THRESHOLD:.3f}:"
        f" unanswerable refused {refused:.3f}, answerable answered {kept:.3f}; ruled out before, news: {lost} of the"
        f" right ones, {caught} of the unanswerable"
    )


@dataclass(frozen=True)
class _Seen:
    """Of each question that the model decides: feature row, what became of its words, kind, whether the best sentence
    is right, whether it is news, its fold's group, whether the corpus answers it."""

    rows: npt.NDArray[np.float32]
    words: list[Words]
    kinds: list[str]
    right: Doubles
    news: npt.NDArray[np.bool_]
    groups: npt.NDArray[np.int64]
    answerable: npt.NDArray[np.bool_]

    def part(self, which: npt.NDArray[np.bool_]) -> tuple[list[Words], npt.NDArray[np.float32], list[str]]:
        """Return the words, rows and kinds of some questions."""
        chosen = np.flatnonzero(which).tolist()
        return [self.words[i] for i in chosen], self.rows[which], [self.kinds[i] for i in chosen]


def _seen(pools: list[Pool], bests: list[Best | None]) -> _Seen:
    both = zip(pools, bests, strict=True)
    kept = [(pool, best) for pool, best in both if best and not best.ruled_out]  # the others get a no without the model
    return _Seen(
        np.array([best.row for _, best in kept]),
        [best.words for _, best in kept],
        [best.kind for _, best in kept],
        np.array([float(best.right) for _, best in kept]),
        np.array([pool.news for pool, _ in kept]),
        np.array([pool.asking.group for pool, _ in kept]),
        np.array([pool.asking.answerable for pool, _ in kept]),
    )


def _ruled_out(pools: list[Pool], bests: list[Best | None]) -> tuple[str, str]:
    """Return how many best sentences of news questions are ruled out: of the right ones, of unanswerable questions."""
    counts = {True: [0, 0], False: [0, 0]}
    for pool, best in zip(pools, bests, strict=True):
        if pool.news and best and (best.right or not pool.asking.answerable):
            counts[best.right][0] += best.ruled_out
            counts[best.right][1] += 1
    lost, caught = (f"{out} of {total}" for out, total in (counts[True], counts[False]))
    return lost, caught


def _fit(rows: npt.NDArray[np.float32], right: Doubles, weights: Doubles, seed: int) -> lightgbm.Booster:
    data = lightgbm.Dataset(rows, right, weight=weights, feature_name=list(NAMES))
    signs = [_SIGNS.get(name, 0) for name in NAMES]
    return lightgbm.train({**PARAMETERS, "monotone_constraints": signs, "seed": seed}, data, ROUNDS)


def isotonic(outputs: Doubles, right: Doubles, weights: Doubles, bins: int = 80) -> list[tuple[float, float]]:
    """Return knots (output, probability), both rising: pool adjacent violators over bins of equal count."""
    order = np.argsort(outputs, kind="stable")
    blocks: list[list[float]] = []  # mean output, mean right, weight
    for part in np.array_split(order, bins):
        if len(part):
            w = weights[part]
            blocks.append([float(outputs[part] @ w / w.sum()), float(right[part] @ w / w.sum()), float(w.sum())])
            while len(blocks) > 1 and blocks[-2][1] >= blocks[-1][1]:
                x, y, v = blocks.pop()
                total = blocks[-1][2] + v
                blocks[-1] = [
                    (blocks[-1][0] * blocks[-1][2] + x * v) / total,
                    (blocks[-1][1] * blocks[-1][2] + y * v) / total,
                    total,
                ]
    return [(x, y) for x, y, _ in blocks]


def calibration_error(p: Doubles, right: Doubles, bins: int = 10) -> float:
    """Return the expected calibration error over bins of equal width (Naeini et al., AAAI 2015)."""
    place = np.minimum((p * bins).astype(int), bins - 1)
    shares = [(place == b).mean() * abs(p[place == b].mean() - right[place == b].mean()) for b in set(place.tolist())]
    return float(sum(shares))


def auroc(scores: Doubles, right: Doubles) -> float:
    """Return the probability that a right one scores above a wrong one, ties counted half (Mann-Whitney)."""
    _, inverse, counts = np.unique(scores, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts - 1) / 2)[inverse]
    positive = right > 0
    n, m = int(positive.sum()), int((~positive).sum())
    return float((ranks[positive].sum() - n * (n + 1) / 2) / (n * m)) if n and m else float("nan")
