"""Pages → a published snapshot: built, grown, shrunk and made one again. The one place that touches all of the index.

Only what changed is read: documents are compared by their file's SHA-256, those that are new or changed make a segment,
and small segments are merged with it, so that an archive has few (a small one always a single one), none of them too
large for the memory that a merge may take.
"""

import logging
import multiprocessing
import os
import sys
from collections.abc import Callable, Collection, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

import jieba

from index.archive import Archive, Document
from index.encoder import MODEL_FOLDER, Encoder, StaticEncoder
from index.errors import CorpusEmpty, QueryError, SnapshotError
from index.files import Manifest, file_sha256, read_manifest, verify_files
from index.page import CorpusListing, file_size, list_corpus, read_page
from index.passage import MAX_LENGTH, MIN_LENGTH
from index.segment import MANIFEST, merge_segments, open_segment, write_segment
from index.snapshot import (
    KEPT,
    Snapshot,
    building,
    current_name,
    open_generation,
    publish,
    read_generation,
    settle,
    verify_generation,
)
from index.source import Source
from index.tally import Tally, content_name, documents_sum, segment_name
from index.text import use_words, user_words

Progress = Callable[[str, int, int], None]
"""Called with a stage ("read", "merge"), how much of it is done, and how much there is."""

READER_VERSION = 5  # raise when the same page would be read or cut otherwise
CHUNK = 4 << 20  # bytes of files that make one segment at a time
WHOLE = 5_000  # passages up to which an archive is kept as a single segment
GROWTH = 2  # a segment is merged with what is new if it is at most so many times as large
MOST = 2_000_000  # passages of a merged segment: 2 KB of memory each while they are put together
WORKERS = 8  # processes at most, unless told otherwise
ALONE = (
    "a process that reads pages ended before its time, and this one goes on without others. If there was no memory"
    ' left, build with fewer workers; a script that builds an index does so under `if __name__ == "__main__":`.'
)

log = logging.getLogger("wenbao.build")


def index_settings(encoder: Encoder) -> Manifest:
    """Return what changes an index: written in its manifest, compared when it is loaded."""
    return {
        "model": encoder.name,
        "table": file_sha256(MODEL_FOLDER / "model.safetensors")[:16],
        "passage_length": [MIN_LENGTH, MAX_LENGTH],
        "terms": f"jieba {jieba.__version__} + bigrams + codes",
        "user_dict": user_words().sha256[:16],
        "reader": READER_VERSION,
    }


@dataclass(frozen=True)
class _Piece:
    """A segment of the generation to be: its name, the documents removed from it, and what is left."""

    name: str
    removed: frozenset[str]
    holds: Tally

    @property
    def passages(self) -> int:
        """How many passages are left."""
        return self.holds.passages


