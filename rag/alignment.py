"""Which words of a question the best sentence has, and which words beside the short answer the question has.

A small network looks at each word by itself (of the question: what it is worth, what class it is of, how far it is
from the question word and from the short answer, whether and how nearly it is met and where; of the sentence: see
`rag.beside`), takes the words' mean, weighed by itself, and their maximum, and says from these and from the features
of the confidence how likely the sentence is to answer. It knows no word: what it learns holds for words that it has
never seen. Weights: `weights/alignment.npz`, made by `python -m rag.train sentence`.
Source: Zaheer et al., Deep Sets, NeurIPS 2017, with attention pooling.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from index.encoder import StaticEncoder
from index.errors import ModelError
from index.late import Late
from index.text import fold
from rag.analysis import article_key
from rag.asked import ASKING, Asked
from rag.beside import BESIDE, CLAUSE, beside
from rag.kinds import KINDS
from rag.names import CLASSES, class_of
from rag.read import WEIGHTS, Candidate

NAMES = (
    "weight", "here", "before", "head", "article", "after", "soft", "soft_in_context", "characters", "asked_for",
    "distance", "side", "length", "from_answer", "clause_between", "answered", "is_name", "is_number",
    "is_focus", *(f"is_{name}" for name in CLASSES),
)  # fmt: skip
MOST = 20  # words of a question that are looked at
_FAR = 60  # characters from which on a word is far from the answer

Floats = npt.NDArray[np.float32]


class Words(NamedTuple):
    """Of the question's words what became of them in a sentence, (words, len(NAMES)), words ≤ `MOST`; of the words
    beside the short answer whether the question has them, (words, len(BESIDE)), words ≤ `rag.beside.MOST`."""

    asked: Floats
    beside: Floats


NO_WORDS = Words(np.zeros((0, len(NAMES)), dtype=np.float32), np.zeros((0, len(BESIDE)), dtype=np.float32))


def align(asked: Asked, candidate: Candidate, answer: str, static: StaticEncoder, late: Late) -> Words:
    """Return what became of the words of a question in a sentence, and what it has beside its answer.

    `answer`: the short answer in the sentence, "" without one; `static`, `late`: the embedded model and its table.
    """
    said = fold(answer)
    place = candidate.sentence.key.find(said) if said else -1
    span = (place, place + len(said)) if place >= 0 else None
    return Words(_met(asked, candidate, span, static, late), beside(asked, candidate.sentence, span, static, late))


def _met(
    asked: Asked, candidate: Candidate, answer: tuple[int, int] | None, static: StaticEncoder, late: Late
) -> Floats:
    s, key = candidate.sentence, asked.question.key
    concepts = asked.concepts[:MOST]
    meant = [_meant(asked, spellings) for _, spellings in concepts]
    soft = _soft(meant, (s.key, f"{s.before}\n{s.head}"), static, late)
    around = (s.before, s.head, article_key(candidate.hit.article), s.after)
    worth = {spellings: weight for weight, spellings in asked.target}
    asking = ASKING.search(key)
    span = asking.span() if asking else (len(key), len(key))
    answer_at = answer[0] if answer else -1
    rows = np.zeros((len(concepts), len(NAMES)), dtype=np.float32)
    for row, near, forms, (weight, spellings) in zip(rows, soft, meant, concepts, strict=True):
        word = spellings[0]
        place = min((at for one in spellings if (at := s.key.find(one)) >= 0), default=-1)
        characters = max(len([char for char in one if char in s.key]) / len(one) for one in forms)
        met = (place >= 0, *(any(one in text for one in spellings) for text in around), *near, characters)
        said = (*_from_answer(s.key, place, answer_at), answer_at >= 0)
        focus = bool(asked.question.focus) and asked.question.focus in word
        itself = (word in asked.question.names, word[0].isdigit(), focus)
        asks = (worth.get(spellings, 0.0), *_from_question_word(key.find(word), len(word), span), len(word) / 4)
        row[: -len(CLASSES)] = (weight, *met, *asks, *said, *itself)
        row[len(NAMES) - len(CLASSES) + CLASSES.index(class_of(word))] = 1
    return rows


def _meant(asked: Asked, spellings: tuple[str, ...]) -> tuple[str, ...]:
    """Return of an English word its glosses, of a Chinese one itself."""
    return spellings[1:4] if asked.question.language == "en" and len(spellings) > 1 else spellings[:1]


def _soft(words: Sequence[tuple[str, ...]], texts: tuple[str, str], static: StaticEncoder, late: Late) -> Floats:
    """Return how nearly each word is met in both texts, in any of its forms, (words, 2) in [0, 1]."""
    if not words:
        return np.zeros((0, 2), dtype=np.float32)
    ids = [static.tokens(form) for forms in words for form in forms]
    sizes = np.array([len(row) for row in ids])
    met = [late.cosines(np.concatenate(ids), static.tokens(text)).max(axis=1, initial=0) for text in texts]
    each, filled = np.zeros((len(ids), 2), dtype=np.float32), np.flatnonzero(sizes)
    if len(filled):
        sums = np.add.reduceat(np.stack(met, axis=1), (np.cumsum(sizes) - sizes)[filled])
        each[filled] = sums / sizes[filled, None]
    return np.maximum.reduceat(each, list(accumulate(map(len, words[:-1]), initial=0)))


def _from_question_word(place: int, size: int, span: tuple[int, int]) -> tuple[float, float]:
    """Return how far a word at a place stands from the question word, in tens of characters, and on which side."""
    if place >= span[1]:
        return min(2.0, (place - span[1]) / 10), 1.0
    if 0 <= place < span[0]:
        return min(2.0, max(0, span[0] - place - size) / 10), -1.0
    return 0.0, 0.0


def _from_answer(key: str, place: int, answer: int) -> tuple[float, bool]:
    """Return how far a word stands from the short answer, 1 from `_FAR` on, and whether a clause ends between."""
    if place < 0 or answer < 0:
        return 1.0, False
    low, high = sorted((place, answer))
    return min(1.0, (high - low) / _FAR), bool(CLAUSE.search(key, low, high))


@dataclass(frozen=True)
class AlignmentNetwork:
    """Some networks whose outputs are averaged, by parts: each array's first axis is the network's.

    `mean`, `scale`: of the confidence's features, (features,).
    """

    parts: dict[str, Floats]
    mean: Floats
    scale: Floats

    @classmethod
    def load(cls, folder: Path = WEIGHTS) -> "AlignmentNetwork":
        """Read the weights.

        Raises:
            ModelError: they are missing, damaged, or made for other features.
        """
        path = folder / "alignment.npz"
        try:
            with np.load(path, allow_pickle=False) as file:
                arrays = {name: np.asarray(file[name], dtype=np.float32) for name in file.files if name != "names"}
                names = tuple(file["names"].tolist())
        except (OSError, ValueError, EOFError, KeyError) as error:
            raise ModelError(f"{path}: cannot be read ({error}). Get the file again.") from error
        if names != (*NAMES, *BESIDE):
            raise ModelError(f"{path}: made for other features. Run `python -m rag.train sentence`.")
        return cls(arrays, arrays.pop("mean"), arrays.pop("scale"))

    def logit(self, words: Words, row: Floats, kind: str) -> float:
        """Return the log odds that a sentence answers.

        `words`: of `align`; `row`: the features of the confidence; `kind`: of the question, one of `rag.kinds.KINDS`.
        """
        w = self.parts
        asked = w["kind"][:, KINDS.index(kind)]  # (networks, 6)
        sets = [self._set(words.asked, asked, "abw"), self._set(words.beside, asked, "cdv")]
        known = np.clip((row - self.mean) / self.scale, -4, 4)
        whole = np.concatenate([*sets, np.tile(known, (len(asked), 1)), asked], axis=1)
        last = np.maximum((whole[:, None] @ w["o"])[:, 0] + w["o0"], 0)
        return float(((last * w["p"]).sum(axis=1) + w["p0"]).mean())

    def _set(self, rows: Floats, asked: Floats, layers: str) -> Floats:
        """Return the weighed mean and the maximum of what two layers make of some rows, (networks, 2 · hidden).

        `layers`: the names of both and of the one that weighs.
        """
        first, second, worth = (self.parts[name] for name in layers)
        bias, offset = (self.parts[f"{name}0"] for name in layers[:2])
        rows = rows if len(rows) else np.zeros((1, rows.shape[1]), dtype=np.float32)
        every = np.broadcast_to(rows, (len(asked), *rows.shape))
        both = np.concatenate([every, np.repeat(asked[:, None], len(rows), axis=1)], axis=2)
        hidden = np.maximum(both @ first + bias[:, None], 0)
        hidden = np.maximum(hidden @ second + offset[:, None], 0)
        share = np.exp(hidden @ worth)
        mean = (hidden * share / share.sum(axis=1, keepdims=True)).sum(axis=1)
        return np.concatenate([mean, hidden.max(axis=1)], axis=1)
