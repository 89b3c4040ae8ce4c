"""What a corpus is asked: its own questions, and some that it cannot answer; and which sentence is right."""

import hashlib
import random
import re
from dataclasses import replace

from index.text import fold
from rag.analysis import Sentence
from rag.answer import Hit
from rag.cite import bare
from rag.names import tag
from rag.question import LONGEST, parse_question
from rag.train.data import Asking, Corpus

SHORTEST = 8  # characters of a sentence that counts as part of a long answer


def posed(corpus: Corpus) -> list[Asking]:
    """Return the questions of a corpus, some with a year or a name swapped, and some without their document."""
    without = [
        replace(asking, removed=True)
        for asking in corpus.askings
        if asking.document and len(corpus.documents) > 1 and _share(asking.question, "removed")
    ]
    every = [*corpus.askings, *swapped(corpus), *without]
    return [asking for asking in every if 0 < len(asking.question.strip()) <= LONGEST]


def swapped(corpus: Corpus) -> list[Asking]:
    """Return questions that a corpus cannot answer: a year or a name of some of its own replaced by another one."""
    names: dict[str, list[str]] = {}
    for asking in corpus.askings:
        for name in parse_question(asking.question).names if asking.question.strip() else ():
            names.setdefault(tag(name), []).append(name)
    found = []
    for asking in corpus.askings:
        if asking.document and not asking.history and _share(asking.question, "swapped"):
            changed = _swap(asking.question, fold(corpus.documents[asking.document]), names)
            if changed:
                found.append(Asking(changed, (), None, (), (), asking.group))
    return found


def _swap(text: str, document: str, names: dict[str, list[str]]) -> str | None:
    choice = random.Random(text)
    if year := re.search(r"(?:19|20)\d\d", text):
        for other in (str(int(year[0]) + step) for step in choice.sample([-3, -2, -1, 1, 2, 3, 4], 7)):
            if other not in document:
                return text.replace(year[0], other)
    key = fold(text)
    for name in parse_question(text).names if len(key) == len(text) else ():
        others = [other for other in names.get(tag(name), []) if other not in document and len(other) >= 2]
        if tag(name) in ("nr", "ns", "nt") and others:
            place = key.index(name)
            return text[:place] + choice.choice(others) + text[place + len(name) :]
    return None


def _share(text: str, purpose: str) -> bool:
    """Return whether a question is of the sixth of all that serves a purpose."""
    return int(hashlib.sha256(f"{purpose} {text}".encode()).hexdigest(), 16) % 6 == 0


def label(asking: Asking, hit: Hit, sentence: Sentence) -> int:
    """Return 2 for a sentence of the evidence (that holds an answer, if one is short), 1 for another one of the same
    document that holds an answer, 0 for the rest."""
    if asking.document is None or hit.article.document_id != asking.document:
        return 0
    text = bare(sentence.key)
    answers = [bare(fold(answer)) for answer in asking.answers]
    holds = any(answer in text or (len(text) >= SHORTEST and text.strip("。.") in answer) for answer in answers)
    if asking.evidence:
        inside = any(text in (whole := bare(fold(piece))) or whole in text for piece in asking.evidence)
        if inside and (holds or not asking.answers):
            return 2
    return int(holds)
