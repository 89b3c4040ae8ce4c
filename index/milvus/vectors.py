"""Which index the engine has over the vectors, and how much of it a question looks at.

`milvus://…?vectors=HNSW` names the index that is made with the collections, `effort=200` how much of it a search looks
at: nprobe of IVF, ef of HNSW. What an operator made in its stead is searched as well.
"""

from typing import Any

MADE: dict[str, dict[str, int]] = {"FLAT": {}, "IVF_FLAT": {"nlist": 1024}, "HNSW": {"M": 32, "efConstruction": 200}}
EFFORTS = {"IVF": ("nprobe", 128), "HNSW": ("ef", 512)}
"""Kind of index, by how its name begins → the parameter of a search, and its value where none is set: .99 of the
nearest 40 are found (`python -m eval engine-vectors`)."""
METRIC = "IP"
WORDS = {"index_type": "SPARSE_INVERTED_INDEX", "metric_type": METRIC}  # of the lexical leg: exact


def made(kind: str) -> dict[str, Any]:
    """Return what pymilvus makes an index of a kind from."""
    return {"index_type": kind, "metric_type": METRIC, "params": MADE[kind]}


def search_params(kind: str, effort: int, limit: int) -> dict[str, Any]:
    """Return how an index of a kind is searched for `limit` vectors; `effort` 0: as much as is usual."""
    for begin, (name, usual) in EFFORTS.items():
        if kind.startswith(begin):
            value = effort or usual
            return {"metric_type": METRIC, "params": {name: max(value, limit) if name == "ef" else value}}
    return {"metric_type": METRIC}
