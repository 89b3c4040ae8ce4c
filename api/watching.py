"""What is seen of every request: its id, its time, and a line in the log if one is wanted."""

import json
import logging
import random
import re
import time
from datetime import UTC, datetime
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.metrics import Metrics
from api.settings import Settings

log = logging.getLogger("wenbao.requests")

HEADER = b"x-request-id"
_SANE = re.compile(rb"[A-Za-z0-9._-]{1,64}")


class Watching:
    """ASGI middleware: gives each request an id (the client's own, if it is a plain one), counts it and logs it.

    What was asked stands in the log only with the setting `log_questions`.
    """

    def __init__(self, app: ASGIApp, settings: Settings, metrics: Metrics) -> None:
        self.app = app
        self.settings = settings
        self.metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        given = next((value for name, value in scope["headers"] if name == HEADER), b"")
        request_id = given if _SANE.fullmatch(given) else b"%032x" % random.getrandbits(128)
        status = 500
        started = time.perf_counter()

        async def with_id(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message = {**message, "headers": [*message["headers"], (HEADER, request_id)]}
            await send(message)

        state = scope.setdefault("state", {})
        self.metrics.in_progress.inc()
        try:
            await self.app(scope, receive, with_id)
        finally:
            self.metrics.in_progress.dec()
            spent = time.perf_counter() - started
            route = getattr(scope.get("route"), "path", "other")
            self.metrics.requests.labels(route, scope["method"], str(status)).inc()
            self.metrics.seconds.labels(route).observe(spent)
            if self.settings.log != "off":
                self._log(scope, request_id.decode(), status, spent, state.get("question"))

    def _log(self, scope: Scope, request_id: str, status: int, spent: float, question: str | None) -> None:
        row: dict[str, Any] = {
            "time": datetime.now(UTC).isoformat(timespec="milliseconds"),
            "id": request_id,
            "method": scope["method"],
            "path": scope["path"],
            "status": status,
            "ms": round(spent * 1000, 1),
        }
        if question is not None and self.settings.log_questions:
            row["question"] = question
        if self.settings.log == "json":
            log.info(json.dumps(row, ensure_ascii=False))
        else:
            log.info(" ".join(json.dumps(value, ensure_ascii=False).strip('"') for value in row.values()))
