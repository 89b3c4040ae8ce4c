"""The doors that other programs know, through their own clients, against the real server."""

import json
import logging
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import anyio
import httpx
import openai
import pytest
from fastapi.testclient import TestClient
from mcp.client.session import ClientSession
from mcp.client.stdio import StdioServerParameters, stdio_client
from mcp.client.streamable_http import streamable_http_client

from api.app import create_app
from api.opening import Opened
from api.settings import Settings
from rag.answerer import Answerer
from rag.cite import verify_answer

from .test_api_contract import seeds_page

QUESTION = "南海区有多少家社会办医疗机构？"


@pytest.fixture
def client(address: str) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(base_url=f"{address}/v1", api_key="none", max_retries=0) as client:
        yield client


def user(text: str) -> Any:
    return [{"role": "user", "content": text}]


def test_openai_lists_the_model(client: openai.OpenAI) -> None:
    assert [model.id for model in client.models.list()] == ["wenbao"]
    assert client.models.retrieve("wenbao").id == "wenbao"


def test_openai_gets_the_sentence_with_where_it_stands(client: openai.OpenAI, address: str) -> None:
    answer = client.chat.completions.create(model="wenbao", messages=user(QUESTION), temperature=0.2, max_tokens=50)
    message = answer.choices[0].message
    assert message.content is not None
    assert "1048家" in message.content
    assert message.content.endswith("[1]")
    assert message.annotations is not None
    place = message.annotations[0].url_citation
    quoted = message.content[place.start_index : place.end_index]
    assert message.content == f"{quoted} [1]"
    assert place.url.startswith(f"{address}/articles/")
    extra = answer.model_extra
    assert extra is not None
    assert extra["citations"] == [place.url]
    assert extra["search_results"][0]["url"] == place.url
    assert answer.usage is not None
    assert answer.usage.total_tokens == answer.usage.prompt_tokens + answer.usage.completion_tokens > 0
    whole = httpx.post(f"{address}/api/ask", json={"question": QUESTION}).json()
    assert quoted == whole["citations"][0]["cited_text"]


def test_openai_streams_the_same_with_its_sources(client: openai.OpenAI) -> None:
    whole = client.chat.completions.create(model="wenbao", messages=user(QUESTION))
    stream = client.chat.completions.create(
        model="wenbao", messages=user(QUESTION), stream=True, stream_options={"include_usage": True}
    )
    text, sources, finished, usage = "", [], [], None
    for chunk in stream:
        text += "".join(choice.delta.content or "" for choice in chunk.choices)
        finished += [choice.finish_reason for choice in chunk.choices if choice.finish_reason]
        usage = chunk.usage or usage
        if event := (chunk.model_extra or {}).get("event"):
            sources.append(event)
    assert text == whole.choices[0].message.content
    assert finished == ["stop"]
    assert usage == whole.usage
    assert sources[0]["type"] == "source"
    data = sources[0]["data"]
    assert set(data["source"]) == {"id", "name", "url"}
    assert "1048家" in data["document"][0]
    assert set(data["metadata"][0]) == {"source", "name", "url"}


def test_openai_follows_up_and_is_told_no(client: openai.OpenAI) -> None:
    first = client.chat.completions.create(model="wenbao", messages=user(QUESTION)).choices[0].message.content
    turns = [*user(QUESTION), {"role": "assistant", "content": first}, *user("总共的医疗卫生机构有多少家？")]
    after = client.chat.completions.create(model="wenbao", messages=turns).choices[0].message.content
    assert after is not None
    assert "1291家" in after
    refused = client.chat.completions.create(model="wenbao", messages=user("你好")).choices[0].message
    assert refused.content == "我只回答关于报纸内容的问题。请问一件报上可能写过的事。"
    assert refused.annotations == []


def test_openai_content_may_come_in_parts(client: openai.OpenAI) -> None:
    parts: Any = [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": [{"type": "text", "text": QUESTION}]},
    ]
    assert "1048家" in str(client.chat.completions.create(model="wenbao", messages=parts).choices[0].message.content)


@pytest.mark.parametrize(
    ("body", "kind", "code"),
    [
        ({"model": "gpt-5", "messages": user(QUESTION)}, openai.NotFoundError, "model_not_found"),
        ({"model": "wenbao", "messages": user("字" * 513)}, openai.BadRequestError, "question_too_long"),
        ({"model": "wenbao", "messages": user(" ")}, openai.BadRequestError, "question_blank"),
        ({"model": "wenbao", "messages": []}, openai.BadRequestError, "messages_too_short"),
        ({"model": "wenbao", "messages": user(QUESTION), "n": 2}, openai.BadRequestError, "n_too_large"),
    ],
)
def test_openai_is_told_what_is_wrong(
    client: openai.OpenAI, body: dict[str, Any], kind: type[openai.APIStatusError], code: str
) -> None:
    with pytest.raises(kind) as caught:
        client.chat.completions.create(**body)
    assert caught.value.code == code
    assert caught.value.type