class _Builder:
    """One change to an index, under its lock."""

    def __init__(self, corpus: Path, index: Path, encoder: Encoder, progress: Progress, workers: int) -> None:
        self.corpus, self.index, self.encoder = corpus, index, encoder
        self.progress, self.workers = progress, workers
        self.settings = index_settings(encoder)
        self.before = self._current()
        self.pieces = [
            _Piece(entry["name"], frozenset(entry["removed"]), Tally.of_row(entry["holds"]))
            for entry in (self.before["segments"] if self.before else [])
        ]

    @property
    def withdrawn(self) -> set[str]:
        """The documents that were removed, and are to stay out."""
        return set(self.before["withdrawn"]) if self.before else set()

    def archive(self) -> Archive:
        return Archive([(self._folder(piece.name) / "archive.sqlite", piece.removed) for piece in self.pieces])

    def change(self, fresh: Sequence[str], gone: Collection[str], compact: bool = False) -> None:
        """Index some files of the corpus, and remove documents; one that is in both is replaced."""
        self._remove({*fresh, *gone})
        made = self._read(fresh)
        merged = self._to_merge(made, compact)
        kept = [piece for piece in self.pieces if piece.passages]  # all of the others' documents are gone
        left = [piece for piece in [*kept, *made] if not any(piece in group for group in merged)]
        self.pieces = [*left, *map(self._merge, merged)]

    def publish(self, listing: CorpusListing | None, withdrawn: Collection[str], kept: int) -> Snapshot:
        """Publish what there is now, or return what is in use if it is the same."""
        segments = [
            {
                "name": piece.name,
                "check": read_manifest(self._folder(piece.name) / MANIFEST)["check"],
                "removed": sorted(piece.removed),
                "holds": piece.holds.row,
            }
            for piece in self.pieces
        ]
        whole = sum((piece.holds for piece in self.pieces), Tally())
        if not whole.passages:
            raise CorpusEmpty(f"{self.corpus}: its files hold no text. Put UTF-8 text files there, or name another.")
        left_out = [list(row) for row in listing.left_out] if listing else self.before and self.before["left_out"] or []
        manifest = {
            "content": content_name(self.settings, whole),
            "settings": self.settings,
            "counts": {"pages": whole.pages, "articles": whole.articles, "passages": whole.passages},
            "segments": segments,
            "withdrawn": sorted(withdrawn),
            "left_out": left_out,
        }
        if self.before and all(self.before[key] == manifest[key] for key in manifest):
            return open_generation(self.index, current_name(self.index), self.before, self.encoder)
        return publish(self.index, manifest, self.encoder, kept)

    def _current(self) -> Manifest | None:
        """Return the manifest of the generation in use, if it can be built upon: whole, and of the same settings."""
        try:
            manifest = read_generation(self.index, current_name(self.index))
            if manifest["settings"] != self.settings:
                return None
            verify_generation(self.index, manifest, trust=True)
        except SnapshotError:
            return None
        return manifest

    def _folder(self, name: str) -> Path:
        return self.index / "segments" / name

    def _remove(self, gone: Collection[str]) -> None:
        archive = self.archive()
        removed = [piece.removed for piece in self.pieces]
        holds = [piece.holds for piece in self.pieces]
        for document_id in gone:
            place, document = archive.file_of(document_id), archive.document(document_id)
            if place is not None and document is not None:
                passages = len(archive.passages_of_documents([document_id]))
                removed[place] |= {document_id}
                holds[place] -= Tally(1, document.articles, passages, documents_sum([(document_id, document.sha256)]))
        archive.close()
        self.pieces = [
            _Piece(piece.name, *left) for piece, left in zip(self.pieces, zip(removed, holds, strict=True), strict=True)
        ]

    def _read(self, document_ids: Sequence[str]) -> list[_Piece]:
        """Make segments of some files of the corpus."""
        made, done = [], 0
        self.progress("read", 0, len(document_ids)) if document_ids else None
        to_do = chunks_of(self.corpus, document_ids)
        for chunk, name, holds in read_chunks(
            self.corpus, to_do, self.index / "segments", self.settings, self.encoder, self.workers
        ):
            made.append(_Piece(name, frozenset(), holds))
            done += len(chunk)
            self.progress("read", done, len(document_ids))
        return sorted(made, key=lambda piece: piece.name)

    def _to_merge(self, made: list[_Piece], compact: bool) -> list[list[_Piece]]:
        """Return the segments to be made one, by what they become; none if each is well as it is."""
        every = [*self.pieces, *made]
        if compact or sum(piece.passages for piece in every) <= WHOLE:
            merged = every
        else:
            merged, size = list(made), sum(piece.passages for piece in made)
            for piece in sorted(self.pieces, key=lambda piece: piece.passages):
                if made and piece.passages <= max(GROWTH * size, WHOLE):
                    merged.append(piece)
                    size += piece.passages
        groups: list[list[_Piece]] = []
        for piece in merged:
            if groups and sum(one.passages for one in [*groups[-1], piece]) <= MOST:
                groups[-1].append(piece)
            else:
                groups.append([piece])
        return [group for group in groups if len(group) > 1 or group[0].removed]

    def _merge(self, pieces: list[_Piece]) -> _Piece:
        archive = Archive([(self._folder(piece.name) / "archive.sqlite", piece.removed) for piece in pieces])
        documents = [(document.document_id, document.sha256) for document in archive.shelved()]
        archive.close()
        name = segment_name(self.settings, documents)
        folder = self._folder(name)
        if (found := _whole(folder)) is None:
            done = 0

            def told() -> None:
                nonlocal done
                done += 1
                self.progress("merge", done, len(documents))

            fresh = folder.with_name(f".{name}")
            parts = [(open_segment(self._folder(piece.name)), piece.removed) for piece in pieces]
            found = merge_segments(parts, fresh, self.settings, told)
            settle(fresh, name)
        return _Piece(name, frozenset(), found)


