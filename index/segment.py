"""A segment: some documents, indexed. Immutable once written; an index is one or more of them.

SEGMENT/segment.json   its settings, what it holds (`Tally`), and every file's size and SHA-256
        archive.sqlite the texts                        `index.archive`
        dense.faiss    vectors of passages              `index.dense`
        codes.faiss    of a large one, codes of these
        lexical/       an inverted file of their terms  `index.postings`
        tokens.npy     (tokens,)    uint16  the embedded model's token ids of all passages, one behind the other
        token_ends.npy (passages,)  int64   where each passage ends in it
        articles.npy   (passages,)  uint32  the number of the article that each passage is of
        english.npy    (passages,)  bool    whether most of its words are Latin
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from index.archive import Archive, ArchiveWriter
from index.article import read_articles
from index.dense import DenseFile, dense_file, read_dense, write_dense
from index.encoder import MODEL_FOLDER, Encoder, StaticEncoder
from index.files import Manifest, read_manifest, write_manifest
from index.page import Page
from index.passage import indexed_text, split_passages
from index.postings import Postings, map_array, merge_postings
from index.tally import Tally, documents_sum
from index.text import Word, fold, terms, terms_of, words

MANIFEST = "segment.json"
BATCH = 1024  # passages encoded at a time
ARRAYS = ("tokens", "token_ends", "articles", "english")

Ints = npt.NDArray[np.int64]
Told = Callable[[], None]
"""Called after each document."""


@dataclass(frozen=True)
class Segment:
    """An opened segment, without its texts. Arrays as in the files, see above."""

    folder: Path
    postings: Postings
    dense: DenseFile
    tokens: npt.NDArray[np.uint16]
    token_ends: Ints
    articles: npt.NDArray[np.uint32]
    english: npt.NDArray[np.bool_]

    @property
    def size(self) -> int:
        """How many passages it has."""
        return len(self.token_ends)


def open_segment(folder: Path) -> Segment:
    """Open a segment whose files were checked."""
    arrays = [map_array(folder / f"{name}.npy") for name in ARRAYS]
    dense = read_dense(folder, read_manifest(folder / MANIFEST)["files"])
    return Segment(folder, Postings.load(folder / "lexical"), dense, *arrays)


def write_segment(corpus: Path, pages: Sequence[Page], folder: Path, settings: Manifest, encoder: Encoder) -> Tally:
    """Read pages, by id, and write them as a segment into a folder that is made for it; return what it holds."""
    folder.mkdir()
    texts, rows, articles = [], [], []
    with ArchiveWriter(folder / "archive.sqlite") as archive:
        for page in pages:
            reading = read_articles(page)
            stat = (corpus / page.document_id).stat()
            number = archive.add_page(page, reading, stat.st_size, stat.st_mtime_ns)
            for article in reading.articles:
                place = archive.add_article(number, article)
                title = "" if article.title_made else article.title
                head = terms(fold(title))
                for passage in split_passages(article):
                    key = fold(article.text[passage.start : passage.end])
                    cut = words(key)
                    archive.add_passage(place, passage, word_bytes(cut))
                    texts.append(indexed_text(title, passage, article.text))
                    rows.append([*head, *terms(fold(passage.heading)), *terms_of(cut, key)])
                    articles.append(place)
    static = static_encoder(encoder)
    vectors = np.zeros((len(texts), encoder.dim), dtype=np.float32)
    tokens = []
    for start in range(0, len(texts), BATCH):
        batch = texts[start : start + BATCH]
        ids = static.token_ids(batch)
        vectors[start : start + BATCH] = static.encode_ids(ids) if static is encoder else encoder.encode(batch)
        tokens += [np.array(row, dtype=np.uint16) for row in ids]
    write_dense(dense_file(vectors), folder)
    Postings.build(rows).save(folder / "lexical")
    flat = np.concatenate(tokens or [np.zeros(0, dtype=np.uint16)])
    ends = np.cumsum([len(row) for row in tokens], dtype=np.int64)
    _save(folder, flat, ends, np.array(articles, dtype=np.uint32), _english(static, flat, ends))
    return _seal(folder, settings, archive, [(page.document_id, page.sha256) for page in pages])


def merge_segments(
    parts: Sequence[tuple[Segment, frozenset[str]]], folder: Path, settings: Manifest, told: Told
) -> Tally:
    """Write several segments as one, in the order of their documents, into a folder that is made for it; return what it
    holds.

    Each part comes with the ids of the documents that are left out of it. The result answers as what `write_segment`
    makes of the same pages.
    """
    folder.mkdir()
    texts = Archive([(part.folder / "archive.sqlite", removed) for part, removed in parts])
    rows: list[tuple[int, int, int]] = []  # of passages: which part, number there, article here
    with ArchiveWriter(folder / "archive.sqlite") as archive:
        documents = texts.shelved()
        for document in documents:
            rows += [(document.file, number, article) for number, article in archive.copy(document)]
            told()
    texts.close()
    owners, numbers, articles = np.array(rows, dtype=np.int64).reshape(-1, 3).T
    places = []
    for place, (part, _) in enumerate(parts):
        moved = np.full(part.size, -1, dtype=np.int64)
        own = np.flatnonzero(owners == place)
        moved[numbers[own]] = own
        places.append(moved)
    segments = [part for part, _ in parts]
    merge_postings([part.postings for part in segments], places, folder / "lexical")
    write_dense(dense_file(_vectors(segments, places, len(rows))), folder)
    lengths = _gather([np.diff(part.token_ends, prepend=0) for part in segments], places, np.int64)
    ends = np.cumsum(lengths, dtype=np.int64)
    tokens = np.zeros(int(lengths.sum()), dtype=np.uint16)
    for part, moved in zip(segments, places, strict=True):
        _copy_tokens(part, moved, tokens, ends - lengths)
    english = _gather([part.english for part in segments], places, np.bool_)
    _save(folder, tokens, ends, articles.astype(np.uint32), english)
    return _seal(folder, settings, archive, [(document.document_id, document.sha256) for document in documents])


def _vectors(parts: Sequence[Segment], places: Sequence[Ints], count: int) -> npt.NDArray[np.float16]:
    rows = np.zeros((count, parts[0].dense.vectors.d), dtype=np.float16)
    for part, moved in zip(parts, places, strict=True):
        start = 0
        for batch in part.dense.batches():
            targets = moved[start : start + len(batch)]
            rows[targets[targets >= 0]] = batch[targets >= 0]
            start += len(batch)
    return rows


def _gather(columns: Sequence[npt.NDArray[Any]], places: Sequence[Ints], dtype: Any) -> npt.NDArray[Any]:
    """Return a value of every passage of some segments in the order of the one made of them."""
    gathered = np.zeros(sum(int((moved >= 0).sum()) for moved in places), dtype=dtype)
    for column, moved in zip(columns, places, strict=True):
        gathered[moved[moved >= 0]] = column[moved >= 0]
    return gathered


def _copy_tokens(part: Segment, moved: Ints, tokens: npt.NDArray[np.uint16], starts: Ints) -> None:
    """Copy the tokens of a part's passages to where they begin, those that stay together at once."""
    kept = np.flatnonzero(moved >= 0)
    breaks = np.flatnonzero((np.diff(kept) != 1) | (np.diff(moved[kept]) != 1)) + 1
    for run in np.split(kept, breaks) if len(kept) else []:
        low = int(part.token_ends[run[0] - 1]) if run[0] else 0
        high = int(part.token_ends[run[-1]])
        start = int(starts[moved[run[0]]])
        tokens[start : start + high - low] = part.tokens[low:high]


