"""The confidence model: a logistic regression over a few features of the best candidates.

Trained on rankings by a ranker that had not seen the document. Right means that the best sentence answers; a question
that the corpus cannot answer (written so, its document taken away, a year or name swapped) is never right.
Source: Platt, Probabilistic outputs for support vector machines, 1999.
"""

import json
from pathlib import Path

import numpy as np
import numpy.typing as npt

from rag.confidence import NAMES, confidence_row, missing_from
from rag.read import Candidate
from rag.train.pools import Pool

Doubles = npt.NDArray[np.float64]

RIDGE = 3.0
ANSWERED = 0.95  # of the answerable news questions whose best sentence is right, this share is to be answered


def rows_of(pools: list[Pool], scores: list[Doubles]) -> tuple[Doubles, Doubles, Doubles, npt.NDArray[np.bool_]]:
    """Return feature rows, whether the best sentence is right, weights, and which are news questions."""
    rows, right, weights, news = [], [], [], []
    for pool, score in zip(pools, scores, strict=True):
        if pool.question.small_talk or not len(score):
            continue
        order = np.lexsort((np.arange(len(score)), -score))[:20]
        ranked = [Candidate(pool.rows[i][0], pool.rows[i][2], float(score[i]), pool.matrix[i]) for i in order.tolist()]
        rows.append(confidence_row(pool.question, ranked, missing_from(pool.question, ranked[0])))
        right.append(float(pool.labels[order[0]] > 0))
        weights.append(4.0 if pool.news else 1.0)
        news.append(pool.news)
    return np.array(rows), np.array(right), np.array(weights), np.array(news)


def fit_logistic(rows: Doubles, right: Doubles, weights: Doubles, steps: int = 60) -> tuple[Doubles, float]:
    """Return weights and bias by Newton's method with a ridge on the weights; rows are standardised."""
    design = np.hstack([rows, np.ones((len(rows), 1))])
    penalty = np.diag([RIDGE] * rows.shape[1] + [0.0])
    beta = np.zeros(design.shape[1])
    for _ in range(steps):
        p = 1.0 / (1.0 + np.exp(-np.clip(design @ beta, -30, 30)))
        gradient = design.T @ (weights * (right - p)) - penalty @ beta
        hessian = (design * (weights * p * (1 - p))[:, None]).T @ design + penalty
        step = np.linalg.solve(hessian, gradient)
        beta += step
        if np.abs(step).max() < 1e-8:
            break
    return beta[:-1], float(beta[-1])


def train(pools: list[Pool], scores: list[Doubles], out: Path) -> str:
    """Fit the model, write it, and return a line on how it does (on its own training rows, scored out of fold)."""
    rows, right, weights, news = rows_of(pools, scores)
    mean, scale = rows.mean(axis=0), rows.std(axis=0) + 1e-6
    beta, bias = fit_logistic((rows - mean) / scale, right, weights)
    p = 1.0 / (1.0 + np.exp(-((rows - mean) / scale @ beta + bias)))
    threshold = float(np.quantile(p[news & (right > 0)], 1 - ANSWERED))
    body = {
        "features": NAMES,
        "mean": mean.round(6).tolist(),
        "scale": scale.round(6).tolist(),
        "weights": beta.round(6).tolist(),
        "bias": round(bias, 6),
        "threshold": round(threshold, 4),
    }
    out.write_text(json.dumps(body, indent=1) + "\n", encoding="utf-8")
    wrong = float((p[news & (right == 0)] >= threshold).mean())
    return f"confidence: AUROC news {auroc(p[news], right[news]):.3f}, all {auroc(p, right):.3f}; threshold {threshold:.3f}, given though wrong {wrong:.3f}"


def auroc(scores: Doubles, right: Doubles) -> float:
    """Return the probability that a right one scores above a wrong one, ties counted half (Mann-Whitney)."""
    order = np.argsort(scores, kind="stable")
    ranks = np.empty(len(scores))
    ranks[order] = np.arange(1, len(scores) + 1)
    for value in np.unique(scores[np.r_[False, np.diff(np.sort(scores)) == 0][np.argsort(order)]]):
        ranks[scores == value] = ranks[scores == value].mean()
    positive = right > 0
    n, m = positive.sum(), (~positive).sum()
    return float((ranks[positive].sum() - n * (n + 1) / 2) / (n * m)) if n and m else float("nan")
