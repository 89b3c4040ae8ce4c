"""The evaluation on the real pages: it finds the right article by raw offsets, and its gold by itself."""

import json
import os
import re
import subprocess
import sys
from dataclasses import replace

import pytest

from eval.ask import ask_all, case_of
from eval.outcome import Outcome
from eval.questions import read_questions
from eval.run import QUESTIONS, failures, report
from eval.summary import Estimate, differences, estimates, sheet
from rag.answerer import Answerer

from .conftest import SEEDS

CASES = [case_of(question) for question in read_questions(QUESTIONS) if question.split == "dev"][::4]


@pytest.fixture(scope="module")
def outcomes(answerer: Answerer) -> list[Outcome]:
    return ask_all(answerer, CASES, SEEDS)


def named(found: list[Estimate]) -> dict[str, Estimate]:
    return {estimate.name: estimate for estimate in found}


def test_every_answer_verifies_and_most_are_right(outcomes: list[Outcome]) -> None:
    assert all(outcome.verified for outcome in outcomes)
    found = named(estimates(sheet(outcomes)))
    assert found["right"].value > 0.5
    assert found["hybrid R@1"].value > found["bm25 R@1"].value
    assert all(estimate.low <= estimate.value <= estimate.high for estimate in found.values())


def test_the_report_names_every_kind_and_the_failures(outcomes: list[Outcome]) -> None:
    text = report(outcomes, "dev")
    assert all(outcome.kind in text for outcome in outcomes)
    wrong = [replace(outcome, right=False) for outcome in outcomes if outcome.answerable and outcome.right]
    assert all(outcome.question in failures(wrong) for outcome in wrong)
    assert "colloquial" not in report(outcomes, "test")


def test_a_wrong_article_is_not_counted(answerer: Answerer, outcomes: list[Outcome]) -> None:
    right = {outcome.id for outcome in outcomes if outcome.right}
    case = next(case for case in CASES if case.id in right)
    other = "003_db84aa04fd72fc93.txt"
    document = other if case.document_id != other else "002_53c82c49c9095ff0.txt"
    moved = tuple(replace(piece, start=0, end=1) for piece in case.evidence)
    again = ask_all(answerer, [replace(case, evidence=moved, document_id=document)], SEEDS)[0]
    assert not again.cited
    assert not again.right


def test_differences_are_paired_and_say_which_way_is_better(outcomes: list[Outcome]) -> None:
    assert all(found.value == found.low == found.high == 0 for found in differences(sheet(outcomes), sheet(outcomes)))
    refusing = [replace(outcome, text=None, short=None, right=False, cited=False) for outcome in outcomes]
    talking = [replace(outcome, text=outcome.text or "…") for outcome in outcomes]
    found = named(differences(sheet(talking), sheet(refusing)))
    assert found["right"].verdict == found["wrongly refused"].verdict == "worse"
    assert found["refusal recall"].verdict == "better"
    assert found["hybrid R@1"].verdict == ""


@pytest.fixture(scope="module")
def printed(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[str, bytes]]:
    """What two processes print and write, in which Python orders its sets otherwise."""
    found = []
    for seed in ("1", "2"):
        file = tmp_path_factory.mktemp("run") / "questions.jsonl"
        command = [sys.executable, "-m", "eval", "run", "--corpus", str(SEEDS), "--failures", "--questions", str(file)]
        environment = {**os.environ, "PYTHONHASHSEED": seed}
        done = subprocess.run(command, cwd=SEEDS.parent, env=environment, check=True, capture_output=True, text=True)
        found.append(
            (re.sub(r"ms \(never twice the same\).*?\n\n", "", done.stdout, flags=re.DOTALL), file.read_bytes())
        )
    return found


def test_two_runs_give_the_same_bytes_but_for_the_times(printed: list[tuple[str, bytes]]) -> None:
    assert printed[0] == printed[1]
    assert "near_miss" in printed[0][0]


def test_no_question_of_test_is_told(printed: list[tuple[str, bytes]]) -> None:
    rows = [json.loads(line) for line in printed[0][1].decode().splitlines()]
    test = {question.question for question in read_questions(QUESTIONS) if question.split == "test"}
    assert rows
    assert not [row for row in rows if row["question"] in test]
    assert not [question for question in test if question in printed[0][0]]
