"""Both legs of the index, late interaction over what they find, and one score made of all by `rag.fusion`.

An English question is also asked in Chinese, word by word (`index.gloss`, `index.pinyin`), and in an archive of two
languages the one that the legs would crowd out keeps a quota of the candidates.
"""

import math
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from unicodedata import normalize

import numpy as np

from index.errors import QueryError
from index.gloss import Gloss, GlossTable
from index.pinyin import Pinyin, names_in
from index.source import Either, Legs, Matched, Source, Wanted
from index.text import fold, terms
from rag.abbreviations import MARK, Abbreviations
from rag.aliases import aliases
from rag.answer import Hit
from rag.fusion import Candidates, Fusion
from rag.meet import Texts
from rag.question import Question
from rag.rank import Group, Ranker, Scorer, group

PREFERRED = 1.0  # log odds that the article of the answer before has over the others, when a question follows it up
QUOTED, SHORTEST_QUOTE = 40, 10  # characters of an answer's line by which its article is known
DEPTH = 40  # candidates of each leg
QUOTA = 20  # candidates by meaning of each language, where the archive has passages in both
KEPT = 4096  # folded passages kept in memory
GLOSSED = 16  # questions whose glosses are kept: they are searched with, then read with
FEWEST, LEAST = 3, 0.01  # passages of a language, and their share of the archive, for it to have a quota
MEANINGS = 8  # Chinese words looked for for an English one
NAME_WEIGHT = 0.5  # of a spelling found by its sound
_QUOTED = re.compile(r"[“\"‘《〈]([^“”\"‘’《》〈〉]{2,40})[”\"’》〉]")
BEST_TERM = 2.5  # what a term adds at most to BM25+, in idf: k1 + 1


@dataclass(frozen=True)
class Lexical:
    """What the lexical leg says: what it found, what a passage with all terms could reach, and glosses."""

    found: Matched
    bound: float
    glosses: tuple[Gloss, ...] = ()


@dataclass(frozen=True)
class Found:
    """What both legs found: passage number → rank in each, and the candidates by language."""

    glosses: tuple[Gloss, ...]
    lexical_ranks: dict[int, int]
    dense_ranks: dict[int, int]
    groups: list[Group]


