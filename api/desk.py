"""Where requests that read the archive wait their turn: so many at once, so many waiting, none for ever."""

import asyncio
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

from api.errors import ApiError
from api.generations import Generations, Lease
from api.opening import Opened
from api.settings import Settings
from index.patience import patience

T = TypeVar("T")

PATIENT = 0.9  # share of the deadline that an engine is waited for, so that its silence can still be told
RETRY_SECONDS = 1  # after which a client that was sent away may ask again: a full queue is worked off by then


class Desk:
    """Runs jobs on the archive in service, in threads of its own. Safe to share between event loops."""

    def __init__(self, opened: Opened | None, settings: Settings) -> None:
        self.generations = Generations(opened)
        self._room = settings.answers_at_once + settings.answers_waiting
        self._deadline = settings.deadline_seconds
        self._threads = ThreadPoolExecutor(settings.answers_at_once, thread_name_prefix="archive")
        self._lock = threading.Lock()
        self._inside = 0  # jobs that run or wait

    async def run(self, job: Callable[[Opened], T]) -> T:
        """Return what a job makes of the archive; it reads one generation, even where it outlives its request.

        Raises:
            ApiError: 503, nothing is in service, or too many wait; 504, it took too long.
            Exception: what the job raises.
        """
        self._enter()
        try:
            lease = self.generations.lease()
        except ApiError:
            self._leave()
            raise
        until = time.monotonic() + PATIENT * self._deadline
        future = self._threads.submit(_in_time, until, job, lease.opened)
        future.add_done_callback(lambda done: self._finish(done, lease))
        try:
            return await asyncio.wait_for(asyncio.wrap_future(future), self._deadline)
        except TimeoutError as error:
            message = f"There was no answer within {self._deadline:g} s. Ask less, or ask again later."
            raise ApiError(504, message, "deadline_exceeded") from error

    def _enter(self) -> None:
        with self._lock:
            if self._inside >= self._room:
                headers = {"Retry-After": str(RETRY_SECONDS)}
                raise ApiError(503, "Too many ask at once. Ask again in a moment.", "overloaded", headers=headers)
            self._inside += 1

    def _leave(self) -> None:
        with self._lock:
            self._inside -= 1

    def _finish(self, done: "Future[T]", lease: Lease) -> None:
        """Called when a job ended or was taken out of the queue: in its thread, or in that of whoever cancelled it."""
        self._leave()
        lease.give_back()


def _in_time(until: float, job: Callable[[Opened], T], opened: Opened) -> T:
    with patience(until):
        return job(opened)
