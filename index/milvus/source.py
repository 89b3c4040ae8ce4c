"""Opening one generation of an archive on an engine."""

from dataclasses import dataclass

from index.encoder import Encoder, StaticEncoder
from index.errors import SnapshotDamaged, SnapshotMismatch
from index.files import Manifest
from index.late import Late
from index.milvus.engine import Engine
from index.milvus.legs import MilvusLegs
from index.milvus.library import MilvusLibrary
from index.milvus.rows import DOCUMENTS, passages
from index.milvus.scoring import Statistics
from index.milvus.state import State
from index.milvus.statistics import TermCounts
from index.milvus.sums import Sums
from index.segment import static_encoder


@dataclass(frozen=True)
class MilvusSource:
    """See `index.source.Source`."""

    name: str
    manifest: Manifest
    archive: MilvusLibrary
    legs: MilvusLegs
    encoder: Encoder
    static: StaticEncoder
    late: Late

    @property
    def content(self) -> str:
        """A hash of the pages and settings it was made from."""
        return str(self.manifest["content"])


def name_of(manifest: Manifest) -> str:
    """Return the name of the generation that a manifest is of."""
    return f"{manifest['content']}.{manifest['generation']}"


def check_settings(engine: Engine, manifest: Manifest, settings: Manifest) -> None:
    """Compare what an archive was built with and what is set.

    Raises:
        SnapshotMismatch: they differ.
    """
    old = manifest["settings"]
    if old != settings:
        field = next(field for field in sorted({*old, *settings}) if old.get(field) != settings.get(field))
        raise SnapshotMismatch(
            f"{engine.address}: built with {field} = {old.get(field)!r}, but {field} = {settings.get(field)!r} is set"
            f" now. Set {field} back, or build under another name."
        )


def open_source(engine: Engine, manifest: Manifest, encoder: Encoder) -> MilvusSource:
    """Open the generation of a manifest; see that all of it is there.

    Raises:
        SnapshotDamaged: passages are missing.
        SnapshotMismatch: a collection is not as it should be.
    """
    patient, generation = engine.patient, int(manifest["generation"])
    state = State(patient)
    patient.check(engine.address.name, passages(encoder.dim))
    patient.check(f"{engine.address.name}_documents", DOCUMENTS)
    stored = patient.count(engine.address.name, f"generation <= {generation}")
    if stored < manifest["counts"]["passages"]:
        raise SnapshotDamaged(
            f"{engine.address}: {stored} passages where there should be {manifest['counts']['passages']}. Restore the"
            " collection, or build under another name."
        )
    gone = frozenset(state.read_list(manifest["gone"]))
    layers = TermCounts.sum([TermCounts.load(state.read_blob(layer)) for layer in manifest["layers"]])
    sums = Sums.of_row(manifest["sums"])
    statistics = Statistics(generation, sums.holds.passages, sums.english, sums.length, layers, gone)
    library = MilvusLibrary(engine, generation, gone)
    static = static_encoder(encoder)
    whole = {
        **manifest,
        "withdrawn": state.read_list(manifest["withdrawn"]),
        "left_out": state.read_list(manifest["left_out"]),
    }
    kind = patient.index_kind(engine.address.name, "vector")
    MilvusLegs(patient, statistics, library, kind).wake(encoder.dim)
    legs = MilvusLegs(engine, statistics, library, kind)
    return MilvusSource(name_of(manifest), whole, library, legs, encoder, static, Late(static))
