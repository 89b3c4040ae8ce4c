"""Which files of an index were found whole and have not been touched since: remembered, so that a large index opens
at once.

INDEX/checked.json: path below INDEX → [SHA-256, size, time of change, time of status change, inode], as they were when
the file was hashed. A file that was written to since, replaced or copied has other times or another inode, and is
hashed again. Bytes that a disk changes by itself are not seen so: a look at all of the files finds those.
"""

import contextlib
import json
import os
import time
from pathlib import Path
from typing import Any

SETTLED = (
    50_000_000  # nanoseconds: a file that changed this short a time ago may change again without its times telling
)

Stamp = tuple[int, int, int, int]


class Checked:
    """What is remembered of one index folder. What cannot be read or written is not remembered."""

    def __init__(self, index: Path) -> None:
        self._index = index
        self._path = index / "checked.json"
        self._known: dict[str, Any] = {}
        self._changed = False
        with contextlib.suppress(OSError, ValueError):
            known = json.loads(self._path.read_text(encoding="utf-8"))
            self._known = known if isinstance(known, dict) else {}

    def holds(self, path: Path, sha256: str) -> bool:
        """Tell whether a file is known to have a hash, and untouched since.

        Raises:
            OSError: it cannot be looked at.
        """
        return self._known.get(self._name(path)) == [sha256, *stamp(path)]

    def note(self, path: Path, sha256: str, before: Stamp) -> None:
        """Remember the hash of a file; `before`: its stamp before it was read."""
        settled = time.time_ns() - SETTLED
        if stamp(path) == before and max(before[1], before[2]) < settled:
            self._known[self._name(path)] = [sha256, *before]
            self._changed = True

    def forget(self, path: Path) -> None:
        """Forget a file that is not as it was written."""
        self._changed |= self._known.pop(self._name(path), None) is not None

    def save(self) -> None:
        """Keep what was learned, as far as the folder can be written. Files that are gone are left out."""
        if not self._changed:
            return
        known = {name: row for name, row in self._known.items() if (self._index / name).exists()}
        fresh = self._path.with_name(f".checked.{os.getpid()}")
        with contextlib.suppress(OSError):
            fresh.write_text(json.dumps(known, indent=1), encoding="utf-8")
            os.replace(fresh, self._path)
        self._changed = False

    def _name(self, path: Path) -> str:
        return path.relative_to(self._index).as_posix()


def stamp(path: Path) -> Stamp:
    """Return what changes with a file: its size, times of change and of status change in ns, and inode."""
    stat = path.stat()
    return stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns, stat.st_ino
