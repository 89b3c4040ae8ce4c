"""Load from outside: what is counted, and that a reload costs no request."""

import time
from collections import Counter

import pytest

from eval.load import Tally, climb, closed, generations, open_loop, reloading
from eval.questions import read_questions
from eval.run import QUESTIONS
from eval.server import Server

from .conftest import SEEDS


def test_an_open_loop_under_reloads_loses_nothing() -> None:
    questions = [question.question for question in read_questions(QUESTIONS)]
    patient = {"WENBAO_DEADLINE_SECONDS": "60"}  # a machine that is busy with other work is no loss
    with generations(SEEDS) as (corpus, index, swap), Server(corpus, index, **patient) as server:
        with reloading(server, swap, 1.0) as moments:
            tally = open_loop(server.port, questions, 15, 8)
        assert len(moments) >= 6
        assert server.memory() > 50
    assert not tally.failures
    assert len(tally.spent) == 15 * 8
    assert len(tally.snapshots) == 2
    assert min(tally.around) > 0


def test_a_question_that_is_asked_late_is_counted_from_when_it_was_due(seeds_index: str) -> None:
    with Server(SEEDS, seeds_index, WENBAO_ANSWERS_AT_ONCE="1") as server:
        calm = closed(server.port, ["南海区有多少家社会办医疗机构？"], 1, 1)
        started = time.perf_counter()
        flood = open_loop(server.port, ["南海区有多少家社会办医疗机构？"], 2000, 0.2)
        took = time.perf_counter() - started
    assert len(flood.spent) + sum(flood.failures.values()) == 400
    assert set(flood.failures) <= {"503"}
    assert max(flood.spent) > 0.8 * (took - 0.2) * 1000
    assert max(flood.spent) > 5 * sorted(calm.spent)[len(calm.spent) // 2]


def test_failures_are_counted_by_what_they_are(seeds_index: str) -> None:
    with Server(SEEDS, seeds_index) as server:
        tally = closed(server.port, [" "], 1, 0.3)
        port = server.port
    assert set(tally.failures) == {"422"}
    assert set(closed(port, ["谁？"], 1, 0.1).failures) == {"ConnectionRefusedError"}


def test_the_knee_is_the_last_rate_that_is_followed(capsys: pytest.CaptureFixture[str]) -> None:
    def opened(rate: float, seconds: float) -> Tally:
        failures = Counter({"503": 9}) if rate > 85 else Counter()
        return Tally(seconds, [20.0] * 98 + [240.0 if rate < 100 else 900.0] * 2, failures=failures)

    assert climb(opened, 100.0) == 0  # 80 is the last; that it is busy at 90 is no failure
    assert capsys.readouterr().out == "the knee: 80 a second; at 90 over 1 of 100 are not there in 250 ms\n"
    assert climb(opened, 50.0) == 0
    assert capsys.readouterr().out == "the knee: beyond 70 a second\n"
    assert climb(lambda rate, seconds: Tally(seconds, [20.0], failures=Counter({"500": 2, "503": 1})), 50.0) == 2
    assert capsys.readouterr().out.startswith("the knee: 0 a second")
