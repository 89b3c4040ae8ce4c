"""How well an article is headed by the head lines over it and under it: features and learned chances."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np

from index.reading import marks
from index.reading.chains import Chain
from index.reading.sight import RARITIES, Floats, Sight
from index.reading.style import width
from index.reading.units import Unit
from index.reading.weights import Weights

MOST = 6  # head lines that an article takes of one gap
LEAD = 200  # characters of an article in which its headline's words are looked for first
WHOLE = 2500
USUAL, ON_USUAL = 1, 28  # columns: the page's usual side; how many lines more a choice takes there
EMPTY = (-1.0,) * 4


@dataclass
class Gap:
    """Head units between two bodies: `above` ends there, `below` begins there (numbers of chains, −1 for none)."""

    heads: list[int]
    above: int
    below: int


@dataclass(frozen=True)
class Choice:
    """What heads a chain: the last `over` units of the gap over it, the first `under` of the gap under it."""

    chain: int
    over: int
    under: int


class Headings:
    """A page's head lines and chains, and what is known of each pair of them.

    `fits`: (units, chains), the share of each head's rare pairs of characters that the chain has.
    """

    def __init__(
        self, units: Sequence[Unit], chains: Sequence[Chain], gaps: Sequence[Gap], chances: Floats, weights: Weights
    ) -> None:
        self.units, self.chains, self.gaps = units, chains, gaps
        self.under = {gap.above: g for g, gap in enumerate(gaps) if gap.above >= 0}
        self.over = {gap.below: g for g, gap in enumerate(gaps) if gap.below >= 0}
        self.fits = np.zeros((len(units), len(chains)), dtype=np.float32)
        self.leads = np.zeros_like(self.fits)
        heads = [k for gap in gaps for k in gap.heads]
        self.own: dict[int, tuple[float, ...]] = {}
        if not heads:
            return
        texts = [chain.text for chain in chains]
        sight = Sight([units[k].text for k in heads] + [text[:WHOLE] for text in texts], weights, False)
        cells, places, rarity = sight.pairs
        edge = int(np.searchsorted(places, sight.starts[len(heads)])) if chains else len(places)
        owners = sight.owners[places[:edge]]
        total = np.maximum(np.bincount(owners, weights=rarity[:edge], minlength=len(heads)), 1e-6)
        for c, start in enumerate(sight.starts[len(heads) :]):
            low, lead, high = np.searchsorted(places, (start, start + LEAD - 1, sight.ends[len(heads) + c]))
            for shares, end in ((self.fits, high), (self.leads, min(lead, high))):
                present = np.zeros(RARITIES, dtype=bool)
                present[cells[low:end]] = True
                known = rarity[:edge] * present[cells[:edge]]
                shares[heads, c] = np.bincount(owners, weights=known, minlength=len(heads)) / total
        for n, k in enumerate(heads):
            self.own[k] = self._own(k, float(sight.title_scores[n]), chances)

    def _own(self, k: int, title_score: float, chances: Floats) -> tuple[float, ...]:
        unit = self.units[k]
        headline, kicker, section = chances[unit.lines[0].index][1:4]
        return title_score, float(headline), float(kicker), float(section), width(unit.text), float(unit.lines[0].level)

    def choices(self) -> list[Choice]:
        """Return everything that could head each chain."""
        found = []
        for n in range(len(self.chains)):
            sizes = [min(MOST, len(self.gaps[side[n]].heads)) if n in side else 0 for side in (self.over, self.under)]
            found += [Choice(n, a, b) for a, b in product(range(sizes[0] + 1), range(sizes[1] + 1))]
        return found

    def taken(self, choice: Choice) -> tuple[list[int], list[int]]:
        """Return the numbers of the units over and under the chain that a choice takes."""
        over = self.gaps[self.over[choice.chain]].heads if choice.chain in self.over else []
        under = self.gaps[self.under[choice.chain]].heads if choice.chain in self.under else []
        return over[len(over) - choice.over :], under[: choice.under]

    def features(self, choices: Sequence[Choice], wrapped: bool) -> Floats:
        """Return (choices, features), those at USUAL and ON_USUAL still to be set, by `turned`."""
        alone = [self._of_chain(n, wrapped) for n in range(len(self.chains))]
        rows = [(*alone[choice.chain], *self._of_choice(choice)) for choice in choices]
        return np.array(rows, dtype=np.float32)

    def _of_chain(self, n: int, wrapped: bool) -> tuple[float, ...]:
        chain = self.chains[n]
        first, last = chain.units[0], chain.units[-1]
        over = self.gaps[self.over[n]] if n in self.over else None
        under = self.gaps[self.under[n]] if n in self.under else None
        return (
            wrapped,
            0,
            first.kind == "continuation",
            first.kind == "byline",
            marks.dateline_length(chain.text[:120]) > 0,
            last.kind == "body" and not marks.is_finished(last.text),
            last.kind == "byline",
            sum(unit.kind == "section" for unit in chain.units),
            min(len(chain.text), 3000),
            len(chain.bodies),
            chain.first < 3,
            len(self.units) - chain.last < 4,
            len(over.heads) if over else -1,
            len(under.heads) if under else -1,
            over.above >= 0 if over else -1,
            under.below >= 0 if under else -1,
            self._best(over, n) if over else -1,
            self._best(under, n) if under else -1,
            self._best(over, over.above) if over else -1,
            self._best(under, under.below) if under else -1,
            len(self.gaps),
            len(self.chains),
        )

    def _best(self, gap: Gap, n: int) -> float:
        return max(float(self.leads[k, n]) for k in gap.heads) if n >= 0 else -1.0

    def _of_choice(self, choice: Choice) -> tuple[float, ...]:
        n = choice.chain
        over, under = self.taken(choice)
        heads = over + under
        over_gap = self.gaps[self.over[n]] if n in self.over else Gap([], -1, -1)
        under_gap = self.gaps[self.under[n]] if n in self.under else Gap([], -1, -1)
        rest_over, rest_under = over_gap.heads[: len(over_gap.heads) - choice.over], under_gap.heads[choice.under :]
        ahead = [self._ahead(k, n, over_gap.above) for k in over] + [self._ahead(k, n, under_gap.below) for k in under]
        kinds = [self.units[k].kind for k in heads]
        return (
            len(over),
            len(under),
            len(rest_over),
            len(rest_under),
            kinds.count("headline"),
            kinds.count("kicker"),
            0,
            *self._spread([self.leads[k, n] for k in heads]),
            *self._spread([self.fits[k, n] for k in heads]),
            *self._spread(ahead),
            *(value for column in range(6) for value in self._spread([self.own[k][column] for k in heads])),
            max([self._ahead(k, n, over_gap.above) for k in rest_over], default=-2),
            max([self._ahead(k, n, under_gap.below) for k in rest_under], default=-2),
            self.own[rest_over[-1]][0] if rest_over else -9,
            self.own[rest_under[0]][0] if rest_under else -9,
            self.own[rest_over[-1]][1] if rest_over else -1,
            self.own[rest_under[0]][1] if rest_under else -1,
            self.units[rest_over[-1]].kind == self.units[over[0]].kind if rest_over and over else -1,
            self.units[rest_under[0]].kind == self.units[under[-1]].kind if rest_under and under else -1,
        )

    def _ahead(self, k: int, n: int, rival: int) -> float:
        """Return how much more of a head's rare pairs a chain has than the chain on the other side of the gap."""
        mine = float(self.leads[k, n] + self.fits[k, n])
        return mine - float(self.leads[k, rival] + self.fits[k, rival]) if rival >= 0 else mine

    @staticmethod
    def _spread(values: Sequence[float]) -> tuple[float, ...]:
        return (float(values[0]), float(values[-1]), float(max(values)), float(min(values))) if values else EMPTY


def turned(rows: Floats, choices: Sequence[Choice], usual: int) -> Floats:
    """Return the features of choices, given the side that headlines stand on: 0 above, 1 below their articles."""
    rows[:, USUAL] = usual
    rows[:, ON_USUAL] = [(choice.over - choice.under) * (1 - 2 * usual) for choice in choices]
    return rows
