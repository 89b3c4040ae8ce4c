"""`python -m eval engine-vectors milvus://HOST/NAME`: what an index over the vectors finds, and in what time.

The vectors of the seeds' passages, or of news (`--articles`), go into a collection for each kind of index, and the
questions are asked there. Printed, for each kind and each effort of a search: the share of the 40 nearest passages that
are found, and milliseconds of a search, the way to the engine included.
"""

import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from eval.engine import laid_out, options
from eval.tables import text_table
from index.build import build_index
from index.dense import Vectors
from index.encoder import load_encoder
from rag.retrieve import DEPTH

if TYPE_CHECKING:
    from index.milvus.engine import Engine

ROWS = 2000  # written at a time
EFFORTS = {"FLAT": (0,), "IVF_FLAT": (16, 64, 128, 256), "HNSW": (64, 128, 256, 512, 1024)}


def fill(engine: "Engine", name: str, kind: str, vectors: Vectors) -> None:
    """Make a collection of vectors with an index of a kind."""
    from index.milvus.engine import LONG, batches, vector_of
    from index.milvus.vectors import made

    engine.ensure(name, {"number": LONG, "vector": vector_of(vectors.shape[1])}, {"vector": made(kind)})
    for some in batches(range(len(vectors)), ROWS):
        rows = [{"number": number, "vector": vectors[number]} for number in some]
        engine.call("upsert", collection_name=name, data=rows)
    engine.call("flush", collection_name=name)


def search(engine: "Engine", name: str, kind: str, effort: int, asked: Vectors) -> Iterator[tuple[set[int], float]]:
    """Yield what is found for each question, and in how many milliseconds."""
    from index.milvus.vectors import search_params

    how = search_params(kind, effort, DEPTH)
    for vector in asked:
        began = time.perf_counter()
        hits = engine.call(
            "search", collection_name=name, data=[vector], anns_field="vector", limit=DEPTH, search_params=how
        )[0]
        yield {int(hit["number"]) for hit in hits}, (time.perf_counter() - began) * 1000


def main(argv: Sequence[str]) -> int:
    """Fill the collections, ask them, print the table, and remove them."""
    from index.milvus.address import read_address
    from index.milvus.engine import connect

    arguments = options("engine-vectors", __doc__).parse_args(argv)
    address, encoder = read_address(arguments.index), load_encoder()
    engine = connect(address).patient
    with tempfile.TemporaryDirectory() as folder:
        corpus, cases = laid_out(arguments, Path(folder))
        questions = [case.question for case in cases]
        dense = build_index(corpus, Path(folder) / "index", encoder).dense
        vectors = np.concatenate([batch for file in dense.files for batch in file.batches()])
    asked, rows = encoder.encode(questions), []
    nearest = [set(np.argpartition(-(vectors @ vector), DEPTH)[:DEPTH].tolist()) for vector in asked]
    for kind, efforts in EFFORTS.items():
        name = f"{address.name}_{kind.lower()}"
        fill(engine, name, kind, vectors)
        list(search(engine, name, kind, efforts[0], asked))  # an engine may make the index when it is first asked
        for effort in efforts:
            found = list(search(engine, name, kind, effort, asked))
            share = np.mean([len(one & best) / DEPTH for (one, _), best in zip(found, nearest, strict=True)])
            rows.append([kind, str(effort or "-"), f"{share:.3f}", f"{np.median([ms for _, ms in found]):.1f}"])
        engine.call("drop_collection", collection_name=name)
    heads = [f"{len(vectors)} vectors, {len(asked)} questions", "effort", f"of the {DEPTH} nearest", "ms"]
    sys.stdout.write(text_table(heads, rows) + "\n")
    return 0
