"""Measures of one answer against its gold. Values in [0, 1]."""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from functools import lru_cache

_TOKEN = re.compile(r"[a-z0-9]+|[^\W_]")


@lru_cache(1 << 14)
def bare(text: str) -> str:
    """Return a text without white space, width and case: "２０ ２４年 GDP" → "2024年gdp"."""
    return "".join(unicodedata.normalize("NFKC", text).casefold().split())


def holds(text: str | None, answers: Sequence[str], needs_all: bool = False) -> bool:
    """Return whether a text holds any of the answers (all of them, where all are wanted). None holds nothing."""
    if text is None or not answers:
        return False
    found = [bare(answer) in bare(text) for answer in answers]
    return all(found) if needs_all else any(found)


def tokens(text: str) -> list[str]:
    """Return what EM and F1 compare: single Chinese characters, Latin words and numbers; no punctuation."""
    return _TOKEN.findall(unicodedata.normalize("NFKC", text).casefold())


def exact_match(text: str, answers: Iterable[str]) -> float:
    """Return 1 if a text is one of the answers, punctuation, white space, width and case aside, else 0."""
    own = tokens(text)
    return float(any(own == tokens(answer) for answer in answers))


def character_f1(text: str, answers: Iterable[str]) -> float:
    """Return the best F1 over the answers, as CMRC 2018 counts it.

    P = |c| / |text|, R = |c| / |answer|, F1 = 2PR / (P + R), where c is the longest run of tokens both have.
    Source: Cui et al., EMNLP 2019, and its cmrc2018_evaluate.py (there a Latin run is cut by nltk, here at
    everything that is neither letter nor digit).
    """
    own = tokens(text)
    return max((_f1(own, tokens(answer)) for answer in answers), default=0.0)


def _f1(own: Sequence[str], gold: Sequence[str]) -> float:
    common = longest_common_run(own, gold)
    return 2 * common / (len(own) + len(gold)) if common else 0.0


def longest_common_run(first: Sequence[str], second: Sequence[str]) -> int:
    """Return the length of the longest run of tokens that both have."""
    best = 0
    row = [0] * (len(second) + 1)
    for token in first:
        fresh = [0] * (len(second) + 1)
        for j, other in enumerate(second, 1):
            if token == other:
                fresh[j] = row[j - 1] + 1
                best = max(best, fresh[j])
        row = fresh
    return best


def overlaps(slices: Iterable[tuple[int, int]], spans: Iterable[tuple[int, int]]) -> int:
    """Return how many code points of the slices lie in the spans; half open, spans do not overlap each other."""
    spans = list(spans)
    return sum(max(0, min(end, high) - max(start, low)) for start, end in slices for low, high in spans)
