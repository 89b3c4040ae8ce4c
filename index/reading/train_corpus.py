"""What the reader is trained on: news with its held-out split, which depends on nothing but the text."""

import hashlib
import json
import lzma
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

SOURCES = ("news_xwlb", "news_crud", "news_readhub", "gov_reports")
PAGE_SOURCES = ("news_xwlb", "news_crud")
TEST_SHARE, PAGES_SHARE = 12, 24  # of 100 articles; the rest makes the character models


@dataclass(frozen=True)
class Story:
    """A clean article: its title and its paragraphs."""

    title: str
    paragraphs: tuple[str, ...]


def split_of(text: str) -> str:
    """Return "test", "pages" or "models" for an article, by the hash of its first 32 characters."""
    head = "".join(text.split())[:32]
    number = int.from_bytes(hashlib.sha256(head.encode()).digest()[:4], "big") % 100
    if number < TEST_SHARE:
        return "test"
    return "pages" if number < TEST_SHARE + PAGES_SHARE else "models"


def file_hash(path: Path) -> str:
    """Return the SHA-256 of a file, in hex."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def read_rows(data: Path, source: str) -> Iterator[tuple[str, str]]:
    """Yield `(title, text)` of one source, texts seen before left out."""
    seen: set[int] = set()
    with lzma.open(data / "text" / f"{source}.jsonl.xz", "rt", encoding="utf-8") as file:
        for row in map(json.loads, file):
            text = row["text"].strip()
            key = hash(text[:48])
            if text and key not in seen:
                seen.add(key)
                yield row.get("title") or "", text


def read_stories(data: Path, source: str, split: str) -> list[Story]:
    """Return the clean articles of one source and split that can be printed on a page.

    Articles without a title get a clause of their first sentence; a text without line breaks is cut into paragraphs
    of one to four sentences.
    """
    stories = []
    for title, text in read_rows(data, source):
        if split_of(text) != split or len(text) < 160:
            continue
        paragraphs = [" ".join(part.split()) for part in text.split("\n") if part.strip()]
        if len(paragraphs) == 1:
            paragraphs = cut_paragraphs(paragraphs[0])
        heading = " ".join(title.split()) or clause_title(paragraphs[0])
        paragraphs[-1] = paragraphs[-1].removesuffix("（完）")
        if 6 <= len(heading) <= 40 and paragraphs[-1] and all(part[-1] in "。！？”…）" for part in paragraphs):
            stories.append(Story(heading, tuple(paragraphs)))
    return stories


def cut_paragraphs(text: str) -> list[str]:
    """Cut a text into paragraphs of 90 characters or more, at ends of sentences; the same text, the same cuts."""
    paragraphs, start, wanted = [], 0, 90
    for at in range(len(text) - 1):
        if text[at] in "。！？" and text[at + 1] not in "”’）」』" and at + 1 - start >= wanted:
            paragraphs.append(text[start : at + 1].strip())
            start = at + 1
            wanted = 60 + hashlib.sha256(text[at - 8 : at].encode()).digest()[0]
    paragraphs.append(text[start:].strip())
    return [part for part in paragraphs if part]


def clause_title(paragraph: str) -> str:
    """Return a clause of the first sentence that can stand as a headline (8–26 characters), or ""."""
    sentence = paragraph.split("。")[0]
    clauses = [part.strip() for part in sentence.replace(",", "，").split("，")]
    good = [part for part in clauses if 9 <= len(part) <= 26 and all("一" <= letter <= "鿿" for letter in part)]
    return good[-1] if good else ""
