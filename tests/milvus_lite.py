"""A real engine for tests: milvus-lite's server, started, killed and started again on the same data."""

import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

SERVER = Path(sys.executable).with_name("milvus-lite")
AWAY = "" if SERVER.exists() else "milvus-lite is not installed: pip install '.[dev]'"
SECONDS = 60.0


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
