"""The gate: the same code passes, a broken leg does not."""

import json
import random
from dataclasses import replace
from pathlib import Path

import pytest

from eval import gate, run
from eval.gate import compare, outcomes, read_baseline
from eval.questions import read_questions
from index.build import build_index
from index.encoder import load_encoder
from index.text import fold
from rag.answerer import Answerer

from .conftest import SEEDS

QUESTIONS = [question for question in read_questions(run.QUESTIONS) if question.split == "dev"]
Outcomes = dict[str, dict[str, float]]


@pytest.fixture(scope="module")
def results(answerer: Answerer) -> list[run.Result]:
    return run.ask_all(answerer, QUESTIONS, SEEDS)


@pytest.fixture(scope="module")
def healthy(results: list[run.Result]) -> Outcomes:
    return outcomes(results)


def worse(before: Outcomes, now: Outcomes) -> set[str]:
    return {change.name for change in compare(before, now) if change.worse}


def test_the_stored_baseline_is_not_beaten_down(healthy: Outcomes) -> None:
    assert worse({name: dict(part) for name, part in read_baseline(gate.BASELINE).items()}, healthy) == set()


def test_the_same_questions_give_the_same_outcomes(answerer: Answerer, healthy: Outcomes) -> None:
    again = outcomes(run.ask_all(answerer, QUESTIONS[::4], SEEDS))
    assert all(healthy[name][key] == value for name, part in again.items() for key, value in part.items())
    assert worse(healthy, healthy) == set()


def test_an_empty_dense_index_is_caught(seeds_index: Path, healthy: Outcomes, monkeypatch: pytest.MonkeyPatch) -> None:
    answerer = Answerer(build_index(SEEDS, seeds_index, load_encoder()))
    monkeypatch.setattr(answerer.snapshot.dense, "search", lambda *_: [])
    assert "dense RR@10" in worse(healthy, outcomes(run.ask_all(answerer, QUESTIONS, SEEDS)))


@pytest.fixture
def unsegmented(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Answerer:
    def whole(text: str) -> list[str]:
        return fold(text).split()

    for place in ("index.build.terms", "rag.retrieve.terms", "eval.run.terms"):
        monkeypatch.setattr(place, whole)
    return Answerer(build_index(SEEDS, tmp_path, load_encoder()))


def test_words_left_uncut_are_caught(unsegmented: Answerer, healthy: Outcomes) -> None:
    assert "bm25 RR@10" in worse(healthy, outcomes(run.ask_all(unsegmented, QUESTIONS, SEEDS)))


def test_shuffled_answers_are_caught(results: list[run.Result], healthy: Outcomes) -> None:
    answers = [result.answer for result in results]
    random.Random(1).shuffle(answers)
    shuffled = []
    for result, answer in zip(results, answers, strict=True):
        cited = [c for c in answer.citations if run.is_gold_article(result.question, c.article)]
        shuffled.append(replace(result, answer=answer, cited=bool(cited), right=False if not cited else result.right))
    assert {"answered right", "right article cited"} <= worse(healthy, outcomes(shuffled))


def test_a_slice_that_is_gone_is_worse(healthy: Outcomes) -> None:
    assert "refused" in worse(healthy, {name: part for name, part in healthy.items() if name != "refused"})


def test_the_command_says_so_and_fails(
    tmp_path: Path, healthy: Outcomes, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "baseline.json"
    monkeypatch.setattr(gate, "measure", lambda _: healthy)
    assert gate.main(["--update", "--baseline", str(path)]) == 0
    first = path.read_bytes()
    assert gate.main(["--update", "--baseline", str(path)]) == 0
    assert path.read_bytes() == first
    assert gate.main(["--baseline", str(path)]) == 0
    assert "no slice is significantly worse" in capsys.readouterr().out
    better = {name: dict.fromkeys(part, 1.0) for name, part in healthy.items()}
    path.write_text(json.dumps({"outcomes": better}), encoding="utf-8")
    assert gate.main(["--baseline", str(path)]) == 1
    assert "WORSE" in capsys.readouterr().out
    path.write_text("{}", encoding="utf-8")
    with pytest.raises(SystemExit, match="--update"):
        gate.main(["--baseline", str(path)])
