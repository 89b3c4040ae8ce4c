"""A small network that reads a question and a window of text, character by character, run by numpy.

Embeddings of characters and of hashed pairs, gated convolutions (Dauphin et al., ICML 2017), attention to the question
(as in DrQA: Chen et al., ACL 2017), and a logit for each character to be the answer's first or last.
"""

import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from index.errors import ModelError
from rag.kinds import KINDS
from rag.spans.tokens import CLASSES, Tokens

PAIRS = 16384  # rows of the table of hashed pairs
MATCHES = 5
DILATIONS = (1, 2, 4), (1, 2, 4, 8, 1)  # of the blocks before and after the question is looked at
WIDTH = 5  # characters a convolution looks at
BEFORE, AFTER = 40, 20  # characters of the window before and after the sentence

Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Inputs:
    """A text of n characters as the network reads it: `chars`, `pairs`, `tags`: (n,); `matches`: (n, MATCHES)."""

    chars: Ints
    pairs: Ints
    tags: Ints
    matches: Floats


def inputs(tokens: Tokens, alphabet: dict[str, int], asked: Tokens | None) -> Inputs:
    """Return the inputs for a text; `asked`: the question that it is matched with, None for the question itself."""
    key = tokens.key
    codes = np.array([ord(char) for char in key], dtype=np.int64)
    following = np.append(codes[1:], 0)
    tags = np.zeros(len(key), dtype=np.int64)
    for start, end, number in zip(tokens.starts.tolist(), tokens.ends.tolist(), tokens.classes.tolist(), strict=True):
        tags[start:end] = 4 * number + 2
        tags[end - 1] = 4 * number + 3
        tags[start] = 4 * number + (end - start > 1)
    chars = np.array([alphabet.get(char, 0) for char in key], dtype=np.int64)
    matches = np.zeros((len(key), MATCHES), dtype=np.float32)
    if asked is not None and len(key):
        two = {asked.key[i : i + 2] for i in range(len(asked.key) - 1)}
        matches[:, 0] = [char in asked.key and char.isalnum() for char in key]
        matches[:, 1] = [key[i : i + 2] in two for i in range(len(key))]
        for start, end, text in zip(tokens.starts.tolist(), tokens.ends.tolist(), tokens.texts, strict=True):
            matches[start:end, 2] = len(text) > 1 and text in asked.key
        sums = np.concatenate([[0.0], np.cumsum(matches[:, 1])])
        for column, reach in ((3, 8), (4, 25)):
            place = np.arange(len(key))
            matches[:, column] = (
                sums[np.minimum(len(key), place + reach)] - sums[np.maximum(0, place - reach)]
            ) / reach
    return Inputs(chars, (codes * 31337 + following * 7919) % PAIRS, tags, matches)


class Network:
    """The network with its weights, read from a file of float16 arrays."""

    def __init__(self, weights: dict[str, npt.NDArray[np.float32]], characters: str) -> None:
        self._w = weights
        self.alphabet = {char: number + 1 for number, char in enumerate(characters)}

    @classmethod
    def load(cls, path: Path) -> "Network":
        """Return the network of a file.

        Raises:
            ModelError: there is no such file, or it is damaged.
        """
        try:
            with np.load(path, allow_pickle=False) as file:
                characters = "".join(map(chr, file["characters"].tolist()))
                weights = {name: file[name].astype(np.float32) for name in file.files if name != "characters"}
        except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile, zlib.error) as error:
            raise ModelError(f"The network at {path} cannot be read ({error}). Get the file again.") from error
        return cls(weights, characters)

    def question(self, asked: Tokens, kind: str) -> tuple[Floats, Floats]:
        """Return what is kept of a question: a row for each character, and one vector for the whole."""
        rows = self._encode(inputs(asked, self.alphabet, None))
        weights = _softmax(rows @ self._w["pool"])
        return rows, weights @ rows + self._w["kind"][KINDS.index(kind)]

    def logits(self, read: Inputs, question: tuple[Floats, Floats]) -> Floats:
        """Return the logits of each character of a window to be the first and the last of the answer, shape (2, n)."""
        w, (rows, whole) = self._w, question
        text = self._encode(read)
        attention = _softmax((text @ w["attend"]) @ rows.T / np.sqrt(np.float32(rows.shape[1])))
        near = attention @ rows
        both = np.concatenate([text, near, text * near, text * whole], axis=1)
        both = both @ w["merge"] + w["merge_bias"]
        for number, dilation in enumerate(DILATIONS[1]):
            both = self._block(both, f"after.{number}", dilation)
        both = _normal(both)
        ends = np.stack([w["first"] + w["first_whole"] @ whole, w["last"] + w["last_whole"] @ whole])
        return np.asarray(ends @ both.T, dtype=np.float32)

    def _encode(self, read: Inputs) -> Floats:
        w = self._w
        pairs = w["pairs"][read.pairs]
        before = np.concatenate([np.zeros_like(pairs[:1]), pairs[:-1]])
        row = np.concatenate([w["chars"][read.chars], pairs, before, w["tags"][read.tags], read.matches], axis=1)
        row = row @ w["enter"] + w["enter_bias"]
        for number, dilation in enumerate(DILATIONS[0]):
            row = self._block(row, f"before.{number}", dilation)
        return row

    def _block(self, row: Floats, name: str, dilation: int) -> Floats:
        w, size = self._w, len(row)
        reach = dilation * (WIDTH // 2)
        padded = np.zeros((size + 2 * reach, row.shape[1]), dtype=np.float32)
        padded[reach : reach + size] = _normal(row)
        taps = w[f"{name}.taps"]
        mixed = padded[:size] * taps[0]
        for i in range(1, WIDTH):
            mixed += padded[i * dilation : i * dilation + size] * taps[i]
        gated = mixed @ w[f"{name}.mix"] + w[f"{name}.bias"]
        half = gated.shape[1] // 2
        return np.asarray(row + gated[:, :half] / (1.0 + np.exp(-gated[:, half:])), dtype=np.float32)


def _normal(row: Floats) -> Floats:
    centred = row - row.mean(axis=1, keepdims=True)
    spread = np.einsum("ij,ij->i", centred, centred) / row.shape[1]
    return np.asarray(centred / np.sqrt(spread + 1e-5)[:, None], dtype=np.float32)


def _softmax(values: Floats) -> Floats:
    grown = np.exp(values - values.max(axis=-1, keepdims=True))
    return np.asarray(grown / grown.sum(axis=-1, keepdims=True), dtype=np.float32)


CLASS_TAGS = 4 * len(CLASSES)
