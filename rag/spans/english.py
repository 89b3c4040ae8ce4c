"""An English question as the short answer's ranker reads it: in Chinese words, one after the other."""

import re
from collections.abc import Sequence

from index.gloss import FUNCTION_WORDS, Gloss
from index.text import fold

_WORD = re.compile(r"[a-z]+(?:['’][a-z]+)?|[0-9]+(?:[.,:][0-9]+)*|%", re.IGNORECASE)
# What is asked for, the most telling first; the first that is found stands in its place.
_ASKS = (
    (r"\bhow much money\b|\bhow much (?=.*\b(?:cost|pa(?:y|id)|spen[dt]|invest|fined?|raise|worth))", "多少钱"),
    (r"\bhow many\b|\bhow much\b|\bwhat (?:number|amount) of\b", "多少"),
    (r"\bwhat (?:percentage|percent|share|proportion)\b", "百分之几"),
    (r"\bhow long\b", "多久"),
    (r"\bhow (?:large|big|high|tall|far|fast|old|deep|heavy|often)\b", "多少"),
    (r"\b(?:what|which) year\b", "哪一年"),
    (r"\bwhen\b|\b(?:what|which) (?:date|day|month|time)\b", "什么时候"),
    (r"\bwho(?:m|se)?\b", "谁"),
    (r"\bwhere\b", "哪里"),
    (r"\bwhy\b", "为什么"),
    (r"\bwhich\b", "哪个"),
    (r"\bwhat\b", "什么"),
    (r"\bhow\b", "如何"),
)
_ASKING = tuple((re.compile(pattern, re.IGNORECASE), word) for pattern, word in _ASKS)


def in_chinese(question: str, glosses: Sequence[Gloss], text: str) -> str:
    """Return an English question word by word in Chinese: of what a word may be, what stands in a text goes first.

    The question word stands where it stood; numbers and words without a gloss stay, function words go.
    """
    key = fold(text)
    match, asking = next(((m, word) for pattern, word in _ASKING if (m := pattern.search(question))), (None, ""))
    pieces = [(match.start(), match.end(), asking)] if match else []
    for gloss in glosses:
        words = [word for word, _ in sorted(gloss.words, key=lambda pair: -pair[1])]
        if words and _free(gloss.start, gloss.end, pieces):
            there = [word for word in words if len(word) > 1 and fold(word) in key]
            pieces.append((gloss.start, gloss.end, (there or words)[0]))
    for found in _WORD.finditer(question):
        if _free(*found.span(), pieces) and found[0].lower() not in FUNCTION_WORDS:
            pieces.append((*found.span(), f" {found[0]} "))
    return " ".join("".join(word for _, _, word in sorted(pieces)).split())


def _free(start: int, end: int, pieces: Sequence[tuple[int, int, str]]) -> bool:
    return all(end <= low or high <= start for low, high, _ in pieces)
