"""What the reader is trained on: news with its held-out split, which depends on nothing but the text."""

import hashlib
import json
import lzma
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any
from zlib import crc32

import numpy.typing as npt

Scores = Callable[[Sequence[str]], npt.NDArray[Any]]
SOURCES = ("news_xwlb", "news_crud", "news_readhub", "gov_reports")
PAGE_SOURCES = ("news_xwlb", "news_crud")
LEAST_TITLE = -0.15  # nats a pair; a clause that is less like a headline makes none: one in eight is more
ANY_CLAUSE = 16  # of 100 articles without a title, any clause of the beginning heads: some headlines are worded so
_NO_HEAD = re.compile(
    "[他她它我你您这那其该此并而但也又将还则却就因由为让使被把从向以及当据与和或在对每如若目日随截同不]|根据|记者|原标题|消息"
)
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


def read_stories(data: Path, source: str, split: str, scores: Scores) -> list[Story]:
    """Return the clean articles of one source and split that can be printed on a page.

    Articles without a title get the clause of their beginning that is most like one, by `scores`, or, a share of them,
    any clause; those that have none are left out. A text without line breaks is cut into paragraphs of one to four
    sentences.
    """
    stories = []
    for title, text in read_rows(data, source):
        if split_of(text) != split or len(text) < 160:
            continue
        paragraphs = [" ".join(part.split()) for part in text.split("\n") if part.strip()]
        if len(paragraphs) == 1:
            paragraphs = cut_paragraphs(paragraphs[0])
        heading = " ".join(title.split()) or clause_title(paragraphs[0], scores)
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


def clause_title(paragraph: str, scores: Scores) -> str:
    """Return the clause of the first two sentences, or two clauses, most like a headline (8–28 characters), or ""."""
    clauses = [part.strip() for part in re.split("[，。！？；,]", "。".join(paragraph.split("。")[:2]))]
    good = [part for part in clauses if 6 <= len(part) <= 26 and re.fullmatch("[一-鿿0-9“”：、·%《》]+", part)]
    good = [part for part in good if not _NO_HEAD.match(part) and part.count("“") == part.count("”")]
    pairs = [
        f"{a} {b}" for a, b in pairwise(good) if len(a) + len(b) <= 27 and clauses.index(b) == clauses.index(a) + 1
    ]
    options = [part for part in good if len(part) >= 8 and part.count("《") == part.count("》")] + pairs
    if not options:
        return ""
    values = scores(options)
    best = int(values.argmax())
    number = crc32(paragraph.encode())
    if number % 100 < ANY_CLAUSE:
        return options[number // 100 % len(options)]
    return options[best] if values[best] >= LEAST_TITLE else ""
