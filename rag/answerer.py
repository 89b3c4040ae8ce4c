"""`Answerer` runs the steps in order: question, passages, sentences, confidence, short answer, citations."""

import re
import time
from collections.abc import Sequence

from index.snapshot import Snapshot
from rag.answer import Answer, Citation, Hit, Message
from rag.cite import cite
from rag.confidence import ConfidenceModel, Verdict
from rag.question import Question, parse_question
from rag.read import WEIGHTS, Candidate, Reader
from rag.retrieve import Retriever
from rag.trees import Trees

DEPTH = 20  # passages fetched; the first few are read

_FIRST = re.compile(r"一是|首先|第一[,，、]|其一|一方面|(?:^|[:：])一、")
_NEXT = re.compile(r"^[“\"]?(?:[二三四五六七八九十]是|其次|再次|最后|第[二三四五六七八九十]|其[二三四]|另一方面|[二三四五六七八九十]、|同时)")


class Answerer:
    """Answers questions from one snapshot. Safe to share between threads."""

    def __init__(self, snapshot: Snapshot) -> None:
        self.snapshot = snapshot
        self._retriever = Retriever(snapshot)
        self._reader = Reader(snapshot, Trees.load(WEIGHTS / "sentence.npz"))
        self._confidence = ConfidenceModel.load()

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
        clock.lap("question")
        hits = self._retriever.search(asked, DEPTH, documents)
        clock.lap("retrieve")
        ranked = self._reader.rank(asked, hits)
        verdict = self._confidence.judge(asked, ranked)
        clock.lap("read")
        citations = self._citations(asked, ranked, verdict) if verdict.reason is None else ()
        text = "\n".join(citation.cited_text for citation in citations) or None
        clock.lap("cite")
        return Answer(
            question,
            asked.rewritten,
            asked.language,
            text,
            None,
            round(verdict.probability, 4),
            verdict.reason,
            citations,
            tuple(hits[:k]),
            self.snapshot.content,
            clock.laps(),
        )

    def search(self, query: str, k: int, documents: Sequence[str] | None = None) -> list[Hit]:
        """Return the k best passages for a query, best first.

        Raises:
            QueryError: the query is blank or too long, or a document is not in the archive.
        """
        return self._retriever.search(parse_question(query), k, documents)

    def _citations(self, question: Question, ranked: Sequence[Candidate], verdict: Verdict) -> tuple[Citation, ...]:
        best = ranked[0]
        start, end = _widened(question, best)
        article = best.hit.article
        return (cite(self.snapshot.archive, article, start, end, 1, best.hit.text, round(verdict.probability, 4)),)


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
