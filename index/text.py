"""Search keys: the form of a text in which two spellings of the same thing are equal.

Folding is character by character: NFKC (full width, compatibility forms), traditional → simplified (OpenCC), lower
case, Latin accents dropped. `fold` gives the key alone; `fold_with_offsets` also where each of its characters came
from. Terms are jieba's words (segmented once, when the index is built, or for a question) and character bigrams.
"""

import os
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

import opencc

from index.errors import ModelError
from index.segmenter import Segmenter

HAN = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
HAN_RUN = re.compile(f"[{HAN}]+")
# In a folded text: a run of Han, a number or a Latin word (with what joins its parts: 1+2+x, gb/t, 4.34), or a letter
# of another script.
_RUN = re.compile(rf"[{HAN}]+|[a-z0-9]+(?:[.\-+/&'·][a-z0-9]+)*|[^\W_]+?")
_ATOM = re.compile(r"[0-9]{1,3}(?:,[0-9]{3})+(?![0-9,])|[0-9]+(?:\.[0-9]+)*|[a-z]+")
_JOINT = re.compile(rf" ?([.\-+/&'·]?) ?(?=[a-z0-9])| ?([%‰℃]|[{HAN}])")
_APART = re.compile(rf"(?<![{HAN}])([{HAN}])\s+(?=[{HAN}](?![{HAN}]))")
LONGEST_UNIT = 4  # Latin letters of a unit or a code beside a number or a sign: km, gb/t, 5g; not words of a sentence


class _Table(dict[int, str]):
    """Code point → folded text, worked out when a character is first seen."""

    def __init__(self) -> None:
        super().__init__({ord(char): mark for char, mark in zip("「」『』", "“”‘’", strict=True)})
        self._simplified = opencc.OpenCC("t2s").convert

    def __missing__(self, code: int) -> str:
        char = chr(code)
        if 0xD800 <= code < 0xE000 or code >= 0x2FA20:  # half a pair; rare Han that OpenCC does not know, and marks
            folded = char
        elif HAN_RUN.match(char):
            folded = self._simplified(unicodedata.normalize("NFKC", char))
        else:
            folded = _fold_character(char)
        if folded != char:
            folded = folded.translate(self)  # folding twice changes nothing more
        self[code] = folded
        return folded


@lru_cache(maxsize=1)
def _table() -> _Table:
    return _Table()


def _fold_character(char: str) -> str:
    folded = unicodedata.normalize("NFKC", char).lower()
    stripped = "".join(c for c in unicodedata.normalize("NFKD", folded) if unicodedata.category(c) != "Mn")
    return stripped if stripped.isascii() else folded


@dataclass(frozen=True)
class Key:
    """A folded text. `offsets[i]` is the code point of the source that `text[i]` came from; one more at the end."""

    text: str
    offsets: Sequence[int]

    def source_span(self, start: int, end: int) -> tuple[int, int]:
        """Return the span of the source that `text[start:end]` covers; an empty span gives an empty one."""
        if start >= end:
            return self.offsets[start], self.offsets[start]
        return self.offsets[start], self.offsets[end - 1] + 1


class Word(NamedTuple):
    """A word of a folded text, at `[start, end)` of it."""

    text: str
    start: int
    end: int


def fold(text: str) -> str:
    """Return the search key of a text. Folding twice gives the same as folding once."""
    return text.translate(_table())


def fold_with_offsets(text: str) -> Key:
    """Return the search key of a text and where each of its characters came from."""
    table = _table()
    pieces: list[str] = []
    offsets: list[int] = []
    for position, char in enumerate(text):
        piece = table[ord(char)]
        pieces.append(piece)
        offsets.extend([position] * len(piece))
    offsets.append(len(text))
    return Key("".join(pieces), offsets)


@dataclass(frozen=True)
class UserWords:
    """Words that a user wants whole, folded, each with how often it is to be counted, or None: as often as it takes."""

    rows: tuple[tuple[str, int | None], ...] = ()

    @property
    def sha256(self) -> str:
        """A hash of the words, the same for the same segmentation; "" if there are none."""
        return sha256(repr(self.rows).encode()).hexdigest() if self.rows else ""


