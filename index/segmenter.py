"""Chinese words: what `jieba.Tokenizer.cut(text, HMM=True)` gives, in less time.

The same dictionary, the same most likely path, the same model for what the dictionary does not have (jieba's own
`finalseg`); a test holds the results equal. Logarithms are taken once, and the path is found in one pass.
"""

import logging
import math
import re
from collections.abc import Mapping, Sequence
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

import jieba
from jieba import finalseg

from index.dictionary import TOTAL, dictionary

CACHED = 1 << 15  # runs outside the dictionary whose cut is kept in memory
_KNOWN = re.compile("[\u4e00-\u9fd5]+")  # the characters that jieba's dictionary and model are for


class Counts:
    """How often the dictionary's words occur; 0 for beginnings of words. What begins with a character is read when it
    is first asked for."""

    def __init__(self) -> None:
        self._read: dict[str, dict[str, int]] = {}

    def starting(self, char: str) -> Mapping[str, int]:
        """Return the counts of what begins with a character."""
        found = self._read.get(char)
        if found is None:
            fields = dictionary().starting(char)
            words = fields[::3]
            found = dict.fromkeys([word[:end] for word in words for end in range(1, len(word))], 0)
            found.update(zip(words, map(int, fields[1::3]), strict=True))
            self._read[char] = found
        return found

    def get(self, word: str, default: int = 0) -> int:
        """Return the count of a word, or of a beginning of words."""
        return self.starting(word[0]).get(word, default) if word else default

    def __contains__(self, word: str) -> bool:
        return bool(word) and word in self.starting(word[0])


class AddedCounts(Counts):
    """The same with words that a user added: jieba works out their counts, for which it reads its whole dictionary."""

    def __init__(self, counts: Mapping[str, int]) -> None:
        super().__init__()
        self._counts = counts

    def starting(self, char: str) -> Mapping[str, int]:
        """Return all counts."""
        return self._counts


class Segmenter:
    """Cuts runs of Han characters. `FREQ`: how often the dictionary's words occur."""

    def __init__(self, cache: Path, added: Sequence[tuple[str, int | None]] = ()) -> None:
        """Take words of the user's, each with how often it occurs, or None: as often as it takes to stay whole.

        `cache`: the folder for what jieba makes of its dictionary where it has to read all of it.
        """
        self._cache = cache
        self._added = added
        self.FREQ: Counts = AddedCounts(self._jieba.FREQ) if added else Counts()
        self._total = math.log(self._jieba.total if added else TOTAL)
        self._logs: dict[str, float] = {}
        self._unknown = lru_cache(CACHED)(self._cut_unknown)

    @cached_property
    def _jieba(self) -> Any:
        """jieba itself, for words of the user's and for characters that its dictionary does not know."""
        jieba.setLogLevel(logging.WARNING)
        found = jieba.Tokenizer()
        try:
            self._cache.mkdir(parents=True, exist_ok=True)
            found.tmp_dir = str(self._cache)
        except OSError:
            found.tmp_dir = None  # jieba then works from its dictionary alone, half a second slower at the start
        found.initialize()
        for word, count in self._added:
            found.add_word(word, count)
        return found

    def cut(self, run: str) -> list[str]:
        """Return the words of a run of Han characters, in order; together they are the run."""
        if not _KNOWN.fullmatch(run):
            return list(self._jieba.cut(run, HMM=True))
        ends = self._path(run)
        words: list[str] = []
        start = alone = 0  # characters from `alone` to `start` are words of one character, so far
        while start < len(run):
            end = ends[start]
            if end - start > 1:
                if alone < start:
                    words += self._single(run[alone:start])
                words.append(run[start:end])
                alone = end
            start = end
        if alone < start:
            words += self._single(run[alone:start])
        return words

    def _path(self, run: str) -> list[int]:
        """Return where the word that begins at each character ends, on the most likely path from there."""
        starting, logs, total = self.FREQ.starting, self._logs, self._total
        size = len(run)
        best = [0.0] * (size + 1)
        ends = [0] * size
        for start in range(size - 1, -1, -1):
            char = run[start]
            frequencies = starting(char)
            score = logs.get(char)
            if score is None:
                score = logs[char] = math.log(frequencies.get(char) or 1) - total
            top, where = score + best[start + 1], start + 1
            end = start + 2
            while end <= size:
                word = run[start:end]
                frequency = frequencies.get(word)
                if frequency is None:
                    break
                if frequency:
                    score = logs.get(word)
                    if score is None:
                        score = logs[word] = math.log(frequency) - total
                    score += best[end]
                    if score >= top:  # of two as likely the longer, as jieba
                        top, where = score, end
                end += 1
            best[start], ends[start] = top, where
        return ends

    def _single(self, chars: str) -> "tuple[str, ...] | list[str]":
        if len(chars) == 1:
            return [chars]
        return list(chars) if self.FREQ.get(chars) else self._unknown(chars)

    def _cut_unknown(self, chars: str) -> tuple[str, ...]:
        return tuple(finalseg.cut(chars))