class Retriever:
    """Finds passages for questions in one snapshot."""

    def __init__(self, snapshot: Source, ranker: Scorer | None = None) -> None:
        """`ranker`: makes one score of all, the learned one if none is given."""
        self.snapshot = snapshot
        self._fusion = Fusion.load()
        self._ranker = ranker or Ranker.load()
        self._texts = Texts(snapshot)
        self._glosses = GlossTable()
        self._pinyin = Pinyin()
        self.abbreviations = Abbreviations.learn(snapshot.archive.texts_with(MARK))
        self._legs = snapshot.legs
        count, english = self._legs.count, self._legs.english
        fewest = max(FEWEST, LEAST * count)
        self._both = fewest <= english <= count - fewest
        self._all_english = english == count
        self._to_english = self._glosses.turned_round() if english >= fewest else {}
        self._key = lru_cache(KEPT)(self._read_key)
        self._glosses_of = lru_cache(GLOSSED)(self._gloss)

    def search(self, question: Question, k: int, documents: Sequence[str] | None = None) -> list[Hit]:
        """Return the k best passages, best first; what is the same to six digits goes by document id and number.

        Raises:
            QueryError: `documents` is empty, or names one that is not in the archive.
        """
        found = self._find(question, self._within(documents))
        rows = [
            (float(score), int(number), place, one.candidates)
            for one, scores in zip(found.groups, self._ranker.scores(found.groups), strict=True)
            for place, (number, score) in enumerate(zip(one.candidates.numbers, scores, strict=True))
        ]
        rows.sort(key=lambda row: (-row[0], row[1]))
        cut = next(
            (place for place in range(k, len(rows)) if _rounded(rows[place][0]) < _rounded(rows[k - 1][0])), len(rows)
        )
        glossed = [word for gloss in found.glosses for word, _ in gloss.words]
        self.snapshot.archive.fetch([number for _, number, _, _ in rows[:cut]])
        asked = tuple(dict.fromkeys([*question.content, *glossed]))
        hits = [self._hit(asked, found, row) for row in rows[:cut]]
        hits.sort(key=lambda hit: (-_rounded(hit.score), hit.article.document_id, hit.number))
        return _preferred(hits[:k], question.said)

    def candidates(self, question: Question) -> list[Group]:
        """Return what the ranker weighs: candidates by language."""
        return self._find(question, self._legs).groups

    def _find(self, question: Question, legs: Legs) -> Found:
        snapshot = self.snapshot
        lexical = self.lexical(question, legs)
        ids = snapshot.static.token_ids([question.whole])[0]
        same = snapshot.encoder is snapshot.static
        vector = snapshot.static.encode_ids([ids])[0] if same else snapshot.encoder.encode([question.whole])[0]
        dense = legs.meaning(vector, DEPTH)
        cosines = dict(dense)
        for english in self._short_of([number for number, _ in dense]):
            cosines.update(legs.meaning(vector, QUOTA, english))
        ranked = lexical.found.ranked
        numbers = np.array(sorted({*dict(ranked), *cosines}), dtype=np.int64)
        if not len(numbers):
            return Found(lexical.glosses, {}, {}, [])
        missing = [number for number in numbers.tolist() if number not in cosines]
        cosines.update(zip(missing, legs.cosines(vector, missing), strict=True))
        passages = legs.passages(numbers.tolist())
        scores = lexical.found.of(numbers)
        top = max(float(scores.max()), 1e-9)
        groups = []
        for english in (False, True):
            places = np.flatnonzero(passages.english == english)
            if len(places):
                runs = [passages.tokens[place] for place in places.tolist()]
                candidates = Candidates(
                    numbers[places],
                    passages.articles[places],
                    scores[places] / np.float32(top),
                    scores[places] / np.float32(lexical.bound),
                    np.array([max(0.0, cosines[number]) for number in numbers[places].tolist()], dtype=np.float32),
                    np.array([len(run) for run in runs], dtype=np.int64),
                    snapshot.late.interact(ids, runs),
                )
                across = english != (question.language == "en")
                groups.append(group(question, ids, candidates, across, self._fusion, self._texts, legs.idf))
        return Found(lexical.glosses, _ranks(ranked), _ranks(dense), groups)

    def lexical(self, question: Question, legs: Legs | None = None) -> Lexical:
        """Return what the lexical leg finds: BM25+ of the question's terms and of their glosses."""
        legs = legs or self._legs
        english = question.language == "en"
        asked = terms(" ".join(question.content)) if english else terms(question.key)
        asked += [term for phrase in _QUOTED.findall(question.key) for term in terms(phrase)]  # counts twice
        either = []
        for word in question.content:
            others = [other for other in aliases(word) if len(other) > 1]
            if others and not legs.knows(word[:2]):
                either.append(_spelled((other, 1.0) for other in others))
        either += [_spelled((name, 1.0) for name in names) for names in self.abbreviations.of(question.key).values()]
        glosses: tuple[Gloss, ...] = ()
        if english and not self._all_english:
            glosses = self.glosses(question.whole)
            either += [_spelled(gloss.words[:MEANINGS]) for gloss in glosses]
        elif not english:
            either += [self._in_english(word) for word in question.content if len(word) > 1]
        found = legs.words(Wanted(tuple(asked), tuple(one for one in either if one.spellings)), DEPTH)
        bound = BEST_TERM * sum(legs.idf(term) for term in asked) + found.most
        return Lexical(found, max(bound, 1e-9), glosses)

    def _in_english(self, word: str) -> Either:
        """Return how a Chinese word may stand in English passages: the terms of phrases, in singular and plural."""
        phrases = self._to_english.get(word, "")
        forms = [form for phrase in phrases.split("\t") if phrase for form in (phrase, phrase + "s")]
        return Either(tuple((tuple(form.split()), 1.0) for form in forms), english=True)

    def glosses(self, text: str) -> tuple[Gloss, ...]:
        """Return what the words of an English text may be in Chinese: by the table, and names also by their sound."""
        return self._glosses_of(text)

    def _gloss(self, text: str) -> tuple[Gloss, ...]:
        knows, text = self._legs.knows, normalize("NFKC", text)
        listed = [_telling(gloss) for gloss in self._glosses.gloss(text)]
        sounded = []
        for name, start, end in names_in(text):
            inside = [gloss for gloss in listed if start <= gloss.start and gloss.end <= end]
            unknown = not any(knows(word[:2]) for gloss in inside for word, _ in gloss.words if len(word) > 1)
            if (unknown or " " in name) and (spellings := self._pinyin.spellings(name, knows)):
                sounded.append(Gloss(name, start, end, tuple((spelling, NAME_WEIGHT) for spelling in spellings)))
        alone = [g for g in listed if not any(s.start <= g.start and g.end <= s.end for s in sounded)]
        return (*alone, *sounded)

    def _short_of(self, found: list[int]) -> Iterator[bool]:
        """Yield, as whether it is English, each language with fewer than its quota among those found by meaning."""
        if self._both:
            count = int(self._legs.passages(found).english.sum())
            if count < QUOTA:
                yield True
            if len(found) - count < QUOTA:
                yield False

    def _hit(self, asked: tuple[str, ...], found: Found, row: tuple[float, int, int, Candidates]) -> Hit:
        score, number, place, candidates = row
        passage, article_number, _ = self.snapshot.archive.passage(number)
        article = self.snapshot.archive.article(article_number)
        key = self._key(number)
        matched = tuple(word for word in asked if word in key)
        lexical, dense = float(candidates.lexical[place]), float(candidates.cosine[place])
        ranks = found.lexical_ranks.get(number), found.dense_ranks.get(number)
        maxsim = float(candidates.late.maxsim[place])
        return Hit(number, passage, article, score, *ranks, lexical, dense, matched, maxsim)

    def _read_key(self, number: int) -> str:
        passage, article_number, _ = self.snapshot.archive.passage(number)
        article = self.snapshot.archive.article(article_number)
        return fold(f"{article.title}\n{article.text[passage.start : passage.end]}")

    def _within(self, documents: Sequence[str] | None) -> Legs:
        if documents is None:
            return self._legs
        archive = self.snapshot.archive
        unknown = [document_id for document_id in documents if archive.document(document_id) is None]
        if unknown or not documents:
            named = f"There is no document {unknown[0]!r}." if unknown else "No document is named."
            raise QueryError(f"{named} Leave `documents` out to ask them all.", "documents", "document_unknown")
        return self._legs.within(documents)


