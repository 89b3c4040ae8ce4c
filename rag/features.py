"""What the sentence ranker looks at: a row of numbers for each candidate sentence of a question.

Most tell more in comparison: how far a sentence is behind the best of all candidates, and of its own passage.
"""

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from index.gloss import Gloss
from index.late import Interaction
from index.text import segmenter
from rag.aliases import aliases
from rag.analysis import Sentence, article_key, bigrams_of
from rag.answer import Hit
from rag.kinds import KINDS, evidence
from rag.question import Question

Floats = npt.NDArray[np.float32]

_BASE = (
    "words", "bigrams", "chars", "words_in_context", "words_in_head", "words_with_before", "words_with_after",
    "best_matched", "best_unmatched", "best_unmatched_in_context", "numbers", "numbers_in_context", "names",
    "names_in_context", "soft", "exact", "weakest", "evidence", "has_evidence", "unit", "unit_asked", "focus",
    "near", "common", "length",
    "index", "place", "is_section", "is_aside", "pointing", "passage_score", "passage_rank", "lexical", "dense",
    "asked_words", "asked_names", "asked_numbers", "kind", "english", "window", "why", "how", "definition", "list",
    "new_numbers", "new_dates", "new_people", "quoted", "year_here", "other_year",
    "author", "names_in_article", "passage_soft", "asking",
    "asked_for", "asked_for_in_context", "asked_for_in_article", "asked_for_soft", "clause", "gap", "deputy",
)  # fmt: skip
_RELATIVE = (
    "words",
    "bigrams",
    "chars",
    "words_in_context",
    "words_with_before",
    "soft",
    "exact",
    "near",
    "common",
    "asked_for_soft",
    "clause",
)
NAMES = (*_BASE, *(f"{name}_{how}" for name in _RELATIVE for how in ("to_best", "to_passage", "rank")))

_YEAR = re.compile(r"(?:19|20)[0-9]{2}")
_ASKING = re.compile(
    r"多少|什么时[候间]|多长时间|多久|什么|哪[一]?[个些里儿位家年天月日种项款本届]?"
    r"|谁|何[时地处人]?|为何|怎么样?|怎样|如何|咋|啥|几|who|what|when|where|which|how (?:many|much)"
)


_CLAUSE = re.compile(r"[,，;:。!?]")
_DEPUTY = re.compile(r"[副原前]$")
_FAR = 60  # characters from which on a thing is far


@dataclass(frozen=True)
class Asked:
    """A question, prepared for matching: its concepts (weight, spellings) and what is near its question word.

    `target`: the words that say what is asked for (工资 in 网格员一个月工资多少), as concepts; `tokens`: their ids.
    """

    question: Question
    concepts: tuple[tuple[float, tuple[str, ...]], ...]
    bigrams: dict[str, float]
    chars: frozenset[str]
    near: tuple[str, ...]
    bare: str
    known: frozenset[str]
    target: tuple[tuple[float, tuple[str, ...]], ...] = ()


def prepare(question: Question, idf: Callable[[str], float], glosses: Sequence[Gloss], size: int) -> Asked:
    """Return a question prepared for matching.

    `idf`: of a term in the corpus; `size`: how many passages there are; `glosses`: what the words of a question in
    another language may be in the corpus's, which match as well as the words themselves.
    """
    top = math.log(size + 1.0)
    concepts: list[tuple[float, tuple[str, ...]]] = [
        (_weight(word, idf, top), (word, *(other for other in aliases(word) if len(other) > 1)))
        for word in question.content
        if word.strip()
    ]
    if glosses:
        glossed = {word for gloss in glosses for word in re.findall(r"[a-z0-9]+", gloss.source.lower())}
        concepts = [(weight, spellings) for weight, spellings in concepts if spellings[0] not in glossed]
        for gloss in glosses:
            spellings = (gloss.source.lower(), *(word for word, _ in gloss.words))
            concepts.append((max(_weight(word, idf, top) for word in spellings[1:3] or spellings), spellings))
    bare = _ASKING.sub(" ", question.key)
    pairs = bigrams_of(bare).union(*(bigrams_of(word) for gloss in glosses for word, _ in gloss.words[:1]))
    bigrams = {pair: 0.2 + min(1.0, idf(pair) / top) for pair in sorted(pairs)}
    near = []
    for match in _ASKING.finditer(question.key):
        near += [question.key[match.end() : match.end() + 2], question.key[max(0, match.start() - 2) : match.start()]]
    known = frozenset(item for items in evidence(question.key).values() for item in items)
    chars = frozenset(char for _, spellings in concepts for char in spellings[-1 if glosses else 0] if char.strip())
    near = [pair for pair in near if len(pair) == 2 and pair.isalnum()]
    return Asked(question, tuple(concepts), bigrams, chars, tuple(near), bare, known, _target(question, concepts))


