"""What the ranker looks at: a row of numbers for each candidate sentence of a question."""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Collection, Sequence
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from index.late import Interaction
from rag.analysis import FIXED, Sentence, article_key
from rag.answer import Hit
from rag.asked import Asked
from rag.kinds import KINDS
from rag.runs import Laid, code_points, shared_runs

Floats = npt.NDArray[np.float32]
Doubles = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
Columns = dict[str, npt.ArrayLike]

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

_COMPARED = [_BASE.index(name) for name in _RELATIVE]

_YEAR = re.compile(r"(?:19|20)[0-9]{2}")
_DEPUTY = re.compile(r"[副原前]$")
_FAR = 60  # characters from which on a thing is far
_LONGEST = 16  # characters of a common piece that count
_NO_CHARACTER = 2**32 - 1  # stands between texts that are laid end to end
_NOWHERE = 2**31  # beyond any place in a sentence


def features(asked: Asked, rows: Sequence[tuple[Hit, int, Sentence]], met: Interaction, target: Interaction) -> Floats:
    """Return the feature rows, shape (sentences, len(NAMES)).

    `rows`: each candidate's passage, the passage's rank from 1, and the sentence. `met`: how the question's tokens
    are met in the sentences, in the same order; `target`: the same of the words that say what is asked for.
    """
    hits, ranks, sentences = zip(*rows, strict=True)
    found = {hit.article.article_id: hit.article for hit in hits}
    texts = {article_id: article_key(article) for article_id, article in found.items()}
    articles = [texts[hit.article.article_id] for hit in hits]
    answers = [s.answers(asked.question.kind, asked.known) for s in sentences]
    columns = {
        **_of_question(asked),
        **_of_hits(hits, ranks),
        **_of_sentences(asked, sentences, answers),
        **_of_words(asked, sentences),
        **_of_concepts(asked, articles, sentences, answers),
        "names_in_article": _share(asked.question.names, articles),
        "soft": met.maxsim,
        "exact": met.exact,
        "weakest": met.weakest,
        "asked_for_soft": target.maxsim,
    }
    base = np.empty((len(rows), len(_BASE)), dtype=np.float32)
    for place, name in enumerate(_BASE):
        base[:, place] = columns[name]
    return np.hstack([base, _relative(base[:, _COMPARED], np.array(ranks))])


def _relative(columns: Floats, groups: Ints) -> Floats:
    """Return each column against the best of all and of its passage, and as one over its rank; side by side."""
    best_of = np.full((int(groups.max()) + 1, columns.shape[1]), -np.inf, dtype=np.float32)
    np.maximum.at(best_of, groups, columns)
    rank = (columns[None, :, :] > columns[:, None, :] + 1e-6).sum(axis=1)
    three = [columns - columns.max(axis=0), columns - best_of[groups], 1.0 / (1.0 + rank)]
    return np.stack(three, axis=2).reshape(len(columns), -1).astype(np.float32)


def _of_question(asked: Asked) -> Columns:
    """What the question alone says."""
    question = asked.question
    return {
        "unit_asked": bool(question.units),
        "asked_words": len(asked.concepts),
        "asked_names": len(question.names),
        "asked_numbers": len(question.numbers),
        "kind": KINDS.index(question.kind),
        "english": question.language == "en",
    }


def _of_hits(hits: Sequence[Hit], ranks: Sequence[int]) -> Columns:
    """How each sentence's passage was found."""
    return {
        "passage_score": [hit.score for hit in hits],
        "passage_rank": 1.0 / np.array(ranks),
        "lexical": [hit.lexical_score for hit in hits],
        "dense": [hit.dense_score for hit in hits],
        "passage_soft": [hit.maxsim for hit in hits],
    }


def _of_sentences(asked: Asked, sentences: Sequence[Sentence], answers: Sequence[Sequence[str]]) -> Columns:
    """What each sentence is, and what stands in it that could answer."""
    fixed = dict(zip(FIXED, np.array([s.fixed for s in sentences]).T, strict=True))
    counts = np.array([s.counts(asked.known) for s in sentences])
    new = dict(zip(("new_numbers", "new_dates", "new_people", "quoted"), counts.T, strict=True))
    count = np.array([len(found) for found in answers])
    signs = [s.part in ("byline", "caption", "dateline") for s in sentences] if asked.question.author else 0.0
    return {**fixed, **new, "evidence": np.log1p(count), "has_evidence": count > 0, "author": signs}


