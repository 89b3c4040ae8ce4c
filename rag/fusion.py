"""How likely a candidate passage is the one asked for: a readable logistic score over what both legs say of it.

Two sets of weights (`weights/fusion.json`, made by `python -m rag.train.fusion`): for passages in the question's own
language, and across languages, where shared words say little and meaning says most.
"""

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from index.late import Interaction

Floats = npt.NDArray[np.float32]
WEIGHTS = Path(__file__).parent / "weights" / "fusion.json"
FEATURES = (
    "lexical", "lexical_share", "cosine", "cosine_gap", "maxsim", "maxsim_gap", "exact", "weakest", "agreement",
    "length", "near_maxsim", "near_exact", "article_maxsim", "article_exact", "article_lexical",
)  # fmt: skip


@dataclass(frozen=True)
class Candidates:
    """Passages of one language found for a question, and what each leg says of them; arrays of the same length.

    `lexical`: BM25+ divided by the best of all passages, in [0, 1]. `share`: BM25+ divided by what a passage could
    reach that holds every term, about [0, 1]. `cosine`: in [0, 1]. `tokens`: how many the passage has. `articles`: the
    number of the article it is of. Numbers ascend.
    """

    numbers: npt.NDArray[np.int64]
    articles: npt.NDArray[np.int64]
    lexical: Floats
    share: Floats
    cosine: Floats
    tokens: npt.NDArray[np.int64]
    late: Interaction

    def take(self, places: npt.NDArray[np.int64]) -> "Candidates":
        """Return some of them, in the order given."""
        late = Interaction(
            self.late.tokens, self.late.weights, self.late.best[:, places], self.late.cosines, self.late.places
        )
        return Candidates(
            self.numbers[places],
            self.articles[places],
            self.lexical[places],
            self.share[places],
            self.cosine[places],
            self.tokens[places],
            late,
        )

    def features(self) -> Floats:
        """Return a row of `FEATURES` for each passage. Gaps are to the best candidate, 0 or below.

        near_*, article_*: the same with what stands in the passages right beside it, or in all candidates of its
        article: a name is often given once, and what is asked about it two paragraphs on.
        """
        maxsim = self.late.maxsim
        near, (article, article_lexical) = self._beside(), self._in_article()
        columns = [
            self.lexical,
            self.share,
            self.cosine,
            self.cosine - self.cosine.max(initial=0),
            maxsim,
            maxsim - maxsim.max(initial=0),
            self.late.exact,
            self.late.weakest,
            self.lexical * self.cosine,
            np.log1p(self.tokens) - 5,
            near.maxsim,
            near.exact,
            article.maxsim,
            article.exact,
            article_lexical,
        ]
        return np.stack([np.asarray(column, dtype=np.float32) for column in columns], axis=1)

    def _beside(self) -> Interaction:
        best = self.late.best.copy()
        pairs = np.flatnonzero((self.numbers[1:] == self.numbers[:-1] + 1) & (self.articles[1:] == self.articles[:-1]))
        best[:, pairs] = np.maximum(best[:, pairs], self.late.best[:, pairs + 1])
        best[:, pairs + 1] = np.maximum(best[:, pairs + 1], self.late.best[:, pairs])
        return Interaction(self.late.tokens, self.late.weights, best)

    def _in_article(self) -> tuple[Interaction, Floats]:
        """Return how each passage's article is met, and its best `lexical`; an article's passages stand together."""
        if not len(self.articles):
            return self.late, self.lexical
        begins = np.concatenate([[True], self.articles[1:] != self.articles[:-1]])
        starts, place = np.flatnonzero(begins), np.cumsum(begins) - 1
        best = np.maximum.reduceat(self.late.best, starts, axis=1)[:, place]
        return Interaction(self.late.tokens, self.late.weights, best), np.maximum.reduceat(self.lexical, starts)[place]


@dataclass(frozen=True)
class Fusion:
    """Weights and bias, for the question's own language and across languages."""

    own: tuple[Floats, float]
    across: tuple[Floats, float]

    @classmethod
    def load(cls, path: Path = WEIGHTS) -> "Fusion":
        """Read the weights; a feature that is not in the file weighs nothing."""
        row = json.loads(path.read_text(encoding="utf-8"))

        def side(name: str) -> tuple[Floats, float]:
            weights = [row[name]["weights"].get(feature, 0.0) for feature in FEATURES]
            return np.array(weights, dtype=np.float32), float(row[name]["bias"])

        return cls(side("own"), side("across"))

    def logits(self, features: Floats, across: bool) -> Floats:
        """Return the log odds that each candidate is the passage asked for, (n,). `features`: rows of `FEATURES`."""
        weights, bias = self.across if across else self.own
        return features @ weights + np.float32(bias)