def _target(
    question: Question, concepts: Sequence[tuple[float, tuple[str, ...]]]
) -> tuple[tuple[float, tuple[str, ...]], ...]:
    """Return the two concepts after the question word and the two before it, the nearest worth most; no names."""
    match = _ASKING.search(question.key)
    low, high = match.span() if match else (len(question.key), len(question.key))
    placed = [(question.key.find(spellings[0]), spellings) for _, spellings in concepts]
    plain = sorted((place, spellings) for place, spellings in placed if place >= 0)
    after = [spellings for place, spellings in plain if place >= high and (place > high or len(spellings[0]) > 1)][:2]
    before = [spellings for place, spellings in plain if place < low and spellings[0] not in question.names][:-3:-1]
    if question.language == "en":
        before = []
    worth = (1.0, 0.6), (0.8, 0.4) if after else (1.0, 0.6)
    return tuple(
        pair for side, words in zip(worth, (after, before), strict=True) for pair in zip(side, words, strict=False)
    )


def _weight(word: str, idf: Callable[[str], float], top: float) -> float:
    """Return what a word is worth, in (0, 1]: half by this corpus, half by the language (jieba's counts)."""
    count = segmenter().FREQ.get(word, 0)
    general = min(1.0, math.log(6e7 / (count + 1)) / 16)
    return 0.05 + 0.5 * min(1.0, idf(word) / top) + 0.45 * general


class _Places:
    """Where the concepts of a question first stand in texts, -1 where they do not; each text is looked through once."""

    def __init__(self, spellings: Sequence[tuple[str, ...]]) -> None:
        self._spellings = spellings
        self._known: dict[str, list[int]] = {}

    def of(self, text: str) -> list[int]:
        """Return the place of each concept: of the first of its spellings that stands there."""
        found = self._known.get(text)
        if found is None:
            found = self._known[text] = [_first(text, spellings) for spellings in self._spellings]
        return found


def _first(text: str, spellings: tuple[str, ...]) -> int:
    for spelling in spellings:
        place = text.find(spelling)
        if place >= 0:
            return place
    return -1


def features(asked: Asked, rows: Sequence[tuple[Hit, int, Sentence]], met: Interaction, target: Interaction) -> Floats:
    """Return the feature rows, shape (sentences, len(NAMES)).

    `rows`: each candidate's passage, the passage's rank from 1, and the sentence. `met`: how the question's tokens
    are met in the sentences, in the same order; `target`: the same of the words that say what is asked for.
    """
    base = np.zeros((len(rows), len(_BASE)), dtype=np.float32)
    articles: dict[str, str] = {}
    soft = np.stack([met.maxsim, met.exact, met.weakest], axis=1).tolist()
    aims = target.maxsim.tolist()
    places = _Places([spellings for _, spellings in asked.concepts])
    aimed = _Places([spellings for _, spellings in asked.target])
    for i, (hit, rank, sentence) in enumerate(rows):
        article = articles.get(hit.article.article_id)
        if article is None:
            article = articles[hit.article.article_id] = article_key(hit.article)
        base[i] = _row(asked, hit, rank, sentence, soft[i], article, aims[i], places, aimed)
    groups = np.array([rank for _, rank, _ in rows])
    return np.hstack([base, *(_relative(base[:, _BASE.index(name)], groups) for name in _RELATIVE)])


def _relative(column: Floats, groups: npt.NDArray[np.int_]) -> Floats:
    best_of = np.full(int(groups.max()) + 1, -np.inf, dtype=np.float32)
    np.maximum.at(best_of, groups, column)
    of_passage = best_of[groups]
    rank = (column[None, :] > column[:, None] + 1e-6).sum(axis=1)
    return np.stack([column - column.max(), column - of_passage, 1.0 / (1.0 + rank)], axis=1).astype(np.float32)


