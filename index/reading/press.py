"""Prints clean articles as a broken page, with its gold: what training and evaluation of the reader stand on.

Style A: hard-wrapped columns, blank lines between the lines. Style B: a paragraph on a line, cut at column ends, pieces
of articles behind other articles. Everything depends on the `random.Random` handed in.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass, field

from index.reading.press_columns import NO_START, Item, columns_a, columns_b, cut_start, furnish
from index.reading.press_copy import Block, compose
from index.reading.press_forms import notice

NOTICED = 0.12  # share of pages with a notice, the weather or an advertisement
_NO_END = frozenset("（“‘《【")


@dataclass(frozen=True)
class Span:
    """One printed run: raw `[start, end)`. `glued`: it goes on in the middle of the paragraph of the span before it."""

    kind: str
    start: int
    end: int
    glued: bool


@dataclass
class GoldArticle:
    """An article as it should be read. `title`: its headline lines joined by a space, "" where none is printed."""

    title: str
    head: list[Span] = field(default_factory=list)
    spans: list[Span] = field(default_factory=list)


@dataclass
class GoldPage:
    """A page's text and what is on it."""

    text: str
    articles: list[GoldArticle]
    left: list[Span]


def print_page(
    rng: random.Random, stories: Sequence[tuple[str, Sequence[str]]], style: str, plain: bool = False
) -> GoldPage:
    """Print `(title, paragraphs)` stories on one page of style "A" or "B"."""
    copies = [compose(rng, title, paragraphs, style == "A", plain) for title, paragraphs in stories]
    copies = [cut_start(rng, copy, style) for copy in copies]
    if not plain and len(copies) > 1 and rng.random() < NOTICED:
        title, texts = notice(rng)
        small = [Block("headline", title)], [Block("body", text) for text in texts], list[Block]()
        copies.insert(rng.randint(1, len(copies)), small)
    items = columns_a(rng, copies) if style == "A" else columns_b(rng, copies)
    if not plain:
        furnish(rng, items)
    writer = _Press(rng, style, [" ".join(b.text for b in head if b.kind == "headline") for head, _, _ in copies])
    for item in items:
        writer.write(item)
    return writer.page()


class _Press:
    """Writes items as a page's text and keeps where each one stands."""

    def __init__(self, rng: random.Random, style: str, titles: Sequence[str]) -> None:
        self.rng = rng
        self.style = style
        self.articles = [GoldArticle(title) for title in titles]
        self.left: list[Span] = []
        self._orders: list[list[int]] = [[] for _ in titles]
        self._text: list[str] = ["\n" * rng.choice((0, 0, 2))]
        self._length = len(self._text[0])
        self._columns = [rng.randint(12, 17) + rng.choice((0, 0, 0, rng.randint(0, 6))) for _ in titles]
        self._half = rng.random() < 0.5
        self._indent = rng.random() < 0.75
        self._gap = rng.choice(("\n\n", "\n\n", "\n\n", "\n"))
        self._spaces = rng.choice((0.0, 0.0, 0.02))
        levels = rng.choice(((0, 0), (0, 0), (1, 2), (2, 2), (1, 3), (2, 3), (3, 3), (-1, -1)))
        kicker = levels[0] if rng.random() < 0.15 else 0
        self._levels = {"headline": levels[0], "section": levels[1], "kicker": kicker}
        self._numbered = rng.random() < 0.12  # head lines have one `#` more each

    def write(self, item: Item) -> None:
        """Write one item, and record its spans."""
        text = item.block.text
        if self._half and self.style == "B":
            text = text.translate(str.maketrans("，；：！？（）", ",;:!?()"))
        wrap = self.style == "A" and item.block.kind == "body"
        lines = self._wrap(text, self._columns[item.owner]) if wrap else [text]
        for number, line in enumerate(lines):
            self._write_line(item, line, number > 0 or item.block.glued, number > 0)

    def _write_line(self, item: Item, line: str, glued: bool, inside: bool) -> None:
        gap = self._gap
        if self.style == "B":
            gap = self.rng.choice(("\n\n",) * 30 + ("\n\n\n\n",))
        elif self.rng.random() < 0.01:
            gap = "\n" if gap == "\n\n" else "\n\n"
        before, after = "", ""
        level = self._levels.get(item.block.kind, 0)
        level = self.rng.choice((0, 0, 1, 2, 3)) if level < 0 else level
        if self._numbered and item.block.kind in ("headline", "kicker"):
            level = item.order + 1
        if self.style == "B" and level and self.rng.random() < 0.9:
            before = "#" * level + " "
        self._put(gap if self._length else "")
        self._put(before)
        start = self._length
        self._put(line)
        self._put(after)
        span = Span(item.block.kind, start, start + len(line), glued)
        if item.owner < 0:
            self.left.append(span)
        elif item.block.kind in ("headline", "kicker"):
            self.articles[item.owner].head.append(span)
        else:
            self.articles[item.owner].spans.append(span)
            self._orders[item.owner].append(item.order)

    def _put(self, text: str) -> None:
        self._text.append(text)
        self._length += len(text)

    def _wrap(self, text: str, columns: int) -> list[str]:
        """Wrap a paragraph as a column does: first line indented, no stop at a line's start, some letters spaced."""
        lines: list[str] = []
        line, used = "", 2.0 if self._indent else 0.0
        for k, character in enumerate(text):
            wide = 1.0 if character > "\u2e7f" or character in "“”‘’—…" else 0.5
            if used + wide > columns and character not in NO_START and line and line[-1] not in _NO_END:
                number = character.isascii() and character.isalnum() and line[-1].isascii() and line[-1].isalnum()
                if not (number and k + 1 < len(text) and used < columns + 2):
                    lines.append(self._space(line))
                    line, used = "", 0.0
            line += character
            used += wide
        return [*lines, line] if line.strip() else lines

    def _space(self, line: str) -> str:
        """Sometimes put spaces in, as justified setting does: 2024年 1月 3日, 建 设 示 范 县."""
        if self.rng.random() >= self._spaces or len(line) < 8:
            return line
        at = self.rng.randint(0, 3)
        return " ".join(line[at : at + 5]).join((line[:at], line[at + 5 :])) if line[at : at + 5].isalpha() else line

    def page(self) -> GoldPage:
        """Return the page as printed so far."""
        for article, orders in zip(self.articles, self._orders, strict=True):
            article.spans = [article.spans[k] for k in sorted(range(len(orders)), key=lambda k: orders[k])]
        text = "".join(self._text) + "\n"
        for article in self.articles:
            article.title = " ".join(text[s.start : s.end] for s in article.head if s.kind == "headline")
        return GoldPage(text, self.articles, self.left)
