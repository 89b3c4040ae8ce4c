"""Following the corpus folder: its index is brought up to date each time that its files have changed."""

import contextlib
import hashlib
import multiprocessing
import time
from collections.abc import Callable
from multiprocessing.context import SpawnProcess

from api import terminal
from api.opening import build_archive
from api.settings import Settings
from api.workers import start
from index.errors import CorpusError, WenbaoError
from index.page import list_corpus

LOOK_SECONDS = 1.0  # between two looks; a corpus that takes long to look at is looked at less often
SHARE = 10  # of the time at most one part is spent looking


def follow(settings: Settings, stopped: Callable[[], bool] = lambda: False) -> None:
    """Look at the corpus until told to stop, and build when it has changed and two looks at it are alike.

    What goes wrong is said, and tried again when the files have changed again.
    """
    built = before = None
    while not stopped():
        begun = time.monotonic()
        seen = _signature(settings)
        looked = time.monotonic() - begun
        if seen != built and seen == before:
            built = seen
            try:
                snapshot = build_archive(settings, lambda *_: None)
            except WenbaoError as error:
                terminal.say(f"the index stays as it is: {' '.join(str(error).split())}")
            else:
                terminal.say(f"the index is up to date: {snapshot.manifest['counts']['pages']} pages")
                snapshot.archive.close()
        before = seen
        time.sleep(max(LOOK_SECONDS, SHARE * looked))


def start_following(settings: Settings) -> SpawnProcess:
    """Do so in another process, which ends with this one."""
    process = multiprocessing.get_context("spawn").Process(target=_follow_there, args=(settings,), daemon=True)
    start(process)
    return process


def _follow_there(settings: Settings) -> None:
    parent = multiprocessing.parent_process()
    with contextlib.suppress(KeyboardInterrupt):
        follow(settings, lambda: parent is not None and not parent.is_alive())


def _signature(settings: Settings) -> str:
    """Return a hash of the names, sizes and times of all files; of what is wrong, where the folder cannot be read."""
    try:
        rows = []
        for document_id in list_corpus(settings.corpus).document_ids:
            stat = (settings.corpus / document_id).stat()
            rows.append((document_id, stat.st_size, stat.st_mtime_ns))
    except (CorpusError, OSError) as error:
        return str(error)
    return hashlib.sha256(repr(rows).encode()).hexdigest()
