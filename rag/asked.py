"""A question prepared for matching: its concepts, character pairs, and what it asks for."""

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from index.gloss import Gloss
from index.text import segmenter
from rag.aliases import aliases
from rag.analysis import bigrams_of
from rag.kinds import evidence
from rag.question import Question

ASKING = re.compile(
    r"多少|什么时[候间]|多长时间|多久|什么|哪[一]?[个些里儿位家年天月日种项款本届]?"
    r"|谁|何[时地处人]?|为何|怎么样?|怎样|如何|咋|啥|几|who|what|when|where|which|how (?:many|much)"
)


@dataclass(frozen=True)
class Asked:
    """A question, prepared for matching: its concepts (weight, spellings) and what is near its question word.

    `target`: the words that say what is asked for (工资 in 网格员一个月工资多少), as concepts.
    """

    question: Question
    concepts: tuple[tuple[float, tuple[str, ...]], ...]
    bigrams: dict[str, float]
    chars: frozenset[str]
    near: tuple[str, ...]
    bare: str
    known: frozenset[str]
    target: tuple[tuple[float, tuple[str, ...]], ...] = ()


def prepare(question: Question, idf: Callable[[str], float], glosses: Sequence[Gloss], size: int) -> Asked:
    """Return a question prepared for matching.

    `idf`: of a term in the corpus; `size`: how many passages there are; `glosses`: what the words of a question in
    another language may be in the corpus's, which match as well as the words themselves.
    """
    top = math.log(size + 1.0)
    concepts: list[tuple[float, tuple[str, ...]]] = [
        (_weight(word, idf, top), (word, *(other for other in aliases(word) if len(other) > 1)))
        for word in question.content
        if word.strip()
    ]
    if glosses:
        glossed = {word for gloss in glosses for word in re.findall(r"[a-z0-9]+", gloss.source.lower())}
        concepts = [(weight, spellings) for weight, spellings in concepts if spellings[0] not in glossed]
        for gloss in glosses:
            spellings = (gloss.source.lower(), *(word for word, _ in gloss.words))
            concepts.append((max(_weight(word, idf, top) for word in spellings[1:3] or spellings), spellings))
    bare = ASKING.sub(" ", question.key)
    pairs = bigrams_of(bare).union(*(bigrams_of(word) for gloss in glosses for word, _ in gloss.words[:1]))
    bigrams = {pair: 0.2 + min(1.0, idf(pair) / top) for pair in sorted(pairs)}
    near = []
    for match in ASKING.finditer(question.key):
        near += [question.key[match.end() : match.end() + 2], question.key[max(0, match.start() - 2) : match.start()]]
    known = frozenset(item for items in evidence(question.key).values() for item in items)
    chars = frozenset(char for _, spellings in concepts for char in spellings[-1 if glosses else 0] if char.strip())
    near = [pair for pair in near if len(pair) == 2 and pair.isalnum()]
    return Asked(question, tuple(concepts), bigrams, chars, tuple(near), bare, known, _target(question, concepts))


def _target(
    question: Question, concepts: Sequence[tuple[float, tuple[str, ...]]]
) -> tuple[tuple[float, tuple[str, ...]], ...]:
    """Return the two concepts after the question word and the two before it, the nearest worth most; no names."""
    match = ASKING.search(question.key)
    low, high = match.span() if match else (len(question.key), len(question.key))
    placed = [(question.key.find(spellings[0]), spellings) for _, spellings in concepts]
    plain = sorted((place, spellings) for place, spellings in placed if place >= 0)
    after = [spellings for place, spellings in plain if place >= high and (place > high or len(spellings[0]) > 1)][:2]
    before = [spellings for place, spellings in plain if place < low and spellings[0] not in question.names][:-3:-1]
    if question.language == "en":
        before = []
    worth = (1.0, 0.6), (0.8, 0.4) if after else (1.0, 0.6)
    return tuple(
        pair for side, words in zip(worth, (after, before), strict=True) for pair in zip(side, words, strict=False)
    )


def _weight(word: str, idf: Callable[[str], float], top: float) -> float:
    """Return what a word is worth, in (0, 1]: half by this corpus, half by the language (jieba's counts)."""
    return 0.05 + 0.5 * min(1.0, idf(word) / top) + 0.45 * rarity(word)


def rarity(word: str) -> float:
    """Return how rare a word is in the language (jieba's counts), in [0, 1]."""
    return min(1.0, math.log(6e7 / (segmenter().FREQ.get(word, 0) + 1)) / 16)
