"""A new generation is taken into service while questions are answered, and none of them fails."""

import asyncio
import gc
import json
import os
import shutil
import signal
import threading
import time
import weakref
from pathlib import Path

import httpx
import pytest
from fastapi.testclient import TestClient

from api import upkeep
from api.app import create_app
from api.desk import Desk
from api.errors import ApiError
from api.generations import Generations
from api.opening import Opened, open_next
from api.settings import Settings
from api.upkeep import start_looking
from index import snapshot
from index.checked import stamp
from index.encoder import Encoder, load_encoder
from index.errors import SnapshotDamaged
from index.source import Source
from rag.answerer import Answerer

from .conftest import SEEDS, Place, serving
from .milvus_lite import quiet

QUESTION = "南海区有多少家社会办医疗机构？"
ADMIN = {"WENBAO_ADMIN_KEYS": '["admin"]'}
PAGE, OTHER = "000_6386c4a8febe7e05.txt", "002_53c82c49c9095ff0.txt"


@pytest.fixture(scope="module")
def encoder() -> Encoder:
    return load_encoder()


@pytest.fixture
def settings(tmp_path: Path, encoder: Encoder, place: Place) -> Settings:
    """An archive of one page, with its index."""
    (tmp_path / "corpus").mkdir()
    shutil.copy(SEEDS / PAGE, tmp_path / "corpus")
    chosen = Settings(corpus=tmp_path / "corpus", index=place(tmp_path / "index"), admin_keys=("admin",))
    built(chosen, encoder)
    return chosen


def built(settings: Settings, encoder: Encoder) -> Source:
    return settings.store.build(settings.corpus, encoder, quiet)


def names(source: Source) -> list[str]:
    return [document.document_id for document in source.archive.documents()]


def opened(settings: Settings, encoder: Encoder) -> Opened:
    snapshot = built(settings, encoder)
    return Opened(snapshot, Answerer(snapshot))


def other_corpus(settings: Settings) -> None:
    """Add the second page, or take it away."""
    page = settings.corpus / OTHER
    if page.exists():
        page.unlink()
    else:
        shutil.copy(SEEDS / OTHER, page)


class Askers:
    """Threads that ask without a pause; every answer is kept as (status, generation's content)."""

    def __init__(self, address: str, count: int) -> None:
        self.seen: list[tuple[int, str]] = []
        self.failures: list[str] = []
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._ask, args=(address,)) for _ in range(count)]

    def _ask(self, address: str) -> None:
        with httpx.Client(base_url=address, timeout=30) as client:
            while not self._stop.is_set():
                try:
                    response = client.post("/api/ask", json={"question": QUESTION})
                    body = response.json()
                    self.seen.append((response.status_code, body.get("snapshot", "")))
                    if "1048家" not in str(body.get("answer")):
                        self.failures.append(response.text)
                except httpx.HTTPError as error:
                    self.failures.append(repr(error))

    def __enter__(self) -> "Askers":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()


def wait_for(address: str, generation: str) -> None:
    """Wait until a server answers from a generation."""
    until = time.monotonic() + 20
    while httpx.get(f"{address}/readyz").json()["generation"] != generation:
        assert time.monotonic() < until, f"{generation} is not in service"
        time.sleep(0.02)


def test_a_generation_is_closed_when_its_last_reader_leaves(settings: Settings, encoder: Encoder) -> None:
    first, second = opened(settings, encoder), opened(settings, encoder)
    generations = Generations(first)
    leases = [generations.lease(), generations.lease()]
    generations.take(second)
    leases[0].give_back()
    assert names(leases[1].opened.snapshot) == [PAGE]
    leases[1].give_back()
    with pytest.raises(Exception, match="closed"):
        names(first.snapshot)
    assert generations.current is second
    assert names(second.snapshot) == [PAGE]


def test_a_job_given_up_still_holds_its_generation(settings: Settings, encoder: Encoder) -> None:
    first, second = opened(settings, encoder), opened(settings, encoder)
    desk = Desk(first, settings.model_copy(update={"deadline_seconds": 0.05}))
    read, go = [], threading.Event()

    def job(archive: Opened) -> None:
        go.wait(10)
        read.append(names(archive.snapshot))

    with pytest.raises(ApiError) as caught:
        asyncio.run(desk.run(job))
    assert caught.value.status_code == 504
    desk.generations.take(second)
    go.set()
    until = time.monotonic() + 10
    while not read and time.monotonic() < until:
        time.sleep(0.01)
    assert read == [[PAGE]]


