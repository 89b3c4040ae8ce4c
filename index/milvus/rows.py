"""What a document and its passages are as rows, and back.

A document's key, in [0, 2^47), is a hash of its id and its file's SHA-256. The number of its passage or article in
place p is key · 2^16 + p. A passage's row is made of the passage alone: the weight of a term in it uses a length that
is fixed (`LENGTH`), so that it is the same whatever else the archive holds; scores are worked out anew with today's
average length from the counts (`legs`).
"""

import base64
import hashlib
import json
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from index.archive import Document, parse_article, parse_parts
from index.article import Article, Part
from index.lexical import K1, B
from index.milvus.engine import FLAG, INT, LONG, SPARSE, STRING, TEXT, UNUSED, Fields, Row, vector_of
from index.milvus.marks import kept_marks
from index.page import Page
from index.passage import Passage

PLACES = 16  # bits of a place
MOST = 1 << PLACES  # passages of a document
LENGTH = 240.0  # terms of a passage that is neither long nor short: seeds 241, news 225 and 258, laws 235
SHARES = 1024  # what documents are dealt into for builds of several machines
PIECE = TEXT - 35  # characters of a piece of a document
NOTHING = 0  # the dimension of a passage without terms

Array = npt.NDArray[Any]
Counts = tuple[npt.NDArray[np.uint32], npt.NDArray[np.uint8]]

DOCUMENTS: Fields = {
    "id": LONG, "key": LONG, "piece": INT, "generation": LONG, "share": INT, "named": LONG, "slug": LONG,
    "document_id": STRING, "sha256": STRING, "size": LONG, "mtime_ns": LONG, "unassigned": INT, "unsure_seams": INT,
    "articles": INT, "passages": INT, "pieces": INT, "marked": STRING, "payload": STRING, UNUSED: vector_of(2),
}  # fmt: skip
ABOUT = ("key", "generation", "document_id", "sha256", "size", "mtime_ns", "unassigned", "unsure_seams", "articles")
LOOKED_UP = ("key", "generation", "share", "named", "slug", "piece")  # fields that documents are found by
PASSED = ("number", "article", "english", "length", "tokens", "terms")  # of a passage, what the ranker looks at


def passages(dimension: int) -> Fields:
    """Return the fields of passages whose vectors have so many numbers."""
    return {
        "number": LONG, "document": LONG, "generation": LONG, "article": INT, "english": FLAG, "length": INT,
        "tokens": STRING, "terms": STRING, "vector": vector_of(dimension), "words": SPARSE,
    }  # fmt: skip


def hashed(text: str, bits: int = 63) -> int:
    """Return a number of so many bits that a text is known by."""
    digest = hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return int.from_bytes(digest, "little") >> (64 - bits)


def document_key(document_id: str, sha256: str, salt: int = 0) -> int:
    """Return the key of a document; another `salt` gives another one, where two documents have the same."""
    return hashed(f"{salt}\0{sha256}\0{document_id}", 63 - PLACES)


def share_of(document_id: str) -> int:
    """Return which of the `SHARES` a document is in."""
    return hashed(document_id) % SHARES


def dimension_of(key: int) -> int:
    """Return the dimension of a term by its hash (`index.postings.term_hash`), in [1, 2^32 - 3]."""
    return key % ((1 << 32) - 3) + 1


def dimensions_of(keys: Array) -> npt.NDArray[np.uint32]:
    """Return the dimensions of many terms."""
    return (keys.astype(np.uint64) % np.uint64((1 << 32) - 3) + np.uint64(1)).astype(np.uint32)


def norm(lengths: Array, average: float) -> npt.NDArray[np.float32]:
    """Return what BM25 adds to a term's count for a passage's length."""
    long = np.maximum(lengths, 1).astype(np.float32)
    return np.float32(K1 * (1 - B)) + np.float32(K1 * B / average) * long


def weights(counts: Array, length: int) -> npt.NDArray[np.float32]:
    """Return what terms weigh in a passage of the engine: BM25's saturation of their counts, at the fixed length."""
    often = counts.astype(np.float32)
    saturated: npt.NDArray[np.float32] = np.float32(K1 + 1) * often / (often + norm(np.array([length]), LENGTH))
    return saturated


def pack(array: Array) -> str:
    """Return an array as text."""
    return base64.b64encode(np.ascontiguousarray(array).tobytes()).decode("ascii")


def pack_counts(dimensions: npt.NDArray[np.uint32], counts: npt.NDArray[np.uint8]) -> str:
    """Return terms and how often they stand in a passage as text."""
    return base64.b64encode(dimensions.astype("<u4").tobytes() + counts.tobytes()).decode("ascii")


def unpack_counts(text: str) -> Counts:
    """Return what `pack_counts` was given."""
    raw = base64.b64decode(text)
    count = len(raw) // 5
    return np.frombuffer(raw, "<u4", count), np.frombuffer(raw, np.uint8, count, 4 * count)


