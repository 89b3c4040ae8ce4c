"""Traditional characters read as their simplified ones: marks, models and their weights know these alone."""

from functools import lru_cache

import numpy as np
import opencc


class _Table(dict[int, int]):
    """Code point → code point, worked out when a character is first seen: a text keeps its length."""

    def __init__(self) -> None:
        super().__init__({ord(char): ord(mark) for char, mark in zip("「」『』", "“”‘’", strict=True)})
        self._simplified = opencc.OpenCC("t2s").convert
        self.same = np.zeros(0x10000, dtype=bool)  # UTF-16 units known to stay as they are

    def __missing__(self, code: int) -> int:
        han = 0x3400 <= code <= 0x9FFF
        simple = self._simplified(chr(code)) if han else ""
        self[code] = ord(simple) if len(simple) == 1 else code
        if code < len(self.same):
            self.same[code] = self[code] == code
        return self[code]


@lru_cache(maxsize=1)
def _table() -> _Table:
    return _Table()


def simplify(text: str) -> str:
    """Return a text of the same length, its traditional characters and quotation marks simplified."""
    table = _table()
    units = np.frombuffer(text.encode("utf-16-le", "surrogatepass"), dtype="<u2")
    return text if table.same[units].all() else text.translate(table)
