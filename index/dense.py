"""The dense leg: FAISS over unit vectors. Passage numbers and cosines in and out, nothing else."""

from pathlib import Path
from typing import Any

import faiss
import numpy as np
import numpy.typing as npt

from index.lexical import Mask

FLAT = 50_000  # passages searched exactly; 4 ms a question at 100,000 × 256
PROBES = 16

_faiss: Any = faiss  # its stubs do not know the keyword arguments of the search parameters

Vectors = npt.NDArray[np.float32]


class DenseIndex:
    """Cosine search. Vectors are unit rows, so that the inner product is the cosine, in [-1, 1]."""

    def __init__(self, index: "faiss.Index") -> None:
        self._index = index
        faiss.omp_set_num_threads(1)  # for a single question more threads are slower

    @classmethod
    def build(cls, vectors: Vectors) -> "DenseIndex":
        """Index unit vectors, shape (passages, dimension): exactly up to `FLAT`, above that by inverted lists."""
        count, dimension = vectors.shape
        index: Any
        if count <= FLAT:
            index = faiss.IndexFlatIP(dimension)
        else:
            lists = int(4 * np.sqrt(count))
            index = faiss.index_factory(dimension, f"IVF{lists},SQfp16", faiss.METRIC_INNER_PRODUCT)
            sample = np.random.default_rng(0).choice(count, min(count, 64 * lists), replace=False)
            index.train(vectors[np.sort(sample)])
            index.nprobe = PROBES
        index.add(np.ascontiguousarray(vectors, dtype=np.float32))
        return cls(index)

    @property
    def size(self) -> int:
        """How many vectors it holds."""
        return int(self._index.ntotal)

    def search(self, vector: Vectors, k: int, allowed: Mask | None = None) -> list[tuple[int, float]]:
        """Return the k passages with the highest cosine to a unit vector, shape (dimension,), as (number, cosine).

        Best first, ties by number. Those not allowed are left out, so fewer than k may come back.
        """
        parameters: Any = None
        if allowed is not None:
            selector = faiss.IDSelectorBatch(np.flatnonzero(allowed))
            if isinstance(self._index, faiss.IndexIVF):
                parameters = _faiss.SearchParametersIVF(sel=selector, nprobe=self._index.nlist)
            else:
                parameters = _faiss.SearchParameters(sel=selector)
        cosines, numbers = self._index.search(vector[None, :].astype(np.float32), k, params=parameters)
        found = [(int(n), float(c)) for n, c in zip(numbers[0], cosines[0], strict=True) if n >= 0]
        return sorted(found, key=lambda hit: (-hit[1], hit[0]))

    def cosines(self, vector: Vectors, numbers: list[int]) -> list[float]:
        """Return the cosine of some passages to a unit vector, shape (dimension,), in the order asked for."""
        if not numbers:
            return []
        if isinstance(self._index, faiss.IndexFlat):
            rows: Vectors = self._index.reconstruct_batch(np.array(numbers, dtype=np.int64))
            return [float(cosine) for cosine in rows @ vector]
        mask = np.zeros(self.size, dtype=np.bool_)
        mask[numbers] = True
        found = dict(self.search(vector, len(numbers), mask))
        return [found[number] for number in numbers]

    def save(self, path: Path) -> None:
        """Write the index to a file."""
        faiss.write_index(self._index, str(path))

    @classmethod
    def load(cls, path: Path) -> "DenseIndex":
        """Read an index whose file the caller has checked: FAISS itself trusts every byte."""
        return cls(faiss.read_index(str(path), faiss.IO_FLAG_MMAP_IFC))
