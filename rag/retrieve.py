"""Both legs of the index, late interaction over what they find, and one score made of all by `rag.fusion`.

An English question is also asked in Chinese, word by word (`index.gloss`, `index.pinyin`), and in an archive of two
languages the one that the legs would crowd out keeps a quota of the candidates.
"""

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from index.errors import QueryError
from index.gloss import Gloss, GlossTable
from index.lexical import Mask, Scores, best
from index.pinyin import Pinyin, names_in
from index.snapshot import Snapshot
from index.text import fold, terms
from rag.abbreviations import MARK, Abbreviations
from rag.aliases import aliases
from rag.answer import Hit
from rag.fusion import Candidates, Fusion
from rag.meet import Texts
from rag.question import Question, content_words
from rag.rank import Group, Ranker, Scorer, group

PREFERRED = 1.0  # log odds that the article of the answer before has over the others, when a question follows it up
QUOTED, SHORTEST_QUOTE = 40, 10  # characters of an answer's line by which its article is known
DEPTH = 40  # candidates of each leg
QUOTA = 20  # candidates by meaning of each language, where the archive has passages in both
KEPT = 4096  # folded passages kept in memory
FEWEST, LEAST = 3, 0.01  # passages of a language, and their share of the archive, for it to have a quota
MEANINGS = 8  # Chinese words looked for for an English one
FLATTER = 0.15  # exponent on their weights: which of them is meant, the corpus says better than the table
NAME_WEIGHT = 0.5  # of a spelling found by its sound
_QUOTED = re.compile(r"[“\"‘《〈]([^“”\"‘’《》〈〉]{2,40})[”\"’》〉]")
BEST_TERM = 2.5  # what a term adds at most to BM25+, in idf: k1 + 1


