"""Peers: this project and rank-bm25 in processes of their own, on the same passages; one that is not there is named."""

import json
import sys
from pathlib import Path

import pytest

from eval import peers
from eval.peer import MISSING, OWN, Asked, Work, cut, main, rank_bm25
from eval.questions import read_questions
from eval.run import QUESTIONS
from rag.answer import Message

from .conftest import SEEDS

JIEBA = "rank-bm25 and jieba"
ROWS = [
    ("张三丰哪一年来到武汉？", "张三丰于1987年来到武汉，在那里开办了第一家书店。书店后来有了三家分店。", "1987年"),
    ("红星机械厂一年生产多少台机床？", "红星机械厂坐落在城东，一年生产1200台机床，产品销往三十个国家。", "1200台"),
    ("谁设计了青山大桥？", "青山大桥由李明达设计，全长1500米，于2004年通车，是当地第一座斜拉桥。", "李明达"),
]


@pytest.fixture
def small(tmp_path: Path) -> Path:
    path = tmp_path / "small.jsonl"
    rows = [{"question": q, "context": text, "answers": [answer]} for q, text, answer in ROWS]
    path.write_text("\n".join(json.dumps(row, ensure_ascii=False) for row in rows), encoding="utf-8")
    return path


def test_peers_answer_the_same_questions(small: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "peers.json"
    assert peers.main(["--set", str(small), "--peer", JIEBA, "--json", str(out)]) == 0
    part = json.loads(out.read_text(encoding="utf-8"))["sets"][0]
    rows = {row["name"]: row for row in part["rows"]}
    assert set(rows) == {OWN, JIEBA}
    assert rows[OWN]["measures"]["R@1"] == rows[JIEBA]["measures"]["R@1"] == [1, 1, 1]
    assert rows[JIEBA]["difference"] == [0, 0, 0]
    assert "rank-bm25 0.2" in rows[JIEBA]["version"]
    assert all(row["ms"] > 0 and row["build_s"] >= 0 and row["memory_mb"] > 10 for row in rows.values())
    assert "Ahead of Wenbao: none. Faster:" in capsys.readouterr().out


def test_rank_bm25_scores_by_words() -> None:
    work = Work([text for _, text, _ in ROWS], [], "", "", "")
    assert [rank_bm25(cut)(work)(Asked(question))[0] for question, _, _ in ROWS] == [0, 1, 2]
    assert rank_bm25(str.split)(work)(Asked(ROWS[0][0])) == []


def test_of_a_talk_peers_are_given_what_the_user_said() -> None:
    history = (Message("user", "谁设计了青山大桥？"), Message("assistant", "由李明达设计"))
    assert Asked("全长多少米？", history).text == "谁设计了青山大桥？\n全长多少米？"


def test_handwritten_questions_are_measured_by_kind(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "peers.json"
    assert peers.main(["--corpus", str(SEEDS), "--set", "handwritten", "--peer", JIEBA, "--json", str(out)]) == 0
    part = json.loads(out.read_text(encoding="utf-8"))["sets"][0]
    asked = [question for question in read_questions(QUESTIONS) if question.answerable]
    assert part["kinds"]["follow_up"] == sum(question.kind == "follow_up" for question in asked)
    assert part["kinds"]["dev"] + part["kinds"]["test"] == part["questions"] == len(asked)
    for row in part["rows"]:
        right = sum(row["kinds"][split]["R@1"][0] * part["kinds"][split] for split in ("dev", "test"))
        assert right / len(asked) == pytest.approx(row["measures"]["R@1"][0])
        low, value, high = sorted(row["kinds"]["typo"]["R@1"])
        assert (low, high) == tuple(row["kinds"]["typo"]["R@1"][1:])
        assert 0 <= low < high <= 1
    assert "follow_up" in capsys.readouterr().out


def test_a_peer_that_wins_is_told() -> None:
    def kinds(first: float) -> dict[str, dict[str, list[float]]]:
        return {"place": {"R@1": [first, 0.0, 1.0]}}

    own = {"name": OWN, "own": True, "difference": [0.0, 0.0, 0.0], "ms": 2.0, "kinds": kinds(0.5)}
    ahead = {"name": "A", "own": False, "difference": [0.1, 0.05, 0.15], "ms": 3.0, "kinds": kinds(0.75)}
    maybe = {"name": "B", "own": False, "difference": [0.1, -0.05, 0.15], "ms": 1.0, "kinds": kinds(0.5)}
    told = "Ahead of Wenbao: A; B (significantly: A). Ahead in place (0.500): A 0.750. Faster: B."
    assert peers.note([own, ahead, maybe]) == told


def test_a_peer_that_is_not_installed_is_left_out(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    work = tmp_path / "work.json"
    given = {
        "passages": ["甲"],
        "questions": [{"question": "乙", "history": []}],
        "model": "",
        "corpus": "",
        "index": "",
    }
    work.write_text(json.dumps(given), encoding="utf-8")
    monkeypatch.setitem(sys.modules, "txtai", None)  # as if it were not there
    assert main(["txtai hybrid, as it comes", str(work), str(tmp_path / "out.json")]) == MISSING
    python = tmp_path / "python"
    python.write_text(f"#!/bin/sh\necho 'No module named txtai' >&2\nexit {MISSING}\n", encoding="utf-8")
    python.chmod(0o755)
    assert peers.run_peer("txtai hybrid, as it comes", str(python), work) is None
    assert "left out (No module named txtai)" in capsys.readouterr().err
    python.write_text("#!/bin/sh\necho 'out of memory' >&2\nexit 1\n", encoding="utf-8")
    with pytest.raises(RuntimeError, match="out of memory"):
        peers.run_peer("txtai hybrid, as it comes", str(python), work)
