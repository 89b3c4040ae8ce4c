"""The texts of a snapshot in one SQLite file: pages, articles and passages, read-only once it is written.

Numbers count from 0 in the order of document id and place on the page; they are what the two legs of the index speak.
"""

import json
import sqlite3
import threading
from collections.abc import Iterable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

from index.article import Article, Part, Reading, Seam, Segment
from index.page import Page
from index.passage import Passage

_SCHEMA = """
CREATE TABLE pages (number INTEGER PRIMARY KEY, document_id TEXT UNIQUE, sha256 TEXT, text TEXT, left_parts TEXT);
CREATE TABLE articles (number INTEGER PRIMARY KEY, article_id TEXT UNIQUE, page INTEGER, title TEXT,
                       title_made INTEGER, text TEXT, layout TEXT);
CREATE TABLE passages (number INTEGER PRIMARY KEY, article INTEGER, start INTEGER, stop INTEGER, heading TEXT,
                       sentences TEXT, words BLOB);
CREATE INDEX passages_article ON passages (article);
CREATE INDEX articles_page ON articles (page);
"""
CACHED = 4096  # articles and passages kept parsed in memory, of each


class ArchiveWriter:
    """Writes the file. Use as a context manager; the file is complete when it is left without an error."""

    def __init__(self, path: Path) -> None:
        self._db = sqlite3.connect(path, isolation_level=None)
        self._db.executescript("PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF;" + _SCHEMA + "BEGIN;")
        self.pages = self.articles = self.passages = 0

    def __enter__(self) -> "ArchiveWriter":
        return self

    def __exit__(self, *error: object) -> None:
        if error[0] is None:
            self._db.execute("COMMIT")
        self._db.close()

    def add_page(self, page: Page, reading: Reading) -> int:
        """Add a page and what on it belongs to no article; return its number."""
        left = [_part_row(part) for part in reading.left]
        row = (self.pages, page.document_id, page.sha256, page.text, _dumps(left))
        self._db.execute("INSERT INTO pages VALUES (?, ?, ?, ?, ?)", row)
        self.pages += 1
        return self.pages - 1

    def add_article(self, page: int, article: Article) -> int:
        """Add an article of a page; return its number."""
        layout = {
            "segments": [(s.text_start, s.text_end, s.raw_start, s.raw_end) for s in article.segments],
            "parts": [_part_row(part) for part in article.parts],
            "seams": [(seam.offset, seam.score) for seam in article.seams],
        }
        row = (self.articles, article.article_id, page, article.title, article.title_made, article.text)
        self._db.execute("INSERT INTO articles VALUES (?, ?, ?, ?, ?, ?, ?)", (*row, _dumps(layout)))
        self.articles += 1
        return self.articles - 1

    def add_passage(self, article: int, passage: Passage, words: bytes) -> int:
        """Add a passage of an article, with where its words end (see `index.analysis`); return its number."""
        sentences = _dumps(passage.sentences)
        row = (self.passages, article, passage.start, passage.end, passage.heading, sentences, words)
        self._db.execute("INSERT INTO passages VALUES (?, ?, ?, ?, ?, ?, ?)", row)
        self.passages += 1
        return self.passages - 1


