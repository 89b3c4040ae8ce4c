"""Publishing what was written: the next generation's manifest, and what may be removed with it."""

from collections.abc import Collection, Iterable, Sequence

from index.errors import CorpusEmpty, SnapshotDamaged
from index.files import Manifest
from index.milvus.change import Change, Share
from index.milvus.engine import batches, listed
from index.milvus.rows import unpack_counts
from index.milvus.source import MilvusSource, open_source
from index.milvus.state import FORMAT, MANIFEST, Reference
from index.milvus.statistics import TermCounts, first_merged
from index.milvus.sums import Sums
from index.milvus.writing import term_counts
from index.tally import Tally, content_name, documents_sum
from index.text import fold, terms


class Publication:
    """The last step of a change."""

    def __init__(self, change: Change) -> None:
        self.state, self.engine, self.encoder, self.name = change.state, change.engine, change.encoder, change.name
        self.asked, self.before, self.gone = change.asked, change.before, change.gone
        self.generation, self.settings = change.generation, change.settings

    def publish(self, shares: Sequence[Share], whole: bool = False) -> MilvusSource:
        """Publish what was written, and return it opened; `whole`: make one layer of the terms' counts.

        Raises:
            SnapshotDamaged: not all of it is there; what lacks is written by the same command again.
            CorpusEmpty: no passage would be left.
        """
        parts = {name: row for share in shares for name, row in self.state.read(share.parts).items()}
        written = {int(row[0]) for part in parts.values() for row in self.state.read_list(part["documents"])}
        gone = sorted({key for share in shares for key in share.gone} - written)
        sums = Sums.of_row(self.before["sums"]) if self.before else Sums()
        fresh = [TermCounts.load(self.state.read_blob(part["terms"])) for part in parts.values()]
        for part in parts.values():
            sums += Sums.of_row(part["sums"])
        self._sweep(written)
        self._let_go(self.gone - written)
        self._check(parts)
        for some in batches(gone):
            lost, terms_lost = self._lost(some)
            sums -= lost
            fresh.append(terms_lost.negative())
        if not sums.holds.passages:
            raise CorpusEmpty(f"{self.engine.address}: no passage would be left in it. Put UTF-8 text files there.")
        manifest = self._manifest(shares, gone, sums, TermCounts.sum(fresh), whole)
        if (
            self.before
            and not whole
            and all(self.before[key] == manifest[key] for key in ("sums", "withdrawn", "left_out"))
        ):
            self._forget(parts, self.before, [])
            return open_source(self.asked, self.before, self.encoder)
        for collection in (self.name, f"{self.name}_documents"):
            self.engine.call("flush", collection_name=collection)
        source = open_source(self.asked, manifest, self.encoder)
        self._ask(source, written)
        self.state.write({MANIFEST: manifest})
        self._forget(parts, manifest, self.before["trash"] if self.before else [])
        return source

    def _sweep(self, written: Collection[int]) -> None:
        """Remove documents of this generation that no part claims."""
        where = f"generation == {self.generation} and piece == 0"
        rows = self.engine.all_rows(f"{self.name}_documents", "id", where, ("id", "key"))
        self._let_go({int(row["key"]) for page in rows for row in page} - set(written))

    def _let_go(self, keys: Iterable[int]) -> None:
        """Remove all of some documents."""
        for some in batches(sorted(keys)):
            self.engine.call("delete", collection_name=self.name, filter=listed("document", some))
            self.engine.call("delete", collection_name=f"{self.name}_documents", filter=listed("key", some))

    def _check(self, parts: dict[str, Manifest]) -> None:
        expected = sum(part["sums"]["holds"]["passages"] for part in parts.values())
        stored = self.engine.count(self.name, f"generation == {self.generation}")
        if stored != expected:
            self.state.delete(list(parts))
            raise SnapshotDamaged(
                f"{self.engine.address}: {stored} passages were written where there should be {expected}. Run it again."
            )

    def _lost(self, keys: Sequence[int]) -> tuple[Sums, TermCounts]:
        """Return what some documents of earlier generations count for."""
        found, counts = [], []
        fields = ("number", "english", "length", "terms")
        for rows in self.engine.all_rows(self.name, "number", listed("document", keys), fields):
            counts += [unpack_counts(row["terms"]) for row in rows]
            found += rows
        about = ("articles", "document_id", "sha256")
        pages = self.engine.fresh_rows(f"{self.name}_documents", f"{listed('key', keys)} and piece == 0", about)
        number = documents_sum((page["document_id"], page["sha256"]) for page in pages)
        holds = Tally(len(pages), sum(int(page["articles"]) for page in pages), len(found), number)
        english = sum(bool(row["english"]) for row in found)
        return Sums(holds, english, sum(max(int(row["length"]), 1) for row in found)), term_counts(counts)

    def _manifest(
        self, shares: Sequence[Share], gone: Sequence[int], sums: Sums, fresh: TermCounts, whole: bool
    ) -> Manifest:
        layers: list[Reference] = self.before["layers"] if self.before else []
        place = 0 if whole else first_merged([layer["terms"] for layer in layers], len(fresh))
        below = [TermCounts.load(self.state.read_blob(layer)) for layer in layers[place:]]
        if len(fresh) or len(below) > 1:
            merged = TermCounts.sum([*below, fresh])
            layers = [*layers[:place], {**self.state.write_blob(merged.save()), "terms": len(merged)}]
        manifest = {
            "format": FORMAT,
            "generation": self.generation,
            "content": content_name(self.settings, sums.holds),
            "settings": self.settings,
            "counts": {name: getattr(sums.holds, name) for name in ("pages", "articles", "passages")},
            "sums": sums.row,
            "layers": layers,
            "gone": self.state.write_list(gone),
            "withdrawn": self.state.write_list(sorted({name for share in shares for name in share.withdrawn})),
            "left_out": self.state.write_list(sorted({tuple(row) for share in shares for row in share.left_out})),
        }
        kept = {reference["blob"] for reference in _references(manifest)}
        old = _references(self.before) if self.before else []
        return {**manifest, "trash": [reference for reference in old if reference["blob"] not in kept]}

    def _ask(self, source: MilvusSource, written: Collection[int]) -> None:
        """See that each leg finds a passage that was just written by itself."""
        for key in list(written)[:1]:
            numbers = source.archive.numbers([key])
            for number in numbers[-1:]:
                passage, article, _ = source.archive.passage(number)
                text = source.archive.article(article).text[passage.start : passage.end]
                vector = source.encoder.encode([text])[0]
                near = source.legs.cosines(vector, [number])[0]
                if near > max(cosine for _, cosine in source.legs.meaning(vector, 1)) + 0.05:
                    raise SnapshotDamaged(f"{self.engine.address}: vectors do not find their passages.")
                words = [term for term in terms(fold(text)) if source.legs.knows(term)][:50]
                if words and not source.legs.score(words, number) > 0:
                    raise SnapshotDamaged(f"{self.engine.address}: words do not find their passages.")

    def _forget(self, parts: dict[str, Manifest], manifest: Manifest, trash: Sequence[Reference]) -> None:
        """Remove the marks of what is published, and blobs that neither this manifest nor the one before names."""
        old = {name: row for name, row in self.state.parts().items() if row["generation"] <= self.generation}
        self.state.delete([*old, *self.state.shards()])
        blobs = [part[field] for part in parts.values() for field in ("documents", "terms") if part[field]]
        kept = {reference["blob"] for reference in [*_references(manifest), *manifest["trash"]]}
        self.state.delete_blobs([reference for reference in [*blobs, *trash] if reference["blob"] not in kept])


def _references(manifest: Manifest) -> list[Reference]:
    lists = [manifest[field] for field in ("gone", "withdrawn", "left_out")]
    return [*manifest["layers"], *(reference for reference in lists if reference)]
