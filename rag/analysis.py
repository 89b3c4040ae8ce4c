"""Sentences of a passage, analysed once and kept: keys, bigrams, what they hold that could answer."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import chain
from math import log1p

import numpy as np
import numpy.typing as npt

from index.article import Article
from index.passage import Passage
from index.text import Word, fold
from rag.kinds import evidence
from rag.names import persons

_HAN_RUN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff]+")
_NUMBER = re.compile(r"(?<![a-z0-9.])[0-9]+(?:\.[0-9]+)?(?![0-9])")
_CLAUSE = re.compile(r"[,，;:。!?]")
FIXED = ("length", "index", "place", "is_section", "is_aside", "pointing", "why", "how", "definition", "list", "asking")
COUNTED = ("number", "date", "person", "name")
_POINTING = re.compile(
    r"^[“\"]?(?:他|她|它|其|该|这|此|对此|那|同时|此外|据介绍|据了解|he |she |it |they |this |these )"
)


@dataclass(frozen=True)
class Sentence:
    """One sentence, at `[start, end)` of its article's text, with what the ranker looks at.

    `before`, `after`: the keys of its neighbours in the passage, "" at its ends. `head`: the key of the title and the
    section heading. `part`: the kind of part it is ("body", "section", "byline", …). `found`: by kind, what stands in
    it that could answer. `place`: where it stands in its article, in [0, 1].
    """

    start: int
    end: int
    key: str
    before: str
    after: str
    head: str
    part: str
    bigrams: frozenset[str]
    numbers: frozenset[str]
    found: dict[str, tuple[str, ...]]
    pointing: bool
    index: int
    place: float

    @cached_property
    def fixed(self) -> tuple[float, ...]:
        """What no question changes, in the order of `FIXED`."""
        counts = [len(self.found[kind]) for kind in ("why", "how", "definition", "list")]
        aside = self.part in ("byline", "caption", "dateline", "continuation")
        part = (self.part == "section", aside, self.pointing)
        return log1p(len(self.key)), self.index, self.place, *part, *counts, self.key.endswith("?")

    @cached_property
    def chars(self) -> frozenset[str]:
        """The characters of its key."""
        return frozenset(self.key)

    @cached_property
    def clauses(self) -> tuple[int, ...]:
        """Where its clauses begin in its key, rising, and where the last one ends."""
        return 0, *(match.end() for match in _CLAUSE.finditer(self.key)), len(self.key)

    def answers(self, kind: str, known: frozenset[str]) -> Sequence[str]:
        """Return what could answer a question of a kind, without what the question itself says."""
        items = self.found.get(kind, ())
        return items if known.isdisjoint(items) else [item for item in items if item not in known]

    @cached_property
    def _all(self) -> tuple[frozenset[str], tuple[int, ...]]:
        """Whatever could answer a question of one of the kinds `COUNTED`, and how many things could for each."""
        items = [self.found.get(kind, ()) for kind in COUNTED]
        return frozenset(chain(*items)), tuple(map(len, items))

    def counts(self, known: frozenset[str]) -> tuple[int, ...]:
        """Return how many things could answer a question of each of the kinds `COUNTED`, as `answers` gives them."""
        every, counts = self._all
        return counts if known.isdisjoint(every) else tuple(len(self.answers(kind, known)) for kind in COUNTED)


def analyse(article: Article, passage: Passage, words: bytes) -> tuple[Sentence, ...]:
    """Return the analysed sentences of a passage. `words`: where its words stand in its key (`index.build`)."""
    text = article.text[passage.start : passage.end]
    keys = [fold(article.text[low:high]) for low, high in passage.sentences]
    head = fold(f"{'' if article.title_made else article.title}\n{passage.heading}")
    parts = {part.start: part.kind for part in article.parts if part.end > part.start}
    people = _people_by_sentence(text, passage, keys, words)
    size = max(1, len(article.text))
    sentences = []
    for i, ((low, high), key) in enumerate(zip(passage.sentences, keys, strict=True)):
        found = {kind: tuple(items) for kind, items in evidence(key).items()}
        found["person"] = tuple(people[i])
        sentences.append(
            Sentence(
                low,
                high,
                key,
                keys[i - 1] if i else "",
                keys[i + 1] if i + 1 < len(keys) else "",
                head,
                parts.get(low, "body"),
                bigrams_of(key),
                frozenset(_NUMBER.findall(key)),
                found,
                bool(_POINTING.match(key)),
                i,
                low / size,
            )
        )
    return tuple(sentences)


@lru_cache(2048)
def article_key(article: Article) -> str:
    """Return the key of all that an article says, its headline included."""
    return fold(f"{article.title}\n{article.text}")


def bigrams_of(key: str) -> frozenset[str]:
    """Return the character bigrams of the Han runs of a folded text."""
    return frozenset(run[i : i + 2] for run in _HAN_RUN.findall(key) for i in range(len(run) - 1))


def _people_by_sentence(text: str, passage: Passage, keys: Sequence[str], words: bytes) -> list[list[str]]:
    """Return the persons named in each sentence; the words were cut when the index was built."""
    key = fold(text)
    pairs: npt.NDArray[np.uint16] = np.frombuffer(words, dtype=np.uint16).reshape(-1, 2)
    found = persons([Word(key[low:high], low, high) for low, high in pairs.tolist()])
    return [[name for name in dict.fromkeys(found) if name in sentence] for sentence in keys]
