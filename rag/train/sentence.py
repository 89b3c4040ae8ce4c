"""`python -m rag.train sentence --data DIR`: the sentence ranker, LambdaMART over the candidates' features, and the
confidence in its best sentence.

Source: Burges, From RankNet to LambdaRank to LambdaMART, 2010; LightGBM's implementation.
"""

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import lightgbm
import numpy as np
import numpy.typing as npt

from index.trees import Trees
from rag.answerer import SIDE_BY_SIDE
from rag.features import NAMES
from rag.read import WEIGHTS
from rag.train import confidence
from rag.train.best import best_of
from rag.train.data import QUESTIONS, Corpus, hashes, news_corpora, public_corpora
from rag.train.kept import key_of, written
from rag.train.pools import Piece, Pool, build_pools

FOLDS = 5
NEWS_WEIGHT = 1.5  # the product's own kind of question
PARAMETERS = {
    "objective": "lambdarank", "learning_rate": 0.06, "num_leaves": 31, "min_data_in_leaf": 60,
    "feature_fraction": 0.6, "bagging_fraction": 0.8, "bagging_freq": 1, "lambda_l2": 2.0,
    "lambdarank_truncation_level": 8, "label_gain": [0, 1, 3], "verbose": -1, "num_threads": 2, "deterministic": True,
    "force_col_wise": True,
}  # fmt: skip
ROUNDS = 160

Scores = list[npt.NDArray[np.float64]]


def usable(pools: list[Pool]) -> list[Pool]:
    """Return the pools that teach: they hold a right sentence and a wrong one."""
    return [pool for pool in pools if pool.labels.max(initial=0) > 0 and pool.labels.min(initial=1) == 0]


def fit(pools: list[Pool], seed: int) -> lightgbm.Booster:
    """Return a ranker fitted on the pools."""
    used = usable(pools)
    data = lightgbm.Dataset(
        np.vstack([pool.matrix for pool in used]),
        np.concatenate([pool.labels for pool in used]),
        weight=np.concatenate([np.full(len(pool.labels), NEWS_WEIGHT if pool.news else 1.0) for pool in used]),
        group=[len(p.labels) for p in used],
        feature_name=list(NAMES),
    )
    return lightgbm.train({**PARAMETERS, "seed": seed}, data, ROUNDS)


class Rankers:
    """Rankers fitted on the pools of some pieces, kept in a folder."""

    def __init__(self, pieces: Sequence[Piece], work: Path, seed: int) -> None:
        self.pools = [pool for piece in pieces for pool in piece.pools()]
        self._seed = seed
        names = [piece.base.name for piece in pieces]
        self._base = (
            work / f"ranker-{key_of(lightgbm.__version__, PARAMETERS, ROUNDS, NEWS_WEIGHT, FOLDS, seed, names)}"
        )

    def ranker(self, without: int | None = None) -> lightgbm.Booster:
        """Return the ranker of all pools, or of those outside a fold."""
        path = self._base.with_name(f"{self._base.name}-{'all' if without is None else without}.txt")
        if not path.exists():
            used = self.pools if without is None else [p for p in self.pools if p.asking.group % FOLDS != without]
            with written(path) as fresh:
                fit(used, self._seed).save_model(fresh)
        return lightgbm.Booster(model_file=path)

    def out_of_fold(self) -> Scores:
        """Return each pool's scores by a ranker that has not seen its document."""
        scores: Scores = [np.zeros(0)] * len(self.pools)
        for fold in range(FOLDS):
            booster = self.ranker(without=fold)
            for i, pool in enumerate(self.pools):
                if pool.asking.group % FOLDS == fold and len(pool.labels):
                    scores[i] = np.asarray(booster.predict(pool.matrix, num_threads=1))
            sys.stderr.write(f"fold {fold + 1} of {FOLDS}\n")
        return scores


def report(pools: list[Pool], scores: Scores) -> str:
    """Return a table by corpus: how often the best sentence, one of the best three, and what is quoted (one sentence,
    or two side by side) is right."""
    lines = ["corpus questions top-1 top-3 quoted two (label 1 or 2; of the answerable questions)"]
    names = sorted({_family(pool) for pool in pools})
    for name in names:
        hits = []
        for pool, score in zip(pools, scores, strict=True):
            if _family(pool) == name and pool.asking.answerable:
                order = np.argsort(-score, kind="stable")
                best = pool.labels[order] > 0
                two = len(order) > 1 and bool(score[order[0]] - score[order[1]] < SIDE_BY_SIDE)
                hits.append([float(x) for x in (best[:1].any(), best[:3].any(), best[: 1 + two].any(), two)])
        if hits:
            shares = " ".join(f"{share:.3f}" for share in np.mean(hits, axis=0).tolist())
            lines.append(f"{name} {len(hits)} {shares}")
    return "\n".join(lines)


def _family(pool: Pool) -> str:
    return "news-small" if pool.news and pool.corpus != "news-all" else pool.corpus


def parser(name: str) -> argparse.ArgumentParser:
    """Return the options that the training steps share."""
    options = argparse.ArgumentParser(prog=f"python -m rag.train {name}")
    options.add_argument("--data", type=Path, required=True, help="folder with qa/, text/ and eval/")
    options.add_argument("--exclude", nargs="*", default=[], metavar="NAME", help="sets to leave out")
    options.add_argument("--distractors", type=int, default=4000, help="other news articles beside the labelled ones")
    options.add_argument("--questions", type=Path, default=QUESTIONS, help="labelled questions over news")
    options.add_argument("--seed", type=int, default=20261121)
    return options


def corpora(arguments: argparse.Namespace) -> Iterator[Corpus]:
    """Yield the corpora to train on, the product's own kind first."""
    exclude = frozenset(arguments.exclude)
    yield from news_corpora(arguments.data, arguments.distractors, arguments.seed, exclude, arguments.questions)
    yield from public_corpora(arguments.data, exclude, arguments.seed)


def main(argv: list[str]) -> int:
    """Train the ranker and the confidence, print how they do on documents they have not seen, write their weights, and
    beside them what they were made from (`sentence.json`)."""
    options = parser("sentence")
    options.add_argument("--out", type=Path, default=WEIGHTS, help="folder to write to")
    options.add_argument("--work", type=Path, default=Path("build/train"), help="folder of what is kept on the way")
    options.add_argument("--processes", type=int, default=2, help="that build and ask at the same time")
    arguments = options.parse_args(argv)
    pieces = build_pools(corpora(arguments), arguments.work, arguments.processes)
    rankers = Rankers(pieces, arguments.work, arguments.seed)
    scores = rankers.out_of_fold()
    sys.stdout.write(report(rankers.pools, scores) + "\n")
    bests = best_of(pieces, scores, arguments.work, arguments.processes)
    arguments.out.mkdir(parents=True, exist_ok=True)
    sys.stdout.write(confidence.train(rankers.pools, bests, arguments.out, arguments.seed) + "\n")
    booster = rankers.ranker()
    gain = sorted(zip(booster.feature_importance("gain"), NAMES, strict=True), reverse=True)[:20]
    sys.stdout.write("gain: " + ", ".join(f"{name} {value:.0f}" for value, name in gain) + "\n")
    Trees.from_lightgbm(booster.dump_model()).save(arguments.out / "sentence.npz")
    data = hashes(arguments.data, frozenset(arguments.exclude), arguments.questions)
    made = {"seed": arguments.seed, "data": data}
    (arguments.out / "sentence.json").write_text(json.dumps(made, indent=1) + "\n", encoding="utf-8")
    return 0
