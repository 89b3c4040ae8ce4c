"""Whether an answer was right, as readers say: kept in a SQLite file in the index folder, and sent nowhere."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse
from pydantic import AfterValidator, Field

from api.errors import ApiError, log
from api.json_body import StrictRoute
from api.routes import REFUSED
from api.schemas import NO_NUL, Out, QuestionText, Strict, no_nul
from index.errors import WenbaoError

FILE = "feedback.sqlite"
MOST = 100_000  # of them; more are refused, so that nobody fills the disk
WAIT = 5.0  # seconds for another writer

_COLUMNS = (
    "id", "time", "verdict", "reason", "note", "question", "rewritten_question", "answer", "short_answer",
    "confidence", "citations", "snapshot",
)  # fmt: skip
_SCHEMA = f"CREATE TABLE IF NOT EXISTS feedback (id INTEGER PRIMARY KEY, {', '.join(_COLUMNS[1:])})"

router = APIRouter(route_class=StrictRoute, responses=REFUSED, tags=["feedback"])

Text = Annotated[str, Field(max_length=20_000, json_schema_extra=NO_NUL), AfterValidator(no_nul)]
Address = Annotated[str, Field(max_length=500, json_schema_extra=NO_NUL), AfterValidator(no_nul)]


class FeedbackIn(Strict):
    """What a reader says of an answer. `answer` null: it was refused. `citations`: the addresses of what it quotes."""

    verdict: Literal["right", "wrong"]
    reason: Literal["wrong_sentence", "wrong_short_answer", "incomplete", "should_answer", "other"] | None = None
    note: Annotated[str, Field(max_length=1000, json_schema_extra=NO_NUL), AfterValidator(no_nul)] = ""
    question: QuestionText
    rewritten_question: Text | None = None
    answer: Text | None = None
    short_answer: Text | None = None
    confidence: float | None = Field(None, ge=0, le=1)
    citations: list[Address] = Field(default=[], max_length=20)
    snapshot: Address = ""


class FeedbackState(Out):
    """Whether this server asks for feedback."""

    open: bool


class FeedbackError(WenbaoError):
    """The file of feedback cannot be read or written."""


class FeedbackBook:
    """The file. It is made when the first is written."""

    def __init__(self, index_folder: Path) -> None:
        self.path = index_folder / FILE

    def write(self, given: FeedbackIn) -> None:
        """Keep one.

        Raises:
            FeedbackError: there are `MOST` of them, or the file cannot be written.
        """
        row = given.model_dump()
        row |= {"citations": "\n".join(given.citations), "time": datetime.now(UTC).isoformat(timespec="seconds")}
        names = _COLUMNS[1:]
        marks = ", ".join(f":{name}" for name in names)
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)  # of an index on an engine nothing else lies there
            with closing(sqlite3.connect(self.path, timeout=WAIT)) as db, db:
                db.execute(_SCHEMA)
                if db.execute("SELECT count(*) FROM feedback").fetchone()[0] >= MOST:
                    raise FeedbackError(f"{self.path}: it holds {MOST} already. Export it and move it away.")
                db.execute(f"INSERT INTO feedback ({', '.join(names)}) VALUES ({marks})", row)
        except (OSError, sqlite3.Error) as error:
            raise FeedbackError(f"{self.path}: cannot be written ({error}).") from error

    def read(self) -> Iterator[dict[str, Any]]:
        """Yield all, oldest first; nothing where none was ever written.

        Raises:
            FeedbackError: the file cannot be read.
        """
        if not self.path.exists():
            return
        try:
            with closing(sqlite3.connect(f"{self.path.absolute().as_uri()}?mode=ro", uri=True, timeout=WAIT)) as db:
                for row in db.execute(f"SELECT {', '.join(_COLUMNS)} FROM feedback ORDER BY id"):
                    found = dict(zip(_COLUMNS, row, strict=True))
                    yield {**found, "citations": found["citations"].split("\n") if found["citations"] else []}
        except sqlite3.Error as error:
            raise FeedbackError(f"{self.path}: cannot be read ({error}). Move it away.") from error


@router.get("/api/feedback", response_model=FeedbackState)
async def feedback_state(request: Request) -> dict[str, bool]:
    """Whether this server asks whether its answers are right."""
    return {"open": request.app.state.settings.feedback}


@router.post("/api/feedback", response_model=FeedbackState, status_code=201)
def feedback(body: FeedbackIn, request: Request) -> JSONResponse:
    """Say whether an answer was right. It is kept on this server, for its owner; nothing of who said it is kept."""
    settings = request.app.state.settings
    if not settings.feedback:
        raise ApiError(404, "This server keeps no feedback.", "feedback_off")
    try:
        FeedbackBook(settings.index_folder).write(body)
    except FeedbackError as error:
        log.error("%s", error)
        raise ApiError(503, "It could not be kept. The server's log says why.", "feedback_not_kept") from error
    return JSONResponse({"open": True}, 201)
