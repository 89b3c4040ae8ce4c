"""Characters as numbers: text folded (digits, Latin letters, half width) and coded for the models of this package."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

UNKNOWN, BREAK = 0, 1  # BREAK: a paragraph begins
Codes = npt.NDArray[np.int32]
_FOLD = {",": "，", ";": "；", ":": "：", "?": "？", "!": "！", "(": "（", ")": "）", "\u3000": " ", "\r": "\n"}


def fold_table() -> npt.NDArray[np.uint32]:
    """Return for each code point of the BMP the one it is folded to; digits are 0, Latin letters a, spaces 0x20."""
    table = np.arange(65536, dtype=np.uint32)
    for low, high, to in (("0", "9", "0"), ("a", "z", "a"), ("A", "Z", "a"), ("０", "９", "0"), ("ａ", "ｚ", "a")):
        table[ord(low) : ord(high) + 1] = ord(to)
    table[ord("Ａ") : ord("Ｚ") + 1] = ord("a")
    for source, to in _FOLD.items():
        table[ord(source)] = ord(to)
    table[[9, 11, 12, 0xA0]] = 0x20
    return table


def code_points(text: str) -> npt.NDArray[np.uint32]:
    """Return the code points of a text."""
    return np.frombuffer(text.encode("utf-32-le", "replace"), dtype=np.uint32)


class Characters:
    """The alphabet of the models: the `codepoints` that have a code, the first at code 2."""

    def __init__(self, codepoints: npt.NDArray[np.uint32]) -> None:
        self.codepoints = codepoints
        self.size = len(codepoints) + 2
        codes = np.zeros(65536, dtype=np.int32)
        codes[codepoints] = np.arange(2, self.size, dtype=np.int32)
        codes[ord("\n")] = BREAK
        codes[0x20] = -1
        self._codes = codes[fold_table()]

    def encode(self, text: str) -> Codes:
        """Return the codes of a text, white space left out but for line breaks."""
        codes = self._codes[np.minimum(code_points(text), 0xFFFF)]
        return codes[codes >= 0]

    def encode_all(self, texts: Sequence[str]) -> tuple[Codes, npt.NDArray[np.int64]]:
        """Return the codes of some texts, one after the other, and how many each text has."""
        codes = self._codes[np.minimum(code_points("".join(texts)), 0xFFFF)]
        kept = codes >= 0
        ends = np.cumsum([len(text) for text in texts], dtype=np.int64)
        sums = np.concatenate([[0], np.cumsum(kept)])
        return codes[kept], np.diff(sums[ends], prepend=0)
