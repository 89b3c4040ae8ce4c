"""The texts: pages, articles and passages in SQLite files, each read-only once it is written.

Numbers count from 0 in the order of document id and place on the page, and go on from file to file; they are what the
two legs of the index speak. A document that was removed from a file keeps its numbers and is not seen.
"""

import json
import sqlite3
import threading
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from index.article import UNSURE, Article, Part, Reading, Seam, Segment
from index.page import Page
from index.passage import Passage

_SCHEMA = """
CREATE TABLE pages (number INTEGER PRIMARY KEY, document_id TEXT UNIQUE, sha256 TEXT, size INTEGER, mtime_ns INTEGER,
                    unassigned INTEGER, unsure_seams INTEGER, text TEXT, left_parts TEXT);
CREATE TABLE articles (number INTEGER PRIMARY KEY, article_id TEXT UNIQUE, page INTEGER, title TEXT,
                       title_made INTEGER, text TEXT, layout TEXT);
CREATE TABLE passages (number INTEGER PRIMARY KEY, article INTEGER, start INTEGER, stop INTEGER, heading TEXT,
                       sentences TEXT, words BLOB);
CREATE INDEX passages_article ON passages (article);
CREATE INDEX articles_page ON articles (page);
"""
_NAMING = "简称"  # "in short": what articles that name something say; an index makes it quick to find these few
_NAMING_INDEX = f"CREATE INDEX articles_naming ON articles (number) WHERE instr(text, '{_NAMING}');"
_DOCUMENTS = (
    "SELECT document_id, sha256, size, mtime_ns, unassigned, unsure_seams,"
    " (SELECT count(*) FROM articles WHERE page = pages.number) FROM pages"
)
_COUNT_ARTICLES = "SELECT count(*) FROM articles JOIN pages ON pages.number = page WHERE NOT GONE"
CACHED = 4096  # articles and passages kept parsed in memory, of each
PAGES = 16  # raw pages kept in memory

Row = tuple[Any, ...]


@dataclass(frozen=True)
class Document:
    """A page of the archive: its file's SHA-256, size in bytes and time; how many characters were read into no
    article, and how many seams are not sure; how many articles it has."""

    document_id: str
    sha256: str
    size: int
    mtime_ns: int
    unassigned: int
    unsure_seams: int
    articles: int


class ArchiveWriter:
    """Writes one file. Use as a context manager; the file is complete when it is left without an error."""

    def __init__(self, path: Path) -> None:
        self._db = sqlite3.connect(path, isolation_level=None)
        self._db.executescript("PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF;" + _SCHEMA + _NAMING_INDEX + "BEGIN;")
        self.pages = self.articles = self.passages = 0

    def __enter__(self) -> "ArchiveWriter":
        return self

    def __exit__(self, *error: object) -> None:
        if error[0] is None:
            self._db.execute("COMMIT")
        self._db.close()

    def add_page(self, page: Page, reading: Reading, size: int, mtime_ns: int) -> int:
        """Add a page, its file's size and time, and what on it belongs to no article; return its number."""
        left = [_part_row(part) for part in reading.left]
        unassigned = sum(len(part.text) for part in reading.left if part.kind == "unassigned")
        unsure = sum(seam.score < UNSURE for article in reading.articles for seam in article.seams)
        told = (page.document_id, page.sha256, size, mtime_ns, unassigned, unsure)
        return self._page((*told, page.text, _dumps(left)))

    def add_article(self, page: int, article: Article) -> int:
        """Add an article of a page; return its number."""
        layout = {
            "segments": [(s.text_start, s.text_end, s.raw_start, s.raw_end) for s in article.segments],
            "parts": [_part_row(part) for part in article.parts],
            "seams": [(seam.offset, seam.score) for seam in article.seams],
        }
        title = (article.title, article.title_made)
        return self._article((article.article_id, page, *title, article.text, _dumps(layout)))

    def add_passage(self, article: int, passage: Passage, words: bytes) -> None:
        """Add a passage of an article, with where its words stand (see `index.segment.word_bytes`)."""
        sentences = _dumps(passage.sentences)
        self._passage((article, passage.start, passage.end, passage.heading, sentences, words))

    def copy(self, document: "Shelved") -> list[tuple[int, int]]:
        """Add a document of another file as it is; return the number of each passage there, and its article's here."""
        page = self._page(document.rows("SELECT * FROM pages WHERE number = ?", document.number)[0][1:])
        numbers = []
        for row in document.rows("SELECT * FROM articles WHERE page = ? ORDER BY number", document.number):
            article = self._article((row[1], page, *row[3:]))
            for passage in document.rows("SELECT * FROM passages WHERE article = ? ORDER BY number", row[0]):
                self._passage((article, *passage[2:]))
                numbers.append((passage[0], article))
        return numbers

    def _page(self, row: Row) -> int:
        self._db.execute("INSERT INTO pages VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", (self.pages, *row))
        self.pages += 1
        return self.pages - 1

    def _article(self, row: Row) -> int:
        self._db.execute("INSERT INTO articles VALUES (?, ?, ?, ?, ?, ?, ?)", (self.articles, *row))
        self.articles += 1
        return self.articles - 1

    def _passage(self, row: Row) -> None:
        self._db.execute("INSERT INTO passages VALUES (?, ?, ?, ?, ?, ?, ?)", (self.passages, *row))
        self.passages += 1


