"""The same archive on an engine: the same answers, nothing lost and nothing doubled, whoever is killed."""

import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
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
from index.errors import EngineDown, QueryError, SnapshotBusy, SnapshotError, SnapshotMismatch, SnapshotMissing
from index.lexical import LexicalIndex
from index.milvus.address import read_address
from index.source import Either, Source, Wanted
from index.store import LocalStore
from rag.answerer import Answerer
from tests.conftest import SEEDS
from tests.milvus_lite import AWAY, Lite, running

pytestmark = pytest.mark.skipif(bool(AWAY), reason=AWAY)
if not AWAY:
    from index.milvus import engine as engines
    from index.milvus import rows, state, writing
    from index.milvus.scoring import Scorer, Statistics
    from index.milvus.statistics import TermCounts, dimension, first_merged
    from index.milvus.store import MilvusStore

ENCODER = load_encoder()
ASKED = ("南海区有多少家社会办医疗机构？", "淄博高新区有几家国家知识产权优势企业？", "昆山给博士多少购房补贴？")


@pytest.fixture(scope="module")
def lite(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lite]:
    yield from running(tmp_path_factory.mktemp("lite") / "data")


@pytest.fixture
def own_lite(tmp_path: Path) -> Iterator[Lite]:
    """A server that a test may kill."""
    yield from running(tmp_path / "data")


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    shutil.copytree(SEEDS, tmp_path / "corpus")
    return tmp_path / "corpus"


@pytest.fixture(scope="module")
def seeds_there(lite: Lite) -> Source:
    return MilvusStore.at(lite.url("seeds")).build(SEEDS, ENCODER, _quiet)


def _quiet(*_: object) -> None:
    return None


def _said(source: Source) -> list[object]:
    answerer = Answerer(source)
    found = [answerer.ask(question, (), 10) for question in ASKED]
    return [(a.text, a.short_answer, a.reason, [hit.passage.passage_id for hit in a.hits[:5]]) for a in found]


def _rows(store: "MilvusStore") -> tuple[int, int]:
    """Return how many rows of passages, and of documents, there are, whoever may see them."""
    name = store.address.name
    return store.engine.count(name, ""), store.engine.count(f"{name}_documents", "piece == 0")


def test_the_seeds_are_answered_as_from_a_folder(seeds_there: Source, answerer: Answerer) -> None:
    cases = [case_of(question) for question in read_questions(QUESTIONS) if question.split == "dev"][::2]
    other = Answerer(seeds_there)
    shares = compare([(ask(answerer, case), ask(other, case)) for case in cases])
    assert shares["the same top 10, in order"] >= 0.98  # of 160; the whole is measured by `python -m eval engine`
    assert shares["the same answer"] >= 0.99


def test_all_that_the_edges_ask_is_as_in_a_folder(seeds_there: Source, answerer: Answerer) -> None:
    here, there = answerer.snapshot.archive, seeds_there.archive
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
    seeds_there: Source, answerer: Answerer, factor: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The fixed length may be far from today's average: more is fetched, and what comes back is the same."""
    legs_there = seeds_there.legs
    statistics = replace(legs_there.statistics, length=int(legs_there.statistics.length * factor))  # type: ignore[attr-defined]
    other = type(legs_there)(legs_there.engine, statistics, legs_there.library)  # type: ignore[attr-defined, call-arg]
    wanted = Wanted(("企业", "国家", "高新区", "医疗", "机构"))
    every = other.words(wanted, 141).ranked
    assert [score for _, score in other.words(wanted, 10).ranked] == [score for _, score in every[:10]]


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


