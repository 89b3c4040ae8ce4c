"""What stands beside the short answer in its sentence, word by word, and whether the question speaks of it.

The page says 各级各类医疗卫生机构1291家, the question asks for 公立医院: what the number counts is not what is asked.
"""

import re
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from index.encoder import StaticEncoder
from index.late import Late
from index.text import Word, words
from rag.analysis import Sentence
from rag.asked import ASKING, Asked, rarity
from rag.names import CLASSES, class_of

BESIDE = (
    "side", "gap", "touching", "clauses_between", "asked", "asked_soft", "asked_part", "in_context", "rarity",
    "single", "length", "is_number", "quote_between", "near_question_word", *(f"is_{name}" for name in CLASSES),
)  # fmt: skip
MOST = 8  # words that are looked at, the nearest ones
_FAR = 20  # characters from which on a word is far from the answer
_CLAUSES = 3  # ends of clauses between, from which on they are many
_ROUND = (4, 5)  # characters before and after the question word that are near it
CLAUSE = re.compile(r"[,，;；。]")  # ends one

Floats = npt.NDArray[np.float32]


def beside(
    asked: Asked, sentence: Sentence, answer: tuple[int, int] | None, static: StaticEncoder, late: Late
) -> Floats:
    """Return the words nearest to an answer in its sentence, nearest first, shape (words ≤ `MOST`, len(BESIDE)).

    `answer`: where it stands in the sentence's key; None: the words nearest to what the question says are taken.
    """
    key = sentence.key
    low, high = answer or _middle(asked, key)
    near = _nearest(key, low, high, answer is not None)
    spellings = [one for _, forms in asked.concepts for one in forms if len(one) > 1]
    said = "\n".join([asked.question.key, *spellings])
    match = ASKING.search(asked.question.key)
    start, end = match.span() if match else (len(asked.question.key), len(asked.question.key))
    around = asked.question.key[max(0, start - _ROUND[0]) : end + _ROUND[1]]
    soft = _soft([word.text for word in near], said, static, late)
    rows = np.zeros((len(near), len(BESIDE)), dtype=np.float32)
    for row, word, met in zip(rows, near, soft.tolist(), strict=True):
        text, gap = word.text, _gap(word, low, high)
        between = key[word.end : low] if word.end <= low else key[high : word.start]
        place = (_side(word, low, high), min(1.0, gap / _FAR), gap == 0)
        clauses = min(_CLAUSES, len(CLAUSE.findall(between))) / _CLAUSES
        spoken = text in said or any(one in text for one in spellings)
        itself = (len(text) == 1, len(text) / 4, text[0].isdigit())
        row[: -len(CLASSES)] = (
            *place, clauses, spoken, met, _shared(text, said) / len(text),
            text in sentence.before or text in sentence.head, rarity(text), *itself,
            "“" in between or "《" in between, text in around,
        )  # fmt: skip
        row[len(BESIDE) - len(CLASSES) + CLASSES.index(class_of(text))] = 1
    return rows


def _middle(asked: Asked, key: str) -> tuple[int, int]:
    """Return from where to where a text speaks of what the question says."""
    met = [place for _, forms in asked.concepts for form in forms[:4] if (place := key.find(form)) >= 0]
    return (min(met), max(met)) if met else (len(key) // 2, len(key) // 2)


def _nearest(key: str, low: int, high: int, outside: bool) -> list[Word]:
    """Return the words nearest to a span, which mean something; `outside`: none of its own."""
    kept = [
        word
        for word in words(key)
        if any(char.isalnum() for char in word.text)
        and (not outside or word.end <= low or word.start >= high)
        and (len(word.text) > 1 or class_of(word.text) != "other")
    ]
    return sorted(kept, key=lambda word: (_gap(word, low, high), word.start))[:MOST]


def _gap(word: Word, low: int, high: int) -> int:
    return max(0, low - word.end, word.start - high)


def _side(word: Word, low: int, high: int) -> float:
    return -1.0 if word.end <= low else 1.0 if word.start >= high else 0.0


def _soft(texts: Sequence[str], said: str, static: StaticEncoder, late: Late) -> Floats:
    """Return how nearly each word is met in what the question says, (words,) in [0, 1]."""
    against = static.tokens(said)
    met = [late.cosines(static.tokens(text), against) for text in texts]
    return np.array([one.max(axis=1, initial=0).mean() if len(one) else 0.0 for one in met], dtype=np.float32)


def _shared(word: str, text: str) -> int:
    """Return the length of the longest piece of a word that stands in a text."""
    longest = 0
    for start in range(len(word)):
        while start + longest < len(word) and word[start : start + longest + 1] in text:
            longest += 1
    return longest
