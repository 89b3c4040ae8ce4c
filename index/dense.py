"""The dense leg: FAISS over unit vectors. Passage numbers and cosines in and out, nothing else.

Vectors are kept in half precision, and what was kept is what counts: an index made from the vectors of another gives
the same cosines. Of a large segment half a byte for every two numbers is kept as well (product quantisation, searched
sixteen at a time in the processor's registers): all of these are looked at, and the nearest by them are compared by
their vectors. Source: André, Kermarrec & Le Scouarnec, Quicker ADC, TPAMI 2021.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import faiss
import numpy as np
import numpy.typing as npt

from index.lexical import Mask

FLAT = 100_000  # passages of a segment whose vectors are all compared as they are
NUMBERS = 2  # of a vector that a code of four bits stands for
NEAREST = 600  # by codes that are compared by their vectors: .99 of the nearest ten are among them
FEW = 0.2  # share of the passages that are allowed up to which all of them are compared
SAMPLE = 20_000  # vectors that the codes are learned from
BATCH = 1 << 16  # vectors moved at a time
VECTORS, CODES = "dense.faiss", "codes.faiss"

_faiss: Any = faiss  # its stubs do not know the keyword arguments of the search parameters

Vectors = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class DenseFile:
    """The vectors of a segment, and the codes of a large one: FAISS indexes."""

    vectors: Any
    codes: Any = None

    @property
    def size(self) -> int:
        """How many vectors it holds."""
        return int(self.vectors.ntotal)

    def search(self, vector: Vectors, k: int, allowed: Mask | None) -> tuple[Vectors, Ints]:
        """Return the cosines and the numbers of the k nearest that are allowed, in no order; fewer where it has none.

        With codes some may be missed; not where few are allowed.
        """
        row = vector[None, :].astype(np.float32)
        wanted = max(NEAREST, k)
        if self.codes is not None:
            share = 1.0 if allowed is None else float(allowed.mean())
            near = self.codes.search(row, min(self.size, int(wanted / max(share, FEW))))[1][0]
            near = np.sort(near[near >= 0])
            near = near if allowed is None else near[allowed[near]]
            if share > FEW and len(near) >= wanted // 2:
                cosines = self.cosines(vector, near)
                best = np.argsort(-cosines, kind="stable")[:k]
                return cosines[best], near[best]
        sel = None if allowed is None else _faiss.IDSelectorBitmap(np.packbits(allowed, bitorder="little"))
        found = self.vectors.search(row, k, params=sel and _faiss.SearchParameters(sel=sel))
        return found[0][0][found[1][0] >= 0], found[1][0][found[1][0] >= 0]

    def cosines(self, vector: Vectors, numbers: Ints) -> Vectors:
        """Return the cosine of some vectors to a unit vector: the same wherever they stand."""
        cosines: Vectors = (self.halves[numbers].astype(np.float32) * vector).sum(axis=1)
        return cosines

    @cached_property
    def halves(self) -> npt.NDArray[np.float16]:
        """The vectors where they lie, (size, dimension): a quarter of the time that FAISS takes to copy them out."""
        codes = self.vectors.codes
        flat = _faiss.rev_swig_ptr(codes.data(), codes.size()) if codes.size() else np.zeros(0, dtype=np.uint8)
        rows: npt.NDArray[np.float16] = flat.view(np.float16).reshape(-1, self.vectors.d)
        return rows

    def batches(self) -> Iterator[Vectors]:
        """Yield all vectors, in order, in batches."""
        for start in range(0, self.size, BATCH):
            yield self.halves[start : start + BATCH].astype(np.float32)


class DenseIndex:
    """Cosine search. Vectors are unit rows, so that the inner product is the cosine, in [-1, 1]."""

    def __init__(self, files: Sequence[DenseFile], live: Mask | None = None) -> None:
        """Put files one behind the other: passage numbers go on from file to file.

        `live`: which passages count, shape (size,); None: all of them.
        """
        self.files = files
        self._starts = np.cumsum([0, *(file.size for file in files)])
        self._live = live

    @classmethod
    def build(cls, vectors: Vectors) -> "DenseIndex":
        """Index unit vectors, shape (passages, dimension), in memory."""
        return cls([dense_file(vectors)])

    @property
    def size(self) -> int:
        """How many vectors it holds."""
        return int(self._starts[-1])

    def search(self, vector: Vectors, k: int, allowed: Mask | None = None) -> list[tuple[int, float]]:
        """Return the k passages with the highest cosine to a unit vector, shape (dimension,), as (number, cosine).

        Best first, ties by number. Those not allowed are left out, so fewer than k may come back.
        """
        faiss.omp_set_num_threads(1)  # of this thread, as OpenMP counts; for a single question more are slower
        if allowed is None:
            allowed = self._live
        elif self._live is not None:
            allowed = allowed & self._live
        found = []
        for file, start in zip(self.files, self._starts[:-1].tolist(), strict=True):
            part = None if allowed is None else allowed[start : start + file.size]
            cosines, numbers = file.search(vector, k, part)
            found += [(number + start, c) for number, c in zip(numbers.tolist(), cosines.tolist(), strict=True)]
        return sorted(found, key=lambda hit: (-hit[1], hit[0]))[:k]

    def cosines(self, vector: Vectors, numbers: list[int]) -> list[float]:
        """Return the cosine of some passages to a unit vector, shape (dimension,), in the order asked for."""
        faiss.omp_set_num_threads(1)
        wanted = np.array(numbers, dtype=np.int64)
        cosines = np.zeros(len(wanted), dtype=np.float32)
        for file, start in zip(self.files, self._starts[:-1], strict=True):
            inside = np.flatnonzero((wanted >= start) & (wanted < start + file.size))
            if len(inside):
                cosines[inside] = file.cosines(vector, wanted[inside] - start)
        return [float(cosine) for cosine in cosines]


def dense_file(vectors: npt.NDArray[np.floating[Any]]) -> DenseFile:
    """Index unit vectors, (passages, dimension), in memory: with codes from more than `FLAT` on."""
    faiss.omp_set_num_threads(1)  # its threads wait for each other at every step: on a busy machine for minutes
    size, dimension = vectors.shape
    kept: Any = faiss.IndexScalarQuantizer(dimension, faiss.ScalarQuantizer.QT_fp16, faiss.METRIC_INNER_PRODUCT)
    kept.train(np.zeros((1, dimension), dtype=np.float32))  # FAISS asks for it; half precision learns nothing
    codes = None
    if size > FLAT:
        codes = _faiss.IndexPQFastScan(dimension, dimension // NUMBERS, 4, faiss.METRIC_INNER_PRODUCT)
        sample = np.random.default_rng(0).choice(size, min(size, SAMPLE), replace=False)
        codes.train(vectors[np.sort(sample)].astype(np.float32))
    for start in range(0, size, BATCH):
        batch = np.ascontiguousarray(vectors[start : start + BATCH], dtype=np.float32)
        for index in (kept, codes):
            index.add(batch) if index is not None else None
    return DenseFile(kept, codes)


def write_dense(file: DenseFile, folder: Path) -> None:
    """Write vectors, and codes if there are any, to a folder.

    Raises:
        OSError: they cannot be written.
    """
    for name, index in ((VECTORS, file.vectors), (CODES, file.codes)):
        try:
            faiss.write_index(index, str(folder / name)) if index is not None else None
        except RuntimeError as error:
            raise OSError(f"{name}: cannot be written ({str(error)[-120:]})") from error


def read_dense(folder: Path, names: Sequence[str]) -> DenseFile:
    """Map the vectors, and the codes if they are among the files of these names, which the caller has checked: FAISS
    itself trusts every byte."""
    found = [faiss.read_index(str(folder / name), faiss.IO_FLAG_MMAP_IFC) for name in (VECTORS, CODES) if name in names]
    return DenseFile(*found)
