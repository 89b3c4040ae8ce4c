"""Where an index lies and what can be done with it: a folder here, an engine in `index.milvus.store`."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from index import build
from index.build import Progress
from index.encoder import Encoder
from index.errors import SnapshotError
from index.snapshot import KEPT, current_name, load_snapshot, read_generation, verify_generation
from index.source import Source


class Store(Protocol):
    """An index, by its place. As text: how it is named to people. What changes it returns it opened.

    All raise a SnapshotError where it cannot be read, or not be changed; what reads pages raises a CorpusError too.
    """

    def open(self, encoder: Encoder) -> Source:
        """Open the generation in use, checked.

        Raises:
            SnapshotMissing: there is no index.
            SnapshotMismatch: it was built with other settings.
        """

    def current(self) -> str:
        """Return the name of the generation in use."""

    def build(self, corpus: Path, encoder: Encoder, progress: Progress, workers: int | None = None) -> Source:
        """Bring it up to date with its corpus folder, or make it."""

    def build_shard(
        self, corpus: Path, encoder: Encoder, number: int, of: int, progress: Progress, workers: int | None = None
    ) -> int:
        """Write one of several equal shares of the corpus, and return how many pages were new. Nothing of it counts
        before `finish`."""

    def finish(self, encoder: Encoder) -> Source:
        """Publish what all shards have written."""

    def add(self, corpus: Path, encoder: Encoder, document_ids: Sequence[str], progress: Progress) -> Source:
        """Index some files of the corpus, new or changed, and no other."""

    def remove(self, corpus: Path, encoder: Encoder, document_ids: Sequence[str], progress: Progress) -> Source:
        """Take documents out, and keep them out until they are added again."""

    def compact(self, corpus: Path, encoder: Encoder, progress: Progress) -> Source:
        """Let go of what was removed and make small parts one, without reading a page."""

    def faults(self, quick: bool = False) -> list[str]:
        """Return what is not as it was written: nothing, or the first of it.

        `quick`: what was found whole before, and shows no sign of a change, is not read again.
        """


@dataclass(frozen=True)
class LocalStore:
    """An index in a folder. See `Store`. `kept`: how many generations, the one in use among them."""

    folder: Path
    kept: int = KEPT

    def __str__(self) -> str:
        return str(self.folder)

    def open(self, encoder: Encoder) -> Source:
        """Open the generation in use."""
        return load_snapshot(self.folder, encoder, build.index_settings(encoder))

    def current(self) -> str:
        """Return the name of the generation in use."""
        return current_name(self.folder)

    def build(self, corpus: Path, encoder: Encoder, progress: Progress, workers: int | None = None) -> Source:
        """See `index.build.build_index`."""
        return build.build_index(corpus, self.folder, encoder, progress, workers, self.kept)

    def build_shard(
        self, corpus: Path, encoder: Encoder, number: int, of: int, progress: Progress, workers: int | None = None
    ) -> int:
        """Refuse: one machine builds a folder.

        Raises:
            SnapshotError: always.
        """
        raise SnapshotError(f"{self.folder}: shards are for an index on an engine. Here --workers shares the work.")

    def finish(self, encoder: Encoder) -> Source:
        """Refuse: a folder has no shards.

        Raises:
            SnapshotError: always.
        """
        raise SnapshotError(f"{self.folder}: shards are for an index on an engine. Run `wenbao build`.")

    def add(self, corpus: Path, encoder: Encoder, document_ids: Sequence[str], progress: Progress) -> Source:
        """See `index.build.add_documents`."""
        return build.add_documents(corpus, self.folder, encoder, document_ids, progress, self.kept)

    def remove(self, corpus: Path, encoder: Encoder, document_ids: Sequence[str], progress: Progress) -> Source:
        """See `index.build.remove_documents`."""
        return build.remove_documents(corpus, self.folder, encoder, document_ids, progress, self.kept)

    def compact(self, corpus: Path, encoder: Encoder, progress: Progress) -> Source:
        """See `index.build.compact_index`."""
        return build.compact_index(corpus, self.folder, encoder, progress, self.kept)

    def faults(self, quick: bool = False) -> list[str]:
        """Return the first file that is not as it was written (see `index.snapshot.verify_generation`)."""
        name = current_name(self.folder)
        try:
            verify_generation(self.folder, read_generation(self.folder, name), trust=quick)
        except SnapshotError as error:
            return [str(error)]
        return []
