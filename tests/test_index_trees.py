"""Boosted trees in numpy: equal to LightGBM's own, and safe to load."""

from pathlib import Path

import lightgbm
import numpy as np
import pytest

from index.errors import ModelError
from index.trees import Trees


def train(
    leaves: int, trees: int, objective: str = "regression", rows: int = 2000
) -> tuple[lightgbm.Booster, np.ndarray]:
    random = np.random.default_rng(leaves)
    table = np.round(random.normal(size=(rows, 7)), 2).astype(np.float32)
    target = table[:, 0] * (table[:, 1] > 0.3) + np.sin(3 * table[:, 2]) + 0.2 * random.normal(size=rows)
    if objective == "binary":
        target = (target > 0).astype(np.float64)
    options = {"objective": objective, "num_leaves": leaves, "verbose": -1, "num_threads": 1, "min_data_in_leaf": 3}
    return lightgbm.train(options, lightgbm.Dataset(table, target), num_boost_round=trees), table


@pytest.mark.parametrize(
    ("leaves", "trees", "objective"), [(2, 3, "regression"), (31, 80, "regression"), (64, 40, "binary")]
)
def test_numpy_gives_what_lightgbm_gives(leaves: int, trees: int, objective: str) -> None:
    booster, table = train(leaves, trees, objective)
    unseen = np.random.default_rng(9).normal(size=(500, 7)).astype(np.float32) * 3
    for rows in (table, unseen, table[:1]):
        expected = booster.predict(rows, raw_score=True, num_threads=1)
        found = Trees.from_lightgbm(booster.dump_model()).predict(rows)
        np.testing.assert_allclose(found, expected, rtol=0, atol=1e-6)


def test_a_value_at_the_threshold_goes_left_and_the_next_one_right() -> None:
    booster, _ = train(8, 1)
    trees = Trees.from_lightgbm(booster.dump_model())
    feature, threshold = int(trees.features[0, 0]), trees.thresholds[0, 0]
    rows = np.zeros((2, 7), dtype=np.float32)
    rows[:, feature] = threshold, np.nextafter(threshold, np.float32(np.inf))
    expected = booster.predict(rows, raw_score=True)
    assert expected[0] != expected[1]
    np.testing.assert_allclose(trees.predict(rows), expected, atol=1e-6)


def test_the_first_rounds_equal_lightgbm_stopped_early() -> None:
    booster, rows = train(31, 3)
    first = Trees.from_lightgbm(booster.dump_model()).first(4)
    np.testing.assert_allclose(first.predict(rows), booster.predict(rows, raw_score=True, num_iteration=4), atol=1e-6)


def test_a_tree_by_hand() -> None:
    low, high = {"leaf_value": 1.0}, {"leaf_value": 10.0}
    split = {"split_feature": 1, "threshold": 0.5, "decision_type": "<=", "left_child": low, "right_child": high}
    root = {
        "split_feature": 0,
        "threshold": 2.0,
        "decision_type": "<=",
        "left_child": split,
        "right_child": {"leaf_value": 100.0},
    }
    dump = {
        "tree_info": [{"tree_structure": root}, {"tree_structure": {"leaf_value": 0.25}}],
        "feature_names": ["a", "b"],
    }
    trees = Trees.from_lightgbm(dump)
    assert trees.predict([[2.0, 0.5], [2.0, 0.6], [2.1, 0.0]]).tolist() == [1.25, 10.25, 100.25]
    assert trees.predict(np.zeros((0, 2))).tolist() == []
    with pytest.raises(ValueError, match="Rows of 2 features"):
        trees.predict([[1.0, 2.0, 3.0]])


def test_a_model_that_cannot_be_run_is_refused() -> None:
    booster, _ = train(65, 1)
    with pytest.raises(ValueError, match="at most 64"):
        Trees.from_lightgbm(booster.dump_model())
    kinds = np.array([[i % 5] for i in range(500)], dtype=np.float64)
    options = {"verbose": -1, "min_data_per_group": 1, "cat_smooth": 1, "max_cat_to_onehot": 1}
    by_kind = lightgbm.train(
        options, lightgbm.Dataset(kinds, kinds[:, 0] % 2, categorical_feature=[0]), num_boost_round=1
    )
    with pytest.raises(ValueError, match="categorical"):
        Trees.from_lightgbm(by_kind.dump_model())


def test_saved_trees_come_back_the_same_and_damaged_ones_are_named(tmp_path: Path) -> None:
    booster, table = train(16, 5)
    trees = Trees.from_lightgbm(booster.dump_model(), names=list("abcdefg"))
    path = tmp_path / "trees.npz"
    trees.save(path)
    loaded = Trees.load(path)
    assert loaded.names == tuple("abcdefg")
    assert loaded.predict(table).tolist() == trees.predict(table).tolist()
    whole = path.read_bytes()
    flipped = bytearray(whole)
    flipped[len(whole) // 2] ^= 0xFF
    for damaged in (whole[: len(whole) // 2], bytes(flipped), b"", b"tree\nversion=v4"):
        path.write_bytes(damaged)
        with pytest.raises(ModelError, match="cannot be read"):
            Trees.load(path)
    with pytest.raises(ModelError, match="cannot be read"):
        Trees.load(tmp_path / "missing.npz")
