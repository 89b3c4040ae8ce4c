"""Public sets end to end: a small set of the same form, through the real index and the real answerer."""

import json
from pathlib import Path
from typing import Any

import pytest

from eval import bench
from eval.swap import swapped

ROWS = [
    ("张三丰哪一年来到武汉？", "张三丰于1987年来到武汉，在那里开办了第一家书店。书店后来有了三家分店。", "1987年"),
    ("红星机械厂一年生产多少台机床？", "红星机械厂坐落在城东，一年生产1200台机床，产品销往三十个国家。", "1200台"),
    ("谁设计了青山大桥？", "青山大桥由李明达设计，全长1500米，于2004年通车，是当地第一座斜拉桥。", "李明达"),
    ("青山大桥于2004年通车吗？", "青山大桥由李明达设计，全长1500米，于2004年通车，是当地第一座斜拉桥。", "2004年"),
]


@pytest.fixture
def small(tmp_path: Path) -> Path:
    path = tmp_path / "small.jsonl"
    rows = [{"question": q, "context": text, "answers": [answer]} for q, text, answer in ROWS]
    path.write_text("\n".join(json.dumps(row, ensure_ascii=False) for row in rows), encoding="utf-8")
    return path


def measured(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, Any]:
    assert bench.main([*arguments, "--json"]) == 0
    body: dict[str, Any] = json.loads(capsys.readouterr().out)
    return body


def test_a_set_is_asked_end_to_end(small: Path, capsys: pytest.CaptureFixture[str]) -> None:
    body = measured(capsys, str(small))
    assert (body["questions"], body["documents"]) == (4, 3)
    assert body["hybrid R@1"][0] == 1
    assert body["right"][0] >= 0.75
    assert body["verified"][0] == 1


def test_the_same_set_gives_the_same_bytes(small: Path, capsys: pytest.CaptureFixture[str]) -> None:
    printed = []
    for _ in range(2):
        assert bench.main([str(small), "--json"]) == 0
        printed.append(capsys.readouterr().out)
    assert printed[0] == printed[1]


def test_other_documents_stand_beside(small: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    others = tmp_path / "others.jsonl"
    texts = [{"text": f"第{n}号公告：本市今年新建了{n}座公园。"} for n in range(1, 6)]
    others.write_text("\n".join(json.dumps(row, ensure_ascii=False) for row in texts), encoding="utf-8")
    assert measured(capsys, str(small), "--distractors", str(others), "--others", "4")["documents"] == 7


def test_without_what_answers_every_answer_is_wrong(small: Path, capsys: pytest.CaptureFixture[str]) -> None:
    body = measured(capsys, str(small), "--without-gold")
    assert body["answered"] <= 0.5
    assert "right" not in body
    assert "answered" in measured(capsys, str(small), "--swap")


def test_names_and_years_are_swapped_for_ones_that_the_text_does_not_have() -> None:
    questions = {str(n): (question, text) for n, (question, text, _) in enumerate(ROWS)}
    changed = swapped(questions)
    assert changed["3"] == "青山大桥于2007年通车吗？"
    assert changed == swapped(questions)
    for key, question in changed.items():
        assert question != questions[key][0]
    names = swapped({"a": ("武汉有几家书店？", "武汉有三家书店。"), "b": ("南京有几家书店？", "南京有两家书店。")})
    assert names == {"a": "南京有几家书店？", "b": "武汉有几家书店？"}


def test_a_set_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match="no such set"):
        bench.main(["cmrc2018", "--data", str(tmp_path)])
