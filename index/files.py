"""Files that are written once and believed only after a look: hashes, manifests, and what it takes to survive a crash.

A manifest is a JSON object with a hash of itself (`check`); it may list the files of its folder with their size and
SHA-256 (`files`).
"""

import hashlib
import json
import os
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from index.checked import Checked, stamp
from index.errors import SnapshotDamaged, SnapshotMismatch, SnapshotOutdated

FORMAT = 3  # of manifests and all that they list

Manifest = dict[str, Any]


def file_sha256(path: Path) -> str:
    """Return the SHA-256 of a file, lower-case hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def write_manifest(path: Path, body: Manifest) -> Manifest:
    """Write a manifest, with the files that lie beside it, and bring all of its folder to the disk; return it."""
    names = sorted(p.relative_to(path.parent).as_posix() for p in path.parent.rglob("*") if p.is_file())
    files = {
        name: {"size": (path.parent / name).stat().st_size, "sha256": digest}
        for name, digest in zip(names, _hash_all(path.parent / name for name in names), strict=True)
    }
    manifest = {"format": FORMAT, **body, "files": files}
    manifest["check"] = _check(manifest)
    path.write_text(json.dumps(manifest, ensure_ascii=False, indent=1), encoding="utf-8")
    for written in [*path.parent.rglob("*"), path.parent]:
        sync(written)
    return manifest


def read_manifest(path: Path) -> Manifest:
    """Return a manifest that is as it was written.

    Raises:
        SnapshotDamaged: it is missing or changed.
        SnapshotMismatch: it is of a newer format.
        SnapshotOutdated: it is of an older one.
    """
    try:
        manifest: Manifest = json.loads(path.read_text(encoding="utf-8"))
        version, check = manifest["format"], manifest["check"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise SnapshotDamaged(f"{path}: cannot be read ({error}). Run `wenbao build`.") from error
    if version != FORMAT:
        older = isinstance(version, int) and version < FORMAT
        told = f"{path}: format {version}, this program reads {FORMAT}. Run `wenbao build`."
        raise (SnapshotOutdated if older else SnapshotMismatch)(told)
    if _check(manifest) != check:
        raise SnapshotDamaged(f"{path}: changed since it was written. Run `wenbao build`.")
    return manifest


def verify_files(folder: Path, manifest: Manifest, checked: Checked | None = None, trust: bool = False) -> None:
    """Compare every file that a manifest lists with what it says.

    `checked`: what is remembered of the index, and is told of what is seen here; `trust`: a file that is remembered
    there as whole and untouched is not read again.

    Raises:
        SnapshotDamaged: one is missing, short or changed; the message names it.
    """
    try:
        wanted = {folder / name: entry for name, entry in manifest["files"].items()}
        if checked and trust:
            wanted = {path: entry for path, entry in wanted.items() if not checked.holds(path, entry["sha256"])}
        stamps = [stamp(path) for path in wanted]
        digests = _hash_all(wanted)
    except OSError as error:
        raise SnapshotDamaged(f"{error.filename}: cannot be read ({error.strerror}). Run `wenbao build`.") from error
    for (path, entry), seen, digest in zip(wanted.items(), stamps, digests, strict=True):
        whole = (seen[0], digest) == (entry["size"], entry["sha256"])
        if checked:
            checked.note(path, digest, seen) if whole else checked.forget(path)
        if not whole:
            raise SnapshotDamaged(f"{path}: {seen[0]} bytes, not the file that was written. Run `wenbao build`.")


def sync(path: Path) -> None:
    """Bring a file or folder to the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def replace(path: Path, text: str) -> None:
    """Replace a file of a line of ASCII, so that whoever reads it finds the old text or the new."""
    fresh = path.with_name(path.name + ".new")
    fresh.write_text(text + "\n", encoding="ascii")
    sync(fresh)
    os.replace(fresh, path)
    sync(path.parent)


def _hash_all(paths: Iterable[Path]) -> list[str]:
    with ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:  # hashing leaves the interpreter to others
        return list(pool.map(file_sha256, paths))


def _check(manifest: Manifest) -> str:
    body = {key: value for key, value in manifest.items() if key != "check"}
    return hashlib.sha256(json.dumps(body, sort_keys=True, ensure_ascii=False).encode()).hexdigest()
