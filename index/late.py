"""Late interaction: how well each token of a question is met somewhere in a passage, over the embedded model's table.

MaxSim(q, p) = sum_t w_t max_{u in p} max(0, cos(t, u)) / sum_t w_t over the question's distinct tokens t, with
w_t = |row of t| · idf of t: training makes the rows of telling tokens long.
Source: Khattab & Zaharia, ColBERT, SIGIR 2020, here over static rows instead of a transformer's.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import numpy.typing as npt

from index.encoder import StaticEncoder
from index.errors import ModelError

Floats = npt.NDArray[np.float32]
EXACT = 0.999  # cosine from which two tokens count as the same


@dataclass(frozen=True)
class Interaction:
    """A question's tokens against some passages. `tokens`: their ids, each once, rising; `weights`: (tokens,), sum 1;
    `best`: (tokens, passages) in [0, 1]. `cosines`: (distinct, tokens) of the passages' tokens and the question's, and
    `rows`: token id → its row there; none for a part or a sum of others."""

    tokens: npt.NDArray[np.int64]
    weights: Floats
    best: Floats
    cosines: Floats | None = None
    rows: npt.NDArray[np.uint16] | None = None

    def against(self, passage: npt.NDArray[np.int64]) -> Floats:
        """Return the cosine of each token with each of a run of passages' tokens, (tokens, run) in [0, 1].

        Raises:
            ValueError: this is a part or a sum of other interactions, which keep no cosines.
        """
        if self.cosines is None or self.rows is None:
            raise ValueError("only a whole interaction knows its cosines")
        return np.ascontiguousarray(np.take(self.cosines, self.rows[passage], axis=0).T)

    def only(self, tokens: Sequence[int]) -> "Interaction":
        """Return the part of some of the tokens, their weights summing to 1 again; the others count not."""
        kept = np.searchsorted(self.tokens, sorted(set(tokens)))
        weights = self.weights[kept]
        return Interaction(self.tokens[kept], weights / max(float(weights.sum()), 1e-9), self.best[kept])

    @cached_property
    def maxsim(self) -> Floats:
        """MaxSim of each passage, (passages,) in [0, 1]."""
        return self.weights @ self.best

    @cached_property
    def exact(self) -> Floats:
        """The share of the question's weight whose tokens stand in the passage as they are, (passages,) in [0, 1]."""
        return self.weights @ (self.best > EXACT).astype(np.float32)

    @property
    def weakest(self) -> Floats:
        """How well the least met of the question's three weightiest tokens is met, (passages,) in [0, 1]."""
        heavy = np.argsort(-self.weights, kind="stable")[:3]
        return self.best[heavy].min(axis=0) if len(heavy) else np.zeros(self.best.shape[1], dtype=np.float32)


class Late:
    """The embedded model's token rows, made unit rows, and what each token is worth."""

    def __init__(self, encoder: StaticEncoder) -> None:
        """Read the table (4 bytes a number in memory) and the tokens' idf (`idf.npy` of the model's folder; else 1).

        Raises:
            ModelError: `idf.npy` is damaged or of another model.
        """
        table = np.asarray(encoder.table, dtype=np.float32)
        norms = np.linalg.norm(table, axis=1)
        self._unit: Floats = table / np.maximum(norms, 1e-6)[:, None]
        self._worth: Floats = norms * _read_idf(encoder.path / "idf.npy", len(table))

    def interact(self, question: Sequence[int], passages: Sequence[npt.NDArray[np.uint16]]) -> Interaction:
        """Compare a question's token ids with those of passages. No side sees the order of the other's tokens."""
        asked = np.unique(np.asarray(question, dtype=np.int64))
        worth = self._worth[asked]
        weights = worth / max(float(worth.sum()), 1e-9)
        if not passages:
            return Interaction(asked, weights, np.zeros((len(asked), 0), dtype=np.float32))
        lengths = np.fromiter(map(len, passages), dtype=np.int64, count=len(passages))
        flat = np.concatenate(passages).astype(np.int64)
        best = np.zeros((len(asked), len(passages)), dtype=np.float32)
        cosines, row = np.zeros((0, len(asked)), dtype=np.float32), np.zeros(len(self._worth), dtype=np.uint16)
        if len(flat):
            seen = np.zeros(len(self._worth), dtype=np.bool_)
            seen[flat] = True
            distinct = np.flatnonzero(seen)
            row[distinct] = np.arange(len(distinct))
            cosines = np.take(self._unit, distinct, axis=0) @ self._unit[asked].T
            np.maximum(cosines, 0, out=cosines)
            filled = np.flatnonzero(lengths)
            starts = (np.cumsum(lengths) - lengths)[filled]
            best[:, filled] = np.maximum.reduceat(np.take(cosines, row[flat], axis=0), starts, axis=0).T
        return Interaction(asked, weights, np.minimum(best, 1), cosines, row)

    def cosines(self, asked: npt.NDArray[np.uint16], passage: npt.NDArray[np.uint16]) -> Floats:
        """Return the cosine of each token with each of a passage's, (asked, passage) in [0, 1]."""
        cosines: Floats = np.clip(self._unit[asked] @ self._unit[passage].T, 0, 1)
        return cosines


class TokenRuns:
    """The token ids of all passages: files put one behind the other, passage numbers going on from file to file."""

    def __init__(self, files: Sequence[tuple[npt.NDArray[np.uint16], npt.NDArray[np.int64]]]) -> None:
        """Take each file's tokens, and where each of its passages ends in them."""
        self._files = files
        self._starts = np.cumsum([0, *(len(ends) for _, ends in files)])
        self.sizes = np.concatenate([np.diff(ends, prepend=0) for _, ends in files])
        """How many tokens each passage has, (passages,)."""

    def of(self, numbers: Sequence[int]) -> list[npt.NDArray[np.uint16]]:
        """Return the token ids of some passages."""
        runs = []
        for number in numbers:
            file = 0 if len(self._files) == 1 else int(np.searchsorted(self._starts, number, side="right")) - 1
            tokens, ends = self._files[file]
            place = number - int(self._starts[file])
            runs.append(tokens[(ends[place - 1] if place else 0) : ends[place]])
        return runs


def _read_idf(path: Path, size: int) -> Floats:
    if not path.exists():
        return np.ones(size, dtype=np.float32)
    try:
        idf = np.load(path, allow_pickle=False)
    except (OSError, ValueError, EOFError) as error:
        raise ModelError(f"{path}: not an array of numbers ({error}). Copy the model folder again.") from error
    if idf.shape != (size,):
        raise ModelError(f"{path}: {idf.shape} values for {size} tokens. Copy the model folder again.")
    return np.asarray(idf, dtype=np.float32)
