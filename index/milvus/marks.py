"""What is looked for in all texts at once, and therefore kept apart: where short names are given for long ones."""

import json
import re
from collections.abc import Iterable, Iterator

import numpy as np

MARKS = ("简称",)  # of the articles with one of these
MARKED = re.compile("[统統简簡][称稱]")  # what stands around each of these is kept (see `rag.abbreviations`)
AROUND = 64  # characters kept before and behind one
MOST = 12_000  # bytes of them, of a document


def kept_marks(texts: Iterable[str]) -> str:
    """Return what stands around the marks in a document's articles, as a JSON list of a text for each that has some."""
    found, left = [], MOST
    for text in texts:
        if any(mark in text for mark in MARKS):
            pieces = list(around_marks(text))
            ends = np.cumsum([len(piece.encode("utf-8", "replace")) for piece in pieces])
            kept = int((ends <= left).sum())
            left -= int(ends[kept - 1]) if kept else 0
            found.append("\n".join(pieces[:kept]))
    return json.dumps(found, ensure_ascii=False) if found else ""


def around_marks(text: str) -> Iterator[str]:
    """Yield the pieces of a text around its marks, those that meet as one."""
    low = high = -1
    for mark in MARKED.finditer(text):
        if mark.start() - AROUND > high:
            if high >= 0:
                yield text[low:high]
            low = max(0, mark.start() - AROUND)
        high = mark.end() + AROUND
    if high >= 0:
        yield text[low:high]
