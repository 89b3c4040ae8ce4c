"""Short names that the archive itself gives for long ones: 山西省防汛抗旱指挥部（以下简称“山西省防指”）."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from index.text import fold, segmenter

MARK = "简称"  # what an article says where it gives one
BEFORE, AFTER = 50, 30  # characters around the mark that a long and a short name are within
LONGEST = 30  # characters of a long name
COMMON = 200  # how often jieba has counted a word that says too little to be a name (公司, 方案, 大会)

_GIVEN = re.compile(
    r"([^,。;:、!?\s“”]{4,40})\((?:以下|下文)?(?:统|简)称:?为?[“《]?([^“”《》(),、或]{2,14})[”》]?[),、或]"
)

_MARKED = re.compile("[统統简簡][称稱]")


@dataclass(frozen=True)
class Abbreviations:
    """Long and short names of one archive, folded. `others`: name → its other names."""

    others: dict[str, tuple[str, ...]] = field(default_factory=dict)

    @classmethod
    def learn(cls, texts: Iterable[str]) -> "Abbreviations":
        """Read the short names that texts give. One that is a common word, a piece of the long one, or not made of its
        characters is left."""
        found: dict[str, dict[str, None]] = defaultdict(dict)
        for piece in (piece for text in texts for piece in _around_marks(text)):
            for match in _GIVEN.finditer(fold(piece)):
                long = _long_name(match[1], match[2])
                if long and match[2] not in long and segmenter().FREQ.get(match[2], 0) < COMMON:
                    found[match[2]][long] = None
                    found[long][match[2]] = None
        return cls({name: tuple(others) for name, others in found.items()})

    def of(self, key: str) -> dict[str, tuple[str, ...]]:
        """Return those of the names that a folded question has, each with its other names."""
        return {name: others for name, others in self.others.items() if name in key}


def _around_marks(text: str) -> Iterator[str]:
    """Yield what stands around each mark: of a large archive's texts that is a fiftieth."""
    low = high = 0
    for mark in _MARKED.finditer(text):
        if mark.start() - BEFORE > high:
            yield text[low:high]
            low = mark.start() - BEFORE
        high = mark.end() + AFTER
    yield text[low:high]


def _long_name(before: str, short: str) -> str | None:
    """Return the end of a text that a short name abbreviates: the shortest that has its characters in their order."""
    rest = before.removesuffix("》")
    for start in range(len(rest) - len(short) - 1, max(-1, len(rest) - LONGEST), -1):
        if rest[start] == short[0] and _in_order(short, rest[start:]):
            return rest[start:]
    return None


def _in_order(short: str, long: str) -> bool:
    place = -1
    for char in short:
        place = long.find(char, place + 1)
        if place < 0:
            return False
    return True
