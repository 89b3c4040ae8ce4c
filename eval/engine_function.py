"""`python -m eval engine-function milvus://HOST/NAME`: would the engine's own BM25 rank as ours does?

The passages of the seeds, or of news (`--articles`), go into a collection NAME with a BM25 function over their terms as
we cut them. Printed: how much of the best ten of our lexical leg is among the best ten of the function, and of our
weights as sparse vectors at the fixed length, in both cases as the engine alone ranks them.
"""

import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from eval.engine import laid_out, options
from index.build import build_index
from index.encoder import load_encoder
from index.lexical import K1, B
from index.snapshot import Snapshot
from index.text import fold, terms

DEPTH = 10
ROWS = 400  # written at a time


def passage_terms(snapshot: Snapshot, number: int) -> list[str]:
    """Return the terms of a passage as they are indexed."""
    passage, article_number, _ = snapshot.archive.passage(number)
    article = snapshot.archive.article(article_number)
    head = "" if article.title_made else article.title
    pieces = (head, passage.heading, article.text[passage.start : passage.end])
    return [term for piece in pieces for term in terms(fold(piece))]


def main(argv: Sequence[str]) -> int:
    """Fill the collection, ask it, and print the shares."""
    from pymilvus import DataType, Function, FunctionType, MilvusClient  # an extra

    from index.milvus.address import read_address
    from index.milvus.engine import batches, connect
    from index.milvus.rows import weights
    from index.milvus.statistics import dimension

    arguments = options("engine-function", __doc__).parse_args(argv)
    engine, name = connect(read_address(arguments.index)).patient, read_address(arguments.index).name
    schema = MilvusClient.create_schema(auto_id=False)
    schema.add_field("number", DataType.INT64, is_primary=True)
    schema.add_field("text", DataType.VARCHAR, max_length=65_535, enable_analyzer=True)
    schema.add_field("function", DataType.SPARSE_FLOAT_VECTOR)
    schema.add_field("ours", DataType.SPARSE_FLOAT_VECTOR)
    schema.add_function(Function("bm25", FunctionType.BM25, ["text"], ["function"]))
    found = MilvusClient.prepare_index_params()
    how = {"bm25_k1": K1, "bm25_b": B}
    found.add_index("function", index_type="SPARSE_INVERTED_INDEX", metric_type="BM25", params=how)
    found.add_index("ours", index_type="SPARSE_INVERTED_INDEX", metric_type="IP")
    engine.call("create_collection", collection_name=name, schema=schema, index_params=found)
    with tempfile.TemporaryDirectory() as folder:
        corpus, cases = laid_out(arguments, Path(folder))
        asked = [case.question for case in cases]
        snapshot = build_index(corpus, Path(folder) / "index", load_encoder())
        for some in batches(range(snapshot.lexical.size), ROWS):
            rows = []
            for number in some:
                cut = passage_terms(snapshot, number)
                counts = {dimension(term): cut.count(term) for term in set(cut)} or {0: 1}
                often = weights(np.array(list(counts.values())), len(cut))
                text = " ".join(f"t{dimension(term):x}" for term in cut) or "t0"
                ours = dict(zip(counts, often.tolist(), strict=True))
                rows.append({"number": number, "text": text, "ours": ours})
            engine.call("upsert", collection_name=name, data=rows)
        engine.call("flush", collection_name=name)
        shares: dict[str, list[float]] = {"function": [], "ours": []}
        for question in asked:
            words = terms(fold(question))
            best = {number for number, _ in snapshot.lexical.search(words, DEPTH)}
            if not best:
                continue
            worth: dict[int, float] = {}
            for word in words:
                if snapshot.lexical.knows(word):
                    worth[dimension(word)] = worth.get(dimension(word), 0.0) + snapshot.lexical.idf(word)
            said = {"function": " ".join(f"t{dimension(word):x}" for word in words), "ours": worth}
            for field, data in said.items():
                hits = engine.call("search", collection_name=name, data=[data], anns_field=field, limit=DEPTH)[0]
                shares[field].append(len(best & {int(hit["number"]) for hit in hits}) / len(best))
    for field, found_shares in shares.items():
        mean, whole = np.mean(found_shares), np.mean([share == 1 for share in found_shares])
        sys.stdout.write(
            f"{field}: {mean:.3f} of our best {DEPTH}, all of them for {whole:.3f} of {len(found_shares)} questions\n"
        )
    return 0