def build_index(
    corpus: Path,
    index: Path,
    encoder: Encoder,
    progress: Progress = lambda *_: None,
    workers: int | None = None,
    kept: int = KEPT,
) -> Snapshot:
    """Bring an index up to date with its corpus folder, or make it; publish the result and return it opened.

    Only documents that are new or changed are read. Until the end the index that was there stays in use, whatever
    happens. `workers`: processes that read at the same time; None: one a core, up to `WORKERS`. `kept`: generations,
    the new one among them.

    Raises:
        CorpusError: the corpus is missing, empty, or holds a file that cannot be read.
        SnapshotError: the index folder cannot be written, or another build is running.
    """
    if getattr(multiprocessing.current_process(), "_inheriting", False):
        sys.exit(1)  # a worker that runs its starter's script again, for it has no guard: the starter tells of it
    listing = list_corpus(corpus)
    with building(index):
        builder = _Builder(corpus, index, encoder, progress, workers or min(os.cpu_count() or 1, WORKERS))
        archive = builder.archive()
        known = archive.documents()
        archive.close()
        withdrawn = builder.withdrawn & set(listing.document_ids)
        wanted = set(listing.document_ids) - withdrawn
        changed = changed_of(corpus, known, wanted)
        present = [name for name in changed if name in wanted]
        builder.change(present, set(changed) - set(present))
        return builder.publish(listing, withdrawn, kept)


def add_documents(
    corpus: Path,
    index: Path,
    encoder: Encoder,
    document_ids: Sequence[str],
    progress: Progress = lambda *_: None,
    kept: int = KEPT,
) -> Snapshot:
    """Index some files of the corpus, new or changed, and no other; return the index opened.

    Raises:
        CorpusError: one cannot be read.
        SnapshotError: there is no index that can be built upon, or it cannot be written.
    """
    with building(index):
        builder = _grown(corpus, index, encoder, progress)
        archive = builder.archive()
        known = {name: archive.document(name) for name in document_ids}
        archive.close()
        changed = changed_of(corpus, [document for document in known.values() if document], set(document_ids))
        builder.change(changed, ())
        return builder.publish(None, builder.withdrawn - set(document_ids), kept)


def remove_documents(
    corpus: Path,
    index: Path,
    encoder: Encoder,
    document_ids: Sequence[str],
    progress: Progress = lambda *_: None,
    kept: int = KEPT,
) -> Snapshot:
    """Take documents out of an index, and keep them out until they are added again; return the index opened.

    Raises:
        QueryError: one is not in it.
        SnapshotError: there is no index that can be built upon, or it cannot be written.
    """
    with building(index):
        builder = _grown(corpus, index, encoder, progress)
        archive = builder.archive()
        unknown = [name for name in document_ids if archive.file_of(name) is None]
        archive.close()
        if unknown:
            raise QueryError(f"There is no document {unknown[0]!r} in the index.", "documents", "document_unknown")
        builder.change((), set(document_ids))
        return builder.publish(None, builder.withdrawn | set(document_ids), kept)


def compact_index(
    corpus: Path, index: Path, encoder: Encoder, progress: Progress = lambda *_: None, kept: int = KEPT
) -> Snapshot:
    """Make all segments of an index one, without what was removed: as if it were built from nothing; return it opened.

    More than `MOST` passages stay in several.

    Raises:
        SnapshotError: there is no index that can be built upon, or it cannot be written.
    """
    with building(index):
        builder = _grown(corpus, index, encoder, progress)
        builder.change((), (), compact=True)
        return builder.publish(None, builder.withdrawn, kept)


