"""The handwritten questions, and reading them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

UNANSWERABLE = frozenset({"near_miss", "swapped_name", "swapped_year", "off_topic", "small_talk"})
PLAIN = frozenset(
    {
        *("number", "date", "person", "place", "organisation", "name"),
        *("list", "definition", "why", "how", "yesno"),
    }
)
MINIMUM = {
    "english": 32,
    "traditional": 22,
    "follow_up": 22,
    "typo": 22,
    "paraphrase": 20,
    "multi": 16,
    "twin": 16,
    "colloquial": 15,
    "noun_phrase": 15,
}
KINDS = PLAIN | UNANSWERABLE | MINIMUM.keys()
FIELDS = frozenset(
    {
        *("id", "question", "history", "kind", "answers", "document_id"),
        *("article", "evidence", "split", "tags"),
    }
)


@dataclass(frozen=True)
class Turn:
    """One message of the talk before the question."""

    role: str
    content: str


@dataclass(frozen=True)
class Evidence:
    """A slice of the raw file, in code points, half open."""

    start: int
    end: int


@dataclass(frozen=True)
class Question:
    """One row of the set."""

    id: str
    question: str
    history: tuple[Turn, ...]
    kind: str
    answers: tuple[str, ...]
    document_id: str | None
    article: str | None
    evidence: tuple[Evidence, ...]
    split: str
    tags: tuple[str, ...] = ()
    group: str | None = None

    @property
    def answerable(self) -> bool:
        """Whether the corpus holds an answer."""
        return self.kind not in UNANSWERABLE

    @property
    def needs_all(self) -> bool:
        """Whether every one of the answers is wanted, not any one of them."""
        return "all" in self.tags


def read_questions(path: Path) -> list[Question]:
    """Read a JSONL file of questions; a bad row is a ValueError that names its line."""
    questions = []
    for number, line in enumerate(path.read_bytes().decode("utf-8").split("\n"), start=1):
        if not line.strip():
            continue
        try:
            questions.append(_question(json.loads(line)))
        except ValueError as error:
            raise ValueError(f"{path.name}, line {number}: {error}") from error
    return questions


def _question(row: Any) -> Question:
    if not isinstance(row, dict):
        raise ValueError("not a JSON object")
    _known_fields(row)
    return Question(
        id=_string(row, "id"),
        question=_string(row, "question"),
        history=tuple(_turn(turn) for turn in _objects(row, "history")),
        kind=_kind(row),
        answers=_strings(row, "answers"),
        document_id=_optional(row, "document_id"),
        article=_optional(row, "article"),
        evidence=tuple(_evidence(piece) for piece in _objects(row, "evidence")),
        split=_string(row, "split"),
        tags=_strings(row, "tags"),
        group=_optional(row, "group"),
    )


def _known_fields(row: dict[str, Any]) -> None:
    if missing := FIELDS - row.keys():
        raise ValueError(f"missing: {', '.join(sorted(missing))}")
    if unknown := row.keys() - FIELDS - {"group"}:
        raise ValueError(f"unknown: {', '.join(sorted(unknown))}")


def _kind(row: dict[str, Any]) -> str:
    kind = _string(row, "kind")
    if kind not in KINDS:
        raise ValueError(f"kind: {kind!r} is not a kind of question")
    return kind


def _string(row: dict[str, Any], field: str) -> str:
    value = row.get(field)
    if not isinstance(value, str) or not value.strip():
        raise ValueError(f"{field}: a string with something in it is wanted")
    return value


def _optional(row: dict[str, Any], field: str) -> str | None:
    return None if row.get(field) is None else _string(row, field)


def _list(row: dict[str, Any], field: str) -> list[Any]:
    value = row.get(field)
    if not isinstance(value, list):
        raise ValueError(f"{field}: a list is wanted")
    return value


def _strings(row: dict[str, Any], field: str) -> tuple[str, ...]:
    values = _list(row, field)
    if not all(isinstance(value, str) and value.strip() for value in values):
        raise ValueError(f"{field}: a list of strings is wanted")
    return tuple(values)


def _objects(row: dict[str, Any], field: str) -> list[dict[str, Any]]:
    values = _list(row, field)
    if not all(isinstance(value, dict) for value in values):
        raise ValueError(f"{field}: a list of objects is wanted")
    return cast("list[dict[str, Any]]", values)


def _turn(turn: dict[str, Any]) -> Turn:
    role, content = turn.get("role"), turn.get("content")
    if role not in ("user", "assistant") or not isinstance(content, str):
        raise ValueError("history: role user or assistant, and content, are wanted")
    return Turn(role, content)


def _evidence(piece: dict[str, Any]) -> Evidence:
    start, end = piece.get("start"), piece.get("end")
    if type(start) is not int or type(end) is not int or not 0 <= start < end:
        raise ValueError("evidence: 0 <= start < end is wanted")
    return Evidence(start, end)
