"""The product's own server as a process, seen from outside: when it answers, what it takes."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

READY_SECONDS = 60.0
ANSWER_SECONDS = 30.0  # for one answer, on a machine that is busy with other work


class Server:
    """A server on a free port of this machine. Use as a context manager.

    `ready`: the seconds from its start until it answered.

    Raises:
        RuntimeError: it stops, or is not ready in time.
    """

    def __init__(self, corpus: Path, index: Path | str, *flags: str, **environment: str) -> None:
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = int(free.getsockname()[1])
        command = [sys.executable, "-m", "api.cli", "serve", "--corpus", str(corpus), "--index", str(index)]
        started = time.perf_counter()
        self._process = subprocess.Popen(
            [*command, "--port", str(self.port), *flags],
            stderr=subprocess.DEVNULL,
            env={**os.environ, **environment},
        )
        try:
            self._wait(started)
        except RuntimeError:
            self._process.kill()
            raise
        self.ready = time.perf_counter() - started

    def _wait(self, started: float) -> None:
        while not self.answers():
            if self._process.poll() is not None:
                raise RuntimeError(f"the server stopped with exit status {self._process.returncode}")
            if time.perf_counter() - started > READY_SECONDS:
                raise RuntimeError(f"the server was not ready after {READY_SECONDS:.0f} s")
            time.sleep(0.02)

    def __enter__(self) -> "Server":
        return self

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.wait(30)

    def answers(self) -> bool:
        """Return whether it says that it is ready."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/readyz", timeout=ANSWER_SECONDS) as response:
                return bool(response.status == 200)
        except OSError:
            return False

    def reload(self) -> None:
        """Tell it to take what its index names now."""
        self._process.send_signal(signal.SIGHUP)

    def memory(self) -> float:
        """Return the megabytes it takes with all its workers; what they share counts once."""
        rows = [line for pid in self._pids() for line in _lines(f"/proc/{pid}/smaps_rollup")]
        return sum(int(line.split()[1]) for line in rows if line.startswith("Pss:")) / 1024

    def cpu(self) -> float:
        """Return the seconds of processor time it has spent, with all its workers."""
        ticks = 0
        for pid in self._pids():
            fields = "".join(_lines(f"/proc/{pid}/stat")).rpartition(")")[2].split()
            ticks += int(fields[11]) + int(fields[12]) if fields else 0
        return ticks / os.sysconf("SC_CLK_TCK")

    def _pids(self) -> Iterator[int]:
        own = self._process.pid
        yield own
        for line in _lines(f"/proc/{own}/task/{own}/children"):
            yield from map(int, line.split())


def _lines(path: str) -> list[str]:
    """Return what the system tells of a process; nothing where it ended, even between two looks."""
    try:
        return Path(path).read_text(encoding="utf-8").splitlines()
    except OSError:
        return []
