"""jieba's dictionary, read where it lies on disk: only the words that begin with a character that is asked for.

A line of it is a word, how often it was counted, and its word class. The lines stand in the order of their first
characters, but for a few at the beginning, which are read at once. All of it takes half a second and 80 MB.
"""

import mmap
from functools import lru_cache
from pathlib import Path

import jieba

TOTAL = 60101967  # all that was counted, in the dictionary of jieba 0.42.1
_FIRST = "一".encode()  # the character from which on the lines are in order
_PAST = b"\xff"  # beyond any character


class Dictionary:
    """The dictionary, memory-mapped. Safe to share between threads."""

    def __init__(self, path: Path) -> None:
        with path.open("rb") as file:
            self._data = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        self._ordered = self._data.find(b"\n" + _FIRST) + 1
        self._head = [line.split(" ") for line in self._data[: self._ordered].decode().splitlines()]

    def starting(self, char: str) -> list[str]:
        """Return the words that begin with a character, each followed by its count and its class."""
        key = char.encode("utf-8", "surrogatepass")
        head = [field for fields in self._head if fields[0][0] == char for field in fields]
        return head + self._data[self._place(key) : self._place(key + _PAST)].decode().split()

    def _place(self, key: bytes) -> int:
        """Return where the first line that is not less than a key begins."""
        data, low, high = self._data, self._ordered, len(self._data)
        while low < high:
            line = data.rfind(b"\n", low, (low + high) // 2) + 1 or low
            if data[line : line + len(key)] < key:
                end = data.find(b"\n", line)
                low = end + 1 if end >= 0 else high
            else:
                high = line
        return low


@lru_cache(maxsize=1)
def dictionary() -> Dictionary:
    """Return jieba's own dictionary."""
    return Dictionary(Path(jieba.__file__).parent / "dict.txt")
