"""The same archive on an engine: found and answered as from a folder, and what cannot work is said."""

import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval.ask import case_of
from eval.engine import ask, compare
from eval.questions import read_questions
from eval.run import QUESTIONS
from index import build, lexical, pruned
from index.encoder import load_encoder
from index.errors import EngineDown, QueryError, SnapshotError, SnapshotMismatch, SnapshotMissing
from index.lexical import LexicalIndex
from index.milvus.address import read_address
from index.source import Either, Source, Wanted
from rag.answerer import Answerer
from tests.conftest import SEEDS
from tests.milvus_lite import ASKED, AWAY, Lite, quiet, said

pytestmark = pytest.mark.skipif(bool(AWAY), reason=AWAY)
if not AWAY:
    from index.milvus import rows, writing
    from index.milvus.engine import LONG, vector_of
    from index.milvus.marks import around_marks
    from index.milvus.scoring import Scorer, Statistics
    from index.milvus.statistics import TermCounts, dimension, first_merged
    from index.milvus.store import MilvusStore
    from index.milvus.vectors import made, search_params

ENCODER = load_encoder()


def test_the_seeds_are_answered_as_from_a_folder(seeds_there: Source, seeds_folder: Source) -> None:
    cases = [case_of(question) for question in read_questions(QUESTIONS) if question.split == "dev"][::2]
    here, there = Answerer(seeds_folder), Answerer(seeds_there)
    shares = compare([(ask(here, case), ask(there, case)) for case in cases])
    assert shares["the same top 10, in order"] >= 0.98  # of 160; the whole is measured by `python -m eval engine`
    assert shares["the same answer"] >= 0.99


def test_all_that_the_edges_ask_is_as_in_a_folder(seeds_there: Source, seeds_folder: Source) -> None:
    here, there = seeds_folder.archive, seeds_there.archive
    assert there.documents() == here.documents()
    assert sorted(there.article_headers(100, 0)) == sorted(here.article_headers(100, 0))
    assert [row for k in range(0, 23, 4) for row in there.article_headers(4, k)] == there.article_headers(100, 0)
    for document in here.documents():
        name = document.document_id
        assert there.page(name) == here.page(name)
        assert there.articles_of_document(name) == here.articles_of_document(name)
        own, other = (texts.passages_of_documents([name]) for texts in (here, there))
        assert [there.passage(n)[0::2] for n in other] == [here.passage(n)[0::2] for n in own]
        assert other == list(range(other[0], other[0] + len(own)))
    article = here.articles_of_document("000_6386c4a8febe7e05.txt")[2]
    number = there.article_number(article.article_id)
    assert number is not None
    assert there.article(number) == article
    assert there.article_number("nothing.1") is None
    assert there.document("nothing.txt") is None
    with pytest.raises(KeyError):
        there.sha256("nothing.txt")
    for text in here.texts_with("简称"):
        assert any(piece in text for piece in there.texts_with("简称"))
    with pytest.raises(ValueError, match="not among"):
        there.texts_with("南海")
    with pytest.raises(QueryError):
        Answerer(seeds_there).ask(ASKED[0], documents=["nothing.txt"])
    inside = Answerer(seeds_there).search("企业", 5, ["001_ab11b81221d97ae2.txt"])
    assert {hit.article.document_id for hit in inside} == {"001_ab11b81221d97ae2.txt"}


@given(st.lists(st.lists(st.sampled_from("猫狗鸟鱼马牛羊虫"), min_size=1, max_size=9), min_size=2, max_size=9))
def test_scores_are_bm25s_whatever_the_fixed_length(passages: list[list[str]]) -> None:
    oracle = LexicalIndex.build(passages)
    counts = [np.unique([dimension(term) for term in passage], return_counts=True) for passage in passages]
    packed = [rows.unpack_counts(rows.pack_counts(d.astype(np.uint32), n.astype(np.uint8))) for d, n in counts]
    length = sum(map(len, passages))
    statistics = Statistics(1, len(passages), 0, length, writing.term_counts(packed), frozenset())
    scorer = Scorer(statistics, packed, [len(passage) for passage in passages])
    np.testing.assert_allclose(scorer.adds("猫狗狗"), oracle.scores(list("猫狗狗")), atol=1e-4)
    either = Either(((("鸟",), 1.0), (("鱼", "马"), 0.5)))
    adds = [oracle.scores(["鸟"]), oracle.scores(["鱼", "马"]) * np.float32(0.5**pruned.FLATTER)]
    found = scorer.all(Wanted(("猫",), (either,)), np.zeros(len(passages), dtype=np.bool_))
    np.testing.assert_allclose(found, oracle.scores(["猫"]) + np.maximum(*adds), atol=1e-4)


