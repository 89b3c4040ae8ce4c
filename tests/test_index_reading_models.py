"""The models of the reader: probabilities, trees, assignment."""

import itertools
from pathlib import Path

import numpy as np
import pytest

from index.reading.assign import best_assignment, hungarian
from index.reading.ngrams import load_ngrams
from index.reading.seams import score
from index.reading.train_lines import fit_calibration
from index.reading.train_ngrams import train_ngrams
from index.reading.weights import FOLDER, load_weights
from index.trees import Trees

SEEDS = sorted((Path(__file__).parent.parent / "seeds").glob("*.txt"))


def test_the_shipped_models_are_small() -> None:
    assert (FOLDER / "characters.npz").stat().st_size <= 8_000_000
    assert (FOLDER / "trees.npz").stat().st_size <= 1_000_000


def test_every_context_of_the_seeds_sums_to_one_at_most() -> None:
    weights = load_weights()
    codes = np.concatenate([weights.characters.encode(path.read_text(encoding="utf-8")) for path in SEEDS])
    rng = np.random.default_rng(3)
    ends = rng.integers(3, len(codes), 300)
    everything = np.arange(weights.characters.size, dtype=np.int32)
    for end in ends:
        contexts = np.tile(codes[end - 3 : end], (len(everything), 1))
        shares = np.exp(weights.ngrams.log_prob(contexts, everything).astype(np.float64))
        assert shares.max() <= 1
        assert 0.7 < shares.sum() <= 1 + 1e-6


def test_contexts_never_seen_sum_to_one_at_most() -> None:
    model = load_weights().ngrams
    rng = np.random.default_rng(4)
    everything = np.arange(len(model.unigrams), dtype=np.int32)
    for context in rng.integers(0, len(everything), (100, 3)).astype(np.int32):
        shares = np.exp(model.log_prob(np.tile(context, (len(everything), 1)), everything).astype(np.float64))
        assert 0.7 < shares.sum() <= 1 + 1e-6


def test_what_stands_in_the_news_is_likelier_than_what_does_not() -> None:
    weights = load_weights()
    context = np.tile(weights.characters.encode("知识产"), (3, 1))
    likely, other, third = weights.ngrams.log_prob(context, weights.characters.encode("权鱼啊"))
    assert likely > -0.5
    assert max(other, third) < -8


def test_a_small_model_has_the_counted_probabilities() -> None:
    codes = np.array([2, 3, 2, 3, 2, 3, 2, 4] * 50, dtype=np.int32)
    model = load_ngrams(train_ngrams(codes, 5))
    contexts = np.array([[0, 0, 2]] * 5, dtype=np.int32)
    shares = np.exp(model.log_prob(contexts, np.arange(5, dtype=np.int32)).astype(np.float64))
    assert shares[3] == pytest.approx(0.75, abs=0.05)
    assert shares[4] == pytest.approx(0.25, abs=0.03)
    assert shares.sum() <= 1 + 1e-6


def test_the_seam_model_prefers_what_follows() -> None:
    weights = load_weights()
    tails = ["会议强调，要坚持人民至上、生命至", "全市新能源汽车产量同比增长百分之三十，占全国的"]
    heads = ["上，把防汛工作放在首位。", "四分之一，出口居全国第一。", "本报讯 昨日上午，"]

    def vectors(side: str, texts: list[str]) -> np.ndarray:
        codes = [weights.characters.encode(text) for text in texts]
        ends = np.cumsum([len(code) for code in codes])
        return weights.seams.vectors(side, np.concatenate(codes), ends - [len(code) for code in codes], ends)

    left, right = vectors("tail", tails), vectors("head", heads)
    assert score(left, right).argmax(axis=1).tolist() == [0, 1]


def test_hungarian_is_the_best_of_all_assignments() -> None:
    rng = np.random.default_rng(5)
    for rows, columns in [(1, 1), (2, 4), (4, 4), (5, 6)]:
        cost = rng.normal(size=(rows, columns))
        best = min(sum(cost[k, c] for k, c in enumerate(p)) for p in itertools.permutations(range(columns), rows))
        assert sum(cost[pair] for pair in hungarian(cost)) == pytest.approx(best)


def test_assignment_leaves_out_pairs_without_gain() -> None:
    tails, heads = np.array([0, 0, 1, 2]), np.array([5, 6, 5, 7])
    assert best_assignment(tails, heads, np.array([2.0, 1.5, 1.8, -1.0])) == [1, 2]


def test_trees_in_numpy_equal_lightgbm() -> None:
    lightgbm = pytest.importorskip("lightgbm")
    rng = np.random.default_rng(1)
    rows = rng.normal(size=(500, 6)).astype(np.float32)
    for classes in (1, 3):
        labels = (rows[:, 0] + rows[:, 1] ** 2 > 0.5).astype(int) + (classes > 1) * (rows[:, 2] > 0)
        options = {"objective": "multiclass" if classes > 1 else "binary", "verbose": -1, "num_threads": 1}
        options |= {"num_class": classes} if classes > 1 else {}
        model = lightgbm.train(options, lightgbm.Dataset(rows, labels), 12)
        ours = Trees.from_arrays(Trees.from_lightgbm(model.dump_model()).arrays("x_"), "x_").probabilities(rows)
        assert np.allclose(ours, np.asarray(model.predict(rows)).reshape(ours.shape), atol=1e-6)


def test_calibration_finds_the_odds_that_labels_were_drawn_with() -> None:
    rng = np.random.default_rng(2)
    chances = rng.uniform(0.5, 0.999, 20000)
    odds = 0.6 * np.log(chances / (1 - chances)) + 0.4
    slope, offset = fit_calibration(chances, (rng.random(20000) < 1 / (1 + np.exp(-odds))).astype(np.int64))
    assert slope == pytest.approx(0.6, abs=0.06)
    assert offset == pytest.approx(0.4, abs=0.1)
