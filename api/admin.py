"""What only those who run the archive may do, each with a key of `admin_keys`."""

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse

from api.errors import ApiError
from api.routes import in_service
from api.schemas import ErrorResponse, Reload
from index.errors import WenbaoError

REFUSED: dict[int | str, dict[str, Any]] = {status: {"model": ErrorResponse} for status in (401, 404, 409, 429, 503)}

router = APIRouter(prefix="/admin", responses=REFUSED, tags=["admin"])


@router.post("/reload", response_model=Reload)
async def reload(request: Request) -> JSONResponse:
    """Answer from what the index names now. 409 where that cannot be opened: the archive before it stays in service."""
    reloader = request.app.state.reloader
    try:
        changed = await reloader.reload()
    except WenbaoError as error:
        message = "The new index cannot be opened; the one before is still in service. The server's log says why."
        raise ApiError(409, message, "reload_failed") from error
    reloader.tell_others()
    snapshot = in_service(request).snapshot
    return JSONResponse({"snapshot": snapshot.content, "generation": snapshot.name, "changed": changed})