@pytest.mark.parametrize("factor", [0.4, 1.0, 2.5])
def test_the_engine_proposes_all_of_the_best_whatever_the_average_length(
    seeds_there: Source, factor: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The fixed length may be far from today's average: more is fetched, and what comes back is the same."""
    legs_there = seeds_there.legs
    statistics = replace(legs_there.statistics, length=int(legs_there.statistics.length * factor))  # type: ignore[attr-defined]
    other = type(legs_there)(legs_there.engine, statistics, legs_there.library)  # type: ignore[attr-defined, call-arg]
    wanted = Wanted(("企业", "国家", "高新区", "医疗", "机构"))
    every = other.words(wanted, 141).ranked
    assert [score for _, score in other.words(wanted, 10).ranked] == [score for _, score in every[:10]]


def test_what_spellings_add_at_most_is_as_in_a_folder(seeds_there: Source, seeds_folder: Source) -> None:
    for spelling in (("企业",), ("国家",), ("高新区", "医疗"), ("的",), ("人",), ("nothing",)):
        wanted = Wanted((), (Either(((spelling, 0.7), (("机构",), 0.1))),))
        here, there = (source.legs.words(wanted, 5).most for source in (seeds_folder, seeds_there))
        assert there == pytest.approx(here, abs=1e-4)


def test_what_stands_around_marks_is_kept_once_and_whole() -> None:
    far = "今天的天气很好。" * 30
    text = f"{far}西非国家经济共同体（简称西共体）、马尔维纳斯群岛（简称马岛）{far}人民防空办公室（统称人防办）"
    pieces = list(around_marks(text))
    assert [piece in text for piece in pieces] == [True, True]
    assert "（简称西共体）、马尔维纳斯群岛（简称马岛）" in pieces[0]
    assert pieces[1].endswith("人民防空办公室（统称人防办）")
    assert sum(map(len, pieces)) < len(text) / 2
    assert list(around_marks(far)) == []


def test_layers_of_counts_add_up_and_stay_few() -> None:
    draw = np.random.default_rng(0)
    layers: list[TermCounts] = []
    total: dict[int, int] = {}
    for step in range(60):
        keys = draw.choice(5000, int(draw.integers(1, 400)), replace=False).astype(np.uint32)
        fresh = TermCounts(np.sort(keys), np.full(len(keys), -1 if step % 5 == 4 else 1, dtype=np.int64))
        for key, count in zip(fresh.dimensions.tolist(), fresh.counts.tolist(), strict=True):
            total[key] = total.get(key, 0) + count
        place = first_merged([len(layer) for layer in layers], len(fresh))
        layers = [*layers[:place], TermCounts.sum([*layers[place:], fresh])]
        layers = [TermCounts.load(layer.save()) for layer in layers]
    assert len(layers) <= 8
    merged = TermCounts.sum(layers)
    assert dict(zip(merged.dimensions.tolist(), merged.counts.tolist(), strict=True)) == {
        k: v for k, v in total.items() if v
    }


def test_what_cannot_work_issaid(
    lite: Lite, seeds_there: Source, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(EngineDown, match="127.0.0.1:9/x: the engine does not answer"):
        MilvusStore.at("milvus://127.0.0.1:9/x").open(ENCODER)
    with pytest.raises(SnapshotMissing, match="no index here"):
        MilvusStore.at(lite.url("nothing")).open(ENCODER)
    store = MilvusStore.at(lite.url("seeds"))
    ours = build.READER_VERSION
    monkeypatch.setattr(build, "READER_VERSION", 99)
    with pytest.raises(SnapshotMismatch, match=f"reader = {ours}, but reader = 99"):
        store.open(ENCODER)
    with pytest.raises(SnapshotMismatch, match="under another name"):
        store.build(SEEDS, ENCODER, quiet)
    monkeypatch.undo()
    store.engine.call("create_collection", collection_name="foreign", dimension=8)
    with pytest.raises(SnapshotMismatch, match="the collection foreign has no such field 'number'"):
        MilvusStore.at(lite.url("foreign")).build(SEEDS, ENCODER, quiet)


def test_what_is_damaged_is_found(lite: Lite, corpus: Path) -> None:
    store = MilvusStore.at(lite.url("damaged"))
    made = store.build(corpus, ENCODER, quiet)
    number = made.archive.passages_of_documents(["000_6386c4a8febe7e05.txt"])[0]
    store.engine.call("delete", collection_name="damaged", ids=[number])
    assert "140 passages" in store.faults()[0]
    with pytest.raises(SnapshotError, match="140 passages where there should be 141"):
        store.open(ENCODER)


@pytest.mark.parametrize(
    ("text", "uri", "options"),
    [
        ("milvus://h/papers", "http://h:19530", {}),
        ("milvus://root:se%3Acret@h:1/papers?secure=true", "https://h:1", {"secure": True, "token": "root:se:cret"}),
        ("milvus://key@h/papers?db_name=a", "http://h:19530", {"token": "key", "db_name": "a"}),
    ],
)
def test_an_address_is_read_and_its_token_not_shown(text: str, uri: str, options: dict[str, object]) -> None:
    address = read_address(text)
    assert (address.uri, address.name, dict(address.options)) == (uri, "papers", options)
    assert "cret" not in f"{address}"
    assert "key" not in f"{address}"


@pytest.mark.parametrize(
    "text",
    [
        "milvus://",
        "milvus://h",
        "milvus://h/a-b",
        "milvus://h:x/a",
        "milvus://h/a?tls=1",
        "milvus://h/a?vectors=X",
        "milvus://h/a?effort=x",
    ],
)
def test_what_is_no_address_is_refused_without_its_password(text: str) -> None:
    with pytest.raises(SnapshotError, match="milvus://HOST:PORT/NAME|vectors is one of FLAT, IVF_FLAT, HNSW"):
        read_address(text)


def test_the_fixed_constants_are_those_of_the_local_leg() -> None:
    assert rows.weights(np.array([1, 2], dtype=np.uint8), 240)[1] == pytest.approx(
        (lexical.K1 + 1) * 2 / (2 + lexical.K1), abs=1e-6
    )


@pytest.mark.parametrize("vectors", ["HNSW&effort=64", "IVF_FLAT&effort=1024", "IVF_FLAT"])
def test_another_index_over_the_vectors_finds_the_same(lite: Lite, seeds_folder: Source, vectors: str) -> None:
    name = f"indexed_{''.join(char for char in vectors.lower() if char.isalnum())}"
    store = MilvusStore.at(f"{lite.url(name)}?vectors={vectors}")
    made = store.build(SEEDS, ENCODER, quiet)
    assert store.engine.index_kind(name, "vector") == vectors.partition("&")[0]
    assert said(made) == said(seeds_folder)


def test_a_search_looks_at_as_much_as_is_set(lite: Lite, seeds_there: Source) -> None:
    name, vectors = "effort", np.eye(64, dtype=np.float32)
    engine = MilvusStore.at(lite.url(name)).engine.patient
    fields = {"number": LONG, "vector": vector_of(64)}
    engine.ensure(name, fields, {"vector": made("IVF_FLAT")})
    engine.call("upsert", collection_name=name, data=[{"number": k, "vector": row} for k, row in enumerate(vectors)])
    engine.call("flush", collection_name=name)

    def found(effort: int) -> int:
        how = search_params("IVF_FLAT", effort, 64)
        asked = {"collection_name": name, "data": [vectors[3]], "anns_field": "vector", "search_params": how}
        return len(engine.call("search", limit=64, **asked)[0])

    until = time.monotonic() + 60
    while found(1) == 64 and time.monotonic() < until:
        time.sleep(0.2)  # what is not in the index yet is looked at whole
    assert [found(effort) for effort in (1, 7, 0)] == [1, 7, 64]
    assert search_params("HNSW", 64, 200)["params"] == {"ef": 200}
    assert "params" not in search_params("FLAT", 64, 200)
