"""Numbers as text: tables for the terminal and for Markdown."""

import unicodedata
from collections.abc import Sequence

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


def _width(text: str) -> int:
    """Return how many columns a text takes: Chinese characters two."""
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)
