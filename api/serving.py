"""Serving: the archive is opened first, the socket after it."""

import contextlib
import logging
import signal
import socket

import uvicorn

from api import terminal
from api.app import create_app
from api.opening import open_archive
from api.settings import Settings
from index.errors import WenbaoError

FIRST = ("2024年谁在哪里说了什么？", "Who said what in 2024?")  # asked before the socket opens: dictionaries load now
STOP_SECONDS = 5  # that answers under way have when the server is stopped


class AddressError(WenbaoError):
    """The address to listen on cannot be had."""


def serve_forever(settings: Settings) -> int:
    """Open the archive, building its index if need be, and serve it until the process is told to stop.

    Raises:
        WenbaoError: the archive cannot be opened, or the address cannot be had.
    """
    with terminal.progress_lines() as progress:
        opened = open_archive(settings, terminal.say, progress)
    for question in FIRST:
        opened.answerer.ask(question)
    app = create_app(settings, opened)
    with listen(settings.host, settings.port) as listener:
        config = uvicorn.Config(
            app,
            log_config=None,
            access_log=False,
            server_header=False,
            lifespan="off",
            timeout_graceful_shutdown=STOP_SECONDS,
        )
        logging.basicConfig(format="wenbao: %(message)s", level=logging.WARNING)
        logging.getLogger("wenbao.requests").setLevel(logging.INFO)
        app.state.home = settings.public_url or address(listener)
        counts = opened.snapshot.manifest["counts"]
        terminal.say(
            f"{address(listener)} answers from {counts['pages']} pages, {counts['articles']} articles; Ctrl-C stops"
        )
        with contextlib.suppress(KeyboardInterrupt):
            signal.signal(signal.SIGTERM, lambda *_: signal.raise_signal(signal.SIGINT))
            uvicorn.Server(config).run(sockets=[listener])
    return 0


def listen(host: str, port: int) -> socket.socket:
    """Return a socket that listens.

    Raises:
        AddressError: the port is taken, not allowed, or the host is not one of this machine.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(512)
    except (OSError, UnicodeError) as error:
        listener.close()
        why = getattr(error, "strerror", None) or str(error)
        raise AddressError(
            f"{host}:{port}: cannot listen there ({why}). Choose another with --host and --port."
        ) from error
    return listener


def address(listener: socket.socket) -> str:
    """Return the URL under which a listening socket is reached from this machine."""
    host, port = listener.getsockname()[:2]
    shown = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)
    return f"http://{shown}:{port}"
