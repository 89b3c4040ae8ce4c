"""The style of a page: hard-wrapped lines, or a paragraph on a line."""

import re
from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise
from statistics import median
from typing import Any

import numpy as np
import numpy.typing as npt

from index.reading.lines import Line

_STOP = frozenset("。！？；，、：,.;:!?")
_CLAUSE = re.compile(r"[。！？；，、,](?=.)|[.;] ")
MIN_LINES = 6


_NARROW = re.compile("[^\u2e80-\U0010ffff“”‘’—…]")


@lru_cache(maxsize=16384)
def width(text: str) -> float:
    """Return the printed width of a text in full-width characters: CJK 1, everything else ½."""
    return len(text) - 0.5 * len(_NARROW.findall(text))


def is_wrapped(lines: Sequence[Line]) -> bool:
    """Say whether the page's lines are wrapped at a width.

    Prose that was wrapped fills its lines: most stand near their column's width, few end with a stop, and sentences end
    inside them. Verse ends its lines with stops; a list's or an article's paragraphs differ in width.
    """
    if len(lines) < MIN_LINES:
        return False
    widths = [width(line.text) for line in lines[:2000]]
    middle = median(widths)
    if middle < 7 or middle > 60:
        return False
    around = column_widths(np.array(widths))
    near = float((np.abs(widths - around) <= np.where(around < 26, 3.5, 0.15 * around)).mean())
    stops = sum(line.text[-1] in _STOP for line in lines[:2000]) / len(widths)
    inside = sum(bool(_CLAUSE.search(line.text)) for line in lines[:2000]) / len(widths)
    return near > 0.4 and stops < 0.6 and inside > 0.12 and _fills(widths, middle)


def column_widths(widths: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Return the median width of the 19 lines around each line, the page's ends repeated: columns differ in width."""
    around = np.lib.stride_tricks.sliding_window_view(np.pad(widths, 9, mode="edge"), 19)
    return np.asarray(np.sort(around, axis=1)[:, 9])


def _fills(widths: list[float], middle: float) -> bool:
    """Say whether lines are as full as their neighbours: the next one's first word would not have fitted."""
    slack = 2.5 if middle < 26 else 0.15 * middle
    pairs = list(pairwise(widths))
    full = sum(a >= b - slack for a, b in pairs)
    return full > 0.6 * len(pairs)
