"""Late interaction: how well each token of a question is met somewhere in a passage, over the embedded model's table.

MaxSim(q, p) = sum_t w_t max_{u in p} max(0, cos(t, u)) / sum_t w_t over the question's distinct tokens t, with
w_t = |row of t| · idf of t: training makes the rows of telling tokens long.
Source: Khattab & Zaharia, ColBERT, SIGIR 2020, here over static rows instead of a transformer's.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from index.encoder import StaticEncoder
from index.errors import ModelError

Floats = npt.NDArray[np.float32]
Places = npt.NDArray[np.uint16]
SMALL = 4096  # passages, and tokens, of an archive up to which what a question's token is to each of these is kept
KEPT = 1024  # tokens of questions for which it is, 16 kB each at most
EXACT = 0.999  # cosine from which two tokens count as the same


@dataclass(frozen=True)
class Interaction:
    """A question's tokens against some passages. `tokens`: their ids, each once, rising; `weights`: (tokens,), sum 1;
    `best`: (tokens, passages) in [0, 1]. `cosines`: (tokens, distinct) of the question's tokens and the passages', and
    `places`: token id → its column there; none for a part or a sum of others."""

    tokens: npt.NDArray[np.int64]
    weights: Floats
    best: Floats
    cosines: Floats | None = None
    places: Places | None = None

    def against(self, passage: npt.NDArray[np.int64]) -> Floats:
        """Return the cosine of each token with each of a run of passages' tokens, (tokens, run) in [0, 1].

        Raises:
            ValueError: this is a part or a sum of other interactions, which keep no cosines.
        """
        if self.cosines is None or self.places is None:
            raise ValueError("only a whole interaction knows its cosines")
        return self.cosines.take(self.places[passage], axis=1)

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

    def __init__(self, encoder: StaticEncoder, vocabulary: npt.NDArray[np.integer[Any]] | None = None) -> None:
        """Read the table (4 bytes a number in memory) and the tokens' idf (`idf.npy` of the model's folder; else 1).

        `vocabulary`: the tokens of a small archive, each once, rising. What a question's token is to each of them is
        kept: questions share most of their tokens.

        Raises:
            ModelError: `idf.npy` is damaged or of another model.
        """
        table = np.asarray(encoder.table, dtype=np.float32)
        norms = np.linalg.norm(table, axis=1)
        self._unit: Floats = table / np.maximum(norms, 1e-6)[:, None]
        self._worth: Floats = norms * _read_idf(encoder.path / "idf.npy", len(table))
        self._known = None if vocabulary is None else _Known(self._unit, vocabulary)

    def interact(self, question: Sequence[int], passages: Sequence[npt.NDArray[np.uint16]]) -> Interaction:
        """Compare a question's token ids with those of passages. No side sees the order of the other's tokens."""
        asked = np.array(sorted(set(question)), dtype=np.int64)
        worth = self._worth[asked]
        weights = worth / max(float(worth.sum()), 1e-9)
        if not passages:
            return Interaction(asked, weights, np.zeros((len(asked), 0), dtype=np.float32))
        lengths = np.fromiter(map(len, passages), dtype=np.int64, count=len(passages))
        flat = np.concatenate(passages).astype(np.int64)
        best = np.zeros((len(asked), len(passages)), dtype=np.float32)
        cosines, places = self._among(asked, flat)
        if len(flat):
            filled = np.flatnonzero(lengths)
            starts = (np.cumsum(lengths) - lengths)[filled]
            best[:, filled] = np.maximum.reduceat(cosines.take(places[flat], axis=1), starts, axis=1)
        return Interaction(asked, weights, np.minimum(best, 1), cosines, places)

    def _among(self, asked: npt.NDArray[np.int64], tokens: npt.NDArray[np.int64]) -> tuple[Floats, Places]:
        """Return the cosines of tokens with those asked about, (asked, distinct), and each token's column there."""
        if self._known and self._known.knows(tokens):
            return self._known.cosines(asked.tolist()), self._known.places
        seen, places = np.zeros(len(self._worth), dtype=np.bool_), np.zeros(len(self._worth), dtype=np.uint16)
        seen[tokens] = True
        distinct = np.flatnonzero(seen)
        places[distinct] = np.arange(len(distinct))
        cosines = np.take(self._unit, distinct, axis=0) @ self._unit[asked].T
        return np.ascontiguousarray(np.maximum(cosines, 0, out=cosines).T), places

    def cosines(self, asked: npt.NDArray[np.uint16], passage: npt.NDArray[np.uint16]) -> Floats:
        """Return the cosine of each token with each of a passage's, (asked, passage) in [0, 1]."""
        cosines: Floats = np.clip(self._unit[asked] @ self._unit[passage].T, 0, 1)
        return cosines


class _Known:
    """The tokens of a small archive. `places`: token id → its place among them, past the last one for any other."""

    def __init__(self, unit: Floats, vocabulary: npt.NDArray[np.integer[Any]]) -> None:
        self.places: Places = np.full(len(unit), len(vocabulary), dtype=np.uint16)
        self.places[vocabulary] = np.arange(len(vocabulary))
        self._every, self._unit = unit, unit[vocabulary]
        self._compared = lru_cache(KEPT)(self._compare)

    def knows(self, tokens: npt.NDArray[np.int64]) -> bool:
        """Return whether the archive has all of some tokens."""
        return bool((self.places[tokens] < len(self._unit)).all())

    def cosines(self, asked: Sequence[int]) -> Floats:
        """Return the cosines of the tokens with those that are asked about, (asked, vocabulary), none below 0."""
        return np.array([self._compared(token) for token in asked], dtype=np.float32).reshape(-1, len(self._unit))

    def _compare(self, token: int) -> Floats:
        # twice, for a matrix times one vector is summed up in another order than a matrix times a matrix
        row: Floats = np.maximum((self._unit @ self._every[[token, token]].T)[:, 0], 0)
        return row


class TokenRuns:
    """The token ids of all passages: files put one behind the other, passage numbers going on from file to file."""

    def __init__(self, files: Sequence[tuple[npt.NDArray[np.uint16], npt.NDArray[np.int64]]]) -> None:
        """Take each file's tokens, and where each of its passages ends in them."""
        self._files = files
        self._starts = np.cumsum([0, *(len(ends) for _, ends in files)])
        self.sizes = np.concatenate([np.diff(ends, prepend=0) for _, ends in files])
        """How many tokens each passage has, (passages,)."""

    def vocabulary(self) -> Places | None:
        """Return the tokens of a small archive, each once, rising; None of one that has more than `SMALL`."""
        if len(self.sizes) > SMALL:
            return None
        found = np.unique(np.concatenate([tokens for tokens, _ in self._files]))
        return found if len(found) <= SMALL else None

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