class _Shelf:
    """One file, its own numbers, and the ids of the documents that were removed from it."""

    def __init__(self, path: Path, removed: frozenset[str]) -> None:
        uri = f"{path.absolute().as_uri()}?mode=ro&immutable=1"
        self._db = sqlite3.connect(uri, uri=True, check_same_thread=False)
        self._lock = threading.Lock()
        self.removed = removed
        self._gone = _dumps(sorted(removed))

    def rows(self, sql: str, *values: object) -> list[Row]:
        with self._lock:
            return self._db.execute(sql, values).fetchall()

    def size(self, table: str) -> int:
        return int(self.rows(f"SELECT coalesce(max(number) + 1, 0) FROM {table}")[0][0])

    def page_number(self, document_id: str) -> int | None:
        if document_id in self.removed:
            return None
        found = self.rows("SELECT number FROM pages WHERE document_id = ?", document_id)
        return int(found[0][0]) if found else None

    def live(self, sql: str, *values: object) -> list[Row]:
        """Return rows of a query that ends in `WHERE … ORDER BY …`, with GONE for what removed pages are told by."""
        gone = "document_id IN (SELECT value FROM json_each(?))"
        return self.rows(sql.replace("GONE", gone), self._gone, *values)

    def close(self) -> None:
        self._db.close()


@dataclass(frozen=True)
class Shelved:
    """A document where it lies: in which of an archive's files, and its number there."""

    document_id: str
    sha256: str
    file: int
    number: int
    shelf: _Shelf

    def rows(self, sql: str, *values: object) -> list[Row]:
        """Return the rows of a query to its file."""
        return self.shelf.rows(sql, *values)