_taken = [UserWords()]


def close_up(text: str) -> str:
    """Return a text without the space between two Chinese characters that each stand alone: 哪 天 开 的 → 哪天开的."""
    return _APART.sub(r"\1", text)


def use_words(found: UserWords) -> None:
    """Take a user's words into the segmentation of this process; those taken before are forgotten."""
    if found != _taken[0]:
        _taken[0] = found
        segmenter.cache_clear()


def user_words() -> UserWords:
    """Return the words that were taken last."""
    return _taken[0]


def read_words(path: Path) -> UserWords:
    """Read a user dictionary as jieba has it: a word on each line, and after a space how often it is to be counted.

    Raises:
        ModelError: it cannot be read, or a line is no Chinese word.
    """
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise ModelError(f"{path}: cannot be read ({error}). Name a UTF-8 file with a word on each line.") from error
    rows = set()
    for number, line in enumerate(lines, 1):
        if fields := line.split():
            word, count = fold(fields[0]), fields[1] if len(fields) > 1 else ""
            if not HAN_RUN.fullmatch(word) or not (count.isdecimal() or not count):
                raise ModelError(f"{path}, line {number}: {line!r}: a Chinese word was expected, and perhaps a count.")
            rows.add((word, int(count) if count else None))
    return UserWords(tuple(sorted(rows, key=repr)))


@lru_cache(maxsize=1)
def segmenter() -> Segmenter:
    """Return the segmenter, with the user's words; its cache lies in the user's cache folder, not in /tmp."""
    return Segmenter(cache_folder(), user_words().rows)


def cache_folder() -> Path:
    """Return the user's cache folder for this program, whether or not it is there yet."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "wenbao"


def words(key: str) -> list[Word]:
    """Return the words of a folded text in order: jieba's for Han, whole numbers and Latin words; no punctuation."""
    found, cut = [], segmenter().cut
    for run in _RUN.finditer(key):
        start = run.start()
        if HAN_RUN.match(run[0]):
            for word in cut(run[0]):
                found.append(Word(word, start, start + len(word)))
                start += len(word)
        else:
            found.append(Word(run[0], start, run.end()))
    return found


def terms(key: str) -> list[str]:
    """Return what the lexical index counts for a folded text: words, the character bigrams of Han runs, and `codes`.

    A word of two characters is counted as a word and as a bigram: what jieba takes for a word weighs double.
    """
    return terms_of(words(key), key)


def terms_of(cut: Sequence[Word], key: str) -> list[str]:
    """Return the same for a folded text whose words are known."""
    found = [word.text for word in cut]
    for run in HAN_RUN.finditer(key):
        found.extend(run[0][i : i + 2] for i in range(len(run[0]) - 1))
    found.extend(codes(key))
    return found


def codes(key: str) -> Iterator[str]:
    """Yield what makes numbers and codes exact in any spacing: each with what it is joined to.

    Examples: "5 G" and "5G" give 5g; "GB/T7714" and "GB/T 7714" give gb/t and t7714; "0.5%" gives 0.5% beside the
    word 0.5; "1 + 2 + X" gives 1+2 and 2+x; "1,048家" gives 1048 and 1048家.
    """
    for atom in _ATOM.finditer(key):
        left = atom[0].replace(",", "")
        if "," in atom[0]:
            yield left
        joint = _JOINT.match(key, atom.end())
        if joint is None:
            continue
        sign, unit = joint.groups()
        if unit:
            if left[0].isdigit():
                yield left + unit
        elif (right := _ATOM.match(key, joint.end())) and _is_code(left, sign, right[0]):
            kept = sign if left[0].isdigit() and right[0][0].isdigit() else sign.strip("-'·")
            yield left + kept + right[0].replace(",", "")


def _is_code(left: str, sign: str, right: str) -> bool:
    letters = [part for part in (left, right) if part.isalpha()]
    if any(len(part) > LONGEST_UNIT for part in letters):
        return False
    return len(letters) == 1 or sign in ("+", "/", "&") or bool(sign and not letters)
