"""`Answerer` runs the steps in order: question, passages, sentences, confidence, short answer, citations."""

import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from index.gloss import Gloss
from index.source import Source
from index.text import fold
from index.trees import Trees
from rag.alignment import NO_WORDS, align
from rag.answer import Answer, Hit, Message, Span
from rag.cite import cite
from rag.confidence import ConfidenceModel, Verdict
from rag.explain import Read, explain
from rag.question import Question, parse_question, split_question
from rag.read import PASSAGES, WEIGHTS, Candidate, Reader
from rag.retrieve import Retriever
from rag.span import SpanReader
from rag.spans.english import in_chinese

PAGES = 64  # pages kept in memory
# Two sentences whose scores are nearer than this are given side by side: of news questions the answer is then in .83
# instead of .78 (two sentences for 19 of 100), of DRCD's in .90 instead of .87.
SIDE_BY_SIDE = 0.6
DEPTH = 20  # passages among which those of the article of the answer before are moved up
# From this probability on, that the sentence answers and the span in it too, the short answer is marked; of other kinds
# it is not. Chosen on dev, half of DRCD and CMRC's trial set.
SHORT_SHARE = {
    "number": 0.35, "date": 0.45, "duration": 0.5, "person": 0.5, "place": 0.45, "organisation": 0.45, "name": 0.45,
    "definition": 0.35, "other": 0.4, "list": 0.6,
}  # fmt: skip
ENGLISH_SHARE = 0.6  # at least, for an English question: from there on 7 in 10 of the news questions held out are right

Found = Callable[[str | None, Sequence[Hit]], None]
"""Told the question made whole, None where it was, and the best passages."""
Quote = Callable[[Question, Sequence[Candidate]], list[tuple[Hit, int, int]]]
"""What is quoted of the best sentences, best first: `quoted`."""

_FIRST = re.compile(r"一是|首先|第一[,，、]|其一|一方面|(?:^|[:：])一、")
_NEXT = re.compile(
    r"^[“\"]?(?:[二三四五六七八九十]是|其次|再次|最后|第[二三四五六七八九十]|其[二三四]|另一方面|[二三四五六七八九十]、|同时)"
)


class Answerer:
    """Answers questions from one snapshot. Safe to share between threads."""

    def __init__(
        self,
        snapshot: Source,
        retriever: Retriever | None = None,
        reader: Reader | None = None,
        quote: Quote | None = None,
        confidence: ConfidenceModel | None = None,
    ) -> None:
        """Parts other than the usual ones may be given; `quote`: what is quoted of the best sentences."""
        self.snapshot = snapshot
        self._retriever = retriever or Retriever(snapshot)
        self._reader = reader or Reader(snapshot, Trees.load(WEIGHTS / "sentence.npz"))
        self._quote = quote or quoted
        self._confidence = confidence or ConfidenceModel.load()
        self._spans = SpanReader.load()
        self._page = lru_cache(PAGES)(self._read_page)

    def ask(
        self,
        question: str,
        history: Sequence[Message] = (),
        k: int = 5,
        documents: Sequence[str] | None = None,
        found: Found | None = None,
    ) -> Answer:
        """Return what the archive says to a question, or that it does not say.

        `k`: how many passages come back with it; the answer does not depend on it. `documents`: ask within these only.
        `found`: told the question made whole and the passages as soon as they are there, before they are read.

        Raises:
            QueryError: the question is blank or too long, or a document is not in the archive.
        """
        clock = _Clock()
        asked = parse_question(question, history)
        parts = [] if asked.small_talk else split_question(asked.whole)
        clock.lap("question")
        hits = self._retriever.search(asked, _depth(asked, k), documents) if found else None
        if found and hits is not None:
            found(asked.rewritten, hits[:k])
        attempts = (
            [self._attempt(parse_question(part), k, documents, clock) for part in parts] if len(parts) > 1 else []
        )
        if not any(attempt.given for attempt in attempts):
            attempts = [self._attempt(asked, k, documents, clock, hits)]
        given = [attempt for attempt in attempts if attempt.given]
        spans = list(dict.fromkeys(span for attempt in given for span in self._quote(attempt.question, attempt.first)))
        confidence = round(min(attempt.verdict.probability for attempt in given or attempts), 4)
        citations = tuple(
            cite(self.snapshot.archive, hit.article, start, end, index, hit.text, confidence)
            for index, (hit, start, end) in enumerate(spans, 1)
        )
        clock.lap("cite")
        return Answer(
            question,
            asked.rewritten,
            asked.language,
            "\n".join(citation.cited_text for citation in citations) or None,
            _shown(given[0]) if given else None,
            confidence,
            None if given else attempts[0].verdict.reason,
            citations,
            attempts[0].hits[:k],
            self.snapshot.content,
            clock.laps(),
        )

    def explain(
        self, question: str, history: Sequence[Message] = (), documents: Sequence[str] | None = None
    ) -> dict[str, Any]:
        """Return why the answer to a question is what it is (see `rag.explain`), the question taken as one.

        Raises:
            QueryError: the question is blank or too long, or a document is not in the archive.
        """
        asked = parse_question(question, history)
        hits = self._retriever.search(asked, DEPTH, documents)
        read = self._read(asked, hits)
        return explain(asked, read, self._reader, self._confidence)

    def _read_page(self, document_id: str) -> str:
        """Return the key of what a page says outside its articles (its head, its date), without white space."""
        found = self.snapshot.archive.page(document_id)
        return "".join("".join(fold(part.text).split()) for part in found[1]) if found else ""

    def _attempt(
        self,
        question: Question,
        k: int,
        documents: Sequence[str] | None,
        clock: "_Clock",
        hits: list[Hit] | None = None,
    ) -> "_Attempt":
        hits = self._retriever.search(question, _depth(question, k), documents) if hits is None else hits
        clock.lap("retrieve")
        read = self._read(question, hits)
        clock.lap("read")
        return _Attempt(question, tuple(hits), tuple(read.ranked[:2]), read.short, read.verdict)

    def _read(self, question: Question, hits: Sequence[Hit]) -> Read:
        """Return the sentences of the best passages, best first, and what is thought of the best."""
        glosses = self._retriever.glosses(question.whole) if question.language == "en" else ()
        ranked = self._reader.rank(question, hits, glosses)
        if question.small_talk or not ranked:
            return Read(ranked, None, NO_WORDS, self._confidence.judge(question, ranked, NO_WORDS))
        short = short_answer(self._spans, question, ranked, glosses)
        asked, best = self._reader.asked(question, glosses), ranked[0]
        words = align(asked, best, text_of(short, best), self.snapshot.static, self.snapshot.late)
        page = self._page(best.hit.article.document_id)
        others = self._retriever.abbreviations.of(question.key)
        span = short.score if short else 0.0
        verdict = self._confidence.judge(question, ranked, words, glosses, span, page, others)
        return Read(ranked, short, words, verdict)

    def search(self, query: str, k: int, documents: Sequence[str] | None = None) -> list[Hit]:
        """Return the k best passages for a query, best first.

        Raises:
            QueryError: the query is blank or too long, or a document is not in the archive.
        """
        return self._retriever.search(parse_question(query), k, documents)


