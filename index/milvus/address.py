"""milvus://[USER:PASSWORD@ or TOKEN@]HOST[:PORT]/NAME[?db_name=…&secure=true&server_pem_path=…&vectors=HNSW]"""

import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from index.errors import SnapshotError
from index.milvus.vectors import MADE

SCHEME = "milvus://"
PORT = 19530
OPTIONS = ("db_name", "secure", "server_pem_path", "server_name", "ca_pem_path", "client_pem_path", "client_key_path")
OURS = ("vectors", "effort")


@dataclass(frozen=True)
class Address:
    """Where an engine is, and what the archive is called there. `options`: what else pymilvus is to know, the token
    among it; they are not shown. `vectors`, `effort`: see `index.milvus.vectors`."""

    host: str
    port: int
    name: str
    options: tuple[tuple[str, Any], ...] = ()
    vectors: str = "FLAT"
    effort: int = 0

    def __str__(self) -> str:
        return f"{SCHEME}{self.host}:{self.port}/{self.name}"

    @property
    def uri(self) -> str:
        """The engine, as pymilvus takes it."""
        secure = dict(self.options).get("secure", False)
        return f"{'https' if secure else 'http'}://{self.host}:{self.port}"


def is_address(text: str) -> bool:
    """Tell whether a text names an engine rather than a folder."""
    return text.startswith(SCHEME)


def read_address(text: str) -> Address:
    """Return the address that a text is.

    Raises:
        SnapshotError: it is none; the message shows no password.
    """
    try:
        parts = urlsplit(text)
        port = parts.port or PORT
        name = parts.path.strip("/")
        options: dict[str, Any] = dict(parse_qsl(parts.query, keep_blank_values=True, strict_parsing=bool(parts.query)))
    except ValueError as error:
        raise SnapshotError(f"{SCHEME}…: not an address ({error}). It is milvus://HOST:PORT/NAME.") from error
    unknown = [option for option in options if option not in (*OPTIONS, *OURS)]
    if not parts.hostname or not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]{0,199}", name) or unknown:
        what = f"unknown option {unknown[0]!r}" if unknown else "a host and a name of letters, digits and _ are needed"
        raise SnapshotError(f"{SCHEME}…/{name[:80]}: {what}. The address is milvus://HOST:PORT/NAME.")
    vectors, effort = options.pop("vectors", "FLAT"), options.pop("effort", "0")
    if vectors not in MADE or not re.fullmatch("[0-9]{1,5}", effort):
        what = f"vectors is one of {', '.join(MADE)}, effort a number"
        raise SnapshotError(f"{SCHEME}…/{name}: {what}.")
    if "secure" in options:
        options["secure"] = options["secure"].lower() in ("1", "true", "yes")
    if parts.username:
        secret = f":{unquote(parts.password)}" if parts.password else ""
        options["token"] = unquote(parts.username) + secret
    return Address(parts.hostname, port, name, tuple(sorted(options.items())), vectors, int(effort))
