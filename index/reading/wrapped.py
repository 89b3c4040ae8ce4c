"""Hard-wrapped pages: which lines make a paragraph."""

import re
from collections.abc import Sequence
from statistics import median

import numpy as np

from index.reading import marks
from index.reading.lines import Line
from index.reading.style import width
from index.reading.units import Unit, make_unit

_STOPS = "。！？；，、：,.;:!?）)”》"


def local_widths(lines: Sequence[Line], reach: int = 6) -> list[float]:
    """Return for each line the median width of the lines around it: how wide its column is there."""
    widths = [width(line.text) for line in lines]
    count = len(lines)
    if count <= 2 * reach:
        return [median(widths[max(0, k - reach) : k + reach + 1]) for k in range(count)]
    inner = np.sort(np.lib.stride_tricks.sliding_window_view(widths, 2 * reach + 1), axis=1)[:, reach]
    head = [median(widths[: k + reach + 1]) for k in range(reach)]
    tail = [median(widths[k - reach :]) for k in range(count - reach, count)]
    return [*head, *inner.tolist(), *tail]


def heading_lines(lines: Sequence[Line], kinds: Sequence[str]) -> list[bool]:
    """Guess which lines are headings: wider than the column, or short and followed by a new paragraph."""
    around = local_widths(lines)
    headings: list[bool] = []
    for number, line in enumerate(lines):
        before = lines[number - 1].text if number else "。"
        after_heading = number > 0 and headings[-1]
        free = after_heading or marks.is_finished(before) or (number > 0 and kinds[number - 1] != "body")
        stop = line.text[-1] in "。；，、,;" or "。" in line.text or marks.dateline_length(line.text) > 0
        wide = width(line.text) > around[number] + 4
        short = width(line.text) < around[number] - 3 and not re.search("[，,]", line.text)
        last = after_heading and number + 1 < len(lines) and marks.dateline_length(lines[number + 1].text) > 0
        fits = wide or last or (short and len(line.text) > 3)
        headings.append(kinds[number] == "body" and free and not stop and fits)
    return headings


def paragraphs(lines: Sequence[Line], kinds: Sequence[str], around: Sequence[float]) -> list[Unit]:
    """Return the units of a wrapped page: body lines joined to paragraphs, other lines each alone.

    A paragraph ends with a line that ends a sentence and is not full, before any line that is not body, or before an
    indented line or a blank line where the page otherwise has none. `around`: how wide the column is at each line.
    """
    blank_separated = sum(line.gap > 1 for line in lines) > 0.5 * len(lines)
    indents = 0.02 * len(lines) < sum(line.indent > 0 for line in lines) < 0.5 * len(lines)
    units: list[Unit] = []
    run: list[Line] = []
    for number, line in enumerate(lines):
        if kinds[number] != "body":
            units += _flush(run)
            units.append(make_unit([line], kinds[number]))
            continue
        indented = indents and line.indent and marks.is_finished(lines[number - 1].text)
        row = marks.is_row(line.text)
        if run and ((not blank_separated and line.gap > 1) or indented or line.level or row):
            units += _flush(run)
        run.append(line)
        full = width(line.text) >= around[number] - 1.2
        if (
            row
            or (marks.is_finished(line.text) and not full)
            or marks.dateline_length(_next_text(lines, kinds, number))
        ):
            units += _flush(run)
    return units + _flush(run)


def _next_text(lines: Sequence[Line], kinds: Sequence[str], number: int) -> str:
    if number + 1 < len(lines) and kinds[number + 1] == "body" and marks.is_finished(lines[number].text):
        return lines[number + 1].text
    return ""


def _flush(run: list[Line]) -> list[Unit]:
    """Return the run as a paragraph and empty it."""
    units = [make_unit(run, "body")] if run else []
    run.clear()
    return units
