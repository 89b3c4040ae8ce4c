"""Make the English → Chinese gloss table: `python -m index.train_gloss --data DIR [--out FILE]`.

Dictionary entries (CC-CEDICT) turned round, their Chinese words weighed by how often news uses them, together with word
translation probabilities of parallel sentences (IBM model 1: Brown et al., Computational Linguistics 19(2), 1993).
"""

import argparse
import logging
import re
from collections import Counter, defaultdict
from pathlib import Path

import numpy as np

from index.gloss import FUNCTION_WORDS, LONGEST, endings
from index.text import fold, words
from index.train_pairs import PARALLEL, Data, dictionary, fold_number
from index.train_tokenizer import count_words

log = logging.getLogger("index.train_gloss")

ROUNDS = 5  # of expectation maximisation
LONGEST_SENTENCE = 45  # words on either side
KEPT = 10  # Chinese words of an English one
LEAST = 0.02  # share below which a Chinese word is left out
_PLACE_ENDINGS = "市区县省镇乡州"
_LATIN = re.compile(r"[a-z]+(?:'[a-z]+)?")
_HAN = re.compile(r"[\u3400-\u9fff]+")
Table = dict[str, dict[str, float]]


def stem(word: str) -> str:
    """Return the last and shortest form of an English word, under which its translations are counted."""
    return min(endings(word), key=len) if len(word) > 4 else word


def sentences(data: Data) -> list[tuple[list[str], list[str]]]:
    """Return the distinct content words of parallel sentences: English stems, Chinese words."""
    found = []
    for name in PARALLEL:
        for row in data.rows(name):
            if len(row["en"]) > 400 or fold_number(row["en"], 20) == 0:
                continue
            english = {stem(word) for word in _LATIN.findall(row["en"].lower()) if word not in FUNCTION_WORDS}
            chinese = {word.text for word in words(fold(row["zh"])) if _HAN.fullmatch(word.text)}
            if 0 < len(english) <= LONGEST_SENTENCE and 0 < len(chinese) <= LONGEST_SENTENCE:
                found.append((sorted(english), sorted(chinese)))
    return found


def align(pairs: list[tuple[list[str], list[str]]]) -> Table:
    """Return t(Chinese | English) by IBM model 1 with an empty English word, for words seen at least 3 times."""
    english: dict[str, int] = {"": 0}
    chinese: dict[str, int] = {}
    columns: tuple[list[int], list[int], list[int]] = ([], [], [])
    slot = 0
    for left, right in pairs:
        sources = [0, *(english.setdefault(word, len(english)) for word in left)]
        for word in right:
            target = chinese.setdefault(word, len(chinese))
            columns[0].extend(sources)
            columns[1].extend([target] * len(sources))
            columns[2].extend([slot] * len(sources))
            slot += 1
    e, z, slots = (np.array(column, dtype=np.int64) for column in columns)
    keys, place = np.unique(e * len(chinese) + z, return_inverse=True)
    owners = keys // len(chinese)
    share = np.ones(len(keys))
    for _ in range(ROUNDS):
        weight = share[place]
        weight /= np.bincount(slots, weight, slot)[slots]
        counts = np.bincount(place, weight, len(keys))
        share = counts / np.bincount(owners, counts, len(english))[owners]
    names, targets = list(english), list(chinese)
    table: Table = defaultdict(dict)
    for key in np.flatnonzero((counts >= 1.5) & (share >= LEAST)):
        table[names[owners[key]]][targets[keys[key] % len(chinese)]] = float(share[key])
    return table


def turn_round(data: Data, frequency: Counter[str]) -> Table:
    """Return English phrase → Chinese words of the dictionary, shares by the square root of their frequency."""
    counts: Table = defaultdict(lambda: defaultdict(float))
    for word, meanings in dictionary(data).items():
        if not _HAN.search(word) or len(word) > 10:
            continue
        for place, meaning in enumerate(meanings[:8]):
            worth = (frequency[word] + 1) ** 0.5 / (1 + 0.3 * place) / (3 if len(word) == 1 else 1)
            name = _plain(_name_in(meaning))
            for phrase in {_plain(meaning), name}:
                if 0 < len(phrase.split()) <= LONGEST:
                    counts[phrase][word] += worth
            if name and len(word) > 2 and word[-1] in _PLACE_ENDINGS:  # Kunshan: 昆山市, 昆山
                counts[name][word[:-1]] += worth
    for phrase in list(counts):  # "cities" means what "city" means, too
        base = counts.get(stem(phrase)) if stem(phrase) != phrase else None
        for word, worth in (base or {}).items():
            counts[phrase][word] += worth
    return {phrase: _shares(row) for phrase, row in counts.items()}


def _plain(meaning: str) -> str:
    return " ".join(re.findall(r"[a-z]+(?:'[a-z]+)?|[0-9]+", meaning.lower()))


def _name_in(meaning: str) -> str:
    """Return the name that opens a meaning: "Kunshan, a county-level city in Suzhou" → "Kunshan"; "" if none does."""
    found = re.match(r"[A-Z][a-zA-Z']+(?: [A-Z][a-zA-Z']+)*(?=, [a-z])", meaning)
    return found[0] if found else ""


def _shares(row: dict[str, float]) -> dict[str, float]:
    total = sum(row.values())
    return {word: count / total for word, count in row.items()}


def merge(listed: Table, aligned: Table) -> Table:
    """Return both tables as one: the mean of the shares where both know a phrase (under its stem), cut at `KEPT`."""
    table: Table = {}
    for phrase in sorted(listed.keys() | aligned.keys()):
        if not phrase or phrase in FUNCTION_WORDS or not phrase.isascii():
            continue
        one, other = listed.get(phrase, {}), aligned.get(stem(phrase), {})
        weight = 0.5 if one and other else 1.0
        row = {word: weight * (one.get(word, 0) + other.get(word, 0)) for word in one.keys() | other.keys()}
        best = sorted(row.items(), key=lambda item: (-item[1], item[0]))[:KEPT]
        kept = {word: share for word, share in best if share >= LEAST}
        if kept:
            table[phrase] = kept
    return table


def write_table(table: Table, path: Path) -> None:
    """Write the table as `index.gloss` reads it: lines sorted by their bytes."""
    lines = []
    for phrase, row in table.items():
        cells = [f"{word} {max(1, round(100 * min(1, share)))}" for word, share in row.items()]
        lines.append("\t".join([phrase, *cells]).encode())
    path.write_bytes(b"\n".join(sorted(lines)) + b"\n")


def main(arguments: list[str] | None = None) -> None:
    """Make the table from the command line."""
    parser = argparse.ArgumentParser(prog="python -m index.train_gloss", description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--exclude", nargs="*", default=[], metavar="NAME")
    parser.add_argument("--out", type=Path, default=Path("runs/gloss.tsv"))
    options = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    data = Data(options.data, frozenset(options.exclude))
    news = [row["text"] for place, row in enumerate(data.rows("news_crud")) if place % 10 == 0]
    frequency = count_words(news)
    aligned = align(sentences(data))
    log.info("aligned: %d English words", len(aligned))
    table = merge(turn_round(data, frequency), aligned)
    write_table(table, options.out)
    log.info("%s: %d phrases, %d bytes", options.out, len(table), options.out.stat().st_size)


if __name__ == "__main__":
    main()
