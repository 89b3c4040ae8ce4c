"""What is one row at a time: the manifest in use, blobs that it names, the shards of a build, and who writes.

A blob is bytes in pieces, written before anything names it, and never changed.
"""

import base64
import contextlib
import hashlib
import json
import os
import secrets
import socket
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from index.errors import SnapshotBusy, SnapshotDamaged, SnapshotError, SnapshotMismatch, SnapshotMissing
from index.files import Manifest
from index.milvus.engine import STRING, TEXT, UNSEARCHED, UNUSED, Engine, Fields, batches, vector_of

FORMAT = 1  # of rows, manifests and blobs
STATE: Fields = {"id": STRING, "payload": STRING, UNUSED: vector_of(2)}
MANIFEST, WRITER, SHARD, PART = "manifest", "writer", "shard ", "part "
LEASE = 60.0  # seconds after which a writer that says nothing is taken for dead
SETTLED = 0.3  # seconds after which a writer looks whether another one came between
PIECES = 64  # of a blob, read or written at a time
_BYTES = TEXT // 4 * 3 // 12 * 12  # of a piece

Reference = dict[str, Any]


class State:
    """The rows of one archive."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.collection = f"{engine.address.name}_state"

    def ensure(self) -> None:
        """Make the collection if it is not there."""
        self.engine.ensure(self.collection, STATE, {UNUSED: UNSEARCHED})

    def exists(self) -> bool:
        """Tell whether anything was ever built here."""
        return bool(self.engine.call("has_collection", collection_name=self.collection))

    def manifest(self) -> Manifest:
        """Return the manifest in use, blobs unread.

        Raises:
            SnapshotMissing: there is none.
            SnapshotMismatch: it is of another format.
        """
        found = self.read([MANIFEST]) if self.exists() else {}
        if MANIFEST not in found:
            raise SnapshotMissing(f"{self.engine.address}: no index here. Run `wenbao build` to make one.")
        manifest: Manifest = found[MANIFEST]
        if manifest["format"] != FORMAT:
            raise SnapshotMismatch(
                f"{self.engine.address}: format {manifest['format']}, this program reads {FORMAT}. Name another"
                " collection and run `wenbao build`."
            )
        return manifest

    def read(self, names: Sequence[str]) -> dict[str, Any]:
        """Return the rows of these names that are there."""
        found: dict[str, Any] = {}
        for some in batches(names, PIECES):
            rows = self.engine.call(
                "query",
                collection_name=self.collection,
                ids=list(some),
                output_fields=["id", "payload"],
                consistency_level="Strong",
            )
            found |= {row["id"]: json.loads(row["payload"]) for row in rows}
        return found

    def write(self, rows: dict[str, Any]) -> None:
        """Write rows, each whole or not at all."""
        data = [{"id": name, "payload": json.dumps(body), UNUSED: [0.0, 0.0]} for name, body in rows.items()]
        for some in batches(data, PIECES):
            self.engine.call("upsert", collection_name=self.collection, data=list(some))

    def delete(self, names: Sequence[str]) -> None:
        """Remove rows."""
        for some in batches(names):
            self.engine.call("delete", collection_name=self.collection, ids=list(some))

    def shards(self) -> dict[str, Any]:
        """Return the rows of the shards of a build that is not finished."""
        return self._like(SHARD)

    def parts(self) -> dict[str, Any]:
        """Return the rows of what builds have written and not yet published."""
        return self._like(PART)

    def _like(self, prefix: str) -> dict[str, Any]:
        rows = self.engine.fresh_rows(self.collection, f'id like "{prefix}%"', ["id", "payload"])
        return {row["id"]: json.loads(row["payload"]) for row in rows}

    def write_blob(self, raw: bytes) -> Reference:
        """Write bytes, and return what a manifest names them by."""
        digest = hashlib.sha256(raw).hexdigest()
        texts = [base64.b64encode(raw[start : start + _BYTES]).decode("ascii") for start in range(0, len(raw), _BYTES)]
        reference = {"blob": digest[:32], "pieces": len(texts), "sha256": digest}
        self.write(dict(zip(_names(reference), texts, strict=True)))
        return reference

    def read_blob(self, reference: Reference) -> bytes:
        """Return the bytes of a blob.

        Raises:
            SnapshotDamaged: a piece is missing or changed.
        """
        names = _names(reference)
        found = self.read(names)
        raw = b"".join(base64.b64decode(found.get(name, "")) for name in names)
        if hashlib.sha256(raw).hexdigest() != reference["sha256"]:
            raise SnapshotDamaged(f"{self.engine.address}: {reference['blob']} is not as it was written.")
        return raw

    def delete_blobs(self, references: Sequence[Reference]) -> None:
        """Remove blobs that nothing names any more."""
        self.delete([name for reference in references for name in _names(reference)])

    def write_list(self, values: Sequence[Any]) -> Reference | None:
        """Write a list as a blob; None if it is empty."""
        return self.write_blob(json.dumps(list(values)).encode()) if values else None

    def read_list(self, reference: Reference | None) -> list[Any]:
        """Return what `write_list` was given."""
        found: list[Any] = json.loads(self.read_blob(reference)) if reference else []
        return found

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Be the only one that publishes. A writer of this machine that is dead is not waited for, another one that
        says nothing is, for `LEASE` seconds at most.

        Raises:
            SnapshotBusy: somebody else does.
        """
        mine = {"host": socket.gethostname(), "pid": os.getpid(), "mark": secrets.token_hex(8)}
        self._take(mine)
        done = threading.Event()
        beat = threading.Thread(target=self._beat, args=(mine, done), daemon=True)
        beat.start()
        try:
            yield
        finally:
            done.set()
            beat.join()
            with contextlib.suppress(SnapshotError):  # away, or full: it is taken for dead when its time is over
                self.delete([WRITER])

    def _take(self, mine: dict[str, Any]) -> None:
        until = time.time() + LEASE
        while (held := self.read([WRITER]).get(WRITER)) and held["until"] > time.time() and not _dead(held):
            if time.time() > until:
                raise SnapshotBusy(
                    f"{self.engine.address}: process {held['pid']} of {held['host']} is writing. Wait for it, then ask"
                    " again."
                )
            if held["until"] > until:  # it has said something since
                until = 0.0
            time.sleep(1.0)
        self.write({WRITER: {**mine, "until": time.time() + LEASE}})
        time.sleep(SETTLED)
        if self.read([WRITER]).get(WRITER, {}).get("mark") != mine["mark"]:
            raise SnapshotBusy(f"{self.engine.address}: another build began at the same moment. Ask again.")

    def _beat(self, mine: dict[str, Any], done: threading.Event) -> None:
        while not done.wait(LEASE / 4):
            try:
                self.write({WRITER: {**mine, "until": time.time() + LEASE}})
            except SnapshotError:
                continue  # what the build itself does will tell


def _dead(held: dict[str, Any]) -> bool:
    """Tell whether a writer was a process of this machine that is no more."""
    if held["host"] != socket.gethostname():
        return False
    try:
        os.kill(held["pid"], 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False


def _names(reference: Reference) -> list[str]:
    return [f"blob {reference['blob']} {place}" for place in range(reference["pieces"])]
