"""What the server says no to: too much, too long, too slow, without a key, from elsewhere."""

import asyncio
import contextlib
import hashlib
import json
import os
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import openai
import pytest
from fastapi.testclient import TestClient

from api import protocol
from api.app import create_app
from api.desk import Desk
from api.errors import ApiError
from api.limits import Buckets
from api.opening import Opened
from api.serving import check_exposed
from api.settings import Settings, SettingsError, load_settings
from rag.answer import Answer
from rag.answerer import Answerer

from .conftest import serving

QUESTION = "南海区有多少家社会办医疗机构？"
ASK = {"question": QUESTION}


class Gate(Answerer):
    """The real answerer, which waits at a gate before each answer."""

    def __init__(self, answerer: Answerer) -> None:
        self.__dict__.update(answerer.__dict__)
        self.open = threading.Event()
        self.waiting = threading.Semaphore(0)

    def ask(self, *arguments: object, **named: object) -> Answer:
        self.waiting.release()
        self.open.wait(20)
        return super().ask(*arguments, **named)  # type: ignore[arg-type]


@pytest.fixture
def gate(answerer: Answerer) -> Iterator[Gate]:
    gate = Gate(answerer)
    yield gate
    gate.open.set()


def app_client(answerer: Answerer, **settings: object) -> TestClient:
    app = create_app(Settings(**settings), Opened(answerer.snapshot, answerer))  # type: ignore[arg-type]
    return TestClient(app, raise_server_exceptions=False)


def test_beyond_the_queue_there_is_503_at_every_door(gate: Gate) -> None:
    with app_client(gate, answers_at_once=1, answers_waiting=1) as client, ThreadPoolExecutor(4) as threads:
        inside = [threads.submit(client.post, "/api/ask", json=ASK) for _ in range(2)]
        gate.waiting.acquire()
        while client.app.state.desk._inside < 2:  # type: ignore[attr-defined]
            time.sleep(0.01)
        for response in (
            client.post("/api/ask", json=ASK),
            client.post("/api/ask/stream", json=ASK),
            client.get("/api/search", params={"q": QUESTION}),
            client.get("/api/articles"),
            client.post("/v1/chat/completions", json={"messages": [{"role": "user", "content": QUESTION}]}),
        ):
            assert response.status_code == 503
            assert response.headers["retry-after"] == "1"
            error = response.json()["error"]
            assert (error["type"], error["code"]) == ("overloaded_error", "overloaded")
        assert client.get("/healthz").status_code == client.get("/readyz").status_code == 200
        gate.open.set()
        assert [done.result().status_code for done in inside] == [200, 200]
        assert client.post("/api/ask", json=ASK).status_code == 200


def test_an_answer_that_takes_too_long_is_given_up(gate: Gate) -> None:
    with app_client(gate, answers_at_once=1, answers_waiting=1, deadline_seconds=0.2) as client:
        for path, body in (
            ("/api/ask", ASK),
            ("/v1/chat/completions", {"messages": [{"role": "user", "content": QUESTION}]}),
        ):
            response = client.post(path, json=body)
            assert response.status_code == 504
            assert response.json()["error"]["code"] == "deadline_exceeded"
        gate.open.set()
        until = time.monotonic() + 10
        while client.post("/api/ask", json=ASK).status_code != 200:
            assert time.monotonic() < until
        assert client.app.state.desk._inside == 0  # type: ignore[attr-defined]


def test_whoever_waits_in_vain_leaves_the_queue(gate: Gate) -> None:
    desk = Desk(Opened(gate.snapshot, gate), Settings(answers_at_once=1, answers_waiting=5, deadline_seconds=0.3))
    ran = []

    async def crowd() -> list[object]:
        jobs = (lambda opened: opened.answerer.ask(QUESTION), lambda _: ran.append("second"))
        return await asyncio.gather(*(desk.run(job) for job in jobs), return_exceptions=True)

    errors = asyncio.run(crowd())
    assert [error.status_code for error in errors if isinstance(error, ApiError)] == [504, 504]
    gate.open.set()
    desk._threads.shutdown()
    assert ran == []
    assert desk._inside == 0


