"""Articles: what a reader sees on a page, each character traceable to the raw file."""

import hashlib
import re
from dataclasses import dataclass, field

from index.page import Page
from index.reading.layout import read_sheet
from index.reading.lines import glue
from index.reading.marks import dateline_length
from index.reading.simplified import simplify
from index.reading.units import Draft, Unit

PART_KINDS = ("headline", "kicker", "section", "dateline", "byline", "caption", "continuation", "body")
LEFT_KINDS = ("furniture", "credit", "markup", "unassigned")
UNSURE = 0.9  # a seam whose score is lower is called uncertain: those that likeness alone made
DATELINE_REACH = 200  # characters in which a dateline ends


@dataclass(frozen=True)
class Segment:
    """A run copied from the page, verbatim: `article.text[text_start:text_end] == page.text[raw_start:raw_end]`.

    Where the reader leaves out white space or markup inside a run, one segment ends and the next begins, so both
    sides always have the same length and every offset maps by a shift.
    """

    text_start: int
    text_end: int
    raw_start: int
    raw_end: int


@dataclass(frozen=True)
class Part:
    """A named piece of an article, or of a page that belongs to no article.

    `start`, `end`: its span in the article's text. A headline or kicker stands outside the text, at its head:
    start = end = 0. `text`: the piece as read. `raw_segments`: its slices of the page, `(start, end)`, in order.
    """

    kind: str
    start: int
    end: int
    text: str
    raw_segments: tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class Seam:
    """A place in the text, at code point `offset`, where two pieces that stand apart on the page were joined;
    `score` in [0, 1] is how likely the join is right."""

    offset: int
    score: float


@dataclass(frozen=True)
class Article:
    """One article of a page. See `index.reading` for how it is read.

    `title`: the headline, a space between its lines; `title_made` if the page has none and it is a label from the
    first words. `segments` are in the order of `text`; between them stands only white space the reader put there.
    """

    article_id: str
    document_id: str
    title: str
    title_made: bool
    text: str
    segments: tuple[Segment, ...]
    parts: tuple[Part, ...] = ()
    seams: tuple[Seam, ...] = ()

    def __hash__(self) -> int:
        """Hash the id alone: articles are looked up in caches, and all of their fields take long to hash."""
        return hash(self.article_id)

    def raw_slices(self, start: int, end: int) -> tuple[tuple[int, int], ...]:
        """Return the raw slices `(start, end)`, in reading order, that `text[start:end]` stands on."""
        slices = []
        for segment in self.segments:
            low, high = max(start, segment.text_start), min(end, segment.text_end)
            if low < high:
                shift = segment.raw_start - segment.text_start
                slices.append((low + shift, high + shift))
        return tuple(slices)

    def slices(self) -> list[tuple[int, int]]:
        """Return every raw slice of the article, its headline and kickers too, in the order of the page."""
        outside = [raw for part in self.parts if part.start == part.end for raw in part.raw_segments]
        return sorted([*outside, *((segment.raw_start, segment.raw_end) for segment in self.segments)])


@dataclass(frozen=True)
class Reading:
    """All of a page: its articles in reading order, and what belongs to none (kinds: `LEFT_KINDS`)."""

    document_id: str
    articles: tuple[Article, ...]
    left: tuple[Part, ...] = field(default=())


def article_id(document_id: str, number: int) -> str:
    """Return the id of a document's article `number` (from 1): unique in a corpus, stable, fit for a URL.

    Example: ("000_6386c4a8febe7e05.txt", 2) → "000_6386c4a8febe7e05.2"; a path or other characters add a hash.
    """
    stem = document_id.removesuffix(".txt")
    slug = re.sub(r"[^A-Za-z0-9_-]+", "-", stem).strip("-")[:48]
    if slug + ".txt" != document_id:
        slug = f"{slug}-{hashlib.sha256(document_id.encode()).hexdigest()[:8]}".strip("-")
    return f"{slug}.{number}"


