"""An archive on an engine, as the edges use it (see `index.store.Store`)."""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from index.build import WORKERS, Progress, changed_of, index_settings
from index.encoder import Encoder
from index.errors import QueryError, SnapshotDamaged, SnapshotError
from index.milvus.address import Address, read_address
from index.milvus.change import Change, Share
from index.milvus.engine import Engine, batches, connect, listed
from index.milvus.publishing import Publication
from index.milvus.rows import SHARES
from index.milvus.source import MilvusSource, check_settings, name_of, open_source
from index.milvus.state import State
from index.page import list_corpus


@dataclass(frozen=True)
class MilvusStore:
    """See `index.store.Store`."""

    address: Address

    @classmethod
    def at(cls, text: str) -> "MilvusStore":
        """Return the store at an address.

        Raises:
            SnapshotError: it is none.
        """
        return cls(read_address(text))

    def __str__(self) -> str:
        return str(self.address)

    @property
    def engine(self) -> Engine:
        """The connection.

        Raises:
            EngineDown: nobody answers there.
        """
        return connect(self.address)

    def open(self, encoder: Encoder) -> MilvusSource:
        """Open the generation in use; see that all of its passages are there."""
        state = State(self.engine)
        manifest = state.manifest()
        check_settings(self.engine, manifest, index_settings(encoder))
        return open_source(self.engine, manifest, encoder)

    def current(self) -> str:
        """Return the name of the generation in use."""
        return name_of(State(self.engine).manifest())

    def build(self, corpus: Path, encoder: Encoder, progress: Progress, workers: int | None = None) -> MilvusSource:
        """Bring it up to date with its corpus folder, or make it; a build in shards that is under way is taken over."""
        listing = list_corpus(corpus)
        with self._changing(encoder, make=True) as change:
            return Publication(change).publish([change.share(corpus, listing, 1, 1, progress, _workers(workers))])

    def build_shard(
        self, corpus: Path, encoder: Encoder, number: int, of: int, progress: Progress, workers: int | None = None
    ) -> int:
        """Write one of several shares of the corpus; nothing counts before `finish`. Return how many pages were new.

        Raises:
            SnapshotError: there are no so many shards.
        """
        if not 1 <= number <= of <= SHARES:
            raise SnapshotError(f"shard {number}/{of}: there are 1/N to N/N, N at most {SHARES}.")
        listing = list_corpus(corpus)
        change = Change(self.engine, encoder, make=True)
        change.save_share(number, of, None)
        share = change.share(corpus, listing, number, of, progress, _workers(workers))
        change.save_share(number, of, share)
        return sum(row["sums"]["holds"]["pages"] for row in change.state.read(share.parts).values())

    def finish(self, encoder: Encoder) -> MilvusSource:
        """Publish what all shards have written."""
        with self._changing(encoder, make=True) as change:
            return Publication(change).publish(change.saved_shares())

    def add(self, corpus: Path, encoder: Encoder, document_ids: Sequence[str], progress: Progress) -> MilvusSource:
        """Index some files of the corpus, new or changed, and no other."""
        with self._changing(encoder) as change:
            change.refuse_amid_shards()
            known = {row.document.document_id: row for row in change.library.named(document_ids)}
            changed = changed_of(corpus, [row.document for row in known.values()], set(document_ids))
            parts = change.write(corpus, changed, progress, 1)
            withdrawn = [name for name in change.withdrawn if name not in document_ids]
            gone = [known[name].key for name in changed if name in known]
            return Publication(change).publish([Share(parts, gone, withdrawn, change.left_out)])

    def remove(self, corpus: Path, encoder: Encoder, document_ids: Sequence[str], progress: Progress) -> MilvusSource:
        """Take documents out, and keep them out until they are added again.

        Raises:
            QueryError: one is not in it.
        """
        with self._changing(encoder) as change:
            change.refuse_amid_shards()
            known = {row.document.document_id: row.key for row in change.library.named(document_ids)}
            unknown = [name for name in document_ids if name not in known]
            if unknown:
                raise QueryError(f"There is no document {unknown[0]!r} in the index.", "documents", "document_unknown")
            withdrawn = sorted({*change.withdrawn, *document_ids})
            return Publication(change).publish([Share([], list(known.values()), withdrawn, change.left_out)])

    def compact(self, corpus: Path, encoder: Encoder, progress: Progress) -> MilvusSource:
        """Remove the rows of documents that are gone, and make one layer of the terms' counts."""
        with self._changing(encoder) as change:
            change.refuse_amid_shards()
            return Publication(change).publish([Share([], [], change.withdrawn, change.left_out)], whole=True)

    def faults(self, quick: bool = False) -> list[str]:
        """Return what lacks of the generation in use: its documents and passages are counted, and unless `quick` the
        counts of terms are hashed."""
        state = State(self.engine)
        manifest = state.manifest()
        try:
            for reference in [] if quick else manifest["layers"]:
                state.read_blob(reference)
            gone = state.read_list(manifest["gone"])
        except SnapshotDamaged as error:
            return [str(error)]
        visible, counts = f"generation <= {manifest['generation']}", manifest["counts"]
        stored = {
            "passages": self.engine.count(self.address.name, visible),
            "pages": self.engine.count(f"{self.address.name}_documents", f"piece == 0 and {visible}"),
        }
        for some in batches(gone):
            stored["passages"] -= self.engine.count(self.address.name, listed("document", some))
            where = f"piece == 0 and {listed('key', some)}"
            stored["pages"] -= self.engine.count(f"{self.address.name}_documents", where)
        return [
            f"{self}: {count} {what} where there should be {counts[what]}"
            for what, count in stored.items()
            if count != counts[what]
        ]

    @contextmanager
    def _changing(self, encoder: Encoder, make: bool = False) -> Iterator[Change]:
        """Be the only one that publishes, and see what there is; `make`: what is not there is made."""
        state = State(self.engine.patient)
        if make:
            state.ensure()
        else:
            state.manifest()
        with state.writing():
            yield Change(self.engine, encoder, make)


def _workers(workers: int | None) -> int:
    return workers or min(os.cpu_count() or 1, WORKERS)
