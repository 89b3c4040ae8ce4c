"""Opening the archive: the index that the settings name, built where there is none."""

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass

from api.settings import Settings
from index.build import Progress, changed_documents
from index.errors import CorpusError, SnapshotBusy, SnapshotDamaged, SnapshotError, SnapshotMissing, SnapshotOutdated
from index.source import Source
from rag.answerer import Answerer

Say = Callable[[str], None]
"""Told one line for a person."""


FIRST = ("2024年谁在哪里说了什么？", "Who said what in 2024?")  # asked before anybody else: dictionaries load now
TRIES = 5  # at a generation that is replaced by another one while it is opened


@dataclass(frozen=True)
class Opened:
    """An archive that can be asked."""

    snapshot: Source
    answerer: Answerer

    def warm(self) -> None:
        """Ask it something in each language, so that nobody else waits for what is loaded when it is first used."""
        for question in FIRST:
            self.answerer.ask(question)

    def close(self) -> None:
        """Close its files. Nobody may read it any more."""
        self.snapshot.archive.close()


def open_archive(settings: Settings, say: Say, progress: Progress, compare: bool = True) -> Opened:
    """Open the index that the settings name. Where there is none, or an older version of this program made it, it is
    built, and that is said.

    Where the corpus is not what it was when the index was built, that is said too, and the index is used as it is.
    `compare`: whether to look; for a large corpus that takes seconds.

    Raises:
        SnapshotError: the index is damaged, or was built otherwise.
        CorpusError: there is no index, and none can be built.
        ModelError: the model cannot be loaded.
    """
    encoder = settings.encoder()
    try:
        snapshot = settings.store.open(encoder)
    except (SnapshotMissing, SnapshotOutdated) as error:
        corpus, older = settings.corpus, isinstance(error, SnapshotOutdated)
        why = (
            f"an older version made the index of {corpus}, building it anew"
            if older
            else f"no index of {corpus} yet, building one"
        )
        say(f"{why} in {settings.store}")
        snapshot = settings.store.build(settings.corpus, encoder, progress)
    else:
        for line in staleness(settings, snapshot) if compare else ():
            say(line)
    return Opened(snapshot, Answerer(snapshot))


def open_next(settings: Settings, before: Opened, again: bool = False) -> Opened | None:
    """Open the generation that the index names now, warm; None if that is the one that is open already, and whole.

    `again`: open it also if it is the same one.

    Raises:
        SnapshotError: it is damaged, or was built otherwise.
    """
    encoder, store = before.snapshot.encoder, settings.store
    for _ in range(TRIES):
        name = store.current()
        if name == before.snapshot.name and not again:
            if faults := store.faults(quick=True):
                raise SnapshotDamaged(faults[0])
            return None
        try:
            snapshot = store.open(encoder)
            opened = Opened(snapshot, Answerer(snapshot))
            opened.warm()
        except (SnapshotError, OSError, ValueError, KeyError, RuntimeError, sqlite3.Error) as error:
            if name != store.current():
                continue
            if isinstance(error, SnapshotError):
                raise
            raise SnapshotDamaged(f"{store}: {name} cannot be used ({error!r}).") from error
        return opened
    raise SnapshotBusy(f"{store}: is replaced again and again while it is opened. Ask again later.")


def build_archive(settings: Settings, progress: Progress, workers: int | None = None) -> Source:
    """Bring the index up to date with the corpus, by so many processes; what is there stays in use until the end.

    Raises:
        CorpusError: the corpus cannot be read.
        SnapshotError: the index folder cannot be written.
        ModelError: the model cannot be loaded.
    """
    return settings.store.build(settings.corpus, settings.encoder(), progress, workers)


def staleness(settings: Settings, snapshot: Source) -> list[str]:
    """Return what a person should know about the corpus having changed since the index was built: at most a line."""
    try:
        changed = changed_documents(settings.corpus, snapshot)
    except CorpusError as error:
        return [f"answering from the index at hand, for the corpus cannot be read: {error}"]
    if not changed:
        return []
    named = ", ".join(changed[:3]) + (f" and {len(changed) - 3} more" if len(changed) > 3 else "")
    return [f"the corpus has changed since the index was built ({named}); `wenbao build` brings it up to date"]
