"""The whole OpenAPI under schemathesis, every check on; `make torture` runs it ten times as long."""

import re
from collections.abc import Iterator
from urllib.parse import quote

import httpx
import pytest
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from api.app import create_app
from api.opening import Opened
from api.settings import Settings
from eval.fuzz import KEY, KEYED, OPEN, fuzz
from eval.server import Server
from rag.answerer import Answerer

from .conftest import SEEDS

QUESTION = "南海区有多少家社会办医疗机构？"
ANY_CASE = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.mark.parametrize(("environment", "key"), [(OPEN, ""), (KEYED, KEY)], ids=["open", "with keys"])
def test_every_answer_is_as_the_schema_says(seeds_index: str, environment: dict[str, str], key: str) -> None:
    with Server(SEEDS, seeds_index, **environment) as server:
        done = fuzz(server.port, examples=4, seed=1, key=key)
        assert server.answers()
    assert done.good, done.printed
    assert done.cases > 300


def test_the_schema_names_every_key_that_is_asked_for(answerer: Answerer) -> None:
    opened = Opened(answerer.snapshot, answerer)
    paths = create_app(Settings(api_keys=("a",), admin_keys=("b",)), opened).openapi()["paths"]
    asked = {path for path, operations in paths.items() for one in operations.values() if "security" in one}
    assert asked == set(paths) - {"/healthz", "/readyz"}
    assert "/admin/reload" not in create_app(Settings(), opened).openapi()["paths"]


def test_405_names_what_the_address_takes(answerer: Answerer) -> None:
    with TestClient(create_app(Settings(), Opened(answerer.snapshot, answerer))) as client:
        assert client.delete("/api/feedback").headers["allow"] == "GET, POST"
        assert client.get("/api/ask").headers["allow"] == "POST"
        assert re.search("method", client.get("/api/ask").json()["error"]["message"])


@pytest.fixture(scope="module")
def client(answerer: Answerer) -> Iterator[TestClient]:
    app = create_app(Settings(), Opened(answerer.snapshot, answerer))
    with TestClient(app, raise_server_exceptions=False) as client:
        yield client


@ANY_CASE
@given(raw=st.binary(max_size=300) | st.text(max_size=100).map(lambda text: text.encode("utf-8", "surrogatepass")))
def test_no_bytes_as_a_body_break_any_door(client: TestClient, raw: bytes) -> None:
    for path in ("/api/ask", "/api/ask/stream", "/v1/chat/completions", "/api/feedback", "/mcp"):
        response = client.post(path, content=raw, headers={"Content-Type": "application/json"})
        assert response.status_code < 500, (path, response.text)


@ANY_CASE
@given(text=st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=60))
def test_any_unicode_is_a_question_that_is_answered_or_refused(client: TestClient, text: str) -> None:
    asked = client.post("/api/ask", json={"question": text})
    assert asked.status_code in (200, 422), asked.text
    searched = client.get("/api/search", params={"q": text})
    assert searched.status_code == asked.status_code, searched.text
    conversation = [{"role": "user", "content": text}, {"role": "assistant", "content": text}]
    followed = client.post("/api/ask", json={"question": QUESTION, "history": conversation})
    assert followed.status_code in (200, 422), followed.text
    for path in ("/api/articles/", "/articles/", "/api/documents/", "/web/", "/docs/", "/v1/models/"):
        assert client.get(path + quote(text, safe="")).status_code < 500


@ANY_CASE
@given(
    name=st.sampled_from(
        [
            "Authorization",
            "Content-Type",
            "Content-Length",
            "Host",
            "Origin",
            "X-Request-ID",
            "Cookie",
            "Range",
            "Accept",
        ]
    ),
    value=st.binary(max_size=40).map(lambda raw: bytes(byte for byte in raw if byte not in b"\r\n\0")),
)
def test_no_header_breaks_any_door(client: TestClient, name: str, value: bytes) -> None:
    for method, path in (
        ("GET", "/"),
        ("GET", "/web/app.js"),
        ("POST", "/api/ask"),
        ("GET", "/v1/models"),
        ("POST", "/mcp"),
    ):
        request = client.build_request(method, path, headers=[(name.encode(), value)], json={"question": QUESTION})
        assert client.send(request).status_code < 500, (method, path)


def test_paths_do_not_lead_out_of_their_folder(address: str) -> None:
    for path in (
        "/web/../app.py", "/web/%2e%2e/app.py", "/web/..%2fapp.py", "/docs/..%2f..%2fMETADATA", "/web//etc/passwd",
        "/api/documents/..%2f..%2fetc%2fpasswd", "/api/documents//etc/passwd", "/articles/..%2f..%2fetc%2fpasswd",
    ):  # fmt: skip
        response = httpx.get(httpx.URL(address).copy_with(raw_path=path.encode()))
        assert response.status_code == 404, path
        assert "root:" not in response.text
