"""The application: routes, limits, errors and headers, put together."""

from importlib.metadata import version
from typing import Any

from fastapi import FastAPI
from starlette.middleware.cors import CORSMiddleware
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api import admin, chat_completions, errors, feedback, metrics, pages, routes, suggestions
from api.addresses import home
from api.desk import Desk
from api.limits import ADMIN, OPEN, Limits
from api.mcp_server import McpDoor
from api.metrics import Metrics
from api.opening import Opened
from api.reloading import Reloader
from api.settings import Settings
from api.watching import Watching

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self';"
    " connect-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
HEADERS = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
}


def create_app(settings: Settings, opened: Opened | None) -> FastAPI:
    """Return the application. Without an archive it lives, but answers 503 to what needs one."""
    app = FastAPI(
        title="Wenbao 问报",
        version=version("wenbao"),
        summary="Ask a newspaper archive. The answer is the printed sentence, word for word, with where it stands.",
        docs_url=None,
        redoc_url=None,
        openapi_url="/openapi.json",
        redirect_slashes=False,
    )
    app.state.desk = desk = Desk(opened, settings)
    app.state.reloader = Reloader(settings, desk.generations)
    app.state.settings = settings
    app.state.metrics = Metrics()
    app.state.home = home(settings)
    app.state.suggestions = suggestions.Suggestions()
    errors.install(app)
    app.include_router(routes.router)
    app.include_router(suggestions.router)
    app.include_router(feedback.router)
    app.include_router(chat_completions.router)
    app.include_router(metrics.router)
    if settings.admin_keys:
        app.include_router(admin.router)
    app.include_router(pages.router)
    pages.mount_files(app)
    door = McpDoor(desk, lambda: str(app.state.home), settings.host)
    app.router.routes.append(Route("/mcp", door))
    app.add_middleware(Limits, settings=settings)
    if settings.cors_origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=settings.cors_origins,
            allow_methods=("GET", "POST"),
            allow_headers=("Authorization", "Content-Type", "X-Request-ID"),
            expose_headers=("Retry-After", "X-Request-ID"),
        )
    app.add_middleware(Edge)
    app.add_middleware(Watching, settings=settings, metrics=app.state.metrics)
    _keep_openapi_true(app, settings)
    return app


class Edge:
    """ASGI middleware, outermost: security headers on every response, and HEAD wherever there is GET."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self.headers = [(name.encode(), value.encode()) for name, value in HEADERS.items()]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        head = scope["method"] == "HEAD"

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                present = {name.lower() for name, _ in message["headers"]}
                missing = [(name, value) for name, value in self.headers if name not in present]
                message = {**message, "headers": [*message["headers"], *missing]}
            elif head and message["type"] == "http.response.body":
                message = {**message, "body": b""}
            await send(message)

        await self.app({**scope, "method": "GET"} if head else scope, receive, with_headers)


def _keep_openapi_true(app: FastAPI, settings: Settings) -> None:
    """Describe errors as they are (FastAPI's own 422 body is never sent), and the keys that are asked for."""
    made = app.openapi

    def openapi() -> dict[str, Any]:
        schema = made()
        for name in ("HTTPValidationError", "ValidationError"):
            schema.get("components", {}).get("schemas", {}).pop(name, None)
        if settings.api_keys or settings.admin_keys:
            schema["components"]["securitySchemes"] = {"key": {"type": "http", "scheme": "bearer"}}
        for path, operations in schema["paths"].items():
            asked = settings.admin_keys if path.startswith(ADMIN) else settings.api_keys and path not in OPEN
            for operation in operations.values() if asked else ():
                operation["security"] = [{"key": []}]
        return schema

    app.openapi = openapi  # type: ignore[method-assign]
