"""Intervals by drawing again: groups of questions with replacement, the same draws for both sides of a comparison.

Source: Efron & Tibshirani 1993 (percentile interval); groups, because questions about one passage err together.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

DRAWS = 2000
SEED = 20240103

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Estimate:
    """A mean and the interval that holds it; nan where there was nothing to measure. `count`: questions."""

    value: float
    low: float
    high: float
    count: int

    @property
    def below_zero(self) -> bool:
        """Whether the whole interval lies below 0: a difference that is a loss."""
        return self.high < 0


def mean_interval(
    values: npt.ArrayLike, groups: Sequence[str] | None = None, level: float = 0.95, draws: int = DRAWS
) -> Estimate:
    """Return the mean of the values, shape (n,), and its percentile interval over draws of whole groups.

    The same input gives the same interval: the seed is fixed.
    """
    row = np.asarray(values, dtype=np.float64)
    if not len(row):
        return Estimate(float("nan"), float("nan"), float("nan"), 0)
    sums, sizes = _by_group(row, groups if groups is not None else [str(i) for i in range(len(row))])
    rng = np.random.default_rng(SEED)
    means = np.empty(draws)
    for start in range(0, draws, 100):  # in pieces, so that thousands of groups need no gigabytes
        weights = rng.multinomial(len(sums), np.full(len(sums), 1 / len(sums)), size=min(100, draws - start))
        means[start : start + len(weights)] = (weights @ sums) / (weights @ sizes)
    low, high = np.quantile(means, [(1 - level) / 2, (1 + level) / 2])
    return Estimate(float(row.mean()), float(low), float(high), len(row))


def difference(
    new: npt.ArrayLike, old: npt.ArrayLike, groups: Sequence[str] | None = None, level: float = 0.95
) -> Estimate:
    """Return the mean of new − old, paired by question, and its interval.

    Raises:
        ValueError: the two are of different length.
    """
    first, second = np.asarray(new, dtype=np.float64), np.asarray(old, dtype=np.float64)
    if first.shape != second.shape:
        raise ValueError(f"a pair for every question is wanted; there are {first.shape} and {second.shape}")
    return mean_interval(first - second, groups, level)


def _by_group(values: Floats, groups: Sequence[str]) -> tuple[Floats, Floats]:
    """Return the sum of the values and the number of questions of each group."""
    number = {name: i for i, name in enumerate(dict.fromkeys(groups))}
    index = np.array([number[name] for name in groups])
    return np.bincount(index, weights=values), np.bincount(index).astype(np.float64)
