"""Where pieces of one text stand in others."""

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from itertools import accumulate

import numpy as np
import numpy.typing as npt

Codes = npt.NDArray[np.uint32]
Places = npt.NDArray[np.intp]

_APART = "\0"  # stands between texts that are laid end to end


def code_points(text: str) -> Codes:
    """Return the code points of a text, (characters,)."""
    return np.frombuffer(text.encode("utf-32-le"), dtype=np.uint32)


def shared_runs(asked: Codes, text: Codes, most: int) -> Iterator[Places]:
    """Yield for 1, 2, … up to `most` characters where in a text a piece of a question of that length begins, a place
    as often as there are such pieces; it ends where there is none. Both are code points."""
    same = np.zeros((len(asked) + 1, len(text) + 1), dtype=bool)  # one more of each, that no run goes on beyond
    np.equal(asked[:, None], text, out=same[:-1, :-1])
    flat, width = same.ravel(), len(text) + 1
    ends = np.flatnonzero(flat)
    for size in range(1, most + 1):
        if not len(ends):
            return
        yield ends % width - (size - 1)
        ends += width + 1  # one character on in both
        ends = ends[flat[ends]]


class Laid:
    """Texts laid end to end, each once: what stands in few of them is found without a look at every one."""

    def __init__(self, texts: Iterable[str]) -> None:
        self.number = {text: number for number, text in enumerate(dict.fromkeys(texts))}
        self._whole = _APART.join(self.number)
        self._starts = list(accumulate((len(text) + 1 for text in self.number), initial=0))

    def places(self, piece: str) -> list[int]:
        """Return where a piece stands first in each text, -1 where it does not."""
        found, starts = [-1] * len(self.number), self._starts
        at = self._whole.find(piece)
        while at >= 0:
            text = bisect_right(starts, at) - 1
            found[text] = at - starts[text]
            at = self._whole.find(piece, starts[text + 1])
        return found
