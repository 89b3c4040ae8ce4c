"""Sentences and passages, each an exact slice of an article's text.

Sentences tile the text, white space at their ends aside; passages are runs of whole sentences. What is indexed is
title + section heading + passage; what is quoted is the passage, or a sentence of it, alone.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from index.article import Article

MIN_LENGTH, MAX_LENGTH = 150, 300  # characters of a passage; a longer sentence makes a longer passage
LONGEST_SENTENCE = 1200  # characters; a longer run without an end is cut at a weaker mark

_CLOSING = "”’」』）)》〉】\"'"
_END = re.compile(
    rf"[。！？!?…]+[{_CLOSING}]*"  # Chinese ends, and the marks that close behind them
    rf"|(?<=[a-z0-9)\]%])\.[{_CLOSING}]*(?=\s+[\"“‘'(]?[A-Z0-9\u4e00-\u9fff])"  # a Latin full stop
    r"|\n+"
)
# «…。”黄利琴说。»: who said it belongs to what was said.
_SAID = "说|表示|称|道|介绍|认为|强调|指出|坦言|告诉|回忆|总结|解释|透露|感慨|建议|呼吁"
_SPEAKER = re.compile(
    rf"(?:[^。！？!?\n“”]{{0,24}}(?:{_SAID})[^。！？!?\n“”]{{0,8}}|[^。！？!?\n“”]{{0,32}}(?:{_SAID})[，,][^。！？!?\n“”]{{0,60}})。"
)
_WEAK = re.compile(r"[；;]|[，,、]|\s")


@dataclass(frozen=True)
class Passage:
    """Some sentences of one article: `[start, end)` of its text.

    `heading`: the section heading it stands under, or "". `sentences`: their spans in the article's text, in order.
    """

    passage_id: str
    article_id: str
    start: int
    end: int
    heading: str
    sentences: tuple[tuple[int, int], ...]


def split_sentences(text: str) -> list[tuple[int, int]]:
    """Return the spans of a text's sentences, in order; they do not overlap, and leave out only white space.

    A line break ends a sentence. A quotation that ends before its speaker («…。”某某说。») is one sentence with him.
    """
    spans = []
    for start, end in _cut(text, 0, len(text), _ends(text)):
        for low, high in _shorten(text, start, end):
            piece = text[low:high]
            stripped = piece.strip()
            if stripped:
                low += piece.index(stripped[0])
                spans.append((low, low + len(stripped)))
    return spans


def _ends(text: str) -> Iterator[int]:
    for match in _END.finditer(text):
        end = match.end()
        if match[0][-1] in "”」" and (speaker := _SPEAKER.match(text, end)):
            end = speaker.end()
        yield end


def _cut(text: str, start: int, stop: int, ends: Iterator[int]) -> Iterator[tuple[int, int]]:
    for end in ends:
        if end > start:
            yield start, end
            start = end
    if start < stop:
        yield start, stop


def _shorten(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Cut a run that is too long for a sentence at its last weak mark that keeps it within the limit."""
    while end - start > LONGEST_SENTENCE:
        limit = start + LONGEST_SENTENCE
        marks = [m.end() for m in _WEAK.finditer(text, start + LONGEST_SENTENCE // 2, limit)]
        cut = marks[-1] if marks else limit
        yield start, cut
        start = cut
    yield start, end


def split_passages(article: Article) -> list[Passage]:
    """Return the passages of an article, in order; together they hold all of its sentences."""
    passages: list[Passage] = []
    sections = {part.start: part.text for part in article.parts if part.kind == "section"}
    heading, run = "", list[tuple[int, int]]()

    def close() -> None:
        if run:
            number = len(passages) + 1
            passage_id = f"{article.article_id}.{number}"
            passages.append(Passage(passage_id, article.article_id, run[0][0], run[-1][1], heading, tuple(run)))
            run.clear()

    for start, end in split_sentences(article.text):
        if start in sections:
            close()
            heading = sections[start]
        elif run:
            length = end - run[0][0]
            new_paragraph = "\n" in article.text[run[-1][1] : start]
            if length > MAX_LENGTH or (new_paragraph and run[-1][1] - run[0][0] >= MIN_LENGTH):
                close()
        run.append((start, end))
    close()
    return passages


def indexed_text(title: str, passage: Passage, text: str) -> str:
    """Return what the index sees of a passage of an article with this text: title, section heading, passage."""
    heads = [head for head in (title, passage.heading) if head]
    return "\n".join([*heads, text[passage.start : passage.end]])
