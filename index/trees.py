"""Boosted trees, trained with LightGBM and run by numpy alone.

Instead of walking each tree, all its comparisons are made at once: each node that says no strikes out the leaves on its
left, and the leftmost leaf that is left is where the row ends (QuickScorer: Lucchese et al., SIGIR 2015).
"""

import json
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from index.errors import ModelError

MOST_LEAVES = 64  # of a tree: one bit each
_BLOCK = 1 << 17  # comparisons made at a time: what the processor's second cache holds
_EXPONENT = 127  # what float32 adds to an exponent
_FORMAT = "wenbao-trees-1"
_ARRAYS = ("features", "thresholds", "struck", "leaves")

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Trees:
    """A sum of regression trees over named features, or one for each of some classes: tree t is of class t mod classes.

    `features`, `thresholds`, `struck`: shape (trees, nodes), what a node compares, with what, and the leaves that go
    where the value is above it. `leaves`: shape (trees, leaves), from left to right. Short trees are filled up with
    nodes that strike nothing.
    """

    names: tuple[str, ...]
    features: npt.NDArray[np.uint16]
    thresholds: Floats
    struck: npt.NDArray[np.uint32] | npt.NDArray[np.uint64]
    leaves: Floats
    classes: int = 1

    def predict(self, features: npt.ArrayLike) -> npt.NDArray[np.float64]:
        """Return the sum of the trees for each row, shape (n,), or (n, classes) where there are several.

        `features`: shape (n, len(names)), finite float32.
        """
        rows = np.asarray(features, dtype=np.float32)
        if rows.ndim != 2 or rows.shape[1] != len(self.names):
            raise ValueError(f"Rows of {len(self.names)} features were expected; the shape was {rows.shape}.")
        total = np.empty((self.classes, len(rows)))
        size = max(1, _BLOCK // max(1, len(self.leaves)))
        for start in range(0, len(rows), size):
            values = self._values(np.ascontiguousarray(rows[start : start + size].T))
            by_round = values.reshape(len(values) // self.classes, self.classes, -1)
            total[:, start : start + size] = by_round.sum(axis=0, dtype=np.float64)
        return total[0] if self.classes == 1 else total.T

    def _values(self, columns: Floats) -> Floats:
        """Return the leaf that each tree gives each row, (trees, rows). `columns`: (features, rows)."""
        features, thresholds, struck, before = self._by_node
        gone = np.zeros((len(self.leaves), columns.shape[1]), dtype=struck.dtype)
        step = max(1, _BLOCK // max(1, gone.size))
        for start in range(0, len(features), step):
            block = slice(start, start + step)
            values = columns.take(features[block], axis=0)  # everything below is worked out in its place
            above = np.subtract(thresholds[block], values, out=values).view(np.int32)
            above >>= 31  # the sign: all bits where a value is above its threshold, none elsewhere
            out = above if above.dtype == struck.dtype else None
            gone |= np.bitwise_or.reduce(np.bitwise_and(above, struck[block], out=out), axis=0)
        left = (~gone & (gone + 1)).view(self.struck.dtype)  # the lowest bit that is left
        leaf = left.astype(np.float32).view(np.int32) >> 23  # its exponent, and so its place
        result: Floats = self.leaves.ravel().take(before + leaf)
        return result

    @cached_property
    def _by_node(self) -> tuple[npt.NDArray[Any], Floats, npt.NDArray[Any], npt.NDArray[np.int64]]:
        """`features`, `thresholds` and `struck` by node, then by tree, as `_values` reads them; and how many leaves
        lie before each tree's, less what float32 adds to an exponent."""
        signed = np.int32 if self.struck.dtype == np.uint32 else np.int64
        laid_out = (np.ascontiguousarray(array.T)[:, :, None] for array in (self.thresholds, self.struck.view(signed)))
        before = np.arange(len(self.leaves))[:, None] * self.leaves.shape[1] - _EXPONENT
        return np.ascontiguousarray(self.features.T, dtype=np.intp), *laid_out, before

    def first(self, rounds: int) -> "Trees":
        """Return the first rounds alone, a tree for each class: a rough answer for little work."""
        return replace(self, **{name: getattr(self, name)[: rounds * self.classes] for name in _ARRAYS})

    def probabilities(self, features: npt.ArrayLike) -> npt.NDArray[np.float64]:
        """Return the classes' probabilities, (n, classes), each row summing to 1; of two classes the second's, (n,)."""
        raw = self.predict(features)
        if self.classes == 1:
            return np.asarray(1 / (1 + np.exp(-raw)))
        powers = np.exp(raw - raw.max(axis=1, keepdims=True))
        result: npt.NDArray[np.float64] = powers / powers.sum(axis=1, keepdims=True)
        return result

    def save(self, path: Path) -> None:
        """Write the trees to a file, compressed arrays without pickle, named as the path says."""
        with path.open("wb") as file:
            np.savez_compressed(file, **self.arrays())  # type: ignore[arg-type]

    def arrays(self, prefix: str = "") -> dict[str, npt.NDArray[Any]]:
        """Return the arrays that a file keeps, their names after a prefix."""
        head = json.dumps({"format": _FORMAT, "names": self.names, "classes": self.classes}).encode()
        kept = {name: getattr(self, name) for name in _ARRAYS}
        return {prefix + name: array for name, array in {"head": np.frombuffer(head, dtype=np.uint8), **kept}.items()}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, npt.NDArray[Any]], prefix: str = "") -> "Trees":
        """Return the trees that `arrays` gave.

        Raises:
            KeyError, ValueError: they are not such arrays.
        """
        head = json.loads(arrays[prefix + "head"].tobytes())
        if head.get("format") != _FORMAT:
            raise ValueError(f"not of the format {_FORMAT}")
        kept = {name: arrays[prefix + name] for name in _ARRAYS}
        return cls(tuple(head["names"]), classes=head.get("classes", 1), **kept)

    @classmethod
    def load(cls, path: Path) -> "Trees":
        """Return the trees of a file that `save` wrote.

        Raises:
            ModelError: there is no such file, or it is damaged or of another format.
        """
        try:
            with np.load(path, allow_pickle=False) as file:
                return cls.from_arrays(file)
        except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile, zlib.error) as error:
            raise ModelError(f"The trees at {path} cannot be read ({error}). Get the file again.") from error

    @classmethod
    def from_lightgbm(cls, dump: dict[str, Any], names: Sequence[str] | None = None) -> "Trees":
        """Return the trees of a LightGBM model, given its `booster.dump_model()`.

        `names`: of the features; the model's own where none are given. A threshold is rounded down to float32, which
        for float32 rows decides as the float64 does.

        Raises:
            ValueError: a tree has more than 64 leaves, or a split that is not `<=`.
        """
        grown = [_grow(tree["tree_structure"]) for tree in dump["tree_info"]]
        width = max(1, *(len(nodes) for nodes, _ in grown)) if grown else 1
        features = np.zeros((len(grown), width), dtype=np.uint16)
        thresholds = np.full((len(grown), width), np.inf, dtype=np.float32)
        struck = np.zeros((len(grown), width), dtype=np.uint32 if width < 32 else np.uint64)
        leaves = np.zeros((len(grown), width + 1), dtype=np.float32)
        for i, (nodes, values) in enumerate(grown):
            leaves[i, : len(values)] = values
            for j, (feature, threshold, mask) in enumerate(nodes):
                features[i, j], struck[i, j] = feature, mask
                thresholds[i, j] = _round_down(threshold)
        known = tuple(names if names is not None else dump["feature_names"])
        return cls(known, features, thresholds, struck, leaves, dump.get("num_tree_per_iteration", 1))


def _round_down(threshold: float) -> np.float32:
    near = np.float32(threshold)
    return np.nextafter(near, np.float32(-np.inf)) if float(near) > threshold else near


def _grow(tree: dict[str, Any]) -> tuple[list[tuple[int, float, int]], list[float]]:
    """Return a tree's nodes (feature, threshold, leaves struck by a value above) and its leaves from left to right."""
    nodes: list[tuple[int, float, int]] = []
    leaves: list[float] = []

    def walk(node: dict[str, Any]) -> None:
        if "split_feature" not in node:
            leaves.append(float(node["leaf_value"]))
            return
        if node["decision_type"] != "<=":
            raise ValueError(f"A split by {node['decision_type']} cannot be run: train without categorical features.")
        first = len(leaves)
        walk(node["left_child"])
        nodes.append((node["split_feature"], node["threshold"], (1 << len(leaves)) - (1 << first)))
        walk(node["right_child"])

    walk(tree)
    if len(leaves) > MOST_LEAVES:
        raise ValueError(f"A tree has {len(leaves)} leaves; at most {MOST_LEAVES} can be run.")
    return nodes, leaves
