"""What takes long in a large archive is looked at beside the answers, in a process that gives way to all others.

Is the corpus as it was indexed? Is every byte of the index as it was written?
"""

import contextlib
import multiprocessing
import os
import signal
from multiprocessing.context import SpawnProcess

from api import terminal
from api.opening import staleness
from api.settings import Settings
from api.workers import start
from index.errors import WenbaoError

LARGE = 20_000  # passages from which on a start does not wait for it
MEEK = 19  # the lowest priority there is


def start_looking(settings: Settings, server: int) -> SpawnProcess:
    """Look once, in another process, and say what is found.

    Where the index is damaged, the process of the number `server` is told to reload (SIGHUP), and then finds it so.
    """
    process = multiprocessing.get_context("spawn").Process(target=_look, args=(settings, server), daemon=True)
    start(process)
    return process


def _look(settings: Settings, server: int) -> None:
    os.nice(MEEK)
    with contextlib.suppress(KeyboardInterrupt, WenbaoError):  # an index that cannot be opened is told of elsewhere
        snapshot = settings.store.open(settings.encoder())
        for line in staleness(settings, snapshot):
            terminal.say(line)
        snapshot.archive.close()
        for line in settings.store.faults():
            terminal.say(line)
            os.kill(server, signal.SIGHUP)