def test_adding_removing_and_changing_answers_as_a_folder_does(lite: Lite, corpus: Path, tmp_path: Path) -> None:
    here, there = LocalStore(tmp_path / "index"), MilvusStore.at(lite.url("grown"))
    last = sorted(path.name for path in corpus.glob("*.txt"))[-1]
    (corpus / last).rename(tmp_path / last)
    first = [store.build(corpus, ENCODER, _quiet) for store in (here, there)]
    with pytest.raises(QueryError):
        there.remove(corpus, ENCODER, ["nothing.txt"], _quiet)
    shutil.copy(tmp_path / last, corpus / last)
    (corpus / "new.txt").write_text("昆山市出台人才新政，对引进的博士给予购房补贴一百万元。\n", encoding="utf-8")
    before = _said(first[1])
    steps = [
        lambda store: store.add(corpus, ENCODER, [last, "new.txt"], _quiet),
        lambda store: store.remove(corpus, ENCODER, ["000_6386c4a8febe7e05.txt"], _quiet),
        lambda store: store.build(corpus, ENCODER, _quiet),
        lambda store: store.compact(corpus, ENCODER, _quiet),
    ]
    for number, step in enumerate(steps):
        made = [step(store) for store in (here, there)]
        assert _said(made[0]) == _said(made[1])
        assert (made[0].content, made[0].manifest["counts"]) == (made[1].content, made[1].manifest["counts"])
        assert made[0].manifest["withdrawn"] == made[1].manifest["withdrawn"]
        assert there.faults() == []
        assert there.current() == made[1].name
        if not number:
            assert _said(first[1]) == before  # who opened the generation before still sees that one
    assert _rows(there) == (made[1].manifest["counts"]["passages"], made[1].manifest["counts"]["pages"])
    text = (corpus / "new.txt").read_text(encoding="utf-8")
    (corpus / "new.txt").write_text(text.replace("一百万", "三百万"), encoding="utf-8")
    changed = there.build(corpus, ENCODER, _quiet)
    assert "三百万" in str(Answerer(changed).ask(ASKED[2]).text)
    (corpus / "new.txt").write_text(text, encoding="utf-8")
    back = there.build(corpus, ENCODER, _quiet)
    assert back.content == made[1].content
    assert "一百万" in str(Answerer(back).ask(ASKED[2]).text)
    assert there.build(corpus, ENCODER, _quiet).name == back.name  # nothing has changed


def test_shards_in_any_order_and_one_step_that_publishes(lite: Lite, corpus: Path, seeds_there: Source) -> None:
    store = MilvusStore.at(lite.url("shards"))
    for number in (3, 1, 1):
        store.build_shard(corpus, ENCODER, number, 3, _quiet)
    with pytest.raises(SnapshotMissing):
        store.open(ENCODER)
    with pytest.raises(SnapshotBusy, match="2/3"):
        store.finish(ENCODER)
    store.build_shard(corpus, ENCODER, 2, 3, _quiet)
    made = store.finish(ENCODER)
    assert made.content == seeds_there.content
    assert _said(made) == _said(seeds_there)
    assert _rows(store) == (141, 5)
    with pytest.raises(SnapshotError, match="no build in shards"):
        store.finish(ENCODER)
    (corpus / "new.txt").write_text("昆山市出台人才新政，对引进的博士给予购房补贴一百万元。\n", encoding="utf-8")
    store.build_shard(corpus, ENCODER, 1, 3, _quiet)
    with pytest.raises(SnapshotBusy, match="3 shards"):
        store.add(corpus, ENCODER, ["new.txt"], _quiet)
    assert store.build(corpus, ENCODER, _quiet).manifest["counts"]["pages"] == 6  # takes it over
    with pytest.raises(SnapshotError, match="1/N to N/N"):
        store.build_shard(corpus, ENCODER, 4, 3, _quiet)


