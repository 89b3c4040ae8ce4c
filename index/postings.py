"""An inverted file: which passages hold a term, and how often. Written once, read from a memory map.

    terms.npy     (terms,)      uint64  hashes of the terms, rising
    ends.npy      (terms,)      int64   where each term's run ends in the next two
    passages.npy  (postings,)   uint32  passage numbers
    counts.npy    (postings,)   uint8   how often the passage holds the term, 255 or more as 255
    lengths.npy   (passages,)   uint32  how many terms a passage has

A term is known by 8 bytes of BLAKE2b: among ten million terms the odds that any two share one are 3 in a million.
"""

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

FIELDS = ("terms", "ends", "passages", "counts", "lengths")
MERGED = 1 << 24  # postings put in order at a time
MOST = 255  # that a count can be

Array = npt.NDArray[Any]


@lru_cache(1 << 16)
def term_hash(term: str) -> int:
    """Return what a term is known by, in [0, 2^64)."""
    return int.from_bytes(hashlib.blake2b(term.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "little")


class Postings:
    """One inverted file, in memory or mapped. Fields as in the file; see above."""

    def __init__(self, terms: Array, ends: Array, passages: Array, counts: Array, lengths: Array) -> None:
        self.terms, self._ends, self._passages, self._counts = terms, ends, passages, counts
        self.lengths = lengths
        self.size = len(lengths)

    @classmethod
    def build(cls, passages: Iterable[Sequence[str]]) -> "Postings":
        """Make the file of passages given as their terms."""
        known: dict[str, int] = {}
        ids, counts, distinct, lengths = [], [], [], []
        for terms in passages:
            counted = Counter(terms)
            ids.append(np.array([known.setdefault(term, len(known)) for term in counted], dtype=np.int64))
            counts.append(np.minimum(np.array(list(counted.values()), dtype=np.int64), MOST).astype(np.uint8))
            distinct.append(len(counted))
            lengths.append(len(terms))
        hashes = np.fromiter(map(term_hash, known), dtype=np.uint64, count=len(known))
        found, place = np.unique(hashes, return_inverse=True)
        flat = place[np.concatenate(ids)] if ids else np.zeros(0, dtype=np.int64)
        order = np.argsort(flat, kind="stable")
        numbers = np.repeat(np.arange(len(lengths), dtype=np.uint32), distinct)
        ends = np.cumsum(np.bincount(flat, minlength=len(found)), dtype=np.int64)
        all_counts = np.concatenate(counts) if counts else np.zeros(0, dtype=np.uint8)
        return cls(found, ends, numbers[order], all_counts[order], np.array(lengths, dtype=np.uint32))

    @classmethod
    def load(cls, folder: Path) -> "Postings":
        """Map a file whose bytes the caller has checked."""
        return cls(*(map_array(folder / f"{field}.npy") for field in FIELDS))

    def save(self, folder: Path) -> None:
        """Write the file to a folder that is made for it."""
        folder.mkdir(parents=True)
        values = (self.terms, self._ends, self._passages, self._counts, self.lengths)
        for field, value in zip(FIELDS, values, strict=True):
            np.save(folder / f"{field}.npy", value, allow_pickle=False)

    def run(self, key: int) -> tuple[Array, Array]:
        """Return the passages that hold the term of this hash, rising, and how often each does; empty if none does."""
        low, high = self._span(key)
        return self._passages[low:high], self._counts[low:high]

    def holding(self, key: int) -> int:
        """Return how many passages hold the term of this hash."""
        low, high = self._span(key)
        return high - low

    def _span(self, key: int) -> tuple[int, int]:
        place = int(self.terms.searchsorted(np.uint64(key)))
        if place == len(self.terms) or int(self.terms[place]) != key:
            return 0, 0
        return (int(self._ends[place - 1]) if place else 0), int(self._ends[place])

    def part(self, low: int, high: int) -> tuple[Array, Array, Array]:
        """Return the postings of the terms from hash `low` up to and with `high`: term hashes (each as often as it has
        passages), passages, counts."""
        first = int(np.searchsorted(self.terms, np.uint64(low)))
        last = int(np.searchsorted(self.terms, np.uint64(high), side="right"))
        ends = np.asarray(self._ends[first:last])
        start = int(self._ends[first - 1]) if first else 0
        stop = int(ends[-1]) if len(ends) else start
        hashes = np.repeat(np.asarray(self.terms[first:last]), np.diff(ends, prepend=start))
        return hashes, self._passages[start:stop], self._counts[start:stop]

    @property
    def total(self) -> int:
        """How many postings it has."""
        return len(self._passages)


def merge_postings(files: Sequence[Postings], places: Sequence[npt.NDArray[np.int64]], folder: Path) -> None:
    """Write several files as one, to a folder that is made for it, in bounded memory.

    `places[i]`: the new number of every passage of `files[i]`, -1 for one that is left out; together 0, 1, 2, …
    """
    folder.mkdir(parents=True)
    size = sum(int((place >= 0).sum()) for place in places)
    lengths = np.zeros(size, dtype=np.uint32)
    for file, place in zip(files, places, strict=True):
        lengths[place[place >= 0]] = file.lengths[place >= 0]
    np.save(folder / "lengths.npy", lengths, allow_pickle=False)
    with _Column(folder / "passages.npy", np.uint32) as passages, _Column(folder / "counts.npy", np.uint8) as counts:
        terms, held = [], []
        for low, high in _ranges(sum(file.total for file in files)):
            parts = [_moved(*file.part(low, high), place) for file, place in zip(files, places, strict=True)]
            hashes, numbers, often = (np.concatenate(column) for column in zip(*parts, strict=True))
            order = np.lexsort((numbers, hashes))
            passages.write(numbers[order])
            counts.write(often[order])
            found, many = np.unique(hashes, return_counts=True)
            terms.append(found)
            held.append(many)
    np.save(folder / "terms.npy", np.concatenate(terms), allow_pickle=False)
    np.save(folder / "ends.npy", np.cumsum(np.concatenate(held), dtype=np.int64), allow_pickle=False)


def _moved(hashes: Array, passages: Array, counts: Array, place: npt.NDArray[np.int64]) -> tuple[Array, Array, Array]:
    moved = place[passages]
    kept = moved >= 0
    return hashes[kept], moved[kept].astype(np.uint32), counts[kept]


def _ranges(total: int) -> Iterator[tuple[int, int]]:
    """Yield ranges of hashes that hold about `MERGED` postings each; hashes are spread evenly."""
    count = total // MERGED + 1
    edges = [(1 << 64) * place // count for place in range(count + 1)]
    for low, high in zip(edges, edges[1:], strict=False):
        yield low, high - 1


class _Column:
    """An .npy file of one dimension, written piece by piece: its header is made once its length is known."""

    def __init__(self, path: Path, dtype: Any) -> None:
        self._file = path.open("w+b")
        self._dtype = np.dtype(dtype)
        self._length = 0
        self._header()

    def __enter__(self) -> "_Column":
        return self

    def __exit__(self, *_: object) -> None:
        self._file.seek(0)
        self._header()
        self._file.close()

    def _header(self) -> None:
        fields = {"descr": self._dtype.str, "fortran_order": False, "shape": (self._length,)}
        text = f"{fields!r}".ljust(117) + "\n"  # 10 bytes before it make 128: room for any length
        self._file.write(b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text.encode("ascii"))

    def write(self, values: Array) -> None:
        self._file.write(np.ascontiguousarray(values, dtype=self._dtype).data)
        self._length += len(values)


def map_array(path: Path) -> Array:
    """Return the array of an .npy file, mapped, as a plain view (slicing a memmap itself costs 10 µs)."""
    try:
        return np.asarray(np.load(path, mmap_mode="r", allow_pickle=False))
    except ValueError:  # an empty array cannot be mapped
        return np.asarray(np.load(path, allow_pickle=False))
