"""What is on disk: generations that never change, and a pointer to the one in use.

    INDEX/CURRENT                        the name of the generation in use; replaced atomically
    INDEX/generations/NAME/manifest.json what it was made from and with, and every file's size and SHA-256
                           archive.sqlite, dense.faiss, lexical/, tokens.npy, token_ends.npy

A generation is written under a name that starts with a dot, synced, checked by opening it, renamed, and only then
pointed to. A reader holds its generation open; the one before the current is kept for readers that are still on it.
"""

import fcntl
import hashlib
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from index.archive import Archive
from index.dense import DenseIndex
from index.encoder import MODEL_FOLDER, Encoder, StaticEncoder
from index.errors import SnapshotBusy, SnapshotDamaged, SnapshotError, SnapshotMismatch, SnapshotMissing
from index.late import Late
from index.lexical import LexicalIndex

FORMAT = 1
KEPT = 2  # generations: the one in use and the one before


@dataclass(frozen=True)
class Snapshot:
    """One generation, open for reading.

    `encoder` makes the dense leg's vectors; `static` is the embedded model, whose table `late` looks at.
    `tokens`: its token ids of all passages in one array of uint16; `token_ends[i]` is where passage i ends.
    """

    name: str
    folder: Path
    manifest: dict[str, Any]
    archive: Archive
    lexical: LexicalIndex
    dense: DenseIndex
    encoder: Encoder
    static: StaticEncoder
    late: Late
    tokens: npt.NDArray[np.uint16]
    token_ends: npt.NDArray[np.int64]

    @property
    def content(self) -> str:
        """A hash of the pages and settings it was made from: equal content, equal answers."""
        return str(self.manifest["content"])


def load_snapshot(index: Path, encoder: Encoder, settings: dict[str, Any]) -> Snapshot:
    """Open the generation in use, every file checked against the manifest before it is read.

    Raises:
        SnapshotMissing: there is no index at `index`.
        SnapshotDamaged: a file is missing, short or changed.
        SnapshotMismatch: it was built with another format or other settings.
    """
    name = current_name(index)
    folder = index / "generations" / name
    manifest = verify_generation(folder)
    if manifest.get("settings") != settings:
        old, new = manifest.get("settings", {}), settings
        names = [field for field in sorted({*old, *new}) if old.get(field) != new.get(field)]
        field = names[0]
        raise SnapshotMismatch(
            f"{index}: built with {field} = {old.get(field)!r}, but {field} = {new.get(field)!r} is set now."
            f" Run `wenbao build` to build it anew, or set {field} back."
        )
    return open_generation(folder, manifest, encoder)


def open_generation(folder: Path, manifest: dict[str, Any], encoder: Encoder) -> Snapshot:
    """Open a generation whose files were checked."""
    size = int(manifest["counts"]["passages"])
    static = static_encoder(encoder)
    return Snapshot(
        folder.name,
        folder,
        manifest,
        Archive(folder / "archive.sqlite"),
        LexicalIndex.load(folder / "lexical", size),
        DenseIndex.load(folder / "dense.faiss"),
        encoder,
        static,
        Late(static),
        np.load(folder / "tokens.npy", mmap_mode="r" if manifest["files"]["tokens.npy"]["size"] > 128 else None),
        np.load(folder / "token_ends.npy"),
    )


def static_encoder(encoder: Encoder) -> StaticEncoder:
    """Return the encoder itself if it is a static one, else the embedded model."""
    return encoder if isinstance(encoder, StaticEncoder) else StaticEncoder(MODEL_FOLDER)


def current_name(index: Path) -> str:
    """Return the name of the generation in use.

    Raises:
        SnapshotMissing: there is none.
        SnapshotDamaged: the pointer cannot be read or does not name one.
    """
    try:
        name = (index / "CURRENT").read_text(encoding="ascii").strip()
    except FileNotFoundError as error:
        raise SnapshotMissing(f"{index}: no index here. Run `wenbao build` to make one.") from error
    except (OSError, UnicodeDecodeError) as error:
        raise SnapshotDamaged(f"{index / 'CURRENT'}: cannot be read ({error}). Run `wenbao build`.") from error
    if not name or "/" in name or name.startswith(".") or not (index / "generations" / name).is_dir():
        raise SnapshotDamaged(f"{index / 'CURRENT'}: names no generation ({name[:40]!r}). Run `wenbao build`.")
    return name