class Archive:
    """Reads the files: whole values by number or id. Safe to share between threads."""

    def __init__(self, files: Sequence[tuple[Path, frozenset[str]]]) -> None:
        """Open files, each with the ids of the documents that were removed from it."""
        self._shelves = [_Shelf(path, removed) for path, removed in files]
        self._starts = {table: self._offsets(table) for table in ("articles", "passages")}
        self.article = lru_cache(CACHED)(self._article)
        self.passage = lru_cache(CACHED)(self._passage)
        self.page = lru_cache(PAGES)(self._page)

    def close(self) -> None:
        """Close the files. What was read stays good."""
        for shelf in self._shelves:
            shelf.close()

    def ready(self) -> None:
        """Nothing: its files are open."""

    def fetch(self, passages: Sequence[int]) -> None:
        """Nothing: what lies on the disk here is read when it is asked for."""

    def texts_with(self, piece: str) -> list[str]:
        """Return the texts of the articles that hold a piece of text."""
        # SQLite takes the index only where the piece stands in the query itself
        given, values = (f"'{_NAMING}'", ()) if piece == _NAMING else ("?", (piece,))
        sql = (
            "SELECT articles.text FROM articles JOIN pages ON pages.number = page"
            f" WHERE NOT GONE AND instr(articles.text, {given}) ORDER BY articles.number"
        )
        return [row[0] for shelf in self._shelves for row in shelf.live(sql, *values)]

    def documents(self) -> list[Document]:
        """Return all pages, by id."""
        sql = f"{_DOCUMENTS} WHERE NOT GONE"
        return sorted((Document(*row) for shelf in self._shelves for row in shelf.live(sql)), key=_document_id)

    def document_ids(self) -> list[str]:
        """Return the ids of all pages, sorted."""
        return [document.document_id for document in self.shelved()]

    def shelved(self) -> list[Shelved]:
        """Return where every document lies, by id."""
        sql = "SELECT document_id, sha256, number FROM pages WHERE NOT GONE"
        found = [
            Shelved(name, sha256, place, number, shelf)
            for place, shelf in enumerate(self._shelves)
            for name, sha256, number in shelf.live(sql)
        ]
        return sorted(found, key=_document_id)

    def _page(self, document_id: str) -> tuple[Page, tuple[Part, ...]] | None:
        """Return a page as it was when it was indexed, and what on it belongs to no article; None if unknown."""
        for shelf in self._shelves:
            if (number := shelf.page_number(document_id)) is not None:
                sql = "SELECT document_id, text, sha256, left_parts FROM pages WHERE number = ?"
                row = shelf.rows(sql, number)[0]
                return Page(*row[:3]), parse_parts(row[3])
        return None

    def document(self, document_id: str) -> Document | None:
        """Return what is known of a document's file; None if it is unknown."""
        sql = f"{_DOCUMENTS} WHERE NOT GONE AND document_id = ?"
        found = [Document(*row) for shelf in self._shelves for row in shelf.live(sql, document_id)]
        return found[0] if found else None

    def sha256(self, document_id: str) -> str:
        """Return the SHA-256 of a document's file as it was when it was indexed.

        Raises:
            KeyError: it is unknown.
        """
        if (found := self.document(document_id)) is None:
            raise KeyError(document_id)
        return found.sha256

    def file_of(self, document_id: str) -> int | None:
        """Return which of the files a document lies in, counted from 0; None if it is unknown."""
        return next((i for i, s in enumerate(self._shelves) if s.page_number(document_id) is not None), None)

    def starts(self, table: str) -> list[int]:
        """Return the number that each file's "articles" or "passages" begin with, and where the last end."""
        return self._starts[table]

    def article_numbers(self) -> list[int]:
        """Return the numbers of all articles, in order."""
        sql = "SELECT articles.number FROM articles JOIN pages ON pages.number = page WHERE NOT GONE ORDER BY 1"
        starts = self._starts["articles"]
        return [start + row[0] for shelf, start in zip(self._shelves, starts, strict=False) for row in shelf.live(sql)]

    def article_number(self, article_id: str) -> int | None:
        """Return the number of an article, None if there is no such id."""
        sql = "SELECT articles.number FROM articles JOIN pages ON pages.number = page WHERE NOT GONE AND article_id = ?"
        for shelf, start in zip(self._shelves, self._starts["articles"], strict=False):
            if rows := shelf.live(sql, article_id):
                return start + int(rows[0][0])
        return None

    def article_headers(self, limit: int, offset: int) -> list[tuple[str, str, str, bool]]:
        """Return (article_id, document_id, title, title_made) of articles in order."""
        sql = (
            "SELECT article_id, document_id, title, title_made FROM articles JOIN pages ON pages.number = page"
            " WHERE NOT GONE ORDER BY articles.number LIMIT ? OFFSET ?"
        )
        found: list[tuple[str, str, str, bool]] = []
        for shelf in self._shelves:
            rows = shelf.live(sql, limit - len(found), offset)
            found += [(row[0], row[1], row[2], bool(row[3])) for row in rows]
            if len(found) == limit:
                break
            if not rows:
                offset -= int(shelf.live(_COUNT_ARTICLES)[0][0])
            else:
                offset = 0
        return found

    def articles_of_document(self, document_id: str) -> list[Article]:
        """Return the articles of a document, in order; none if it is unknown."""
        for shelf, start in zip(self._shelves, self._starts["articles"], strict=False):
            if (number := shelf.page_number(document_id)) is not None:
                rows = shelf.rows("SELECT number FROM articles WHERE page = ? ORDER BY number", number)
                return [self.article(start + row[0]) for row in rows]
        return []

    def article_of(self, passage: int) -> int:
        """Return the number of the article that a passage is of."""
        shelf, number, file = self._find("passages", passage)
        return self._starts["articles"][file] + int(
            shelf.rows("SELECT article FROM passages WHERE number = ?", number)[0][0]
        )

    def passages_of(self, article: int) -> list[int]:
        """Return the numbers of an article's passages, in order."""
        shelf, number, file = self._find("articles", article)
        start = self._starts["passages"][file]
        return [
            start + row[0] for row in shelf.rows("SELECT number FROM passages WHERE article = ? ORDER BY 1", number)
        ]

    def passages_of_documents(self, document_ids: Iterable[str]) -> list[int]:
        """Return the numbers of all passages of some documents; unknown ids add nothing."""
        wanted = list(document_ids)
        found: list[int] = []
        for shelf, start in zip(self._shelves, self._starts["passages"], strict=False):
            pages = [number for name in wanted if (number := shelf.page_number(name)) is not None]
            found += [start + number for number in _passages(shelf, pages)]
        return sorted(found)

    def removed_passages(self) -> list[int]:
        """Return the numbers of the passages whose documents were removed."""
        found: list[int] = []
        for shelf, start in zip(self._shelves, self._starts["passages"], strict=False):
            if shelf.removed:
                pages = [row[0] for row in shelf.live("SELECT number FROM pages WHERE GONE")]
                found += [start + number for number in _passages(shelf, pages)]
        return sorted(found)

    def _offsets(self, table: str) -> list[int]:
        starts = [0]
        for shelf in self._shelves:
            starts.append(starts[-1] + shelf.size(table))
        return starts

    def _find(self, table: str, number: int) -> tuple[_Shelf, int, int]:
        """Return the file that a number lies in, its number there, and which file it is."""
        starts = self._starts[table]
        file = bisect_right(starts, number) - 1
        return self._shelves[file], number - starts[file], file

    def _article(self, number: int) -> Article:
        sql = (
            "SELECT article_id, document_id, title, title_made, articles.text, layout FROM articles"
            " JOIN pages ON pages.number = page WHERE articles.number = ?"
        )
        shelf, number, _ = self._find("articles", number)
        return parse_article(*shelf.rows(sql, number)[0])

    def _passage(self, number: int) -> tuple[Passage, int, bytes]:
        """Return a passage, its article's number, and where its words end."""
        sql = (
            "SELECT article_id, article, start, stop, heading, sentences, words,"
            " passages.number - (SELECT min(number) FROM passages p WHERE p.article = passages.article) + 1"
            " FROM passages JOIN articles ON articles.number = article WHERE passages.number = ?"
        )
        shelf, number, file = self._find("passages", number)
        article_id, article, start, end, heading, sentences, words, place = shelf.rows(sql, number)[0]
        spans = tuple((low, high) for low, high in json.loads(sentences))
        passage = Passage(f"{article_id}.{place}", article_id, start, end, heading, spans)
        return passage, self._starts["articles"][file] + article, words


def parse_article(article_id: str, document_id: str, title: str, made: int, text: str, raw: str) -> Article:
    """Return the article that a row is; `raw`: its layout."""
    layout = json.loads(raw)
    segments = tuple(Segment(*row) for row in layout["segments"])
    parts, seams = tuple(map(_part, layout["parts"])), tuple(Seam(*row) for row in layout["seams"])
    return Article(article_id, document_id, title, bool(made), text, segments, parts, seams)


def parse_parts(raw: str) -> tuple[Part, ...]:
    """Return parts of a page as they are kept."""
    return tuple(map(_part, json.loads(raw)))


def _document_id(document: Document | Shelved) -> str:
    return document.document_id


def _passages(shelf: _Shelf, pages: list[int]) -> list[int]:
    sql = "SELECT passages.number FROM passages JOIN articles ON articles.number = article WHERE page = ?"
    return [row[0] for page in pages for row in shelf.rows(sql, page)]


def _part_row(part: Part) -> tuple[object, ...]:
    return part.kind, part.start, part.end, part.text, part.raw_segments


def _part(row: list[Any]) -> Part:
    kind, start, end, text, slices = row
    return Part(kind, start, end, text, tuple((low, high) for low, high in slices))


def _dumps(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
