"""Where pieces without a headline belong, and in which order an article's sections were meant."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from index.reading import marks
from index.reading.chains import Chain
from index.reading.headlines import Heads, is_photo_news
from index.reading.sight import FINE_TOPICS, Sight, cosine
from index.reading.units import Unit
from index.reading.weights import Weights

LIKE, LIKE_MID_SENTENCE = 0.30, 0.16  # cosine from which a piece joins the article most like it
AHEAD = 1.4  # times the second most like
REORDERED = 0.9  # the score of a seam that a kicker's order made
START_SCORE = -15.0  # log P of three characters at a paragraph's start, below which a piece begins in mid-sentence


def bring_home(chains: list[Chain], heads: Heads, weights: Weights) -> list[Chain]:
    """Append each chain without a headline to the article most like it, if one is like enough; return what is left.

    `heads.of_chain` is kept in step. A chain that is continued from another page stays, and so does the only chain.
    """
    alive = list(range(len(chains)))
    if len(chains) < 2:
        return chains
    sight = Sight([chain.text for chain in chains], weights, False, FINE_TOPICS)
    for n in list(alive):
        chain = chains[n]
        if heads.of_chain[n] or chain.units[0].kind == "continuation" or is_photo_news(chain.units) or len(alive) < 2:
            continue
        others = [k for k in alive if k != n]
        like = cosine(np.repeat(sight.topics[n : n + 1], len(others), axis=0), sight.topics[others])
        best = int(like.argmax())
        rest = float(np.delete(like, best).max(initial=0.0))
        opening = chain.units[0]
        middle = opening.kind == "body" and float(sight.start_scores[n]) < START_SCORE
        if marks.dateline_length(opening.text) or like[best] < (LIKE_MID_SENTENCE if middle else LIKE):
            continue
        if like[best] >= AHEAD * rest:
            first = replace(opening, seams=((0, min(0.95, 0.5 + float(like[best]))), *opening.seams))
            target = chains[others[best]]
            target.units += [first, *chain.units[1:]]
            target.bodies += chain.bodies
            alive.remove(n)
    heads.of_chain[:] = [heads.of_chain[n] for n in alive]
    return [chains[n] for n in alive]


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
