"""HTTP on a connection: as uvicorn speaks it, with a time by which a request's head is there, and the error body."""

import asyncio
import json

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from api.errors import error_body

HEAD_SECONDS = 10.0  # from the first moment of a connection, or the end of an answer, to the end of the next head


class Protocol(H11Protocol):
    """One connection. A client that never ends its head, or the body of a request that was refused, is hung up on."""

    _until = 0.0  # the loop's time at which it is hung up on while no request is under way

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Called when a client has come."""
        super().connection_made(transport)
        self._wait_for_head(anew=True)

    def data_received(self, data: bytes) -> None:
        """Called with what came in: any piece of a head or a body, or several requests at once."""
        super().data_received(data)
        if self.cycle is None or self.cycle.response_complete:
            self._wait_for_head(anew=False)

    def on_response_complete(self) -> None:
        """Called when an answer is out."""
        self._until = self.loop.time() + HEAD_SECONDS
        super().on_response_complete()

    def _wait_for_head(self, anew: bool) -> None:
        if anew:
            self._until = self.loop.time() + HEAD_SECONDS
        if not self.transport.is_closing():
            self._unset_keepalive_if_required()
            self.timeout_keep_alive_task = self.loop.call_at(self._until, self.timeout_keep_alive_handler)

    def send_400_response(self, msg: str) -> None:
        """Answer what is no HTTP, or has a head longer than 16 KiB."""
        if self.conn.our_state not in (h11.IDLE, h11.SEND_RESPONSE):  # in the middle of an answer
            self.transport.close()
            return
        body = json.dumps(error_body(400, f"{msg.rstrip('.')}: not HTTP, or too long a head.", "bad_request")).encode()
        headers = [(b"content-type", b"application/json"), (b"connection", b"close")]
        for event in (
            h11.Response(status_code=400, headers=headers, reason=b"Bad Request"), h11.Data(data=body),
            h11.EndOfMessage(),
        ):  # fmt: skip
            self.transport.write(self.conn.send(event) or b"")
        self.transport.close()