async def _three_tools(session: ClientSession, base: str) -> None:
    await session.initialize()
    tools = await session.list_tools()
    assert sorted(tool.name for tool in tools.tools) == ["ask", "fetch", "search"]
    found = _json(await session.call_tool("search", {"query": "社会办医疗机构"}))
    first = found["results"][0]
    assert set(first) == {"id", "title", "url"}
    article = _json(await session.call_tool("fetch", {"id": first["id"]}))
    assert set(article) == {"id", "title", "text", "url", "metadata"}
    assert "1048家" in article["text"]
    assert article["url"] == first["url"]
    assert article["url"].startswith(base)
    answer = _json(await session.call_tool("ask", {"question": QUESTION}))
    assert answer["short_answer"] == "1048家"
    assert answer["citations"][0]["url"].startswith(base)
    assert verify_answer(answer, seeds_page) == []
    refused = await session.call_tool("fetch", {"id": "nothing"})
    assert refused.is_error
    blank = await session.call_tool("ask", {"question": " "})
    assert blank.is_error
    assert "blank" in blank.content[0].text  # type: ignore[union-attr]


def _json(result: Any) -> dict[str, Any]:
    assert not result.is_error, result.content
    return dict(json.loads(result.content[0].text))


def test_mcp_over_http(address: str) -> None:
    async def run() -> None:
        async with (
            streamable_http_client(f"{address}/mcp") as streams,
            ClientSession(streams[0], streams[1]) as session,
        ):
            await _three_tools(session, address)

    anyio.run(run)


def test_mcp_over_stdio(seeds_index: str) -> None:
    root = Path(__file__).parent.parent
    arguments = ["-m", "api.cli", "mcp", "--index", seeds_index]
    server = StdioServerParameters(command=sys.executable, args=arguments, cwd=root)

    async def run() -> None:
        async with stdio_client(server) as (read, write), ClientSession(read, write) as session:
            await _three_tools(session, "http://127.0.0.1:8000/articles/")

    anyio.run(run)


def test_a_page_of_another_site_cannot_use_mcp(address: str) -> None:
    body = {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}
    headers = {"Origin": "https://evil.example", "Accept": "application/json, text/event-stream"}
    assert httpx.post(f"{address}/mcp", json=body, headers=headers).status_code == 403


def test_metrics_count_answers_and_requests(address: str) -> None:
    def count(line: str) -> float:
        rows = httpx.get(f"{address}/metrics").text.splitlines()
        return sum(float(row.rsplit(" ", 1)[1]) for row in rows if row.startswith(line))

    before = count('wenbao_answers_total{outcome="answered"}')
    httpx.post(f"{address}/api/ask", json={"question": QUESTION})
    assert count('wenbao_answers_total{outcome="answered"}') == before + 1
    assert count('wenbao_requests_total{method="POST",route="/api/ask",status="200"}') >= 1
    assert count('wenbao_stage_seconds_count{stage="read"}') >= before + 1
    assert count('wenbao_archive{what="articles"}') == 23


def test_a_request_keeps_its_id_if_it_is_a_plain_one(address: str) -> None:
    def given(request_id: str) -> str:
        return httpx.get(f"{address}/healthz", headers={"X-Request-ID": request_id}).headers["x-request-id"]

    assert given("abc-123") == "abc-123"
    assert given("a b") != "a b"
    assert len(given("x" * 65)) == 32


@pytest.mark.parametrize("with_question", [False, True])
def test_the_log_holds_the_question_only_if_asked_to(
    answerer: Answerer, caplog: pytest.LogCaptureFixture, with_question: bool
) -> None:
    settings = Settings(log="json", log_questions=with_question)
    app = create_app(settings, Opened(answerer.snapshot, answerer))
    with caplog.at_level(logging.INFO, "wenbao.requests"), TestClient(app) as client:
        client.post("/api/ask", json={"question": QUESTION})
        client.get("/api/search", params={"q": QUESTION})
    row = json.loads(caplog.records[0].message)
    assert (row["method"], row["path"], row["status"]) == ("POST", "/api/ask", 200)
    assert (QUESTION in caplog.text) is with_question


def test_links_point_to_the_public_address(answerer: Answerer) -> None:
    settings = Settings(public_url="https://news.example/archive")
    with TestClient(create_app(settings, Opened(answerer.snapshot, answerer))) as client:
        body = client.post("/v1/chat/completions", json={"messages": user(QUESTION)}).json()
    assert body["citations"][0].startswith("https://news.example/archive/articles/")


def test_every_door_asks_for_the_key(answerer: Answerer) -> None:
    app = create_app(Settings(api_keys=("secret",)), Opened(answerer.snapshot, answerer))
    with TestClient(app) as client:
        for path in ("/v1/models", "/mcp", "/metrics"):
            assert client.get(path).status_code == 401
        assert client.get("/v1/models", headers={"Authorization": "Bearer secret"}).status_code == 200


def test_help_names_the_command() -> None:
    out = subprocess.run([sys.executable, "-m", "api.cli", "mcp", "--help"], capture_output=True, text=True, check=True)
    assert "assistant" in out.stdout
