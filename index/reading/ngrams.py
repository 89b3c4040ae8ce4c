"""The character model: 1–4-grams with interpolated absolute discounting, cut down and made proper again.

Of each context h the n-grams that are kept have a stored P(w|h); all others have λ(h) P(w|h'), h' being h without its
oldest character. λ(h) shares out what the stored ones leave, so that each context sums to 1, or a little less: what is
stored is rounded down.
Sources: Ney, Essen, Kneser 1994 (absolute discounting); Stolcke 1998 (cut models made proper); Heafield 2011 (tries).
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from index.reading.characters import Codes

ORDER = 4
STEP = 1 / 16  # nats per level of a stored logarithm; 255 levels reach −15.9
_BITS = 13
Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float32]


class Grams:
    """The n-grams of one order, by context: the first `sizes[0]` follow context 0, and so on, each context's by code.

    A context is the number of an n-gram of the order below (of a character, for bigrams). `codes`, `levels`: the last
    character of each n-gram, and −log P / STEP. `back_offs`: −log λ / STEP of each context.
    """

    def __init__(
        self,
        sizes: npt.NDArray[np.uint16],
        codes: npt.NDArray[np.uint16],
        levels: npt.NDArray[np.uint8],
        back_offs: npt.NDArray[np.uint8],
    ) -> None:
        self.keys = np.repeat(np.arange(len(sizes)) << _BITS, sizes) | codes
        self.log_probs = levels * np.float32(-STEP)
        self.back_offs = back_offs * np.float32(-STEP)

    def find(self, contexts: Ints, codes: npt.NDArray[np.integer]) -> Ints:
        """Return the numbers of n-grams, −1 where there is none; context −1 has none."""
        wanted = (contexts << _BITS) | codes
        at = np.minimum(np.searchsorted(self.keys, wanted), len(self.keys) - 1)
        return np.where(self.keys[at] == wanted, at, -1)


class NgramModel:
    """Probabilities of a character after up to three others, in natural logarithms.

    `unigrams`: (alphabet,) log probabilities; `orders`: the bigrams, the trigrams and so on, up to ORDER.
    """

    def __init__(self, unigrams: Floats, orders: Sequence[Grams]) -> None:
        self.unigrams = unigrams
        self.orders = orders

    def log_prob(self, contexts: Codes, following: Codes) -> Floats:
        """Return log P(following | context) for each row; `contexts`: (n, ORDER − 1), oldest first. All are ≤ 0."""
        result = self.unigrams[following]
        for length, grams in enumerate(self.orders, start=1):
            context = self.context(contexts[:, ORDER - 1 - length :])
            at = grams.find(context, following)
            lower = result + np.where(context >= 0, grams.back_offs[context], np.float32(0))
            result = np.where(at >= 0, grams.log_probs[at], lower)
        return result.astype(np.float32)

    def context(self, codes: Codes) -> Ints:
        """Return for each row of codes the number of that n-gram, −1 where it was not kept."""
        number = codes[:, 0].astype(np.int64)
        for k in range(1, codes.shape[1]):
            number = self.orders[k - 1].find(number, codes[:, k])
        return number


def load_ngrams(arrays: Mapping[str, npt.NDArray[Any]]) -> NgramModel:
    """Return the model of the arrays that `index.reading.train_ngrams` made, of all orders that are in them."""
    fields = ("sizes", "codes", "levels", "back_offs")
    present = [order for order in range(2, ORDER + 1) if f"sizes{order}" in arrays]
    return NgramModel(arrays["unigrams"], [Grams(*(arrays[f"{name}{order}"] for name in fields)) for order in present])
