"""An archive on an engine that changes: nothing lost and nothing doubled, whoever is killed."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from index import build
from index.encoder import load_encoder
from index.errors import QueryError, SnapshotBusy, SnapshotError, SnapshotMissing
from index.source import Source
from index.store import LocalStore
from rag.answerer import Answerer
from tests.milvus_lite import ASKED, AWAY, Lite, quiet, rows_of, rows_or_none, said

pytestmark = pytest.mark.skipif(bool(AWAY), reason=AWAY)
if not AWAY:
    from index.milvus import engine as engines
    from index.milvus import state, writing
    from index.milvus.store import MilvusStore

ENCODER = load_encoder()


def test_adding_removing_and_changing_answers_as_a_folder_does(lite: Lite, corpus: Path, tmp_path: Path) -> None:
    here, there = LocalStore(tmp_path / "index"), MilvusStore.at(lite.url("grown"))
    last = sorted(path.name for path in corpus.glob("*.txt"))[-1]
    (corpus / last).rename(tmp_path / last)
    first = [store.build(corpus, ENCODER, quiet) for store in (here, there)]
    with pytest.raises(QueryError):
        there.remove(corpus, ENCODER, ["nothing.txt"], quiet)
    shutil.copy(tmp_path / last, corpus / last)
    (corpus / "new.txt").write_text("昆山市出台人才新政，对引进的博士给予购房补贴一百万元。\n", encoding="utf-8")
    before = said(first[1])
    steps = [
        lambda store: store.add(corpus, ENCODER, [last, "new.txt"], quiet),
        lambda store: store.remove(corpus, ENCODER, ["000_6386c4a8febe7e05.txt"], quiet),
        lambda store: store.build(corpus, ENCODER, quiet),
        lambda store: store.compact(corpus, ENCODER, quiet),
    ]
    for number, step in enumerate(steps):
        made = [step(store) for store in (here, there)]
        assert said(made[0]) == said(made[1])
        assert (made[0].content, made[0].manifest["counts"]) == (made[1].content, made[1].manifest["counts"])
        assert made[0].manifest["withdrawn"] == made[1].manifest["withdrawn"]
        assert there.faults() == []
        assert there.current() == made[1].name
        if not number:
            assert said(first[1]) == before  # who opened the generation before still sees that one
    assert rows_of(there) == (made[1].manifest["counts"]["passages"], made[1].manifest["counts"]["pages"])
    text = (corpus / "new.txt").read_text(encoding="utf-8")
    (corpus / "new.txt").write_text(text.replace("一百万", "三百万"), encoding="utf-8")
    changed = there.build(corpus, ENCODER, quiet)
    assert "三百万" in str(Answerer(changed).ask(ASKED[2]).text)
    (corpus / "new.txt").write_text(text, encoding="utf-8")
    back = there.build(corpus, ENCODER, quiet)
    assert back.content == made[1].content
    assert "一百万" in str(Answerer(back).ask(ASKED[2]).text)
    assert there.build(corpus, ENCODER, quiet).name == back.name  # nothing has changed


def test_shards_in_any_order_and_one_step_that_publishes(lite: Lite, corpus: Path, seeds_there: Source) -> None:
    store = MilvusStore.at(lite.url("shards"))
    for number in (3, 1, 1):
        store.build_shard(corpus, ENCODER, number, 3, quiet)
    with pytest.raises(SnapshotMissing):
        store.open(ENCODER)
    with pytest.raises(SnapshotBusy, match="2/3"):
        store.finish(ENCODER)
    store.build_shard(corpus, ENCODER, 2, 3, quiet)
    made = store.finish(ENCODER)
    assert made.content == seeds_there.content
    assert said(made) == said(seeds_there)
    assert rows_of(store) == (141, 5)
    with pytest.raises(SnapshotError, match="no build in shards"):
        store.finish(ENCODER)
    (corpus / "new.txt").write_text("昆山市出台人才新政，对引进的博士给予购房补贴一百万元。\n", encoding="utf-8")
    store.build_shard(corpus, ENCODER, 1, 3, quiet)
    with pytest.raises(SnapshotBusy, match="3 shards"):
        store.add(corpus, ENCODER, ["new.txt"], quiet)
    assert store.build(corpus, ENCODER, quiet).manifest["counts"]["pages"] == 6  # takes it over
    with pytest.raises(SnapshotError, match="1/N to N/N"):
        store.build_shard(corpus, ENCODER, 4, 3, quiet)


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
        store.build(corpus, ENCODER, quiet, 1)
    (corpus / "aa.txt").write_text("昆山市出台人才新政，对引进的博士给予购房补贴三百万元。\n", encoding="utf-8")
    del written[:2]
    monkeypatch.setattr(
        "index.milvus.change.write_segment_rows", lambda *arguments: (written.append(arguments), write(*arguments))[1]
    )
    made = store.build(corpus, ENCODER, quiet, 1)
    assert "三百万" in str(Answerer(made).ask(ASKED[2]).text)
    assert rows_of(store) == (made.manifest["counts"]["passages"], 6)
    assert store.engine.count(f"{store.address.name}_state", 'id like "part%"') == 0


def test_two_documents_with_one_key_are_both_kept(lite: Lite, corpus: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = MilvusStore.at(lite.url("collide"))
    monkeypatch.setattr(writing, "document_key", lambda name, sha256, salt=0: 7 + salt)
    made = store.build(corpus, ENCODER, quiet)
    assert made.manifest["counts"] == {"pages": 5, "articles": 23, "passages": 141}
    assert rows_of(store) == (141, 5)
    (corpus / "new.txt").write_text("昆山市出台人才新政，对引进的博士给予购房补贴一百万元。\n", encoding="utf-8")
    assert said(store.add(corpus, ENCODER, ["new.txt"], quiet))[0] == said(made)[0]


def test_one_writer_at_a_time_and_a_dead_one_is_not_waited_for(lite: Lite, seeds_there: Source) -> None:
    store = MilvusStore.at(lite.url("seeds"))
    marks = state.State(store.engine)
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    marks.write({"writer": {"host": socket.gethostname(), "pid": dead.pid, "mark": "x", "until": time.time() + 60}})
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
    assert rows_or_none(store) is None

    def kill_and_start() -> None:
        time.sleep(wait)
        own_lite.kill()
        time.sleep(0.5)
        own_lite.start()

    killer = threading.Thread(target=kill_and_start)
    killer.start()
    try:
        made = store.build(corpus, ENCODER, quiet, 1)
    except SnapshotError:
        made = None  # it ran out of tries
    killer.join()
    made = made or store.build(corpus, ENCODER, quiet, 1)
    assert made.content == seeds_there.content
    assert rows_of(store) == (141, 5)
    assert store.faults() == []
    assert said(made) == said(seeds_there)


def test_a_build_that_is_killed_and_run_again_ends_the_same(lite: Lite, corpus: Path, seeds_there: Source) -> None:
    store = MilvusStore.at(lite.url("builder"))
    command = "from tests.test_index_milvus_changes import *; slow_build(*sys.argv[1:])"
    for seconds in (2.0, 3.0, 4.5):
        child = subprocess.Popen([sys.executable, "-c", command, lite.url("builder"), str(corpus)])
        time.sleep(seconds)
        child.send_signal(signal.SIGKILL)
        child.wait()
    made = store.build(corpus, ENCODER, quiet, 1)
    assert made.content == seeds_there.content
    assert rows_of(store) == (141, 5)
    assert said(made) == said(seeds_there)


def slow_build(url: str, corpus: str) -> None:
    """Build in small pieces, slowly, so that there is time to be killed."""
    build.CHUNK, writing.ROWS = 15_000, 5
    call = engines.Engine.call
    engines.Engine.call = lambda *a, **k: (time.sleep(0.05), call(*a, **k))[1]  # type: ignore[method-assign]
    MilvusStore.at(url).build(Path(corpus), ENCODER, quiet, 1)
