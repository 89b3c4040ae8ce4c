"""How likely it is that the best candidate answers the question, and when to say no.

Small trees over a few features of the best candidates, and of what the question names and the article does not have
(a year, a place, a person), together with a network over the question's words (`rag.alignment`); then a monotone map
that makes the output a probability (isotonic regression: Zadrozny & Elkan, KDD 2002). Weights:
`weights/confidence.npz` and `.json`, made by `python -m rag.train sentence`.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import numpy as np
import numpy.typing as npt

from index.errors import ModelError
from index.gloss import Gloss
from index.places import is_place, within
from index.text import fold
from index.trees import Trees
from rag.aliases import met
from rag.alignment import AlignmentNetwork, Words
from rag.analysis import article_key
from rag.features import NAMES as FEATURES
from rag.names import tag
from rag.numerals import numbers_missing
from rag.question import Question
from rag.read import WEIGHTS, Candidate

_TAKEN = (
    "words", "bigrams", "chars", "words_in_context", "best_unmatched", "best_unmatched_in_context",
    "numbers_in_context", "names", "names_in_context", "names_in_article", "soft", "exact", "weakest", "evidence",
    "unit", "unit_asked", "focus", "near", "common", "length", "is_section", "is_aside", "pointing", "passage_score",
    "dense", "asked_words", "asked_names", "asked_numbers", "kind", "english", "window", "year_here", "other_year",
    "new_numbers", "new_dates", "new_people", "author", "passage_soft", "asking", "asked_for", "asked_for_in_context",
    "asked_for_in_article", "asked_for_soft", "clause", "gap", "deputy", "has_evidence",
)  # fmt: skip
NAMES = (
    "score", "margin", "passage_margin", "third", *_TAKEN,
    "missing_number", "missing_place", "missing_person", "missing_other", "span", "year_told",
)  # fmt: skip
NETWORK = 0.7  # what the network counts: AUROC on unseen news .800 for the trees, .860 for it, .860 for both
SIGNED = 0.6  # that the line under the best article names the author asked for; set, not measured: the labels have few
RULED_OUT = 0.05  # how often a sentence is right though a place, a person or a year is another: 5 of 100 news questions
NONE: Mapping[str, Sequence[str]] = MappingProxyType({})
LONG_NUMBER = 3  # digits from which on a number is hardly said in other words
_GENERIC = frozenset(
    "zone district county city province town village street high-tech high tech park square road river lake".split()
)  # what a name ends with in English, and not in Chinese
_YEAR = re.compile(r"(?<![0-9])(?:19|20)[0-9]{2}(?![0-9])")
_COLUMNS = [FEATURES.index(name) for name in _TAKEN]

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Verdict:
    """`probability` in [0, 1] that the best candidate answers; `reason` why it is not given, None if it is;
    `missing`: what of the question the article does not have."""

    probability: float
    reason: str | None
    missing: tuple[str, ...]


@dataclass(frozen=True)
class ConfidenceModel:
    """Trees, a network, and the map from their mean output to a probability: linear between `knots` (x rising), flat
    outside."""

    trees: Trees
    network: AlignmentNetwork
    knots: tuple[tuple[float, float], ...]
    threshold: float

    @classmethod
    def load(cls, folder: Path = WEIGHTS) -> "ConfidenceModel":
        """Read the weights.

        Raises:
            ModelError: a file is missing, damaged, or made for other features.
        """
        path = folder / "confidence.json"
        try:
            body = json.loads(path.read_text(encoding="utf-8"))
            knots = tuple((float(x), float(y)) for x, y in body["knots"])
            threshold = float(body["threshold"])
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise ModelError(f"{path}: cannot be read ({error}). Get the file again.") from error
        trees = Trees.load(folder / "confidence.npz")
        if trees.names != NAMES:
            raise ModelError(f"{path}: made for other features. Run `python -m rag.train sentence`.")
        return cls(trees, AlignmentNetwork.load(folder), knots, threshold)

    def outputs(self, rows: Floats, words: Words, kind: str) -> npt.NDArray[np.float64]:
        """Return the log odds for rows of features, (n, len(NAMES)), that differ in nothing else.

        `words`: of `rag.alignment.align`; `kind`: of the question.
        """
        return blend(self.trees.predict(rows), np.array([self.network.logit(words, row, kind) for row in rows]))

    def probability(self, row: Floats, words: Words, kind: str) -> float:
        """Return the probability for a row of features, shape (len(NAMES),)."""
        output = float(self.outputs(row[None, :], words, kind)[0])
        return float(np.interp(output, [x for x, _ in self.knots], [y for _, y in self.knots]))

    def judge(
        self,
        question: Question,
        ranked: Sequence[Candidate],
        words: Words,
        glosses: Sequence[Gloss] = (),
        span: float = 0.0,
        page: str = "",
        others: Mapping[str, Sequence[str]] = NONE,
    ) -> Verdict:
        """Return how likely the first of the ranked candidates is to answer, and whether to give it.

        `words`: what became of the question's words in it; `span`: how sure the short answer in it is, in [0, 1];
        `page`: the key of what the page says outside its articles; `others`: names of the question with the other
        names that the archive gives them.
        """
        if question.small_talk:
            return Verdict(0.0, "not_a_question", ())
        if not ranked:
            return Verdict(0.0, "no_match", ())
        missing = missing_from(question, ranked[0], glosses, others)
        probability = self.probability(confidence_row(question, ranked, missing, span), words, question.kind)
        if ruled_out(question, ranked[0], missing, page):
            return Verdict(min(probability, RULED_OUT), "entity_missing", missing)
        if _signed(question, ranked[0]) and not missing:
            probability = max(probability, SIGNED)
        if probability >= self.threshold:
            return Verdict(probability, None, missing)
        covered = ranked[0].row[FEATURES.index("words_in_context")]
        strong = any(tag(name) in ("ns", "nr", "nt", "eng") or name[0].isdigit() for name in missing)
        reason = "entity_missing" if strong else ("no_match" if covered < 0.15 else "low_confidence")
        return Verdict(probability, reason, missing)


def blend(trees: npt.NDArray[np.float64], network: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Return the weighed mean of both log odds."""
    return NETWORK * network + (1 - NETWORK) * trees


