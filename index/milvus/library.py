"""Pages, articles and passages on an engine: documents are read whole, and kept in memory for a while."""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from index.archive import Document
from index.article import Article, Part
from index.errors import SnapshotStale
from index.milvus.cache import Cache
from index.milvus.engine import Engine, Row, batches, listed
from index.milvus.marks import MARKS
from index.milvus.rows import ABOUT, PLACES, Record, document_of, hashed, slug_of
from index.page import Page
from index.passage import Passage

KEPT = 1000  # documents kept in memory
AT_ONCE = 64  # documents read in one call
SAMPLED = 2000  # documents whose articles stand for those of a very large archive
MOST_MARKED = 20_000  # documents that texts with a mark are taken from


@dataclass(frozen=True)
class Listed:
    """A document and its key."""

    key: int
    document: Document


class MilvusLibrary:
    """One generation's documents (see `index.source.Library`). `gone`: keys of documents that count no more."""

    def __init__(self, engine: Engine, generation: int, gone: frozenset[int]) -> None:
        self.engine, self.gone = engine, gone
        self._name = f"{engine.address.name}_documents"
        self._visible = f"generation <= {generation}"
        self._first = f"piece == 0 and {self._visible}"
        self._records: Cache[int, Record] = Cache(KEPT)
        self._keys: Cache[str, int] = Cache(KEPT)  # of the same documents, by id

    def close(self) -> None:
        """Nothing: the connection is shared."""

    def ready(self) -> None:
        """See that the engine answers."""
        self.engine.call("has_collection", collection_name=self._name)

    def fetch(self, passages: Sequence[int]) -> None:
        """Read the documents of some passages, at once."""
        self._read(number >> PLACES for number in passages)

    def passage(self, number: int, /) -> tuple[Passage, int, bytes]:
        """Return a passage, its article's number, and where its words stand."""
        passage, article, words = self._record(number).passage(_place(number))
        return passage, _number(number, article), words

    def article(self, number: int, /) -> Article:
        """Return an article."""
        return self._record(number).article(_place(number))

    def article_of(self, passage: int) -> int:
        """Return the number of the article that a passage is of."""
        return _number(passage, self._record(passage).article_of(_place(passage)))

    def passages_of(self, article: int) -> list[int]:
        """Return the numbers of an article's passages, in order."""
        return [_number(article, place) for place in self._record(article).passages_of(_place(article))]

    def passages_of_documents(self, document_ids: Sequence[str]) -> list[int]:
        """Return the numbers of all passages of some documents; unknown ids add nothing."""
        return self.numbers(self.keys(document_ids))

    def article_number(self, article_id: str) -> int | None:
        """Return the number of an article, None if there is no such id."""
        where = f"slug == {hashed(slug_of(article_id))} and {self._first}"
        for key in [row["key"] for row in self._live(self.engine.rows(self._name, where, ABOUT))]:
            record = self._read([key])[key]
            for place in record.places:
                if record.header(place)[0] == article_id:
                    return _number(key << PLACES, place)
        return None

    def article_numbers(self) -> list[int]:
        """Return the numbers of the articles of the first `SAMPLED` documents, by key: keys are hashes, so of any."""
        found: list[int] = []
        for count, row in enumerate(self._rows(ABOUT)):
            if count == SAMPLED:
                break
            found += [_number(row["key"] << PLACES, place) for place in range(row["articles"])]
        return found

    def article_headers(self, limit: int, offset: int) -> list[tuple[str, str, str, bool]]:
        """Return (article_id, document_id, title, title_made) of articles, by the keys of their documents."""
        wanted: list[tuple[int, int]] = []
        for row in self._rows(ABOUT):
            places = [(row["key"], place) for place in range(row["articles"])]
            wanted += places[offset:][: limit - len(wanted)]
            offset = max(0, offset - len(places))
            if len(wanted) == limit:
                break
        records = self._read(key for key, _ in wanted)
        return [records[key].header(place) for key, place in wanted]

    def articles_of_document(self, document_id: str) -> list[Article]:
        """Return the articles of a document, in order; none if it is unknown."""
        records = self._read(self.keys([document_id]))
        return [record.article(place) for record in records.values() for place in record.places]

    def page(self, document_id: str) -> tuple[Page, tuple[Part, ...]] | None:
        """Return a page as it was when it was indexed, and what on it belongs to no article; None if unknown."""
        kept = self._keys.get([document_id])
        keys = kept.values() if kept else self.keys([document_id])
        return next((record.page for record in self._read(keys).values()), None)

    def document(self, document_id: str) -> Document | None:
        """Return what is known of a document's file; None if it is unknown."""
        return next((row.document for row in self.named([document_id])), None)

    def documents(self) -> list[Document]:
        """Return all pages, by id."""
        return sorted(map(document_of, self._rows(ABOUT)), key=lambda document: document.document_id)

    def sha256(self, document_id: str) -> str:
        """Return the SHA-256 of a document's file as it was when it was indexed."""
        if (found := self.document(document_id)) is None:
            raise KeyError(document_id)
        return found.sha256

    def texts_with(self, piece: str) -> list[str]:
        """Return what stands around one of `MARKS` in the articles.

        Raises:
            ValueError: another piece of text is looked for, which was not kept.
        """
        if piece not in MARKS:
            raise ValueError(f"{piece!r} is not among {MARKS}")
        found: list[str] = []
        for count, row in enumerate(self._rows(("key", "marked"), 'marked != ""')):
            if count == MOST_MARKED:
                break
            found += [text for text in json.loads(row["marked"]) if piece in text]
        return found

    def keys(self, document_ids: Sequence[str]) -> list[int]:
        """Return the keys of documents; unknown ids add nothing."""
        return [row.key for row in self.named(document_ids)]

    def numbers(self, keys: Sequence[int]) -> list[int]:
        """Return the numbers of the passages of documents, rising."""
        records = self._read(keys)
        return sorted(_number(key << PLACES, place) for key in keys for place in range(records[key].size))

    def named(self, document_ids: Sequence[str]) -> list[Listed]:
        """Return what is known of documents; unknown ids add nothing."""
        wanted, found = set(document_ids), []
        for some in batches(list(document_ids)):
            where = f"{listed('named', [hashed(name) for name in some])} and {self._first}"
            rows = self._live(self.engine.rows(self._name, where, ABOUT))
            found += [Listed(int(row["key"]), document_of(row)) for row in rows if row["document_id"] in wanted]
        return found

    def dealt(self, shares: range) -> Iterator[Listed]:
        """Yield what is known of the documents of some shares (see `rows.share_of`)."""
        for row in self._rows(ABOUT, f"share >= {shares.start} and share < {shares.stop}"):
            yield Listed(int(row["key"]), document_of(row))

    def _rows(self, fields: Sequence[str], where: str = "") -> Iterator[Row]:
        """Yield a row of each document, by key."""
        asked = f"{self._first} and {where}" if where else self._first
        for rows in self.engine.all_rows(self._name, "id", asked, ("id", *fields)):
            yield from sorted(self._live(rows), key=lambda row: int(row["key"]))

    def _live(self, rows: Sequence[Row]) -> list[Row]:
        return [row for row in rows if int(row["key"]) not in self.gone]

    def _record(self, number: int) -> Record:
        key = number >> PLACES
        return self._read([key])[key]

    def _read(self, keys: Iterable[int]) -> dict[int, Record]:
        """Return documents by key: those that are not in memory are read at once.

        Raises:
            SnapshotStale: one is not there any more, or not whole.
        """
        wanted = list(dict.fromkeys(keys))
        found = self._records.get(wanted)
        for some in batches([key for key in wanted if key not in found], AT_ONCE):
            rows = self.engine.rows(self._name, listed("key", some), ("key", "piece", "pieces", "payload"))
            pieces: dict[int, dict[int, str]] = {key: {} for key in some}
            count = {int(row["key"]): int(row["pieces"]) for row in rows}
            for row in rows:
                pieces[int(row["key"])][int(row["piece"])] = row["payload"]
            for key, parts in pieces.items():
                if not parts or len(parts) != count[key]:
                    raise SnapshotStale(
                        f"{self.engine.address}: a document of this generation is gone. Open the newest."
                    )
                found[key] = Record.read(key, [parts[place] for place in range(count[key])])
        self._records.put(found)
        self._keys.put({record.document_id: key for key, record in found.items()})
        return found


def _place(number: int) -> int:
    return number & ((1 << PLACES) - 1)


def _number(same: int, place: int) -> int:
    """Return the number of another place in the same document."""
    return same >> PLACES << PLACES | place
