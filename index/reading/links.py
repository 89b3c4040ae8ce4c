"""Which piece of text goes on after which: candidates, features, learned chances, and one best assignment."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from index.reading import marks
from index.reading.assign import best_assignment
from index.reading.seams import score
from index.reading.sight import Sight, cosine
from index.reading.units import Unit
from index.reading.weights import Weights

BEST_OF_ROW, BEST_OF_COLUMN = 5, 2  # candidates of an unfinished piece, besides the next one
LEAST_CHANCE = 0.5  # a seam below is not joined
LEAST_NEXT = 0.4  # the same for a paragraph right below a finished one, or below a section heading
LEAST_ITEM = 0.9  # of the next item of a list to go on: of 7 on 480 generated pages all did
LEAST_BELOW = 0.2  # the same on a wrapped page; of .05 to .7 the best for B-cubed F1 on 240 generated pages
LEAST_ACROSS = 0.9  # the same with a headline between the two
HEADS = ("headline", "kicker")
BREAKS = {"headline", "kicker", "byline", "continuation"}
Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Link:
    """Body piece `head` goes on after body piece `tail` (numbers of units), with this chance in [0, 1].

    `odds`: their logarithm before calibration.
    """

    tail: int
    head: int
    chance: float
    odds: float = 0.0


class Bodies:
    """A page's body units and what stands between them."""

    def __init__(self, units: Sequence[Unit], weights: Weights) -> None:
        self.units = units
        self.at = np.array([k for k, unit in enumerate(units) if unit.kind == "body"], dtype=np.int64)
        self.texts = [units[k].text for k in self.at]
        self.sight = Sight(self.texts, weights, running=False)
        everything = np.arange(len(self.at))
        self.seams = score(self.sight.tails(everything), self.sight.heads(everything))
        np.fill_diagonal(self.seams, -20)
        self.between = [self._between(k) for k in range(len(self.at) + 1)]

    def _between(self, number: int) -> list[str]:
        """Return the kinds of the units before body `number` and after the one before it."""
        low = self.at[number - 1] + 1 if number else 0
        high = self.at[number] if number < len(self.at) else len(self.units)
        return [unit.kind for unit in self.units[low:high]]

    def pairs(self, wrapped: bool) -> tuple[Ints, Ints]:
        """Return candidate pairs: for an unfinished body the best seams and the next one, for a finished the next.

        On a wrapped page the next one alone: its columns are not cut.
        """
        if wrapped:
            return np.arange(len(self.at) - 1), np.arange(1, len(self.at))
        tails: list[int] = []
        heads: list[int] = []
        count = len(self.at)
        open_ends = np.flatnonzero(~self.sight.finished)
        ratio = self.seams - self._second(open_ends)[None, :]
        for i in range(count):
            options = {i + 1} if i + 1 < count else set()
            if not self.sight.finished[i]:
                options |= set(np.argsort(-self.seams[i])[:BEST_OF_ROW].tolist())
                options |= set(np.argsort(-ratio[i])[:BEST_OF_COLUMN].tolist())
                options.discard(i)
            tails += [i] * len(options)
            heads += sorted(options)
        return np.array(tails, dtype=np.int64), np.array(heads, dtype=np.int64)

    def _second(self, open_ends: Ints) -> Floats:
        """Return for each head the best seam into it from unfinished bodies."""
        if not len(open_ends):
            return np.zeros(len(self.at), dtype=np.float32)
        result: Floats = self.seams[open_ends].max(axis=0)
        return result

    def features(self, tails: Ints, heads: Ints) -> Floats:
        """Return (pairs, features)."""
        sight, seams, count = self.sight, self.seams, len(self.at)
        value = seams[tails, heads]
        rows, open_ends = seams[tails], np.flatnonzero(~sight.finished)
        rival_heads = rows.copy()
        rival_heads[np.arange(len(tails)), heads] = -20
        columns = seams.T[heads].copy()
        columns[:, sight.finished] = -20
        columns[np.arange(len(tails)), tails] = -20
        entry = sight.entry_scores(sight.last_codes(tails), heads) - sight.start_scores[heads]
        own_next = seams[tails, np.minimum(tails + 1, count - 1)]
        own_before = np.where(heads > 0, seams[np.maximum(heads - 1, 0), heads], -20)
        mine, theirs = sight.windows(tails - 2, tails + 1), sight.windows(heads, heads + 3)
        after, before = sight.windows(tails + 1, tails + 3), sight.windows(heads - 2, heads)
        lexical = [self._lexical(i, j) for i, j in zip(tails.tolist(), heads.tolist(), strict=True)]
        return np.column_stack(
            [
                value,
                value - rival_heads.max(axis=1),
                value - columns.max(axis=1),
                (rows > value[:, None]).sum(axis=1),
                (columns > value[:, None]).sum(axis=1),
                entry,
                entry - _group_best(entry, tails),
                sight.start_scores[heads],
                heads - tails,
                np.abs(heads - tails),
                heads == tails + 1,
                own_next - value,
                own_before - value,
                sight.finished[np.maximum(heads - 1, 0)] | (heads == 0),
                sight.finished[tails],
                cosine(mine, theirs),
                cosine(mine, after),
                cosine(before, theirs),
                cosine(sight.topics[tails], sight.topics[heads]),
                sight.lengths[tails],
                sight.lengths[heads],
                np.full(len(tails), count),
                np.full(len(tails), len(open_ends)),
                tails,
                count - heads,
                np.array(lexical, dtype=np.float32).reshape(len(tails), -1),
            ]
        ).astype(np.float32)

    def _lexical(self, tail: int, head: int) -> tuple[float, ...]:
        left, right = self.texts[tail], self.texts[head]
        into, out_of = self.between[head], self.between[tail + 1]
        opened = (
            left.count("“") - left.count("”") + left.count("（") + left.count("(") - left.count("）") - left.count(")")
        )
        first = right[:60]
        closed = (
            first.count("”")
            - first.count("“")
            + first.count("）")
            + first.count(")")
            - first.count("（")
            - first.count("(")
        )
        return (
            left[-1] in "，,、；;",
            opened,
            closed,
            marks.dateline_length(right) > 0,
            right[0] in '“"‘《（(',
            left[-1].isdigit() and right[0].isdigit(),
            right[0].isdigit(),
            sum(kind in HEADS for kind in into),
            into.count("section"),
            into.count("byline"),
            into.count("caption"),
            "continuation" in into,
            sum(kind in HEADS for kind in out_of),
            out_of.count("section"),
            out_of.count("byline"),
            out_of.count("caption"),
            "图为" in left[-60:],
            "图为" in right,
            marks.dateline_length(left) > 0,
            into[-1:] == ["section"],
            into[-1:] == ["headline"],
            out_of[:1] == ["byline"],
        )


