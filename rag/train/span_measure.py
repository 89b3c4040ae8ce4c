"""Exact match and F1 of a short answer, as CMRC 2018 counts them (Cui et al., EMNLP 2019), Chinese by character."""

import re
from collections.abc import Sequence
from difflib import SequenceMatcher

from index.text import fold

_LEFT_OUT = re.compile(r"[\W_]+")
_UNIT = re.compile(r"[a-z0-9]+|.")


def units(text: str) -> list[str]:
    """Return what is compared: characters, and Latin words or numbers whole; no marks, no white space."""
    return _UNIT.findall(_LEFT_OUT.sub("", fold(text)))


def exact_and_f1(text: str, answers: Sequence[str]) -> tuple[float, float]:
    """Return the best exact match (0 or 1) and F1 in [0, 1] with any of the answers; F1 by the longest common run."""
    found, exact, best = units(text), 0.0, 0.0
    for answer in answers:
        gold = units(answer)
        if found and found == gold:
            exact = best = 1.0
        elif found and gold:
            run = SequenceMatcher(None, found, gold, autojunk=False).find_longest_match().size
            best = max(best, 2 * run / (len(found) + len(gold)))
    return exact, best
