"""What stands before every request: how long a body may be, who may ask, and how often."""

import asyncio
import time
from collections import OrderedDict

from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.errors import ApiError, respond
from api.keys import has_key
from api.settings import Settings

REMEMBERED = 10_000  # addresses whose recent requests are counted
MINUTE = 60.0  # seconds
DOORS = ("/api/", "/v1/", "/mcp", "/admin/")  # what is counted; the page and its files are not
ADMIN = "/admin/"  # what needs a key of its own
OPEN = ("/healthz", "/readyz")  # what needs no key


class Limits:
    """ASGI middleware: 413, 401 and 429 before anything is read; 413 and 408 while a body comes in."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self.app = app
        self.settings = settings
        self.buckets = Buckets(settings.requests_per_minute)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or answer it with an error."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request = Request(scope)
        try:
            self._check(request)
        except ApiError as error:
            await respond(request, error)(scope, receive, send)
            return
        await self.app(scope, self._counted(receive), send)

    def _check(self, request: Request) -> None:
        path = request.scope["path"]
        length = request.headers.get("content-length", "0")
        if length.isdecimal() and int(length) > self.settings.max_body_bytes:
            raise self._too_large()
        if path.startswith(ADMIN) and self.settings.admin_keys:
            self._check_admin(request)
        elif self.settings.api_keys and path not in OPEN and not has_key(request, self.settings.api_keys):
            message = (
                "A key is needed: send the header Authorization: Bearer KEY. A browser may give it as the password."
            )
            challenge = {"WWW-Authenticate": 'Basic realm="wenbao", charset="UTF-8"'}
            raise ApiError(401, message, "invalid_api_key", headers=challenge)
        if not path.startswith(DOORS):
            return
        wait = self.buckets.wait(request.client.host if request.client else "")
        if wait:
            seconds = str(max(1, round(wait)))
            raise ApiError(
                429, f"Too many requests. Ask again in {seconds} s.", "rate_limited", headers={"Retry-After": seconds}
            )

    def _check_admin(self, request: Request) -> None:
        if not has_key(request, self.settings.admin_keys, ("bearer",)):
            message = "An admin's key is needed: send the header Authorization: Bearer KEY."
            raise ApiError(401, message, "invalid_api_key", headers={"WWW-Authenticate": 'Bearer realm="wenbao"'})

    def _counted(self, receive: Receive) -> Receive:
        """Return the same, for a body that may be so long and take so long."""
        taken, whole = 0, False
        until = asyncio.get_running_loop().time() + self.settings.deadline_seconds

        async def counted() -> Message:
            nonlocal taken, whole
            if whole:
                return await receive()  # until the client goes away
            try:
                async with asyncio.timeout_at(until):
                    message = await receive()
            except TimeoutError as error:
                raise ApiError(408, "The body did not come in time.", "body_too_slow") from error
            taken += len(message.get("body", b""))
            whole = not message.get("more_body", False)
            if taken > self.settings.max_body_bytes:
                raise self._too_large()
            return message

        return counted

    def _too_large(self) -> ApiError:
        return ApiError(413, f"The body is longer than {self.settings.max_body_bytes} bytes.", "body_too_large")


class Buckets:
    """Token buckets, one for each address: `rate` requests a minute, and as many at once."""

    def __init__(self, rate: int) -> None:
        self.rate = rate
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def wait(self, address: str, now: float | None = None) -> float:
        """Count a request; return 0, or the seconds after which there is room for one. A rate of 0 has no limit."""
        if not self.rate:
            return 0.0
        now = time.monotonic() if now is None else now
        left, since = self._left.pop(address, (float(self.rate), now))
        left = min(float(self.rate), left + (now - since) * self.rate / MINUTE)
        if len(self._left) >= REMEMBERED:
            self._left.popitem(last=False)
        self._left[address] = (left - 1 if left >= 1 else left, now)
        return 0.0 if left >= 1 else (1 - left) * MINUTE / self.rate
