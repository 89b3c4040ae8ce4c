"""The ranker: what it looks at, by hand; what it prefers; what its score means."""

import json
from pathlib import Path

import numpy as np
import pytest

from index.source import Source
from rag.meet import MEETING, Texts, meeting, rival
from rag.question import parse_question
from rag.rank import ACROSS, BASE, DEPTH, NAMES, OWN, SURE, WEIGHTS, Ranker, ranks
from rag.retrieve import Retriever
from tests.conftest import Build

TOGETHER = "青山镇去年修建了三座水库。水库的总库容达到两千万立方米。镇里的小学也搬进了新校舍。"
APART = "青山镇的小学搬进了新校舍。去年镇里种了很多树。邻近的白河县修建了三座桥。水库里养了鱼。"
OTHERS = ["白河县的果农今年卖出了八十吨苹果，收入比往年多了一成。", "市里的图书馆周末开放到晚上九点。"]


@pytest.fixture(scope="module")
def snapshot(tmp_path_factory: pytest.TempPathFactory, build: Build) -> Source:
    folder = tmp_path_factory.mktemp("rank")
    (folder / "corpus").mkdir()
    for place, text in enumerate([TOGETHER, APART, *OTHERS]):
        (folder / "corpus" / f"{place}.txt").write_text(text, encoding="utf-8")
    return build(folder / "corpus", folder / "index")


@pytest.fixture(scope="module")
def retriever(snapshot: Source) -> Retriever:
    return Retriever(snapshot)


def test_a_rival_is_the_best_of_the_others() -> None:
    np.testing.assert_allclose(rival(np.array([0.2, 0.9, 0.6], np.float32)), [-0.7, 0.3, -0.3], atol=1e-6)
    np.testing.assert_allclose(rival(np.array([0.4], np.float32)), [0])
    two = np.array([[3, 1, 2], [5, 5, 1]], np.float32)
    np.testing.assert_array_equal(rival(two), [[1, -2, -1], [0, 0, -4]])  # each row by itself; of two as good none is


def test_passages_are_cut_at_their_sentences(snapshot: Source) -> None:
    pieces = Texts(snapshot).cut([0, 1])
    assert len(pieces.sentences) == 3 + 4
    assert pieces.first.tolist() == [0, 3]
    text = pieces.chars.astype(np.uint32).tobytes().decode("utf-32-le")
    ends = [*pieces.lines[1:].tolist(), len(text)]
    lines = [text[a:b] for a, b in zip(pieces.lines.tolist(), ends, strict=True)]
    assert lines[0] == "青山镇去年修建了三座水库。"
    assert lines[3] == "青山镇的小学搬进了新校舍。"
    assert pieces.two(np.array([1, 2, 3, 9, 4, 5, 6], np.float32)).tolist() == [2, 3, 3, 9, 5, 6, 6]


def test_words_that_stand_together_are_seen_to(retriever: Retriever) -> None:
    (found,) = retriever.candidates(parse_question("青山镇去年修建了几座水库？"))
    assert found.met is not None
    rows = dict(zip(MEETING, found.met.T, strict=True))
    first, second = (found.candidates.numbers[found.best].tolist().index(number) for number in (0, 1))
    for name in ("s1", "order", "pairs_s1", "rare_s1", "near_s2", "triples"):
        assert rows[name][first] > rows[name][second], name
    assert rows["pairs_s1"][first] > 0.8
    assert rows["pairs_s1_rival"][first] == pytest.approx(rows["pairs_s1"][first] - rows["pairs_s1"][second], abs=1e-5)


def test_how_a_passage_meets_a_question_does_not_depend_on_what_stands_beside_it(retriever: Retriever) -> None:
    question = parse_question("青山镇去年修建了几座水库？")
    (found,) = retriever.candidates(question)
    ids = retriever.snapshot.static.token_ids([question.whole])[0]
    turned = np.arange(len(found.candidates.numbers))[::-1]
    texts, idf = retriever._texts, retriever.snapshot.legs.idf
    rows = [meeting(question, ids, one, texts, idf) for one in (found.candidates, found.candidates.take(turned))]
    np.testing.assert_allclose(rows[0][turned], rows[1], atol=1e-6)


def test_they_win_and_the_score_falls_with_the_evidence(retriever: Retriever) -> None:
    hits = retriever.search(parse_question("青山镇去年修建了几座水库？"), 4)
    assert hits[0].number == 0
    strange = retriever.search(parse_question("木星有几颗卫星？"), 4)
    assert strange[0].score < 0.5 < hits[0].score


def test_what_is_alike_has_one_rank_wherever_it_stands() -> None:
    values = np.array([0.5, 0.9, 0.5 + 1e-7, 0.1, 0.9], np.float32)
    assert ranks(values).tolist() == [2, 0, 2, 4, 0]
    order = np.array([3, 2, 4, 0, 1])
    assert ranks(values[order]).tolist() == ranks(values)[order].tolist()


@pytest.mark.parametrize("text", ["\u200d\u2060", "?", "𪚥", "水"])
def test_a_question_of_hardly_anything_is_searched_all_the_same(retriever: Retriever, text: str) -> None:
    hits = retriever.search(parse_question(text), 4)
    assert all(0 < hit.score < 1 for hit in hits)


def test_candidates_beyond_the_best_follow_in_the_fusions_order(tmp_path: Path, build: Build) -> None:
    (tmp_path / "corpus").mkdir()
    for place in range(DEPTH + 10):
        text = f"第{place}号水库位于青山镇，库容{place * 7}万立方米。" + "水库边种了树。" * (place % 7)
        (tmp_path / "corpus" / f"{place:02}.txt").write_text(text, encoding="utf-8")
    retriever = Retriever(build(tmp_path / "corpus", tmp_path / "index"))
    asked = parse_question("青山镇的水库在哪里？")
    (found,) = retriever.candidates(asked)
    scores = retriever._ranker.scores([found])[0]
    beyond = np.setdiff1d(np.arange(len(scores)), found.best)
    assert len(found.best) == DEPTH
    assert len(beyond) == 10
    assert scores[beyond].max() <= scores[found.best].min()
    order = beyond[np.argsort(-scores[beyond])]
    assert (np.diff(found.logits[order]) <= 0).all()


def test_the_weights_name_what_the_ranker_looks_at() -> None:
    row = json.loads((WEIGHTS / "rank.json").read_text(encoding="utf-8"))
    for side, names in (("base", BASE), ("own", OWN), ("across", ACROSS), ("sure", SURE)):
        assert tuple(row[side]) == names
    assert Ranker.load().trees.names == NAMES
    assert row["own"]["trees"] > 0
    assert row["spread"] > 0
