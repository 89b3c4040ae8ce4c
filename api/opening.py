"""Opening the archive: the index that the settings name, built where there is none."""

from collections.abc import Callable
from dataclasses import dataclass

from api.settings import Settings
from index.build import Progress, build_index, changed_documents, index_settings
from index.encoder import load_encoder
from index.errors import CorpusError, SnapshotMissing
from index.snapshot import Snapshot, load_snapshot
from rag.answerer import Answerer

Say = Callable[[str], None]
"""Told one line for a person."""


@dataclass(frozen=True)
class Opened:
    """An archive that can be asked."""

    snapshot: Snapshot
    answerer: Answerer


def open_archive(settings: Settings, say: Say, progress: Progress) -> Opened:
    """Open the index that the settings name. Where there is none it is built, and that is said.

    Where the corpus is not what it was when the index was built, that is said too, and the index is used as it is.

    Raises:
        SnapshotError: the index is damaged, or was built otherwise.
        CorpusError: there is no index, and none can be built.
        ModelError: the model cannot be loaded.
    """
    encoder = load_encoder(settings.model)
    try:
        snapshot = load_snapshot(settings.index_folder, encoder, index_settings(encoder))
    except SnapshotMissing:
        say(f"no index of {settings.corpus} yet, building one in {settings.index_folder}")
        snapshot = build_index(settings.corpus, settings.index_folder, encoder, progress)
    else:
        for line in staleness(settings, snapshot):
            say(line)
    return Opened(snapshot, Answerer(snapshot))


def build_archive(settings: Settings, progress: Progress) -> Snapshot:
    """Build the index anew, whatever is there; what is there stays in use until the end.

    Raises:
        CorpusError: the corpus cannot be read.
        SnapshotError: the index folder cannot be written.
        ModelError: the model cannot be loaded.
    """
    return build_index(settings.corpus, settings.index_folder, load_encoder(settings.model), progress)


def staleness(settings: Settings, snapshot: Snapshot) -> list[str]:
    """Return what a person should know about the corpus having changed since the index was built: at most a line."""
    try:
        changed = changed_documents(settings.corpus, snapshot.manifest)
    except CorpusError as error:
        return [f"answering from the index at hand, for the corpus cannot be read: {error}"]
    if not changed:
        return []
    named = ", ".join(changed[:3]) + (f" and {len(changed) - 3} more" if len(changed) > 3 else "")
    return [f"the corpus has changed since the index was built ({named}); `wenbao build` brings it up to date"]