def _row(
    asked: Asked,
    hit: Hit,
    rank: int,
    s: Sentence,
    soft: list[float],
    article: str,
    target_soft: float,
    where: _Places,
    aimed: _Places,
) -> list[float]:
    question, key = asked.question, s.key
    context = f"{key}\n{s.before}\n{s.head}"
    total = sum([weight for weight, _ in asked.concepts]) or 1.0
    inside = outside = head = before = after = best = missed = missed_all = 0.0
    places = []
    there = zip(asked.concepts, where.of(key), where.of(s.head), where.of(s.before), where.of(s.after), strict=True)
    for (weight, _), place, at_head, at_before, at_after in there:
        if place >= 0:
            inside += weight
            best = max(best, weight)
            places.append((place, weight))
        else:
            missed = max(missed, weight)
        head += weight * (at_head >= 0)
        before += weight * (place >= 0 or at_before >= 0)
        after += weight * (place >= 0 or at_after >= 0)
        if place >= 0 or at_head >= 0 or at_before >= 0:
            outside += weight
        else:
            missed_all = max(missed_all, weight)
    pairs = sum(asked.bigrams.values()) or 1.0
    kind = question.kind
    new = {k: [item for item in items if item not in asked.known] for k, items in s.found.items()}
    answers = new.get(kind, [])
    return [
        inside / total,
        sum([weight for pair, weight in asked.bigrams.items() if pair in s.bigrams]) / pairs,
        len([char for char in asked.chars if char in key]) / max(1, len(asked.chars)),
        outside / total,
        head / total,
        before / total,
        after / total,
        best,
        missed,
        missed_all,
        _share(question.numbers, s.numbers),
        _share(question.numbers, context),
        _share(question.names, key),
        _share(question.names, context),
        *soft,
        math.log1p(len(answers)),
        float(bool(answers)),
        float(_has_unit(question.units, key)),
        float(bool(question.units)),
        float(bool(question.focus) and question.focus in key),
        len([pair for pair in asked.near if pair in key]) / max(1, len(asked.near)),
        _common(asked.bare, key) / max(4.0, len(asked.bare.strip())),
        math.log1p(len(key)),
        s.index,
        s.place,
        float(s.part == "section"),
        float(s.part in ("byline", "caption", "dateline", "continuation")),
        float(s.pointing),
        hit.score,
        1.0 / rank,
        hit.lexical_score,
        hit.dense_score,
        len(asked.concepts),
        len(question.names),
        len(question.numbers),
        KINDS.index(kind),
        float(question.language == "en"),
        (max(places)[0] - min(places)[0]) / max(1, len(key)) if places else 1.0,
        len(s.found["why"]),
        len(s.found["how"]),
        len(s.found["definition"]),
        len(s.found["list"]),
        len(new["number"]),
        len(new["date"]),
        len(new["person"]),
        len(new["name"]),
        *_years(question.numbers, key, f"{s.before}\n{s.head}"),
        float(question.author and s.part in ("byline", "caption", "dateline")),
        _share(question.names, article),
        hit.maxsim,
        float(key.endswith("?")),
        *_target_met(asked, s, article, target_soft, places, answers, aimed),
    ]


def _target_met(
    asked: Asked,
    s: Sentence,
    article: str,
    soft: float,
    places: Sequence[tuple[int, float]],
    answers: Sequence[str],
    aimed: _Places,
) -> tuple[float, ...]:
    """Return how well what is asked for is met: in the sentence, round it, in its article, in sense; how much of the
    question stands in the clauses of the likeliest answer; how far that is from what is asked for; and whether it is
    only a deputy's."""
    key = s.key
    total = sum([weight for weight, _ in asked.target])
    if total:
        inside, before, head, whole = aimed.of(key), aimed.of(s.before), aimed.of(s.head), aimed.of(article)
        weights = [weight for weight, _ in asked.target]
        near = list(map(max, inside, before, head))
        here, around, anywhere = (
            sum([weight for weight, place in zip(weights, found, strict=True) if place >= 0]) / total
            for found in (inside, near, whole)
        )
    else:
        here = around = anywhere = 1.0
    found = [place for _, spellings in asked.target for w in spellings if (place := key.find(w)) >= 0]
    deputy = float(bool(found) and all(_DEPUTY.search(key[max(0, place - 1) : place]) for place in found))
    clause, gap = 0.0, float(_FAR)
    if answers:
        marks = [0, *(match.end() for match in _CLAUSE.finditer(key)), len(key)]
        mass = sum([weight for weight, _ in asked.concepts]) or 1.0
        for answer in answers:
            place = key.find(answer)
            low = max((mark for mark in marks if mark <= place), default=0)
            high = next((mark for mark in marks if mark > place), len(key))
            earlier = max((mark for mark in marks if mark < low), default=0)
            covered = sum(
                [weight if low <= at < high else 0.5 * weight for at, weight in places if earlier <= at < high]
            )
            clause = max(clause, covered / mass)
            gap = min([gap, *[float(abs(at - place)) for at in found]])
    return here, around, anywhere, soft, clause, math.log1p(gap), deputy


def _years(asked: Sequence[str], key: str, around: str) -> tuple[float, float]:
    """Return how well the years asked about stand in a sentence (1) or next to it (0.7), and whether it has another."""
    years = [number for number in asked if _YEAR.fullmatch(number)]
    if not years:
        return 1.0, 0.0
    here = sum(1.0 if year in key else 0.7 * (year in around) for year in years) / len(years)
    return here, float(any(year not in years for year in _YEAR.findall(key)))


def _share(wanted: Sequence[str], there: "str | frozenset[str]") -> float:
    return len([item for item in wanted if item in there]) / len(wanted) if wanted else 1.0


def _has_unit(units: Sequence[str], key: str) -> bool:
    return bool(units) and bool(_number_with(tuple(units)).search(key))


@lru_cache(maxsize=256)
def _number_with(units: tuple[str, ...]) -> re.Pattern[str]:
    after = "|".join(map(re.escape, units))
    return re.compile(
        rf"[0-9一二三四五六七八九十百千万亿两](?:多|余)?(?:{after})" + ("|百分之" if "百分之" in units else "")
    )


def _common(bare: str, key: str) -> int:
    """Return the length of the longest piece of the question, at most 16 characters, that stands in the sentence."""
    longest = 0
    for start in range(len(bare)):
        while start + longest < len(bare) and bare[start : start + longest + 1] in key:
            longest += 1
    return min(16, longest)
