"""Settings of a run: what is taken away is gone, what is put in its place does what it says."""

import json
from pathlib import Path

import numpy as np
import pytest

from eval import ablation, run
from eval.ask import ask_all, case_of
from eval.questions import read_questions
from eval.run import QUESTIONS
from eval.setting import PARTS, Setting
from index.encoder import MODEL_FOLDER
from index.source import Source
from rag.answer import Answer
from rag.answerer import Answerer
from rag.question import parse_question
from rag.retrieve import Retriever

from .conftest import SEEDS

CASES = [case_of(question) for question in read_questions(QUESTIONS) if question.split == "dev"]
QUESTION = "南海区有多少家社会办医疗机构？"


def ask(snapshot: Source, *without: str, question: str = QUESTION) -> Answer:
    return Setting(without).answerer(snapshot).ask(question, (), 20)


def test_the_whole_product_is_the_servers(answerer: Answerer, seeds_snapshot: Source) -> None:
    whole = ask_all(Setting().answerer(seeds_snapshot), CASES[:40], SEEDS)
    assert [o.record() for o in whole] == [o.record() for o in ask_all(answerer, CASES[:40], SEEDS)]
    assert Setting().name == ""


def test_without_a_leg_nothing_is_found_by_it(seeds_snapshot: Source) -> None:
    hits = ask(seeds_snapshot, "dense").hits
    assert hits
    assert all(hit.dense_rank is None and hit.dense_score == 0 and hit.lexical_rank for hit in hits)
    hits = ask(seeds_snapshot, "lexical").hits
    assert hits
    assert all(hit.lexical_rank is None and hit.lexical_score == 0 and hit.dense_rank for hit in hits)
    assert all(hit.maxsim == 0 for hit in ask(seeds_snapshot, "maxsim").hits)


def test_without_glosses_an_english_question_shares_no_chinese_word(seeds_snapshot: Source) -> None:
    question = "How many private medical institutions are there in Nanhai District?"
    assert any(hit.lexical_score > 0 for hit in ask(seeds_snapshot, question=question).hits)
    assert not any(hit.matched_terms for hit in ask(seeds_snapshot, "gloss", question=question).hits)


def test_without_follow_up_nothing_was_said_before() -> None:
    asked = next(case for case in CASES if case.history)
    assert [case.history for case in Setting(("follow-up",)).cases([asked])] == [()]
    assert list(Setting().cases([asked])) == [asked]


def test_without_neighbours_and_second_one_bare_sentence_is_quoted(seeds_snapshot: Source) -> None:
    snapshot = seeds_snapshot
    whole, alone, first = (
        ask_all(Setting(without).answerer(snapshot), CASES[::2], SEEDS)
        for without in ((), ("neighbours",), ("second",))
    )
    lengths = [[len(outcome.text or "") for outcome in outcomes] for outcomes in (whole, alone, first)]
    assert sum(lengths[1]) < sum(lengths[0])
    assert all(one <= both for both, one in zip(lengths[0], lengths[2], strict=True))
    assert sum(lengths[2]) < sum(lengths[0])


def test_rank_fusion_is_the_sum_of_reciprocal_ranks(seeds_snapshot: Source) -> None:
    hits = Setting(fusion="rrf").answerer(seeds_snapshot).ask(QUESTION, (), 20).hits
    for hit in hits[:3]:
        if hit.lexical_rank and hit.dense_rank:
            # both ranks are of all candidates here, since each leg found it
            assert hit.score <= 61 / 2 * (1 / (60 + hit.lexical_rank) + 1 / (60 + hit.dense_rank)) + 1e-6
    assert hits[0].score == max(hit.score for hit in hits)


def test_the_convex_sum_weighs_both_legs(seeds_snapshot: Source) -> None:
    hits = Setting(fusion="convex").answerer(seeds_snapshot).ask(QUESTION, (), 20).hits
    for hit in hits:
        assert hit.score == pytest.approx(0.67 * hit.lexical_score + 0.33 * hit.dense_score, abs=1e-5)
    candidates = Retriever(seeds_snapshot).candidates(parse_question(QUESTION))[0].candidates
    assert np.isfinite(candidates.lexical).all()


def test_another_encoder_makes_the_dense_leg(tmp_path: Path, seeds_snapshot: Source) -> None:
    same = Setting(encoder=str(MODEL_FOLDER)).build(SEEDS, tmp_path)
    assert same.ask(QUESTION).text == Answerer(seeds_snapshot).ask(QUESTION).text
    assert same.snapshot.encoder.name == seeds_snapshot.encoder.name


def test_a_run_with_a_setting_is_held_against_the_whole(capsys: pytest.CaptureFixture[str]) -> None:
    assert run.main(["--corpus", str(SEEDS), "--split", "dev", "--without", "lexical", "--fusion", "convex"]) == 0
    line = next(line for line in capsys.readouterr().out.splitlines() if line.startswith("bm25 R@1  "))
    assert line.endswith("worse")


def test_all_settings_are_compared(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    texts = {
        "青山大桥由谁设计？": "青山大桥由李明达设计，全长1500米。",
        "武汉有几家书店？": "武汉现有三家书店，都在江边。",
    }
    rows = [{"question": question, "context": text, "answers": [text[5:8]]} for question, text in texts.items()]
    small = tmp_path / "small.jsonl"
    small.write_text("\n".join(json.dumps(row, ensure_ascii=False) for row in rows), encoding="utf-8")
    assert ablation.main(["--set", str(small), "--json", str(tmp_path / "found.json")]) == 0
    printed = capsys.readouterr().out
    assert all(f"without {part}" in printed for part in PARTS)
    found = json.loads((tmp_path / "found.json").read_text(encoding="utf-8"))
    assert found["everything"]["hybrid R@1"][0] == 1
    assert found["without neighbours"]["hybrid R@1"] == [0, 0, 0]
