"""The seam model: how well one text goes on after another, from the characters on both sides of the seam.

Two small networks turn the end of a piece and the beginning of another into vectors; their dot product is near the
pointwise mutual information of the two, log P(head | tail) / P(head). Trained by `index.reading.train_seams`.
"""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from index.reading.characters import Characters, Codes

NEAR, FAR = 8, 64  # characters seen by place, and as a bag
Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int64]


class SeamModel:
    """Scores of pairs of texts, by numpy."""

    def __init__(self, characters: Characters, weights: Mapping[str, npt.NDArray[np.float16]]) -> None:
        self.characters = characters
        self._weights = {name: value.astype(np.float32) for name, value in weights.items()}
        for side in ("tail", "head"):
            share = np.exp(self._weights[f"{side}_weight_weight"])
            share[0] = 0
            bag = np.hstack([self._weights[f"{side}_far_weight"] * share, share])
            self._weights[f"{side}_bag"] = bag.astype(np.float32)
            for layer in ("first", "second"):  # (inputs, outputs): a product of few rows takes half the time
                self._weights[f"{side}_{layer}"] = np.ascontiguousarray(self._weights[f"{side}_{layer}_weight"].T)

    def vectors(self, side: str, codes: Codes, low: Ints, high: Ints) -> Floats:
        """Return (n, vector), one for each window `codes[low:high]` of at most FAR codes.

        `side`: "tail" for what stands before a seam at `high`; "head" for what stands after a seam at `low`.
        """
        get = self._weights
        steps = np.arange(NEAR)
        places = high[:, None] - 1 - steps if side == "tail" else low[:, None] + steps
        inside = (places >= low[:, None]) & (places < high[:, None])
        near_codes = np.where(inside, codes[np.where(inside, places, 0)], 0)
        near = get[f"{side}_near_weight"][near_codes].reshape(len(low), -1)
        bag = _bags(get[f"{side}_bag"], codes, low, high)
        mean = bag[:, :-1] / np.maximum(bag[:, -1:], np.float32(1e-3))
        hidden = np.concatenate([near, mean], 1) @ get[f"{side}_first"] + get[f"{side}_first_bias"]
        result: Floats = np.maximum(hidden, 0) @ get[f"{side}_second"] + get[f"{side}_second_bias"]
        return result


def _bags(table: Floats, codes: Codes, low: Ints, high: Ints) -> Floats:
    """Return (n, width): the sum of the table's rows over each window `codes[low:high]`."""
    lengths = np.maximum(high - low, 0)
    rows = np.repeat(np.arange(len(low)), lengths)
    places = np.arange(len(rows)) + np.repeat(low - (np.cumsum(lengths) - lengths), lengths)
    seen = codes[places]
    present = np.zeros(len(table), dtype=bool)
    present[seen] = True
    distinct = np.flatnonzero(present)
    numbers = np.empty(len(table), dtype=np.int64)
    numbers[distinct] = np.arange(len(distinct))
    cells = rows * len(distinct) + numbers[seen]
    counts = np.bincount(cells, minlength=len(low) * len(distinct)).reshape(len(low), len(distinct))
    return np.asarray(counts.astype(np.float32) @ table[distinct], dtype=np.float32)


def score(tails: Floats, heads: Floats) -> Floats:
    """Return (tails, heads) scores: above 0 where the head follows that tail more often than it follows others."""
    return (tails @ heads.T / np.float32(np.sqrt(tails.shape[1]))).astype(np.float32)
