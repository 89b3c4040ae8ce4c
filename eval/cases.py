"""Cases: what an evaluation asks, and what counts as right. Every question set is turned into these."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from eval.questions import Question, read_questions
from rag.answer import Message

QUESTIONS = Path(__file__).parent / "questions" / "seeds.jsonl"
SEEDS = Path(__file__).parent.parent / "seeds"


@dataclass(frozen=True)
class Gold:
    """Where the answer is printed: `[start, end)` slices of a raw file, in code points; none: anywhere in it."""

    document_id: str
    spans: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True)
class Case:
    """One question and its gold.

    `gold`: None where the corpus does not answer. `needs_all`: every answer is wanted, not any one of them. `group`:
    what is drawn together when samples are drawn (twins, follow-ups, questions about one passage).
    """

    case_id: str
    question: str
    history: tuple[Message, ...]
    kind: str
    answers: tuple[str, ...]
    gold: Gold | None
    needs_all: bool
    group: str
    split: str

    @property
    def answerable(self) -> bool:
        """Whether the corpus holds an answer."""
        return self.gold is not None


def case_of(question: Question) -> Case:
    """Return a handwritten question as a case."""
    gold = None
    if question.answerable and question.document_id:
        gold = Gold(question.document_id, tuple((piece.start, piece.end) for piece in question.evidence))
    return Case(
        question.id,
        question.question,
        tuple(Message(turn.role, turn.content) for turn in question.history),
        question.kind,
        question.answers,
        gold,
        question.needs_all,
        question.group or question.id,
        question.split,
    )


def seed_cases(path: Path = QUESTIONS) -> list[Case]:
    """Return the handwritten cases, in the order of the file."""
    return [case_of(question) for question in read_questions(path)]


def of_split(cases: Sequence[Case], split: str) -> list[Case]:
    """Return the cases of one split ("dev", "test"), or of "all"."""
    return [case for case in cases if split in ("all", case.split)]
