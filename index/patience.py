"""How long what is being asked is waited for: whoever asks says so once, and every wait below it keeps to it."""

import math
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_until: ContextVar[float] = ContextVar("until", default=math.inf)


@contextmanager
def patience(until: float) -> Iterator[None]:
    """Have what is waited for in this thread end at a moment of `time.monotonic()`."""
    token = _until.set(until)
    try:
        yield
    finally:
        _until.reset(token)


def left() -> float:
    """Return the seconds that may still be waited, at least 0; infinite where nobody has said anything."""
    return max(0.0, _until.get() - time.monotonic())
