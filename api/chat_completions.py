"""The door that OpenAI's clients know: `/v1/chat/completions` and `/v1/models`.

The last user message is the question, what stands before it the history. The text is the printed sentence with `[1]`
marks; where it stands comes as `message.annotations` (OpenAI's `url_citation`), as `citations` and `search_results`
(Perplexity's), and while streaming also as `event` chunks of type `source`, which Open WebUI keeps.
"""

import json
import re
import time
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, StreamingResponse
from pydantic import BaseModel, ConfigDict, Field

from api import bodies
from api.addresses import absolute
from api.errors import ApiError
from api.json_body import StrictRoute
from api.opening import Opened
from api.routes import REFUSED, answer, reading
from api.schemas import HISTORY_LENGTH, MESSAGE_LENGTH, QUESTION_LENGTH
from rag.answer import Answer, Message

MODEL = "wenbao"
NEAREST = 5  # passages told of
MOST_MESSAGES = 2048
REFUSALS = {
    "zh": {
        "not_a_question": "我只回答关于报纸内容的问题。请问一件报上可能写过的事。",
        "no_match": "报上没有找到与此相关的内容。",
        "entity_missing": "报上没有提到问题里的人、地方、年份或数字。",
        "low_confidence": "报上没有确切的答案。",
    },
    "en": {
        "not_a_question": "I only answer questions about what the newspapers printed.",
        "no_match": "The archive has nothing near this question.",
        "entity_missing": "The archive does not mention a name, year or number of this question.",
        "low_confidence": "The archive does not say.",
    },
}

STREAMED: dict[int | str, dict[str, Any]] = {200: {"content": {"text/event-stream": {}}}}

_MARK = re.compile(r" ?\[[0-9]{1,2}\]")

router = APIRouter(prefix="/v1", route_class=StrictRoute, responses=REFUSED, tags=["openai"], strict_content_type=False)


class ContentPart(BaseModel):
    """A piece of a message; only text is read."""

    model_config = ConfigDict(extra="allow", strict=True)

    type: str = "text"
    text: str = ""


class ChatMessage(BaseModel):
    """A turn; what tools and the system say is passed over."""

    model_config = ConfigDict(extra="allow", strict=True)

    role: Literal["system", "developer", "user", "assistant", "tool", "function"]
    content: str | list[ContentPart] | None = None

    @property
    def text(self) -> str:
        """What it says."""
        if isinstance(self.content, list):
            return "\n".join(part.text for part in self.content if part.text)
        return self.content or ""


class StreamOptions(BaseModel):
    """How a stream ends."""

    model_config = ConfigDict(extra="allow", strict=True)

    include_usage: bool = False


class ChatRequest(BaseModel):
    """A conversation. Parameters of language models (temperature, tools, …) are taken and change nothing."""

    model_config = ConfigDict(
        extra="allow",
        strict=True,
        json_schema_extra={
            "examples": [{"model": MODEL, "messages": [{"role": "user", "content": "南海区有多少家社会办医疗机构？"}]}]
        },
    )

    messages: list[ChatMessage] = Field(min_length=1, max_length=MOST_MESSAGES)
    model: str = MODEL
    stream: bool | None = False
    stream_options: StreamOptions | None = None
    n: int | None = 1


@dataclass(frozen=True)
class Reply:
    """An answer in the form of a chat: `text` with its marks, where it stands, and what it cost in tokens."""

    text: str
    annotations: list[dict[str, Any]]
    citations: list[str]
    results: list[dict[str, Any]]
    sources: list[dict[str, Any]]
    usage: dict[str, int]


@router.get("/models")
def models() -> dict[str, Any]:
    """List the one model there is."""
    return {"object": "list", "data": [_model()]}


@router.get("/models/{model}")
def model(model: str) -> dict[str, Any]:
    """Return the one model there is."""
    _check_model(model)
    return _model()


@router.post("/chat/completions", response_model=None, responses=STREAMED)
async def chat_completions(body: ChatRequest, request: Request) -> JSONResponse | StreamingResponse:
    """Answer the last user message with the printed sentence and its sources, or say that the archive does not say."""
    _check_model(body.model)
    if body.n not in (None, 1):
        raise ApiError(400, "n: the archive has one answer. Ask with n = 1.", "n_too_large", "n")
    question, history = _conversation(body.messages)
    said = [message.text for message in body.messages]
    reply = await reading(request).run(
        lambda opened: _reply(answer(request, opened, question, history, NEAREST), request, opened, said)
    )
    if body.stream:
        usage = bool(body.stream_options and body.stream_options.include_usage)
        headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        return StreamingResponse(_stream(reply, usage), media_type="text/event-stream", headers=headers)
    message = {"role": "assistant", "content": reply.text, "refusal": None, "annotations": reply.annotations}
    choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": "stop"}
    return JSONResponse({**_head("chat.completion"), "choices": [choice], "usage": reply.usage, **_found(reply)})


