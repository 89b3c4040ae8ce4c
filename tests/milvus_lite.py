"""A real engine for tests: milvus-lite's server, started, killed and started again on the same data."""

import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from index.errors import SnapshotError
from index.source import Source
from rag.answerer import Answerer

if TYPE_CHECKING:
    from index.milvus.store import MilvusStore

SERVER = Path(sys.executable).with_name("milvus-lite")
AWAY = "" if SERVER.exists() else "milvus-lite is not installed: pip install '.[dev]'"
SECONDS = 60.0
ASKED = ("南海区有多少家社会办医疗机构？", "淄博高新区有几家国家知识产权优势企业？", "昆山给博士多少购房补贴？")


class Lite:
    """One server, on a port of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self._process: subprocess.Popen[bytes] | None = None

    def url(self, name: str) -> str:
        """Return the address of an archive there."""
        return f"milvus://127.0.0.1:{self.port}/{name}"

    @property
    def pid(self) -> int:
        """The number of its process."""
        assert self._process is not None
        return self._process.pid

    def start(self) -> None:
        """Start it, and wait until it listens."""
        with (self.folder.with_suffix(".log")).open("ab") as log:
            flags = ["--host", "127.0.0.1", "--port", str(self.port), "--data-dir", str(self.folder)]
            self._process = subprocess.Popen([str(SERVER), "server", *flags], stdout=log, stderr=log)
        until = time.monotonic() + SECONDS
        while time.monotonic() < until:
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return
            except OSError:
                assert self._process.poll() is None, "milvus-lite ended"
                time.sleep(0.05)
        raise AssertionError("milvus-lite does not listen")

    def kill(self) -> None:
        """kill -9."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def clear(self) -> None:
        """Kill it, and remove its data."""
        self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)


def running(folder: Path) -> Iterator[Lite]:
    """Yield a server over a folder, for a fixture."""
    server = Lite(folder)
    server.start()
    yield server
    server.kill()


def quiet(*_: object) -> None:
    """Show no progress."""


def said(source: Source) -> list[object]:
    """Return what an archive answers to what is `ASKED`, and from which passages."""
    answerer = Answerer(source)
    found = [answerer.ask(question, (), 10) for question in ASKED]
    return [(a.text, a.short_answer, a.reason, [hit.passage.passage_id for hit in a.hits[:5]]) for a in found]


def rows_of(store: "MilvusStore") -> tuple[int, int]:
    """Return how many rows of passages, and of documents, there are, whoever may see them."""
    name = store.address.name
    return store.engine.count(name, ""), store.engine.count(f"{name}_documents", "piece == 0")


def rows_or_none(store: "MilvusStore") -> tuple[int, int] | None:
    """Return the same; None where the engine has no such collections, or does not answer."""
    try:
        return rows_of(store)
    except SnapshotError:
        return None
