"""Chinese words: what `jieba.Tokenizer.cut(text, HMM=True)` gives, in less time.

The same dictionary, the same most likely path, the same model for what the dictionary does not have (jieba's own
`finalseg`); a test holds the results equal. Logarithms are taken once, and the path is found in one pass.
"""

import logging
import math
import re
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

import jieba
from jieba import finalseg

CACHED = 1 << 15  # runs outside the dictionary whose cut is kept in memory
_KNOWN = re.compile("[\u4e00-\u9fd5]+")  # the characters that jieba's dictionary and model are for


class Segmenter:
    """Cuts runs of Han characters. `FREQ`: how often the dictionary's words occur; 0 for beginnings of words."""

    def __init__(self, cache: Path, added: Iterable[tuple[str, int | None]] = ()) -> None:
        """Read jieba's dictionary; what it makes of it is kept in the folder `cache`, if that can be written.

        `added`: more words, each with how often it occurs, or None: as often as it takes for it to stay whole.
        """
        jieba.setLogLevel(logging.WARNING)
        self._jieba = jieba.Tokenizer()
        try:
            cache.mkdir(parents=True, exist_ok=True)
            self._jieba.tmp_dir = str(cache)
        except OSError:
            self._jieba.tmp_dir = None  # jieba then works from its dictionary alone, half a second slower at the start
        self._jieba.initialize()
        for word, count in added:
            self._jieba.add_word(word, count)
        self.FREQ: dict[str, int] = self._jieba.FREQ
        self._total = math.log(self._jieba.total)
        self._logs: dict[str, float] = {}
        self._unknown = lru_cache(CACHED)(self._cut_unknown)

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
        frequencies, logs, total = self.FREQ, self._logs, self._total
        size = len(run)
        best = [0.0] * (size + 1)
        ends = [0] * size
        for start in range(size - 1, -1, -1):
            char = run[start]
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
