"""Which headline belongs to which article: above or below it, or, displaced, far from it."""

from collections.abc import Sequence
from dataclasses import dataclass, field

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
    """For each chain the units that head it, and those that head none.

    `fits`: (units, chains), the share of each head's rare bigrams that the chain has.
    """

    of_chain: list[list[int]]
    fits: Floats
    free: list[int] = field(default_factory=list)


def place_heads(units: Sequence[Unit], chains: Sequence[Chain], weights: Weights, wrapped: bool) -> Heads:
    """Give each gap's headlines to the chain below it, the chain above it, or split them, whichever sums best."""
    gaps = _gaps(units, chains)
    fits = _fits(units, chains, gaps, weights)
    best: tuple[float, list[int]] | None = None
    for usual in (0, 1) if wrapped else (0,):  # 0: headlines stand above their articles
        found = best_splits(units, chains, gaps, fits, usual, wrapped)
        if best is None or found[0] > best[0] + 1e-6:
            best = found
    result = Heads([[] for _ in chains], fits)
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


def best_splits(
    units: Sequence[Unit], chains: Sequence[Chain], gaps: Sequence[Gap], fits: Floats, usual: int, wrapped: bool
) -> tuple[float, list[int]]:
    """Return the greatest total and, for each gap, how many of its heads go above, by dynamic programming.

    A gap touches the chain that ends there and the one that begins there, a chain the gap over it and the gap under
    it: gaps and chains lie on paths or rings, and each is solved by itself. `usual`: the side that headlines stand on.
    """
    under = {gap.above: g for g, gap in enumerate(gaps) if gap.above >= 0}
    over = {gap.below: g for g, gap in enumerate(gaps) if gap.below >= 0}
    continued = [chain.units[0].kind == "continuation" or is_photo_news(chain.units) for chain in chains]
    splits = [0] * len(gaps)
    total = sum(
        headed_value(units, chain, continued[n], [], [], fits[:, n])
        for n, chain in enumerate(chains)
        if n not in under and n not in over
    )

    def chain_value(n: int, gap_over: int, split_over: int, gap_under: int, split_under: int) -> float:
        heads_over = gaps[gap_over].heads[split_over:] if gap_over >= 0 else []
        heads_under = gaps[gap_under].heads[:split_under] if gap_under >= 0 else []
        return headed_value(units, chains[n], continued[n], heads_over, heads_under, fits[:, n])

    def own_value(g: int, split: int) -> float:
        gap = gaps[g]
        value = SPLIT * (0 < split < len(gap.heads))
        for heads, owner, side in ((gap.heads[:split], gap.above, 1), (gap.heads[split:], gap.below, 0)):
            if owner >= 0:
                value += bool(heads) * (TURN * (side == usual) + UNDER * side * (not wrapped))
            else:
                value += HOMELESS * len(heads)
        return value

    for path in _paths(gaps, under):
        ring = gaps[path[-1]].below >= 0 and gaps[path[-1]].below == gaps[path[0]].above
        results = []
        for fixed in range(len(gaps[path[0]].heads) + 1) if ring else (None,):
            scores: dict[int, tuple[float, list[int]]] = {}
            for place, g in enumerate(path):
                above, options = gaps[g].above, range(len(gaps[g].heads) + 1)
                if not place:
                    first = options if fixed is None else (fixed,)
                    scores = {
                        s: (own_value(g, s) + (chain_value(above, -1, 0, g, s) if above >= 0 and not ring else 0), [s])
                        for s in first
                    }
                    continue
                last = path[place - 1]
                scores = {
                    s: max(
                        (value + own_value(g, s) + chain_value(above, last, before, g, s), [*taken, s])
                        for before, (value, taken) in scores.items()
                    )
                    for s in options
                }
            end, below = path[-1], gaps[path[-1]].below
            for s, (value, taken) in scores.items():
                if below >= 0:
                    value += chain_value(below, end, s, path[0] if ring else -1, taken[0])
                results.append((value, taken))
        value, taken = max(results)
        total += value
        for g, s in zip(path, taken, strict=True):
            splits[g] = s
    return total, splits


def _paths(gaps: Sequence[Gap], under: dict[int, int]) -> list[list[int]]:
    """Return the gaps in runs: after each gap the one under the chain that begins there."""
    following = {g: under[gap.below] for g, gap in enumerate(gaps) if gap.below in under}
    starts = [g for g in range(len(gaps)) if g not in following.values()]
    paths: list[list[int]] = []
    seen: set[int] = set()
    for start in [*starts, *range(len(gaps))]:  # what no start leads to is a ring
        path: list[int] = []
        at: int | None = start
        while at is not None and at not in seen:
            seen.add(at)
            path.append(at)
            at = following.get(at)
        if path:
            paths.append(path)
    return paths


def headed_value(
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
