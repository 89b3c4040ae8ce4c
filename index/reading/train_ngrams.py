"""Counts the character model's n-grams and packs them. See `index.reading.ngrams`."""

import numpy as np
import numpy.typing as npt

from index.reading.characters import Codes
from index.reading.ngrams import ORDER, SLOTS, STEP, Floats, Keys, make_keys, place

DISCOUNT = 0.75
LEAST_COUNTS = {2: 3, 3: 4, 4: 5}  # an n-gram seen less often is left to the back-off


def count(codes: Codes, order: int) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int64]]:
    """Return the n-grams of one order, (m, order), and their counts."""
    packed = np.zeros(len(codes) - order + 1, dtype=np.int64)
    for k in range(order):
        packed = (packed << 13) | codes[k : len(codes) - order + 1 + k]
    values, counts = np.unique(packed, return_counts=True)
    columns = [((values >> (13 * (order - 1 - k))) & 8191).astype(np.int32) for k in range(order)]
    return np.column_stack(columns), counts


def train_ngrams(
    codes: Codes, alphabet: int, slots: int
) -> tuple[Floats, npt.NDArray[np.uint16], npt.NDArray[np.uint8]]:
    """Return the unigrams, fingerprints and levels of a model that fits into this many slots (3 bytes each)."""
    ones = np.bincount(codes, minlength=alphabet) + 0.5
    unigrams = np.log(ones / ones.sum()).astype(np.float32)
    entries: list[tuple[Keys, Floats, npt.NDArray[np.int64]]] = []
    lower_grams = np.arange(alphabet, dtype=np.int32)[:, None]
    lower_log = unigrams
    for order in range(2, ORDER + 1):
        grams, counts = count(codes, order)
        starts = np.flatnonzero(np.append(True, (grams[1:, :-1] != grams[:-1, :-1]).any(axis=1)))
        group = np.repeat(np.arange(len(starts)), np.diff(np.append(starts, len(grams))))
        totals = np.add.reduceat(counts, starts)
        kinds = np.diff(np.append(starts, len(grams)))
        back_off = np.minimum(DISCOUNT * kinds / totals, 1.0)
        below = _look_up(lower_grams, lower_log, grams[:, 1:])
        log_prob = np.log((counts - DISCOUNT) / totals[group] + back_off[group] * np.exp(below)).astype(np.float32)
        keep = counts >= LEAST_COUNTS[order]
        entries.append((make_keys(grams[keep], False), log_prob[keep], counts[keep]))
        used = np.zeros(len(starts), dtype=bool)
        used[group[keep]] = True
        contexts = grams[starts][:, :-1]
        entries.append((make_keys(contexts[used], True), np.log(back_off[used]).astype(np.float32), totals[used] * 4))
        lower_grams, lower_log = grams, log_prob
    return unigrams, *pack(entries, slots)


def _look_up(grams: npt.NDArray[np.int32], values: Floats, wanted: npt.NDArray[np.int32]) -> Floats:
    """Return the value of each wanted n-gram; all of them stand in `grams`, which is sorted."""

    def flat(rows: npt.NDArray[np.int32]) -> npt.NDArray[np.int64]:
        keys = np.zeros(len(rows), dtype=np.int64)
        for k in range(rows.shape[1]):
            keys = (keys << 13) | rows[:, k]
        return keys

    at = np.searchsorted(flat(grams), flat(wanted))
    return values[np.minimum(at, len(values) - 1)]


def pack(
    entries: list[tuple[Keys, Floats, npt.NDArray[np.int64]]], slots: int
) -> tuple[npt.NDArray[np.uint16], npt.NDArray[np.uint8]]:
    """Place entries into buckets, those seen most often first; what finds its bucket full is left out."""
    keys = np.concatenate([entry[0] for entry in entries])
    values = np.concatenate([entry[1] for entry in entries])
    order = np.argsort(-np.concatenate([entry[2] for entry in entries]), kind="stable")
    buckets, prints = place(keys[order], slots // SLOTS)
    by_bucket = np.argsort(buckets, kind="stable")
    sorted_buckets = buckets[by_bucket]
    first = np.flatnonzero(np.append(True, sorted_buckets[1:] != sorted_buckets[:-1]))
    rank = np.arange(len(keys)) - np.repeat(first, np.diff(np.append(first, len(keys))))
    fits = rank < SLOTS
    table = np.zeros((slots // SLOTS, SLOTS), dtype=np.uint16)
    levels = np.zeros((slots // SLOTS, SLOTS), dtype=np.uint8)
    chosen = by_bucket[fits]
    table[buckets[chosen], rank[fits]] = prints[chosen]
    levels[buckets[chosen], rank[fits]] = np.clip(np.rint(-values[order][chosen] / STEP), 0, 255)
    return table, levels
