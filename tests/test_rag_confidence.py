"""What the confidence is told of a question's best sentences."""

from pathlib import Path

import pytest

from rag.answerer import Answerer
from rag.confidence import NAMES, confidence_row
from rag.question import parse_question

from .conftest import Build

PAGE = (
    "海淀区知识产权工作\n\n2018年，海淀区设立知识产权局。2020年，海淀区专利申请量95140件。"
    "全年专利授权量60929件，居北京市第一位。\n"
)


@pytest.mark.parametrize(
    ("question", "told"),
    [
        ("海淀区2020年的专利授权量是多少？", 1),
        ("海淀区2018年的专利授权量是多少？", -1),
        ("海淀区的专利授权量是多少？", 0),
    ],
)
def test_a_sentence_without_a_year_tells_of_the_last_one_before_it(
    tmp_path: Path, build: Build, question: str, told: int
) -> None:
    (tmp_path / "corpus").mkdir()
    (tmp_path / "corpus" / "a.txt").write_text(PAGE, encoding="utf-8")
    answerer = Answerer(build(tmp_path / "corpus", tmp_path / "index"))
    parsed = parse_question(question)
    ranked = answerer._reader.rank(parsed, answerer.search(question, 3))
    first = next(place for place, candidate in enumerate(ranked) if "60929件" in candidate.sentence.key)
    row = confidence_row(parsed, ranked[first:], (), 0.0)
    assert row[NAMES.index("year_told")] == told
