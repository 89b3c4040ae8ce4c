"""The one place that turns whatever went wrong into the contract's error body."""

import logging
import re
from collections.abc import Sequence
from typing import Any

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.routing import Match

from index.errors import EngineDown, QueryError, SnapshotStale, WenbaoError

log = logging.getLogger("wenbao")

INVALID = "invalid_request_error"
METHODS = ("DELETE", "GET", "OPTIONS", "PATCH", "POST", "PUT")
RETRY_SECONDS = 2  # how soon a client may ask again while the archive is not ready

_TYPES = {
    401: "authentication_error",
    404: "not_found_error",
    429: "rate_limit_error",
    503: "overloaded_error",
    504: "timeout_error",
}
_CODES = {400: "bad_request", 404: "not_found", 405: "method_not_allowed", 413: "body_too_large", 429: "rate_limited"}
_MESSAGES = {
    404: "There is nothing at this address. /docs lists what there is.",
    405: "This address does not take that method. /docs lists what there is.",
}


class ApiError(HTTPException):
    """A request that is answered with an error. Its attributes are the fields of the error body."""

    def __init__(
        self, status: int, message: str, code: str, param: str | None = None, headers: dict[str, str] | None = None
    ) -> None:
        super().__init__(status, message, headers)
        self.code = code
        self.param = param


def not_ready() -> ApiError:
    """Return the error of a server whose index is not loaded yet."""
    headers = {"Retry-After": str(RETRY_SECONDS)}
    return ApiError(503, "The archive is being loaded. Ask again in a moment.", "not_ready", headers=headers)


def damaged() -> ApiError:
    """Return the error of a server whose index was found damaged while it was in service."""
    headers = {"Retry-After": str(RETRY_SECONDS)}
    message = "The archive's index is damaged and has to be built anew. The server's log says what is wrong."
    return ApiError(503, message, "index_damaged", headers=headers)


def error_body(status: int, message: str, code: str, param: str | None = None) -> dict[str, Any]:
    """Return the body that every error has."""
    kind = _TYPES.get(status, INVALID if status < 500 else "server_error")
    return {"error": {"message": clean(message, 500), "type": kind, "param": param and clean(param, 100), "code": code}}


def clean(text: str, longest: int) -> str:
    """Return a text that any JSON encoder takes and any log line bears: no lone surrogates, cut to length."""
    text = text.encode("utf-8", "replace").decode("utf-8")
    return text if len(text) <= longest else text[: longest - 1] + "…"


def install(app: Starlette) -> None:
    """Make an application answer every exception with the error body."""
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(RequestValidationError, _validation)
    app.add_exception_handler(QueryError, _query)
    app.add_exception_handler(EngineDown, _away)
    app.add_exception_handler(SnapshotStale, _away)
    app.add_exception_handler(Exception, _last_resort)


def respond(request: Request, error: ApiError) -> JSONResponse:
    """Return the response of an error. Under /v1 a field that is wrong is a 400, as OpenAI has it."""
    status = 400 if error.status_code == 422 and request.url.path.startswith("/v1/") else error.status_code
    return JSONResponse(error_body(status, error.detail, error.code, error.param), status, error.headers)


async def _http(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    if not isinstance(error, ApiError):
        code = _CODES.get(error.status_code, "error")
        message = _MESSAGES.get(error.status_code, str(error.detail))
        headers = dict(error.headers) if error.headers else None
        if error.status_code == 405:
            headers = {"Allow": ", ".join(_methods(request))}
        error = ApiError(error.status_code, message, code, headers=headers)
    return respond(request, error)


def _methods(request: Request) -> list[str]:
    """Return the methods that an address takes: of all routes to it, not of the first alone."""
    return [
        method
        for method in METHODS
        if any(route.matches({**request.scope, "method": method})[0] is Match.FULL for route in request.app.routes)
    ]


async def _validation(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    return respond(request, field_error(error.errors()))


async def _query(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, QueryError)
    param = "q" if request.url.path == "/api/search" and error.param in ("question", "query") else error.param
    return respond(request, ApiError(422, str(error), error.code, param))


async def _away(request: Request, error: Exception) -> JSONResponse:
    """What holds the archive is away for a while, or a newer generation has to be opened, which begins at once."""
    if isinstance(error, SnapshotStale):
        request.app.state.reloader.reload_soon()
    headers = {"Retry-After": str(RETRY_SECONDS)}
    log.warning("%s %s: %s", request.method, request.url.path, error)
    return respond(
        request, ApiError(503, "The archive cannot be read now. Ask again soon.", "not_ready", headers=headers)
    )


async def _last_resort(request: Request, error: Exception) -> JSONResponse:
    """Nothing should come here; what does is logged whole, and told without its insides."""
    log.error("%s %s failed", request.method, request.url.path, exc_info=error)
    message = str(error) if isinstance(error, WenbaoError) else "Something went wrong here. The server's log has it."
    return JSONResponse(error_body(500, message, "internal_error"), 500)


def field_error(errors: Sequence[Any]) -> ApiError:
    """Return the error that names the first wrong field of a request.

    `param` is its place ("history[0].role"); `code` is its name and what is wrong ("history_role_invalid").
    """
    first = min(errors, key=lambda error: error["type"] != "extra_forbidden")
    place = [part for part in first["loc"] if part not in ("body", "query", "path")]
    param = ""
    for part in place:
        param += f"[{part}]" if isinstance(part, int) else f".{part}" if param else part
    name = "_".join(part for part in place if isinstance(part, str)) or "body"
    limits = first.get("ctx", {})
    code, message = _say(first["type"], name, param or "The body", limits, first)
    return ApiError(422, message, code, param or None)


def _say(kind: str, name: str, param: str, limits: dict[str, Any], error: dict[str, Any]) -> tuple[str, str]:
    if kind == "extra_forbidden":
        return "unknown_field", f"{clean(param, 60)}: there is no such field. /docs lists the fields."
    if kind == "missing":
        return f"{name}_missing", f"{param}: this field is required."
    if kind == "value_error":
        return f"{name}_{error['ctx']['error'].code}", f"{param}: {error['ctx']['error']}"
    if kind in ("string_too_long", "too_long"):
        return f"{name}_too_long", f"{param}: at most {limits['max_length']} {_unit(kind)}, this has {_length(error)}."
    if kind in ("string_too_short", "too_short"):
        return f"{name}_too_short", f"{param}: at least {limits['min_length']} {_unit(kind)}."
    if kind in ("greater_than_equal", "less_than_equal"):
        return f"{name}_out_of_range", f"{param}: {error['msg'][0].lower()}{error['msg'][1:]}."
    if kind == "string_unicode":
        return f"{name}_not_unicode", f"{param}: half of a surrogate pair is no character. Send valid Unicode."
    if kind == "model_attributes_type":
        return f"{name}_invalid", f"{param}: an object is expected, with the fields that /docs lists."
    message = re.sub(r"\.$", "", error["msg"])
    return f"{re.sub(r'[^a-z0-9_]', '_', name.lower())[:40]}_invalid", f"{param}: {message[0].lower()}{message[1:]}."


def _unit(kind: str) -> str:
    return "characters" if kind.startswith("string") else "items"


def _length(error: dict[str, Any]) -> str:
    return str(len(error["input"])) if isinstance(error["input"], str | list | tuple) else "more"
