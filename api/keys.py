"""Keys: of each only the SHA-256 is kept, in memory and, where it was set so, in the settings."""

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Sequence

from starlette.requests import Request

_HASHED = re.compile(r"sha256:[0-9a-f]{64}")


def hashed(key: str) -> str:
    """Return a key as it is kept, "sha256:" and 64 hex digits; one that is given so stays as it is.

    Raises:
        ValueError: it is blank, or says that it is a hash and is none.
    """
    if key.startswith("sha256:"):
        if not _HASHED.fullmatch(key.lower()):
            raise ValueError("a hashed key is sha256: and 64 hex digits")
        return key.lower()
    if not key.strip():
        raise ValueError("a key may not be blank")
    return "sha256:" + hashlib.sha256(key.strip().encode("utf-8", "replace")).hexdigest()


def has_key(request: Request, keys: Sequence[str], schemes: Sequence[str] = ("bearer", "basic")) -> bool:
    """Return whether a request carries one of some keys, hashed; a browser carries it as the password of `basic`."""
    scheme, _, value = request.headers.get("authorization", "").partition(" ")
    given = value.strip().encode("utf-8", "replace")
    if scheme.lower() not in schemes:
        return False
    if scheme.lower() == "basic":
        try:
            given = base64.b64decode(given, validate=True).partition(b":")[2]
        except binascii.Error:
            return False
    own = "sha256:" + hashlib.sha256(given).hexdigest()
    same = [hmac.compare_digest(own, known) for known in keys]  # all of them, each in constant time
    return any(same)