def test_what_a_stopped_build_wrote_of_a_file_that_changed_is_not_published(
    lite: Lite, corpus: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(build, "CHUNK", 15_000)
    store = MilvusStore.at(lite.url("stopped"))
    (corpus / "aa.txt").write_text("昆山市出台人才新政，对引进的博士给予购房补贴一百万元。\n", encoding="utf-8")
    written = []

    def stop_at_third(*arguments: object) -> object:
        written.append(arguments)
        if len(written) == 3:
            raise KeyboardInterrupt
        return write(*arguments)

    write = writing.write_segment_rows
    monkeypatch.setattr("index.milvus.change.write_segment_rows", stop_at_third)
    with pytest.raises(KeyboardInterrupt):
        store.build(corpus, ENCODER, _quiet, 1)
    (corpus / "aa.txt").write_text("昆山市出台人才新政，对引进的博士给予购房补贴三百万元。\n", encoding="utf-8")
    del written[:2]
    monkeypatch.setattr(
        "index.milvus.change.write_segment_rows", lambda *arguments: (written.append(arguments), write(*arguments))[1]
    )
    made = store.build(corpus, ENCODER, _quiet, 1)
    assert "三百万" in str(Answerer(made).ask(ASKED[2]).text)
    assert _rows(store) == (made.manifest["counts"]["passages"], 6)
    assert store.engine.count(f"{store.address.name}_state", 'id like "part%"') == 0


def test_two_documents_with_one_key_are_both_kept(lite: Lite, corpus: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = MilvusStore.at(lite.url("collide"))
    monkeypatch.setattr(writing, "document_key", lambda name, sha256, salt=0: 7 + salt)
    made = store.build(corpus, ENCODER, _quiet)
    assert made.manifest["counts"] == {"pages": 5, "articles": 23, "passages": 141}
    assert _rows(store) == (141, 5)
    (corpus / "new.txt").write_text("昆山市出台人才新政，对引进的博士给予购房补贴一百万元。\n", encoding="utf-8")
    assert _said(store.add(corpus, ENCODER, ["new.txt"], _quiet))[0] == _said(made)[0]


def test_one_writer_at_a_time_and_a_dead_one_is_not_waited_for(lite: Lite, seeds_there: Source) -> None:
    store = MilvusStore.at(lite.url("seeds"))
    marks = state.State(store.engine)
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    host = __import__("socket").gethostname()
    marks.write({"writer": {"host": host, "pid": dead.pid, "mark": "x", "until": time.time() + 60}})
    began = time.monotonic()
    with marks.writing():
        assert time.monotonic() - began < 5
        entered = threading.Event()

        def other() -> None:
            with pytest.raises(SnapshotBusy, match=str(os.getpid())), marks.writing():
                entered.set()

        waiting = threading.Thread(target=other)
        lease, state.LEASE = state.LEASE, 1.0
        try:
            waiting.start()
            waiting.join(30)
        finally:
            state.LEASE = lease
        assert not entered.is_set()
    assert "writer" not in marks.read(["writer"])


@pytest.mark.parametrize("wait", [0.5, 2.0])
def test_an_engine_killed_while_it_is_written_to_loses_and_doubles_nothing(
    own_lite: Lite, corpus: Path, wait: float, monkeypatch: pytest.MonkeyPatch, seeds_there: Source
) -> None:
    monkeypatch.setattr(build, "CHUNK", 15_000)
    monkeypatch.setattr(writing, "ROWS", 10)
    store = MilvusStore.at(own_lite.url("killed"))
    assert _rows_or_none(store) is None

    def kill_and_start() -> None:
        time.sleep(wait)
        own_lite.kill()
        time.sleep(0.5)
        own_lite.start()

    killer = threading.Thread(target=kill_and_start)
    killer.start()
    try:
        made = store.build(corpus, ENCODER, _quiet, 1)
    except SnapshotError:
        made = None  # it ran out of tries
    killer.join()
    made = made or store.build(corpus, ENCODER, _quiet, 1)
    assert made.content == seeds_there.content
    assert _rows(store) == (141, 5)
    assert store.faults() == []
    assert _said(made) == _said(seeds_there)


def _rows_or_none(store: "MilvusStore") -> tuple[int, int] | None:
    try:
        return _rows(store)
    except SnapshotError:
        return None


def test_a_build_that_is_killed_and_run_again_ends_the_same(lite: Lite, corpus: Path, seeds_there: Source) -> None:
    store = MilvusStore.at(lite.url("builder"))
    command = "from tests.test_index_milvus import *; slow_build(*sys.argv[1:])"
    for seconds in (2.0, 3.0, 4.5):
        child = subprocess.Popen([sys.executable, "-c", command, lite.url("builder"), str(corpus)])
        time.sleep(seconds)
        child.send_signal(signal.SIGKILL)
        child.wait()
    made = store.build(corpus, ENCODER, _quiet, 1)
    assert made.content == seeds_there.content
    assert _rows(store) == (141, 5)
    assert _said(made) == _said(seeds_there)


def slow_build(url: str, corpus: str) -> None:
    """Build in small pieces, slowly, so that there is time to be killed."""
    build.CHUNK, writing.ROWS = 15_000, 5
    call = engines.Engine.call
    engines.Engine.call = lambda *a, **k: (time.sleep(0.05), call(*a, **k))[1]  # type: ignore[method-assign]
    MilvusStore.at(url).build(Path(corpus), ENCODER, _quiet, 1)


def test_what_cannot_work_is_said(
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
        store.build(SEEDS, ENCODER, _quiet)
    monkeypatch.undo()
    store.engine.call("create_collection", collection_name="foreign", dimension=8)
    with pytest.raises(SnapshotMismatch, match="the collection foreign has no such field 'number'"):
        MilvusStore.at(lite.url("foreign")).build(SEEDS, ENCODER, _quiet)


def test_what_is_damaged_is_found(lite: Lite, corpus: Path) -> None:
    store = MilvusStore.at(lite.url("damaged"))
    made = store.build(corpus, ENCODER, _quiet)
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


@pytest.mark.parametrize("text", ["milvus://", "milvus://h", "milvus://h/a-b", "milvus://h:x/a", "milvus://h/a?tls=1"])
def test_what_is_no_address_is_refused_without_its_password(text: str) -> None:
    with pytest.raises(SnapshotError, match="milvus://HOST:PORT/NAME"):
        read_address(text)


def test_the_fixed_constants_are_those_of_the_local_leg() -> None:
    assert rows.weights(np.array([1, 2], dtype=np.uint8), 240)[1] == pytest.approx(
        (lexical.K1 + 1) * 2 / (2 + lexical.K1), abs=1e-6
    )
