"""What is measured, each as its source has it: ranks, strings, refusals, calibration, intervals."""

import re
import unicodedata
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from index.text import fold

Doubles = npt.NDArray[np.float64]


_INSIDE_NUMBER = re.compile(r"(?<=[0-9])[.](?=[0-9])|(?<=[0-9])%")


def normalised(text: str) -> str:
    """Return a text as answers are compared: folded, without white space and punctuation, but for what belongs to a
    number (12.5 is not 125, 50% is not 50)."""
    key = "".join(fold(text).split())
    kept = {match.start() for match in _INSIDE_NUMBER.finditer(key)}
    return "".join(c for i, c in enumerate(key) if i in kept or unicodedata.category(c)[0] not in "PZC")


def exact_match(given: str, answers: Sequence[str]) -> float:
    """Return 1 if a short answer is one of the gold ones, else 0 (CMRC 2018: Cui et al., EMNLP 2019)."""
    return float(any(normalised(given) == normalised(answer) for answer in answers))


def character_f1(given: str, answers: Sequence[str]) -> float:
    """Return the best F1 over characters in common, in order, with a gold answer (CMRC 2018)."""
    return max((_f1(normalised(given), normalised(answer)) for answer in answers), default=0.0)


def _f1(given: Sequence[str], gold: Sequence[str]) -> float:
    common = _longest_common_piece(given, gold)
    if not common:
        return 0.0
    precision, recall = common / len(given), common / len(gold)
    return 2 * precision * recall / (precision + recall)


def _longest_common_piece(left: Sequence[str], right: Sequence[str]) -> int:
    """Return the length of the longest substring of both."""
    lengths = [0] * (len(right) + 1)
    longest = 0
    for char in left:
        previous = 0
        for i, other in enumerate(right, 1):
            previous, lengths[i] = lengths[i], previous + 1 if char == other else 0
            longest = max(longest, lengths[i])
    return longest


def cmrc_tokens(text: str) -> list[str]:
    """Return a text as CMRC 2018's official evaluation cuts it: without punctuation, Chinese by characters, the rest
    by words."""
    bare = "".join(c if unicodedata.category(c)[0] not in "PS" else "" for c in text.lower())
    return re.findall(r"[\u4e00-\u9fff]|[^\s\u4e00-\u9fff]+", bare)


def cmrc_exact(given: str, answers: Sequence[str]) -> float:
    """Return CMRC 2018's exact match, 0 or 1."""
    return float(any("".join(cmrc_tokens(given)) == "".join(cmrc_tokens(answer)) for answer in answers))


def cmrc_f1(given: str, answers: Sequence[str]) -> float:
    """Return CMRC 2018's F1 over its tokens, by the longest run in common."""
    return max((_f1(cmrc_tokens(given), cmrc_tokens(answer)) for answer in answers), default=0.0)


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


def recall_at(ranks: Sequence[int | None], k: int) -> float:
    """Return the share of questions whose first right passage has rank k or better. `None`: not found."""
    return float(np.mean([rank is not None and rank <= k for rank in ranks])) if ranks else float("nan")


def mrr_at(ranks: Sequence[int | None], k: int) -> float:
    """Return the mean reciprocal rank of the first right passage, 0 beyond k."""
    return float(np.mean([1 / rank if rank and rank <= k else 0.0 for rank in ranks])) if ranks else float("nan")


def auroc(scores: Sequence[float], right: Sequence[bool]) -> float:
    """Return the probability that a right one scores above a wrong one, ties half (Mann-Whitney)."""
    values, wanted = np.array(scores, dtype=np.float64), np.array(right, dtype=bool)
    if wanted.all() or not wanted.any():
        return float("nan")
    above = values[wanted][:, None] - values[~wanted][None, :]
    return float((above > 0).mean() + (above == 0).mean() / 2)


def calibration_error(scores: Sequence[float], right: Sequence[bool], bins: int = 10) -> float:
    """Return the expected calibration error over bins of equal width (Naeini et al., AAAI 2015)."""
    values, wanted = np.array(scores, dtype=np.float64), np.array(right, dtype=np.float64)
    place = np.minimum((values * bins).astype(int), bins - 1)
    gaps = [(place == b).mean() * abs(values[place == b].mean() - wanted[place == b].mean()) for b in np.unique(place)]
    return float(sum(gaps)) if len(values) else float("nan")


def risk_coverage(scores: Sequence[float], right: Sequence[bool]) -> list[tuple[float, float]]:
    """Return (coverage, share wrong among the answered) as the threshold falls (El-Yaniv & Wiener, JMLR 2010)."""
    order = np.argsort(-np.array(scores, dtype=np.float64), kind="stable")
    wrong = np.cumsum(~np.array(right, dtype=bool)[order])
    counts = np.arange(1, len(order) + 1)
    return [(float(n / len(order)), float(w / n)) for n, w in zip(counts, wrong, strict=True)]


def aurc(scores: Sequence[float], right: Sequence[bool]) -> float:
    """Return the area under the risk–coverage curve; 0 is perfect."""
    curve = risk_coverage(scores, right)
    return float(np.mean([risk for _, risk in curve])) if curve else float("nan")


def bootstrap_interval(values: Sequence[float], draws: int = 2000, seed: int = 0) -> tuple[float, float]:
    """Return the 95 % percentile interval of a mean (Efron, 1979); of paired differences, it says if one is better."""
    data = np.array(values, dtype=np.float64)
    if not len(data):
        return float("nan"), float("nan")
    picks = np.random.default_rng(seed).integers(0, len(data), (draws, len(data)))
    low, high = np.percentile(data[picks].mean(axis=1), [2.5, 97.5])
    return float(low), float(high)