def _save(folder: Path, *arrays: npt.NDArray[Any]) -> None:
    for name, array in zip(ARRAYS, arrays, strict=True):
        np.save(folder / f"{name}.npy", array, allow_pickle=False)


def _seal(folder: Path, settings: Manifest, archive: ArchiveWriter, documents: Sequence[tuple[str, str]]) -> Tally:
    tally = Tally(archive.pages, archive.articles, archive.passages, documents_sum(documents))
    write_manifest(folder / MANIFEST, {"settings": settings, "holds": tally.row})
    return tally


def _english(static: StaticEncoder, tokens: npt.NDArray[np.uint16], ends: Ints) -> npt.NDArray[np.bool_]:
    latin, word = _kinds(static)

    def count(kind: npt.NDArray[np.bool_]) -> Ints:
        sums = np.concatenate([[0], np.cumsum(kind[tokens])])
        counts: Ints = np.diff(sums[ends], prepend=0)
        return counts

    return count(latin) * 2 > count(word)


@lru_cache(maxsize=2)
def _kinds(static: StaticEncoder) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_]]:
    """Return which tokens are Latin, and which are words at all, (tokens,) each."""
    pieces = [static.tokenizer.id_to_token(token) or "" for token in range(static.tokenizer.get_vocab_size())]
    latin = np.array([piece.isascii() and piece.isalpha() for piece in pieces])
    return latin, np.array([piece.isalpha() for piece in pieces])


def word_bytes(cut: Sequence[Word]) -> bytes:
    """Return where words stand in a key: pairs of uint16 [start, end), in order."""
    return np.array([(word.start, word.end) for word in cut], dtype=np.uint16).tobytes()


@lru_cache(maxsize=1)
def _embedded() -> StaticEncoder:
    return StaticEncoder(MODEL_FOLDER)


def static_encoder(encoder: Encoder) -> StaticEncoder:
    """Return the encoder itself if it is a static one, else the embedded model."""
    return encoder if isinstance(encoder, StaticEncoder) else _embedded()
