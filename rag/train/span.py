"""`python -m rag.train span --data DIR [--measure]`: train or measure the ranker of short answers.

Candidates are graded by their overlap with the gold span and ranked by LambdaMART (Burges, MSR-TR-2010-82). The
calibration is isotonic (Zadrozny & Elkan, KDD 2002), fitted on news and passages that its own trees did not see; the
trees that are shipped are then trained on those too.
"""

import argparse
import json
import sys
import time
from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path

import lightgbm
import numpy as np
import numpy.typing as npt

from index.text import fold, fold_with_offsets
from index.trees import Trees
from rag.kinds import SHORT_KINDS
from rag.span import NEAR, WEIGHTS, SpanReader, agreed
from rag.spans.candidates import candidates
from rag.spans.features import NAMES, prepare_span, span_features, spans_of
from rag.spans.fits import fitting
from rag.spans.network import Network
from rag.spans.tokens import tokenise
from rag.train.span_data import BENCHMARKS, Example, benchmark_examples, digest, news_examples, public_examples
from rag.train.span_measure import exact_and_f1
from rag.train.span_network import train_network

SEED = 11
NEGATIVES = 60  # candidates of no overlap kept for each question
ROUNDS = 180
WEIGHTS_TRIED = (0.0, 0.15, 0.3, 0.5, 0.8, 1.2)  # of the network
SHOWN = 0.6  # the score from which `measure` counts a span as shown
OPTIONS = {
    "objective": "lambdarank", "num_leaves": 31, "learning_rate": 0.08, "min_data_in_leaf": 40, "feature_fraction": 0.6,
    "bagging_fraction": 0.8, "bagging_freq": 1, "lambda_l2": 2.0, "lambdarank_truncation_level": 6,
    "label_gain": [0, 1, 3, 12, 20], "seed": SEED, "num_threads": 1, "verbose": -1, "deterministic": True,
}  # fmt: skip

Rows = tuple[npt.NDArray[np.float32], npt.NDArray[np.int32]]


def rows_of(example: Example, random: np.random.Generator) -> Rows | None:
    """Return an example's candidate rows and their grades from 0 to 4; None where no candidate comes near the gold."""
    key = fold_with_offsets(example.text[slice(*example.sentence)])
    tokens = tokenise(key.text)
    low, high = candidates(tokens)
    asked = prepare_span(fold(example.question), example.kind)
    spans = spans_of(tokens, low, high)
    fit = fitting(asked, spans) if len(low) else np.zeros(0, dtype=bool)
    if not fit.any():
        return None
    starts, ends = tokens.starts[low], tokens.ends[high]
    f1 = np.zeros(len(low))
    for rank, answer in enumerate(dict.fromkeys(fold(answer) for answer in example.answers)):
        place = key.text.find(answer)
        while place >= 0:
            common = np.minimum(ends, place + len(answer)) - np.maximum(starts, place)
            overlap = 2 * np.maximum(0, common) / (ends - starts + len(answer))
            f1 = np.maximum(f1, overlap if rank == 0 else 0.97 * overlap)
            place = key.text.find(answer, place + 1)
    f1 = np.where(fit, f1, 0.0)
    grades = np.select([f1 > 0.999, f1 > 0.9, f1 > 0.75, f1 > 0.45], [4, 3, 2, 1], 0).astype(np.int32)
    if grades.max() < 2:
        return None
    kept = np.flatnonzero(fit & ((grades > 0) | (random.random(len(low)) < NEGATIVES / fit.sum())))
    return span_features(asked, spans)[kept], grades[kept]


def train(made: Sequence[tuple[Rows, int]]) -> Trees:
    """Return the trees trained on the rows of some examples, each with what the example counts."""
    groups = [len(grades) for (_, grades), _ in made]
    weights = np.repeat([float(copies) for _, copies in made], groups)
    table, grades = np.concatenate([rows[0] for rows, _ in made]), np.concatenate([rows[1] for rows, _ in made])
    data = lightgbm.Dataset(table, grades, weight=weights, group=groups, feature_name=list(NAMES))
    booster = lightgbm.train(OPTIONS, data, num_boost_round=ROUNDS)
    return Trees.from_lightgbm(booster.dump_model(), NAMES)


def beliefs(reader: SpanReader, examples: Iterable[Example]) -> dict[str, list[tuple[float, bool]]]:
    """Return by kind the belief in the best span of each example and whether it is right."""
    found: dict[str, list[tuple[float, bool]]] = defaultdict(list)
    for example in examples:
        asked = reader.prepare(example.question, example.kind)
        ranked = reader.rank(asked, example.text, example.sentence)
        if len(ranked.share):
            low, high = ranked.spans[int(np.argmax(ranked.share))].tolist()
            right = exact_and_f1(example.text[low:high], example.answers)[1] >= NEAR
            found[example.kind].append((agreed(ranked), right))
    return found


def isotonic(pairs: Sequence[tuple[float, bool]]) -> list[list[float]]:
    """Return the rising step function nearest to the outcomes, as points to interpolate between (pool adjacent)."""
    blocks: list[list[float]] = []  # sum of beliefs, of outcomes, count
    for belief, right in [(0.0, False), *sorted(pairs), (1.0, True)]:
        blocks.append([belief, float(right), 1.0])
        while len(blocks) > 1 and blocks[-2][1] / blocks[-2][2] >= blocks[-1][1] / blocks[-1][2]:
            last = blocks.pop()
            blocks[-1] = [a + b for a, b in zip(blocks[-1], last, strict=True)]
    return [[round(b[0] / b[2], 4) for b in blocks], [round(min(0.98, b[1] / b[2]), 4) for b in blocks]]


