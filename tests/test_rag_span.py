"""The short answer: exact boundaries, whole numbers, offsets that hold, and weights that are safe to load."""

import re
import shutil
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.errors import ModelError
from rag.kinds import KINDS
from rag.span import WEIGHTS, Ranked, SpanReader, agreed
from rag.spans.candidates import candidates
from rag.spans.tokens import tokenise
from rag.train.span_measure import exact_and_f1

READER = SpanReader.load()
ALPHABET = "南海区医院1048家，。6.3%约2亿元《红楼梦》“好”局长李明 2023年5月（市）、和的A b\n"


def best(question: str, kind: str, sentence: str) -> str:
    spans = READER.read(question, kind, sentence, [(0, len(sentence))], [0.0])
    return sentence[spans[0].start : spans[0].end]


@pytest.mark.parametrize(
    ("question", "kind", "sentence", "answer"),
    [
        (
            "全区有多少家社会办医疗机构？",
            "number",
            "全区共有医疗机构1372家，其中社会办医疗机构1048家，占总数的76.4%。",
            "1048家",
        ),
        ("图书馆什么时候开馆？", "date", "新图书馆于2021年9月28日正式开馆，首日接待读者3000多人。", "2021年9月28日"),
        ("谁宣布了这项计划？", "person", "局长张伟在会上宣布，这项计划将于下月启动。", "张伟"),
        ("圖書館什麼時候開館？", "date", "新圖書館於2021年9月28日正式開館，首日接待讀者3000多人。", "2021年9月28日"),
    ],
)
def test_the_words_that_answer_are_found_whole(question: str, kind: str, sentence: str, answer: str) -> None:
    assert best(question, kind, sentence) == answer


@settings(max_examples=60, deadline=None)
@given(st.text(alphabet=ALPHABET, max_size=90), st.sampled_from(KINDS))
def test_spans_are_slices_with_whole_numbers_and_balanced_marks(text: str, kind: str) -> None:
    context = f"前文。{text}。后文。"
    for span in READER.read("多少家医院？", kind, context, [(3, 3 + len(text))], [-0.1]):
        found = context[span.start : span.end]
        assert 3 <= span.start < span.end <= 3 + len(text)
        assert 0.0 <= span.score <= 1.0
        assert found.count("《") == found.count("》")
        assert found.count("“") == found.count("”")
        assert found[0] not in "，。、）》”"
        assert found[-1] not in "，。、（《“"
        around = context[span.start - 1 : span.start + 1], context[span.end - 1 : span.end + 1]
        assert not any(re.fullmatch(r"[0-9]{2}", pair) for pair in around)


def test_a_number_keeps_its_unit_and_a_date_its_parts() -> None:
    texts = tokenise("截至2023年8月4日,机构1048家,增长6.3%,投资约2.5亿多元,1,200人").texts
    for whole in ("2023年", "8月", "4日", "1048家", "6.3%", "1,200人"):
        assert whole in texts


def test_no_candidate_cuts_a_number() -> None:
    tokens = tokenise("共1048家,6.3%")
    spans = {(int(tokens.starts[a]), int(tokens.ends[b])) for a, b in zip(*candidates(tokens), strict=True)}
    assert (1, 6) in spans
    assert not any(end in (2, 3, 4, 5) or start in (2, 3, 4, 5) for start, end in spans)


def test_the_sentence_more_likely_to_answer_wins_and_lowers_the_score() -> None:
    context = "甲厂有工人300人。乙厂有工人500人。"
    first = READER.read("厂里有多少工人？", "number", context, [(0, 10), (10, 20)], [np.log(0.9), np.log(0.1)])
    second = READER.read("厂里有多少工人？", "number", context, [(0, 10), (10, 20)], [np.log(0.1), np.log(0.9)])
    assert context[first[0].start : first[0].end] == "300人"
    assert context[second[0].start : second[0].end] == "500人"
    assert READER.read("多少？", "number", context, [(0, 0)], [0.0]) == []


def test_belief_of_spans_that_say_the_same_adds_up() -> None:
    ranked = Ranked(np.array([[0, 10], [1, 10], [20, 25]], dtype=np.int32), np.array([0.5, 0.3, 0.2]))
    assert agreed(ranked) == pytest.approx(0.8)


def test_exact_match_and_f1_by_hand() -> None:
    assert exact_and_f1("《1,048家》", ["1048 家", "家"]) == (1.0, 1.0)
    assert exact_and_f1("局长李明", ["李明"]) == (0.0, pytest.approx(2 * 2 / 6))
    assert exact_and_f1("", ["李明"]) == (0.0, 0.0)


def test_damaged_weights_are_named(tmp_path: Path) -> None:
    for file in WEIGHTS.glob("span*"):
        shutil.copy(file, tmp_path)
    (tmp_path / "span.json").write_text("{}", encoding="utf-8")
    with pytest.raises(ModelError, match="calibration"):
        SpanReader.load(tmp_path)
    (tmp_path / "span.npz").write_bytes(b"")
    with pytest.raises(ModelError, match="cannot be read"):
        SpanReader.load(tmp_path)
