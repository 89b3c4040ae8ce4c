"""Pages → a published snapshot: the one place that touches every part of the index."""

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jieba
import numpy as np

from index.archive import ArchiveWriter
from index.article import UNSURE, read_articles
from index.dense import DenseIndex
from index.encoder import MODEL_FOLDER, Encoder
from index.errors import CorpusEmpty
from index.lexical import LexicalIndex
from index.page import CorpusListing, list_corpus, read_page
from index.passage import MAX_LENGTH, MIN_LENGTH, indexed_text, split_passages
from index.snapshot import Snapshot, building, file_sha256, publish, static_encoder
from index.text import fold, terms, words

Progress = Callable[[str, int, int], None]
"""Called with a stage ("read", "encode", "index"), how much of it is done, and how much there is."""

READER_VERSION = 1  # raise when the same page would be read or cut otherwise
BATCH = 1024  # passages encoded at a time


def index_settings(encoder: Encoder) -> dict[str, Any]:
    """Return what changes an index: written in its manifest, compared when it is loaded."""
    return {
        "model": encoder.name,
        "table": file_sha256(MODEL_FOLDER / "model.safetensors")[:16],
        "passage_length": [MIN_LENGTH, MAX_LENGTH],
        "terms": f"jieba {jieba.__version__} + bigrams",
        "reader": READER_VERSION,
    }


def build_index(corpus: Path, index: Path, encoder: Encoder, progress: Progress = lambda *_: None) -> Snapshot:
    """Read a corpus folder, index it, and publish the result in an index folder; return it opened.

    Until the end the index that was there stays in use, whatever happens.

    Raises:
        CorpusError: the corpus is missing, empty, or holds a file that cannot be read.
        SnapshotError: the index folder cannot be written, or another build is running.
    """
    listing = list_corpus(corpus)
    with building(index) as fresh:
        texts, documents = _write_archive(corpus, listing, fresh / "archive.sqlite", progress)
        if not texts:
            raise CorpusEmpty(f"{corpus}: its files hold no text. Put UTF-8 text files there, or name another folder.")
        _write_legs(texts, fresh, encoder, progress)
        settings = index_settings(encoder)
        identity = [settings, [[d["document_id"], d["sha256"]] for d in documents]]
        manifest = {
            "content": hashlib.sha256(json.dumps(identity, ensure_ascii=False).encode()).hexdigest()[:12],
            "settings": settings,
            "counts": {
                "pages": len(documents),
                "articles": sum(d["articles"] for d in documents),
                "passages": len(texts),
            },
            "documents": documents,
            "left_out": listing.left_out,
        }
        return publish(index, fresh, manifest, encoder)


def _write_archive(
    corpus: Path, listing: CorpusListing, path: Path, progress: Progress
) -> tuple[list[str], list[dict[str, Any]]]:
    """Write all texts; return what the legs index of every passage, and a row for every document."""
    texts, documents = [], []
    with ArchiveWriter(path) as archive:
        for done, document_id in enumerate(listing.document_ids):
            progress("read", done, len(listing.document_ids))
            page = read_page(corpus, document_id)
            reading = read_articles(page)
            number = archive.add_page(page, reading)
            for article in reading.articles:
                article_number = archive.add_article(number, article)
                for passage in split_passages(article):
                    archive.add_passage(article_number, passage, word_bytes(article.text[passage.start : passage.end]))
                    texts.append(indexed_text("" if article.title_made else article.title, passage, article.text))
            stat = (corpus / document_id).stat()
            documents.append(
                {
                    "document_id": document_id,
                    "sha256": page.sha256,
                    "size": stat.st_size,
                    "mtime_ns": stat.st_mtime_ns,
                    "articles": len(reading.articles),
                    "unassigned": sum(len(part.text) for part in reading.left if part.kind == "unassigned"),
                    "unsure_seams": sum(s.score < UNSURE for article in reading.articles for s in article.seams),
                }
            )
    progress("read", len(listing.document_ids), len(listing.document_ids))
    return texts, documents


def _write_legs(texts: list[str], fresh: Path, encoder: Encoder, progress: Progress) -> None:
    static = static_encoder(encoder)
    vectors = np.zeros((len(texts), encoder.dim), dtype=np.float32)
    tokens, ends = [], []
    for start in range(0, len(texts), BATCH):
        progress("encode", start, len(texts))
        batch = texts[start : start + BATCH]
        ids = static.token_ids(batch)
        vectors[start : start + BATCH] = static.encode_ids(ids) if static is encoder else encoder.encode(batch)
        tokens += [np.array(row, dtype=np.uint16) for row in ids]
        ends += [len(row) for row in ids]
    progress("encode", len(texts), len(texts))
    np.save(fresh / "tokens.npy", np.concatenate(tokens), allow_pickle=False)
    np.save(fresh / "token_ends.npy", np.cumsum(ends, dtype=np.int64), allow_pickle=False)
    DenseIndex.build(vectors).save(fresh / "dense.faiss")
    rows = []
    for done, text in enumerate(texts):
        if done % BATCH == 0:
            progress("index", done, len(texts))
        rows.append(terms(fold(text)))
    LexicalIndex.build(rows).save(fresh / "lexical")
    progress("index", len(texts), len(texts))


def word_bytes(text: str) -> bytes:
    """Return where the words of a text stand in its key: pairs of uint16 [start, end), in order."""
    pairs = [(word.start, word.end) for word in words(fold(text))]
    return np.array(pairs, dtype=np.uint16).tobytes()


def changed_documents(corpus: Path, manifest: dict[str, Any]) -> list[str]:
    """Return the ids of documents that were added, removed or changed since an index was built, sorted.

    A file with the size and time it had is taken for unchanged; any other is compared by its SHA-256.
    """
    known = {document["document_id"]: document for document in manifest["documents"]}
    present = set(list_corpus(corpus).document_ids)
    changed = present ^ set(known)
    for document_id in present & set(known):
        entry, path = known[document_id], corpus / document_id
        stat = path.stat()
        same = (stat.st_size, stat.st_mtime_ns) == (entry["size"], entry["mtime_ns"])
        if not same and file_sha256(path) != entry["sha256"]:
            changed.add(document_id)
    return sorted(changed)
