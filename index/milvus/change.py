"""One change to an archive on an engine: documents written beside those in use, then published by one row.

Nothing that is written counts before the manifest says so. A build that was stopped goes on behind the last part that
it had written; what it had written of files that have changed since is removed before the next generation is published.
"""

import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from index.build import Progress, changed_of, chunks_of, index_settings, read_chunks
from index.encoder import Encoder
from index.errors import SnapshotBusy, SnapshotError, SnapshotMissing
from index.files import Manifest
from index.milvus.engine import BY_VALUE, UNSEARCHED, UNUSED, Engine
from index.milvus.library import MilvusLibrary
from index.milvus.rows import DOCUMENTS, LOOKED_UP, SHARES, passages, share_of
from index.milvus.source import check_settings
from index.milvus.state import PART, SHARD, State
from index.milvus.vectors import WORDS, made
from index.milvus.writing import write_segment_rows
from index.page import CorpusListing, read_page
from index.tally import segment_name


@dataclass(frozen=True)
class Share:
    """What one machine did of a change: parts that it wrote, keys of documents that are gone, and of its files those
    that stay withdrawn or were left out."""

    parts: list[str]
    gone: list[int]
    withdrawn: list[str]
    left_out: list[tuple[str, str]]


class Change:
    """See above. `make`: whether the collections are made where they are not there."""

    def __init__(self, engine: Engine, encoder: Encoder, make: bool) -> None:
        self.asked, engine = engine, engine.patient
        self.engine, self.encoder, self.state = engine, encoder, State(engine)
        self.name = engine.address.name
        self.settings = index_settings(encoder)
        if make:
            self.state.ensure()
            found = dict.fromkeys(LOOKED_UP, BY_VALUE)
            engine.ensure(f"{self.name}_documents", DOCUMENTS, {UNUSED: UNSEARCHED, **found})
            legs = {"vector": made(engine.address.vectors), "words": WORDS}
            found = dict.fromkeys(("document", "generation"), BY_VALUE)
            engine.ensure(self.name, passages(encoder.dim), {**legs, **found})
        try:
            self.before: Manifest | None = self.state.manifest()
        except SnapshotMissing:
            if not make:
                raise
            self.before = None
        if self.before:
            check_settings(engine, self.before, self.settings)
        self.gone = frozenset(self.state.read_list(self.before["gone"])) if self.before else frozenset[int]()
        self.generation = self.before["generation"] + 1 if self.before else 1
        self.library = MilvusLibrary(engine, self.generation - 1, self.gone)

    @property
    def withdrawn(self) -> list[str]:
        """The documents that were removed, and are to stay out."""
        return self.state.read_list(self.before["withdrawn"]) if self.before else []

    @property
    def left_out(self) -> list[tuple[str, str]]:
        """The files that are no pages."""
        return [(name, why) for name, why in self.state.read_list(self.before["left_out"])] if self.before else []

    def share(
        self, corpus: Path, listing: CorpusListing, number: int, of: int, progress: Progress, workers: int
    ) -> Share:
        """Write what is new or changed of one of several equal shares of a corpus, by documents' hashes."""
        mine = _share(number, of)
        known = {row.document.document_id: row for row in self.library.dealt(mine)}
        names = [name for name in listing.document_ids if share_of(name) in mine]
        withdrawn = sorted(set(self.withdrawn) & set(names))
        wanted = set(names) - set(withdrawn)
        changed = changed_of(corpus, [row.document for row in known.values()], wanted)
        parts = self.write(corpus, [name for name in changed if name in wanted], progress, workers)
        left_out = [(name, why) for name, why in listing.left_out if share_of(name) in mine]
        return Share(parts, [known[name].key for name in changed if name in known], withdrawn, left_out)

    def write(self, corpus: Path, document_ids: Sequence[str], progress: Progress, workers: int) -> list[str]:
        """Write files as parts, those that an earlier build had written aside; return the parts' names."""
        chunks = {PART + self._named(corpus, chunk): chunk for chunk in chunks_of(corpus, document_ids)}
        there = {name for name, row in self.state.read(list(chunks)).items() if row["generation"] == self.generation}
        done = sum(len(chunks[name]) for name in there)
        progress("read", done, len(document_ids)) if document_ids else None
        to_do = [chunk for name, chunk in chunks.items() if name not in there]
        with tempfile.TemporaryDirectory(prefix="wenbao-") as folder:
            for chunk, name, _ in read_chunks(corpus, to_do, Path(folder), self.settings, self.encoder, workers):
                self._see_that_nobody_published()
                written = write_segment_rows(self.engine, Path(folder) / name, self.generation)
                shutil.rmtree(Path(folder) / name)
                row = {
                    "generation": self.generation,
                    "documents": self.state.write_list(written.documents),
                    "terms": self.state.write_blob(written.terms.save()),
                    "sums": written.sums.row,
                }
                self.state.write({PART + name: row})
                there.add(PART + name)
                done += len(chunk)
                progress("read", done, len(document_ids))
        return sorted(there)

    def refuse_amid_shards(self) -> None:
        """See that no build in shards is under way: what it has written would be published half.

        Raises:
            SnapshotBusy: there is one.
        """
        rows = [row for row in self.state.shards().values() if row["generation"] == self.generation]
        if rows:
            done = sum(row["done"] for row in rows)
            raise SnapshotBusy(
                f"{self.engine.address}: a build in {rows[0]['of']} shards is under way, {done} of them done. Finish it"
                " with `wenbao build --finish`, or do all that it lacks with `wenbao build`."
            )

    def save_share(self, number: int, of: int, share: Share | None) -> None:
        """Write that a shard is under way, or what it did."""
        done = self.state.write_list([asdict(share)]) if share else None
        row = {"generation": self.generation, "number": number, "of": of, "done": share is not None, "share": done}
        self.state.write({f"{SHARD}{number}": row})

    def saved_shares(self) -> list[Share]:
        """Return what all shards did.

        Raises:
            SnapshotError: there is none, or one is not done.
        """
        rows = [row for row in self.state.shards().values() if row["generation"] == self.generation]
        if not rows:
            raise SnapshotError(f"{self.engine.address}: no build in shards is under way. Run `wenbao build`.")
        of = rows[0]["of"]
        done = {row["number"]: row["share"] for row in rows if row["done"] and row["of"] == of}
        missing = [f"{number}/{of}" for number in range(1, of + 1) if number not in done]
        if missing:
            raise SnapshotBusy(f"{self.engine.address}: shards {', '.join(missing[:20])} are not done. Run them first.")
        return [Share(**self.state.read_list(reference)[0]) for reference in done.values()]

    def _named(self, corpus: Path, chunk: Sequence[str]) -> str:
        return segment_name(self.settings, [(name, read_page(corpus, name).sha256) for name in chunk])

    def _see_that_nobody_published(self) -> None:
        now = self.state.manifest()["generation"] if self.before else self._first()
        if now != self.generation - 1:
            raise SnapshotBusy(f"{self.engine.address}: another generation was published meanwhile. Run it again.")

    def _first(self) -> int:
        try:
            return int(self.state.manifest()["generation"])
        except SnapshotMissing:
            return 0


def _share(number: int, of: int) -> range:
    """Return which of the shares of `rows.share_of` a shard has."""
    return range(SHARES * (number - 1) // of, SHARES * number // of)
