"""The evaluation on the real pages: it finds the right article by raw offsets, and its gold by itself."""

from dataclasses import replace

import pytest

from eval.questions import read_questions
from eval.run import QUESTIONS, Result, ask_all, failures, report
from rag.answerer import Answerer

from .conftest import SEEDS


@pytest.fixture(scope="module")
def results(answerer: Answerer) -> list[Result]:
    questions = [question for question in read_questions(QUESTIONS) if question.split == "dev"][::4]
    return ask_all(answerer, questions, SEEDS)


def test_every_answer_verifies_and_most_are_right(results: list[Result]) -> None:
    assert all(result.verified for result in results)
    answerable = [result for result in results if result.answerable]
    assert sum(result.right for result in answerable) > len(answerable) / 2
    assert sum(result.ranks["hybrid"] == 1 for result in answerable) > sum(
        result.ranks["bm25"] == 1 for result in answerable
    )


def test_the_report_names_every_kind_and_the_failures(results: list[Result]) -> None:
    text = report(results, "dev")
    assert all(result.question.kind in text for result in results)
    wrong = [replace(result, right=False) for result in results if result.answerable and result.right]
    assert all(result.question.question in failures(wrong) for result in wrong)


def test_a_wrong_article_is_not_counted(answerer: Answerer, results: list[Result]) -> None:
    result = next(result for result in results if result.right)
    moved = tuple(replace(piece, start=0, end=1) for piece in result.question.evidence)
    other = "003_db84aa04fd72fc93.txt"
    document = other if result.question.document_id != other else "002_53c82c49c9095ff0.txt"
    again = ask_all(answerer, [replace(result.question, evidence=moved, document_id=document)], SEEDS)[0]
    assert not again.cited
    assert not again.right
