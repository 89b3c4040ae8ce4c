"""The handwritten questions are sound: gold at its offsets, nothing given away, nothing twice, enough of each kind."""

import hashlib
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from eval.questions import MINIMUM, UNANSWERABLE, Evidence, Question

NEAR = frozenset({"near_miss", "swapped_name", "swapped_year"})
MINIMUM_TOTAL = 310
MINIMUM_UNANSWERABLE = 85
MINIMUM_NEAR = 45
MINIMUM_PER_ARTICLE = 6
ARTICLES_ON_PAGE = {"000": 4, "001": 6, "002": 3, "003": 5, "004": 5}
ARTICLES = tuple(f"{page}.{n}" for page, count in ARTICLES_ON_PAGE.items() for n in range(1, count + 1))
ALIKE = 0.85  # share of the pairs of characters of two questions, from which they are one
MAY_HOLD_ITS_ANSWER = frozenset({"yesno", "twin"})


def split_of(text: str) -> str:
    """The split that a question's own text falls into: two fifths are test."""
    digest = int(hashlib.sha256(text.encode()).hexdigest(), 16)
    return "test" if digest % 10 < 4 else "dev"


def check_questions(questions: Sequence[Question], corpus: Path) -> list[str]:
    """Everything that is wrong with the set, one line a fault."""
    by_id = {question.id: question for question in questions}
    openers = {question.question: question for question in questions if not question.history}
    texts = _texts(questions, corpus)
    faults = [*_duplicates(questions), *_look_alikes(questions)]
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


def _look_alikes(questions: Sequence[Question]) -> Iterator[str]:
    """Questions that stand alone and have nearly all their pairs of characters in common."""
    alone = [(q, _pairs(_bare(q.question))) for q in questions if not q.history]
    for place, (question, pairs) in enumerate(alone):
        for other, others in alone[:place]:
            if len(pairs & others) > ALIKE * len(pairs | others):
                yield f"{question.id}: nearly the same question as {other.id}"


def _pairs(text: str) -> set[str]:
    return {text[i : i + 2] for i in range(len(text) - 1)}


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