def _of_words(asked: Asked, sentences: Sequence[Sentence]) -> Columns:
    """How the question's characters, numbers and names stand in each sentence and round it."""
    question = asked.question
    keys = [s.key for s in sentences]
    around = [f"{s.before}\n{s.head}" for s in sentences]
    contexts = [f"{key}\n{other}" for key, other in zip(keys, around, strict=True)]
    pairs = asked.bigrams
    met = [sum(pairs[pair] for pair in s.bigrams.intersection(pairs)) for s in sentences]
    with_unit = _number_with(question.units)
    here, other = _years(question.numbers, keys, around)
    return {
        "bigrams": np.array(met) / (sum(pairs.values()) or 1.0),
        "chars": np.array([len(asked.chars & s.chars) for s in sentences]) / max(1, len(asked.chars)),
        "numbers": _share(question.numbers, [s.numbers for s in sentences]),
        "numbers_in_context": _share(question.numbers, contexts),
        "names": _share(question.names, keys),
        "names_in_context": _share(question.names, contexts),
        "unit": [bool(with_unit.search(key)) for key in keys] if question.units else 0.0,
        "focus": [question.focus in key for key in keys] if question.focus else 0.0,
        "near": _count(asked.near, keys) / max(1, len(asked.near)),
        "common": _common(asked.bare, keys) / max(4.0, len(asked.bare.strip())),
        "year_here": here,
        "other_year": other,
    }


def _of_concepts(
    asked: Asked, articles: Sequence[str], sentences: Sequence[Sentence], answers: Sequence[Sequence[str]]
) -> Columns:
    """How the question's concepts, and among them what is asked for, stand in each sentence and round it."""
    concepts = [spellings for _, spellings in asked.concepts]
    weights = np.array([weight for weight, _ in asked.concepts])
    keys = [s.key for s in sentences]
    laid = Laid(text for s in sentences for text in (s.key, s.head, s.before, s.after))
    numbers = np.array([[laid.number[text] for text in (s.key, s.head, s.before, s.after)] for s in sentences])
    found = _places(concepts, laid)[:, numbers.T]
    places = found[:, 0]
    inside, head, before, after = (found >= 0).swapaxes(0, 1)
    near = inside | before
    context = near | head
    total = weights.sum() or 1.0
    width = places.max(axis=0, initial=-1) - np.where(inside, places, _NOWHERE).min(axis=0, initial=_NOWHERE)
    worth = np.array([weight for weight, _ in asked.target])
    aims = [concepts.index(spellings) for _, spellings in asked.target]
    met = {text: [any(one in text for one in spellings) for _, spellings in asked.target] for text in set(articles)}
    anywhere = np.array([met[text] for text in articles]).T
    return {
        "words": weights @ inside / total,
        "words_in_context": weights @ context / total,
        "words_in_head": weights @ head / total,
        "words_with_before": weights @ near / total,
        "words_with_after": weights @ (inside | after) / total,
        "best_matched": _heaviest(weights, inside),
        "best_unmatched": _heaviest(weights, ~inside),
        "best_unmatched_in_context": _heaviest(weights, ~context),
        "window": np.where(inside.any(axis=0), width / np.maximum(1, [len(key) for key in keys]), 1.0),
        "asked_for": _part(worth, inside[aims]),
        "asked_for_in_context": _part(worth, context[aims]),
        "asked_for_in_article": _part(worth, anywhere),
        **_of_answers(asked, sentences, answers, laid, weights / total, places),
    }


def _places(concepts: Sequence[tuple[str, ...]], laid: Laid) -> Ints:
    """Return where each concept stands in each text, (concepts, texts): the first of its spellings that does, or -1."""
    found = np.full((len(concepts), len(laid.number)), -1, dtype=np.int64)
    for places, spellings in zip(found, concepts, strict=True):
        for spelling in reversed(spellings):
            here = np.array(laid.places(spelling))
            np.copyto(places, here, where=here >= 0)
    return found


def _heaviest(weights: Doubles, among: Flags) -> Doubles:
    result: Doubles = (weights[:, None] * among).max(axis=0, initial=0.0)
    return result


