"""Make the table of places: `python -m index.train_places --data DIR [--out FILE]`.

What CC-CEDICT says of a place is of few forms ("Kunshan, a county-level city in Suzhou City 苏州市, Jiangsu"): its
kind, and the places it lies in, in either language.
"""

import argparse
import logging
import re
from collections import defaultdict
from pathlib import Path

import jieba

from index.places import bare
from index.text import fold, segmenter
from index.train_pairs import Data

log = logging.getLogger("index.train_places")

_KIND = (
    r"(?:county|district|prefecture|city|town|township|province|municipality|banner|capital|country|region|republic"
    r"|islands?|kingdom|state|County|District|Prefecture|City|Town|Province|Region|Republic|Islands?|State)\b"
)
_NAME = r"[A-Z][\w'’\-]*(?: (?:or |and )?[A-Z][\w'’\-]*)*"
_PLACE = re.compile(rf"{_NAME}(?:,? (?:an? |the )?(?:[a-z\-]+ ){{0,3}}{_KIND}| \([^)]*{_KIND})")
_NOT = re.compile(r"\b(?:surname|old name|dynasty|ancient|name of|person|people of|river|abbr\.? for|company|group)\b")
_OTHER = re.compile(r"(?:集团|公司|[站院委部社局资语文族人教战役军]|大学|中心|集|大厦)$")
_LARGE = re.compile(  # what others lie in: "Jiangsu Province, …", "Xinjiang Uighur Autonomous Region …", "Japan"
    r"([A-Z][a-z]+(?: [A-Z][a-z]+)?)"
    r"(?:$| \(| (?:[A-Z][a-z]+ )?(?:[Pp]rovince|[Aa]utonomous [Rr]egion|[Mm]unicipality)\b)"
)
_HAN = re.compile(r"[\u4e00-\u9fff]{2,}")
_WITHIN = re.compile(r"(?:\b(?:in|of)\b|[a-z], (?!capital))(.*)")


def is_place(meaning: str) -> bool:
    """Return whether a meaning of the dictionary is a place's: a name, and what kind of place it is."""
    return bool(_PLACE.match(meaning)) and not _NOT.search(meaning)


def places(data: Data) -> dict[str, list[str]]:
    """Return place → the places that it lies in, all in Chinese, each also without its ending (昆山 for 昆山市)."""
    told: dict[str, list[str]] = defaultdict(list)
    english: dict[str, str] = {}
    same: dict[str, str] = {}
    known = set(
        re.findall(r"^(\S+) \d+ ns$", (Path(jieba.__file__).parent / "dict.txt").read_text("utf-8"), re.MULTILINE)
    )
    for row in data.rows("cc_cedict"):
        word = fold(row["zh"])
        if not 2 <= len(word) <= 8 or not _HAN.fullmatch(word) or _OTHER.search(word):
            continue
        for meaning in row["en"].split(";"):
            meaning = meaning.strip()
            if meaning.startswith("see ") and (other := _HAN.findall(meaning)):
                same[word] = fold(other[-1])
            elif is_place(meaning):
                told[word].append(meaning)
            name = bare(word)
            large = _LARGE.match(meaning) if name in known else None
            if large and segmenter().FREQ.get(name, 0) > segmenter().FREQ.get(english.get(large[1], ""), 0):
                english[large[1]] = name
    table = {word: _containers(word, meanings, english) for word, meanings in told.items()}
    table |= {word: table[other] for word, other in same.items() if other in table and word not in table}
    return dict(sorted(({bare(word): where for word, where in table.items()} | table).items()))


def _containers(word: str, meanings: list[str], english: dict[str, str]) -> list[str]:
    found: dict[str, None] = {}
    for meaning in meanings:
        match = _WITHIN.search(re.sub(r"[\u4e00-\u9fff]+\|", "", meaning))
        part = match[1] if match else ""
        found.update(dict.fromkeys(fold(name) for name in _HAN.findall(part)))
        heads = re.findall(r"[A-Z][\w'’\-]*(?: [A-Z][\w'’\-]*)*", re.sub(r"\[[^\]]*\]", "", part))
        found.update(dict.fromkeys(english[head] for head in heads if head in english))
    plain = dict.fromkeys(bare(name) for name in found)
    return [name for name in plain if name != bare(word)]


def main(arguments: list[str] | None = None) -> None:
    """Make the table from the command line."""
    parser = argparse.ArgumentParser(prog="python -m index.train_places", description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, default=Path("runs/places.tsv"))
    options = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    table = places(Data(options.data, frozenset()))
    lines = ["\t".join([word, *where]) for word, where in table.items()]
    options.out.write_text("\n".join(lines) + "\n", encoding="utf-8")
    log.info("%s: %d places, %d bytes", options.out, len(table), options.out.stat().st_size)


if __name__ == "__main__":
    main()
