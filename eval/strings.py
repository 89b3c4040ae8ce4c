"""Answers as strings: whether one holds a gold answer, and CMRC 2018's exact match and F1 (Cui et al., EMNLP 2019)."""

import re
import unicodedata
from collections.abc import Sequence

from index.text import fold

_INSIDE_NUMBER = re.compile(r"(?<=[0-9])[.](?=[0-9])|(?<=[0-9])%")


def normalised(text: str) -> str:
    """Return a text as answers are compared: folded, without white space and punctuation, but for what belongs to a
    number (12.5 is not 125, 50% is not 50)."""
    key = "".join(fold(text).split())
    kept = {match.start() for match in _INSIDE_NUMBER.finditer(key)}
    return "".join(c for i, c in enumerate(key) if i in kept or unicodedata.category(c)[0] not in "PZC")


def holds(text: str, answers: Sequence[str], every: bool = False) -> bool:
    """Return whether a text holds a gold answer, or every one of them."""
    key = normalised(text)
    found = [_stands_in(normalised(answer), key) for answer in answers]
    return all(found) if every else any(found)


def _stands_in(answer: str, key: str) -> bool:
    """Return whether an answer stands in a text, no number of it cut out of a longer one (5 is not in 2015)."""
    before = r"(?<![0-9])(?<![0-9][.])" if answer[:1].isdigit() else ""
    after = r"(?![0-9])(?![.][0-9])" if answer[-1:].isdigit() else ""
    return bool(re.search(before + re.escape(answer) + after, key))


def cmrc_tokens(text: str) -> list[str]:
    """Return a text as CMRC 2018's official evaluation cuts it: without punctuation, Chinese by characters, the rest
    by words."""
    bare = "".join(c if unicodedata.category(c)[0] not in "PS" else "" for c in text.lower())
    return re.findall(r"[\u4e00-\u9fff]|[^\s\u4e00-\u9fff]+", bare)


def cmrc_exact(given: str, answers: Sequence[str]) -> float:
    """Return CMRC 2018's exact match, 0 or 1."""
    return float(any("".join(cmrc_tokens(given)) == "".join(cmrc_tokens(answer)) for answer in answers))


def cmrc_f1(given: str, answers: Sequence[str]) -> float:
    """Return CMRC 2018's F1 over its tokens, by the longest run in common, the best of the gold answers."""
    return max((_f1(cmrc_tokens(given), cmrc_tokens(answer)) for answer in answers), default=0.0)


def _f1(given: Sequence[str], gold: Sequence[str]) -> float:
    common = _longest_common_run(given, gold)
    if not common:
        return 0.0
    precision, recall = common / len(given), common / len(gold)
    return 2 * precision * recall / (precision + recall)


def _longest_common_run(left: Sequence[str], right: Sequence[str]) -> int:
    lengths = [0] * (len(right) + 1)
    longest = 0
    for char in left:
        previous = 0
        for i, other in enumerate(right, 1):
            previous, lengths[i] = lengths[i], previous + 1 if char == other else 0
            longest = max(longest, lengths[i])
    return longest
