"""Numbers as text: tables for the terminal and for Markdown."""

import unicodedata
from collections.abc import Sequence

from eval.outcome import Outcome
from eval.summary import Estimate, Sheet, differences, estimates

PERCENTILES = (50, 90, 99)


def text_table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a table in columns, the first to the left, the others to the right."""
    table = [list(head), *map(list, rows)]
    widths = [max(_width(row[i]) for row in table) for i in range(len(head))]
    lines = []
    for row in table:
        first, *rest = ((" " * (width - _width(cell)), cell) for cell, width in zip(row, widths, strict=True))
        lines.append("  ".join([first[1] + first[0], *(pad + cell for pad, cell in rest)]).rstrip())
    return "\n".join(lines)


def markdown_table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)


def percentiles(values: Sequence[float]) -> list[str]:
    """Return the median, the 90th and the 99th percentile, as they are printed."""
    ordered = sorted(values)
    return [f"{ordered[len(ordered) * p // 100]:.1f}" for p in PERCENTILES]


def latency_rows(outcomes: Sequence[Outcome]) -> list[list[str]]:
    """Return the percentiles of the milliseconds of every step."""
    steps = list(dict.fromkeys(step for o in outcomes for step in o.timings_ms))
    return [[step, *percentiles([o.timings_ms[step] for o in outcomes if step in o.timings_ms])] for step in steps]


def latency(outcomes: Sequence[Outcome]) -> str:
    """Return the table of the milliseconds of every step."""
    head = ["ms (never twice the same)", *(f"p{p}" for p in PERCENTILES)]
    return text_table(head, latency_rows(outcomes))


def printed(estimate: Estimate, signed: bool = False) -> str:
    """Return a value with its interval."""
    value, low, high = (f"{v:{'+' if signed else ''}.3f}" for v in (estimate.value, estimate.low, estimate.high))
    return f"{value} ({low} to {high})"


def difference_table(whole: Sheet, now: Sheet) -> str:
    """Return every measure of two runs over the same questions, and the paired difference."""
    before = {estimate.name: estimate for estimate in estimates(whole)}
    after = {estimate.name: estimate for estimate in estimates(now)}
    rows = [
        [d.name, f"{before[d.name].value:.3f}", f"{after[d.name].value:.3f}", printed(d, signed=True), d.verdict]
        for d in differences(whole, now)
    ]
    return text_table(["against the whole product", "whole", "this", "difference (95 %)", ""], rows)


def _width(text: str) -> int:
    """Return how many columns a text takes: Chinese characters two."""
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)