def _group_best(values: Floats, groups: Ints) -> Floats:
    """Return for each row the best of the other rows of its group; its own less 5 where it is alone."""
    ranked: dict[int, list[float]] = {}
    for value, group in sorted(zip(values.tolist(), groups.tolist(), strict=True), reverse=True):
        ranked.setdefault(group, []).append(value)
    best = []
    for value, group in zip(values.tolist(), groups.tolist(), strict=True):
        rest = ranked[group]
        best.append(value - 5 if len(rest) == 1 else rest[1] if value == rest[0] else rest[0])
    return np.array(best, dtype=np.float32)


def find_links(units: Sequence[Unit], weights: Weights, wrapped: bool) -> list[Link]:
    """Return the links of a page: each body follows at most one other and is followed by at most one, no circle.

    Numbers are those of `units`. The sum of log odds of all links is the greatest that one assignment can have. Links
    between pieces that stand apart are left out where they are wrong more often than right.
    """
    bodies = Bodies(units, weights)
    tails, heads = bodies.pairs(wrapped)
    if not len(tails):
        return []
    rows = bodies.features(tails, heads)
    open_end = ~bodies.sight.finished[tails]
    chances = np.zeros(len(tails))
    everywhere = np.ones_like(open_end)
    for name, chosen in (("below", everywhere),) if wrapped else (("links", open_end), ("next", ~open_end)):
        if chosen.any():
            chances[chosen] = weights.forests[name].probabilities(rows[chosen])
    chances = np.clip(chances, 1e-4, 1 - 1e-4)
    between = [bodies.between[j] for j in heads.tolist()]
    chances[(heads == tails + 1) & np.array(["continuation" in kinds for kinds in between])] = 1e-4
    plain = np.array([not set(kinds) & BREAKS for kinds in between])
    for k in np.flatnonzero((heads == tails + 1) & ~open_end & np.array([not kinds for kinds in between])):
        if marks.are_items(bodies.texts[tails[k]], bodies.texts[heads[k]]):
            chances[k] = max(chances[k], LEAST_ITEM)
    least = np.where(~open_end & plain, LEAST_NEXT, LEAST_CHANCE)
    if wrapped:
        least[:] = np.where([bool(set(kinds) & set(HEADS)) for kinds in between], LEAST_ACROSS, LEAST_BELOW)
    gains = np.log(chances / (1 - chances)) - np.log(least / (1 - least))
    kept = best_assignment(tails, heads, gains)
    kept = _without_circles(tails, heads, gains, kept)
    slope, offset = weights.calibration
    odds = np.log(chances / (1 - chances))
    right = 1 / (1 + np.exp(-slope * odds - offset))
    links = [Link(int(bodies.at[tails[k]]), int(bodies.at[heads[k]]), float(right[k]), float(odds[k])) for k in kept]
    return [link for link in links if link.chance >= LEAST_CHANCE or is_near(units, link.tail, link.head)]


def is_near(units: Sequence[Unit], tail: int, head: int) -> bool:
    """Say whether body `head` is the next one below body `tail`, with no headline between."""
    return head > tail and not any(unit.kind in (*HEADS, "body") for unit in units[tail + 1 : head])


def _without_circles(tails: Ints, heads: Ints, gains: npt.NDArray[np.float64], kept: list[int]) -> list[int]:
    """Leave out the weakest link of each circle."""
    following = {int(tails[k]): k for k in kept}
    removed: set[int] = set()
    for start in list(following):
        path, at = [], start
        while at in following and following[at] not in removed and following[at] not in path:
            path.append(following[at])
            at = int(heads[path[-1]])
            if at == start:
                removed.add(min(path, key=lambda k: gains[k]))
                break
    return [k for k in kept if k not in removed]
