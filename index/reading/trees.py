"""Gradient-boosted trees, read by numpy: what LightGBM trained, without LightGBM."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Arrays = Mapping[str, npt.NDArray[Any]]


class Forest:
    """Trees in flat arrays; tree t scores class t mod `classes`.

    Inner nodes: `feature`, `threshold` (go left where x ≤ threshold), `left`, `right`; a child below 0 is leaf −child−1
    of the same tree. `value`: (trees, leaves).
    """

    def __init__(self, arrays: Arrays, prefix: str) -> None:
        self.feature = arrays[prefix + "feature"].astype(np.int64)
        self.threshold = arrays[prefix + "threshold"].astype(np.float64)
        self.left = arrays[prefix + "left"].astype(np.int64)
        self.right = arrays[prefix + "right"].astype(np.int64)
        self.value = arrays[prefix + "value"].astype(np.float64)
        self.classes = int(arrays[prefix + "classes"])

    def raw(self, rows: npt.NDArray[np.float32]) -> Floats:
        """Return the raw scores, (rows, classes), of (rows, features) without NaN."""
        trees, width = self.feature.shape
        base = np.arange(trees) * width
        feature, threshold = self.feature.ravel(), self.threshold.ravel()
        left, right = self.left.ravel(), self.right.ravel()
        nodes = np.zeros((len(rows), trees), dtype=np.int64)
        row = np.repeat(np.arange(len(rows)), trees)
        active = np.arange(len(rows) * trees)
        flat = nodes.ravel()
        tree_base = np.tile(base, len(rows))
        while len(active):
            at = tree_base[active] + flat[active]
            goes_left = rows[row[active], feature[at]] <= threshold[at]
            flat[active] = np.where(goes_left, left[at], right[at])
            active = active[flat[active] >= 0]
        leaves = self.value[np.tile(np.arange(trees), len(rows)), -flat - 1].reshape(len(rows), trees)
        result: Floats = leaves.reshape(len(rows), -1, self.classes).sum(axis=1)
        return result

    def probabilities(self, rows: npt.NDArray[np.float32]) -> Floats:
        """Return probabilities, (rows, classes), each row summing to 1; for one class (rows, 1), by the sigmoid."""
        raw = self.raw(rows)
        if self.classes == 1:
            return np.asarray(1 / (1 + np.exp(-raw)))
        powers = np.exp(raw - raw.max(axis=1, keepdims=True))
        result: Floats = powers / powers.sum(axis=1, keepdims=True)
        return result


def forest_arrays(dump: Mapping[str, Any], prefix: str) -> dict[str, npt.NDArray[Any]]:
    """Return the arrays of a LightGBM model, from its `dump_model()`."""
    trees = [tree["tree_structure"] for tree in dump["tree_info"]]
    flats = [_flatten(tree) for tree in trees]
    nodes, leaves = max(1, *(len(f[0]) for f in flats)), max(len(f[1]) for f in flats)
    shape = (len(trees), nodes)
    arrays: dict[str, npt.NDArray[Any]] = {
        prefix + "feature": np.zeros(shape, dtype=np.int16),
        prefix + "threshold": np.zeros(shape, dtype=np.float64),
        prefix + "left": np.full(shape, -1, dtype=np.int16),
        prefix + "right": np.full(shape, -1, dtype=np.int16),
        prefix + "value": np.zeros((len(trees), leaves), dtype=np.float32),
        prefix + "classes": np.array(dump["num_tree_per_iteration"]),
    }
    for t, (inner, values) in enumerate(flats):
        for k, (feature, threshold, left, right) in enumerate(inner):
            arrays[prefix + "feature"][t, k] = feature
            arrays[prefix + "threshold"][t, k] = threshold
            arrays[prefix + "left"][t, k] = left
            arrays[prefix + "right"][t, k] = right
        arrays[prefix + "value"][t, : len(values)] = values
    return arrays


def _flatten(tree: Mapping[str, Any]) -> tuple[list[tuple[int, float, int, int]], list[float]]:
    """Return a tree's inner nodes, the root first, and its leaves."""
    inner: list[tuple[int, float, int, int]] = []
    values: list[float] = []

    def visit(node: Mapping[str, Any]) -> int:
        if "leaf_value" in node:
            values.append(float(node["leaf_value"]))
            return -len(values)
        number = len(inner)
        inner.append((0, 0.0, 0, 0))
        left, right = visit(node["left_child"]), visit(node["right_child"])
        inner[number] = (int(node["split_feature"]), float(node["threshold"]), left, right)
        return number

    visit(tree)
    return inner, values
