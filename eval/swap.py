"""Questions that nothing answers, made of those that something does: names and years exchanged for others."""

import re
from collections.abc import Mapping, Sequence
from hashlib import sha256

from index.text import fold
from rag.names import tag
from rag.question import parse_question

KINDS = ("nr", "ns", "nt")  # a person, a place, an organisation
SHIFTS = (3, -3, 7, -7, 12, -12)  # years
_YEAR = re.compile(r"(?<![0-9])(?:1[89]|20)[0-9]{2}(?=年)")


def swapped(questions: Mapping[str, tuple[str, str]]) -> dict[str, str]:
    """Return questions, id → text, with a year or a name exchanged, from id → (question, the text that answers it).

    The name is of the same kind, out of another of the questions, and not in the text that answers; it may well stand
    elsewhere in the archive. Questions that name neither are left out. The same questions are always swapped alike.
    """
    named = {key: _named(question) for key, (question, _) in questions.items()}
    pool = {kind: sorted({name for found in named.values() for name, k in found if k == kind}) for kind in KINDS}
    changed = {}
    for key, (question, text) in questions.items():
        key_text = fold(text)
        years = [(match[0], [str(int(match[0]) + shift) for shift in SHIFTS]) for match in _YEAR.finditer(question)]
        names = [(name, _turned(pool[kind], question)) for name, kind in named[key]]
        for old, others in [*years, *names]:
            new = next((other for other in others if other != old and other not in key_text), None)
            if new:
                changed[key] = question.replace(old, new)
                break
    return changed


def _named(question: str) -> list[tuple[str, str]]:
    names = [name for name in parse_question(question).names if name in question]
    return [(name, tag(name)) for name in names if tag(name) in KINDS]


def _turned(pool: Sequence[str], question: str) -> list[str]:
    """Return the pool from a place on that hangs on the question."""
    start = int(sha256(question.encode()).hexdigest()[:8], 16) % max(1, len(pool))
    return [*pool[start:], *pool[:start]]
