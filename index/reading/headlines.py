"""Which headline belongs to which article: above or below it, or, displaced, far from it."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from index.reading import marks
from index.reading.chains import Chain
from index.reading.heading import MOST, Choice, Gap, Headings, turned
from index.reading.links import HEADS
from index.reading.sight import FINE_TOPICS, Sight, coverage
from index.reading.units import Unit
from index.reading.weights import Weights

DROPPED = -1.0  # nats for each head line that no article takes; of -1 to -7 the best on 240 generated pages
FAR_COVERAGE = 0.35
Floats = npt.NDArray[np.float32]
Tables = list[npt.NDArray[np.float64]]
Split = tuple[int, int]


@dataclass
class Heads:
    """For each chain the units that head it, and those that head none.

    `fits`: (units, chains), the share of each head's rare pairs of characters that the chain has. `total`: the log
    chance of it all. `beside`: the chains next to lines that head none.
    """

    of_chain: list[list[int]]
    fits: Floats
    total: float = 0.0
    free: list[int] = field(default_factory=list)
    beside: set[int] = field(default_factory=set)


def place_heads(
    units: Sequence[Unit], chains: Sequence[Chain], chances: Floats, weights: Weights, wrapped: bool
) -> Heads:
    """Give each gap's head lines to the chain below it, the chain above it, both or none, whichever sums best.

    `chances`: (page's lines, roles).
    """
    gaps = find_gaps(units, chains)
    headings = Headings(units, chains, gaps, chances, weights)
    choices = headings.choices()
    rows = headings.features(choices, wrapped)
    found = []
    for usual in (0, 1) if wrapped else (0,):  # the side that headlines stand on: above their articles, or below
        chances_taken = weights.forests["heads"].probabilities(turned(rows, choices, usual))
        tables = choice_tables(choices, chances_taken, len(chains))
        found.append(best_splits(gaps, tables))
    total, splits = max(found, key=lambda one: one[0])
    result = Heads([[] for _ in chains], headings.fits, total)
    for gap, (above, below) in zip(gaps, splits, strict=True):
        size = len(gap.heads)
        if above:
            result.of_chain[gap.above] += gap.heads[:above]
        if below:
            result.of_chain[gap.below] += gap.heads[size - below :]
        if above + below < size:
            result.free += gap.heads[above : size - below]
            result.beside |= {gap.above, gap.below}
    _find_far(units, chains, result, weights)
    return result


def find_gaps(units: Sequence[Unit], chains: Sequence[Chain]) -> list[Gap]:
    """Return the head lines of a page, those together that no body parts."""
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


def choice_tables(choices: Sequence[Choice], chances: npt.NDArray[np.float64], count: int) -> Tables:
    """Return for each chain the log chance of what heads it, by how many lines over it and under it."""
    tables = [np.full((MOST + 1, MOST + 1), -np.inf) for _ in range(count)]
    for choice, chance in zip(choices, chances.tolist(), strict=True):
        tables[choice.chain][choice.over, choice.under] = np.log(max(chance, 1e-6))
    return [table - np.log(np.exp(table).sum()) for table in tables]


def best_splits(gaps: Sequence[Gap], tables: Tables) -> tuple[float, list[Split]]:
    """Return the greatest total and, for each gap, how many of its first heads go above and of its last below.

    A gap touches the chain that ends there and the one that begins there, a chain the gap over it and the gap under
    it: gaps and chains lie on paths or rings, and each is solved by itself, exactly, by dynamic programming.
    """
    under = {gap.above: g for g, gap in enumerate(gaps) if gap.above >= 0}
    over = {gap.below for gap in gaps if gap.below >= 0}
    total = sum(float(table[0, 0]) for n, table in enumerate(tables) if n not in under and n not in over)
    splits: list[Split] = [(0, 0)] * len(gaps)
    for path in _paths(gaps, under):
        value, taken = _best_path([gaps[g] for g in path], tables)
        total += value
        for g, split in zip(path, taken, strict=True):
            splits[g] = split
    return total, splits


def _best_path(gaps: Sequence[Gap], tables: Tables) -> tuple[float, list[Split]]:
    first, last = gaps[0], gaps[-1]
    ring = last.below >= 0 and last.below == first.above
    results = []
    for start in _options(first):
        value = _dropped(first, start) + (0 if ring or first.above < 0 else tables[first.above][0, start[0]])
        scores = {start: (value, [start])}
        for gap in gaps[1:]:
            table = tables[gap.above]
            best = {
                below: max((v for s, v in scores.items() if s[1] == below), key=lambda v: v[0])
                for below in {s[1] for s in scores}
            }
            scores = {
                split: max(
                    (
                        (v + _dropped(gap, split) + table[below, split[0]], [*way, split])
                        for below, (v, way) in best.items()
                    ),
                    key=lambda one: one[0],
                )
                for split in _options(gap)
            }
        for split, (value, way) in scores.items():
            end = tables[last.below][split[1], start[0] if ring else 0] if last.below >= 0 else 0
            results.append((value + end, way))
    value, way = max(results, key=lambda one: one[0])
    return float(value), way


def _options(gap: Gap) -> list[Split]:
    size = len(gap.heads)
    above, below = min(size, MOST) * (gap.above >= 0), min(size, MOST) * (gap.below >= 0)
    return [(a, b) for a in range(above + 1) for b in range(min(below, size - a) + 1)]


def _dropped(gap: Gap, split: Split) -> float:
    return DROPPED * (len(gap.heads) - sum(split))


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
