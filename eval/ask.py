"""Asking: cases through the same `Answerer` as the server's, each answer held against its gold."""

import json
from collections.abc import Iterable, Sequence
from pathlib import Path

from api.bodies import answer_body
from eval.outcome import Case, Outcome
from eval.questions import Question
from eval.strings import holds
from index.page import read_page
from index.source import Source, Wanted
from index.text import terms
from rag.answer import Answer, Message
from rag.answerer import Answerer
from rag.cite import verify_answer
from rag.kinds import SHORT_KINDS
from rag.question import parse_question

DEPTH = 20  # passages of each ranking
LEGS = ("bm25", "dense", "hybrid")


def case_of(question: Question) -> Case:
    """Return a handwritten question as a case."""
    history = tuple(Message(turn.role, turn.content) for turn in question.history)
    short = parse_question(question.question, history).kind in SHORT_KINDS
    gold = (question.answers, question.document_id, question.evidence, question.needs_all, short)
    return Case(question.id, question.kind, question.question, history, *gold)


def ask_all(answerer: Answerer, cases: Iterable[Case], corpus: Path) -> list[Outcome]:
    """Ask every case and hold the answer against the gold. `corpus`: the folder that the index was made from."""
    return [judge(answerer, case, ask(answerer, case), corpus) for case in cases]


def ask(answerer: Answerer, case: Case) -> Answer:
    """Return what is answered."""
    return answerer.ask(case.question, case.history, DEPTH, case.documents)


def judge(answerer: Answerer, case: Case, answer: Answer, corpus: Path) -> Outcome:
    """Return what an answer to a case is worth."""
    snapshot = answerer.snapshot
    body = json.loads(json.dumps(answer_body(answer, DEPTH)))
    cited = [citation for citation in answer.citations if case.answered_by(citation.article)]
    quoted = "\n".join(citation.cited_text for citation in (answer.citations if case.every else cited))
    return Outcome(
        case.id,
        case.kind,
        case.question,
        case.answers,
        case.document_id is not None,
        relevant_articles(snapshot, case),
        _rankings(snapshot, case, answer),
        answer.text,
        answer.short_answer,
        case.short,
        answer.confidence,
        answer.reason,
        bool(cited) and holds(quoted, case.answers, case.every),
        bool(cited),
        any(citation.article.document_id == case.document_id for citation in answer.citations),
        not verify_answer(body, lambda document_id: read_page(corpus, document_id)),
        answer.timings_ms,
    )


def relevant_articles(snapshot: Source, case: Case) -> tuple[str, ...]:
    """Return the ids of the articles that answer a case."""
    numbers = snapshot.archive.passages_of_documents([case.document_id] if case.document_id else [])
    articles = [snapshot.archive.article(snapshot.archive.article_of(number)) for number in numbers]
    return tuple(dict.fromkeys(article.article_id for article in articles if case.answered_by(article)))


def _rankings(snapshot: Source, case: Case, answer: Answer) -> dict[str, tuple[str, ...]]:
    """Return the articles that each leg alone finds, asked of the whole archive, and both together."""
    asked = parse_question(case.question, case.history)
    found: dict[str, Sequence[int]] = {
        "bm25": [n for n, _ in snapshot.legs.words(Wanted(tuple(terms(asked.key))), DEPTH).ranked],
        "dense": [n for n, _ in snapshot.legs.meaning(snapshot.encoder.encode([asked.whole])[0], DEPTH)],
        "hybrid": [hit.number for hit in answer.hits],
    }
    passage = snapshot.archive.passage
    return {leg: tuple(dict.fromkeys(passage(n)[0].article_id for n in found[leg])) for leg in LEGS}
