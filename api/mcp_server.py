"""The door for assistants: a Model Context Protocol server with three tools, over HTTP at `/mcp` and over stdio.

`search` and `fetch` are as ChatGPT's connectors call them, `ask` gives the answer with its citations.
"""

import asyncio
import contextlib
from collections.abc import Callable
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from starlette.types import ASGIApp, Receive, Scope, Send

from api import addresses, bodies
from api.desk import Desk
from api.errors import ApiError, install
from api.opening import Opened
from api.settings import Settings
from index.errors import QueryError

if TYPE_CHECKING:
    from mcp.server.mcpserver import MCPServer

FOUND = 10  # articles that a search returns at most
INSTRUCTIONS = (
    "An archive of Chinese newspaper pages. `ask` answers a question with the printed sentence, word for word, or says"
    " that the archive does not say. `search` finds articles, `fetch` returns one whole. Quote what is printed, with"
    " its url."
)


def mcp_server(desk: Desk, home: Callable[[], str]) -> "MCPServer[Any]":
    """Return the server. `desk`: where the archive is asked; `home`: the address below which its pages are read."""
    from mcp.server.mcpserver import MCPServer  # 0.8 s: only for those who come through this door
    from mcp.server.mcpserver.exceptions import ToolError
    from mcp_types import ToolAnnotations

    reads = ToolAnnotations(read_only_hint=True, idempotent_hint=True, open_world_hint=False)
    server: MCPServer[Any] = MCPServer(
        "wenbao", title="Wenbao 问报", instructions=INSTRUCTIONS, version=version("wenbao"), log_level="WARNING"
    )

    async def run(job: Callable[[Opened], dict[str, Any]]) -> dict[str, Any]:
        try:
            return await desk.run(job)
        except QueryError as error:
            raise ToolError(str(error)) from error
        except ApiError as error:
            raise ToolError(error.detail) from error

    @server.tool(annotations=reads, title="Search the archive")
    async def search(query: str) -> dict[str, Any]:
        """Find articles near to some words, best first. Returns results with id, title and url."""

        def job(opened: Opened) -> dict[str, Any]:
            articles = {hit.article.article_id: hit.article for hit in opened.answerer.search(query, 2 * FOUND)}
            rows = [
                {"id": key, "title": article.title, "url": home() + bodies.article_url(key)}
                for key, article in list(articles.items())[:FOUND]
            ]
            return {"results": rows}

        return await run(job)

    @server.tool(annotations=reads, title="Read an article")
    async def fetch(id: str) -> dict[str, Any]:
        """Return an article whole, by the id that `search` gave: id, title, text, url, metadata."""

        def job(opened: Opened) -> dict[str, Any]:
            texts = opened.snapshot.archive
            number = texts.article_number(id)
            if number is None:
                raise ToolError("There is no article of that id. `search` gives ids.")
            article = texts.article(number)
            metadata = {
                "document_id": article.document_id,
                "title_made": article.title_made,
                "sha256": texts.sha256(article.document_id),
            }
            url = home() + bodies.article_url(id)
            return {"id": id, "title": article.title, "text": article.text, "url": url, "metadata": metadata}

        return await run(job)

    @server.tool(annotations=reads, title="Ask the archive")
    async def ask(question: str) -> dict[str, Any]:
        """Answer with the printed sentence and its citations; `answerable` is false where the archive does not say."""

        def job(opened: Opened) -> dict[str, Any]:
            body = bodies.answer_body(opened.answerer.ask(question), 5)
            for citation in body["citations"]:
                citation["url"] = home() + citation["url"]
            return body

        return await run(job)

    return server


def serve_stdio(opened: Opened, settings: Settings) -> None:
    """Serve over stdin and stdout until stdin ends."""
    asyncio.run(mcp_server(Desk(opened, settings), lambda: addresses.home(settings)).run_stdio_async())


class McpDoor:
    """The ASGI application behind `/mcp`. The server is made when the first request comes."""

    def __init__(self, desk: Desk, home: Callable[[], str], host: str) -> None:
        self._desk = desk
        self._home = home
        self._host = host
        self._app: ASGIApp | None = None
        self._making = asyncio.Lock()
        self._running: asyncio.Task[None] | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on."""
        async with self._making:
            if self._app is None:
                self._app = await self._make()
        await self._app(scope, receive, send)

    async def _make(self) -> ASGIApp:
        server = await asyncio.to_thread(mcp_server, self._desk, self._home)
        app = server.streamable_http_app(
            streamable_http_path="/mcp", json_response=True, stateless_http=True, host=self._host
        )
        install(app)
        started = asyncio.Event()

        async def run() -> None:
            with contextlib.suppress(asyncio.CancelledError):
                async with server.session_manager.run():
                    started.set()
                    await asyncio.Event().wait()

        self._running = asyncio.create_task(run())
        await started.wait()
        return app