@dataclass(frozen=True)
class Lexical:
    """What the lexical leg says: the scores of all passages, what a passage with all terms could reach, and glosses."""

    scores: Scores
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

    def __init__(self, snapshot: Snapshot, ranker: Scorer | None = None) -> None:
        """`ranker`: makes one score of all, the learned one if none is given."""
        self.snapshot = snapshot
        self._fusion = Fusion.load()
        self._ranker = ranker or Ranker.load()
        self._texts = Texts(snapshot)
        self._glosses = GlossTable()
        self._pinyin = Pinyin()
        self.abbreviations = Abbreviations.learn(snapshot.archive.texts_with(MARK))
        self._english = snapshot.english
        count = snapshot.lexical.count
        english = int((snapshot.english if snapshot.live is None else snapshot.english & snapshot.live).sum())
        fewest = max(FEWEST, LEAST * count)
        self._both = fewest <= english <= count - fewest
        self._to_english = self._glosses.turned_round() if english >= fewest else {}
        self._key = lru_cache(KEPT)(self._read_key)

    def search(self, question: Question, k: int, documents: Sequence[str] | None = None) -> list[Hit]:
        """Return the k best passages, best first, ties by passage number.

        Raises:
            QueryError: `documents` is empty, or names one that is not in the archive.
        """
        found = self._find(question, self._allowed(documents))
        rows = [
            (float(score), int(number), place, one.candidates)
            for one, scores in zip(found.groups, self._ranker.scores(found.groups), strict=True)
            for place, (number, score) in enumerate(zip(one.candidates.numbers, scores, strict=True))
        ]
        rows.sort(key=lambda row: (-row[0], row[1]))
        glossed = [word for gloss in found.glosses for word, _ in gloss.words]
        asked = tuple(dict.fromkeys([*content_words(question.key, question.words), *glossed]))
        return _preferred([self._hit(asked, found, row) for row in rows[:k]], question.said)

    def candidates(self, question: Question) -> list[Group]:
        """Return what the ranker weighs: candidates by language."""
        return self._find(question, None).groups

    def _find(self, question: Question, allowed: Mask | None) -> Found:
        snapshot = self.snapshot
        lexical = self.lexical(question)
        ids = snapshot.static.token_ids([question.whole])[0]
        same = snapshot.encoder is snapshot.static
        vector = snapshot.static.encode_ids([ids])[0] if same else snapshot.encoder.encode([question.whole])[0]
        dense = snapshot.dense.search(vector, DEPTH, allowed)
        cosines = dict(dense)
        for mask in self._quotas(allowed, list(cosines)):
            cosines.update(snapshot.dense.search(vector, QUOTA, mask))
        ranked = best(lexical.scores, DEPTH, allowed)
        numbers = np.array(sorted({*dict(ranked), *cosines}), dtype=np.int64)
        if not len(numbers):
            return Found(lexical.glosses, {}, {}, [])
        missing = [number for number in numbers.tolist() if number not in cosines]
        cosines.update(zip(missing, snapshot.dense.cosines(vector, missing), strict=True))
        top = max(float(lexical.scores[numbers].max()), 1e-9)
        groups = []
        for english in (False, True):
            part = numbers[self._english[numbers] == english]
            if len(part):
                runs = snapshot.tokens.of(part.tolist())
                candidates = Candidates(
                    part,
                    snapshot.articles[part],
                    lexical.scores[part] / np.float32(top),
                    lexical.scores[part] / np.float32(lexical.bound),
                    np.array([max(0.0, cosines[number]) for number in part.tolist()], dtype=np.float32),
                    snapshot.tokens.sizes[part],
                    snapshot.late.interact(ids, runs),
                )
                across = english != (question.language == "en")
                groups.append(group(question, ids, candidates, across, self._fusion, self._texts, snapshot.lexical.idf))
        return Found(lexical.glosses, _ranks(ranked), _ranks(dense), groups)

    def lexical(self, question: Question) -> Lexical:
        """Return what the lexical leg says of every passage: BM25+ of the question's terms and of their glosses."""
        index = self.snapshot.lexical
        english = question.language == "en"
        asked = terms(" ".join(question.content)) if english else terms(question.key)
        asked += [term for phrase in _QUOTED.findall(question.key) for term in terms(phrase)]  # counts twice
        scores = index.scores(asked)
        bound = BEST_TERM * sum(index.idf(term) for term in asked)
        glosses: tuple[Gloss, ...] = ()
        if english and not self._english.all():
            glosses = tuple(self.glosses(question.whole))
            alternatives = [[(terms(word), weight) for word, weight in gloss.words[:MEANINGS]] for gloss in glosses]
        else:
            alternatives = [] if english else [self._in_english(word) for word in question.content if len(word) > 1]
        for word in question.content:
            others = [(terms(other), 1.0) for other in aliases(word) if len(other) > 1]
            if others and not index.knows(word[:2]):
                highest = self._best_of(others)
                scores, bound = scores + highest, bound + float(highest.max())
        for names in self.abbreviations.of(question.key).values():
            highest = self._best_of([(terms(name), 1.0) for name in names])
            scores, bound = scores + highest, bound + float(highest.max())
        for spellings in alternatives:
            highest = self._best_of(spellings)
            if not english:
                highest[~self._english] = 0  # Latin words in Chinese passages are names, not what the word means
            scores = scores + highest
            bound += float(highest.max())
        return Lexical(scores, max(bound, 1e-9), glosses)

    def _best_of(self, spellings: Sequence[tuple[list[str], float]]) -> Scores:
        """Return what the best of some spellings, each its terms and a weight, adds to every passage's score."""
        index = self.snapshot.lexical
        highest = np.zeros(index.size, dtype=np.float32)
        for spelling, weight in spellings:
            adds = np.zeros(index.size, dtype=np.float32)
            for term in spelling:
                numbers, values = index.postings(term)
                adds[numbers] += values
            np.maximum(highest, adds * np.float32(weight**FLATTER), out=highest)
        return highest

    def _in_english(self, word: str) -> list[tuple[list[str], float]]:
        """Return how a Chinese word may stand in English passages: the terms of phrases, in singular and plural."""
        phrases = self._to_english.get(word, "")
        return [(form.split(), 1.0) for phrase in phrases.split("\t") if phrase for form in (phrase, phrase + "s")]

    def glosses(self, text: str) -> Iterator[Gloss]:
        """Yield what the words of an English text may be in Chinese: by the table, and names also by their sound."""
        knows = self.snapshot.lexical.knows
        listed = [_telling(gloss) for gloss in self._glosses.gloss(text)]
        sounded = []
        for name, start, end in names_in(text):
            inside = [gloss for gloss in listed if start <= gloss.start and gloss.end <= end]
            unknown = not any(knows(word[:2]) for gloss in inside for word, _ in gloss.words if len(word) > 1)
            if (unknown or " " in name) and (spellings := self._pinyin.spellings(name, knows)):
                sounded.append(Gloss(name, start, end, tuple((spelling, NAME_WEIGHT) for spelling in spellings)))
        yield from (g for g in listed if not any(s.start <= g.start and g.end <= s.end for s in sounded))
        yield from sounded

    def _quotas(self, allowed: Mask | None, found: list[int]) -> Iterator[Mask]:
        """Yield the passages of each language that has fewer than its quota among those found by meaning."""
        if not self._both:
            return
        english = int(self._english[found].sum())
        for mask, count in ((self._english, english), (~self._english, len(found) - english)):
            if count < QUOTA:
                part = mask if allowed is None else mask & allowed
                if part.any():
                    yield part

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

    def _allowed(self, documents: Sequence[str] | None) -> Mask | None:
        if documents is None:
            return None
        archive = self.snapshot.archive
        unknown = [document_id for document_id in documents if archive.file_of(document_id) is None]
        if unknown or not documents:
            named = f"There is no document {unknown[0]!r}." if unknown else "No document is named."
            raise QueryError(f"{named} Leave `documents` out to ask them all.", "documents", "document_unknown")
        allowed = np.zeros(self.snapshot.lexical.size, dtype=np.bool_)
        allowed[archive.passages_of_documents(documents)] = True
        return allowed


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
