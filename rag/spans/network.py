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
from rag.runs import Codes, code_points
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


class Alphabet:
    """Characters, numbered from 1 in their order; every other one is 0."""

    def __init__(self, characters: str) -> None:
        codes = code_points(characters)
        self._numbers = np.zeros(int(codes.max(initial=0)) + 2, dtype=np.int64)
        self._numbers[codes] = np.arange(1, len(codes) + 1)

    def numbers(self, codes: Codes | Ints) -> Ints:
        """Return the numbers of characters given as code points."""
        result: Ints = self._numbers[np.minimum(codes, len(self._numbers) - 1)]
        return result


def inputs(tokens: Tokens, alphabet: Alphabet, asked: Tokens | None) -> Inputs:
    """Return the inputs for a text; `asked`: the question that it is matched with, None for the question itself."""
    codes = code_points(tokens.key).astype(np.int64)
    following = np.zeros_like(codes)
    following[:-1] = codes[1:]
    matches = np.zeros((len(codes), MATCHES), dtype=np.float32)
    if asked is not None and len(codes):
        wanted = code_points(asked.key)
        alone = wanted[[char.isalnum() for char in asked.key]]
        shared = [len(text) > 1 and text in asked.key for text in tokens.texts]
        matches[:, 0] = (codes[:, None] == alone).any(axis=1)
        matches[:-1, 1] = ((codes[:-1, None] == wanted[:-1]) & (codes[1:, None] == wanted[1:])).any(axis=1)
        matches[:, 2] = np.array([*shared, False])[tokens.token_of]
        sums, places = np.concatenate([[0.0], np.cumsum(matches[:, 1])]), np.arange(len(codes))
        for column, reach in ((3, 8), (4, 25)):
            high, low = np.minimum(len(codes), places + reach), np.maximum(0, places - reach)
            matches[:, column] = (sums[high] - sums[low]) / reach
    return Inputs(alphabet.numbers(codes), (codes * 31337 + following * 7919) % PAIRS, tokens.tags, matches)


class Network:
    """The network with its weights, read from a file of float16 arrays."""

    def __init__(self, weights: dict[str, npt.NDArray[np.float32]], characters: str) -> None:
        self._w = weights
        self.alphabet = Alphabet(characters)
        self._merge = np.split(weights["merge"], 4)

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

    def logits(self, read: Inputs, question: tuple[Floats, Floats], part: slice = slice(None)) -> Floats:
        """Return the logits of each character of a window to be the first and the last of the answer, shape (2, n).

        `part`: of which characters they are wanted; the rest is looked at as far as it is seen from there.
        """
        w, (rows, whole) = self._w, question
        low, high, _ = part.indices(len(read.chars))
        text = self._encode(read)
        attention = _softmax(text @ (w["attend"] @ (rows.T / np.sqrt(np.float32(rows.shape[1])))))
        alone, near, both, asked = self._merge
        merged = text @ (alone + whole[:, None] * asked)  # the sum of four products: text, near, both, text · whole
        merged += attention @ (rows @ near)
        merged += (text * (attention @ rows)) @ both
        merged += w["merge_bias"]
        first = 0  # the character of the first row
        for number, dilation in enumerate(DILATIONS[1]):
            sight = WIDTH // 2 * sum(DILATIONS[1][number + 1 :])
            start = max(0, low - sight)
            merged = self._block(merged, f"after.{number}", dilation, slice(start - first, high + sight - first))
            first = start
        ends = np.stack([w["first"] + w["first_whole"] @ whole, w["last"] + w["last_whole"] @ whole])
        return np.asarray(ends @ _normal(merged).T, dtype=np.float32)

    def _encode(self, read: Inputs) -> Floats:
        w = self._w
        pairs = w["pairs"][read.pairs]
        before = np.concatenate([np.zeros_like(pairs[:1]), pairs[:-1]])
        row = np.concatenate([w["chars"][read.chars], pairs, before, w["tags"][read.tags], read.matches], axis=1)
        row = row @ w["enter"] + w["enter_bias"]
        for number, dilation in enumerate(DILATIONS[0]):
            row = self._block(row, f"before.{number}", dilation)
        return row

    def _block(self, row: Floats, name: str, dilation: int, part: slice = slice(None)) -> Floats:
        """Return a gated convolution's output added to its input, for some of the rows."""
        w, (size, width) = self._w, row.shape
        reach = dilation * (WIDTH // 2)
        padded = np.zeros((size + 2 * reach, width), dtype=np.float32)
        _normal(row, padded[reach : reach + size])
        line, number = padded.strides
        seen = np.ndarray((size, WIDTH, width), np.float32, padded, strides=(line, dilation * line, number))
        gated = np.einsum("nkc,kc->nc", seen[part], w[f"{name}.taps"]) @ w[f"{name}.mix"]
        gated += w[f"{name}.bias"]
        shut = np.exp(-gated[:, width:])
        shut += 1
        return np.asarray(row[part] + gated[:, :width] / shut, dtype=np.float32)


def _normal(row: Floats, out: Floats | None = None) -> Floats:
    """Return rows of mean 0 and variance 1, in `out` where it is given."""
    width = np.float32(row.shape[1])
    centred: Floats = np.subtract(row, row.sum(axis=1, keepdims=True) / width, out=out)
    centred /= np.sqrt(np.vecdot(centred, centred) / width + np.float32(1e-5))[:, None]
    return centred


def _softmax(values: Floats) -> Floats:
    grown = np.exp(values - values.max(axis=-1, keepdims=True))
    return np.asarray(grown / grown.sum(axis=-1, keepdims=True), dtype=np.float32)


CLASS_TAGS = 4 * len(CLASSES)
