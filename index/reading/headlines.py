"""Which headline belongs to which article: above or below it, or, displaced, far from it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import product

import numpy as np
import numpy.typing as npt

from index.reading import marks
from index.reading.chains import Chain
from index.reading.links import HEADS
from index.reading.sight import FINE_TOPICS, Sight, coverage
from index.reading.units import Unit
from index.reading.weights import Weights

NO_HEADLINE, TWO_PLACES, ONLY_KICKER = -0.8, -1.5, -0.8
OPENS, ENDS_OPEN = 0.8, -1.0
GAIN = 4.0  # of the share of a headline's rare bigrams that its article has
CONTINUED = -3.0  # for a headline of an article that is continued from another page
SPLIT = -0.8  # for a block of head lines taken apart
HOMELESS = -1.0  # for each head line that no article takes
TURN = 0.4  # for each headline that stands on the page's usual side
UNDER = -2.0  # for headlines below their article on a page that is not wrapped
FAR_COVERAGE = 0.35
Floats = npt.NDArray[np.float32]


@dataclass
class Gap:
    """Head units between two bodies: `above` ends there, `below` begins there (numbers of chains, −1 for none)."""

    heads: list[int]
    above: int
    below: int


@dataclass
class Heads:
    """For each chain the units that head it, and those that head none."""

    of_chain: list[list[int]]
    free: list[int] = field(default_factory=list)


def place_heads(units: Sequence[Unit], chains: Sequence[Chain], weights: Weights, wrapped: bool) -> Heads:
    """Give each gap's headlines to the chain below it, the chain above it, or split them, whichever sums best."""
    gaps = _gaps(units, chains)
    fits = _fits(units, chains, gaps, weights)
    best: tuple[float, list[int]] | None = None
    for usual in (0, 1) if wrapped else (0,):  # 0: headlines stand above their articles
        found = _climb(units, chains, gaps, fits, usual, wrapped)
        if best is None or found[0] > best[0] + 1e-6:
            best = found
    result = Heads([[] for _ in chains])
    for gap, split in zip(gaps, best[1] if best else [], strict=True):
        for place, owner in ((gap.heads[:split], gap.above), (gap.heads[split:], gap.below)):
            (result.of_chain[owner] if owner >= 0 else result.free).extend(place)
    _find_far(units, chains, result, weights)
    return result


def _gaps(units: Sequence[Unit], chains: Sequence[Chain]) -> list[Gap]:
    begins = {chain.first: n for n, chain in enumerate(chains)}
    ends = {chain.last: n for n, chain in enumerate(chains)}
    gaps: list[Gap] = []
    run: list[int] = []
    body = -1
    for k, unit in enumerate(units):
        if unit.kind in HEADS:
            run.append(k)
        elif unit.kind == "body":
            if run:
                gaps.append(Gap(run, ends.get(body, -1), begins.get(k, -1)))
            run, body = [], k
    return [*gaps, Gap(run, ends.get(body, -1), -1)] if run else gaps


def _fits(units: Sequence[Unit], chains: Sequence[Chain], gaps: Sequence[Gap], weights: Weights) -> Floats:
    """Return (units, chains): the share of each head's rare bigrams that the chain has."""
    heads = [k for gap in gaps for k in gap.heads]
    result = np.zeros((len(units), len(chains)), dtype=np.float32)
    if not heads or not chains:
        return result
    sight = Sight(
        [*[units[k].text for k in heads], *[chain.text[:2500] for chain in chains]], weights, False, FINE_TOPICS
    )
    topics = sight.topics
    for n, k in enumerate(heads):
        part = np.repeat(topics[n : n + 1], len(chains), axis=0)
        result[k] = coverage(part, topics[len(heads) :])
    return result


