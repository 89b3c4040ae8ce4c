"""Several processes that answer at one address. Each opens the index itself; what is mapped into memory they share."""

import logging
import multiprocessing
import os
import signal
import socket
import time
from collections.abc import Callable
from multiprocessing import resource_tracker
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess

from api.settings import Settings
from index.errors import WenbaoError

log = logging.getLogger("wenbao.archive")

Work = Callable[[Settings, socket.socket, Connection, bool], None]
"""What a worker does: told the settings, the socket, a pipe on which to say None when it is ready, or why not, and
whether it is the first one."""

SOONEST_SECONDS = 5.0  # after its start that a worker which ends is not started again


class WorkerError(WenbaoError):
    """A worker could not start, or ends again and again."""


class Workers:
    """Keeps so many workers alive, hands SIGHUP on to all of them, and stops them when it is stopped itself."""

    def __init__(self, work: Work, settings: Settings, listener: socket.socket) -> None:
        self._work = work
        self._settings = settings
        self._listener = listener
        self._alive: list[_Worker] = []
        self._in_terminal = os.isatty(0)

    def start(self) -> None:
        """Start them, the first one alone: it may have to build the index.

        Raises:
            WorkerError: one could not start; it says why.
        """
        try:
            self._alive = [self._start(first=True)]
            self._alive[0].wait_until_ready()
            others = [self._start() for _ in range(self._settings.workers - 1)]
            self._alive += others
            for worker in others:
                worker.wait_until_ready()
        except BaseException:
            self.stop()
            raise

    def keep(self) -> None:
        """Start each worker that ends again, until interrupted.

        Raises:
            WorkerError: one ends as soon as it is started.
        """
        signal.signal(signal.SIGHUP, self._hand_on)
        while True:
            wait([worker.process.sentinel for worker in self._alive])
            for place, worker in enumerate(self._alive):
                if worker.process.is_alive():
                    continue
                if time.monotonic() - worker.started < SOONEST_SECONDS:
                    raise WorkerError(f"a worker ended at once (exit status {worker.process.exitcode}). See above why.")
                log.error("a worker ended (exit status %s), another takes its place", worker.process.exitcode)
                self._alive[place] = self._start()
                self._alive[place].wait_until_ready()

    def stop(self) -> None:
        """Tell all to stop, and wait until they have answered what is under way."""
        for worker in self._alive:
            worker.tell(signal.SIGTERM)
        for worker in self._alive:
            worker.process.join(self._settings.deadline_seconds + SOONEST_SECONDS)
            worker.process.kill()

    def _start(self, first: bool = False) -> "_Worker":
        return _Worker(self._work, self._settings, self._listener, first)

    def _hand_on(self, *_: object) -> None:
        if self._in_terminal and not os.isatty(0):  # it was closed
            raise KeyboardInterrupt
        for worker in self._alive:
            if worker.ready:
                worker.tell(signal.SIGHUP)


def start(process: SpawnProcess) -> None:
    """Start a process that Ctrl-C passes by: it is told to stop by the one that started it."""
    resource_tracker.ensure_running()  # the first start of a process would do so, and let Ctrl-C through again
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})  # inherited; one that comes now is only put off
    process.start()
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})


class _Worker:
    """A process, and the pipe that ends when either side does."""

    def __init__(self, work: Work, settings: Settings, listener: socket.socket, first: bool) -> None:
        context = multiprocessing.get_context("spawn")  # a fork would take threads of numpy and tokenizers with it
        self.started = time.monotonic()
        self.ready = False
        self._pipe, theirs = context.Pipe()
        self.process: SpawnProcess = context.Process(target=work, args=(settings, listener, theirs, first))
        start(self.process)
        theirs.close()

    def wait_until_ready(self) -> None:
        """Wait until it answers.

        Raises:
            WorkerError: it cannot.
        """
        try:
            why = self._pipe.recv()
        except EOFError:
            why = "a worker ended before it was ready. See above why."
        if why:
            raise WorkerError(why)
        self.started = time.monotonic()
        self.ready = True

    def tell(self, number: signal.Signals) -> None:
        """Send it a signal, if it still runs."""
        if self.process.is_alive() and self.process.pid:
            os.kill(self.process.pid, number)
