"""Questions that the archive answers, made from its own sentences, for a reader who does not know what to ask.

A sentence that says how many, when or who is turned into the question it answers. What `Answerer` does not answer
from that very place, surely, and with no other value, is dropped.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from index.article import Article
from index.source import Library
from index.text import fold
from rag.answer import Answer
from rag.answerer import Answerer
from rag.facts import KIND_OF_PLACE, Fact, place_of, read_facts
from rag.facts_english import english_question
from rag.names import tag

SURE = 0.7  # the confidence that an answer must have
TRIES = 6  # facts of an article that are asked
LOOKED_AT = 500  # articles, at most
LENGTHS = (8, 36)  # characters of a Chinese question
_GOLDEN = 0.6180339887  # steps of this share of a whole spread evenly, however many there are


def suggest(answerer: Answerer, articles: Iterable[Article], most: int) -> list[str]:
    """Return up to `most` questions in Chinese, of each article the surest, in the articles' order."""
    found: list[str] = []
    low, high = LENGTHS
    for article in articles:
        facts = [fact for fact in read_facts(article) if low <= len(fact.question) <= high]
        tried = [(_sureness(answerer, article, fact, fact.question), fact.question) for fact in _some(facts)]
        best = max(tried, default=(0.0, ""))
        found += [best[1]] if best[0] else []
        if len(found) == most:
            break
    return found


def suggest_english(
    answerer: Answerer, articles: Iterable[Article], most: int, english: Mapping[str, str]
) -> list[str]:
    """Return up to `most` questions in English; `english` as for `english_question`."""
    found: list[str] = []
    for article in articles:
        asked = [(fact, english_question(fact, english)) for fact in read_facts(article) if fact.noun]
        sure = (question for fact, question in asked if question and _sureness(answerer, article, fact, question))
        found += [question for question in [next(sure, None)] if question]
        if len(found) == most:
            break
    return found


def better(answerer: Answerer, question: str, missing: Sequence[str], nearest: Iterable[Article]) -> str | None:
    """Return a refused question without the names and numbers that the archive lacks, where it is then answered surely.

    A missing place gives way to the one that a nearest article is about, else it is left out; a year is left out.
    """
    places = dict.fromkeys(place for place in map(place_of, nearest) if place)
    for place in (*places, ""):
        changed = question
        for item in missing:
            start = fold(changed).find(item)
            if start < 0 or len(fold(changed)) != len(changed):
                return None
            year = re.compile("年的?").match(changed, start + len(item)) if item[0].isdigit() else None
            end = year.end() if year else start + len(item)
            changed = changed[:start] + _instead(place if tag(item) == "ns" else "", changed[end:])
        if changed != question and changed.strip() and _given(answerer.ask(changed)):
            return changed.strip()
    return None


def _instead(place: str, rest: str) -> str:
    """Return a place before the rest of a question. What kind of place it is is said once: 宁波高新区, 高新区的…; where
    the rest tells of another kind, the rest alone."""
    kind = KIND_OF_PLACE.match(rest) if place else None
    if kind is None:
        return place + rest
    return place.removesuffix(kind[0]) + rest if place.endswith(kind[0]) else rest


def spread(archive: Library) -> Iterator[Article]:
    """Yield up to `LOOKED_AT` articles from all over an archive, the same ones each time, far ones after each other."""
    numbers = archive.article_numbers()
    step = max(1.0, len(numbers) / LOOKED_AT)
    chosen = [numbers[int(place * step)] for place in range(min(len(numbers), LOOKED_AT))]
    for _, number in sorted((place * _GOLDEN % 1, number) for place, number in enumerate(chosen)):
        yield archive.article(number)


def _some(facts: Sequence[Fact]) -> Sequence[Fact]:
    """Return at most `TRIES` facts, from all over the article."""
    step = max(1.0, len(facts) / TRIES)
    return [facts[int(place * step)] for place in range(min(TRIES, len(facts)))]


def _given(answer: Answer) -> bool:
    return answer.answerable and answer.confidence >= SURE


def _sureness(answerer: Answerer, article: Article, fact: Fact, question: str) -> float:
    """Return how surely a question is answered with its fact; 0 where it is not."""
    answer = answerer.ask(question)
    there = any(
        cited.article.article_id == article.article_id and cited.start <= fact.start and fact.end <= cited.end
        for cited in answer.citations
    )
    same = answer.short_answer is None or article.text[fact.start : fact.end] in answer.short_answer
    return answer.confidence if there and same and _given(answer) else 0.0