def _spelled(words: Iterable[tuple[str, float]]) -> Either:
    return Either(tuple((tuple(terms(word)), weight) for word, weight in words))


def _rounded(score: float) -> float:
    """Return a score without the digits that depend on the order in which a machine adds up."""
    return float(f"{score:.6g}")


def _preferred(hits: list[Hit], said: str) -> list[Hit]:
    """Return hits with those of the article that the answer before was taken from moved up, as far as `PREFERRED`."""
    pieces = [line.strip()[:QUOTED] for line in said.splitlines() if len(line.strip()) >= SHORTEST_QUOTE]
    here = {hit.article.article_id for hit in hits if any(piece in hit.article.text for piece in pieces)}
    if not here:
        return hits
    scores = [
        1 / (1 + (1 / min(max(hit.score, 1e-6), 1 - 1e-6) - 1) * math.exp(-PREFERRED))
        if hit.article.article_id in here
        else hit.score
        for hit in hits
    ]
    moved = [replace(hit, score=score) for hit, score in zip(hits, scores, strict=True)]
    return sorted(moved, key=lambda hit: (-hit.score, hit.number))


def _telling(gloss: Gloss) -> Gloss:
    """Return a gloss without single characters (在 for Australia), which stand everywhere, if it has longer words."""
    longer = tuple((word, weight) for word, weight in gloss.words if len(word) > 1)
    return replace(gloss, words=longer or gloss.words)


def _ranks(found: list[tuple[int, float]]) -> dict[int, int]:
    return {number: rank for rank, (number, _) in enumerate(found, 1)}
