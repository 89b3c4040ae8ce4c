"""The archive's own endpoints: ask, search, articles, documents, health."""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import JSONResponse, StreamingResponse

from api import bodies
from api.desk import Desk
from api.errors import ApiError, damaged, error_body, log, not_ready
from api.json_body import StrictRoute
from api.opening import Opened
from api.schemas import (
    ArticleList,
    ArticleOut,
    AskRequest,
    AskResponse,
    DocumentList,
    DocumentOut,
    ErrorResponse,
    QuestionText,
    Readiness,
    SearchResponse,
    TopK,
)
from index.article import Article
from rag.answer import Answer, Hit, Message
from rag.answerer import Found

REFUSED: dict[int | str, dict[str, Any]] = {
    status: {"model": ErrorResponse} for status in (400, 401, 404, 413, 415, 422, 429, 503, 504)
}
MOST_ARTICLES = 1000  # in one list
LARGEST_OFFSET = 2**53  # what JavaScript counts to

router = APIRouter(route_class=StrictRoute, responses=REFUSED, strict_content_type=False)


def reading(request: Request) -> Desk:
    """Return where requests that read the archive wait their turn."""
    desk: Desk = request.app.state.desk
    return desk


def in_service(request: Request) -> Opened:
    """Return the archive in service, to be looked at in passing.

    Raises:
        ApiError: 503, there is none yet, or it is damaged.
    """
    opened = reading(request).generations.current
    if opened is None:
        raise not_ready()
    if reading(request).generations.refused:
        raise damaged()
    return opened


@router.post("/api/ask", response_model=AskResponse, tags=["ask"])
async def ask(body: AskRequest, request: Request) -> JSONResponse:
    """Answer a question with the printed sentence, or say that the archive does not say."""

    def job(opened: Opened) -> JSONResponse:
        return JSONResponse(bodies.answer_body(_answer(request, opened, body), body.top_k))

    return await reading(request).run(job)


@router.post("/api/ask/stream", response_class=StreamingResponse, tags=["ask"])
async def ask_in_pieces(body: AskRequest, request: Request) -> StreamingResponse:
    """The same as it is found, as Server-Sent Events: `passages`, then `answer` (the body of /api/ask), or `error`."""
    events: asyncio.Queue[tuple[str, Any]] = asyncio.Queue()
    loop = asyncio.get_running_loop()

    def tell(rewritten: str | None, hits: Sequence[Hit]) -> None:
        loop.call_soon_threadsafe(events.put_nowait, ("passages", bodies.passages_body(rewritten, hits)))

    def job(opened: Opened) -> bodies.Body:
        return bodies.answer_body(_answer(request, opened, body, tell), body.top_k)

    def ended(done: "asyncio.Task[bodies.Body]") -> None:
        if not done.cancelled():
            error = done.exception()
            events.put_nowait(("error", error) if error else ("answer", done.result()))

    task = asyncio.create_task(reading(request).run(job))
    task.add_done_callback(ended)
    first = await events.get()
    if first[0] == "error":
        raise first[1]
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return StreamingResponse(_events(first, events), media_type="text/event-stream", headers=headers)


async def _events(first: tuple[str, Any], events: "asyncio.Queue[tuple[str, Any]]") -> AsyncIterator[str]:
    name, data = first
    while name == "passages":
        yield _event(name, data)
        name, data = await events.get()
    if isinstance(data, ApiError):
        data = error_body(data.status_code, data.detail, data.code, data.param)
    elif name == "error":
        log.error("an answer under way failed", exc_info=data)
        data = error_body(500, "Something went wrong here. The server's log has it.", "internal_error")
    yield _event(name, data)


def _event(name: str, data: Any) -> str:
    return f"event: {name}\ndata: {json.dumps(data, ensure_ascii=False)}\n\n"


def _answer(request: Request, opened: Opened, body: AskRequest, found: Found | None = None) -> Answer:
    history = [Message(message.role, message.content) for message in body.history]
    return answer(request, opened, body.question, history, body.top_k, body.documents, found)


def answer(
    request: Request,
    opened: Opened,
    question: str,
    history: Sequence[Message] = (),
    k: int = 5,
    documents: Sequence[str] | None = None,
    found: Found | None = None,
) -> Answer:
    """Ask the archive, and count the answer."""
    request.state.question = question
    given = opened.answerer.ask(question, history, k, documents, found)
    request.app.state.metrics.answered(given)
    return given


@router.get("/api/search", response_model=SearchResponse, tags=["ask"])
async def search(q: QuestionText, request: Request, top_k: TopK = 5) -> JSONResponse:
    """Return the passages nearest to a query, best first."""
    return await reading(request).run(lambda opened: JSONResponse(bodies.search_body(opened.answerer.search(q, top_k))))


@router.get("/api/articles", response_model=ArticleList, tags=["archive"])
async def articles(
    request: Request,
    limit: Annotated[int, Query(ge=1, le=MOST_ARTICLES)] = 50,
    offset: Annotated[int, Query(ge=0, le=LARGEST_OFFSET)] = 0,
) -> JSONResponse:
    """List articles in the order of the archive."""
    return await reading(request).run(
        lambda opened: JSONResponse(bodies.article_list_body(opened.snapshot, limit, offset))
    )


@router.get("/api/articles/{article_id}", response_model=ArticleOut, tags=["archive"])
async def article(article_id: str, request: Request) -> JSONResponse:
    """Return one article: its text, its parts, and where in the file each run of it stands."""

    def job(opened: Opened) -> JSONResponse:
        found = article_named(opened, article_id)
        sha256 = opened.snapshot.archive.sha256(found.document_id)
        return JSONResponse({**bodies.article_body(found), "sha256": sha256})

    return await reading(request).run(job)


def article_named(opened: Opened, article_id: str) -> Article:
    """Return an article.

    Raises:
        ApiError: 404, there is none of that id.
    """
    number = opened.snapshot.archive.article_number(article_id)
    if number is None:
        raise ApiError(404, "There is no such article. /api/articles lists them.", "article_not_found", "article_id")
    return opened.snapshot.archive.article(number)


@router.get("/api/documents", response_model=DocumentList, tags=["archive"])
async def documents(request: Request) -> JSONResponse:
    """List the pages of the archive, and the files of the corpus folder that were left out."""
    return await reading(request).run(lambda opened: JSONResponse(bodies.document_list_body(opened.snapshot)))


@router.get("/api/documents/{document_id:path}", response_model=DocumentOut, tags=["archive"])
async def document(document_id: str, request: Request) -> JSONResponse:
    """Return one raw page, its articles, and what on it was read into none of them."""

    def job(opened: Opened) -> JSONResponse:
        texts = opened.snapshot.archive
        found = texts.page(document_id)
        if found is None:
            message = "There is no such document. /api/documents lists them."
            raise ApiError(404, message, "document_not_found", "document_id")
        return JSONResponse(bodies.document_body(*found, texts.articles_of_document(document_id)))

    return await reading(request).run(job)


@router.get("/healthz", tags=["health"])
async def healthz() -> dict[str, str]:
    """The process lives."""
    return {"status": "ok"}


@router.get("/readyz", response_model=Readiness, tags=["health"])
async def readyz(request: Request) -> JSONResponse:
    """Questions can be answered; 503 before that. `failed`: a newer generation that could not be opened."""
    snapshot = in_service(request).snapshot
    await asyncio.to_thread(snapshot.archive.ready)
    failed = request.app.state.reloader.failed
    body = {"status": "ready", "snapshot": snapshot.content, "generation": snapshot.name, "failed": failed}
    return JSONResponse(body)
