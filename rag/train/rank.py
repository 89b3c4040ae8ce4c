"""Fit the ranker: `python -m rag.train.rank --data DIR [--out DIR]`: trees, the sums behind them, and the calibration.

Questions are asked of small archives and of one large one, as the fusion's are, and news questions of news. Questions
that the encoder was trained on teach the trees too: its cosines know them (the report prints R@1 by cosine: about .99,
and .5 on others), but MaxSim does not (about .75 on both), and the trees see no cosine. The sums and the calibration
are fitted on the others.
Source: Burges, From RankNet to LambdaRank to LambdaMART, 2010; LightGBM's implementation.
"""

import argparse
import json
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

import lightgbm
import numpy as np

from index.trees import Trees
from rag.fusion import Floats
from rag.rank import ACROSS, BASE, NAMES, OWN, SURE, WEIGHTS, Group, base_features, sum_rows, sure_row, tree_rows
from rag.train.rank_pools import Labels, Pool, pools
from rag.train.sums import listwise, logistic

FOLDS = 5
PARAMETERS = {
    "objective": "lambdarank", "learning_rate": 0.05, "num_leaves": 16, "min_data_in_leaf": 60, "feature_fraction": 0.5,
    "bagging_fraction": 0.8, "bagging_freq": 1, "lambda_l2": 5.0, "lambdarank_truncation_level": 5,
    "label_gain": [0, 2, 3], "verbose": -1, "num_threads": 1, "deterministic": True,
}  # fmt: skip
ROUNDS = 300


def own(pool: Pool) -> tuple[Group, Labels] | None:
    """Return the group in the question's language with its labels, if it has a right passage and a wrong one."""
    for one, labels in zip(pool.groups, pool.labels, strict=True):
        if one.met is not None and labels.max(initial=0) > 0 and labels.min() == 0:
            return one, labels
    return None


class Fit:
    """Fits the parts of a ranker on pools, each pool weighted by its set."""

    def __init__(self, every: Sequence[Pool], seed: int) -> None:
        counts: dict[str, int] = {}
        for pool in every:
            counts[pool.name] = counts.get(pool.name, 0) + 1
        self._weights = {
            name: (400 / max(count, 100)) ** 0.5 * (2 if "english" in name else 1) for name, count in counts.items()
        }
        self._seed = seed

    def base(self, used: Iterable[Pool]) -> Floats:
        """Return the weights of `BASE`."""
        taught = [(pool, *found) for pool in used if (found := own(pool))]
        return listwise(
            [base_features(one) for _, one, _ in taught],
            [labels for _, _, labels in taught],
            [self._weights[pool.name] for pool, _, _ in taught],
        )

    def booster(self, used: Iterable[Pool], base: Floats) -> lightgbm.Booster:
        """Return the trees."""
        taught = [(pool, *found) for pool in used if (found := own(pool))]
        labels = [labels for _, _, labels in taught]
        weights = np.concatenate([np.full(len(found), self._weights[pool.name]) for pool, _, found in taught])
        matrix = np.vstack([tree_rows(one, base) for _, one, _ in taught])
        data = lightgbm.Dataset(
            matrix, np.concatenate(labels), weight=weights, group=[len(row) for row in labels], feature_name=list(NAMES)
        )
        return lightgbm.train({**PARAMETERS, "seed": self._seed}, data, ROUNDS)

    def sums(self, used: Sequence[Pool], trees: Sequence[list[Floats]], base: Floats) -> tuple[Floats, Floats]:
        """Return the weights of `OWN` and `ACROSS`. `trees`: what trees that have not seen a pool say of its groups."""
        kept = [i for i, pool in enumerate(used) if not pool.seen and pool.right]
        matrix = [_joint(used[i], trees[i], base) for i in kept]
        labels = [np.concatenate(used[i].labels) for i in kept]
        found = listwise(matrix, labels, [self._weights[used[i].name] for i in kept])
        return found[: len(OWN)], found[len(OWN) :]

    def calibration(self, used: Sequence[Pool], values: Sequence[list[Floats]]) -> tuple[Floats, float]:
        """Return the weights of `SURE`, and the spread. `values`: the sums of each pool's groups, out of fold."""
        kept = [i for i, pool in enumerate(used) if not pool.seen]
        sure = np.stack([sure_row(used[i].groups, values[i]) for i in kept])
        flat = [np.concatenate(values[i]) for i in kept]
        right = [np.concatenate(used[i].labels) > 0 for i in kept]
        weights = np.array([self._weights[used[i].name] for i in kept], dtype=np.float32)
        first = np.array([found[int(np.argmax(value))] for found, value in zip(right, flat, strict=True)])
        certain = logistic(sure, first, weights)
        gaps = [(value - value.max())[:, None] for value in flat]
        offset = [np.full(len(gap), row @ certain) for gap, row in zip(gaps, sure, strict=True)]
        share = [np.full(len(gap), weight / len(gap)) for gap, weight in zip(gaps, weights, strict=True)]
        spread = logistic(np.concatenate(gaps), np.concatenate(right), np.concatenate(share), np.concatenate(offset))
        return certain, float(spread[0])


def _joint(pool: Pool, trees: list[Floats], base: Floats) -> Floats:
    """Return the rows of all groups side by side: (own, 0) and (0, across)."""
    found = []
    for place, one in enumerate(pool.groups):
        rows = sum_rows(pool.groups, place, trees[place], _base(one, base))
        width = len(OWN) + len(ACROSS)
        wide = np.zeros((len(rows), width), dtype=np.float32)
        wide[:, len(OWN) :] = rows if one.across else 0
        if not one.across:
            wide[:, : len(OWN)] = rows
        found.append(wide)
    return np.concatenate(found)


