"""Which of the lines that head an article are its headline, and which only its kickers."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from index.reading.sight import Sight
from index.reading.style import width
from index.reading.units import Unit
from index.reading.weights import Weights

Floats = npt.NDArray[np.float32]
SEEN_FIT = 0.6  # shares above it are all alike: a printed kicker has its article's words, but not always to the letter
LEAST_CHANCE = 0.5  # of a line to be of the headline; of .3 to .6 the best on 300 generated pages, by .003
JOINS = 4  # features of two head lines that stand together
ALL_MARKED = 5  # articles with `#` before their headline, from which on, if no article has none, it is a sure sign
_PAIRS = ("【】", "《》", "“”", "（）")


def name_heads(
    blocks: Sequence[Sequence[Unit]],
    texts: Sequence[Sequence[Unit]],
    chances: Floats,
    fits: Sequence[Floats],
    weights: Weights,
) -> list[list[Unit]]:
    """Return each article's head lines as headline or kicker; at least one of each article is its headline.

    `blocks`, `texts`: each article's head lines, and its text. `chances`: (page's lines, roles). `fits`: for each head
    line of an article, how much of it the article has.
    """
    several = [n for n, block in enumerate(blocks) if len(block) > 1]
    likely = [np.ones(len(block)) for block in blocks]
    if several:
        rows = [name_features(blocks[n], texts[n], chances, fits[n], weights) for n in several]
        found = weights.forests["names"].probabilities(np.concatenate(rows))
        for n, part in zip(several, np.split(found, np.cumsum([len(row) for row in rows])[:-1]), strict=True):
            likely[n] = part
    marked = [max(unit.lines[0].level for unit in block) > 0 for block in blocks if block]
    if len(marked) >= ALL_MARKED and all(marked):  # then a line without `#` is no headline
        likely = [own * [unit.lines[0].level > 0 for unit in block] for block, own in zip(blocks, likely, strict=True)]
    return [
        [
            unit.of_kind("headline" if chance >= min(LEAST_CHANCE, float(own.max())) else "kicker")
            for unit, chance in zip(block, own, strict=True)
        ]
        for block, own in zip(blocks, likely, strict=True)
    ]


def name_features(
    heads: Sequence[Unit], units: Sequence[Unit], chances: Floats, fits: Floats, weights: Weights
) -> Floats:
    """Return (heads, features): of each head line, of those before and after it, and among the others."""
    sight = Sight([unit.text for unit in heads], weights, False)
    titles = sight.title_scores
    first = min((unit.lines[0].index for unit in units), default=0)
    sections = " ".join(unit.text for unit in units if unit.kind == "section")
    own = np.array(
        [
            [
                *_own(unit, sections),
                unit.lines[0].index < first,
                min(fit, SEEN_FIT),
                title,
                *chances[unit.lines[0].index],
            ]
            for unit, fit, title in zip(heads, fits, titles, strict=True)
        ],
        dtype=np.float32,
    )
    count, columns = own.shape
    edge = np.full((1, columns), -1, dtype=np.float32)
    before, after = np.vstack([edge, own[:-1]]), np.vstack([own[1:], edge])
    places = np.array([unit.lines[0].index for unit in heads])
    gaps = np.diff(places, prepend=places[0] - 99, append=places[-1] + 99)
    others = [np.delete(own, k, axis=0) for k in range(count)]
    joins = np.vstack([edge[:, :JOINS], _joins(sight, weights), edge[:, :JOINS]])
    return np.column_stack(
        [
            own,
            before,
            after,
            np.arange(count),
            np.full(count, count),
            gaps[:-1],
            gaps[1:],
            joins[:-1],
            joins[1:],
            own - np.array([rest.min(axis=0) for rest in others]),
            own - np.array([rest.max(axis=0) for rest in others]),
        ]
    ).astype(np.float32)


def _joins(sight: Sight, weights: Weights) -> Floats:
    """Return (heads − 1, JOINS): how well each head line goes on after the one before it, as text and as a headline."""
    first = np.arange(sight.count - 1)
    second = first + 1
    seams = np.einsum("ij,ij->i", sight.tails(first), sight.heads(second))
    entries = sight.entry_scores(sight.last_codes(first), second)
    both = [f"{left} {right}" for left, right in pairwise(sight.texts)]
    titles = Sight(both, weights, False).title_scores
    return np.column_stack([seams, entries, entries - sight.start_scores[1:], titles]).astype(np.float32)


def _own(unit: Unit, sections: str) -> tuple[float, ...]:
    text, line = unit.text, unit.lines[0]
    words = text.split()
    return (
        unit.kind == "headline",
        width(text),
        line.level,
        line.bold,
        text[0] in "—-",
        text[-1] in "：:，,—",
        text[0] in "【“《",
        len(words),
        max(len(word) for word in words),
        text.count("，") + text.count(","),
        text.count("、"),
        sum(text.count(pair[0]) - text.count(pair[1]) for pair in _PAIRS),
        len(words) > 1 and all(word in sections for word in words),
        text[-1] in "。！？!?”",
        any(letter.isdigit() for letter in text),
    )
