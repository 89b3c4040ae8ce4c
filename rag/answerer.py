"""`Answerer` runs the steps in order: question, passages, sentences, confidence, short answer, citations."""

import re
import time
from collections.abc import Sequence

from index.snapshot import Snapshot
from rag.answer import Answer, Hit, Message, Span
from rag.cite import cite
from rag.confidence import ConfidenceModel
from rag.question import Question, parse_question, split_question
from rag.read import WEIGHTS, Candidate, Reader
from rag.retrieve import Retriever
from rag.span import SpanReader
from rag.trees import Trees

DEPTH = 20  # passages fetched; the first few are read
# From this probability on the short answer is marked; of other kinds it is not (right at .6: 9 in 10 news questions).
SHORT_SHARE = {
    "number": 0.5, "date": 0.5, "duration": 0.5, "person": 0.5, "organisation": 0.5, "name": 0.5, "place": 0.6,
    "other": 0.6,
}  # fmt: skip

_FIRST = re.compile(r"一是|首先|第一[,，、]|其一|一方面|(?:^|[:：])一、")
_NEXT = re.compile(
    r"^[“\"]?(?:[二三四五六七八九十]是|其次|再次|最后|第[二三四五六七八九十]|其[二三四]|另一方面|[二三四五六七八九十]、|同时)"
)


class Answerer:
    """Answers questions from one snapshot. Safe to share between threads."""

    def __init__(self, snapshot: Snapshot) -> None:
        self.snapshot = snapshot
        self._retriever = Retriever(snapshot)
        self._reader = Reader(snapshot, Trees.load(WEIGHTS / "sentence.npz"))
        self._confidence = ConfidenceModel.load()
        self._spans = SpanReader.load()

    def ask(
        self,
        question: str,
        history: Sequence[Message] = (),
        k: int = 5,
        documents: Sequence[str] | None = None,
    ) -> Answer:
        """Return what the archive says to a question, or that it does not say.

        `k`: how many passages come back with it; the answer does not depend on it. `documents`: ask within these only.

        Raises:
            QueryError: the question is blank or too long, or a document is not in the archive.
        """
        clock = _Clock()
        asked = parse_question(question, history)
        parts = [asked] if asked.small_talk else [_part(asked, text) for text in split_question(asked.whole)]
        clock.lap("question")
        found = [self._retriever.search(part, DEPTH, documents) for part in parts]
        clock.lap("retrieve")
        glosses = tuple(self._retriever.glosses(asked.whole)) if asked.language == "en" else ()
        ranked = [self._reader.rank(part, hits, glosses) for part, hits in zip(parts, found, strict=True)]
        shorts = [short_answer(self._spans, part, row) for part, row in zip(parts, ranked, strict=True)]
        verdicts = [
            self._confidence.judge(part, row, glosses, short.score if short else 0.0)
            for part, row, short in zip(parts, ranked, shorts, strict=True)
        ]
        clock.lap("read")
        given = [i for i, verdict in enumerate(verdicts) if verdict.reason is None]
        spans = dict.fromkeys((row[0].hit, *_widened(parts[i], row[0])) for i in given if (row := ranked[i]))
        citations = tuple(
            cite(self.snapshot.archive, hit.article, start, end, index, hit.text, round(verdicts[0].probability, 4))
            for index, (hit, start, end) in enumerate(spans, 1)
        )
        clock.lap("cite")
        return Answer(
            question,
            asked.rewritten,
            asked.language,
            "\n".join(citation.cited_text for citation in citations) or None,
            self._shown(parts[given[0]], ranked[given[0]][0], shorts[given[0]]) if given else None,
            round(min(verdicts[i].probability for i in given or range(len(parts))), 4),
            None if given else verdicts[0].reason,
            citations,
            tuple(found[0][:k]),
            self.snapshot.content,
            clock.laps(),
        )

    def search(self, query: str, k: int, documents: Sequence[str] | None = None) -> list[Hit]:
        """Return the k best passages for a query, best first.

        Raises:
            QueryError: the query is blank or too long, or a document is not in the archive.
        """
        return self._retriever.search(parse_question(query), k, documents)

    def _shown(self, question: Question, best: Candidate, short: Span | None) -> str | None:
        if short is None or short.score < SHORT_SHARE.get(question.kind, 1.0):
            return None
        return best.hit.article.text[short.start : short.end]


def short_answer(reader: SpanReader, question: Question, ranked: Sequence[Candidate]) -> Span | None:
    """Return the likeliest short answer in the best sentence, offsets into its article's text; None without any."""
    if not ranked or question.small_talk:
        return None
    hit, sentence = ranked[0].hit, ranked[0].sentence
    base = hit.passage.start
    place = (sentence.start - base, sentence.end - base)
    spans = reader.read(question.whole, question.kind, hit.text, [place], [0.0])
    return Span(base + spans[0].start, base + spans[0].end, spans[0].score) if spans else None


def _part(asked: Question, text: str) -> Question:
    return asked if text == asked.whole else parse_question(text)


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
        """Note the time since the last step."""
        now = time.perf_counter()
        self._laps[step] = round((now - self._last) * 1000, 3)
        self._last = now

    def laps(self) -> dict[str, float]:
        """Return the milliseconds of every step, and "total"."""
        return {"total": round((self._last - self._start) * 1000, 3), **self._laps}
