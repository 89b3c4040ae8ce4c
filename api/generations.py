"""Which archive is in service: a request reads one generation from its first byte to its last, whatever comes after."""

import threading
from collections.abc import Callable
from dataclasses import dataclass

from api.errors import damaged, not_ready
from api.opening import Opened


@dataclass(frozen=True)
class Lease:
    """The right to read one generation. `give_back` is called once, when nothing of the request reads any more."""

    opened: Opened
    give_back: Callable[[], None]


class Generations:
    """The open archive in service, and those before it that are still read. Safe to share between threads."""

    def __init__(self, opened: Opened | None) -> None:
        self._lock = threading.Lock()
        self._current = _Generation(opened) if opened else None

    @property
    def current(self) -> Opened | None:
        """What is in service, to be looked at in passing; to read its files, take a lease."""
        return self._current.opened if self._current else None

    def lease(self) -> Lease:
        """Return a lease of what is in service.

        Raises:
            ApiError: 503, nothing is, or it is refused.
        """
        with self._lock:
            generation = self._current
            if generation is None:
                raise not_ready()
            if generation.refused:
                raise damaged()
            generation.readers += 1
        return Lease(generation.opened, lambda: self._leave(generation))

    @property
    def refused(self) -> bool:
        """Whether what is in service is damaged, and nobody may read it."""
        return self._current is not None and self._current.refused

    def refuse(self) -> None:
        """Let nobody read what is in service any more, until another takes its place."""
        if self._current is not None:
            self._current.refused = True

    def take(self, opened: Opened) -> None:
        """Put another archive in service. The one before is closed when its last reader leaves."""
        with self._lock:
            before, self._current = self._current, _Generation(opened)
        if before is not None:
            self._leave(before)

    def _leave(self, generation: "_Generation") -> None:
        with self._lock:
            generation.readers -= 1
            last = generation.readers == 0
        if last:
            generation.opened.close()


@dataclass
class _Generation:
    """An open archive and how many hold it: the requests that read it, and the service itself while it is in it."""

    opened: Opened
    readers: int = 1
    refused: bool = False
