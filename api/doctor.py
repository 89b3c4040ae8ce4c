"""Proof that the set-up works: what is there, and whether each leg alone finds phrases where they stand."""

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from api.opening import staleness
from api.settings import Settings
from index.article import Article
from index.errors import ModelError, WenbaoError
from index.page import list_corpus
from index.source import Source, Wanted
from index.text import fold, terms

PHRASES = 60  # sampled from the archive
LOOKED_AT = 2000  # articles up to which all are looked at; of more, as many as there are phrases
PHRASE_LENGTH = (12, 40)  # characters
DEPTH = 5  # passages in which a leg must have the phrase's own article
LEAST = {"words": 0.95, "meaning": 0.8}  # share of phrases found


@dataclass(frozen=True)
class Finding:
    """One thing examined: what, what was found, and how to mend it if it is not good."""

    what: str
    good: bool
    found: str
    mend: str | None = None


def examine(settings: Settings) -> Iterator[Finding]:
    """Yield what is found, in an order in which each rests on those before; stops where nothing more can be told."""
    yield _corpus(settings)
    try:
        encoder = settings.encoder()
    except ModelError as error:
        yield Finding("model", False, str(error), "install the package again, or name another model with --model")
        return
    yield Finding("model", True, f"{encoder.name}, {encoder.dim} dimensions")
    try:
        snapshot = settings.store.open(encoder)
    except WenbaoError as error:
        yield Finding("index", False, str(error), "`wenbao build`")
        return
    counts = ", ".join(f"{number} {name}" for name, number in snapshot.manifest["counts"].items())
    yield Finding("index", True, f"{settings.store}: {counts}; all is as it was written")
    stale = staleness(settings, snapshot)
    yield Finding(
        "freshness", not stale, *((stale[0], "`wenbao build`") if stale else ("the corpus is as it was indexed",))
    )
    phrases = sample_phrases(snapshot)
    legs = {"words": lexical_leg(snapshot), "meaning": dense_leg(snapshot)}
    for name, leg in legs.items():
        yield _leg(name, leg, phrases)


def _corpus(settings: Settings) -> Finding:
    try:
        listing = list_corpus(settings.corpus)
    except WenbaoError as error:
        return Finding("corpus", False, str(error), "name the folder of pages with --corpus DIR")
    left = (
        f"; left out: {', '.join(f'{name} ({why})' for name, why in listing.left_out[:5])}" if listing.left_out else ""
    )
    return Finding("corpus", True, f"{settings.corpus}: {len(listing.document_ids)} pages{left}")


def sample_phrases(snapshot: Source) -> list[tuple[str, frozenset[str]]]:
    """Return phrases of the archive, always the same, each with the ids of the articles that it stands in."""
    draw = random.Random(0)
    numbers = snapshot.archive.article_numbers()
    if len(numbers) > LOOKED_AT:
        numbers = sorted(draw.sample(numbers, PHRASES))
    articles = [snapshot.archive.article(number) for number in numbers]
    phrases: list[tuple[str, frozenset[str]]] = []
    for _ in range(PHRASES * 10):
        phrase = _phrase(draw, draw.choice(articles))
        if phrase and len(phrases) < PHRASES:
            phrases.append((phrase, frozenset(a.article_id for a in articles if phrase in a.text)))
    return phrases


def _phrase(draw: random.Random, article: Article) -> str | None:
    low, high = PHRASE_LENGTH
    lines = [line for line in article.text.split("\n") if len(line) >= low]
    if not lines:
        return None
    line = draw.choice(lines)
    start = draw.randrange(max(1, len(line) - high + 1))
    return line[start : start + high]


def lexical_leg(snapshot: Source) -> Callable[[str], list[str]]:
    """Return a function from a phrase to the articles that BM25 alone finds for it."""
    texts = snapshot.archive

    def find(phrase: str) -> list[str]:
        numbers = [number for number, _ in snapshot.legs.words(Wanted(tuple(terms(fold(phrase)))), DEPTH).ranked]
        return [texts.article(texts.article_of(number)).article_id for number in numbers]

    return find


def dense_leg(snapshot: Source) -> Callable[[str], list[str]]:
    """Return a function from a phrase to the articles that the vectors alone find for it."""
    texts = snapshot.archive

    def find(phrase: str) -> list[str]:
        found = snapshot.legs.meaning(snapshot.encoder.encode([phrase])[0], DEPTH)
        return [texts.article(texts.article_of(number)).article_id for number, _ in found]

    return find


def _leg(name: str, find: Callable[[str], list[str]], phrases: list[tuple[str, frozenset[str]]]) -> Finding:
    hits = sum(bool(own & set(find(phrase))) for phrase, own in phrases)
    share = hits / len(phrases) if phrases else 0.0
    found = f"{hits} of {len(phrases)} phrases of the corpus are found in their own article by {name} alone"
    if share >= LEAST[name]:
        return Finding(f"search by {name}", True, found)
    mend = "`wenbao build`" if name == "words" else "`wenbao build`; if it stays so, use another model with --model"
    return Finding(f"search by {name}", False, f"{found}; {LEAST[name]:.0%} are expected", mend)
