"""The archive's own endpoints: ask, search, articles, documents, health."""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import JSONResponse, StreamingResponse

from api import bodies
from api.errors import ApiError, error_body, log, not_ready
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
    SearchResponse,
    TopK,
)
from index.article import Article
from index.snapshot import Snapshot
from rag.answer import Answer, Message
from rag.answerer import Found

REFUSED: dict[int | str, dict[str, Any]] = {
    status: {"model": ErrorResponse} for status in (400, 401, 404, 413, 422, 429, 503)
}
MOST_ARTICLES = 1000  # in one list
LARGEST_OFFSET = 2**53  # what JavaScript counts to

router = APIRouter(route_class=StrictRoute, responses=REFUSED, strict_content_type=False)


def opened(request: Request) -> Opened:
    """Return the open archive.

    Raises:
        ApiError: 503, it is not there yet.
    """
    archive: Opened | None = request.app.state.opened
    if archive is None:
        raise not_ready()
    return archive


Archive = Annotated[Opened, Depends(opened)]


@router.post("/api/ask", response_model=AskResponse, tags=["ask"])
def ask(body: AskRequest, request: Request, archive: Archive) -> JSONResponse:
    """Answer a question with the printed sentence, or say that the archive does not say."""
    return JSONResponse(bodies.answer_body(_answer(request, archive, body), body.top_k))


@router.post("/api/ask/stream", response_class=StreamingResponse, tags=["ask"])
async def ask_in_pieces(body: AskRequest, request: Request, archive: Archive) -> StreamingResponse:
    """The same as it is found, as Server-Sent Events: `passages`, then `answer` (the body of /api/ask), or `error`."""
    events: asyncio.Queue[tuple[str, Any]] = asyncio.Queue()
    loop = asyncio.get_running_loop()

    def tell(name: str, data: Any) -> None:
        loop.call_soon_threadsafe(events.put_nowait, (name, data))

    def work() -> None:
        try:
            found = _answer(request, archive, body, lambda *found: tell("passages", bodies.passages_body(*found)))
            tell("answer", bodies.answer_body(found, body.top_k))
        except Exception as error:  # noqa: BLE001 - whatever it is, the stream must end: it is raised or told below
            tell("error", error)

    loop.run_in_executor(None, work)
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
    if name == "error":
        log.error("an answer under way failed", exc_info=data)
        data = error_body(500, "Something went wrong here. The server's log has it.", "internal_error")
    yield _event(name, data)


def _event(name: str, data: Any) -> str:
    return f"event: {name}\ndata: {json.dumps(data, ensure_ascii=False)}\n\n"


def _answer(request: Request, archive: Opened, body: AskRequest, found: Found | None = None) -> Answer:
    history = [Message(message.role, message.content) for message in body.history]
    return answer(request, archive, body.question, history, body.top_k, body.documents, found)


def answer(
    request: Request,
    archive: Opened,
    question: str,
    history: Sequence[Message] = (),
    k: int = 5,
    documents: Sequence[str] | None = None,
    found: Found | None = None,
) -> Answer:
    """Ask the archive, and count the answer."""
    request.state.question = question
    given = archive.answerer.ask(question, history, k, documents, found)
    request.app.state.metrics.answered(given)
    return given


@router.get("/api/search", response_model=SearchResponse, tags=["ask"])
def search(q: QuestionText, archive: Archive, top_k: TopK = 5) -> JSONResponse:
    """Return the passages nearest to a query, best first."""
    return JSONResponse(bodies.search_body(archive.answerer.search(q, top_k)))


@router.get("/api/articles", response_model=ArticleList, tags=["archive"])
def articles(
    archive: Archive,
    limit: Annotated[int, Query(ge=1, le=MOST_ARTICLES)] = 50,
    offset: Annotated[int, Query(ge=0, le=LARGEST_OFFSET)] = 0,
) -> JSONResponse:
    """List articles in the order of the archive."""
    return JSONResponse(bodies.article_list_body(archive.snapshot.archive, limit, offset))


@router.get("/api/articles/{article_id}", response_model=ArticleOut, tags=["archive"])
def article(article_id: str, archive: Archive) -> JSONResponse:
    """Return one article: its text, its parts, and where in the file each run of it stands."""
    texts = archive.snapshot.archive
    number = texts.article_number(article_id)
    if number is None:
        raise ApiError(404, "There is no such article. /api/articles lists them.", "article_not_found", "article_id")
    found = texts.article(number)
    return JSONResponse({**bodies.article_body(found), "sha256": texts.sha256(found.document_id)})


@router.get("/api/documents", response_model=DocumentList, tags=["archive"])
def documents(archive: Archive) -> JSONResponse:
    """List the pages of the archive, and the files of the corpus folder that were left out."""
    return JSONResponse(bodies.document_list_body(archive.snapshot))


@router.get("/api/documents/{document_id:path}", response_model=DocumentOut, tags=["archive"])
def document(document_id: str, archive: Archive) -> JSONResponse:
    """Return one raw page, its articles, and what on it was read into none of them."""
    texts = archive.snapshot.archive
    found = texts.page(document_id)
    if found is None:
        raise ApiError(
            404, "There is no such document. /api/documents lists them.", "document_not_found", "document_id"
        )
    page, left = found
    return JSONResponse(bodies.document_body(page, left, articles_of(archive.snapshot, document_id)))


def articles_of(snapshot: Snapshot, document_id: str) -> list[Article]:
    """Return the articles of a document that the archive has, in order; its articles follow those before it."""
    first = 0
    for row in snapshot.manifest["documents"]:
        if row["document_id"] == document_id:
            return [snapshot.archive.article(first + place) for place in range(row["articles"])]
        first += row["articles"]
    return []


@router.get("/healthz", tags=["health"])
async def healthz() -> dict[str, str]:
    """The process lives."""
    return {"status": "ok"}


@router.get("/readyz", tags=["health"])
async def readyz(archive: Archive) -> dict[str, str]:
    """Questions can be answered; 503 before that."""
    return {"status": "ready", "snapshot": archive.snapshot.content}
