"""Whether a confidence tells right from wrong: AUROC, risk against coverage, calibration."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

BINS = 10

Doubles = npt.NDArray[np.float64]
Numbers = Sequence[float] | Doubles
Flags = Sequence[bool] | npt.NDArray[np.bool_]


def auroc(scores: Numbers, right: Flags) -> float:
    """Return the probability that a right one scores above a wrong one, ties half (Mann-Whitney); NaN without both."""
    values, wanted = np.asarray(scores, dtype=np.float64), np.asarray(right, dtype=bool)
    low, high = np.sort(values[~wanted]), values[wanted]
    if not len(low) or not len(high):
        return float("nan")
    won = np.searchsorted(low, high, "left") + np.searchsorted(low, high, "right")
    return float(won.mean() / (2 * len(low)))


def reliability(scores: Numbers, right: Flags) -> list[tuple[float, float, int]]:
    """Return (mean said, share seen right, how many) of each bin of equal width that is not empty."""
    values, wanted = np.asarray(scores, dtype=np.float64), np.asarray(right, dtype=np.float64)
    place = np.minimum((values * BINS).astype(int), BINS - 1)
    bins = [place == b for b in range(BINS)]
    return [(float(values[b].mean()), float(wanted[b].mean()), int(b.sum())) for b in bins if b.any()]


def calibration_error(scores: Numbers, right: Flags) -> float:
    """Return the expected calibration error over bins of equal width (Naeini et al., AAAI 2015)."""
    rows = reliability(scores, right)
    return sum(count * abs(said - seen) for said, seen, count in rows) / len(scores) if rows else float("nan")


def risk_coverage(scores: Numbers, right: Flags) -> list[tuple[float, float]]:
    """Return (coverage, share wrong among the answered) as the threshold falls (El-Yaniv & Wiener, JMLR 2010)."""
    return [((n + 1) / len(scores), risk) for n, risk in enumerate(_risks(scores, right).tolist())]


def aurc(scores: Numbers, right: Flags) -> float:
    """Return the area under the risk–coverage curve; 0 is perfect."""
    return float(_risks(scores, right).mean()) if len(scores) else float("nan")


def _risks(scores: Numbers, right: Flags) -> Doubles:
    order = np.argsort(-np.asarray(scores, dtype=np.float64), kind="stable")
    wrong = np.cumsum(~np.asarray(right, dtype=bool)[order])
    risks: Doubles = wrong / np.arange(1, len(order) + 1)
    return risks
