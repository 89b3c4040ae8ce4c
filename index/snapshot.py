"""What is on disk: generations that never change, and a pointer to the one in use.

    INDEX/CURRENT                        the name of the generation in use; replaced atomically
    INDEX/generations/NAME/manifest.json what it was made from and with: its segments, each with what was removed of it
    INDEX/segments/NAME/                 documents, indexed (`index.segment`); a generation shares them with others
    INDEX/lock                           held by whoever writes
    INDEX/checked.json                   which files were found whole (`index.checked`)

A segment or generation is written under a name that starts with a dot, synced, and renamed; a generation is opened and
asked before the pointer moves. Readers hold theirs open; at least the one before the current is kept for those that are
about to.
"""

import fcntl
import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import numpy.typing as npt

from index.archive import Archive
from index.checked import Checked
from index.dense import DenseIndex
from index.encoder import Encoder, StaticEncoder
from index.errors import (
    SnapshotBusy,
    SnapshotDamaged,
    SnapshotError,
    SnapshotMismatch,
    SnapshotMissing,
    SnapshotOutdated,
)
from index.files import Manifest, read_manifest, replace, sync, verify_files, write_manifest
from index.late import Late, TokenRuns
from index.legs import LocalLegs
from index.lexical import LexicalIndex, Mask
from index.segment import MANIFEST, open_segment, static_encoder
from index.text import fold, terms

KEPT = 2  # generations, unless told otherwise: the one in use and the one before
MANY = 20_000  # passages of a segment from which on its files are not hashed at each start: smaller ones take 0.05 s


@dataclass(frozen=True)
class Snapshot:
    """One generation in a folder, open for reading (see `index.source.Source`).

    `encoder` makes the dense leg's vectors; `static` is the embedded model, whose table `late` looks at. `tokens`:
    its token ids of all passages. Of every passage, (passages,): `articles`, the number of its article; `english`,
    whether it is English; `live`, whether its document is still there, or None where all are.
    """

    name: str
    manifest: Manifest
    archive: Archive
    lexical: LexicalIndex
    dense: DenseIndex
    encoder: Encoder
    static: StaticEncoder
    late: Late
    tokens: TokenRuns
    articles: npt.NDArray[np.int64]
    english: Mask
    live: Mask | None

    @property
    def content(self) -> str:
        """A hash of the pages and settings it was made from: equal content, equal answers."""
        return str(self.manifest["content"])

    @cached_property
    def legs(self) -> LocalLegs:
        """Both legs, as a question asks them."""
        parts = (self.lexical, self.dense, self.archive, self.tokens)
        return LocalLegs(*parts, self.articles, self.english, self.live)


def load_snapshot(index: Path, encoder: Encoder, settings: Manifest) -> Snapshot:
    """Open the generation in use, every file checked before it is read (see `verify_generation`).

    Raises:
        SnapshotMissing: there is no index at `index`.
        SnapshotDamaged: a file is missing, short or changed.
        SnapshotMismatch: it was built with another format or other settings.
        SnapshotOutdated: by an older version of this program.
    """
    name = current_name(index)
    manifest = read_generation(index, name)
    if manifest["settings"] != settings:
        old, new = manifest["settings"], settings
        field = next(field for field in sorted({*old, *new}) if old.get(field) != new.get(field))
        older = field == "reader" and old.get(field, 0) < new[field]
        raise (SnapshotOutdated if older else SnapshotMismatch)(
            f"{index}: built with {field} = {old.get(field)!r}, but {field} = {new.get(field)!r} is set now."
            f" Run `wenbao build` to build it anew, or set {field} back."
        )
    verify_generation(index, manifest, trust=True)
    return open_generation(index, name, manifest, encoder)


def open_generation(index: Path, name: str, manifest: Manifest, encoder: Encoder) -> Snapshot:
    """Open a generation whose files were checked."""
    segments = [open_segment(index / "segments" / entry["name"]) for entry in manifest["segments"]]
    removed = [frozenset(entry["removed"]) for entry in manifest["segments"]]
    files = [segment.folder / "archive.sqlite" for segment in segments]
    archive = Archive(list(zip(files, removed, strict=True)))
    live = None
    if any(removed):
        live = np.ones(sum(segment.size for segment in segments), dtype=np.bool_)
        live[archive.removed_passages()] = False
    static = static_encoder(encoder)
    tokens = TokenRuns([(segment.tokens, segment.token_ends) for segment in segments])
    starts = archive.starts("articles")
    return Snapshot(
        name,
        manifest,
        archive,
        LexicalIndex([segment.postings for segment in segments], live),
        DenseIndex([segment.dense for segment in segments], live),
        encoder,
        static,
        Late(static, tokens.vocabulary()),
        tokens,
        np.concatenate([s.articles.astype(np.int64) + start for s, start in zip(segments, starts, strict=False)]),
        np.concatenate([segment.english for segment in segments]),
        live,
    )


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


