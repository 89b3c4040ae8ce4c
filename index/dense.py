"""The dense leg: FAISS over unit vectors. Passage numbers and cosines in and out, nothing else.

Vectors are kept in half precision, and what was kept is what counts: an index made from the vectors of another gives
the same cosines.
"""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import faiss
import numpy as np
import numpy.typing as npt

from index.lexical import Mask

FLAT = 200_000  # passages searched exactly
PROBED = 0.4  # share of the lists that is searched: short questions lie near no list's centre
LISTS = 2  # lists of an index of n vectors, times √n
SAMPLE, ROUNDS = 48, 10  # vectors of a list that its centre is made from, and how often it is made anew
BATCH = 1 << 16  # vectors moved at a time

_faiss: Any = faiss  # its stubs do not know the keyword arguments of the search parameters

Vectors = npt.NDArray[np.float32]


class DenseIndex:
    """Cosine search. Vectors are unit rows, so that the inner product is the cosine, in [-1, 1]."""

    def __init__(self, files: Sequence[Any], live: Mask | None = None) -> None:
        """Put FAISS indexes one behind the other: passage numbers go on from file to file.

        `live`: which passages count, shape (size,); None: all of them.
        """
        self.files = files
        self._starts = np.cumsum([0, *(int(file.ntotal) for file in files)])
        self._live = live
        faiss.omp_set_num_threads(1)  # for a single question more threads are slower

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
        row = vector[None, :].astype(np.float32)
        if allowed is None:
            allowed = self._live
        elif self._live is not None:
            allowed = allowed & self._live
        found = []
        for file, start in zip(self.files, self._starts[:-1].tolist(), strict=True):
            part = None if allowed is None else allowed[start : start + file.ntotal]
            cosines, numbers = file.search(row, k, params=_parameters(file, part))
            found += [(n + start, c) for n, c in zip(numbers[0].tolist(), cosines[0].tolist(), strict=True) if n >= 0]
        return sorted(found, key=lambda hit: (-hit[1], hit[0]))[:k]

    def cosines(self, vector: Vectors, numbers: list[int]) -> list[float]:
        """Return the cosine of some passages to a unit vector, shape (dimension,), in the order asked for."""
        wanted = np.array(numbers, dtype=np.int64)
        rows = np.zeros((len(wanted), len(vector)), dtype=np.float32)
        for file, start in zip(self.files, self._starts[:-1], strict=True):
            inside = np.flatnonzero((wanted >= start) & (wanted < start + file.ntotal))
            if len(inside):
                rows[inside] = file.reconstruct_batch(wanted[inside] - start)
        return [float(cosine) for cosine in (rows * vector).sum(axis=1)]  # the same wherever a passage stands


def dense_file(vectors: npt.NDArray[np.floating[Any]]) -> Any:
    """Return a FAISS index of unit vectors, (passages, dimension): exact up to `FLAT`, above by inverted lists."""
    faiss.omp_set_num_threads(os.cpu_count() or 1)
    size, dimension = vectors.shape
    index: Any
    if size <= FLAT:
        index = faiss.IndexScalarQuantizer(dimension, faiss.ScalarQuantizer.QT_fp16, faiss.METRIC_INNER_PRODUCT)
        index.train(np.zeros((1, dimension), dtype=np.float32))  # FAISS asks for it; half precision learns nothing
    else:
        lists = int(LISTS * np.sqrt(size))
        index = faiss.index_factory(dimension, f"IVF{lists},SQfp16", faiss.METRIC_INNER_PRODUCT)
        index.cp.niter = ROUNDS
        sample = np.random.default_rng(0).choice(size, min(size, SAMPLE * lists), replace=False)
        index.train(vectors[np.sort(sample)].astype(np.float32))
        index.nprobe = int(np.ceil(PROBED * lists))
    for start in range(0, size, BATCH):
        index.add(np.ascontiguousarray(vectors[start : start + BATCH], dtype=np.float32))
    if size > FLAT:
        index.make_direct_map()
    return index


def vectors_of(index: Any) -> Iterator[Vectors]:
    """Yield the vectors of a FAISS index made by `dense_file`, in order, in batches."""
    for start in range(0, index.ntotal, BATCH):
        yield index.reconstruct_n(start, min(BATCH, index.ntotal - start))


def write_dense(index: Any, path: Path) -> None:
    """Write a FAISS index to a file.

    Raises:
        OSError: it cannot be written.
    """
    try:
        faiss.write_index(index, str(path))
    except RuntimeError as error:
        raise OSError(f"{path.name}: cannot be written ({str(error)[-120:]})") from error


def read_dense(path: Path) -> Any:
    """Map a FAISS index whose file the caller has checked: FAISS itself trusts every byte."""
    return faiss.read_index(str(path), faiss.IO_FLAG_MMAP_IFC)


def _parameters(file: Any, allowed: Mask | None) -> Any:
    """Return what FAISS needs to look only at allowed vectors; the fewer they are, the more lists are searched."""
    if allowed is None:
        return None
    selector = _faiss.IDSelectorBitmap(np.packbits(allowed, bitorder="little"))
    if not isinstance(file, faiss.IndexIVF):
        return _faiss.SearchParameters(sel=selector)
    share = max(float(allowed.mean()), 1e-6)
    return _faiss.SearchParametersIVF(sel=selector, nprobe=min(file.nlist, int(np.ceil(file.nprobe / share))))