@dataclass(frozen=True)
class _Attempt:
    """One question read through: its passages, the two best sentences if there are any, and what is thought of them."""

    question: Question
    hits: tuple[Hit, ...]
    first: tuple[Candidate, ...]
    short: Span | None
    verdict: Verdict

    @property
    def given(self) -> bool:
        """Whether the best sentence is given as an answer."""
        return self.verdict.reason is None

    @property
    def best(self) -> Candidate:
        """The best sentence."""
        return self.first[0]


def quoted(question: Question, first: Sequence[Candidate]) -> list[tuple[Hit, int, int]]:
    """Return what is quoted: the best sentence, and the second where the two cannot be told apart."""
    best, *others = first
    found = [(best.hit, *_widened(question, best))]
    for second in others[:1]:
        if best.score - second.score < SIDE_BY_SIDE:
            hit, start, end = (second.hit, *_widened(question, second))
            apart = hit.article.article_id != found[0][0].article.article_id
            if apart or end <= found[0][1] or start >= found[0][2]:
                found.append((hit, start, end))
    return found


def _depth(question: Question, k: int) -> int:
    """Return how many passages are fetched: no more than are read or come back, if there is no answer before."""
    return DEPTH if question.said else max(k, PASSAGES)


def _shown(attempt: _Attempt) -> str | None:
    """Return the short answer if it is sure enough for its kind."""
    short, least = attempt.short, SHORT_SHARE.get(attempt.question.kind, 1.0)
    if attempt.question.language == "en":
        least = max(least, ENGLISH_SHARE)
    if short is None or short.score * attempt.verdict.probability < least:
        return None
    return text_of(short, attempt.best)


def text_of(short: Span | None, best: Candidate) -> str:
    """Return what a short answer in a sentence says, "" without one."""
    return best.hit.article.text[short.start : short.end] if short else ""


def short_answer(
    reader: SpanReader, question: Question, ranked: Sequence[Candidate], glosses: Sequence[Gloss] = ()
) -> Span | None:
    """Return the likeliest short answer in the best sentence, offsets into its article's text; None without any.

    `glosses`: what the words of an English question may be in Chinese; it is read in these.
    """
    if not ranked or question.small_talk:
        return None
    hit, sentence = ranked[0].hit, ranked[0].sentence
    base = hit.passage.start
    place = (sentence.start - base, sentence.end - base)
    asked = in_chinese(question.whole, glosses, hit.text) if glosses else question.whole
    spans = reader.read(asked, question.kind, hit.text, [place], [0.0])
    return Span(base + spans[0].start, base + spans[0].end, spans[0].score) if spans else None


def _widened(question: Question, best: Candidate) -> tuple[int, int]:
    """Return the span to quote: the sentence, or the few around it that answer together.

    A list that runs on is quoted whole; a sentence that points at a name of the question takes the one before it in.
    """
    spans = best.hit.passage.sentences
    first = last = best.sentence.index
    key = best.sentence.key
    if question.kind in ("list", "how", "why") and _FIRST.search(key):
        texts = [best.hit.article.text[low:high] for low, high in spans]
        while last + 1 < len(spans) and _NEXT.match(texts[last + 1]):
            last += 1
    if best.sentence.pointing and first > 0:
        wanted = [name for name in question.names if name not in key]
        if wanted and any(name in best.sentence.before for name in wanted):
            first -= 1
    return spans[first][0], spans[last][1]


class _Clock:
    """Milliseconds by step."""

    def __init__(self) -> None:
        self._start = self._last = time.perf_counter()
        self._laps: dict[str, float] = {}

    def lap(self, step: str) -> None:
        """Add the time since the last step to this one's."""
        now = time.perf_counter()
        self._laps[step] = round(self._laps.get(step, 0.0) + (now - self._last) * 1000, 3)
        self._last = now

    def laps(self) -> dict[str, float]:
        """Return the milliseconds of every step, and "total"."""
        return {"total": round((self._last - self._start) * 1000, 3), **self._laps}
