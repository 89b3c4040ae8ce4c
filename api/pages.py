"""What a browser is sent: the chat page, an article's page, the documentation, and their files. All of it is local."""

from pathlib import Path

from fastapi import APIRouter, FastAPI, Request
from fastapi.responses import FileResponse, HTMLResponse, RedirectResponse
from fastapi.staticfiles import StaticFiles
from starlette.responses import Response

from api.article_page import article_page
from api.opening import Opened
from api.routes import article_named, reading
from index.imprint import read_imprint

WEB = Path(__file__).parent / "web"
NO_CACHE = {"Cache-Control": "no-cache"}  # asked again each time, answered 304 while nothing changed

router = APIRouter(include_in_schema=False)


@router.get("/")
def index() -> FileResponse:
    """The chat page."""
    return FileResponse(WEB / "index.html", headers=NO_CACHE)


@router.get("/browse")
def browse() -> FileResponse:
    """The archive, document by document."""
    return FileResponse(WEB / "browse.html", headers=NO_CACHE)


@router.get("/articles/{article_id}")
async def article(article_id: str, request: Request) -> HTMLResponse:
    """An article's page. The span in the fragment `#c=start-end` is marked by the browser."""

    def job(opened: Opened) -> HTMLResponse:
        found = article_named(opened, article_id)
        texts = opened.snapshot.archive
        page = texts.page(found.document_id)
        imprint = read_imprint(page[1] if page else (), texts.articles_of_document(found.document_id))
        return HTMLResponse(article_page(found, imprint), headers=NO_CACHE)

    return await reading(request).run(job)


@router.get("/documents/{document_id:path}")
def document(document_id: str) -> FileResponse:
    """A page of the archive as it came, with what was made of it."""
    return FileResponse(WEB / "document.html", headers=NO_CACHE)


@router.get("/docs")
def docs() -> FileResponse:
    """The documentation of the API, without a network."""
    return FileResponse(WEB / "docs.html", headers=NO_CACHE)


@router.get("/favicon.ico")
def favicon() -> RedirectResponse:
    """The icon."""
    return RedirectResponse("/web/icon.svg", 308)


class _Files(StaticFiles):
    """Files that the browser asks for again each time and gets only when they changed."""

    async def get_response(self, path: str, scope: "dict[str, object]") -> Response:  # type: ignore[override]
        response = await super().get_response(path, scope)
        response.headers["Cache-Control"] = NO_CACHE["Cache-Control"]
        return response


def mount_files(app: FastAPI) -> None:
    """Serve the page's files under /web."""
    app.mount("/web", _Files(directory=WEB), name="web")