def read_generation(index: Path, name: str) -> Manifest:
    """Return the manifest of a generation.

    Raises:
        SnapshotDamaged: it is missing or changed.
        SnapshotMismatch: it is of another format.
    """
    return read_manifest(index / "generations" / name / "manifest.json")


def verify_generation(index: Path, manifest: Manifest, trust: bool = False) -> None:
    """Check every file of every segment of a generation.

    `trust`: files of segments of `MANY` passages or more that were once hashed and not touched since are taken for
    whole, so that an index opens in the same time however large it is.

    Raises:
        SnapshotDamaged: a file is missing, short or changed, or a segment is not the one that was written.
    """
    checked = Checked(index)
    try:
        for entry in manifest["segments"]:
            folder = index / "segments" / entry["name"]
            segment = read_manifest(folder / MANIFEST)
            if segment["check"] != entry["check"]:
                raise SnapshotDamaged(f"{folder / MANIFEST}: not the segment that was indexed. Run `wenbao build`.")
            verify_files(folder, segment, checked if segment["holds"]["passages"] >= MANY else None, trust)
    finally:
        checked.save()


@contextmanager
def building(index: Path) -> Iterator[None]:
    """Lock an index folder for one writer; what an earlier one left half written is removed.

    Raises:
        SnapshotBusy: another build holds the lock.
        SnapshotError: the folder cannot be made or written.
    """
    try:
        for folder in ("generations", "segments"):
            (index / folder).mkdir(parents=True, exist_ok=True)
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
        try:
            _sweep(index)
            yield
        except (OSError, sqlite3.Error) as error:
            raise SnapshotError(
                f"{index}: the build stopped ({error}); the index that was there is still in use."
            ) from error
        finally:
            _sweep(index)


def publish(index: Path, manifest: Manifest, encoder: Encoder, kept: int) -> Snapshot:
    """Make a generation of segments that are there the one in use, and return it opened (see `building`).

    It is checked, opened and asked before the pointer moves. So many generations are kept; what none of these needs is
    removed then.

    Raises:
        SnapshotDamaged: it does not find its own passages.
    """
    fresh = index / "generations" / ".new"
    fresh.mkdir()
    manifest = write_manifest(fresh / "manifest.json", manifest)
    verify_generation(index, manifest, trust=True)
    number = 1 + max((int(path.name.split(".")[1]) for path in _generations(index)), default=0)
    snapshot = open_generation(index, f"{manifest['content']}.{number}", manifest, encoder)
    _ask(snapshot)
    os.rename(fresh, fresh.with_name(snapshot.name))
    sync(fresh.parent)
    replace(index / "CURRENT", snapshot.name)
    _remove_unused(index, kept)
    return snapshot


def settle(fresh: Path, name: str) -> Path:
    """Give a folder that was written and synced the name that it is known by, and return it."""
    target = fresh.with_name(name)
    shutil.rmtree(target, ignore_errors=True)  # a damaged one of an earlier build
    os.rename(fresh, target)
    sync(target.parent)
    return target


def _ask(snapshot: Snapshot) -> None:
    """See that each leg finds the newest passage by itself."""
    size = snapshot.lexical.size
    number = size - 1 if snapshot.live is None else int(np.flatnonzero(snapshot.live)[-1])
    passage, article, _ = snapshot.archive.passage(number)
    text = snapshot.archive.article(article).text[passage.start : passage.end]
    words = [term for term in terms(fold(text)) if snapshot.lexical.knows(term)]
    if words and not snapshot.lexical.scores(words[:50])[number] > 0:
        raise SnapshotDamaged(f"{snapshot.name}: its words do not find its passages. Run `wenbao build`.")
    vector = snapshot.encoder.encode([text])[0]
    if snapshot.dense.cosines(vector, [number])[0] > sum(c for _, c in snapshot.dense.search(vector, 1)) + 0.05:
        raise SnapshotDamaged(f"{snapshot.name}: its vectors do not find its passages. Run `wenbao build`.")


def _generations(index: Path) -> list[Path]:
    found = [p for p in (index / "generations").iterdir() if p.name.partition(".")[2].isdigit() and p.name[0] != "."]
    return sorted(found, key=lambda path: int(path.name.split(".")[1]))


def _sweep(index: Path) -> None:
    for folder in ("generations", "segments"):
        for path in (index / folder).glob(".*"):
            shutil.rmtree(path, ignore_errors=True)
    for path in index.glob(".checked.*"):
        with suppress(OSError):
            path.unlink()


def _remove_unused(index: Path, count: int) -> None:
    kept = _generations(index)[-count:]
    for old in _generations(index)[:-count]:
        shutil.rmtree(old, ignore_errors=True)
    try:
        used = {entry["name"] for path in kept for entry in read_generation(index, path.name)["segments"]}
    except SnapshotError:
        return  # an older one is damaged or of another format: what it needs is not known
    for path in (index / "segments").iterdir():
        if path.name not in used:
            shutil.rmtree(path, ignore_errors=True)