def verify_generation(folder: Path) -> dict[str, Any]:
    """Check every file of a generation against its manifest, and return the manifest.

    Raises:
        SnapshotDamaged: a file is missing, short, changed or not of it; the message names the file.
        SnapshotMismatch: the manifest is of another format.
    """
    path = folder / "manifest.json"
    try:
        manifest: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        version, files, content = manifest["format"], manifest["files"], manifest["check"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise SnapshotDamaged(f"{path}: cannot be read ({error}). Run `wenbao build`.") from error
    if version != FORMAT:
        raise SnapshotMismatch(f"{path}: format {version}, this program reads {FORMAT}. Run `wenbao build`.")
    if _manifest_check(manifest) != content:
        raise SnapshotDamaged(f"{path}: changed since it was written. Run `wenbao build`.")
    for name, entry in files.items():
        file = folder / name
        try:
            size = file.stat().st_size
            good = size == entry["size"] and file_sha256(file) == entry["sha256"]
        except OSError as error:
            raise SnapshotDamaged(f"{file}: cannot be read ({error.strerror}). Run `wenbao build`.") from error
        if not good:
            raise SnapshotDamaged(f"{file}: {size} bytes, not the file that was written. Run `wenbao build`.")
    return manifest


@contextmanager
def building(index: Path) -> Iterator[Path]:
    """Lock an index folder for one builder, and give an empty folder to write the new generation into.

    Raises:
        SnapshotBusy: another build holds the lock.
        SnapshotError: the folder cannot be made or written.
    """
    try:
        (index / "generations").mkdir(parents=True, exist_ok=True)
        lock = (index / "lock").open("w")
    except OSError as error:
        raise SnapshotError(
            f"{index}: cannot be written ({error.strerror}). Name another folder with --index DIR."
        ) from error
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise SnapshotBusy(f"{index}: another build is running there. Wait for it, then ask again.") from error
        fresh = index / "generations" / ".new"
        shutil.rmtree(fresh, ignore_errors=True)
        try:
            fresh.mkdir()
            yield fresh
        except OSError as error:
            raise SnapshotError(
                f"{index}: the build stopped ({error}); the index that was there is still in use."
            ) from error
        finally:
            shutil.rmtree(fresh, ignore_errors=True)


def publish(index: Path, fresh: Path, manifest: dict[str, Any], encoder: Encoder) -> Snapshot:
    """Make a generation written to `fresh` (see `building`) the one in use, and return it opened.

    It is synced and opened before the pointer moves. Generations older than the one before are removed.
    """
    names = sorted(p.relative_to(fresh).as_posix() for p in fresh.rglob("*") if p.is_file())
    files = {name: {"size": (fresh / name).stat().st_size, "sha256": file_sha256(fresh / name)} for name in names}
    manifest = {"format": FORMAT, **manifest, "files": files}
    manifest["check"] = _manifest_check(manifest)
    (fresh / "manifest.json").write_text(json.dumps(manifest, ensure_ascii=False, indent=1), encoding="utf-8")
    for path in [*fresh.rglob("*"), fresh]:
        _sync(path)
    open_generation(fresh, manifest, encoder).archive.close()
    number = 1 + max((int(p.name.split(".")[1]) for p in _generations(index)), default=0)
    target = index / "generations" / f"{manifest['content']}.{number}"
    os.rename(fresh, target)
    _sync(target.parent)
    pointer = index / "CURRENT.new"
    pointer.write_text(target.name + "\n", encoding="ascii")
    _sync(pointer)
    os.replace(pointer, index / "CURRENT")
    _sync(index)
    for old in _generations(index)[:-KEPT]:
        shutil.rmtree(old, ignore_errors=True)
    return open_generation(target, manifest, encoder)


def _generations(index: Path) -> list[Path]:
    found = [p for p in (index / "generations").iterdir() if p.name.partition(".")[2].isdigit() and p.name[0] != "."]
    return sorted(found, key=lambda path: int(path.name.split(".")[1]))


def _manifest_check(manifest: dict[str, Any]) -> str:
    body = {key: value for key, value in manifest.items() if key != "check"}
    return hashlib.sha256(json.dumps(body, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def file_sha256(path: Path) -> str:
    """Return the SHA-256 of a file, lower-case hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
