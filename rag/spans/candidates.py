"""Which spans of a sentence may be its short answer: runs of tokens with whole numbers and balanced marks."""

import re

import numpy as np
import numpy.typing as npt

from rag.spans.tokens import CLASS, Tokens, one_of

LONGEST = 8  # tokens of a run inside a clause
MOST = 260  # candidates of a sentence: what can be ranked in two milliseconds
CLAUSE = frozenset(",;:。!?…—")
_PAIRS = {"“": "”", "《": "》", "(": ")", "‘": "’", "【": "】", "[": "]"}
_CLOSERS = {close: open_ for open_, close in _PAIRS.items()}
_NO_START = one_of("particle", "conjunction")
_NO_END = one_of("particle", "conjunction", "preposition", "adverb")
_PLAIN_NUMBER = re.compile(r"[0-9]$")

Ints = npt.NDArray[np.int32]


def clause_numbers(tokens: Tokens) -> Ints:
    """Return for each token the number of its clause; a mark between clauses has that of the clause before it."""
    breaks = np.array([text in CLAUSE for text in tokens.texts], dtype=np.int32)
    return (np.cumsum(breaks) - breaks).astype(np.int32)


def candidates(tokens: Tokens) -> tuple[Ints, Ints]:
    """Return the first and the last token of each candidate, both of shape (n,), n ≤ `MOST`.

    None begins or ends with a mark but a quotation's or a title's; brackets and quotation marks are balanced.
    """
    size = len(tokens)
    marks = tokens.classes == CLASS["mark"]
    clauses = clause_numbers(tokens)
    may_start = ~_NO_START[tokens.classes] & (~marks | np.isin(tokens.texts, list(_PAIRS)))
    may_end = ~_NO_END[tokens.classes] & (~marks | np.isin(tokens.texts, list(_CLOSERS)))
    last_of = {
        int(clause): int(np.flatnonzero((clauses == clause) & may_end)[-1]) for clause in set(clauses[may_end].tolist())
    }
    found: dict[tuple[int, int], None] = {}
    titles = _titles(tokens)
    for low in np.flatnonzero(may_start).tolist():
        clause = int(clauses[low])
        first = low == 0 or int(clauses[low - 1]) != clause or tokens.texts[low - 1] in CLAUSE
        stops = [high for high in range(low, min(size, low + LONGEST)) if clauses[high] == clause and may_end[high]]
        stops += [last_of[c] for c in range(clause, clause + (3 if first else 1)) if c in last_of]
        if tokens.texts[low] in _PAIRS:
            stops += [
                high for high in range(low, min(size, low + 30)) if tokens.texts[high] == _PAIRS[tokens.texts[low]]
            ][:1]
        for high in stops:
            if high >= low and not _in_part(titles, low, high) and _whole(tokens, low, high):
                found[low, high] = None
    pairs = sorted(found, key=lambda pair: (pair[1] - pair[0], pair[0]))[:MOST]
    array = np.array(pairs, dtype=np.int32).reshape(-1, 2)
    return array[:, 0], array[:, 1]


def _titles(tokens: Tokens) -> list[tuple[int, int]]:
    """Return the tokens of the marks round each book title."""
    opens = [place for place, text in enumerate(tokens.texts) if text == "《"]
    closes = [place for place, text in enumerate(tokens.texts) if text == "》"]
    return [(low, next((high for high in closes if high > low), low)) for low in opens]


def _in_part(titles: list[tuple[int, int]], low: int, high: int) -> bool:
    """Return whether a span is a piece of a title: inside its marks, and not all that they enclose."""
    return any(a < low and high < b and (a + 1, b - 1) != (low, high) for a, b in titles)


def _whole(tokens: Tokens, low: int, high: int) -> bool:
    """Return whether a span's marks are balanced and no number is cut off from what belongs to it."""
    open_: list[str] = []
    for text in tokens.texts[low : high + 1]:
        if text in _PAIRS:
            open_.append(text)
        elif text in _CLOSERS and (not open_ or open_.pop() != _CLOSERS[text]):
            return False
    if open_:
        return False
    after = tokens.texts[high + 1] if high + 1 < len(tokens) else ""
    glued = high + 1 < len(tokens) and tokens.starts[high + 1] == tokens.ends[high]
    bare = bool(_PLAIN_NUMBER.search(tokens.texts[high]))
    if glued and bare and (tokens.classes[high + 1] in (CLASS["measure"], CLASS["latin"]) or after in "%‰/."):
        return False
    before = tokens.texts[low - 1] if low else ""
    if "·" in (before, after):
        return False
    number = tokens.texts[low][0].isdigit()
    return not (
        number
        and low
        and tokens.starts[low] == tokens.ends[low - 1]
        and (before in ("第", "-", ".", "+", "$", "-") or before.isascii() and before.isalnum())
    )