def test_open_next_brings_what_the_index_names_and_nothing_twice(settings: Settings, encoder: Encoder) -> None:
    first = opened(settings, encoder)
    assert open_next(settings, first) is None
    other_corpus(settings)
    built(settings, encoder)
    second = open_next(settings, first)
    assert second is not None
    assert second.snapshot.manifest["counts"]["pages"] == 2
    assert second.snapshot.encoder is first.snapshot.encoder


def test_what_cannot_be_opened_leaves_the_old_one_in_service(settings: Settings, encoder: Encoder) -> None:
    app = create_app(settings, opened(settings, encoder))
    headers = {"Authorization": "Bearer admin"}
    with TestClient(app) as client:
        before = client.get("/readyz").json()
        other_corpus(settings)
        built(settings, encoder).archive.close()
        written = settings.index_folder.glob("segments/*/dense.faiss")
        broken = max(written, key=lambda path: path.stat().st_mtime_ns)
        whole = broken.read_bytes()
        broken.write_bytes(whole[:-1])
        refused = client.post("/admin/reload", headers=headers)
        assert (refused.status_code, refused.json()["error"]["code"]) == (409, "reload_failed")
        assert client.get("/readyz").json() == {**before, "failed": settings.store.current()}
        assert client.post("/api/ask", json={"question": QUESTION}).json()["short_answer"] == "1048家"
        broken.write_bytes(whole)
        taken = client.post("/admin/reload", headers=headers).json()
        assert (taken["changed"], taken["generation"]) == (True, settings.store.current())
        assert client.get("/readyz").json()["failed"] is None
        assert client.post("/admin/reload", headers=headers).json()["changed"] is False


def test_only_an_admin_reloads(settings: Settings, encoder: Encoder) -> None:
    archive = opened(settings, encoder)
    with TestClient(create_app(settings.model_copy(update={"admin_keys": ()}), archive)) as client:
        assert client.post("/admin/reload", headers={"Authorization": "Bearer "}).status_code == 404
    with TestClient(create_app(settings.model_copy(update={"api_keys": ("user",)}), archive)) as client:
        for header in ("Bearer user", "Bearer ", "Basic OmFkbWlu", "admin"):
            assert client.post("/admin/reload", headers={"Authorization": header}).status_code == 401
        assert client.post("/admin/reload", headers={"Authorization": "Bearer admin"}).status_code == 200


def test_no_question_fails_while_the_index_is_rebuilt_and_reloaded(settings: Settings, encoder: Encoder) -> None:
    with serving(str(settings.index), **ADMIN) as (process, address, said):
        with Askers(address, 6) as askers:
            for turn in range(6):
                other_corpus(settings)
                snapshot = built(settings, encoder)
                if turn % 2:
                    answered = httpx.post(f"{address}/admin/reload", headers={"Authorization": "Bearer admin"})
                    assert answered.json()["generation"] == snapshot.name
                else:
                    process.send_signal(signal.SIGHUP)
                    wait_for(address, snapshot.name)
        assert askers.failures == []
        assert len(askers.seen) > 50
        assert {status for status, _ in askers.seen} == {200}
        assert len({content for _, content in askers.seen}) == 2
    assert "Traceback" not in "".join(said)


def test_a_watched_corpus_is_followed(settings: Settings, encoder: Encoder) -> None:
    with serving(str(settings.index), "--watch", "--corpus", str(settings.corpus)) as (_, address, said):
        other_corpus(settings)
        until = time.monotonic() + 60
        while httpx.get(f"{address}/api/documents").json()["documents"][-1]["document_id"] != OTHER:
            assert time.monotonic() < until, said
            time.sleep(0.1)
    assert not [line for line in said if "left aside" in line]


def test_a_broken_index_is_told_once_and_left_aside(settings: Settings) -> None:
    with serving(str(settings.index), "--watch", "--corpus", str(settings.corpus)) as (_, address, said):
        pointer = settings.index_folder / "CURRENT"
        name = pointer.read_text(encoding="ascii")
        for content, failed in (("nothing.9\n", "CURRENT"), (name, None)):
            pointer.write_text(content, encoding="ascii")
            until = time.monotonic() + 30
            while httpx.get(f"{address}/readyz").json()["failed"] != failed:
                assert time.monotonic() < until
                time.sleep(0.1)
    assert sum("left aside" in line for line in said) == 1


