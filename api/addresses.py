"""Absolute addresses of what the archive serves: what a reader of another program can click."""

from fastapi import Request

from api.settings import Settings


def absolute(request: Request, path: str) -> str:
    """Return the absolute URL of a path of this server: below `public_url` if that is set, else as it was asked."""
    settings: Settings = request.app.state.settings
    return (settings.public_url or str(request.base_url)).rstrip("/") + path


def home(settings: Settings) -> str:
    """Return the server's own address by its settings alone, for programs that asked over another way than HTTP."""
    host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(settings.host, settings.host)
    return (settings.public_url or f"http://{host}:{settings.port}").rstrip("/")
