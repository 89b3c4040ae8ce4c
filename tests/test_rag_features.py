"""What the ranker looks at, worked out by hand for a passage of two sentences."""

from math import log1p

import pytest

from index.trees import Trees
from rag.analysis import Sentence
from rag.answerer import Answerer
from rag.features import NAMES
from rag.question import parse_question
from rag.read import WEIGHTS, Reader
from tests.conftest import Build

PAGE = "青山镇水库\n\n青山镇去年修建了三座水库，花了五百万元。副镇长李明说，今年还要修路。\n"
QUESTION = "青山镇修建了几座水库？"


@pytest.fixture(scope="module")
def rows(tmp_path_factory: pytest.TempPathFactory, build: Build) -> dict[str, list[float]]:
    folder = tmp_path_factory.mktemp("page")
    (folder / "corpus").mkdir()
    (folder / "corpus" / "a.txt").write_text(PAGE, encoding="utf-8")
    snapshot = build(folder / "corpus", folder / "index")
    question = parse_question(QUESTION)
    hits = Answerer(snapshot).search(QUESTION, 5)
    found, _, matrix = Reader(snapshot, Trees.load(WEIGHTS / "sentence.npz")).candidates(question, hits)
    order = [next(i for i, (_, _, s) in enumerate(found) if word in s.key) for word in ("三座", "李明")]
    return {name: matrix[order, NAMES.index(name)].tolist() for name in NAMES}


def test_what_stands_in_a_sentence_is_counted(rows: dict[str, list[float]]) -> None:
    expected = {
        "bigrams": [
            6 / 7,
            0,
        ],  # 青山 山镇 修建 建了 座水 水库, and not 镇修; each worth the same here
        "common": [3 / 11, 1 / 11],  # 青山镇, 修建了; 镇: of the eleven characters without 几
        "near": [1, 0],  # 座水 stands behind 几, 建了 before it
        "window": [10 / 20, 1],  # from 青山镇 to 水库 in a sentence of 20 characters; nothing in the second
        "length": [log1p(20), log1p(14)],
        "place": [0, 20 / 34],
        "unit": [1, 0],  # 三座
        "asked_words": [5, 5],
        "new_numbers": [2, 0],  # 三座, 五百万元
        "evidence": [log1p(2), 0],
    }
    for name, values in expected.items():
        assert rows[name] == pytest.approx(values, abs=1e-6), name


def test_what_is_asked_for_is_looked_for_near_the_answer(rows: dict[str, list[float]]) -> None:
    assert rows["asked_for"] == [1, 0]
    assert rows["asked_for_in_context"] == [1, 1]  # the sentence before has it
    assert rows["gap"] == pytest.approx([log1p(2), log1p(60)], abs=1e-6)  # 水库 stands two characters after 三座
    assert rows["clause"] == pytest.approx(rows["words"], abs=1e-6)  # all that is met stands in the answer's clause


def test_what_the_question_says_itself_does_not_count() -> None:
    found = {"number": ("三座", "五百万元"), "date": ("去年",)}
    sentence = Sentence(0, 9, "", "", "", "", "body", frozenset(), frozenset(), found, False, 0, 0.0)
    assert sentence.counts(frozenset()) == (2, 1, 0, 0)  # of COUNTED: numbers, dates, people, names
    assert sentence.counts(frozenset({"三座", "李明"})) == (1, 1, 0, 0)


def test_a_sentence_is_compared_with_the_best(rows: dict[str, list[float]]) -> None:
    first, second = rows["words"]
    assert (first > 0, second) == (True, 0)
    assert rows["words_to_best"] == pytest.approx([0, -first], abs=1e-6)
    assert rows["words_to_passage"] == pytest.approx([0, -first], abs=1e-6)
    assert rows["words_rank"] == [1, 0.5]
