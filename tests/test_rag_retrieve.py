"""Retrieval: words, meaning, script and language, each alone enough; every hit explains itself."""

import json
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from index import lexical
from index.dense import DenseIndex
from index.errors import QueryError
from index.late import Interaction
from index.lexical import LexicalIndex
from index.source import Source
from rag.answer import Message
from rag.fusion import FEATURES, WEIGHTS, Candidates, Fusion
from rag.question import parse_question
from rag.retrieve import PREFERRED, Retriever
from tests.conftest import Build

TEXTS = {
    "clinic": "南海区加快发展社会办医。去年底，全区共有社会办医疗机构1048家。",
    "kunshan": "昆山市出台人才新政，对引进的博士给予购房补贴，最高可达一百万元，已有三百名青年人才落户当地。",
    "tree": "春季植树活动昨天举行，市民在河边种下两千棵柳树，林业部门介绍，成活率将达到九成以上。",
    "rail": "新建高速铁路正式通车，全长二百公里，设有六座车站，两地之间的旅行时间缩短到四十分钟。",
    "standard": "参考文献应遵照GB/T 7714的规定，“1+2+X”教学模式的课题组将用5G网络直播。",
    "festival": "The lantern festival was held in the old town. About nine thousand visitors came to see it.",
    "market": "The fish market moved to a new hall near the harbour. Forty traders signed contracts for ten years.",
    "museum": "The city museum bought a bronze bell from the twelfth century. It will be shown to the public in May.",
}


@pytest.fixture(scope="module")
def snapshot(tmp_path_factory: pytest.TempPathFactory, build: Build) -> Source:
    folder = tmp_path_factory.mktemp("retrieve")
    (folder / "corpus").mkdir()
    for name, text in TEXTS.items():
        (folder / "corpus" / f"{name}.txt").write_text(text, encoding="utf-8")
    return build(folder / "corpus", folder / "index")


@pytest.fixture(scope="module")
def retriever(snapshot: Source) -> Retriever:
    return Retriever(snapshot)


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ("南海区有多少家社会办医疗机构？", "clinic"),
        ("南海區有多少家社會辦醫療機構？", "clinic"),
        ("How many private medical institutions are there in Nanhai?", "clinic"),
        ("What does Kunshan pay doctors who buy a house?", "kunshan"),
        ("How many trees did the citizens plant by the river?", "tree"),
        ("Ｗｈａｔ ｄｏｅｓ Ｋｕｎｓｈａｎ ｐａｙ ｄｏｃｔｏｒｓ ｗｈｏ ｂｕｙ ａ ｈｏｕｓｅ？", "kunshan"),
        ("社 会 办 医 疗 机 构 有 多 少 家 ？", "clinic"),
        ("When will the bronze bell be shown?", "museum"),
        ("鱼市场搬到了哪里？", "market"),
        ("灯会来了多少游客？", "festival"),
        ("坐火车要多长时间？", "rail"),
        ("ＧＢ／Ｔ ７７１４ 用在什么地方？", "standard"),
        ("1+2+X是什么模式？", "standard"),
        ("１ ＋ ２ ＋ ｘ 是什么？", "standard"),
        ("gb/t7714 说了什么？", "standard"),
        ("５ Ｇ 用来做什么？", "standard"),
    ],
)
def test_words_meaning_script_and_language_each_lead(retriever: Retriever, asked: str, expected: str) -> None:
    assert retriever.search(parse_question(asked), 1)[0].article.document_id == f"{expected}.txt"


def test_a_hit_says_why_it_is_there(retriever: Retriever) -> None:
    hits = retriever.search(parse_question("南海区有多少家社会办医疗机构？"), 8)
    best = hits[0]
    assert (best.lexical_rank, best.dense_rank, best.lexical_score) == (1, 1, 1.0)
    assert {"南海区", "医疗机构"} <= set(best.matched_terms)
    assert 0 < best.dense_score <= 1
    assert 0.5 < best.maxsim <= 1
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)
    assert all(0 < hit.score < 1 for hit in hits)
    assert len({hit.number for hit in hits}) == len(hits)


def test_glossed_words_are_shown_as_they_stand_in_the_passage(retriever: Retriever) -> None:
    best = retriever.search(parse_question("How many medical institutions has Nanhai?"), 1)[0]
    assert {"医疗", "机构"} & set(best.matched_terms)


def test_a_quoted_phrase_counts_twice(retriever: Retriever) -> None:
    asked = (parse_question(text) for text in ("柳树在哪儿？", "“柳树”在哪儿？"))
    plain, quoted = (retriever.lexical(question).found.ranked[0] for question in asked)
    assert quoted[1] > 1.5 * plain[1]
    assert plain[0] == quoted[0]


def test_asking_for_more_does_not_change_the_first(retriever: Retriever) -> None:
    asked = parse_question("植树活动种了多少棵柳树？")
    few, many = retriever.search(asked, 2), retriever.search(asked, 8)
    assert [hit.number for hit in few] == [hit.number for hit in many[:2]]


