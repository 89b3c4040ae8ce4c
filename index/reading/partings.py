"""Where one article ends and the next begins, though the links or a line's role say that the text goes on."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from index.reading.chains import Chain, build_chains
from index.reading.headlines import Floats, Heads, place_heads
from index.reading.links import Link
from index.reading.units import Unit
from index.reading.weights import Weights

TRIED = 4  # weakest links of an article that are tried
LEAST_GAIN = -3.0  # nats; of 0 to -4 the best on 240 generated pages
LEAST_SECTION = -1.5  # the same where a section heading becomes a headline
LEAST_HEADING = 0.02  # chance of a section heading to be a headline, from which on that is tried
MOST_ODDS = 8.0  # nats; stronger links are not tried
MOST_CHANGES = 4  # of a page
ROLE_HEADLINE, ROLE_KICKER, ROLE_SECTION = 1, 2, 3  # numbers among `index.reading.roles.ROLES`


@dataclass(frozen=True)
class Layout:
    """A page read in one way: its units, the links between them, the chains these make, and what heads each."""

    units: list[Unit]
    links: list[Link]
    chains: list[Chain]
    heads: Heads


def lay_out(units: Sequence[Unit], links: Sequence[Link], chances: Floats, weights: Weights, wrapped: bool) -> Layout:
    """Return the likeliest way to read a page that leaves out a few of its links.

    The log chance of a page is that of its head lines, best placed, that of its links and that of its lines' roles.
    Tried are the weakest links of chains that leave a head line over, have one on both sides, or have one though they
    are continued from another page; and to take a section heading for a headline. `chances`: (page's lines, roles).
    """

    def read(units: list[Unit], links: list[Link]) -> Layout:
        chains = build_chains(units, links)
        return Layout(units, links, chains, place_heads(units, chains, chances, weights, wrapped))

    best = read(list(units), list(links))
    for _ in range(MOST_CHANGES):
        trials = []
        for k in _weak(best):
            fewer = best.links[:k] + best.links[k + 1 :]
            trials.append((LEAST_GAIN + best.links[k].odds, read(best.units, fewer)))
        for number, odds, fewer in _headings(best, chances):
            changed = [*best.units]
            changed[number] = changed[number].of_kind("headline")
            trials.append((LEAST_SECTION + odds, read(changed, fewer)))
        gains = [trial.heads.total - best.heads.total - cost for cost, trial in trials]
        if not gains or max(gains) <= 0:
            break
        best = trials[int(np.argmax(gains))][1]
    return best


def _weak(layout: Layout) -> list[int]:
    """Return the numbers of the links to try to leave out."""
    found: list[int] = []
    for n, (chain, own) in enumerate(zip(layout.chains, layout.heads.of_chain, strict=True)):
        both = any(k < chain.first for k in own) and any(k > chain.last for k in own)
        continued = bool(own) and chain.units[0].kind == "continuation"
        if both or continued or n in layout.heads.beside:
            inside = set(chain.bodies)
            mine = [k for k, link in enumerate(layout.links) if link.tail in inside and link.odds < MOST_ODDS]
            found += sorted(mine, key=lambda k: layout.links[k].odds)[:TRIED]
    return found


def _headings(layout: Layout, chances: Floats) -> list[tuple[int, float, list[Link]]]:
    """Return the section headings to take for headlines, the log odds against that, and the links that are left."""
    found = []
    for k, unit in enumerate(layout.units):
        if unit.kind != "section":
            continue
        chance = chances[unit.lines[0].index]
        heading = float(chance[ROLE_HEADLINE] + chance[ROLE_KICKER])
        crossing = [link for link in layout.links if link.tail < k < link.head]
        if LEAST_HEADING <= heading <= chance[ROLE_SECTION] and len(crossing) == 1:
            odds = float(np.log(max(chance[ROLE_SECTION], 1e-4) / heading))
            found.append((k, odds, [link for link in layout.links if link is not crossing[0]]))
    return found