def _part(weights: Doubles, met: Flags) -> Doubles | float:
    """Return the share of the weights that is met, for each sentence; all of nothing."""
    total = weights.sum()
    return weights @ met / total if total else 1.0


def _of_answers(
    asked: Asked,
    sentences: Sequence[Sentence],
    answers: Sequence[Sequence[str]],
    laid: Laid,
    worth: Doubles,
    places: Ints,
) -> Columns:
    """How much of the question stands in the clauses of the likeliest answer, how far that is from what is asked for,
    and whether the latter is only a deputy's. `worth`, `places`: of each concept."""
    wanted = [laid.places(spelling) for _, spellings in asked.target for spelling in spellings]
    weights = worth.tolist()
    rows = []
    for s, found, column in zip(sentences, answers, places.T.tolist(), strict=True):
        number = laid.number[s.key]
        aims = [there[number] for there in wanted if there[number] >= 0]
        deputy = bool(aims) and all(_DEPUTY.search(s.key[max(0, place - 1) : place]) for place in aims)
        clause, gap = _nearest(s, found, aims, weights, column) if found else (0.0, _FAR)
        rows.append((clause, gap, deputy))
    clauses, gaps, deputies = np.array(rows, dtype=np.float64).T
    return {"clause": clauses, "gap": np.log1p(gaps), "deputy": deputies}


def _nearest(
    sentence: Sentence, answers: Sequence[str], aims: Sequence[int], worth: Sequence[float], places: Sequence[int]
) -> tuple[float, int]:
    """Return the most of the question that stands in one answer's clause, that in the clause before it counted half;
    and how many characters lie between an answer and what is asked for, at most `_FAR`."""
    key, marks = sentence.key, sentence.clauses
    there = [(place, weight) for place, weight in zip(places, worth, strict=True) if place >= 0]
    clause, gap = 0.0, _FAR
    for answer in answers:
        at = key.find(answer)
        after = bisect_right(marks, at)
        low, high = (marks[after - 1] if after else 0), (marks[after] if after < len(marks) else len(key))
        before = bisect_left(marks, low)
        earlier = marks[before - 1] if before else 0
        covered = [weight if low <= place else 0.5 * weight for place, weight in there if earlier <= place < high]
        clause = max(clause, sum(covered))
        gap = min([gap, *(abs(place - at) for place in aims)])
    return clause, gap


def _years(asked: Sequence[str], keys: Sequence[str], around: Sequence[str]) -> tuple[npt.ArrayLike, npt.ArrayLike]:
    """Return how well the years asked about stand in a sentence (1) or next to it (0.7), and whether it has another."""
    years = [number for number in asked if _YEAR.fullmatch(number)]
    if not years:
        return 1.0, 0.0
    met = [
        sum(1.0 if year in key else 0.7 * (year in other) for year in years) / len(years)
        for key, other in zip(keys, around, strict=True)
    ]
    return met, [any(year not in years for year in _YEAR.findall(key)) for key in keys]


def _count(wanted: Collection[str], texts: Sequence[Collection[str]]) -> Doubles:
    """Return how many of some things stand in each text, or set."""
    return np.array([len([item for item in wanted if item in text]) for text in texts], dtype=np.float64)


def _share(wanted: Collection[str], texts: Sequence[Collection[str]]) -> npt.ArrayLike:
    return _count(wanted, texts) / len(wanted) if wanted else 1.0


@lru_cache(maxsize=256)
def _number_with(units: tuple[str, ...]) -> re.Pattern[str]:
    after = "|".join(map(re.escape, units))
    return re.compile(
        rf"[0-9一二三四五六七八九十百千万亿两](?:多|余)?(?:{after})" + ("|百分之" if "百分之" in units else "")
    )


def _common(bare: str, keys: Sequence[str]) -> Ints:
    """Return the length of the longest piece of the question, at most `_LONGEST` characters, in each sentence."""
    lengths = np.array([len(key) + 1 for key in keys])
    ends = np.cumsum(lengths)
    codes = code_points("\n".join([*keys, ""])).copy()
    codes[ends - 1] = _NO_CHARACTER
    longest = np.zeros(len(codes), dtype=np.int64)
    for size, begins in enumerate(shared_runs(code_points(bare), codes, _LONGEST), 1):
        longest[begins] = size
    return np.maximum.reduceat(longest, ends - lengths)