def test_each_language_keeps_candidates(retriever: Retriever, snapshot: Source) -> None:
    groups = retriever.candidates(parse_question("博物馆买了什么？"))
    assert [one.across for one in groups] == [False, True]
    numbers = [one.candidates.numbers.tolist() for one in groups]
    owners = [{snapshot.archive.passage(n)[0].article_id.split(".")[0] for n in found} for found in numbers]
    assert owners[1] == {"festival", "market", "museum"}


def test_documents_narrow_the_search_and_unknown_ones_are_refused(retriever: Retriever) -> None:
    asked = parse_question("南海区有多少家社会办医疗机构？")
    hits = retriever.search(asked, 5, ["tree.txt", "market.txt"])
    assert {hit.article.document_id for hit in hits} <= {"tree.txt", "market.txt"}
    for documents in (["nowhere.txt"], []):
        with pytest.raises(QueryError):
            retriever.search(asked, 5, documents)


def test_the_fusion_is_the_sum_of_the_weighted_features(tmp_path: Path) -> None:
    late = Interaction(np.arange(2), np.array([0.25, 0.75], np.float32), np.array([[1, 0], [0.5, 0.2]], np.float32))
    lexical, share, cosine = (np.array(row, np.float32) for row in ([1, 0.5], [0.6, 0.3], [0.7, 0.9]))
    found = Candidates(np.array([4, 5]), np.array([2, 2]), lexical, share, cosine, np.array([100, 50]), late)
    rows = dict(zip(FEATURES, found.features().T, strict=True))
    np.testing.assert_allclose(rows["cosine_gap"], [-0.2, 0], atol=1e-6)
    np.testing.assert_allclose(rows["maxsim"], [0.625, 0.15], atol=1e-6)
    np.testing.assert_allclose(rows["agreement"], [0.7, 0.45], atol=1e-6)
    sides = {"own": {"weights": {"lexical": 2.0, "maxsim": 4.0}, "bias": -1.0}, "across": {"weights": {}, "bias": 0.0}}
    (tmp_path / "w.json").write_text(json.dumps(sides))
    fusion = Fusion.load(tmp_path / "w.json")
    np.testing.assert_allclose(fusion.logits(found.features(), across=False), [3.5, 0.6], atol=1e-6)
    np.testing.assert_allclose(fusion.logits(found.features(), across=True), [0, 0])


def test_the_shipped_weights_name_every_feature() -> None:
    row = json.loads(WEIGHTS.read_text(encoding="utf-8"))
    assert set(row["own"]["weights"]) == set(row["across"]["weights"]) == set(FEATURES)


@pytest.mark.parametrize("small", [0, 500])
def test_a_terms_postings_are_its_scores_where_they_are_not_zero(small: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lexical, "SMALL", small)
    rows = [["猫", "狗", "猫"], ["狗"], ["鸟", "鱼"], ["鱼", "猫"]]
    index = LexicalIndex.build(rows)
    for term, holders in (("猫", [0, 3]), ("狗", [0, 1]), ("鸟", [2]), ("马", [])):
        numbers, values = index.postings(term)
        order = np.argsort(numbers)
        assert numbers[order].tolist() == holders
        assert index.knows(term) == bool(holders)
        np.testing.assert_allclose(values[order], index.scores([term])[holders], atol=1e-5)


def test_cosines_of_chosen_passages_are_inner_products() -> None:
    rows = np.random.default_rng(0).normal(size=(50, 8)).astype(np.float32)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    index = DenseIndex.build(rows)
    np.testing.assert_allclose(index.cosines(rows[3], [7, 3, 49]), rows[[7, 3, 49]] @ rows[3], atol=1e-3)
    assert index.cosines(rows[3], []) == []


def test_the_article_of_the_answer_before_is_preferred_and_not_imposed(retriever: Retriever) -> None:
    said = "新建高速铁路正式通车，全长二百公里，设有六座车站，两地之间的旅行时间缩短到四十分钟。"
    history = [Message("user", "高速铁路有多长？"), Message("assistant", said)]
    question = parse_question("那里社会办医疗机构有多少家？", history)
    assert question.said == said
    plain = {hit.number: hit.score for hit in retriever.search(replace(question, said=""), 8)}
    hits = retriever.search(question, 8)
    for hit in hits:
        odds = math.log(hit.score / (1 - hit.score)) - math.log(plain[hit.number] / (1 - plain[hit.number]))
        assert odds == pytest.approx(PREFERRED if hit.article.document_id == "rail.txt" else 0.0, abs=1e-4)
    assert hits == sorted(hits, key=lambda hit: -hit.score)
    far = parse_question("那南海区呢？", [Message("user", "昆山有多少家社会办医疗机构？"), Message("assistant", said)])
    assert retriever.search(far, 1)[0].article.document_id == "clinic.txt"
