"""Serving: the archive is opened first, the socket after it."""

import asyncio
import contextlib
import logging
import math
import os
import signal
import socket
from multiprocessing.connection import Connection

import uvicorn

from api import terminal
from api.app import create_app
from api.following import start_following
from api.opening import Opened, open_archive, staleness
from api.protocol import HEAD_SECONDS, Protocol
from api.reloading import Reloader
from api.settings import Settings, SettingsError
from api.upkeep import LARGE, start_looking
from api.workers import Workers
from index.errors import WenbaoError

BACKLOG = 512  # connections that wait to be taken


class AddressError(WenbaoError):
    """The address to listen on cannot be had."""


def serve_forever(settings: Settings) -> int:
    """Open the archive, building its index if need be, and serve it until the process is told to stop.

    Raises:
        WenbaoError: the archive cannot be opened, the address cannot be had, or it would be open to anybody.
    """
    check_exposed(settings)
    if settings.workers > 1:
        return _serve_with_workers(settings)
    opened = _open(settings)
    counts = opened.snapshot.manifest["counts"]
    for line in staleness(settings, opened.snapshot) if counts["passages"] < LARGE else ():
        terminal.say(line)
    with bind(settings.host, settings.port) as listener:
        if settings.watch:
            start_following(settings)
        listener.listen(BACKLOG)
        told = _note_signals()
        terminal.say(
            f"{address(listener)} answers from {counts['pages']} pages, {counts['articles']} articles; Ctrl-C stops"
        )
        if counts["passages"] >= LARGE:
            start_looking(settings, os.getpid())
        asyncio.run(_serve(settings, opened, listener, told))
    return 0


def check_exposed(settings: Settings) -> None:
    """Refuse to let anybody in by oversight.

    Raises:
        SettingsError: others than this machine reach the address, and no key is asked for.
    """
    if settings.exposed and not settings.api_keys and not settings.open_to_all:
        raise SettingsError(
            f"{settings.host}: others reach this address, and no key is asked for. Set WENBAO_API_KEYS='[\"…\"]',"
            " or WENBAO_OPEN_TO_ALL=true to let anybody ask."
        )


def _serve_with_workers(settings: Settings) -> int:
    with bind(settings.host, settings.port) as listener:
        workers = Workers(_work, settings, listener)
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, _interrupt)
        with contextlib.suppress(KeyboardInterrupt):
            workers.start()
            try:
                listener.listen(BACKLOG)
                terminal.say(f"{address(listener)} answers with {settings.workers} workers; Ctrl-C stops")
                if settings.watch:
                    start_following(settings)
                workers.keep()
            finally:
                workers.stop()
    return 0


def _interrupt(*_: object) -> None:
    raise KeyboardInterrupt  # SIGINT itself may be ignored, as it is in what a script starts in the background


def _work(settings: Settings, listener: socket.socket, pipe: Connection, first: bool) -> None:
    """Answer as one of several processes, until told to stop or left alone (see `api.workers`)."""
    with contextlib.suppress(KeyboardInterrupt):
        try:
            opened = _open(settings)
        except WenbaoError as error:
            signal.signal(signal.SIGTERM, signal.SIG_IGN)  # it ends now anyway
            pipe.send(str(error))
            return
        told = _note_signals()
        pipe.send(None)
        if first and opened.snapshot.manifest["counts"]["passages"] >= LARGE:
            start_looking(settings, os.getppid())
        asyncio.run(_serve(settings, opened, listener, told, pipe))


def _open(settings: Settings) -> Opened:
    """Return the archive, warm, in a process that can be told to stop."""
    signal.signal(signal.SIGHUP, signal.SIG_IGN)  # until there is something to reload
    signal.signal(signal.SIGTERM, _interrupt)
    logging.basicConfig(format="wenbao: %(message)s", level=logging.WARNING)
    for name in ("wenbao.requests", "wenbao.archive"):
        logging.getLogger(name).setLevel(logging.INFO)
    with terminal.progress_lines() as progress:
        opened = open_archive(settings, terminal.say, progress, compare=False)
    opened.warm()
    return opened


def _note_signals() -> list[int]:
    """From here on a signal to stop interrupts nothing: return the list of those that uvicorn does not mind."""
    told: list[int] = []
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda number, _: told.append(number))
    return told


def _pass_on(told: list[int]) -> None:
    for number in told[:1]:
        signal.raise_signal(number)


async def _serve(
    settings: Settings, opened: Opened, listener: socket.socket, told: list[int], boss: Connection | None = None
) -> None:
    """Answer until told to stop; SIGHUP, and with `watch` the index itself, brings a new generation.

    `told`: the signals to stop that came before uvicorn minds them.
    `boss`: where this is one of several workers, a pipe that ends when the process that keeps them does.
    """
    app = create_app(settings, opened)
    app.state.home = settings.public_url or address(listener)
    reloader: Reloader = app.state.reloader
    loop = asyncio.get_running_loop()
    if boss is not None:
        reloader.tell_others = lambda: os.kill(os.getppid(), signal.SIGHUP)
        loop.add_reader(boss.fileno(), _left_alone, loop, boss)
    loop.add_signal_handler(signal.SIGHUP, _hung_up, reloader, os.isatty(0))
    reloader.reload_soon()  # what was published between its opening and now
    watching = asyncio.create_task(reloader.watch()) if settings.watch else None
    config = uvicorn.Config(
        app,
        http=Protocol,
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_keep_alive=int(HEAD_SECONDS),
        timeout_graceful_shutdown=math.ceil(settings.deadline_seconds),  # what is under way is answered
        backlog=BACKLOG,
    )
    loop.call_soon(_pass_on, told)  # it runs when uvicorn has its handlers in place
    try:
        await uvicorn.Server(config).serve(sockets=[listener])
    finally:
        if watching:
            watching.cancel()


def _hung_up(reloader: Reloader, in_terminal: bool) -> None:
    """Called on SIGHUP: take the new generation, or stop where it means that the terminal was closed."""
    if in_terminal and not os.isatty(0):
        signal.raise_signal(signal.SIGTERM)
    else:
        reloader.reload_soon()


def _left_alone(loop: asyncio.AbstractEventLoop, boss: Connection) -> None:
    loop.remove_reader(boss.fileno())
    signal.raise_signal(signal.SIGTERM)


def bind(host: str, port: int) -> socket.socket:
    """Return a socket at an address.

    Raises:
        AddressError: the port is taken, not allowed, or the host is not one of this machine.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)  # unnamed, asyncio leaves Nagle on: 40 ms
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
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
