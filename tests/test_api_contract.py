"""The HTTP contract, against the real archive of the seeds."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from api.app import create_app
from api.opening import Opened
from api.schemas import SAID
from api.settings import Settings
from index.page import Page, read_page
from rag.answerer import Answerer
from rag.cite import verify_answer

from .conftest import SEEDS, Place

QUESTION = "南海区有多少家社会办医疗机构？"


@pytest.fixture(scope="module")
def client(answerer: Answerer) -> Iterator[TestClient]:
    app = create_app(Settings(), Opened(answerer.snapshot, answerer))
    with TestClient(app, raise_server_exceptions=False) as client:
        yield client


def seeds_page(document_id: str) -> Page:
    return read_page(SEEDS, document_id)


def test_an_answer_has_every_field_of_the_contract_and_verifies(client: TestClient) -> None:
    response = client.post("/api/ask", json={"question": QUESTION})
    body = response.json()
    assert response.status_code == 200
    assert set(body) == {
        "question", "rewritten_question", "language", "answerable", "answer", "short_answer", "confidence", "reason",
        "citations", "passages", "snapshot", "timings_ms",
    }  # fmt: skip
    citation = body["citations"][0]
    assert {"total", "retrieve", "read"} <= set(body["timings_ms"])
    assert len(body["passages"]) == 5
    assert body["short_answer"] == "1048家"
    assert body["answer"] == "\n".join(c["cited_text"] for c in body["citations"])
    assert verify_answer(body, seeds_page) == []
    article = client.get(f"/api/articles/{citation['article_id']}").json()
    assert article["text"][citation["start_char_index"] : citation["end_char_index"]] == citation["cited_text"]
    units = article["text"].encode("utf-16-le")
    assert units[2 * citation["utf16_start"] : 2 * citation["utf16_end"]].decode("utf-16-le") == citation["cited_text"]
    assert citation["url"].endswith(f"#c={citation['start_char_index']}-{citation['end_char_index']}")


def test_a_stream_brings_the_passages_first_and_then_the_same_answer(client: TestClient) -> None:
    response = client.post("/api/ask/stream", json={"question": QUESTION})
    assert response.headers["content-type"].startswith("text/event-stream")
    events = [event.split("\n") for event in response.text.strip().split("\n\n")]
    assert [name for name, _ in events] == ["event: passages", "event: answer"]
    passages, answer = (json.loads(data.removeprefix("data: ")) for _, data in events)
    whole = client.post("/api/ask", json={"question": QUESTION}).json()
    assert passages == {"rewritten_question": None, "passages": whole["passages"]}
    assert {**answer, "timings_ms": None} == {**whole, "timings_ms": None}


def test_a_stream_that_cannot_begin_is_an_error(client: TestClient) -> None:
    response = client.post("/api/ask/stream", json={"question": QUESTION, "documents": ["nothing.txt"]})
    assert response.status_code == 422
    assert response.json()["error"]["code"] == "document_unknown"


def test_the_answer_does_not_depend_on_top_k(client: TestClient) -> None:
    bodies = [client.post("/api/ask", json={"question": QUESTION, "top_k": k}).json() for k in (1, 20)]
    assert bodies[0]["answer"] == bodies[1]["answer"]
    assert [len(body["passages"]) for body in bodies] == [1, 20]


def test_a_refusal_is_empty_and_shows_the_nearest(client: TestClient) -> None:
    body = client.post("/api/ask", json={"question": "你好"}).json()
    assert (body["answerable"], body["answer"], body["short_answer"], body["citations"]) == (False, None, None, [])
    assert body["reason"] == "not_a_question"
    assert body["passages"]


@pytest.mark.parametrize(
    ("body", "param"),
    [
        ({}, "question"),
        ({"question": ""}, "question"),
        ({"question": " \n\t"}, "question"),
        ({"question": "字" * 513}, "question"),
        ({"question": 5}, "question"),
        ({"question": None}, "question"),
        ({"question": "有\0吗"}, "question"),
        ({"question": QUESTION, "top_k": 0}, "top_k"),
        ({"question": QUESTION, "top_k": 21}, "top_k"),
        ({"question": QUESTION, "top_k": "5"}, "top_k"),
        ({"question": QUESTION, "top_k": True}, "top_k"),
        ({"question": QUESTION, "nonsense": 1}, "nonsense"),
        ({"question": QUESTION, "documents": ["nowhere.txt"]}, "documents"),
        ({"question": QUESTION, "history": [{"role": "system", "content": "x"}]}, "history"),
        ({"question": QUESTION, "history": [{"role": "user", "content": "x" * 4001}]}, "history"),
        ({"question": QUESTION, "history": [{"role": "user", "content": "x"}] * 21}, "history"),
    ],
)
def test_a_wrong_field_is_named(client: TestClient, body: dict[str, object], param: str) -> None:
    response = client.post("/api/ask", json=body)
    error = response.json()["error"]
    assert response.status_code == 422
    assert set(error) == {"message", "type", "param", "code"}
    assert error["type"] == "invalid_request_error"
    assert str(error["param"]).startswith(param)


@pytest.mark.parametrize(
    "raw", [b"", b"{", b"[1]", b'"x"', b'{"question": "\xff"}', b"[" * 100_000, b'{"question": NaN}']
)
def test_what_is_no_json_object_is_refused(client: TestClient, raw: bytes) -> None:
    response = client.post("/api/ask", content=raw, headers={"content-type": "application/json"})
    assert response.status_code in (400, 422)
    assert "message" in response.json()["error"]


def test_a_lone_surrogate_is_refused(client: TestClient) -> None:
    raw = b'{"question": "\\ud800 \\u5417"}'
    response = client.post("/api/ask", content=raw, headers={"content-type": "application/json"})
    assert 400 <= response.status_code < 500
    assert "message" in response.json()["error"]


def test_a_body_of_a_megabyte_is_refused(client: TestClient) -> None:
    raw = json.dumps({"question": "字" * 400_000}).encode()
    response = client.post("/api/ask", content=raw, headers={"content-type": "application/json"})
    assert response.status_code == 413
    assert response.json()["error"]["code"] == "body_too_large"


def test_unknown_places_and_methods_are_told(client: TestClient) -> None:
    for path in ("/nowhere", "/api/articles/nowhere", "/articles/nowhere", "/api/articles/%00"):
        assert client.get(path).status_code == 404
        assert "message" in client.get(path).json()["error"]
    assert client.get("/api/ask").status_code == 405
    assert client.get("/api/articles?limit=x").status_code == 422
    assert client.get("/api/search").status_code == 422


def test_search_articles_and_health(client: TestClient) -> None:
    assert client.get("/api/search", params={"q": "知识产权", "top_k": 3}).json()["passages"][0]["text"]
    page = client.get("/api/articles", params={"limit": 2, "offset": 1}).json()
    assert len(page["articles"]) == 2
    assert page["total"] > 15
    assert set(page["articles"][0]) == {"article_id", "document_id", "title", "title_made"}
    article = client.get(f"/api/articles/{page['articles'][0]['article_id']}").json()
    assert {"text", "parts", "segments", "sha256"} <= set(article)
    assert client.get("/healthz").status_code == 200
    assert client.get("/readyz").status_code == 200


def test_before_the_archive_is_open_the_server_says_so() -> None:
    with TestClient(create_app(Settings(), None), raise_server_exceptions=False) as client:
        assert client.get("/healthz").status_code == 200
        assert client.get("/readyz").status_code == 503
        response = client.post("/api/ask", json={"question": QUESTION})
        assert response.status_code == 503
        assert "retry-after" in response.headers


def test_the_pages_are_local_and_safe(client: TestClient) -> None:
    article = client.get("/api/articles").json()["articles"][0]["article_id"]
    for path in (
        "/",
        "/browse",
        "/docs",
        f"/articles/{article}",
        "/web/app.js",
        "/web/app.css",
        "/documents/000_6386c4a8febe7e05.txt",
    ):
        response = client.get(path)
        assert response.status_code == 200, path
        assert "default-src 'none'" in response.headers["content-security-policy"]
    html = client.get("/").text + client.get("/docs").text
    assert "//" not in html.replace("http://www.w3.org", "")
    assert "<script>" not in html


def test_an_article_that_holds_html_is_shown_as_text(tmp_path: Path, place: Place) -> None:
    from api.opening import open_archive

    corpus = tmp_path / "corpus"
    corpus.mkdir()
    text = "<script>alert(1)</script> 标题\n\n市民说<img src=x onerror=alert(1)>今天下雨了。"
    (corpus / "x.txt").write_text(text, encoding="utf-8")
    chosen = Settings(corpus=corpus, index=place(tmp_path / "index"))
    opened = open_archive(chosen, lambda _: None, lambda *_: None)
    with TestClient(create_app(chosen, opened)) as client:
        article = client.get("/api/articles").json()["articles"][0]["article_id"]
        html = client.get(f"/articles/{article}").text
    assert "<img" not in html
    assert "<script>alert" not in html


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=20),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    ),
    st.sampled_from(["question", "history", "top_k", "documents", "x"]),
)
def test_no_value_of_any_field_breaks_the_server(client: TestClient, value: object, field: str) -> None:
    response = client.post("/api/ask", json={"question": QUESTION, field: value})
    assert response.status_code in (200, 400, 422)


def test_the_schema_tells_what_is_blank_to_every_kind_of_regular_expression() -> None:
    for blank in map(chr, [*range(0x1C, 0x20), 0x85]):  # Python takes them for white space, Rust or ECMAScript do not
        assert not blank.strip()
        assert not re.fullmatch(SAID, f" {blank} ", re.ASCII)
    assert re.fullmatch(SAID, " 谁？\x1d")
