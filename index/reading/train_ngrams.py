"""Counts the character model's n-grams, cuts them down and makes them proper. See `index.reading.ngrams`."""

from typing import Any

import numpy as np
import numpy.typing as npt

from index.reading.characters import Codes
from index.reading.ngrams import ORDER, STEP, Floats, Ints, NgramModel, load_ngrams

DISCOUNT = 0.75
LEAST_COUNTS = {2: 5, 3: 8, 4: 12}  # an n-gram seen less often is left to the back-off; must grow with the order
ROUNDING = 1e-6  # nats taken from each unigram, more than what float32 rounds


def count(codes: Codes, order: int) -> tuple[Codes, Ints]:
    """Return the n-grams of one order, (m, order), in the order of their codes, and their counts."""
    packed = np.zeros(len(codes) - order + 1, dtype=np.int64)
    for k in range(order):
        packed = (packed << 13) | codes[k : len(codes) - order + 1 + k]
    values, counts = np.unique(packed, return_counts=True)
    columns = [((values >> (13 * (order - 1 - k))) & 8191).astype(np.int32) for k in range(order)]
    return np.column_stack(columns), counts


def train_ngrams(codes: Codes, alphabet: int) -> dict[str, npt.NDArray[Any]]:
    """Return the arrays of a model, as `load_ngrams` takes them."""
    ones = np.bincount(codes, minlength=alphabet) + 0.5
    unigrams = (np.log(ones / ones.sum()) - ROUNDING).astype(np.float32)
    arrays: dict[str, npt.NDArray[Any]] = {"unigrams": unigrams}
    contexts = alphabet
    for order in range(2, ORDER + 1):
        arrays |= _train_order(load_ngrams(arrays), order, contexts, *count(codes, order))
        contexts = len(arrays[f"codes{order}"])
    return arrays


def _train_order(
    lower: NgramModel, order: int, contexts: int, grams: Codes, counts: Ints
) -> dict[str, npt.NDArray[Any]]:
    """Return one more order's arrays over a model of the orders below, which is proper."""
    starts = np.flatnonzero(np.append(True, (grams[1:, :-1] != grams[:-1, :-1]).any(axis=1)))
    kinds = np.diff(np.append(starts, len(grams)))
    totals = np.repeat(np.add.reduceat(counts, starts), kinds)
    left = np.minimum(DISCOUNT * np.repeat(kinds, kinds) / totals, 1.0)
    keep = counts >= LEAST_COUNTS[order]
    grams, counts, totals, left = grams[keep], counts[keep], totals[keep], left[keep]
    below = np.exp(_log_below(lower, grams))
    levels = _levels((counts - DISCOUNT) / totals + left * below)
    context = lower.context(grams[:, :-1])
    stored = np.bincount(context, weights=np.exp(levels * -STEP), minlength=contexts)
    covered = np.bincount(context, weights=below, minlength=contexts)
    shares = np.maximum(1 - stored, 1e-9) / np.maximum(1 - covered, 1e-9)
    return {
        f"sizes{order}": np.bincount(context, minlength=contexts).astype(np.uint16),
        f"codes{order}": grams[:, -1].astype(np.uint16),
        f"levels{order}": levels,
        f"back_offs{order}": _levels(np.minimum(shares, 1.0)),
    }


def _log_below(lower: NgramModel, grams: Codes) -> Floats:
    """Return log P(last | others but the oldest) of each n-gram."""
    blank = np.full((len(grams), ORDER + 1 - grams.shape[1]), -1, dtype=np.int32)
    return lower.log_prob(np.hstack([blank, grams[:, 1:-1]]), grams[:, -1])


def _levels(shares: npt.NDArray[np.float64]) -> npt.NDArray[np.uint8]:
    """Return −log / STEP, rounded up: what is read again is never more."""
    return np.asarray(np.clip(np.ceil(-np.log(shares) / STEP - 1e-9), 0, 255), dtype=np.uint8)
