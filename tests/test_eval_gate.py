"""The gate: the same code passes, a broken leg does not."""

import json
import random
from pathlib import Path

import pytest

from eval import gate
from eval.ask import ask, ask_all, case_of, judge
from eval.gate import compare, read_baseline, slices
from eval.questions import read_questions
from eval.run import QUESTIONS
from index.source import Source
from index.text import fold
from rag.answerer import Answerer

from .conftest import SEEDS, Build

CASES = [case_of(question) for question in read_questions(QUESTIONS) if question.split == "dev"]
Slices = dict[str, dict[str, float]]


@pytest.fixture(scope="module")
def healthy(answerer: Answerer) -> Slices:
    return slices(ask_all(answerer, CASES, SEEDS))


def worse(before: Slices, now: Slices) -> set[str]:
    return {change.name for change in compare(before, now) if change.worse}


def test_the_stored_baseline_is_not_beaten_down(healthy: Slices) -> None:
    assert worse({name: dict(part) for name, part in read_baseline(gate.BASELINE).items()}, healthy) == set()


def test_the_same_questions_give_the_same_values(answerer: Answerer, healthy: Slices) -> None:
    again = slices(ask_all(answerer, CASES[::4], SEEDS))
    assert all(healthy[name][key] == value for name, part in again.items() for key, value in part.items())
    assert worse(healthy, healthy) == set()


def test_a_silent_dense_leg_is_caught(seeds_snapshot: Source, healthy: Slices, monkeypatch: pytest.MonkeyPatch) -> None:
    answerer = Answerer(seeds_snapshot)
    monkeypatch.setattr(type(seeds_snapshot.legs), "meaning", lambda *_: [])
    assert "dense MRR@10" in worse(healthy, slices(ask_all(answerer, CASES, SEEDS)))


@pytest.fixture
def unsegmented(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, build: Build) -> Answerer:
    def whole(text: str) -> list[str]:
        return fold(text).split()

    for place in ("index.segment.terms", "rag.retrieve.terms", "eval.ask.terms"):
        monkeypatch.setattr(place, whole)
    monkeypatch.setattr("index.segment.terms_of", lambda _, key: whole(key))
    return Answerer(build(SEEDS, tmp_path))


def test_words_left_uncut_are_caught(unsegmented: Answerer, healthy: Slices) -> None:
    assert "bm25 MRR@10" in worse(healthy, slices(ask_all(unsegmented, CASES, SEEDS)))


def test_shuffled_answers_are_caught(answerer: Answerer, healthy: Slices) -> None:
    answers = [ask(answerer, case) for case in CASES]
    random.Random(1).shuffle(answers)
    shuffled = [judge(answerer, case, answer, SEEDS) for case, answer in zip(CASES, answers, strict=True)]
    caught = worse(healthy, slices(shuffled))
    assert {"answered right", "right article cited", "hybrid MRR@10", "refused"} <= caught


def test_a_slice_that_is_gone_is_worse(healthy: Slices) -> None:
    assert "refused" in worse(healthy, {name: part for name, part in healthy.items() if name != "refused"})


def test_the_command_says_so_and_fails(
    tmp_path: Path, healthy: Slices, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
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
