"""An engine that is slow, full, or not there when a server starts: what people and programs are told, and after it."""

import os
import resource
import shutil
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest

from api import cli
from index.encoder import load_encoder
from index.errors import EngineDown, SnapshotError
from index.source import Source
from rag.answerer import Answerer
from tests.conftest import SEEDS, serving
from tests.milvus_lite import AWAY, Lite, quiet
from tests.slow_wire import SILENT, wire_to

pytestmark = pytest.mark.skipif(bool(AWAY), reason=AWAY)
if not AWAY:
    from index.milvus import engine as engines
    from index.milvus.store import MilvusStore

QUESTION = "南海区有多少家社会办医疗机构？"
NEW = "昆山市出台人才新政，对引进的博士给予购房补贴一百万元。\n"
DEADLINE = 3.0
SLACK = 10.0  # seconds that a busy machine may take longer
ROOM = 50_000  # bytes that an engine that is nearly full still writes to a file


@pytest.fixture(scope="module")
def store(lite: Lite, seeds_there: Source) -> "MilvusStore":
    """The seeds, built on the engine."""
    return MilvusStore.at(lite.url("seeds"))


@pytest.mark.parametrize("late", [SILENT, 0.8])
def test_a_slow_engine_is_503_within_the_deadline_and_then_answers_resume(
    lite: Lite, store: "MilvusStore", late: float
) -> None:
    """Silent: the first call of a question ends it. By .8 seconds: each call comes in time, all together do not."""
    with (
        wire_to(lite.port) as wire,
        serving(wire.url("seeds"), WENBAO_DEADLINE_SECONDS=str(DEADLINE)) as (_, address, said),
    ):
        assert _ask(address).json()["short_answer"] == "1048家"
        wire.late = late
        for question in ("淄博高新区有几家国家知识产权优势企业？", "昆山给博士多少购房补贴？"):
            began = time.monotonic()
            away = _ask(address, question)
            assert (away.status_code, away.headers["retry-after"]) == (503, "2")
            assert time.monotonic() - began < DEADLINE + SLACK
        assert any("does not answer" in line for line in said)
        wire.late = 0.0
        until = time.monotonic() + 30
        while (after := _ask(address)).status_code != 200:
            assert (after.status_code, time.monotonic() < until) == (503, True)
            time.sleep(0.1)
        assert after.json()["short_answer"] == "1048家"


def test_a_build_waits_for_a_silent_engine_so_long_and_no_longer_and_goes_on_later(
    lite: Lite, store: "MilvusStore", monkeypatch: pytest.MonkeyPatch
) -> None:
    encoder = load_encoder()
    with wire_to(lite.port) as wire:
        slow = MilvusStore.at(wire.url("slow"))
        monkeypatch.setattr(engines, "WRITE_SECONDS", 1.0)
        wire.late = SILENT
        began = time.monotonic()
        with pytest.raises(EngineDown, match="does not answer"):
            slow.build(SEEDS, encoder, quiet, 1)
        assert 1.0 <= time.monotonic() - began < 5.0 + SLACK
        wire.late = 0.02
        monkeypatch.undo()
        made = slow.build(SEEDS, encoder, quiet, 1)
        assert (made.content, slow.faults()) == (store.open(encoder).content, [])


def test_a_full_engine_is_told_and_loses_nothing(
    own_lite: Lite, corpus: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The engine may write files but little longer than those it has, then no byte at all: its disk is full."""
    lite, store, encoder = own_lite, MilvusStore.at(own_lite.url("seeds")), load_encoder()
    store.build(corpus, encoder, quiet)
    answerer, current = Answerer(store.open(encoder)), store.current()
    (corpus / "new.txt").write_text(NEW * 3000, encoding="utf-8")
    add = ["add", str(corpus / "new.txt"), "--corpus", str(corpus), "--index", lite.url("seeds")]
    longest = max(path.stat().st_size for path in lite.folder.rglob("*") if path.is_file())
    for limit in (longest + ROOM, 0):
        before = resource.prlimit(lite.pid, resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))
        assert cli.main(add) == 2
        assert "File too large" in (told := capsys.readouterr().err)
        assert f"{store.address}: the engine refuses upsert" in told
        assert "Traceback" not in told
        assert (store.current(), store.faults()) == (current, [])
        assert answerer.ask(QUESTION).short_answer == "1048家"
        assert Answerer(store.open(encoder)).ask("昆山给博士多少购房补贴？").text is None
        resource.prlimit(lite.pid, resource.RLIMIT_FSIZE, before)
    made = store.add(corpus, encoder, ["new.txt"], quiet)
    lite.kill()
    lite.start()
    assert store.faults() == []
    assert made.manifest["counts"]["pages"] == 6
    assert store.engine.count(f"{store.address.name}_documents", "piece == 0") == 6
    assert "一百万" in str(Answerer(store.open(encoder)).ask("昆山给博士多少购房补贴？").text)


def test_a_server_without_its_engine_says_so_and_ends(own_lite: Lite) -> None:
    own_lite.kill()
    url = own_lite.url("seeds")
    command = [sys.executable, "-m", "api.cli", "serve", "--index", url, "--port", "0"]
    began = time.monotonic()
    ended = subprocess.run(command, cwd=SEEDS.parent, env=dict(os.environ), capture_output=True, text=True, timeout=60)
    assert ended.returncode == 2
    assert f"{url}: the engine does not answer" in ended.stderr
    assert "Traceback" not in ended.stderr
    assert time.monotonic() - began < 30


def test_another_model_than_the_collection_holds_is_named(
    lite: Lite, store: "MilvusStore", tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its vectors are of the same size: nothing but the manifest tells them apart."""
    model = tmp_path / "other"
    shutil.copytree(SEEDS.parent / "index" / "model", model)
    with pytest.raises(SnapshotError, match="built with model = 'model:40000x256', but model = 'other:40000x256'"):
        store.open(load_encoder(str(model)))
    for command in (["ask", QUESTION], ["build"], ["search", "企业"], ["serve", "--port", "0"]):
        assert cli.main([*command, "--index", lite.url("seeds"), "--model", str(model)]) == 2
        assert "built with model" in capsys.readouterr().err


def _ask(address: str, question: str = QUESTION) -> httpx.Response:
    return httpx.post(f"{address}/api/ask", json={"question": question}, timeout=60)
