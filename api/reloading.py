"""Taking a new generation of the index into service while questions are answered."""

import asyncio
import contextlib
import gc
import logging
from collections.abc import Callable

from api.generations import Generations
from api.opening import Opened, open_next
from api.settings import Settings
from index.errors import SnapshotError, WenbaoError

log = logging.getLogger("wenbao.archive")

POINTER = "CURRENT"  # what failed where the index does not even name a generation
POLL_SECONDS = 1.0  # how often the index is looked at where it is watched


class Reloader:
    """Opens what the index names now, beside what is in service, and puts it in its place.

    What cannot be opened changes nothing: `failed` is its name until another one could be, and the log says why.
    What is in service and found damaged is read by nobody any more.
    """

    def __init__(self, settings: Settings, generations: Generations) -> None:
        self.failed: str | None = None
        self.tell_others: Callable[[], None] = lambda: None  # the other workers, when this one was told to reload
        self._settings = settings
        self._generations = generations
        self._one = asyncio.Lock()
        self._tasks: set[asyncio.Task[None]] = set()  # a task that nobody holds may be lost

    async def reload(self) -> bool:
        """Take what the index names now; return whether it is something new.

        Raises:
            WenbaoError: it cannot be opened; what was in service stays there.
        """
        async with self._one:
            before = self._generations.current
            if before is None:
                return False
            try:
                opened = await asyncio.to_thread(self._open, before)
            except WenbaoError as error:
                self.failed = self._name()
                if self.failed == before.snapshot.name:
                    self._generations.refuse()
                    log.error("the index in service is damaged, nothing is answered from it any more: %s", error)
                else:
                    log.error("the new index is left aside, the old one stays in service: %s", error)
                raise
            self.failed = None
            if opened is None:
                return False
            self._generations.take(opened)
            counts = opened.snapshot.manifest["counts"]
            log.info("answers from %s now: %d pages", opened.snapshot.name, counts["pages"])
            return True

    def reload_soon(self) -> None:
        """Do the same where nobody waits for the outcome: it stands in the log and in `failed`."""
        task = asyncio.get_running_loop().create_task(self._quietly())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _quietly(self) -> None:
        with contextlib.suppress(WenbaoError):
            await self.reload()

    async def watch(self) -> None:
        """Look at the index for ever, and take each new generation once."""
        while True:
            await asyncio.sleep(POLL_SECONDS)
            name = await asyncio.to_thread(self._name)
            if name == self._serving() and not self._generations.refused:
                self.failed = None
            elif name != self.failed:
                await self._quietly()

    def _open(self, before: Opened) -> Opened | None:
        gc.collect()  # caches of bound methods are cycles: the generation closed last would stay in memory for long
        return open_next(self._settings, before, again=self._generations.refused)

    def _name(self) -> str:
        try:
            return self._settings.store.current()
        except SnapshotError:
            return POINTER

    def _serving(self) -> str:
        current: Opened | None = self._generations.current
        return current.snapshot.name if current else ""
