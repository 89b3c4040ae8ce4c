"""From a segment, as the local build makes it, to rows."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from index.archive import Archive, Shelved
from index.errors import PageUnreadable
from index.milvus.engine import Engine, Row, batches, listed
from index.milvus.rows import (
    MOST,
    NOTHING,
    PLACES,
    Counts,
    Record,
    dimensions_of,
    document_key,
    pack,
    pack_counts,
    weights,
)
from index.milvus.statistics import TermCounts
from index.milvus.sums import Sums
from index.segment import Segment, open_segment
from index.tally import Tally, documents_sum

ROWS = 400  # passages written in one call, 2 MB
DOCUMENTS_AT_ONCE = 50


@dataclass(frozen=True)
class Written:
    """What became of a segment. `documents`: (key, document_id, sha256)."""

    documents: list[tuple[int, str, str]]
    sums: Sums
    terms: TermCounts


def write_segment_rows(engine: Engine, folder: Path, generation: int) -> Written:
    """Write all documents of a segment, and then their passages. Writing them again changes nothing.

    Raises:
        PageUnreadable: a document has more passages than a key has places.
    """
    name, segment = engine.address.name, open_segment(folder)
    archive = Archive([(folder / "archive.sqlite", frozenset())])
    shelved = archive.shelved()
    keys = _keys(engine, shelved)
    records = [_record(document, keys[document.document_id]) for document in shelved]
    for some in batches(records, DOCUMENTS_AT_ONCE):
        rows = [row for record, _ in some for row in record.rows(generation)]
        for part in batches(rows, DOCUMENTS_AT_ONCE):
            engine.call("upsert", collection_name=f"{name}_documents", data=list(part))
    archive.close()
    numbers = np.full(segment.size, -1, dtype=np.int64)
    for record, places in records:
        if len(places) > MOST:
            raise PageUnreadable(f"{record.document_id}: more than {MOST} passages. Make several files of it.")
        numbers[places] = (record.key << PLACES) + np.arange(len(places))
    counts = _counts(segment)
    for part in batches(list(_passage_rows(segment, records, numbers, counts, generation)), ROWS):
        engine.call("upsert", collection_name=name, data=list(part))
    documents = [
        (record.key, document.document_id, document.sha256)
        for document, (record, _) in zip(shelved, records, strict=True)
    ]
    articles = sum(len(record.places) for record, _ in records)
    number = documents_sum((document_id, sha256) for _, document_id, sha256 in documents)
    sums = Sums(
        Tally(len(records), articles, segment.size, number),
        int(segment.english.sum()),
        int(np.maximum(segment.postings.lengths, 1).sum()),
    )
    return Written(documents, sums, term_counts(counts))


def term_counts(passages: Sequence[Counts]) -> TermCounts:
    """Return in how many of some passages each term stands."""
    flat = np.concatenate([np.zeros(0, dtype=np.uint32), *(dimensions for dimensions, _ in passages)])
    found, holding = np.unique(flat, return_counts=True)
    return TermCounts(found, holding.astype(np.int64))


def _keys(engine: Engine, documents: Sequence[Shelved]) -> dict[str, int]:
    """Return the key of each document: another one where a document of another name or text has it already."""
    keys: dict[str, int] = {}
    taken: dict[int, tuple[str, str]] = {}
    left, salt = list(documents), 0
    while left:
        wanted = {document_key(document.document_id, document.sha256, salt): document for document in left}
        for some in batches(list(wanted)):
            where = f"{listed('key', some)} and piece == 0"
            for row in engine.fresh_rows(f"{engine.address.name}_documents", where, ("key", "document_id", "sha256")):
                taken[int(row["key"])] = row["document_id"], row["sha256"]
        for key, document in wanted.items():
            identity = document.document_id, document.sha256
            if taken.setdefault(key, identity) == identity:
                keys[document.document_id] = key
        left, salt = [document for document in left if document.document_id not in keys], salt + 1
    return keys


def _record(document: Shelved, key: int) -> tuple[Record, list[int]]:
    """Return a document whole, and the numbers of its passages in the segment."""
    page = document.rows("SELECT * FROM pages WHERE number = ?", document.number)[0][1:]
    articles, passages, numbers = [], [], []
    rows = document.rows("SELECT * FROM articles WHERE page = ? ORDER BY number", document.number)
    for place, (number, article_id, _, *rest) in enumerate(rows):
        articles.append([article_id, *rest])
        for row in document.rows("SELECT * FROM passages WHERE article = ? ORDER BY number", number):
            numbers.append(row[0])
            passages.append([place, *row[2:]])
    return Record(key, page, articles, passages), numbers


def _counts(segment: Segment) -> list[Counts]:
    """Return the terms of each passage, each once, rising, and how often it stands there."""
    postings = segment.postings
    hashes, passages, often = postings.part(0, (1 << 64) - 1)
    dimensions = dimensions_of(np.asarray(hashes))
    order = np.lexsort((dimensions, passages))
    dimensions, passages, often = dimensions[order], np.asarray(passages)[order], np.asarray(often)[order]
    same = np.flatnonzero((np.diff(dimensions) == 0) & (np.diff(passages.astype(np.int64)) == 0))
    kept = np.ones(len(dimensions), dtype=np.bool_)
    kept[same + 1] = False  # two terms of one passage that share 32 bits: as good as never
    dimensions, passages, often = dimensions[kept], passages[kept], often[kept]
    edges = np.searchsorted(passages, np.arange(segment.size + 1))
    return [(dimensions[low:high], often[low:high]) for low, high in zip(edges[:-1], edges[1:], strict=True)]


def _passage_rows(
    segment: Segment,
    records: Sequence[tuple[Record, list[int]]],
    numbers: npt.NDArray[np.int64],
    counts: Sequence[Counts],
    generation: int,
) -> Iterator[Row]:
    vectors = np.concatenate([np.zeros((0, segment.dense.vectors.d), dtype=np.float32), *segment.dense.batches()])
    lengths: npt.NDArray[Any] = segment.postings.lengths
    for record, places in records:
        for place, passage in enumerate(places):
            dimensions, often = counts[passage]
            length = int(lengths[passage])
            low = int(segment.token_ends[passage - 1]) if passage else 0
            words = dict(zip(dimensions.tolist(), weights(often, length).tolist(), strict=True))
            yield {
                "number": int(numbers[passage]),
                "document": record.key,
                "generation": generation,
                "article": record.article_of(place),
                "english": bool(segment.english[passage]),
                "length": length,
                "tokens": pack(segment.tokens[low : int(segment.token_ends[passage])].astype("<u2")),
                "terms": pack_counts(dimensions, often),
                "vector": vectors[passage],
                "words": words or {NOTHING: 1.0},
            }
