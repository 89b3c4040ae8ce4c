"""The scale benchmark: about as many passages as were asked for, each figure printed, and the folder asked again."""

import json
import re
from pathlib import Path

import pytest

from eval import scale

from .conftest import SEEDS


@pytest.fixture
def articles(tmp_path: Path) -> Path:
    """Forty articles of five sentences each, one by one in a line."""
    text = "".join(page.read_text(encoding="utf-8").replace("\n", "") for page in sorted(SEEDS.glob("*.txt")))
    sentences = [f"{sentence}。" for sentence in text.split("。") if 20 < len(sentence) < 120]
    path = tmp_path / "articles.jsonl"
    rows = [{"title": sentences[n][:12], "text": "".join(sentences[n : n + 5])} for n in range(40)]
    path.write_text("\n".join(json.dumps(row, ensure_ascii=False) for row in rows), encoding="utf-8")
    return path


def test_it_prints_what_an_archive_of_such_a_size_does(
    articles: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(scale, "LOAD_SECONDS", 0.5)
    command = ["600", "--articles", str(articles), "--folder", str(tmp_path / "kept")]
    assert scale.main(command) == 0
    printed = capsys.readouterr().out
    count = int(re.search(r"^(\d+) passages of \d+ pages", printed, re.MULTILINE)[1])
    assert 480 < count < 720
    assert "pages read and indexed:" in printed
    assert "recall@10 of the dense index: 1.000" in printed  # few vectors are all compared
    assert [int(n) for n in re.findall(r"clients +(\d+): .* failed: 0; total p50 .*; read p50 ", printed)] == [1, 4, 16]
    assert scale.main(command) == 0
    again = capsys.readouterr().out
    assert f"\n{count + 2} passages of" in again  # the two pages that were added
    assert "looked through for changes" in again
