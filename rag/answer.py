"""The values of an answer, and `Answerer`, which runs the steps in order."""

from dataclasses import dataclass, field

from index.article import Article
from index.passage import Passage

REASONS = ("not_a_question", "no_match", "entity_missing", "low_confidence")


@dataclass(frozen=True)
class Message:
    """One turn of a conversation: `role` is "user" or "assistant"."""

    role: str
    content: str


@dataclass(frozen=True)
class Hit:
    """A passage found for a question.

    `number`: its number in the snapshot. `score`: of the fusion, in [0, 1]. `lexical_rank`, `dense_rank`: its rank in
    each leg, from 1, None where the leg did not find it. `matched_terms`: words of the question that stand in it.
    `maxsim`: how well its tokens meet the question's one by one, in [0, 1].
    """

    number: int
    passage: Passage
    article: Article
    score: float
    lexical_rank: int | None
    dense_rank: int | None
    lexical_score: float
    dense_score: float
    matched_terms: tuple[str, ...] = ()
    maxsim: float = 0.0

    @property
    def text(self) -> str:
        """The passage as it is quoted."""
        return self.article.text[self.passage.start : self.passage.end]


@dataclass(frozen=True)
class Span:
    """A slice `[start, end)` of an article's text, and how likely it is the short answer, in [0, 1]."""

    start: int
    end: int
    score: float


@dataclass(frozen=True)
class Citation:
    """A slice `[start, end)` of an article's text, and the raw slices of the file that it stands on."""

    index: int
    article: Article
    passage: str
    start: int
    end: int
    raw_segments: tuple[tuple[int, int], ...]
    seams: tuple[tuple[int, float], ...]
    sha256: str
    score: float

    @property
    def cited_text(self) -> str:
        """The words cited."""
        return self.article.text[self.start : self.end]


@dataclass(frozen=True)
class Answer:
    """What the archive says, or that it does not say (`text` None, with a reason out of `REASONS`)."""

    question: str
    rewritten_question: str | None
    language: str
    text: str | None
    short_answer: str | None
    confidence: float
    reason: str | None
    citations: tuple[Citation, ...]
    hits: tuple[Hit, ...]
    snapshot: str
    timings_ms: dict[str, float] = field(default_factory=dict)

    @property
    def answerable(self) -> bool:
        """Whether there is an answer."""
        return self.text is not None