def test_keys_are_kept_hashed_and_may_be_given_hashed(answerer: Answerer) -> None:
    digest = "sha256:" + hashlib.sha256(b"other").hexdigest()
    settings = Settings(api_keys=("secret", digest.upper().replace("SHA256", "sha256")))
    assert "secret" not in repr(settings)
    with app_client(answerer, api_keys=("secret", digest)) as client:
        for key, status in {"secret": 200, "other": 200, digest: 401, "secre": 401, "": 401, "密": 401}.items():
            header = b"Bearer " + key.encode()
            assert client.get("/v1/models", headers={"Authorization": header}).status_code == status, key


@pytest.mark.parametrize("keys", ['[""]', '["sha256:abc"]', '[" "]'])
def test_a_key_that_is_none_is_refused_and_not_shown(keys: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WENBAO_API_KEYS", keys)
    with pytest.raises(SettingsError, match="api_keys") as caught:
        load_settings()
    assert "abc" not in str(caught.value)


@pytest.mark.parametrize(
    ("settings", "refused"),
    [
        ({}, False),
        ({"host": "localhost"}, False),
        ({"host": "127.9.9.9"}, False),
        ({"host": "::1"}, False),
        ({"host": "0.0.0.0"}, True),
        ({"host": "::"}, True),
        ({"host": "192.0.2.1"}, True),
        ({"host": "archive.example"}, True),
        ({"host": "0.0.0.0", "open_to_all": True}, False),
        ({"host": "0.0.0.0", "api_keys": ("secret",)}, False),
    ],
)
def test_nobody_else_is_let_in_by_oversight(settings: dict[str, object], refused: bool) -> None:
    chosen = Settings(**settings)  # type: ignore[arg-type]
    if refused:
        with pytest.raises(SettingsError, match="WENBAO_API_KEYS"):
            check_exposed(chosen)
    else:
        check_exposed(chosen)


def test_other_origins_are_let_in_only_when_named(answerer: Answerer) -> None:
    asking = {"Origin": "https://a.example", "Access-Control-Request-Method": "POST"}
    asking["Access-Control-Request-Headers"] = "content-type"
    with app_client(answerer) as client:
        response = client.post("/api/ask", json=ASK, headers={"Origin": "https://a.example"})
        assert not [name for name in response.headers if name.startswith("access-control")]
        assert client.options("/api/ask", headers=asking).status_code == 405
    with app_client(answerer, cors_origins=("https://a.example",), api_keys=("key",)) as client:
        preflight = client.options("/api/ask", headers=asking)
        assert preflight.status_code == 200
        assert preflight.headers["access-control-allow-origin"] == "https://a.example"
        unasked = client.post("/api/ask", json=ASK, headers={"Origin": "https://a.example"})
        assert unasked.status_code == 401
        assert unasked.headers["access-control-allow-origin"] == "https://a.example"
        elsewhere = client.options("/api/ask", headers={**asking, "Origin": "https://b.example"})
        assert "access-control-allow-origin" not in elsewhere.headers
    for origin in ("a.example", "https://a.example/path", "null"):
        with pytest.raises(ValueError, match="cors_origins"):
            Settings(cors_origins=(origin,))


def test_a_body_is_refused_before_it_is_read_and_while_it_comes(address: str) -> None:
    place = urlsplit(address)
    with socket.create_connection((str(place.hostname), place.port or 0)) as client:
        head = "POST /api/ask HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 99999999\r\n\r\n"
        client.sendall(head.encode())
        assert client.recv(100).startswith(b"HTTP/1.1 413")

    def endless() -> Iterator[bytes]:
        for _ in range(200):
            yield b" " * 10_000

    for path in ("/api/ask", "/v1/chat/completions", "/mcp"):
        headers = {"Content-Type": "application/json", "Accept": "application/json, text/event-stream"}
        response = httpx.post(address + path, content=endless(), headers=headers)
        assert response.status_code == 413, path
        assert response.json()["error"]["code"] == "body_too_large"


def test_a_connection_that_is_kept_answers_at_once(address: str) -> None:
    """With Nagle's algorithm each answer would wait 40 ms for the client to acknowledge its head."""
    with httpx.Client(base_url=address) as client:
        client.get("/healthz")
        spent = []
        for _ in range(20):
            started = time.perf_counter()
            client.get("/healthz")
            spent.append(time.perf_counter() - started)
    assert min(spent) < 0.03


def test_slow_clients_are_hung_up_on(seeds_index: str) -> None:
    with serving(seeds_index, WENBAO_DEADLINE_SECONDS="1") as (_, address, said):
        place = urlsplit(address)
        whole = "POST /api/ask HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 50\r\n\r\n{"
        started = time.monotonic()
        with (
            socket.create_connection((str(place.hostname), place.port or 0), timeout=60) as slow_body,
            socket.create_connection((str(place.hostname), place.port or 0), timeout=60) as slow_head,
        ):
            slow_body.sendall(whole.encode())
            slow_head.sendall(b"GET /healthz HTTP/1.1\r\n")
            told = slow_body.recv(10_000)
            assert told.startswith(b"HTTP/1.1 408")
            assert time.monotonic() - started < 5
            for _ in range(4):
                slow_head.sendall(b"X: y\r\n")
                time.sleep(0.5)
            assert slow_head.recv(100) == b""
            while slow_body.recv(100):
                pass
            assert time.monotonic() - started < protocol.HEAD_SECONDS + 5
        assert httpx.get(f"{address}/healthz").status_code == 200
    assert "Traceback" not in "".join(said)


@pytest.mark.parametrize(
    "head", [b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", b"GET / HTTP/1.1\r\nX: " + b"y" * 70_000]
)
def test_what_is_no_http_gets_the_error_body(address: str, head: bytes) -> None:
    place = urlsplit(address)
    with socket.create_connection((str(place.hostname), place.port or 0), timeout=20) as client:
        client.sendall(head)
        answer = b""
        while piece := client.recv(10_000):
            answer += piece
    assert answer.startswith(b"HTTP/1.1 400")
    assert json.loads(answer.partition(b"\r\n\r\n")[2])["error"]["code"] == "bad_request"


def under_way(address: str) -> float:
    """Return how many requests a server has under way, this one among them."""
    rows = httpx.get(f"{address}/metrics").text.splitlines()
    return next(float(row.split()[1]) for row in rows if row.startswith("wenbao_requests_in_progress "))


def takes_more(address: str) -> bool:
    """Return whether a server still takes requests."""
    try:
        return httpx.get(f"{address}/healthz").status_code == 200
    except httpx.TransportError:
        return False


def test_what_is_under_way_is_answered_when_the_server_is_stopped(seeds_index: str) -> None:
    body = json.dumps(ASK).encode()
    head = "POST /api/ask HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
    head += f"Content-Length: {len(body)}\r\n\r\n"
    with serving(seeds_index) as (process, address, said), contextlib.ExitStack() as stack:
        place = urlsplit(address)
        clients = [
            stack.enter_context(socket.create_connection((str(place.hostname), place.port or 0), timeout=30))
            for _ in range(5)
        ]
        for client in clients:
            client.sendall(head.encode() + body[:9])
        until = time.monotonic() + 8  # before they are too slow
        while under_way(address) < 6:
            assert time.monotonic() < until
        process.send_signal(signal.SIGTERM)
        while takes_more(address):
            assert time.monotonic() < until
        for client in clients:
            client.sendall(body[9:])
        for client in clients:
            answer = b""
            while piece := client.recv(65536):
                answer += piece
            assert answer.startswith(b"HTTP/1.1 200")
            assert json.loads(answer.partition(b"\r\n\r\n")[2])["short_answer"] == "1048家"
        assert process.wait(20) == 0
    assert "Traceback" not in "".join(said)


def test_one_address_may_ask_so_often(answerer: Answerer) -> None:
    with app_client(answerer, requests_per_minute=2) as client:
        assert [client.get("/v1/models").status_code for _ in range(3)] == [200, 200, 429]
        refused = client.post("/api/ask", json=ASK)
        assert (refused.status_code, refused.json()["error"]["code"]) == (429, "rate_limited")
        assert 1 <= int(refused.headers["retry-after"]) <= 30
        assert client.get("/").status_code == client.get("/healthz").status_code == 200
    buckets = Buckets(2)
    assert [buckets.wait("a", 0.0), buckets.wait("a", 0.0), buckets.wait("b", 0.0)] == [0.0, 0.0, 0.0]
    assert buckets.wait("a", 0.0) == pytest.approx(30.0)
    assert buckets.wait("a", 31.0) == 0.0


def test_an_openai_client_waits_and_asks_again(gate: Gate) -> None:
    with app_client(gate, answers_at_once=1, answers_waiting=0) as client, ThreadPoolExecutor(1) as threads:
        first = threads.submit(client.post, "/api/ask", json=ASK)
        gate.waiting.acquire()
        threading.Timer(0.5, gate.open.set).start()
        with openai.OpenAI(base_url="http://testserver/v1", api_key="x", http_client=client, max_retries=3) as asking:
            reply = asking.chat.completions.create(model="wenbao", messages=[{"role": "user", "content": QUESTION}])
        assert "1048家" in str(reply.choices[0].message.content)
        assert first.result().status_code == 200


def test_workers_answer_reload_and_come_back(seeds_index: str, tmp_path: Path) -> None:
    flags = ("--workers", "2")
    with serving(seeds_index, *flags, WENBAO_ADMIN_KEYS='["admin"]') as (process, address, said):
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children")

        def workers() -> list[int]:
            pids = [int(pid) for pid in children.read_text().split()]
            return [pid for pid in pids if "spawn_main" in Path(f"/proc/{pid}/cmdline").read_text()]

        first = workers()
        assert len(first) == 2
        assert httpx.post(f"{address}/api/ask", json=ASK).json()["short_answer"] == "1048家"
        assert (
            httpx.post(f"{address}/admin/reload", headers={"Authorization": "Bearer admin"}).json()["changed"] is False
        )
        time.sleep(5)
        os.kill(first[0], signal.SIGKILL)
        until = time.monotonic() + 30
        while len(workers()) < 2 or set(workers()) == set(first):
            assert time.monotonic() < until, "".join(said)
            time.sleep(0.1)
        assert {httpx.post(f"{address}/api/ask", json=ASK).status_code for _ in range(10)} == {200}
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0
    assert "Traceback" not in "".join(said)
    for pid in (*first, process.pid):
        assert not Path(f"/proc/{pid}").exists()


@pytest.mark.parametrize("flags", [(), ("--workers", "2"), ("--watch",)])
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_stops_quietly_with_all_that_it_started(seeds_index: str, flags: tuple[str, ...], number: int) -> None:
    with serving(seeds_index, *flags) as (process, _, said):
        os.killpg(process.pid, number)  # as Ctrl-C in a terminal does
        assert process.wait(20) == 0
        until = time.monotonic() + 10
        while group(process.pid):
            assert time.monotonic() < until, group(process.pid)
            time.sleep(0.05)
    assert "Traceback" not in "".join(said)


def group(number: int) -> list[str]:
    """Return the processes of a group that still run."""
    return subprocess.run(["pgrep", "-g", str(number)], capture_output=True, text=True, check=False).stdout.split()
