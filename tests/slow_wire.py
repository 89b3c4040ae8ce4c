"""A wire between a client and an engine that a test makes slow: what the engine says comes later, or not at all."""

import math
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

TICK = 0.02  # seconds


class Wire:
    """Passes bytes on to a port of this machine. `late`: seconds by which what comes back is held; `math.inf`: until
    it is set to something else."""

    def __init__(self, port: int) -> None:
        self.late = 0.0
        self._engine = port
        self._ear = socket.create_server(("127.0.0.1", 0))
        self.port = self._ear.getsockname()[1]
        self._ends: list[socket.socket] = []
        threading.Thread(target=self._listen, daemon=True).start()

    def url(self, name: str) -> str:
        """Return the address of an archive at its far end."""
        return f"milvus://127.0.0.1:{self.port}/{name}"

    def cut(self) -> None:
        """End it, and all that goes through it."""
        for end in (self._ear, *self._ends):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()

    def _listen(self) -> None:
        with suppress(OSError):
            while True:
                here = self._ear.accept()[0]
                there = socket.create_connection(("127.0.0.1", self._engine))
                self._ends += [here, there]
                for source, target, held in ((here, there, False), (there, here, True)):
                    threading.Thread(target=self._pass_on, args=(source, target, held), daemon=True).start()

    def _pass_on(self, source: socket.socket, target: socket.socket, held: bool) -> None:
        with suppress(OSError):
            while data := source.recv(1 << 16):
                came = time.monotonic()
                while held and time.monotonic() < came + self.late:
                    time.sleep(TICK)
                target.sendall(data)
            target.shutdown(socket.SHUT_WR)


@contextmanager
def wire_to(port: int) -> Iterator[Wire]:
    """Yield a wire, and cut it in the end."""
    wire = Wire(port)
    try:
        yield wire
    finally:
        wire.cut()


SILENT = math.inf
