"""What an archive can be asked, wherever it lies: in a folder (`index.snapshot`), or on an engine (`index.milvus`).

Passages and articles are known by numbers. Those of an article's passages follow one another; what else a number
says is the source's own affair.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from index.archive import Document
from index.article import Article, Part
from index.dense import Vectors
from index.encoder import Encoder, StaticEncoder
from index.files import Manifest
from index.late import Late
from index.lexical import Mask, Scores
from index.page import Page
from index.passage import Passage

Numbers = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Either:
    """Ways to say one thing, each its terms and a weight: a passage is given the best of them. `english`: only in
    English passages."""

    spellings: tuple[tuple[tuple[str, ...], float], ...]
    english: bool = False


@dataclass(frozen=True)
class Wanted:
    """What the lexical leg is asked: terms, each as often as it counts, and things that are said in several ways."""

    terms: tuple[str, ...]
    either: tuple[Either, ...] = ()


class Matched(Protocol):
    """What the lexical leg found: the best passages as (number, score), best first, ties by number; and `most`, what
    the things said in several ways add at most to any passage, one by one."""

    @property
    def ranked(self) -> list[tuple[int, float]]: ...
    @property
    def most(self) -> float: ...
    def of(self, numbers: Numbers) -> Scores:
        """Return the score of any passages, 0 where they share no term."""


@dataclass(frozen=True)
class Passages:
    """Some passages, arrays of the same length: the numbers of their articles, whether they are English, their token
    ids."""

    articles: Numbers
    english: Mask
    tokens: list[npt.NDArray[np.uint16]]


class Legs(Protocol):
    """Finds passages by words and by meaning."""

    @property
    def count(self) -> int:
        """How many passages there are."""

    @property
    def english(self) -> int:
        """How many of them are English."""

    def knows(self, term: str) -> bool:
        """Tell whether any passage holds a term."""

    def idf(self, term: str) -> float:
        """Return ln((N + 1) / n) for a term in n of N passages; ln(N + 1) for one that is in none."""

    def within(self, documents: Sequence[str]) -> "Legs":
        """Return the same legs, looking at some documents alone; how rare a term is, is still of all."""

    def words(self, wanted: Wanted, depth: int) -> Matched:
        """Return what BM25+ finds, `depth` passages at most."""

    def meaning(self, vector: Vectors, k: int, english: bool | None = None) -> list[tuple[int, float]]:
        """Return the k passages nearest to a unit vector as (number, cosine), best first, ties by number.

        `english`: look at the passages in English alone, or at the others alone.
        """

    def cosines(self, vector: Vectors, numbers: list[int]) -> list[float]:
        """Return the cosine of some passages to a unit vector, in the order asked for."""

    def passages(self, numbers: Sequence[int]) -> Passages:
        """Return what is known of some passages, in the order asked for."""


class Library(Protocol):
    """Pages, articles and passages, whole. Safe to share between threads."""

    def close(self) -> None:
        """Let go of it. What was read stays good."""

    def ready(self) -> None:
        """See that it can be read now.

        Raises:
            EngineDown: the engine that holds it does not answer.
        """

    def fetch(self, passages: Sequence[int]) -> None:
        """Read, at once, all that is about to be asked for of some passages."""

    def passage(self, number: int, /) -> tuple[Passage, int, bytes]:
        """Return a passage, its article's number, and where its words stand (see `index.segment.word_bytes`)."""

    def article(self, number: int, /) -> Article:
        """Return an article."""

    def article_of(self, passage: int) -> int:
        """Return the number of the article that a passage is of."""

    def passages_of(self, article: int) -> list[int]:
        """Return the numbers of an article's passages, in order."""

    def passages_of_documents(self, document_ids: Sequence[str]) -> list[int]:
        """Return the numbers of all passages of some documents; unknown ids add nothing."""

    def article_number(self, article_id: str) -> int | None:
        """Return the number of an article, None if there is no such id."""

    def article_numbers(self) -> list[int]:
        """Return the numbers of the articles; of a very large archive, of some from all over it."""

    def article_headers(self, limit: int, offset: int) -> list[tuple[str, str, str, bool]]:
        """Return (article_id, document_id, title, title_made) of articles, always in the same order."""

    def articles_of_document(self, document_id: str) -> list[Article]:
        """Return the articles of a document, in order; none if it is unknown."""

    def page(self, document_id: str) -> tuple[Page, tuple[Part, ...]] | None:
        """Return a page as it was when it was indexed, and what on it belongs to no article; None if unknown."""

    def document(self, document_id: str) -> Document | None:
        """Return what is known of a document's file; None if it is unknown."""

    def documents(self) -> list[Document]:
        """Return all pages, by id."""

    def sha256(self, document_id: str) -> str:
        """Return the SHA-256 of a document's file as it was when it was indexed.

        Raises:
            KeyError: it is unknown.
        """

    def texts_with(self, piece: str) -> list[str]:
        """Return the texts of the articles that hold a piece of text, or what stands around it in them."""


class Source(Protocol):
    """One generation of an archive, open for reading.

    `encoder` makes the dense leg's vectors; `static` is the embedded model, whose table `late` looks at.
    """

    @property
    def name(self) -> str: ...
    @property
    def manifest(self) -> Manifest: ...
    @property
    def content(self) -> str:
        """A hash of the pages and settings it was made from: equal content, equal answers."""

    @property
    def archive(self) -> Library: ...
    @property
    def legs(self) -> Legs: ...
    @property
    def encoder(self) -> Encoder: ...
    @property
    def static(self) -> StaticEncoder: ...
    @property
    def late(self) -> Late: ...
