"""What the lexical leg found on an engine."""

from collections.abc import Callable, Sequence

import numpy as np

from index.lexical import Scores
from index.milvus.rows import Known
from index.milvus.scoring import Scorer, Statistics
from index.source import Numbers, Wanted


class Matches:
    """See `index.source.Matched`."""

    def __init__(
        self,
        statistics: Statistics,
        known: Callable[[Sequence[int]], list[Known]],
        wanted: Wanted,
        ranked: list[tuple[int, float]],
        most: float,
    ) -> None:
        """`known`: returns passages by their numbers."""
        self.ranked, self.most = ranked, most
        self._statistics, self._known, self._wanted = statistics, known, wanted

    def of(self, numbers: Numbers) -> Scores:
        """Return the score of any passages."""
        rows = self._known(numbers.tolist())
        scorer = Scorer(self._statistics, [row.counts for row in rows], [row.length for row in rows])
        return scorer.all(self._wanted, np.array([row.english for row in rows], dtype=np.bool_))