def test_nothing_keeps_a_closed_generation_in_memory(settings: Settings, encoder: Encoder) -> None:
    generations = Generations(opened(settings, encoder))
    old: list[weakref.ref[Answerer]] = []
    for _ in range(3):
        current = generations.current
        assert current is not None
        old.append(weakref.ref(current.answerer))
        del current
        generations.take(opened(settings, encoder))
    gc.collect()
    assert [ref() for ref in old] == [None] * 3


def test_a_reload_reaches_every_worker(settings: Settings, encoder: Encoder) -> None:
    with serving(str(settings.index), "--workers", "2", **ADMIN) as (_, address, said):
        other_corpus(settings)
        snapshot = built(settings, encoder)
        answered = httpx.post(f"{address}/admin/reload", headers={"Authorization": "Bearer admin"}).json()
        assert (answered["generation"], answered["changed"]) == (snapshot.name, True)
        until = time.monotonic() + 10
        while sum("answers from" in line for line in said) < 2:
            assert time.monotonic() < until, said
            time.sleep(0.05)
        seen = {httpx.get(f"{address}/readyz").json()["generation"] for _ in range(30)}
    assert seen == {snapshot.name}


def test_an_index_found_damaged_in_service_answers_nothing_until_it_is_built_anew(
    settings: Settings, encoder: Encoder
) -> None:
    app = create_app(settings, opened(settings, encoder))
    headers = {"Authorization": "Bearer admin"}
    with TestClient(app) as client:
        assert client.post("/admin/reload", headers=headers).json()["changed"] is False
        broken = next(settings.index_folder.glob("segments/*/tokens.npy"))
        broken.write_bytes(broken.read_bytes()[:-1] + b"?")
        assert client.post("/admin/reload", headers=headers).status_code == 409
        for answer in (client.get("/readyz"), client.post("/api/ask", json={"question": QUESTION})):
            assert (answer.status_code, answer.json()["error"]["code"]) == (503, "index_damaged")
        assert client.get("/healthz").status_code == 200
        assert client.post("/admin/reload", headers=headers).status_code == 409
        built(settings, encoder).archive.close()
        assert client.post("/admin/reload", headers=headers).json()["changed"] is True
        assert client.post("/api/ask", json={"question": QUESTION}).json()["short_answer"] == "1048家"


def test_a_large_index_is_looked_through_beside_the_answers(
    settings: Settings, capfd: pytest.CaptureFixture[str]
) -> None:
    (settings.corpus / "new.txt").write_text("新的一页。", encoding="utf-8")
    looking = start_looking(settings, os.getpid())
    looking.join(120)
    assert looking.exitcode == 0
    assert "has changed since" in capfd.readouterr().err


def test_what_a_disk_changed_by_itself_is_found_and_the_server_told(
    settings: Settings, encoder: Encoder, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(snapshot, "MANY", 1)
    monkeypatch.setattr(os, "nice", lambda _: 0)
    time.sleep(0.1)  # files that were written this instant are not remembered
    settings.store.open(encoder).archive.close()
    broken = next(settings.index_folder.glob("segments/*/tokens.npy"))
    broken.write_bytes(broken.read_bytes()[:-1] + b"?")
    remembered = settings.index_folder / "checked.json"
    known = json.loads(remembered.read_text())
    name = broken.relative_to(settings.index_folder).as_posix()
    known[name] = [known[name][0], *stamp(broken)]  # as if nobody had written to it
    remembered.write_text(json.dumps(known))
    settings.store.open(encoder).archive.close()
    told: list[int] = []
    before = signal.signal(signal.SIGHUP, lambda number, _: told.append(number))
    try:
        upkeep._look(settings, os.getpid())
    finally:
        signal.signal(signal.SIGHUP, before)
    assert "tokens.npy" in capsys.readouterr().err
    assert told == [signal.SIGHUP]
    with pytest.raises(SnapshotDamaged, match=r"tokens\.npy"):
        settings.store.open(encoder)
