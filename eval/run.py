"""`python -m eval run`: the handwritten questions, asked as the server asks them.

Of the test split only the totals are printed; kinds, and which questions fail (`--failures`), are dev's alone.
"""

import argparse
import json
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from api.bodies import answer_body
from eval.measures import (
    aurc,
    auroc,
    bootstrap_interval,
    calibration_error,
    character_f1,
    exact_match,
    holds,
    mrr_at,
    recall_at,
)
from eval.questions import Question, read_questions
from index.article import Article
from index.build import build_index
from index.encoder import load_encoder
from index.page import read_page
from index.snapshot import Snapshot
from index.text import terms
from rag.answer import Answer, Message
from rag.answerer import Answerer
from rag.cite import verify_answer
from rag.kinds import SHORT_KINDS
from rag.question import parse_question

QUESTIONS = Path(__file__).parent / "questions" / "seeds.jsonl"
DEPTH = 10
LEGS = ("bm25", "dense", "hybrid")

Ranks = dict[str, int | None]


@dataclass(frozen=True)
class Result:
    """One question asked. `ranks`: of the first passage of the right article, by leg. `right`: the answer holds the
    gold and is cited from the right article; `cited`: from the right article; `page`: from the right page."""

    question: Question
    answer: Answer
    ranks: Ranks
    right: bool
    cited: bool
    page: bool
    verified: bool

    @property
    def answerable(self) -> bool:
        """Whether the pages answer the question."""
        return bool(self.question.answers)


def ask_all(answerer: Answerer, questions: Sequence[Question], corpus: Path) -> list[Result]:
    """Ask every question and hold the answer against the gold."""
    return [_ask(answerer, question, corpus) for question in questions]


def _ask(answerer: Answerer, question: Question, corpus: Path) -> Result:
    history = [Message(turn.role, turn.content) for turn in question.history]
    answer = answerer.ask(question.question, history, DEPTH)
    body = json.loads(json.dumps(answer_body(answer, DEPTH)))
    verified = not verify_answer(body, lambda document_id: read_page(corpus, document_id))
    cited = [c for c in answer.citations if is_gold_article(question, c.article)]
    page = any(c.article.document_id == question.document_id for c in answer.citations)
    every = question.needs_all
    quoted = "\n".join(citation.cited_text for citation in (answer.citations if every else cited))
    right = bool(cited) and holds(quoted, question.answers, every)
    return Result(question, answer, leg_ranks(answerer, question, answer, history), right, bool(cited), page, verified)


def is_gold_article(question: Question, article: Article) -> bool:
    """Return whether an article holds some of a question's evidence, by the raw offsets of both."""
    return article.document_id == question.document_id and any(
        segment.raw_start < piece.end and piece.start < segment.raw_end
        for segment in article.segments
        for piece in question.evidence
    )


def leg_ranks(answerer: Answerer, question: Question, answer: Answer, history: Sequence[Message]) -> Ranks:
    """Return the rank of the first passage of the right article, by each leg alone and by both."""
    snapshot = answerer.snapshot
    asked = parse_question(question.question, history)
    found = {
        "bm25": [n for n, _ in snapshot.lexical.search(terms(asked.key), DEPTH)],
        "dense": [n for n, _ in snapshot.dense.search(snapshot.encoder.encode([asked.whole])[0], DEPTH)],
        "hybrid": [hit.number for hit in answer.hits],
    }
    return {leg: _first_right(snapshot, question, numbers) for leg, numbers in found.items()}


def _first_right(snapshot: Snapshot, question: Question, numbers: Sequence[int]) -> int | None:
    for rank, number in enumerate(numbers, 1):
        if is_gold_article(question, snapshot.archive.article(snapshot.archive.article_of(number))):
            return rank
    return None


def report(results: Sequence[Result], split: str) -> str:
    """Return the tables of one split."""
    answerable = [r for r in results if r.answerable]
    lines = [f"## {split}: {len(answerable)} answerable, {len(results) - len(answerable)} unanswerable", ""]
    lines += ["retrieval of the right article", "leg      R@1    R@5    MRR@10"]
    for leg in LEGS:
        ranks = [r.ranks[leg] for r in answerable]
        lines.append(f"{leg:8} {recall_at(ranks, 1):.3f}  {recall_at(ranks, 5):.3f}  {mrr_at(ranks, 10):.3f}")
    lines += ["", "answers (of the answerable questions)", *_totals(answerable)]
    kinds = sorted({r.question.kind for r in answerable}) if split == "dev" else []
    if kinds:
        lines += ["", "kind          n   R@1 bm25/dense/hybrid   right  cited  refused"]
    for kind in kinds:
        part = [r for r in answerable if r.question.kind == kind]
        first = "/".join(f"{recall_at([r.ranks[leg] for r in part], 1):.2f}" for leg in LEGS)
        lines.append(
            f"{kind:12} {len(part):3}   {first:22}  {_share(part, lambda r: r.right)}"
            f"  {_share(part, lambda r: r.cited)}  {_share(part, lambda r: not r.answer.answerable)}"
        )
    return "\n".join([*lines, "", *_refusals(results, split == "dev"), ""])