class Archive:
    """Reads the file: whole values by number or id. Safe to share between threads."""

    def __init__(self, path: Path) -> None:
        self._db = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro&immutable=1", uri=True, check_same_thread=False)
        self._lock = threading.Lock()
        self.article = lru_cache(CACHED)(self._article)
        self.passage = lru_cache(CACHED)(self._passage)

    def close(self) -> None:
        """Close the file. What was read stays good."""
        self._db.close()

    def _rows(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        with self._lock:
            return self._db.execute(sql, values).fetchall()

    def counts(self) -> dict[str, int]:
        """Return how many pages, articles and passages there are."""
        return {
            table: int(self._rows(f"SELECT count(*) FROM {table}")[0][0]) for table in ("pages", "articles", "passages")
        }

    def document_ids(self) -> list[str]:
        """Return the ids of all pages, in order."""
        return [row[0] for row in self._rows("SELECT document_id FROM pages ORDER BY number")]

    def page(self, document_id: str) -> tuple[Page, tuple[Part, ...]] | None:
        """Return a page as it was when it was indexed, and what on it belongs to no article; None if unknown."""
        rows = self._rows("SELECT document_id, text, sha256, left_parts FROM pages WHERE document_id = ?", document_id)
        return (Page(*rows[0][:3]), tuple(map(_part, json.loads(rows[0][3])))) if rows else None

    def sha256(self, document_id: str) -> str:
        """Return the SHA-256 of a page's file as it was when it was indexed."""
        return str(self._rows("SELECT sha256 FROM pages WHERE document_id = ?", document_id)[0][0])

    def article_number(self, article_id: str) -> int | None:
        """Return the number of an article, None if there is no such id."""
        rows = self._rows("SELECT number FROM articles WHERE article_id = ?", article_id)
        return int(rows[0][0]) if rows else None

    def article_headers(self, limit: int, offset: int) -> list[tuple[str, str, str, bool]]:
        """Return (article_id, document_id, title, title_made) of articles in order."""
        sql = (
            "SELECT article_id, document_id, title, title_made FROM articles JOIN pages ON pages.number = page"
            " ORDER BY articles.number LIMIT ? OFFSET ?"
        )
        return [(row[0], row[1], row[2], bool(row[3])) for row in self._rows(sql, limit, offset)]

    def article_of(self, passage: int) -> int:
        """Return the number of the article that a passage is of."""
        return int(self._rows("SELECT article FROM passages WHERE number = ?", passage)[0][0])

    def passages_of(self, article: int) -> list[int]:
        """Return the numbers of an article's passages, in order."""
        return [row[0] for row in self._rows("SELECT number FROM passages WHERE article = ? ORDER BY number", article)]

    def articles_of_passages(self) -> list[int]:
        """Return the article's number of every passage, in the passages' order."""
        return [row[0] for row in self._rows("SELECT article FROM passages ORDER BY number")]

    def passages_of_documents(self, document_ids: Iterable[str]) -> list[int]:
        """Return the numbers of all passages of some documents; unknown ids add nothing."""
        sql = (
            "SELECT passages.number FROM passages JOIN articles ON articles.number = article"
            " JOIN pages ON pages.number = page WHERE document_id = ?"
        )
        return sorted(row[0] for document_id in document_ids for row in self._rows(sql, document_id))

    def iter_articles(self) -> Iterator[Article]:
        """Yield every article, in order."""
        for number in range(self.counts()["articles"]):
            yield self._article(number)

    def _article(self, number: int) -> Article:
        sql = (
            "SELECT article_id, document_id, title, title_made, articles.text, layout FROM articles"
            " JOIN pages ON pages.number = page WHERE articles.number = ?"
        )
        article_id, document_id, title, made, text, raw = self._rows(sql, number)[0]
        layout = json.loads(raw)
        return Article(
            article_id,
            document_id,
            title,
            bool(made),
            text,
            tuple(Segment(*row) for row in layout["segments"]),
            tuple(map(_part, layout["parts"])),
            tuple(Seam(*row) for row in layout["seams"]),
        )

    def _passage(self, number: int) -> tuple[Passage, int, bytes]:
        """Return a passage, its article's number, and where its words end."""
        sql = (
            "SELECT article_id, article, start, stop, heading, sentences, words,"
            " passages.number - (SELECT min(number) FROM passages p WHERE p.article = passages.article) + 1"
            " FROM passages JOIN articles ON articles.number = article WHERE passages.number = ?"
        )
        article_id, article, start, end, heading, sentences, words, place = self._rows(sql, number)[0]
        spans = tuple((low, high) for low, high in json.loads(sentences))
        return Passage(f"{article_id}.{place}", article_id, start, end, heading, spans), article, words


def _part_row(part: Part) -> tuple[object, ...]:
    return part.kind, part.start, part.end, part.text, part.raw_segments


def _part(row: list[Any]) -> Part:
    kind, start, end, text, slices = row
    return Part(kind, start, end, text, tuple((low, high) for low, high in slices))


def _dumps(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