def _base(one: Group, base: Floats) -> Floats:
    return np.zeros(len(one.best), dtype=np.float32) if one.met is None else base_features(one) @ base


def _trees(pool: Pool, booster: lightgbm.Booster, base: Floats) -> list[Floats]:
    return [
        np.zeros(len(one.best), dtype=np.float32)
        if one.met is None
        else np.asarray(booster.predict(tree_rows(one, base)), dtype=np.float32)
        for one in pool.groups
    ]


def report(used: Sequence[Pool], values: Sequence[list[Floats]]) -> str:
    """Return R@1 by set, among the candidates: by cosine, by MaxSim, by the fusion, and by the ranker, which had not
    seen the documents; and how many questions it makes better and worse than the fusion."""
    lines = [f"{'':36} questions  cosine  MaxSim  fusion  ranker  better  worse"]
    for name in sorted({pool.name for pool in used if "none" not in pool.name}):
        found = []
        for pool, value in zip(used, values, strict=True):
            if pool.name == name:
                labels = np.concatenate(pool.labels) > 0
                legs = [np.concatenate([one.column(leg) for one in pool.groups]) for leg in ("cosine", "maxsim")]
                fused = np.concatenate([one.logits[one.best] for one in pool.groups])
                found.append([labels[np.argmax(by)] for by in (*legs, fused, np.concatenate(value))])
        right = np.array(found)
        shares = "  ".join(f"{share:.4f}" for share in right.mean(axis=0))
        better, worse = (right[:, 3] & ~right[:, 2]).sum(), (right[:, 2] & ~right[:, 3]).sum()
        lines.append(f"{name:36} {len(right):9}  {shares}  {better:6}  {worse:5}")
    return "\n".join(lines)


def main(arguments: list[str] | None = None) -> None:
    """Fit from the command line."""
    parser = argparse.ArgumentParser(prog="python -m rag.train.rank", description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, default=WEIGHTS)
    parser.add_argument("--news", type=int, default=6000, metavar="DOCUMENTS")
    parser.add_argument("--seed", type=int, default=20261121)
    parser.add_argument("--exclude", nargs="*", default=[], metavar="NAME", help="sets to leave out")
    options = parser.parse_args(arguments)
    every = list(pools(options.data, options.news, options.seed, frozenset(options.exclude)))
    fit = Fit(every, options.seed)
    base = fit.base(every)
    trees: list[list[Floats]] = [[] for _ in every]
    for fold in range(FOLDS):
        booster = fit.booster((pool for pool in every if pool.group % FOLDS != fold), base)
        for i, pool in enumerate(every):
            if pool.group % FOLDS == fold:
                trees[i] = _trees(pool, booster, base)
    own_weights, across = fit.sums(every, trees, base)
    values = []
    for pool, found in zip(every, trees, strict=True):
        joint = np.split(
            _joint(pool, found, base) @ np.concatenate([own_weights, across]),
            np.cumsum([len(one.best) for one in pool.groups])[:-1],
        )
        values.append(joint)
    sure, spread = fit.calibration(every, values)
    sys.stdout.write(report(every, values) + "\n")
    sys.stdout.write(reliability(every, values, sure) + "\n")
    booster = fit.booster(every, base)
    gain = sorted(zip(booster.feature_importance("gain"), NAMES, strict=True), reverse=True)
    sys.stdout.write("gain: " + ", ".join(f"{name} {value:.0f}" for value, name in gain) + "\n")
    options.out.mkdir(parents=True, exist_ok=True)
    Trees.from_lightgbm(booster.dump_model()).save(options.out / "rank.npz")
    sides = (("base", BASE, base), ("own", OWN, own_weights), ("across", ACROSS, across), ("sure", SURE, sure))
    weights = {
        side: dict(zip(names, np.round(found.astype(float), 4).tolist(), strict=True)) for side, names, found in sides
    }
    text = json.dumps({"made_by": "python -m rag.train.rank", **weights, "spread": round(spread, 4)}, indent=1)
    (options.out / "rank.json").write_text(text + "\n", encoding="utf-8")


def reliability(used: Sequence[Pool], values: Sequence[list[Floats]], sure: Floats) -> str:
    """Return how often the first hit is right, by its score."""
    scores, right = [], []
    for pool, value in zip(used, values, strict=True):
        if not pool.seen:
            scores.append(1 / (1 + np.exp(-float(sure_row(pool.groups, value) @ sure))))
            right.append(bool((np.concatenate(pool.labels) > 0)[np.argmax(np.concatenate(value))]))
    score, hit = np.array(scores), np.array(right)
    lines = ["score of the first hit: questions, mean score, share right"]
    for low in (0.0, 0.2, 0.4, 0.6, 0.8, 0.9, 0.95):
        high = {0.8: 0.9, 0.9: 0.95, 0.95: 1.01}.get(low, low + 0.2)
        inside = (score >= low) & (score < high)
        if inside.any():
            lines.append(
                f"  {low:.2f}–{min(high, 1):.2f}: {inside.sum():5}  {score[inside].mean():.3f}"
                f"  {hit[inside].mean():.3f}"
            )
    return "\n".join(lines)


if __name__ == "__main__":
    main()
