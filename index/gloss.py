"""English words put into Chinese by a table, so that the lexical leg can look for them.

The table (`model/gloss.tsv`, CC BY-SA 4.0, made by `index.train_gloss` from CC-CEDICT and parallel texts) has a line
for each English word or phrase, sorted: the phrase, then Chinese words with their weights in hundredths. It is
searched where it lies on disk; nothing is parsed at the start.
"""

import mmap
import re
from dataclasses import dataclass
from pathlib import Path

from index.encoder import MODEL_FOLDER
from index.errors import ModelError

LONGEST = 5  # words of a phrase
REVERSED = 3  # words of a phrase that a Chinese word is given in English
REVERSED_KEPT = 8  # such phrases of a Chinese word
_WORD = re.compile(r"[a-z]+(?:['’][a-z]+)?|[0-9]+(?:[.,][0-9]+)*", re.IGNORECASE)
_FUNCTION = """
    a an the of to in on at by for from with without into onto over under about as is are was were be been being am do
    does did done have has had having will would shall should can could may might must and or but nor not no if then
    than that this these those there here it its he him his she her hers they them their theirs we us our ours you
    your yours i me my mine who whom whose which what when where why how many much s t re ve ll d so such also any
    some each every all both few more most other another own same only very just too up out off down while during
    before after between through against because until again once
"""
FUNCTION_WORDS = frozenset(_FUNCTION.split())


@dataclass(frozen=True)
class Gloss:
    """An English word or phrase of a question and what it may be in Chinese: `(word, weight)`, weights in (0, 1]."""

    source: str
    start: int
    end: int
    words: tuple[tuple[str, float], ...]


class GlossTable:
    """The table, memory-mapped."""

    def __init__(self, path: Path = MODEL_FOLDER / "gloss.tsv") -> None:
        """Open the table.

        Raises:
            ModelError: it cannot be read, or is empty.
        """
        try:
            with path.open("rb") as file:
                self._data = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        except (OSError, ValueError) as error:
            raise ModelError(f"{path}: no gloss table ({error}). Copy the model folder again.") from error

    def look_up(self, phrase: str) -> tuple[tuple[str, float], ...]:
        """Return the Chinese words of a phrase in lower case, heaviest first; () if it is not in the table."""
        key, data = phrase.encode() + b"\t", self._data
        low, high = 0, len(data)
        while low < high:  # invariant: the line sought, if any, starts in [low, high)
            line = data.rfind(b"\n", low, (low + high) // 2) + 1 or low
            end = data.find(b"\n", line)
            end = len(data) if end < 0 else end
            found = data[line : min(end, line + len(key))]
            if found == key:
                fields = data[line:end].decode().split("\t")[1:]
                return tuple((word, int(weight) / 100) for word, weight in (f.rsplit(" ", 1) for f in fields))
            if found < key:
                low = end + 1
            else:
                high = line
        return ()

    def turned_round(self) -> dict[str, str]:
        """Return Chinese word → its English words and phrases of up to `REVERSED` words, heaviest first, by tabs.

        Takes half a second and 15 MB: for archives that hold English.
        """
        found: dict[str, list[tuple[int, str]]] = {}
        for line in self._data[:].decode().splitlines():
            phrase, *fields = line.split("\t")
            if phrase.count(" ") < REVERSED:
                for field in fields:
                    word, weight = field.rsplit(" ", 1)
                    found.setdefault(word, []).append((-int(weight), phrase))
        return {word: "\t".join(p for _, p in sorted(rows)[:REVERSED_KEPT]) for word, rows in found.items()}

    def gloss(self, text: str) -> list[Gloss]:
        """Return the glosses of a text's English words, in order: the longest phrases that the table knows.

        Function words are passed over where they stand alone. A word it does not know is tried without its ending.
        """
        tokens = [(match[0].lower().replace("’", "'"), match.start(), match.end()) for match in _WORD.finditer(text)]
        found, place = [], 0
        while place < len(tokens):
            for length in range(min(LONGEST, len(tokens) - place), 0, -1):
                run = tokens[place : place + length]
                if length == 1 and run[0][0] in FUNCTION_WORDS:
                    continue
                words = self._phrase([word for word, _, _ in run])
                if words:
                    found.append(Gloss(text[run[0][1] : run[-1][2]], run[0][1], run[-1][2], words))
                    place += length
                    break
            else:
                place += 1
        return found

    def _phrase(self, words: list[str]) -> tuple[tuple[str, float], ...]:
        if words[0] in FUNCTION_WORDS and words[0] != "the":
            return ()
        head = " ".join(words[:-1])
        for last in endings(words[-1]):
            found = self.look_up(f"{head} {last}" if head else last)
            if found:
                return found
        return ()


def endings(word: str) -> list[str]:
    """Return an English word and what it may be without its ending: "cities" → "cities", "city"; longest first."""
    word = word.removesuffix("'s").removesuffix("'")
    forms = [word]
    if len(word) > 3 and word.isalpha():
        for suffix, tails in _ENDINGS:
            if word.endswith(suffix) and len(word) - len(suffix) >= 2:
                stem = word[: len(word) - len(suffix)]
                forms.extend(stem + tail for tail in tails)
                if not suffix.startswith("s") and len(stem) > 2 and stem[-1] == stem[-2]:
                    forms.append(stem[:-1])
    return list(dict.fromkeys(forms))


_ENDINGS = (("ies", ("y",)), ("es", ("", "e")), ("s", ("",)), ("ied", ("y",)), ("ed", ("", "e")), ("ing", ("", "e")),
            ("ly", ("",)), ("ers", ("er",)))  # fmt: skip
