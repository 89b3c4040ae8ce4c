"""The question set is sound, and its checker finds what is not."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from eval.check import check_questions, split_of
from eval.questions import Evidence, Question, Turn, read_questions

ROOT = Path(__file__).resolve().parent.parent
CORPUS = ROOT / "seeds"
QUESTIONS = read_questions(ROOT / "eval" / "questions" / "seeds.jsonl")

ROW = {
    "id": "s001",
    "question": "谁写的？",
    "history": [],
    "kind": "person",
    "answers": ["张涛"],
    "document_id": "004.txt",
    "article": "004.1",
    "evidence": [{"start": 0, "end": 2}],
    "split": "dev",
    "tags": [],
}


def test_the_set_is_sound() -> None:
    assert check_questions(QUESTIONS, CORPUS) == []


def test_both_splits_hold_every_kind() -> None:
    kinds = {question.kind for question in QUESTIONS}
    for split in ("dev", "test"):
        assert {question.kind for question in QUESTIONS if question.split == split} == kinds


def test_split_depends_on_the_text_alone() -> None:
    assert split_of("南海区有多少家社会办医疗机构？") == "dev"
    assert split_of("这是谁？") == split_of("这是谁？")


def one(kind: str) -> Question:
    """The first question of a kind that stands alone."""
    return next(q for q in QUESTIONS if q.kind == kind and not q.group and q.answers)


def faults(old: Question, new: Question) -> list[str]:
    """The faults of the set once one of its questions is replaced."""
    return check_questions([new if q is old else q for q in QUESTIONS], CORPUS)


NUMBER, LIST = one("number"), one("list")
FOLLOW_UP = next(q for q in QUESTIONS if q.kind == "follow_up")
SMALL_TALK = next(q for q in QUESTIONS if q.kind == "small_talk")
OTHER = {"dev": "test", "test": "dev"}


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        (NUMBER, replace(NUMBER, answers=("31家",)), "answer not at its offsets"),
        (NUMBER, replace(NUMBER, evidence=(Evidence(0, 10**6),)), "runs past the end"),
        (NUMBER, replace(NUMBER, evidence=()), "is missing"),
        (NUMBER, replace(NUMBER, document_id="000_gone.txt"), "unknown document"),
        (NUMBER, replace(NUMBER, article="004.9"), "no article 004.9"),
        (NUMBER, replace(NUMBER, split=OTHER[NUMBER.split]), "wrong split"),
        (NUMBER, replace(NUMBER, group="nobody"), "unknown group"),
        (NUMBER, replace(NUMBER, group=FOLLOW_UP.id), "is itself in a group"),
        (NUMBER, replace(NUMBER, id=LIST.id), "id used twice"),
        (NUMBER, replace(NUMBER, question=LIST.question[:-1] + " 。"), "same question as"),
        (NUMBER, replace(NUMBER, question=f"请问{LIST.question}"), "nearly the same question as"),
        (NUMBER, replace(NUMBER, question=f"是{NUMBER.answers[0]}吗？"), "gives its answer away"),
        (SMALL_TALK, replace(SMALL_TALK, answers=("你好",)), "unanswerable, yet"),
        (FOLLOW_UP, replace(FOLLOW_UP, group=None), "its first turn is"),
        (
            SMALL_TALK,
            replace(SMALL_TALK, history=(Turn("user", NUMBER.question),)),
            f"its first turn is {NUMBER.id}",
        ),
    ],
)
def test_a_planted_fault_is_found(old: Question, new: Question, fault: str) -> None:
    assert any(fault in line for line in faults(old, new))


def test_evidence_is_cut_at_the_printed_character() -> None:
    piece = NUMBER.evidence[0]
    loose = replace(NUMBER, evidence=(Evidence(piece.start - 2, piece.end + 2),))
    assert any("white space" in line for line in faults(NUMBER, loose))


def test_too_few_questions_are_counted() -> None:
    few = check_questions([NUMBER], CORPUS)
    assert "too few: questions, 1 of 310" in few
    assert "too few: article 004.5, 0 of 6" in few


def test_a_good_row_is_read(tmp_path: Path) -> None:
    path = tmp_path / "q.jsonl"
    path.write_text(json.dumps(ROW), encoding="utf-8")
    (question,) = read_questions(path)
    assert (question.answers, question.evidence) == (("张涛",), (Evidence(0, 2),))
    assert question.answerable
    assert not question.needs_all


@pytest.mark.parametrize(
    "change",
    [
        {"kind": "riddle"},
        {"answers": "张涛"},
        {"answers": [1]},
        {"question": " "},
        {"evidence": [{"start": 5, "end": 5}]},
        {"evidence": [3]},
        {"history": [{"role": "system", "content": ""}]},
        {"hint": "x"},
    ],
)
def test_a_bad_row_names_its_line(tmp_path: Path, change: dict[str, object]) -> None:
    path = tmp_path / "q.jsonl"
    path.write_text(json.dumps(ROW) + "\n" + json.dumps(ROW | change), encoding="utf-8")
    with pytest.raises(ValueError, match=r"q\.jsonl, line 2: "):
        read_questions(path)


@pytest.mark.parametrize("text", ["{", "[]", "{}"])
def test_what_is_no_row_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "q.jsonl"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match="line 1"):
        read_questions(path)
