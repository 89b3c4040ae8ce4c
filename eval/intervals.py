"""How sure a measured value is: percentile bootstrap over questions (Efron, 1979), paired for differences."""

import warnings
from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt

DRAWS, SEED = 2000, 0
BOUNDS = (2.5, 97.5)  # percentiles of a 95 % interval
Z = 1.96  # standard deviations that hold 95 % of a normal distribution

Rows = npt.NDArray[np.float64]
Statistic = Callable[[Rows], Rows]
"""Measures of the rows of some questions, (questions, columns) → (measures,); NaN where one does not apply."""


def bootstrap_interval(values: Sequence[float]) -> tuple[float, float]:
    """Return the 95 % interval of a mean; of paired differences, it says if one is better."""
    data = np.array(values, dtype=np.float64)
    if not len(data):
        return float("nan"), float("nan")
    low, high = np.percentile(data[_picks(len(data), DRAWS)].mean(axis=1), BOUNDS)
    return float(low), float(high)


def wilson_interval(hits: float, count: int) -> tuple[float, float]:
    """Return the 95 % score interval of a share (Wilson, JASA 1927): also of few questions that all went right."""
    share, square = hits / count, Z * Z
    middle = (share + square / (2 * count)) / (1 + square / count)
    half = Z * np.sqrt(share * (1 - share) / count + square / (4 * count * count)) / (1 + square / count)
    return max(0.0, float(middle - half)), min(1.0, float(middle + half))


def statistic_interval(statistic: Statistic, rows: Rows, before: Rows | None = None) -> tuple[Rows, Rows]:
    """Return the bounds of the 95 % interval of each measure, or of how much more it is than of `before`: the same
    questions, in the same order. Draws to which a measure does not apply are left out of its interval."""
    picked = _picks(len(rows), DRAWS)
    found = np.array([statistic(rows[draw]) - (0 if before is None else statistic(before[draw])) for draw in picked])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # a measure that applies to no draw: NaN is what it should be
        low, high = np.nanpercentile(found, BOUNDS, axis=0)
    return low, high


def _picks(count: int, draws: int) -> npt.NDArray[np.int64]:
    return np.random.default_rng(SEED).integers(0, count, (draws, count))
