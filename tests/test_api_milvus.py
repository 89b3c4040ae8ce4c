"""The command line and the server on an engine: one setting, the same answers, and what happens when it is away."""

import json
import signal
import time
from pathlib import Path

import httpx
import pytest

from api import cli
from index.encoder import load_encoder
from tests.conftest import SEEDS, serving
from tests.milvus_lite import AWAY, Lite, quiet

pytestmark = pytest.mark.skipif(bool(AWAY), reason=AWAY)
if not AWAY:
    from index.milvus.store import MilvusStore

QUESTION = "南海区有多少家社会办医疗机构？"
FIRST = "000_6386c4a8febe7e05.txt"
SECONDS = 30.0


def test_every_command_takes_the_address(
    own_lite: Lite, corpus: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def run(*arguments: str, status: int = 0) -> str:
        assert cli.main([*arguments]) == status
        return capsys.readouterr().out

    monkeypatch.setenv("WENBAO_INDEX", own_lite.url("seeds"))
    monkeypatch.setenv("WENBAO_CORPUS", str(corpus))
    for shard in ("2/2", "1/2"):
        assert json.loads(run("build", "--shard", shard, "--json"))["shard"] == shard
    made = json.loads(run("build", "--finish", "--json"))
    assert (made["index"], made["pages"], made["passages"]) == (own_lite.url("seeds"), 5, 141)
    body = json.loads(run("ask", QUESTION, "--json"))
    assert body["short_answer"] == "1048家"
    answer = corpus.parent / "answer.json"
    answer.write_text(json.dumps(body), encoding="utf-8")
    assert "word for word" in run("verify", str(answer))
    assert "verified" in run("verify")
    assert json.loads(run("search", "社会办医", "--json"))["passages"]
    assert "pages" in run("remove", FIRST)
    refused = json.loads(run("ask", QUESTION, "--json", status=1))
    assert refused["answerable"] is False
    run("add", str(corpus / FIRST))
    run("compact")
    assert json.loads(run("ask", QUESTION, "--json"))["answer"] == body["answer"]
    assert json.loads(run("doctor", "--json"))["healthy"] is True
    assert cli.main(["build", "--shard", "three"]) == 2
    assert cli.main(["build", "--shard", "1/2", "--index", str(corpus.parent / "folder")]) == 2
    said = capsys.readouterr().err
    assert "it is I/N" in said
    assert "shards are for an index on an engine" in said
    own_lite.kill()
    assert cli.main(["ask", QUESTION, "--index", own_lite.url("seeds").replace("//", "//root:secret@")]) == 2
    said = capsys.readouterr().err
    assert "the engine does not answer" in said
    assert "secret" not in said


def test_a_killed_engine_is_503_until_it_is_back_and_then_answers_resume(own_lite: Lite) -> None:
    MilvusStore.at(own_lite.url("seeds")).build(SEEDS, load_encoder(), quiet)
    with serving(own_lite.url("seeds")) as (_, address, _):
        before = _ask(address).json()
        assert before["short_answer"] == "1048家"
        own_lite.kill()
        away = _ask(address, "淄博高新区有几家国家知识产权优势企业？")
        assert (away.status_code, away.headers["retry-after"]) == (503, "2")
        assert away.json()["error"]["type"] == "overloaded_error"
        assert _get(f"{address}/readyz").status_code == 503
        assert _get(f"{address}/healthz").status_code == 200
        assert _get(f"{address}/api/articles").status_code == 503
        own_lite.start()
        until = time.monotonic() + SECONDS
        while (after := _ask(address)).status_code != 200:
            assert (after.status_code, time.monotonic() < until) == (503, True)
            time.sleep(0.1)
        assert {**after.json(), "timings_ms": 0} == {**before, "timings_ms": 0}
        assert _get(f"{address}/readyz").status_code == 200


def test_a_server_sees_a_document_whole_or_not_at_all_and_takes_the_newest_when_told(
    own_lite: Lite, corpus: Path
) -> None:
    store, encoder = MilvusStore.at(own_lite.url("seeds")), load_encoder()
    store.build(corpus, encoder, quiet)
    with serving(own_lite.url("seeds")) as (process, address, _):
        (corpus / FIRST).write_text("昆山市出台人才新政，对引进的博士给予购房补贴一百万元。\n", encoding="utf-8")
        store.build(corpus, encoder, quiet)
        assert _ask(address).json()["short_answer"] == "1048家"  # still the generation that it opened, whole
        store.compact(corpus, encoder, quiet)
        found = _ask(address, "南海区卫生健康系统有多少家社会办医疗机构？")
        documents = {passage["document_id"] for passage in found.json().get("passages", [])}
        assert found.status_code == 503 or FIRST not in documents  # two generations on it is gone, all of it
        process.send_signal(signal.SIGHUP)
        until = time.monotonic() + SECONDS
        while _ask(address, "昆山给博士多少购房补贴？").json().get("short_answer") != "一百万元":
            assert time.monotonic() < until
            time.sleep(0.2)


def _get(url: str) -> httpx.Response:
    return httpx.get(url, timeout=SECONDS)


def _ask(address: str, question: str = QUESTION) -> httpx.Response:
    return httpx.post(f"{address}/api/ask", json={"question": question}, timeout=SECONDS)
