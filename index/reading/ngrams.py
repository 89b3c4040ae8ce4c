"""The character model: 1–4-grams with interpolated absolute discounting, in a table of fingerprints.

An n-gram that is kept has its whole probability stored, P(w|h) = (c(hw) − D) / c(h) + λ(h) P(w|h'); one that is not has
λ(h) P(w|h'). Both λ and every stored value are at most 1, so no probability is above 1.
Source: Ney, Essen, Kneser 1994 (absolute discounting); the back-off form of ARPA files.
"""

import numpy as np
import numpy.typing as npt

from index.reading.characters import Codes

ORDER = 4
SLOTS = 8
STEP = 1 / 16  # nats per level of a stored logarithm; 255 levels reach −15.9
_BITS = 13
Keys = npt.NDArray[np.uint64]
Floats = npt.NDArray[np.float32]


def make_keys(columns: npt.NDArray[np.integer], context: bool) -> Keys:
    """Return one key for each row of n codes, oldest first; `context`: the key of λ(row) instead of P(last|rest)."""
    keys = np.full(len(columns), columns.shape[1] * 2 + context, dtype=np.uint64)
    for k in range(columns.shape[1]):
        keys = (keys << np.uint64(_BITS)) | columns[:, k].astype(np.uint64)
    return mix(keys)


def mix(keys: Keys) -> Keys:
    """Scramble keys. Source: splitmix64 (Steele, Lea, Flood 2014)."""
    with np.errstate(over="ignore"):
        keys = keys + np.uint64(0x9E3779B97F4A7C15)
        keys = (keys ^ (keys >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        keys = (keys ^ (keys >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return keys ^ (keys >> np.uint64(31))


def place(keys: Keys, buckets: int) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.uint16]]:
    """Return each key's bucket and its fingerprint, 1 to 65535 (0 is an empty slot)."""
    prints = (keys >> np.uint64(48)).astype(np.uint16)
    return (keys % np.uint64(buckets)).astype(np.int64), np.maximum(prints, 1)


class NgramModel:
    """Probabilities of a character after up to three others, in natural logarithms.

    `prints` and `levels`: (buckets, SLOTS) fingerprints and −log / STEP; `unigrams`: (alphabet,) log probabilities.
    """

    def __init__(self, unigrams: Floats, prints: npt.NDArray[np.uint16], levels: npt.NDArray[np.uint8]) -> None:
        self.unigrams = unigrams
        self.prints = prints
        self.levels = levels

    def log_prob(self, contexts: Codes, following: Codes) -> Floats:
        """Return log P(following | context) for each row; `contexts`: (n, ORDER − 1), oldest first. All are ≤ 0."""
        result = self.unigrams[following]
        for order in range(2, ORDER + 1):
            history = contexts[:, ORDER - order :]
            back_off = self._find(make_keys(history, True))
            stored = self._find(make_keys(np.column_stack([history, following]), False))
            result = np.where(np.isnan(stored), np.where(np.isnan(back_off), 0, back_off) + result, stored)
        return result.astype(np.float32)

    def _find(self, keys: Keys) -> Floats:
        buckets, prints = place(keys, len(self.prints))
        hits = self.prints[buckets] == prints[:, None]
        slot = hits.argmax(axis=1)
        values = self.levels[buckets, slot].astype(np.float32) * -STEP
        return np.where(hits.any(axis=1), values, np.float32(np.nan)).astype(np.float32)
