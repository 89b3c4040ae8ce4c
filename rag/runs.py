"""Pieces that two texts share, character by character."""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

Codes = npt.NDArray[np.uint32]
Flags = npt.NDArray[np.bool_]


def code_points(text: str) -> Codes:
    """Return the code points of a text, (characters,)."""
    return np.frombuffer(text.encode("utf-32-le"), dtype=np.uint32)


def shared_runs(asked: Codes, text: Codes, most: int) -> Iterator[Flags]:
    """Yield for 1, 2, … up to `most` characters whether a piece of a question of that length begins at each character
    of a text, (characters - length + 1,); it ends where there is none. Both are code points."""
    same = asked[:, None] == text
    begins = same
    for size in range(1, most + 1):
        found = begins.any(axis=0)
        if not found.any():
            return
        yield found
        begins = begins[:-1, :-1] & same[size:, size:]