def _climb(
    units: Sequence[Unit], chains: Sequence[Chain], gaps: Sequence[Gap], fits: Floats, usual: int, wrapped: bool
) -> tuple[float, list[int]]:
    """Return the best total and, for each gap, how many of its heads go above, from one page-wide start."""
    known: dict[tuple[int, ...], float] = {}
    continued = [chain.units[0].kind == "continuation" or is_photo_news(chain.units) for chain in chains]

    def headed(n: int, over: list[int], under: list[int]) -> float:
        key = (n, *over, -1, *under)
        if key not in known:
            known[key] = _value(units, chains[n], continued[n], over, under, fits[:, n])
        return known[key]

    splits = [len(gap.heads) if (usual and gap.above >= 0) or gap.below < 0 else 0 for gap in gaps]

    def total() -> float:
        above: list[list[int]] = [[] for _ in chains]
        below: list[list[int]] = [[] for _ in chains]
        value = 0.0
        for gap, split in zip(gaps, splits, strict=True):
            value += SPLIT * (0 < split < len(gap.heads))
            for heads, owner, store, side in (
                (gap.heads[:split], gap.above, above, 1),
                (gap.heads[split:], gap.below, below, 0),
            ):
                if owner >= 0:
                    store[owner] += heads
                    value += TURN * bool(heads) * (side == usual) + UNDER * bool(heads) * side * (not wrapped)
                else:
                    value += HOMELESS * len(heads)
        return value + sum(headed(n, below[n], above[n]) for n in range(len(chains)))

    best = total()
    for _ in range(4):
        changed = False
        for pair in [*product(range(len(gaps))), *zip(range(len(gaps)), range(1, len(gaps)), strict=False)]:
            for options in product(*[range(len(gaps[g].heads) + 1) for g in pair]):
                if len(options) == 2 and options[0] * options[1] > 9:
                    continue
                kept = [splits[g] for g in pair]
                for g, option in zip(pair, options, strict=True):
                    splits[g] = option
                value = total()
                if value > best + 1e-9:
                    best, changed = value, True
                else:
                    for g, option in zip(pair, kept, strict=True):
                        splits[g] = option
        if not changed:
            break
    return best, splits


def _value(
    units: Sequence[Unit], chain: Chain, continued: bool, over: list[int], under: list[int], fits: Floats
) -> float:
    """Return how well a chain is headed by the heads over it and under it."""
    heads = over + under
    if not heads:
        return 0.0 if continued else NO_HEADLINE
    value = GAIN * max(float(fits[k]) for k in heads) + (CONTINUED if continued else 0.0)
    value += TWO_PLACES if over and under else 0.0
    headlines = [k for k in heads if units[k].kind == "headline"]
    value += ONLY_KICKER if not headlines else -0.7 * (len(headlines) > 2)
    if over:
        value += OPENS * (marks.dateline_length(chain.text[:120]) > 0)
    if under:
        value += ENDS_OPEN * (not marks.is_finished(chain.units[-1].text) and chain.units[-1].kind == "body")
    return value


def is_photo_news(units: Sequence[Unit]) -> bool:
    """Say whether units are one paragraph about a picture, 图为… and who took it: a piece of its own."""
    bodies = [unit for unit in units if unit.kind == "body"]
    credit = any(unit.kind == "caption" and marks.is_photo_credit(unit.text) for unit in units)
    return len(bodies) == 1 and credit and "图为" in bodies[0].text


def _find_far(units: Sequence[Unit], chains: Sequence[Chain], heads: Heads, weights: Weights) -> None:
    """Give headlines that stand together with another article's to a chain without one, if it has their words.

    Of a block with several headlines only the last, with its kickers, stays with the chain below.
    """
    bare = [n for n, chain in enumerate(chains) if not heads.of_chain[n] and chain.units[0].kind != "continuation"]
    if not bare:
        return
    loose: list[tuple[int, list[int]]] = [(-1, [k]) for k in heads.free if units[k].kind == "headline"]
    for n, own in enumerate(heads.of_chain):
        headlines = [k for k in own if units[k].kind == "headline"]
        if len(headlines) > 1:
            loose += [(n, own[: own.index(k) + 1]) for k in reversed(headlines[:-1])]
    for owner, block in loose:
        if not bare:
            return
        if owner >= 0 and not set(block) <= set(heads.of_chain[owner]):
            continue
        sight = Sight([units[block[-1]].text, *[chains[n].text for n in bare]], weights, False, FINE_TOPICS)
        fit = coverage(np.repeat(sight.topics[:1], len(bare), axis=0), sight.topics[1:])
        mine = 0.0
        if owner >= 0:
            pair = Sight([units[block[-1]].text, chains[owner].text], weights, False, FINE_TOPICS)
            mine = float(coverage(pair.topics[:1], pair.topics[1:])[0])
        at = int(fit.argmax())
        if fit[at] >= FAR_COVERAGE and fit[at] > mine + 0.1:
            source = heads.of_chain[owner] if owner >= 0 else heads.free
            for k in block:
                source.remove(k)
            heads.of_chain[bare.pop(at)] += block
