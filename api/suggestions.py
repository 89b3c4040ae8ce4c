"""Questions that the archive answers: for somebody who does not know what to ask, and instead of a refused one."""

import asyncio
import time
from collections.abc import Iterator
from concurrent.futures import Future
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request
from fastapi.responses import JSONResponse

from api.desk import Desk
from api.errors import not_ready
from api.json_body import StrictRoute
from api.opening import Opened
from api.routes import REFUSED, in_service, reading
from api.schemas import InsteadResponse, QuestionText, SuggestionsResponse
from index.article import Article
from index.gloss import GlossTable
from rag.answer import Answer
from rag.suggest import better, spread, suggest, suggest_english

SHOWN = 6
INSTEAD = 2  # questions instead of a refused one, beside the better one
PATIENCE = 2.0  # seconds of work for the questions of one language: a large archive takes longer to ask
NEAREST = 2  # articles that they are made from

router = APIRouter(route_class=StrictRoute, responses=REFUSED, tags=["ask"])

Language = Literal["zh", "en"]


class Suggestions:
    """What was suggested, remembered for the index in service: made once, at the first need, while others wait."""

    def __init__(self) -> None:
        self._made: dict[tuple[str, str], Future[list[dict[str, str]]]] = {}

    async def of(self, desk: Desk, snapshot: str, language: Language) -> list[dict[str, str]]:
        """Return up to `SHOWN` questions with their languages; English ones are filled up with Chinese ones.

        Raises:
            ApiError: as `Desk.run`.
        """
        key = snapshot, language
        if (found := self._made.get(key)) is not None:
            return await asyncio.wrap_future(found)
        found = Future()
        self._made = {**{old: made for old, made in self._made.items() if old[0] == snapshot}, key: found}
        try:
            found.set_result(await desk.run(lambda opened: _make(opened, language)))
        finally:
            if not found.done():  # it failed, and is made again when it is asked for again
                self._made.pop(key, None)
                found.set_exception(not_ready())
        return found.result()


def _make(archive: Opened, language: Language) -> list[dict[str, str]]:
    answerer, texts = archive.answerer, archive.snapshot.archive
    english: list[str] = []
    if language == "en":
        english = suggest_english(answerer, _patiently(spread(texts)), SHOWN, GlossTable().turned_round())
    chinese = suggest(answerer, _patiently(spread(texts)), SHOWN - len(english))
    return [{"question": question, "language": "en"} for question in english] + [
        {"question": question, "language": "zh"} for question in chinese
    ]


def _patiently(articles: Iterator[Article]) -> Iterator[Article]:
    """Yield articles until this thread has worked for `PATIENCE` seconds."""
    start = time.thread_time()
    for article in articles:
        if time.thread_time() - start > PATIENCE:
            return
        yield article


@router.get("/api/suggestions", response_model=SuggestionsResponse)
async def suggestions(
    request: Request, language: Annotated[Language, Query(description="of the reader")] = "zh"
) -> JSONResponse:
    """Questions that this archive answers: made from its sentences, each asked and answered before it is shown."""
    found: Suggestions = request.app.state.suggestions
    questions = await found.of(reading(request), in_service(request).snapshot.content, language)
    return JSONResponse({"questions": questions})


@router.get("/api/instead", response_model=InsteadResponse)
async def instead(q: QuestionText, request: Request) -> JSONResponse:
    """What the archive lacks of a refused question, and what it would answer: the question without that, and others
    from the nearest articles."""
    return JSONResponse(await reading(request).run(lambda opened: _instead(opened, q)))


def _instead(archive: Opened, question: str) -> dict[str, Any]:
    answer = archive.answerer.ask(question)
    missing = list(archive.answerer.explain(question)["missing"]) if answer.reason == "entity_missing" else []
    nearest = list(_articles(answer))
    changed = better(archive.answerer, question, missing, nearest) if missing else None
    others = (
        suggest(archive.answerer, nearest, INSTEAD) if answer.reason in ("entity_missing", "low_confidence") else []
    )
    return {"missing": missing, "better": changed, "questions": [other for other in others if other != changed]}


def _articles(answer: Answer) -> Iterator[Article]:
    """Yield the nearest articles of an answer, each once."""
    found = {hit.article.article_id: hit.article for hit in answer.hits}
    yield from list(found.values())[:NEAREST]