def read_articles(page: Page) -> Reading:
    """Read a page: its articles in reading order, and what belongs to none.

    Every character of the page that is not white space is in one place: in a segment of an article, in the raw
    segments of a headline or kicker, or in `Reading.left`. Never raises; a page without text has no article.
    """
    sheet = read_sheet(page.text)
    articles = tuple(_build(page, number, draft) for number, draft in enumerate(sheet.drafts, start=1))
    left = [_outside(unit, unit.kind if unit.kind in LEFT_KINDS else "unassigned") for unit in sheet.left]
    left += [Part("markup", 0, 0, page.text[start:end], ((start, end),)) for start, end in sheet.markup]
    return Reading(page.document_id, articles, tuple(sorted(left, key=lambda part: part.raw_segments[0])))


def _outside(unit: Unit, kind: str) -> Part:
    return Part(kind, 0, 0, unit.text, tuple(run for line in unit.lines for run in line.runs))


def _build(page: Page, number: int, draft: Draft) -> Article:
    """Return the article of a draft."""
    writer = _Writer()
    for unit in draft.units:
        writer.add(unit)
    heads = [_outside(unit, "kicker") for unit in draft.kickers] + [
        _outside(unit, "headline") for unit in draft.headline
    ]
    heads.sort(key=lambda part: part.raw_segments[0])
    text = "".join(writer.text)
    title = " ".join(unit.text for unit in draft.headline)
    return Article(
        article_id=article_id(page.document_id, number),
        document_id=page.document_id,
        title=title or make_label(text or heads[0].text),
        title_made=not title,
        text=text,
        segments=tuple(writer.segments),
        parts=(*heads, *writer.parts),
        seams=tuple(writer.seams),
    )


def make_label(text: str) -> str:
    """Return a label from an article's first words: up to its first full stop, at most 24 characters."""
    words = re.split(r"[。！？；!?;\n]", text[dateline_length(simplify(text[:DATELINE_REACH])) :].strip(), maxsplit=1)[
        0
    ].strip()
    label = words or text.strip()
    return label if len(label) <= 24 else label[:23] + "…"


class _Writer:
    """Writes an article's text from units, keeping its segments, parts and seams."""

    def __init__(self) -> None:
        self.text: list[str] = []
        self.length = 0
        self.segments: list[Segment] = []
        self.parts: list[Part] = []
        self.seams: list[Seam] = []

    def add(self, unit: Unit) -> None:
        """Write one unit as a paragraph."""
        if self.length:
            self._put("\n")
        seams = dict(unit.seams)
        start = self.length
        for number, line in enumerate(unit.lines):
            if number:
                self._put(glue(unit.lines[number - 1].text, line.text))
            if number in seams and self.length:
                self.seams.append(Seam(self.length, seams[number]))
            self._put_line(line.text, line.runs, line.spaces)
        self._add_parts(unit, start)

    def _put(self, text: str) -> None:
        self.text.append(text)
        self.length += len(text)

    def _put_line(self, text: str, runs: tuple[tuple[int, int], ...], spaces: tuple[bool, ...]) -> None:
        at = 0
        for number, (start, end) in enumerate(runs):
            if number and spaces[number - 1]:
                self._put(" ")
                at += 1
            self.segments.append(Segment(self.length, self.length + end - start, start, end))
            self._put(text[at : at + end - start])
            at += end - start

    def _add_parts(self, unit: Unit, start: int) -> None:
        split = dateline_length(simplify(unit.text[:DATELINE_REACH])) if unit.kind == "body" else 0
        if split:
            dateline = unit.text[:split].rstrip()
            self._add_part("dateline", start, start + len(dateline), dateline)
        text = unit.text[split:].lstrip() if split else unit.text
        if text:
            self._add_part(unit.kind, self.length - len(text), self.length, text)

    def _add_part(self, kind: str, start: int, end: int, text: str) -> None:
        self.parts.append(Part(kind, start, end, text, _slices(self.segments, start, end)))


def _slices(segments: list[Segment], start: int, end: int) -> tuple[tuple[int, int], ...]:
    slices: list[tuple[int, int]] = []
    for segment in reversed(segments):
        if segment.text_end <= start:
            break
        low, high = max(start, segment.text_start), min(end, segment.text_end)
        if low < high:
            slices.append((low + segment.raw_start - segment.text_start, high + segment.raw_start - segment.text_start))
    return tuple(reversed(slices))
