"""Changing the archive by single documents: what the command line offers."""

import shutil
from collections.abc import Sequence
from pathlib import Path

from api.settings import Settings
from index.build import Progress
from index.errors import CorpusMissing, PageUnreadable
from index.files import file_sha256
from index.page import why_left_out
from index.source import Source


def add_files(settings: Settings, files: Sequence[Path], progress: Progress) -> Source:
    """Index some files. One that lies outside the corpus folder is copied into it first, under its own name.

    Raises:
        CorpusError: one is missing, is not a page, or another file has its name.
        SnapshotError: there is no index to add to.
    """
    corpus = settings.corpus
    if not corpus.is_dir():
        raise CorpusMissing(f"{corpus}: no such folder. Name a folder of UTF-8 .txt or .md files with --corpus DIR.")
    document_ids = [_document_id(corpus, file) for file in files]
    for file, document_id in zip(files, document_ids, strict=True):
        if not (corpus / document_id).is_file() or why_left_out(document_id):
            raise PageUnreadable(
                f"{file}: not a page. Pages are .txt and .md files; README and dot-files are left out."
            )
    return settings.store.add(corpus, settings.encoder(), document_ids, progress)


def _document_id(corpus: Path, file: Path) -> str:
    try:
        return file.resolve().relative_to(corpus.resolve()).as_posix()
    except ValueError:
        pass
    target = corpus / file.name
    try:
        if not target.exists():
            shutil.copyfile(file, target)
        elif file_sha256(target) != file_sha256(file):
            raise PageUnreadable(f"{target}: another file of that name is there. Rename {file}.")
    except OSError as error:
        raise PageUnreadable(f"{error.filename}: {error.strerror}. Name a file that can be read.") from error
    return file.name


def remove(settings: Settings, document_ids: Sequence[str], progress: Progress) -> Source:
    """Take documents out of the index; their files stay where they are.

    Raises:
        QueryError: one is not in it.
        SnapshotError: there is no index.
    """
    return settings.store.remove(settings.corpus, settings.encoder(), document_ids, progress)


def compact(settings: Settings, progress: Progress) -> Source:
    """Make the index as if it were built from nothing, without reading a page again.

    Raises:
        SnapshotError: there is no index.
    """
    return settings.store.compact(settings.corpus, settings.encoder(), progress)
