"""What the models see of a page's lines: widths, stops, topics, and the vectors of both sides of every seam."""

from collections.abc import Sequence
from functools import cached_property

import numpy as np
import numpy.typing as npt

from index.reading import marks
from index.reading.characters import BREAK, UNKNOWN
from index.reading.ngrams import ORDER
from index.reading.seams import FAR
from index.reading.style import width
from index.reading.titles import title_scores
from index.reading.weights import Weights

TOPICS, FINE_TOPICS = 1024, 8192  # of lines, and of whole articles
RARITIES = 1 << 17
Floats = npt.NDArray[np.float32]


def bigram_hashes(left: npt.NDArray[np.integer], right: npt.NDArray[np.integer]) -> npt.NDArray[np.int64]:
    """Return a 31-bit hash for each pair of codes."""
    mixed = (left.astype(np.int64) * 8191 + right) * 2654435761
    result: npt.NDArray[np.int64] = (mixed ^ (mixed >> 15)) & 0x7FFFFFFF
    return result


class Sight:
    """The texts of lines or units, in page order, as arrays. `running`: a text's seams look across line ends."""

    def __init__(self, texts: Sequence[str], weights: Weights, running: bool, topics: int = TOPICS) -> None:
        self.dimensions = topics
        self.texts = texts
        self.weights = weights
        self.running = running
        self.count = len(texts)
        self.widths = np.array([width(text) for text in texts], dtype=np.float32)
        self.finished = np.array([marks.is_finished(text) for text in texts], dtype=bool)
        codes, self.lengths = weights.characters.encode_all(texts)
        self.ends = np.cumsum(self.lengths)
        self.starts = self.ends - self.lengths
        self.codes = np.append(codes, np.int32(0))
        self.owners = np.repeat(np.arange(self.count), self.lengths)

    @cached_property
    def topics(self) -> Floats:
        """Return (lines, TOPICS): the summed rarity of each line's character bigrams, hashed."""
        codes = self.codes[:-1]
        if len(codes) < 2:
            return np.zeros((self.count, self.dimensions), dtype=np.float32)
        inside = (self.owners[1:] == self.owners[:-1]) & (codes[1:] > 1) & (codes[:-1] > 1)
        hashes = bigram_hashes(codes[:-1], codes[1:])[inside]
        rarity = self.weights.rarity[hashes % RARITIES]
        cells = self.owners[1:][inside] * self.dimensions + (hashes >> 3) % self.dimensions
        flat = np.bincount(cells, weights=rarity, minlength=self.count * self.dimensions)
        return flat.reshape(self.count, self.dimensions).astype(np.float32)

    @cached_property
    def pairs(self) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], Floats]:
        """Return of each pair of characters in a line its cell below RARITIES, its place and its rarity."""
        codes = self.codes[:-1]
        inside = (self.owners[1:] == self.owners[:-1]) & (codes[1:] > 1) & (codes[:-1] > 1)
        cells = bigram_hashes(codes[:-1], codes[1:])[inside] % RARITIES
        return cells, np.flatnonzero(inside), self.weights.rarity[cells]

    @cached_property
    def _sums(self) -> Floats:
        sums = np.zeros((self.count + 1, self.dimensions), dtype=np.float32)
        for k, row in enumerate(self.topics):  # a call a row: half the time of one cumsum down the columns
            np.add(sums[k], row, out=sums[k + 1])
        return sums

    def windows(self, low: npt.NDArray[np.int64], high: npt.NDArray[np.int64]) -> Floats:
        """Return the topics of lines [low, high) for each row, bounds clipped to the page."""
        sums = self._sums[np.clip(high, 0, self.count)]
        sums -= self._sums[np.clip(low, 0, self.count)]
        return np.maximum(sums, 0, out=sums)

    def tails(self, lines: npt.NDArray[np.int64]) -> Floats:
        """Return (len(lines), vector): what stands before the seam after each of these lines."""
        ends = self.ends[lines]
        low = 0 if self.running else self.starts[lines]
        return self.weights.seams.vectors("tail", self.codes, np.maximum(low, ends - FAR), ends)

    def heads(self, lines: npt.NDArray[np.int64]) -> Floats:
        """Return (len(lines), vector): what stands after the seam before each of these lines."""
        starts = self.starts[lines]
        high = len(self.codes) - 1 if self.running else self.ends[lines]
        return self.weights.seams.vectors("head", self.codes, starts, np.minimum(high, starts + FAR))

    @cached_property
    def start_scores(self) -> Floats:
        """Return (lines,): log P of each line's first three characters at a paragraph's start."""
        return self.starts_of(np.arange(self.count))

    def starts_of(self, lines: npt.NDArray[np.int64]) -> Floats:
        """Return the start scores of these lines."""
        contexts = np.full((len(lines), ORDER - 1), UNKNOWN, dtype=np.int32)
        contexts[:, -1] = BREAK
        return self.entry_scores(contexts, lines)

    @cached_property
    def title_scores(self) -> Floats:
        """Return (lines,): how like a headline each is, see `index.reading.titles`."""
        return title_scores(self.weights.titles, self.codes[:-1], self.lengths)

    def entry_scores(self, contexts: npt.NDArray[np.int32], lines: npt.NDArray[np.int64]) -> Floats:
        """Return log P of the first three characters of these lines, each after its context of three."""
        steps = np.arange(3)
        at = np.minimum(self.starts[lines][:, None] + steps, len(self.codes) - 1)
        following = np.where(steps < self.lengths[lines][:, None], self.codes[at], 0)
        run = np.hstack([contexts, following])
        histories = np.concatenate([run[:, k : k + ORDER - 1] for k in range(3)])
        logs = self.weights.ngrams.log_prob(histories, following.T.ravel())
        total: Floats = logs.reshape(3, -1).sum(axis=0)
        return total

    def last_codes(self, lines: npt.NDArray[np.int64]) -> npt.NDArray[np.int32]:
        """Return the last three codes of these lines, (lines, 3), 0 where there are fewer."""
        places = self.ends[lines][:, None] + np.arange(-(ORDER - 1), 0)
        low = 0 if self.running else self.starts[lines][:, None]
        result: npt.NDArray[np.int32] = np.where(places >= low, self.codes[np.maximum(places, 0)], 0)
        return result


def cosine(left: Floats, right: Floats) -> Floats:
    """Return the cosine of each row of two matrices, 0 where one is empty."""
    norm = np.sqrt(np.einsum("ij,ij->i", left, left) * np.einsum("ij,ij->i", right, right))
    result: Floats = np.where(norm > 0, np.einsum("ij,ij->i", left, right) / np.maximum(norm, 1e-6), 0)
    return result.astype(np.float32)


def coverage(part: Floats, whole: Floats) -> Floats:
    """Return for each row how much of the part's rare bigrams the whole has, 0 to 1."""
    total = part.sum(axis=1)
    result: Floats = np.where(total > 0, (part * (whole > 0)).sum(axis=1) / np.maximum(total, 1e-6), 0)
    return result.astype(np.float32)
