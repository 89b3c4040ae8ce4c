"""Chinese names written in Latin letters (Kunshan, Zhan Xugang): how they may stand in the corpus.

The table (`model/pinyin.tsv`: a syllable without tones, then the characters of GB 2312 read so, multiple readings
included) is made from pypinyin's data (MIT, github.com/mozillazg/python-pinyin).
"""

import re
from collections.abc import Callable, Sequence
from functools import lru_cache
from itertools import product
from pathlib import Path

from index.encoder import MODEL_FOLDER
from index.errors import ModelError
from index.gloss import FUNCTION_WORDS

LONGEST = 6  # syllables of a name
FOUND = 12  # spellings given at most
_WORD = re.compile(r"\b[A-Z][a-zü]+(?:['’][a-rt-zü][a-zü]*)?")  # Xi'an, but not Kunshan's


class Pinyin:
    """The table, and what it makes of names."""

    def __init__(self, path: Path = MODEL_FOLDER / "pinyin.tsv") -> None:
        """Read the table, 29 kB.

        Raises:
            ModelError: it is missing or not such a table.
        """
        try:
            rows = [line.split("\t") for line in path.read_text(encoding="utf-8").splitlines()]
            self._characters: dict[str, str] = {row[0]: row[1] for row in rows}
        except (OSError, ValueError, IndexError) as error:
            raise ModelError(f"{path}: no pinyin table ({error}). Copy the model folder again.") from error
        for syllable in ("lv", "nv", "lve", "nve"):  # Lü is also written Lu, Lyu and Lv
            plain = syllable.replace("v", "u")
            self._characters[plain] = self._characters.get(plain, "") + self._characters.get(syllable, "")
        self.cut = lru_cache(1024)(self._cut)

    def _cut(self, word: str) -> tuple[tuple[str, ...], ...]:
        """Return the ways to cut a lower-case word into syllables, fewest syllables first; () if there is none."""
        if not word:
            return ((),)
        ways: list[tuple[str, ...]] = []
        for length in range(min(6, len(word)), 0, -1):
            if word[:length] in self._characters:
                ways.extend((word[:length], *rest) for rest in self._cut(word[length:]))
        return tuple(sorted(ways, key=len)[:4])

    def spellings(self, name: str, known: Callable[[str], bool]) -> list[str]:
        """Return how a name of 2 to 6 syllables may be written, made of character pairs that the corpus knows.

        `known` tells whether two characters stand side by side anywhere. In "Zhan Xugang" every pair must.
        """
        parts = [part for part in re.split(r"[ '’-]", name.lower().replace("ü", "v")) if part]
        found: dict[str, None] = {}
        for way in product(*(self.cut(part) for part in parts)):
            syllables = [syllable for part in way for syllable in part]
            if 2 <= len(syllables) <= LONGEST:
                found.update(dict.fromkeys(self._chain(syllables, known)))
        return list(found)[:FOUND]

    def _chain(self, syllables: list[str], known: Callable[[str], bool]) -> list[str]:
        chains = list(self._characters[syllables[0]])
        for syllable in syllables[1:]:
            following = self._characters[syllable]
            chains = [chain + char for chain in chains for char in following if known(chain[-1] + char)]
        return chains


def names_in(text: str, known: Sequence[tuple[int, int]] = ()) -> list[tuple[str, int, int]]:
    """Return runs of capitalised words of a text, `(name, start, end)`, in order.

    Function words (a question's first word, say) and words that overlap one of the spans `known` end a run.
    """
    runs: list[tuple[int, int]] = []
    for match in _WORD.finditer(text):
        start, end = match.span()
        if match[0].lower() in FUNCTION_WORDS or any(low < end and start < high for low, high in known):
            continue
        if runs and text[runs[-1][1] : start] in (" ", "-"):
            runs[-1] = runs[-1][0], end
        else:
            runs.append((start, end))
    return [(text[start:end], start, end) for start, end in runs]
