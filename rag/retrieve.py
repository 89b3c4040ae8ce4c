"""Both legs of the index, fused by a convex sum of their normalised scores."""

from collections.abc import Sequence

import numpy as np

from index.errors import QueryError
from index.lexical import Mask, best
from index.snapshot import Snapshot
from index.text import fold, terms
from rag.answer import Hit
from rag.question import Question, content_words

DEPTH = 60  # candidates of each leg
DENSE_WEIGHT = {"zh": 0.33, "en": 0.8}  # an English question shares hardly a word with a Chinese page


class Retriever:
    """Finds passages for questions in one snapshot."""

    def __init__(self, snapshot: Snapshot) -> None:
        self.snapshot = snapshot

    def search(self, question: Question, k: int, documents: Sequence[str] | None = None) -> list[Hit]:
        """Return the k best passages, best first, ties by passage number.

        Raises:
            QueryError: `documents` is empty, or names one that is not in the archive.
        """
        allowed = self._allowed(documents)
        asked = terms(" ".join(question.content)) if question.language == "en" else terms(question.key)
        scores = self.snapshot.lexical.scores(asked)
        lexical = best(scores, DEPTH, allowed)
        vector = self.snapshot.encoder.encode([question.whole])[0]
        dense = self.snapshot.dense.search(vector, DEPTH, allowed)
        top = lexical[0][1] if lexical else 1.0
        lexical_of, dense_of = dict(lexical), dict(dense)
        lexical_rank = {number: rank for rank, (number, _) in enumerate(lexical, 1)}
        dense_rank = {number: rank for rank, (number, _) in enumerate(dense, 1)}
        weight = DENSE_WEIGHT[question.language]
        fused = {
            number: (1 - weight) * float(scores[number]) / top + weight * max(0.0, dense_of.get(number, 0.0))
            for number in {**lexical_of, **dense_of}
        }
        order = sorted(fused, key=lambda number: (-fused[number], number))[:k]
        return [
            self._hit(question, number, fused[number], lexical_rank.get(number), dense_rank.get(number),
                      float(scores[number]) / top, dense_of.get(number, 0.0))
            for number in order
        ]  # fmt: skip

    def _hit(self, question: Question, number: int, score: float, lexical_rank: int | None, dense_rank: int | None,
             lexical_score: float, dense_score: float) -> Hit:  # fmt: skip
        passage, article_number, _ = self.snapshot.archive.passage(number)
        article = self.snapshot.archive.article(article_number)
        key = fold(f"{article.title}\n{article.text[passage.start : passage.end]}")
        matched = tuple(word for word in content_words(question.key, question.words) if word in key)
        return Hit(
            number, passage, article, min(1.0, score), lexical_rank, dense_rank, lexical_score, dense_score, matched
        )

    def _allowed(self, documents: Sequence[str] | None) -> Mask | None:
        if documents is None:
            return None
        known = set(self.snapshot.archive.document_ids())
        unknown = [document_id for document_id in documents if document_id not in known]
        if unknown or not documents:
            named = f"There is no document {unknown[0]!r}." if unknown else "No document is named."
            raise QueryError(f"{named} Leave `documents` out to ask them all.", "documents", "document_unknown")
        allowed = np.zeros(self.snapshot.lexical.size, dtype=np.bool_)
        allowed[self.snapshot.archive.passages_of_documents(documents)] = True
        return allowed
