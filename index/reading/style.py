"""The style of a page: hard-wrapped lines, or a paragraph on a line."""

import re
from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise
from statistics import median, mode
from typing import Any

import numpy as np
import numpy.typing as npt

from index.reading.lines import Line
from index.reading.marks import is_finished, is_row

_STOP = frozenset("。！？；，、：,.;:!?")
_CLAUSE = re.compile(r"[。！？；，、,](?=.)|[.;] ")
MIN_LINES = 6
SHORTEST = 22  # characters; lines cut shorter stand in columns
HALF = 9  # lines on each side of one, of which its column's width is the median


_NARROW = re.compile("[^\u2e80-\U0010ffff“”‘’—…]")


@lru_cache(maxsize=16384)
def width(text: str) -> float:
    """Return the printed width of a text in full-width characters: CJK 1, everything else ½."""
    return len(text) - 0.5 * len(_NARROW.findall(text))


def is_wrapped(lines: Sequence[Line]) -> bool:
    """Say whether the page's lines are wrapped at a width.

    Prose that was wrapped fills its lines: most stand near their column's width, few end with a stop, and sentences end
    inside them. Verse ends its lines with stops; a list's or an article's paragraphs differ in width. A table's rows,
    all of one width, say nothing.
    """
    texts = [line.text for line in lines[:2000] if not is_row(line.text)]
    if len(texts) < MIN_LINES:
        return False
    widths = [width(text) for text in texts]
    middle = median(widths)
    if middle < 7 or middle > 60:
        return False
    if line_length(texts):
        return True
    around = column_widths(np.array(widths))
    near = float((np.abs(widths - around) <= np.where(around < 26, 3.5, 0.15 * around)).mean())
    stops = sum(text[-1] in _STOP for text in texts) / len(widths)
    inside = sum(bool(_CLAUSE.search(text)) for text in texts) / len(widths)
    return near > 0.4 and stops < 0.6 and inside > 0.12 and _fills(texts, widths, middle)


def line_length(texts: Sequence[str]) -> int:
    """Return the number of characters that a text's lines were cut at, 0 where they were not.

    Three lines in ten have it, or one less, and few are longer; most of those break off.
    """
    lengths = [len(text) for text in texts]
    length = mode([size for size in lengths if size >= SHORTEST] or [0])
    full = [text for text in texts if length - 1 <= len(text) <= length]
    longer = sum(size > length for size in lengths)
    breaking = sum(text[-1] not in "。！？；!?;" for text in full)
    cut = length and len(full) >= max(3, 0.3 * len(texts)) and longer <= 1 + 0.02 * len(texts)
    return length if cut and breaking > 0.6 * len(full) else 0


def column_widths(widths: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Return the median width of the 2 HALF + 1 lines around each, the page's ends repeated: columns differ.

    Of a page of so few lines or fewer that is the median of them all.
    """
    if len(widths) <= 2 * HALF:
        return np.full(len(widths), np.median(widths))
    around = np.lib.stride_tricks.sliding_window_view(np.pad(widths, HALF, mode="edge"), 2 * HALF + 1)
    return np.asarray(np.sort(around, axis=1)[:, HALF])


def _fills(texts: Sequence[str], widths: list[float], middle: float) -> bool:
    """Say whether lines are as full as their neighbours: the next one's first word would not have fitted.

    What ends a sentence may end a paragraph, and is left out.
    """
    slack = 2.5 if middle < 26 else 0.15 * middle
    pairs = [pair for text, pair in zip(texts, pairwise(widths), strict=False) if not is_finished(text)]
    full = sum(a >= b - slack for a, b in pairs)
    return full > 0.6 * len(pairs)