def _conversation(messages: Sequence[ChatMessage]) -> tuple[str, list[Message]]:
    """Return the question and the turns before it, cut to what the archive reads."""
    last = next((place for place in range(len(messages) - 1, -1, -1) if messages[place].role == "user"), None)
    question = "" if last is None else messages[last].text.strip()
    if last is None or not question.strip("\0 \t\n"):
        raise ApiError(400, "messages: the last user message is blank. Ask something.", "question_blank", "messages")
    if len(question) > QUESTION_LENGTH:
        message = f"messages: the question has {len(question)} characters; at most {QUESTION_LENGTH} are read."
        raise ApiError(400, message, "question_too_long", "messages")
    turns = [
        Message(message.role, _MARK.sub("", message.text)[:MESSAGE_LENGTH])
        for message in messages[:last]
        if message.role in ("user", "assistant")
    ]
    return question, turns[-HISTORY_LENGTH:]


def _reply(found: Answer, request: Request, opened: Opened, said: Sequence[str]) -> Reply:
    body = bodies.answer_body(found, NEAREST)
    text = "" if found.answerable else REFUSALS[found.language][str(found.reason)]
    annotations, citations, cited, sources = [], [], [], []
    for citation in body["citations"]:
        text += "\n" if text else ""
        start = len(text)
        text += f"{citation['cited_text']} [{citation['index']}]"
        url = absolute(request, citation["url"])
        place = {"start_index": start, "end_index": start + len(citation["cited_text"])}
        annotations.append({"type": "url_citation", "url_citation": {**place, "url": url, "title": citation["title"]}})
        citations.append(url)
        cited.append({"title": citation["title"], "url": url, "date": None, "snippet": citation["passage"]})
        source = {"id": citation["article_id"], "name": citation["title"], "url": url}
        where = {"source": url, "name": citation["title"], "url": url}
        sources.append({"source": source, "document": [citation["passage"]], "metadata": [where]})
    near = [
        {
            "title": passage["title"],
            "url": absolute(request, bodies.article_url(passage["article_id"])),
            "date": None,
            "snippet": passage["text"],
        }
        for passage in body["passages"]
    ]
    known = {row["snippet"] for row in cited}
    asked, given = (
        sum(map(len, opened.snapshot.static.token_ids(texts))) for texts in ([t for t in said if t], [text])
    )
    usage = {"prompt_tokens": asked, "completion_tokens": given, "total_tokens": asked + given}
    results = [*cited, *(row for row in near if row["snippet"] not in known)]
    return Reply(text, annotations, citations, results, sources, usage)


def _stream(reply: Reply, with_usage: bool) -> Iterator[str]:
    """Yield the chunks: the role, the sources, the text line by line, where it stands, the end."""
    head = _head("chat.completion.chunk")

    def chunk(delta: dict[str, Any], finish: str | None = None, **more: Any) -> str:
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}
        return _data({**head, "choices": [choice], **more})

    yield chunk({"role": "assistant", "content": ""})
    for source in reply.sources:
        yield chunk({}, event={"type": "source", "data": source})
    for line in reply.text.splitlines(keepends=True):
        yield chunk({"content": line})
    if reply.annotations:
        yield chunk({"annotations": reply.annotations})
    yield chunk({}, "stop", **_found(reply))
    if with_usage:
        yield _data({**head, "choices": [], "usage": reply.usage})
    yield "data: [DONE]\n\n"


def _found(reply: Reply) -> dict[str, Any]:
    return {"citations": reply.citations, "search_results": reply.results}


def _head(kind: str) -> dict[str, Any]:
    return {"id": f"chatcmpl-{uuid.uuid4().hex}", "object": kind, "created": int(time.time()), "model": MODEL}


def _data(body: dict[str, Any]) -> str:
    return f"data: {json.dumps(body, ensure_ascii=False)}\n\n"


def _model() -> dict[str, Any]:
    return {"id": MODEL, "object": "model", "created": 0, "owned_by": MODEL}


def _check_model(name: str) -> None:
    if name != MODEL:
        message = f"There is no model of that name. Ask {MODEL!r}; /v1/models lists it."
        raise ApiError(404, message, "model_not_found", "model")
