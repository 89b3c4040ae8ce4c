"""The best one-to-one assignment of pairs with gains, by the Hungarian method."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


def best_assignment(tails: Ints, heads: Ints, gains: Floats) -> list[int]:
    """Return the pairs (their numbers) with the greatest sum of gains, each tail and each head used at most once.

    Pairs without gain are never taken. Pairs that nothing contests are taken at once; the rest is solved component by
    component.
    """
    good = np.flatnonzero(gains > 0)
    chosen: list[int] = []
    for part in _components(tails, heads, good.tolist()):
        chosen += part if len(part) == 1 else _solve(tails, heads, gains, part)
    return sorted(chosen)


def _components(tails: Ints, heads: Ints, pairs: Sequence[int]) -> list[list[int]]:
    """Group pairs that share a tail or a head, directly or through others."""
    parent: dict[tuple[str, int], tuple[str, int]] = {}

    def root(node: tuple[str, int]) -> tuple[str, int]:
        parent.setdefault(node, node)
        while parent[node] != node:
            parent[node] = parent[parent[node]]
            node = parent[node]
        return node

    for k in pairs:
        parent[root(("tail", int(tails[k])))] = root(("head", int(heads[k])))
    groups: dict[tuple[str, int], list[int]] = {}
    for k in pairs:
        groups.setdefault(root(("tail", int(tails[k]))), []).append(k)
    return list(groups.values())


def _solve(tails: Ints, heads: Ints, gains: Floats, pairs: Sequence[int]) -> list[int]:
    rows, columns = sorted({int(tails[k]) for k in pairs}), sorted({int(heads[k]) for k in pairs})
    row, column = {t: n for n, t in enumerate(rows)}, {h: n for n, h in enumerate(columns)}
    matrix = np.zeros((len(rows), len(columns) + len(rows)))  # the further columns: no link
    number: dict[tuple[int, int], int] = {}
    for k in pairs:
        cell = row[int(tails[k])], column[int(heads[k])]
        matrix[cell] = gains[k]
        number[cell] = k
    return [number[cell] for cell in hungarian(-matrix) if cell in number]


def hungarian(cost: Floats) -> list[tuple[int, int]]:
    """Return for each row its column, so that the sum of costs is least; rows ≤ columns.

    Source: the potentials form of Kuhn 1955 and Munkres 1957, O(rows² columns).
    """
    rows, columns = cost.shape
    above, beside = np.zeros(rows + 1), np.zeros(columns + 1)
    owner = np.zeros(columns + 1, dtype=np.int64)  # the row (from 1) of each column (from 1)
    for row in range(1, rows + 1):
        owner[0], at = row, 0
        least = np.full(columns + 1, np.inf)
        way = np.zeros(columns + 1, dtype=np.int64)
        used = np.zeros(columns + 1, dtype=bool)
        while owner[at]:
            used[at] = True
            here = owner[at]
            reduced = cost[here - 1] - above[here] - beside[1:]
            better = ~used[1:] & (reduced < least[1:])
            least[1:][better] = reduced[better]
            way[1:][better] = at
            free = np.where(used, np.inf, least)
            free[0] = np.inf
            nearest = int(free.argmin())
            step = free[nearest]
            above[owner[used]] += step
            beside[used] -= step
            least[~used] -= step
            at = nearest
        while at:
            owner[at] = owner[way[at]]
            at = int(way[at])
    return [(int(owner[c]) - 1, c - 1) for c in range(1, columns + 1) if owner[c]]
