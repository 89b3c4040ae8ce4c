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


class SeamModel:
    """Scores of pairs of texts, by numpy."""

    def __init__(self, characters: Characters, weights: Mapping[str, npt.NDArray[np.float16]]) -> None:
        self.characters = characters
        self._weights = {name: value.astype(np.float32) for name, value in weights.items()}

    def vectors(self, side: str, codes: Codes) -> Floats:
        """Return (n, vector) for (n, FAR) codes, the character at the seam first, 0 where there is none.

        `side`: "tail" for what stands before the seam, read backwards; "head" for what stands after it.
        """
        get = self._weights
        near = get[f"{side}_near_weight"][codes[:, :NEAR]].reshape(len(codes), -1)
        weight = np.exp(get[f"{side}_weight_weight"][codes]) * (codes > 0)[..., None]
        bag = (get[f"{side}_far_weight"][codes] * weight).sum(1) / np.maximum(weight.sum(1), 1e-3)
        hidden = np.concatenate([near, bag], 1) @ get[f"{side}_first_weight"].T + get[f"{side}_first_bias"]
        result: Floats = np.maximum(hidden, 0) @ get[f"{side}_second_weight"].T + get[f"{side}_second_bias"]
        return result


def score(tails: Floats, heads: Floats) -> Floats:
    """Return (tails, heads) scores: above 0 where the head follows that tail more often than it follows others."""
    return (tails @ heads.T / np.float32(np.sqrt(tails.shape[1]))).astype(np.float32)
