"""A raw file of the corpus: its text and its SHA-256. Nothing is ever rewritten."""

import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from index.errors import CorpusEmpty, CorpusMissing, PageUnreadable

SUFFIXES = (".txt", ".md")


@dataclass(frozen=True)
class Page:
    """One file as it is.

    `document_id`: POSIX path below the corpus folder, case kept. `text`: the file decoded as UTF-8, no newline
    translated, a BOM kept; offsets into it are Unicode code points. `sha256`: of the file's bytes, lower-case hex.
    """

    document_id: str
    text: str
    sha256: str


@dataclass(frozen=True)
class CorpusListing:
    """What a corpus folder holds: the pages' ids in order, and the files left out, each with why."""

    document_ids: tuple[str, ...]
    left_out: tuple[tuple[str, str], ...]


def list_corpus(folder: Path) -> CorpusListing:
    """Return the pages of a corpus folder, sorted by id, sub-folders included.

    Raises:
        CorpusMissing: no such folder.
        CorpusEmpty: it holds no .txt or .md file that counts.
        PageUnreadable: a file name is not UTF-8, or a sub-folder cannot be listed.
    """
    if not folder.is_dir():
        raise CorpusMissing(f"{folder}: no such folder. Name a folder of UTF-8 .txt or .md files with --corpus DIR.")
    pages, left_out = [], []
    for document_id in _files(folder):
        try:
            document_id.encode("utf-8")
        except UnicodeEncodeError as error:
            raise PageUnreadable(f"{document_id!a}: the file's name is not UTF-8. Rename the file.") from error
        if why := why_left_out(document_id):
            left_out.append((document_id, why))
        else:
            pages.append(document_id)
    if not pages:
        raise CorpusEmpty(f"{folder}: no .txt or .md file in it. Put UTF-8 text files there, or name another folder.")
    return CorpusListing(tuple(sorted(pages)), tuple(sorted(left_out)))


def why_left_out(document_id: str) -> str | None:
    """Return why a file of the corpus is no page of it, None if it is one."""
    name = document_id.rpartition("/")[2]
    if document_id.startswith(".") or "/." in document_id:
        return "dot-file"
    if name.lower().startswith("readme"):
        return "README"
    return None if name.lower().endswith(SUFFIXES) else "neither .txt nor .md"


def _files(folder: Path) -> Iterator[str]:
    """Yield the paths of all files below a folder, POSIX."""

    def unreadable(error: OSError) -> None:
        raise PageUnreadable(f"{error.filename}: cannot be listed ({error.strerror}). Mend its permissions.")

    for directory, _, names in os.walk(folder, onerror=unreadable):
        below = Path(directory).relative_to(folder).as_posix()
        for name in names:  # plain strings: a path object for each of a million files takes ten seconds
            yield name if below == "." else f"{below}/{name}"


def file_size(folder: Path, document_id: str) -> int:
    """Return how many bytes a file of the corpus has.

    Raises:
        PageUnreadable: it is not there, or cannot be looked at.
    """
    path = folder / document_id
    try:
        return path.stat().st_size
    except OSError as error:
        raise PageUnreadable(f"{path}: cannot be read ({error.strerror}). Mend its permissions or move it.") from error


def read_page(folder: Path, document_id: str) -> Page:
    """Read one file of the corpus.

    Raises:
        PageUnreadable: it cannot be opened, or is not UTF-8; the message names the file and the byte.
    """
    path = folder / document_id
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise PageUnreadable(f"{path}: cannot be read ({error.strerror}). Mend its permissions or move it.") from error
    return decode_page(document_id, raw)


def decode_page(document_id: str, raw: bytes) -> Page:
    """Return the page that these bytes are.

    Raises:
        PageUnreadable: the bytes are not UTF-8.
    """
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise PageUnreadable(
            f"{document_id}: not UTF-8 (byte {error.start}). Save it as UTF-8, for example with"
            f" `iconv -f GB18030 -t UTF-8`, or move it out of the corpus."
        ) from error
    return Page(document_id, text, hashlib.sha256(raw).hexdigest())
