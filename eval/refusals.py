"""Measures of knowing when not to answer, over many questions. Inputs are arrays of shape (n,)."""

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
BINS = 10


def auroc(scores: npt.ArrayLike, positive: npt.ArrayLike) -> float:
    """Return the probability that a positive scores above a negative, ties half; nan without both.

    Source: the Mann–Whitney U statistic over n₁·n₀.
    """
    value, truth = np.asarray(scores, dtype=np.float64), np.asarray(positive, dtype=np.bool_)
    count, rest = int(truth.sum()), int((~truth).sum())
    if not count or not rest:
        return float("nan")
    unique, inverse, counts = np.unique(value, return_inverse=True, return_counts=True)
    middle = np.cumsum(counts) - (counts - 1) / 2  # mean rank of each distinct score, from 1
    ranks = middle[inverse]
    return float((ranks[truth].sum() - count * (count + 1) / 2) / (count * rest))


def risk_coverage(confidence: npt.ArrayLike, correct: npt.ArrayLike) -> tuple[Floats, Floats]:
    """Return (coverage, risk): the share answered and the share wrong of those, as the most sure come first.

    Questions of equal confidence are answered together. Source: El-Yaniv & Wiener, JMLR 2010.
    """
    sure, right = np.asarray(confidence, dtype=np.float64), np.asarray(correct, dtype=np.float64)
    order = np.argsort(-sure, kind="stable")
    last = np.flatnonzero(np.append(np.diff(sure[order]) != 0, True)) if len(sure) else np.zeros(0, dtype=np.int64)
    wrong = np.cumsum(1.0 - right[order])
    return (last + 1) / max(1, len(sure)), wrong[last] / (last + 1)


def aurc(confidence: npt.ArrayLike, correct: npt.ArrayLike) -> float:
    """Return the area under the risk–coverage curve, in [0, 1], lower is better; nan for nothing.

    The mean risk over all coverages k/n; within a tie the risk is that of its end.
    Source: Geifman et al., ICLR 2019.
    """
    coverage, risk = risk_coverage(confidence, correct)
    return float((np.diff(coverage, prepend=0.0) * risk).sum()) if len(coverage) else float("nan")


def calibration(confidence: npt.ArrayLike, correct: npt.ArrayLike) -> list[tuple[float, float, int]]:
    """Return (mean confidence, share right, count) of each of ten equally wide bins that is not empty."""
    sure, right = np.asarray(confidence, dtype=np.float64), np.asarray(correct, dtype=np.float64)
    bins = np.minimum((sure * BINS).astype(np.int64), BINS - 1)
    rows = []
    for number in range(BINS):
        mine = bins == number
        if mine.any():
            rows.append((float(sure[mine].mean()), float(right[mine].mean()), int(mine.sum())))
    return rows


def expected_calibration_error(confidence: npt.ArrayLike, correct: npt.ArrayLike) -> float:
    """Return Σ count/n · |mean confidence − share right| over ten bins, in [0, 1]. Source: Guo et al., ICML 2017."""
    rows = calibration(confidence, correct)
    total = sum(count for _, _, count in rows)
    return sum(count / total * abs(sure - right) for sure, right, count in rows) if total else float("nan")