def unpack_tokens(text: str) -> npt.NDArray[np.uint16]:
    """Return the token ids of a passage."""
    return np.frombuffer(base64.b64decode(text), "<u2")


@dataclass(frozen=True)
class Known:
    """A passage as the ranker sees it: its article's number, its terms and their counts, how many it has in all, its
    token ids."""

    article: int
    english: bool
    length: int
    tokens: npt.NDArray[np.uint16]
    counts: Counts


def known(row: Row) -> Known:
    """Return the passage that a row with the fields `PASSED` is."""
    number = int(row["number"])
    article = number >> PLACES << PLACES | int(row["article"])
    counts = unpack_counts(row["terms"])
    return Known(article, bool(row["english"]), int(row["length"]), unpack_tokens(row["tokens"]), counts)


class Record:
    """A document whole: its page, articles and passages, as `index.archive` keeps them."""

    def __init__(self, key: int, page: Sequence[Any], articles: Sequence[Any], passages: Sequence[Any]) -> None:
        """Take the rows of a file's tables, without their numbers; a passage's begins with its article's place."""
        self.key = key
        self._page, self._articles, self._passages = page, articles, passages

    @classmethod
    def read(cls, key: int, pieces: Sequence[str]) -> "Record":
        """Return the record that its pieces make."""
        body = json.loads(zlib.decompress(base64.b64decode("".join(pieces))))
        passages = [[*row[:-1], base64.b64decode(row[-1])] for row in body["passages"]]
        return cls(key, body["page"], body["articles"], passages)

    def pieces(self) -> list[str]:
        """Return it as texts that fields hold."""
        passages = [[*row[:-1], base64.b64encode(row[-1]).decode("ascii")] for row in self._passages]
        body = {"page": list(self._page), "articles": self._articles, "passages": passages}
        raw = zlib.compress(
            json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")
        )
        text = base64.b64encode(raw).decode("ascii")
        return [text[start : start + PIECE] for start in range(0, len(text), PIECE)]

    @property
    def page(self) -> tuple[Page, tuple[Part, ...]]:
        """The page, and what on it belongs to no article."""
        document_id, sha256, *_, text, left = self._page
        return Page(document_id, text, sha256), parse_parts(left)

    @property
    def document_id(self) -> str:
        """The document's id."""
        return str(self._page[0])

    @property
    def size(self) -> int:
        """How many passages it has."""
        return len(self._passages)

    @property
    def places(self) -> range:
        """The places of its articles."""
        return range(len(self._articles))

    def article(self, place: int) -> Article:
        """Return an article."""
        article_id, *rest = self._articles[place]
        return parse_article(article_id, self._page[0], *rest)

    def header(self, place: int) -> tuple[str, str, str, bool]:
        """Return (article_id, document_id, title, title_made) of an article."""
        article_id, title, made, *_ = self._articles[place]
        return article_id, self._page[0], title, bool(made)

    def passage(self, place: int) -> tuple[Passage, int, bytes]:
        """Return a passage, the place of its article, and where its words stand."""
        article, start, end, heading, sentences, words = self._passages[place]
        first = next(number for number, row in enumerate(self._passages) if row[0] == article)
        article_id = self._articles[article][0]
        spans = tuple((low, high) for low, high in json.loads(sentences))
        passage = Passage(f"{article_id}.{place - first + 1}", article_id, start, end, heading, spans)
        return passage, article, words

    def passages_of(self, article: int) -> list[int]:
        """Return the places of an article's passages."""
        return [place for place, row in enumerate(self._passages) if row[0] == article]

    def article_of(self, place: int) -> int:
        """Return the place of the article that a passage is of."""
        return int(self._passages[place][0])

    def rows(self, generation: int) -> Iterator[Row]:
        """Yield the rows of the document."""
        document_id, sha256, size, mtime_ns, unassigned, unsure, *_ = self._page
        about = {
            "key": self.key, "generation": generation, "share": share_of(document_id), "named": hashed(document_id),
            "slug": hashed(slug_of(self._articles[0][0])) if self._articles else 0, "document_id": document_id,
            "sha256": sha256, "size": size, "mtime_ns": mtime_ns, "unassigned": unassigned, "unsure_seams": unsure,
            "articles": len(self._articles), "passages": len(self._passages), UNUSED: [0.0, 0.0],
        }  # fmt: skip
        pieces = self.pieces()
        marked = kept_marks(row[3] for row in self._articles)
        for place, payload in enumerate(pieces):
            own = {"id": self.key << PLACES | place, "piece": place, "payload": payload, "pieces": len(pieces)}
            yield {**about, **own, "marked": "" if place else marked}


def slug_of(article_id: str) -> str:
    """Return what an article's id shares with those of its page."""
    return article_id.rpartition(".")[0]


def document_of(row: Row) -> Document:
    """Return what a row with the fields `ABOUT` says of a document."""
    return Document(*(row[field] for field in ABOUT[2:]))
