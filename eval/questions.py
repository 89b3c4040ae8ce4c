"""The handwritten questions: reading them, and checking that they are sound."""

from __future__ import annotations

import hashlib
import json
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

UNANSWERABLE = frozenset({"near_miss", "swapped_name", "swapped_year", "off_topic", "small_talk"})
NEAR = frozenset({"near_miss", "swapped_name", "swapped_year"})
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
MINIMUM_TOTAL = 310
MINIMUM_UNANSWERABLE = 85
MINIMUM_NEAR = 45
MINIMUM_PER_ARTICLE = 6
ARTICLES_ON_PAGE = {"000": 4, "001": 6, "002": 3, "003": 5, "004": 5}
ARTICLES = tuple(f"{page}.{n}" for page, count in ARTICLES_ON_PAGE.items() for n in range(1, count + 1))
MAY_HOLD_ITS_ANSWER = frozenset({"yesno", "twin"})
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


def split_of(text: str) -> str:
    """The split that a question's own text falls into: two fifths are test."""
    digest = int(hashlib.sha256(text.encode()).hexdigest(), 16)
    return "test" if digest % 10 < 4 else "dev"


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


def check_questions(questions: Sequence[Question], corpus: Path) -> list[str]:
    """Everything that is wrong with the set, one line a fault."""
    by_id = {question.id: question for question in questions}
    openers = {question.question: question for question in questions if not question.history}
    texts = _texts(questions, corpus)
    faults = list(_duplicates(questions))
    for question in questions:
        for fault in (
            *_gold_faults(question, texts),
            *_group_faults(question, by_id, openers),
            *_given_away(question),
        ):
            faults.append(f"{question.id}: {fault}")
    return faults + list(_shortages(questions))


def _texts(questions: Iterable[Question], corpus: Path) -> dict[str, str]:
    """The raw text of every document that is named and there."""
    names = {question.document_id for question in questions if question.document_id}
    paths = {name: corpus / name for name in names}
    return {name: path.read_bytes().decode("utf-8") for name, path in paths.items() if path.is_file()}


def _duplicates(questions: Iterable[Question]) -> Iterator[str]:
    ids: set[str] = set()
    first: dict[str, str] = {}
    for question in questions:
        if question.id in ids:
            yield f"{question.id}: id used twice"
        ids.add(question.id)
        earlier = first.setdefault(_bare(question.question), question.id)
        if earlier != question.id:
            yield f"{question.id}: same question as {earlier}"


def _gold_faults(question: Question, texts: dict[str, str]) -> Iterator[str]:
    gold = (question.document_id, question.article, question.answers, question.evidence)
    if not question.answerable:
        if any(gold):
            yield "unanswerable, yet it has an answer"
        return
    if not all(gold):
        yield "answerable, yet document, article, answers or evidence is missing"
        return
    document_id, article = str(question.document_id), str(question.article)
    if article not in ARTICLES or not document_id.startswith(article.split(".")[0]):
        yield f"no article {article} in {document_id}"
    if document_id not in texts:
        yield f"unknown document {document_id}"
        return
    yield from _evidence_faults(question, texts[document_id])


def _evidence_faults(question: Question, text: str) -> Iterator[str]:
    if any(piece.end > len(text) for piece in question.evidence):
        yield "evidence runs past the end of the document"
    if any(_cut_loose(text, piece) for piece in question.evidence):
        yield "evidence begins or ends with white space"
    printed = "".join(_solid(text[piece.start : piece.end]) for piece in question.evidence)
    for answer in question.answers:
        if _solid(answer) not in printed:
            yield f"answer not at its offsets: {answer}"


def _cut_loose(text: str, piece: Evidence) -> bool:
    cited = text[piece.start : piece.end]
    return cited != cited.strip()


def _group_faults(question: Question, by_id: dict[str, Question], openers: dict[str, Question]) -> Iterator[str]:
    opener = openers.get(question.history[0].content) if question.history else None
    if opener and question.group != (opener.group or opener.id):
        yield f"its first turn is {opener.id}: group {opener.group or opener.id} is wanted"
    leader = by_id.get(question.group) if question.group else question
    if leader is None:
        yield f"unknown group {question.group}"
        return
    if leader.group:
        yield f"group {leader.id} is itself in a group"
    if question.split != split_of(leader.question):
        yield f"wrong split {question.split}"


def _given_away(question: Question) -> Iterator[str]:
    if question.kind in MAY_HOLD_ITS_ANSWER:
        return
    asked = _bare(question.question)
    for answer in question.answers:
        if _bare(answer) in asked:
            yield f"the question gives its answer away: {answer}"


def _shortages(questions: Sequence[Question]) -> Iterator[str]:
    kinds = Counter(question.kind for question in questions)
    articles = Counter(question.article for question in questions)
    wanted = [
        ("questions", len(questions), MINIMUM_TOTAL),
        ("unanswerable", sum(kinds[kind] for kind in UNANSWERABLE), MINIMUM_UNANSWERABLE),
        ("near misses and swaps", sum(kinds[kind] for kind in NEAR), MINIMUM_NEAR),
        *((kind, kinds[kind], least) for kind, least in MINIMUM.items()),
        *((f"article {article}", articles[article], MINIMUM_PER_ARTICLE) for article in ARTICLES),
    ]
    for what, count, least in wanted:
        if count < least:
            yield f"too few: {what}, {count} of {least}"


def _solid(text: str) -> str:
    """The text without white space."""
    return "".join(text.split())


def _bare(text: str) -> str:
    """The text without white space, punctuation and case."""
    return "".join(char for char in _solid(text).casefold() if unicodedata.category(char)[0] != "P")