def _signed(question: Question, candidate: Candidate) -> bool:
    return question.author and candidate.sentence.part in ("byline", "dateline", "caption")


def ruled_out(question: Question, candidate: Candidate, missing: Sequence[str], page: str = "") -> bool:
    """Return whether a sentence cannot answer, whatever else speaks for it.

    Either it tells of another year than the one asked about, with nothing near it of that one; or its article and what
    the page says outside its articles have other years and not that one; or the article does not have a long number, a
    place, a person or an organisation of the question, in any form.
    """
    here, other = (candidate.row[FEATURES.index(name)] for name in ("year_here", "other_year"))
    if here == 0 and other == 1:
        return True
    years = [item for item in missing if _YEAR.fullmatch(item)]
    around = f"{article_key(candidate.hit.article)}\n{page}"
    if years and _YEAR.search(around) and not any(year in around for year in years):
        return True
    if any(item[0].isdigit() and item not in years and len(item) >= LONG_NUMBER for item in missing):
        return True
    return any(tag(name) in ("ns", "nt", "nr") for name in missing)


def missing_from(
    question: Question,
    candidate: Candidate,
    glosses: Sequence[Gloss] = (),
    others: Mapping[str, Sequence[str]] = NONE,
) -> tuple[str, ...]:
    """Return the numbers and names of a question that neither the candidate's article nor its headline has.

    A name of an English question is missing where none of the words that it may be in Chinese is there; a place is
    then given in Chinese.
    """
    key = article_key(candidate.hit.article)
    numbers = numbers_missing(question.key, key)
    if question.language == "en":
        proper = [g for g in glosses if g.start and g.source[0].isupper() and g.source.lower() not in _GENERIC]
        lost = [
            gloss.words[0][0] if gloss.words and tag(gloss.words[0][0]) == "ns" else gloss.source.lower()
            for gloss in proper
            if not any(word in key or (len(word) > 2 and word[:2] in key) for word, _ in gloss.words)
        ]
        return (*numbers, *(name for name in lost if not met(name, key)))
    known = [long for long, shorts in others.items() if any(short in key for short in shorts)]
    names = [name for name in question.names if not met(name, key) and not any(name in long for long in known)]
    return (*numbers, *(name for name in names if not _told_by_a_smaller(name, question, key)))


def _told_by_a_smaller(name: str, question: Question, key: str) -> bool:
    """Return whether a place that an article does not name is only where another one of the question lies, which it
    does name: 重庆 in 重庆巫溪县, 天津 in 天津宁河 (which no table knows)."""
    if tag(name) != "ns":
        return False
    follows = question.key[question.key.find(name) + len(name) :].lstrip("省市")
    return any(
        within(other, name) or (follows.startswith(other) and not is_place(other))
        for other in question.names
        if other != name and tag(other) == "ns" and met(other, key)
    )


def confidence_row(question: Question, ranked: Sequence[Candidate], missing: Sequence[str], span: float) -> Floats:
    """Return the features of the model, shape (len(NAMES),). `span`: how sure the short answer is, in [0, 1]."""
    first = ranked[0]
    other = next((c.score for c in ranked if c.hit.article.article_id != first.hit.article.article_id), first.score - 3)
    second = ranked[1].score if len(ranked) > 1 else first.score - 3
    third = ranked[2].score if len(ranked) > 2 else second - 1
    tags = [tag(item) for item in missing]
    lost = [
        sum(item[0].isdigit() for item in missing),
        sum(name == "ns" for name in tags),
        sum(name == "nr" for name in tags),
        sum(name in ("nz", "x", "nt", "eng") for name in tags),
    ]
    head = [first.score, first.score - second, first.score - other, first.score - third]
    return np.array([*head, *first.row[_COLUMNS], *lost, span, _year_told(question, first)], dtype=np.float32)


def _year_told(question: Question, candidate: Candidate) -> float:
    """Return 1 where a sentence that names no year tells of one that is asked about, -1 of another: the last one that
    its article names before it. 0 where no year is asked about, or none is named."""
    asked = [number for number in question.numbers if _YEAR.fullmatch(number)]
    if not asked or _YEAR.search(candidate.sentence.key):
        return 0.0
    article = candidate.hit.article
    named = _YEAR.findall(fold(f"{article.title}\n{article.text[: candidate.sentence.start]}"))
    return (1.0 if named[-1] in asked else -1.0) if named else 0.0
