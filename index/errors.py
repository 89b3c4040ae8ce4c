"""The errors of the archive, one tree. Every message says what happened, what was expected and what to do.

WenbaoError
├── CorpusError            the folder of pages cannot be used
│   ├── CorpusMissing      there is no such folder, or it is not a folder
│   ├── CorpusEmpty        it holds no .txt or .md file
│   └── PageUnreadable     a file cannot be opened, or is not UTF-8
├── SnapshotError          the index on disk cannot be used
│   ├── SnapshotMissing    there is none
│   ├── SnapshotDamaged    a file of it is missing, short or changed
│   ├── SnapshotMismatch   it was made by another format, model or setting
│   ├── SnapshotBusy       somebody else is building in the same place
│   ├── SnapshotStale      the generation that is open is kept no more; a newer one is
│   └── EngineDown         the engine that holds it does not answer; it may soon
├── ModelError             the model that makes vectors cannot be loaded
├── QueryError             the question or a parameter of it is not usable
└── VerifyError            a quotation does not stand in the file
"""


class WenbaoError(Exception):
    """Base of all errors that a caller may want to show as they are."""


class CorpusError(WenbaoError):
    """The folder of pages cannot be used."""


class CorpusMissing(CorpusError):
    """There is no such corpus folder."""


class CorpusEmpty(CorpusError):
    """The corpus folder holds no page."""


class PageUnreadable(CorpusError):
    """A file of the corpus cannot be read as UTF-8 text."""


class SnapshotError(WenbaoError):
    """The index on disk cannot be used."""


class SnapshotMissing(SnapshotError):
    """There is no index at that place."""


class SnapshotDamaged(SnapshotError):
    """A file of the index is missing, short or changed."""


class SnapshotMismatch(SnapshotError):
    """The index was made by another format, model or setting."""


class SnapshotOutdated(SnapshotMismatch):
    """An older version of this program made the index. Building it anew mends that."""


class SnapshotBusy(SnapshotError):
    """Another build is writing to the same folder."""


class SnapshotStale(SnapshotError):
    """The generation that is open is kept no more: the newest can be opened at once."""


class EngineDown(SnapshotError):
    """The engine that holds the index does not answer, or not in time: the same may be asked again soon."""


class ModelError(WenbaoError):
    """The model that makes vectors cannot be loaded."""


class QueryError(WenbaoError):
    """A question, or a parameter of it, is not usable."""

    def __init__(self, message: str, param: str = "question", code: str = "invalid_question") -> None:
        super().__init__(message)
        self.param = param
        self.code = code


class VerifyError(WenbaoError):
    """A quotation does not stand in the file."""