def read_chunks(
    corpus: Path, chunks: Sequence[Sequence[str]], store: Path, settings: Manifest, encoder: Encoder, workers: int
) -> Iterator[tuple[Sequence[str], str, Tally]]:
    """Make segments of files, in other processes where there is much to do; yield each that is done: its documents, its
    name, what it holds."""
    if len(chunks) > 1 and workers > 1 and isinstance(encoder, StaticEncoder):
        context, model = get_context("spawn"), encoder.path
        try:
            with ProcessPoolExecutor(min(workers, len(chunks)), context, use_words, (user_words(),)) as pool:
                jobs = {pool.submit(_read_there, corpus, chunk, store, settings, model): chunk for chunk in chunks}
                for job in as_completed(jobs):
                    name, holds = job.result()
                    chunks = [chunk for chunk in chunks if chunk is not jobs[job]]
                    yield jobs[job], name, holds
        except BrokenProcessPool:
            log.warning(ALONE)
    for chunk in chunks:
        yield chunk, *read_chunk(corpus, chunk, store, settings, encoder)


def read_chunk(
    corpus: Path, document_ids: Sequence[str], store: Path, settings: Manifest, encoder: Encoder
) -> tuple[str, Tally]:
    """Make a segment of some files, unless it is there; return its name and what it holds."""
    pages = [read_page(corpus, document_id) for document_id in document_ids]
    name = segment_name(settings, [(page.document_id, page.sha256) for page in pages])
    if (found := _whole(store / name)) is None:
        found = write_segment(corpus, pages, store / f".{name}", settings, encoder)
        settle(store / f".{name}", name)
    return name, found


def _read_there(
    corpus: Path, document_ids: Sequence[str], store: Path, settings: Manifest, model: Path
) -> tuple[str, Tally]:
    """`read_chunk` in another process, which opens the model for itself."""
    return read_chunk(corpus, document_ids, store, settings, _opened(model))


_models: dict[Path, StaticEncoder] = {}


def _opened(model: Path) -> StaticEncoder:
    if model not in _models:
        _models[model] = StaticEncoder(model)
    return _models[model]


def _whole(folder: Path) -> Tally | None:
    """Return what the segment in a folder holds; None if there is none, or it is damaged."""
    try:
        manifest = read_manifest(folder / MANIFEST)
        verify_files(folder, manifest)
    except SnapshotError:
        return None
    return Tally.of_row(manifest["holds"])


def _grown(corpus: Path, index: Path, encoder: Encoder, progress: Progress) -> _Builder:
    builder = _Builder(corpus, index, encoder, progress, 1)
    if builder.before is None:
        raise SnapshotError(f"{index}: no whole index of these settings to build upon. Run `wenbao build`.")
    return builder


def chunks_of(corpus: Path, document_ids: Sequence[str]) -> list[list[str]]:
    """Return the documents, by id, in runs of about `CHUNK` bytes."""
    chunks: list[list[str]] = []
    size = CHUNK
    for document_id in sorted(document_ids):
        if size >= CHUNK:
            chunks.append([])
            size = 0
        chunks[-1].append(document_id)
        size += file_size(corpus, document_id)
    return chunks


def changed_of(corpus: Path, known: Sequence[Document], present: Collection[str]) -> list[str]:
    """Return the ids of documents that were added, removed or changed, sorted.

    A file with the size and time it had is taken for unchanged; any other is compared by its SHA-256.
    """
    indexed = {document.document_id: document for document in known}
    changed = set(present) ^ set(indexed)
    for document_id in set(present) & set(indexed):
        document, path = indexed[document_id], corpus / document_id
        stat = path.stat()
        same = (stat.st_size, stat.st_mtime_ns) == (document.size, document.mtime_ns)
        if not same and file_sha256(path) != document.sha256:
            changed.add(document_id)
    return sorted(changed)


def changed_documents(corpus: Path, snapshot: Source) -> list[str]:
    """Return the ids of documents that were added, removed or changed since an index was built, sorted."""
    present = set(list_corpus(corpus).document_ids) - set(snapshot.manifest["withdrawn"])
    return changed_of(corpus, snapshot.archive.documents(), present)
