"""Where pieces without a headline belong, and in which order an article's sections were meant."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from index.reading import marks
from index.reading.chains import Chain
from index.reading.headlines import Heads, is_photo_news
from index.reading.sight import FINE_TOPICS, Floats, Sight, coverage
from index.reading.units import Unit
from index.reading.weights import Weights

LIKE, LIKE_MID_SENTENCE, SECTION_LIKE = 0.22, 0.12, 0.15  # cosine from which a piece joins the article most like it
AHEAD = 1.4  # times the second most like
NEAR = 0.8  # of the best likeness, from which the article right above is taken
CAPTION_LENGTH, CAPTION_FIT, CAPTION_MARGIN = (
    12,
    0.3,
    0.2,
)  # characters; shares of its rare bigrams (of .25 to .85 by data)
BROUGHT_HOME = 0.89  # the score of a seam that likeness made: of 240 on 2,500 generated pages 222 were right
REORDERED = 0.9  # the score of a seam that a kicker's order made
START_SCORE = -15.0  # log P of three characters at a paragraph's start, below which a piece begins in mid-sentence


def bring_home(units: Sequence[Unit], chains: list[Chain], heads: Heads, weights: Weights, far: bool) -> list[Chain]:
    """Append each chain without a headline to the article it belongs to; return what is left.

    That is the article right above it on the page, unless another is more like it; or the one most like it, if like
    enough and above. A chain whose only headline could be one more section heading of the article above it goes there
    too.
    A chain continued from another page stays; without `far` so do all but those right below. `heads.of_chain` follows.
    """
    alive = list(range(len(chains)))
    if len(chains) < 2:
        return chains
    sight = Sight([chain.text for chain in chains], weights, False, FINE_TOPICS)
    norms = np.sqrt((sight.topics**2).sum(axis=1, keepdims=True))
    unit_topics = sight.topics / np.maximum(norms, 1e-6)
    likes = unit_topics @ unit_topics.T
    for n in list(alive):
        others = [k for k in alive if k != n]
        above = _above(units, chains, others, n)
        if not others or chains[n].units[0].kind == "continuation" or is_photo_news(chains[n].units):
            continue
        home, score = _home(chains, heads, likes[n], n, others, above, float(sight.start_scores[n]))
        if home < 0 or (score >= 0 and not far):
            continue
        lead = [units[k].of_kind("section") for k in heads.of_chain[n]]
        _append(chains[home], lead, chains[n], score)
        alive.remove(n)
    heads.of_chain = [heads.of_chain[n] for n in alive]
    heads.fits = heads.fits[:, alive]
    return [chains[n] for n in alive]


def _above(units: Sequence[Unit], chains: Sequence[Chain], others: Sequence[int], n: int) -> int:
    """Return the chain that ends right above chain n on the page, −1 for none."""
    before = [k for k in range(chains[n].first) if units[k].kind == "body"]
    return next((k for k in others if before and chains[k].last == before[-1]), -1)


def _home(
    chains: Sequence[Chain], heads: Heads, like: Floats, n: int, others: list[int], above: int, start: float
) -> tuple[int, float]:
    """Return the chain that chain n belongs to (−1 for none), and the score of the seam, below 0 where none is."""
    opening = next(unit for unit in chains[n].units if unit.kind in ("body", "section"))
    if marks.dateline_length(opening.text):
        return -1, 0.0
    ranked = sorted(others, key=lambda k: -like[k])
    best = ranked[0]
    rest = float(like[ranked[1]]) if len(ranked) > 1 else 0.0
    closed = above < 0 or any(unit.kind in ("byline", "caption") for unit in chains[above].units[-1:])
    if heads.of_chain[n]:
        sections = sum(unit.kind == "section" for unit in chains[above].units) if above >= 0 else 0
        fits = len(heads.of_chain[n]) == 1 and sections > 1 and not closed and heads.of_chain[above]
        return (above, -1.0) if fits and best == above and like[best] >= max(SECTION_LIKE, rest) else (-1, 0.0)
    between = above >= 0 and chains[n].first - chains[above].last > 1 + len(chains[n].units)
    if not closed and not between and like[above] >= NEAR * like[best]:
        return above, -1.0
    middle = opening.kind == "body" and start < START_SCORE
    if chains[n].first < chains[best].last:  # a text goes on below: of 12 others none was right
        return -1, 0.0
    if like[best] >= max(LIKE_MID_SENTENCE if middle else LIKE, AHEAD * rest):
        return best, BROUGHT_HOME
    return -1, 0.0


def _append(target: Chain, lead: list[Unit], chain: Chain, score: float) -> None:
    new = [*lead, *chain.units]
    if score >= 0:
        new[0] = replace(new[0], seams=((0, score), *new[0].seams))
    target.units += new
    target.bodies += chain.bodies


def move_captions(chains: Sequence[Chain], weights: Weights) -> None:
    """Move each caption to the end of the article whose words it has, if that is sure."""
    captions = [
        (n, unit)
        for n, chain in enumerate(chains)
        for unit in chain.units
        if unit.kind == "caption" and len(unit.text) >= CAPTION_LENGTH and not is_photo_news(chain.units)
    ]
    if not captions or len(chains) < 2:
        return
    texts = ["".join(unit.text for unit in chain.units if unit.kind != "caption") for chain in chains]
    sight = Sight([*[unit.text for _, unit in captions], *texts], weights, False, FINE_TOPICS)
    for k, (n, unit) in enumerate(captions):
        part = np.repeat(sight.topics[k : k + 1], len(chains), axis=0)
        fits = coverage(part, sight.topics[len(captions) :])
        best = int(fits.argmax())
        if fits[best] >= max(CAPTION_FIT, fits[n] + CAPTION_MARGIN) and not is_photo_news(chains[best].units):
            chains[n].units.remove(unit)
            chains[best].units.append(unit)


def order_sections(units: list[Unit], kickers: Sequence[Unit]) -> list[Unit]:
    """Return units with their sections in the order in which a kicker names them, if it names each once.

    Example: the kicker 更快、更高、更强 over sections ending in 更高, 更强, 更快. A moved section gets a seam.
    """
    starts = [k for k, unit in enumerate(units) if unit.kind == "section"]
    for kicker in kickers:
        items = kicker.text.split("、")
        named = [[n for n, item in enumerate(items) if len(item) > 1 and item in units[k].text] for k in starts]
        if len(items) < 3 or len(starts) != len(items) or sorted(named) != [[n] for n in range(len(items))]:
            continue
        order = [names[0] for names in named]
        if order == sorted(order):
            return units
        return _reordered(units, starts, order)
    return units


def _reordered(units: list[Unit], starts: list[int], order: list[int]) -> list[Unit]:
    """Sort sections; what stands between headline and first section on the page stays before that section."""
    parts = [units[a:b] for a, b in zip(starts, [*starts[1:], len(units)], strict=True)]
    result = [unit for unit in units[: starts[0]] if unit.kind == "byline"]
    parts[0] = [unit for unit in units[: starts[0]] if unit.kind != "byline"] + parts[0]
    last = -1
    for n in sorted(range(len(parts)), key=lambda n: order[n]):
        part = parts[n]
        if n != last + 1 and not any(number == 0 for number, _ in part[0].seams):
            part[0] = replace(part[0], seams=((0, REORDERED), *part[0].seams))
        result += part
        last = n
    return result
