"""Request bodies: JSON as it is defined, and nothing that only looks like it."""

import json
from collections.abc import Callable
from typing import Any

from fastapi import Request, Response
from fastapi.routing import APIRoute
from starlette.concurrency import run_in_threadpool

from api.errors import ApiError, clean

BIG = 65536  # bytes; a longer body is read in a thread, so that it holds up nobody


class StrictRoute(APIRoute):
    """A route whose JSON body is read by `strict_json`, and which says so when it is sent something else."""

    def get_route_handler(self) -> Callable[[Request], Any]:
        """Return FastAPI's handler, with the body read strictly."""
        handler = super().get_route_handler()

        async def strict_handler(request: Request) -> Response:
            if self.body_field is not None:
                _check_content_type(request)
                request = _StrictRequest(request.scope, request.receive)
                if not await request.body():
                    raise _malformed("it is empty")
            response: Response = await handler(request)
            return response

        return strict_handler


class _StrictRequest(Request):
    async def json(self) -> Any:
        if not hasattr(self, "_json"):
            raw = await self.body()
            self._json = strict_json(raw) if len(raw) < BIG else await run_in_threadpool(strict_json, raw)
        return self._json


def _check_content_type(request: Request) -> None:
    value = request.headers.get("content-type", "application/json")
    kind, _, parameters = value.lower().partition(";")
    charset = parameters.replace(" ", "").replace('"', "")
    json_kind = kind.strip() == "application/json" or (
        kind.startswith("application/") and kind.strip().endswith("+json")
    )
    encoding = request.headers.get("content-encoding", "identity").lower()
    if not json_kind or ("charset=" in charset and "charset=utf-8" not in charset) or encoding != "identity":
        raise ApiError(
            415, "Send the body as JSON in UTF-8, with the header Content-Type: application/json.", "not_json_content"
        )


def strict_json(raw: bytes) -> Any:
    """Return what JSON text says: UTF-8, no NaN or Infinity, no name twice in an object.

    Raises:
        ApiError: 400, it is not that; the message says where.
    """
    try:
        return json.loads(raw.decode("utf-8-sig"), parse_constant=_no_constant, object_pairs_hook=_unique)
    except UnicodeDecodeError as error:
        raise _malformed(f"not UTF-8 at byte {error.start}") from error
    except json.JSONDecodeError as error:
        raise _malformed(f"{error.msg} at line {error.lineno}, column {error.colno}") from error
    except RecursionError as error:
        raise _malformed("nested too deeply") from error
    except ValueError as error:  # from the two functions below, or an integer of more than 4,300 digits
        raise _malformed(str(error) if isinstance(error, _NotJson) else "a number is too long") from error


class _NotJson(ValueError):
    """Python would read it, but it is not JSON."""


def _no_constant(name: str) -> Any:
    raise _NotJson(f"{name} is no JSON number")


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            raise _NotJson(f"the name {clean(name, 40)!r} stands twice in one object")
        found[name] = value
    return found


def _malformed(what: str) -> ApiError:
    return ApiError(400, f"The body is not JSON: {what}.", "malformed_json")
