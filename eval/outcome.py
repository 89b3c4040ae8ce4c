"""`Case`, a question to ask with its gold, and `Outcome`, what came of it: all that measures and reports need."""

from dataclasses import asdict, dataclass
from typing import Any

from eval.questions import Evidence
from index.article import Article
from rag.answer import Message


@dataclass(frozen=True)
class Case:
    """A question to ask, and its gold.

    `document_id`: the page that answers, None where none does; `evidence`: where on it, empty for all of it.
    `every`: all the answers are wanted, not any one of them. `short`: they are a few words, not a sentence.
    `documents`: those asked, None for all.
    """

    id: str
    kind: str
    question: str
    history: tuple[Message, ...]
    answers: tuple[str, ...]
    document_id: str | None
    evidence: tuple[Evidence, ...] = ()
    every: bool = False
    short: bool = True
    documents: tuple[str, ...] | None = None

    def answered_by(self, article: Article) -> bool:
        """Return whether an article holds some of the evidence, by the raw offsets of both."""
        if article.document_id != self.document_id:
            return False
        return not self.evidence or any(
            segment.raw_start < piece.end and piece.start < segment.raw_end
            for segment in article.segments
            for piece in self.evidence
        )


@dataclass(frozen=True)
class Outcome:
    """What came of a question.

    `kind`: as the set has it. `answerable`: something that was asked answers it. `rankings`: leg → ids of the articles
    found, best first, each once; `relevant`: those that answer. `right`: the answer holds the gold and is cited from
    one of them; `cited`: it is cited from one of them; `page`: from their page; `verified`: every citation stands in
    its file, word for word. `wants_short`: it asks for a short answer. `confidence` in [0, 1].
    """

    id: str
    kind: str
    question: str
    answers: tuple[str, ...]
    answerable: bool
    relevant: tuple[str, ...]
    rankings: dict[str, tuple[str, ...]]
    text: str | None
    short: str | None
    wants_short: bool
    confidence: float
    reason: str | None
    right: bool
    cited: bool
    page: bool
    verified: bool
    timings_ms: dict[str, float]

    @property
    def answered(self) -> bool:
        """Whether an answer was given."""
        return self.text is not None

    @property
    def good(self) -> bool:
        """Whether it went as it should: answered right, or refused where nothing answers."""
        return self.right if self.answerable else not self.answered

    def record(self) -> dict[str, Any]:
        """Return it for JSON, without the times: the same code gives the same record."""
        body = asdict(self)
        del body["timings_ms"]
        return body