def _totals(answerable: Sequence[Result]) -> list[str]:
    low, high = bootstrap_interval([float(r.right) for r in answerable])
    wanting = [r for r in answerable if kind_of_question(r) in SHORT_KINDS]
    given = [r for r in wanting if r.answer.short_answer is not None]
    em = [exact_match(r.answer.short_answer or "", r.question.answers) for r in given]
    f1 = [character_f1(r.answer.short_answer or "", r.question.answers) for r in given]
    return [
        f"sentence holds the answer, from the right article  {_share(answerable, lambda r: r.right)}"
        f"  (95 %: {low:.3f}-{high:.3f})",
        f"right article cited  {_share(answerable, lambda r: r.cited)}   right page cited"
        f"  {_share(answerable, lambda r: r.page)}   wrongly refused"
        f"  {_share(answerable, lambda r: not r.answer.answerable)}",
        f"short answers: asked for by {len(wanting)}, given {len(given)},"
        f" EM {sum(em) / max(1, len(em)):.3f}, F1 {sum(f1) / max(1, len(f1)):.3f} of those given",
    ]


def kind_of_question(result: Result) -> str:
    """Return the kind of answer that a question asks for, as the product reads it."""
    history = [Message(turn.role, turn.content) for turn in result.question.history]
    return parse_question(result.question.question, history).kind


def _refusals(results: Sequence[Result], by_kind: bool) -> list[str]:
    refused = [r for r in results if not r.answer.answerable]
    unanswerable = [r for r in results if not r.answerable]
    caught = [r for r in refused if not r.answerable]
    confidence = [r.answer.confidence for r in results]
    right = [r.right for r in results]
    precision, recall = len(caught) / max(1, len(refused)), len(caught) / max(1, len(unanswerable))
    lines = [
        f"refusals: precision {precision:.3f}, recall {recall:.3f}; AUROC answerable or not"
        f" {auroc(confidence, [r.answerable for r in results]):.3f}",
        f"confidence: AURC {aurc(confidence, right):.3f}, calibration error {calibration_error(confidence, right):.3f}",
    ]
    for kind in sorted({r.question.kind for r in unanswerable}) if by_kind else []:
        part = [r for r in unanswerable if r.question.kind == kind]
        lines.append(f"  {kind:12} {len(part):3}  refused {_share(part, lambda r: not r.answer.answerable)}")
    lines.append(f"verified word for word: {sum(r.verified for r in results)} of {len(results)}")
    return lines


def _share(results: Sequence[Result], what: Callable[[Result], bool]) -> str:
    return f"{sum(map(what, results)) / max(1, len(results)):.3f}"


def failures(results: Sequence[Result]) -> str:
    """Return a line for each question that was answered wrongly, refused, or answered though it cannot be."""
    lines = []
    for r in results:
        if r.answerable != r.answer.answerable or (r.answerable and not r.right):
            got = r.answer.text or f"({r.answer.reason})"
            lines.append(f"{r.question.id} {r.question.kind}: {r.question.question} → {r.answer.confidence} {got[:80]}")
    return "\n".join(lines)


def main(argv: Sequence[str]) -> int:
    """Run the evaluation and print its tables."""
    parser = argparse.ArgumentParser(prog="python -m eval run", description=__doc__)
    parser.add_argument("--corpus", type=Path, default=Path("seeds"))
    parser.add_argument("--split", choices=["dev", "test"], action="append")
    parser.add_argument("--failures", action="store_true", help="list the questions of dev that went wrong")
    arguments = parser.parse_args(argv)
    with tempfile.TemporaryDirectory() as folder:
        answerer = Answerer(build_index(arguments.corpus, Path(folder), load_encoder()))
        for split in arguments.split or ["dev", "test"]:
            questions = [question for question in read_questions(QUESTIONS) if question.split == split]
            results = ask_all(answerer, questions, arguments.corpus)
            sys.stdout.write(report(results, split) + "\n")
            if arguments.failures and split == "dev":
                sys.stdout.write(failures(results) + "\n\n")
    return 0