def choose_weight(trees: Trees, network: Network, examples: Sequence[Example]) -> float:
    """Return what the network's log-probabilities should count against the trees: what gets most spans right."""

    def right(weight: float) -> float:
        found = beliefs(SpanReader(trees, {}, network, weight), examples)
        return float(np.mean([good for pairs in found.values() for _, good in pairs]))

    return max(WEIGHTS_TRIED, key=right)


def calibrate(reader: SpanReader, examples: Sequence[Example]) -> dict[str, list[list[float]]]:
    """Return the calibration by kind; kinds with few examples share one with their like."""
    found = beliefs(reader, examples)
    short = [pair for kind, pairs in found.items() if kind in SHORT_KINDS - {"list"} for pair in pairs]
    long = [pair for kind, pairs in found.items() if kind not in SHORT_KINDS - {"list"} for pair in pairs]
    calibration = {"other": isotonic(long)}
    for kind in sorted(SHORT_KINDS - {"list"}):
        calibration[kind] = isotonic(found[kind]) if len(found[kind]) >= 150 else isotonic(short)
    return calibration


def measure(reader: SpanReader, name: str, examples: Sequence[Example]) -> list[str]:
    """Return lines: EM/F1 given the gold sentence, over all, over the surest half, and by kind for news."""
    results = []
    for example in examples:
        spans = reader.read(example.question, example.kind, example.text, [example.sentence], [0.0])
        text = example.text[spans[0].start : spans[0].end] if spans else ""
        results.append((spans[0].score if spans else 0.0, *exact_and_f1(text, example.answers), example.kind))
    results.sort(key=lambda row: -row[0])
    half = results[: len(results) // 2]
    score, near = np.mean([row[0] for row in results]), np.mean([row[2] >= NEAR for row in results])
    lines = [
        f"{name:16} n {len(results):5}  all {_mean(results)}  surest half {_mean(half)}  "
        f"mean score {score:.2f}  right {near:.2f}"
    ]
    for kind in sorted({row[3] for row in results}) if name.startswith("news") else ():
        own = [row for row in results if row[3] == kind]
        shown = [row[2] >= NEAR for row in own if row[0] >= SHOWN]
        near = np.mean([row[2] >= NEAR for row in own])
        good = np.mean(shown) if shown else 0.0
        lines.append(
            f"  {kind:14} n {len(own):4}  {_mean(own)}  right {near:.2f}  "
            f"from {SHOWN} on: {len(shown)} shown, right {good:.2f}"
        )
    return lines


def _mean(results: Sequence[tuple[float, float, float, str]]) -> str:
    return f"{100 * np.mean([r[1] for r in results]):.1f}/{100 * np.mean([r[2] for r in results]):.1f}"


def main(argv: list[str]) -> int:
    """Train or measure."""
    parser = argparse.ArgumentParser(prog="python -m rag.train span", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="the folder with qa/, eval/ and text/")
    parser.add_argument("--exclude", nargs="*", default=[], metavar="NAME", help="question sets to do without")
    parser.add_argument("--measure", action="store_true", help="measure the weights at hand instead of training")
    parser.add_argument("--minutes", type=float, default=30, help="of the network's training; 0 keeps the one at hand")
    parser.add_argument("--out", type=Path, default=WEIGHTS)
    options = parser.parse_args(argv)
    begun = time.monotonic()

    def say(line: str) -> None:
        sys.stderr.write(f"{time.monotonic() - begun:6.0f} s  {line}\n")

    news = list(news_examples(options.data))
    if not options.measure:
        known = news + list(public_examples(options.data, frozenset(options.exclude), SEED))
        seen = [example for example in known if not example.held_out]
        fold_of = [e.source in ("news", "drcd_dev") and digest(e.text) // 16 % 4 == 0 for e in seen]
        say(f"{len(seen)} examples, {sum(fold_of)} of them for the calibration")
        random = np.random.default_rng(SEED)
        rows = [rows_of(example, random) for example in seen]
        made = [(one, e.copies, out) for one, e, out in zip(rows, seen, fold_of, strict=True) if one]
        say("candidates looked at")
        first = train([(one, copies) for one, copies, out in made if not out])
        options.out.mkdir(parents=True, exist_ok=True)
        if options.minutes:
            kept = [e for e, out in zip(seen, fold_of, strict=True) if not out]
            train_network(kept, options.minutes, SEED, options.out / "span_network.npz", say)
        network = Network.load(options.out / "span_network.npz")
        tuned = [e for e, out in zip(seen, fold_of, strict=True) if out]
        weight = choose_weight(first, network, tuned)
        calibration = calibrate(SpanReader(first, {}, network, weight), tuned)
        say(f"calibrated, the network counts {weight}; now the trees on all of them")
        trees = train([(one, copies) for one, copies, _ in made])
        trees.save(options.out / "span.npz")
        text = json.dumps({"calibration": calibration, "network_weight": weight}, indent=1)
        (options.out / "span.json").write_text(text + "\n", encoding="utf-8")
    reader = SpanReader.load(options.out)
    for line in measure(reader, "news held out", [example for example in news if example.held_out]):
        say(line)
    for name in BENCHMARKS:
        for line in measure(reader, name, list(benchmark_examples(options.data, name))):
            say(line)
    return 0
