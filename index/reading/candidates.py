"""Which lines of a page the models are asked about: those whose kind neither a rule nor their place makes certain."""

import re
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from index.reading import marks
from index.reading.sight import Floats, Sight
from index.reading.style import HALF, column_widths, line_length

FIXED = ("continuation", "furniture", "credit")  # by rule alone
FULL = 1.5  # how near a full line's width is to its column's
WIDEST = 60.0  # wider lines are body
FEW_INDENTED = 0.5  # of a page's lines, if an indent means that a paragraph begins
IMPRINT = re.compile(
    "电话|热线|邮编|邮箱|社址|地址|网址|印刷|发行|零售|刊号|出版物|许可证|版权|微信|扫码|星期|农历|[责美]编|校对|版|[日晚晨时周早]报"
)
_STOPPED = re.compile("[，。；,]")


def candidates(
    sight: Sight, kinds: Sequence[str], wide: Floats, indents: npt.NDArray[np.int64]
) -> npt.NDArray[np.bool_]:
    """Return which lines the model is asked about: those not too wide, and not known by rule.

    `wide`: the width of the column around each line; `indents`: white space before each. In a wrapped page a full line
    with a stop inside is body, and so are a full line that is indented where few are, and the line below a full line of
    body that breaks off, if it is full or ends a sentence: of 14,900 lines asked about on 200 generated pages these are
    7,300, and one of them was a headline.
    """
    fixed = np.array([kind in FIXED for kind in kinds], dtype=bool)
    known = fixed.copy()
    if sight.running:
        free = ~fixed & np.array([kind != "caption" for kind in kinds], dtype=bool)
        off = sight.widths - _inside(wide)
        counts = np.array([len(text) for text in sight.texts])
        missing = counts - _inside(column_widths(counts))  # some wrap by the number of characters
        length = line_length(sight.texts)
        if length:
            off, missing = sight.widths - length, counts - length
        full = free & ((np.abs(off) <= FULL) | (np.abs(missing) <= 1))
        known |= full & np.array([_STOPPED.search(text) is not None for text in sight.texts], dtype=bool)
        if 0 < (indents > 0).mean() < FEW_INDENTED:
            beside = (np.abs(off + indents) <= FULL) | (np.abs(missing + indents) <= 1)
            known |= free & (indents > 0) & beside
            full |= free & (indents > 0) & beside
        ends = free & (off <= FULL) & np.array([text[-1] in "。！？”" for text in sight.texts], dtype=bool)
        below = np.append(False, full[:-1] & ~sight.finished[:-1])
        for k in np.flatnonzero(below & (full | ends) & ~known).tolist():
            breaks_off = (known[k - 1] or length > 0) and sight.texts[k - 1][-1] not in "）)"
            known[k] = breaks_off and not IMPRINT.search(sight.texts[k])
    result: npt.NDArray[np.bool_] = (sight.widths <= WIDEST) & ~known
    return result


def _inside(wide: Floats) -> Floats:
    """Return widths of columns with those at the page's ends, where a line is measured by itself, as next to them."""
    if len(wide) <= 2 * HALF:
        return wide
    return np.concatenate([np.full(HALF, wide[HALF]), wide[HALF:-HALF], np.full(HALF, wide[-HALF - 1])])


def could_be_byline(text: str) -> bool:
    """Say whether a line has what a byline needs: names alone, or a word for those who report."""
    words = re.split(r"[ 、]+", text)
    named = sum(marks.is_name(word) for word in words) >= 0.6 * len(words)
    return named or bool(re.search(r"记者|通讯员|作者|读者|翻译|报道|撰文|供稿|/文|文/|编译|实习生|[（(]", text))
