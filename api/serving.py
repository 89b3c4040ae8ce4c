"""Serving: the archive is opened first, the socket after it."""

import asyncio
import contextlib
import logging
import math
import os
import signal
import socket

import uvicorn

from api import terminal
from api.app import create_app
from api.opening import Opened, open_archive
from api.reloading import Reloader
from api.settings import Settings
from index.errors import WenbaoError


class AddressError(WenbaoError):
    """The address to listen on cannot be had."""


def serve_forever(settings: Settings) -> int:
    """Open the archive, building its index if need be, and serve it until the process is told to stop.

    Raises:
        WenbaoError: the archive cannot be opened, or the address cannot be had.
    """
    signal.signal(signal.SIGHUP, signal.SIG_IGN)  # until there is something to reload
    with terminal.progress_lines() as progress:
        opened = open_archive(settings, terminal.say, progress)
    opened.warm()
    with listen(settings.host, settings.port) as listener:
        logging.basicConfig(format="wenbao: %(message)s", level=logging.WARNING)
        for name in ("wenbao.requests", "wenbao.archive"):
            logging.getLogger(name).setLevel(logging.INFO)
        counts = opened.snapshot.manifest["counts"]
        terminal.say(
            f"{address(listener)} answers from {counts['pages']} pages, {counts['articles']} articles; Ctrl-C stops"
        )
        with contextlib.suppress(KeyboardInterrupt):
            signal.signal(signal.SIGTERM, lambda *_: signal.raise_signal(signal.SIGINT))
            asyncio.run(_serve(settings, opened, listener))
    return 0


async def _serve(settings: Settings, opened: Opened, listener: socket.socket) -> None:
    """Answer until told to stop; SIGHUP, and with `watch` the index itself, brings a new generation."""
    app = create_app(settings, opened)
    app.state.home = settings.public_url or address(listener)
    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        server_header=False,
        lifespan="off",
        timeout_graceful_shutdown=math.ceil(settings.deadline_seconds),  # what is under way is answered
    )
    reloader: Reloader = app.state.reloader
    in_terminal = os.isatty(0)

    def hung_up() -> None:
        if in_terminal and not os.isatty(0):  # the terminal was closed
            signal.raise_signal(signal.SIGTERM)
        else:
            reloader.reload_soon()

    asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, hung_up)
    watching = asyncio.create_task(reloader.watch()) if settings.watch else None
    try:
        await uvicorn.Server(config).serve(sockets=[listener])
    finally:
        if watching:
            watching.cancel()


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
