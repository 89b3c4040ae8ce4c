"""The embedded model's tokenizer: search folding and jieba-like words inside one `tokenizer.json`.

Folding (`index.text.fold`) is a map from characters to strings, so it fits a `Precompiled` normalizer: a byte trie in
darts-clone's format, as sentencepiece writes it. Cutting is a unigram Viterbi over word counts from jieba, which
approximates jieba's own maximum-probability cut. Whoever loads the file, sentence-transformers or this project, then
sees the same ids without calling a line of this project's code.
"""

import math
import struct
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers, trainers

from index.text import fold, words

UNKNOWN = "<unk>"
HAN_CLASS = r"\x{3400}-\x{4dbf}\x{4e00}-\x{9fff}\x{20000}-\x{2ffff}"
PIECE = rf"[{HAN_CLASS}]+|[a-z]+|[0-9]+|[^\s]"  # what stands alone before the words are looked for
CHARACTER_FLOOR = -17.0  # log probability of a single character that was never seen as a word
PIECE_SCORE = -16.0  # of a part of a Latin word


def folding_charsmap() -> bytes:
    """Return `index.text.fold` as a precompiled character map (sentencepiece's binary form)."""
    changed = {}
    for code in range(1, sys.maxunicode + 1):
        if 0xD800 <= code < 0xE000:
            continue
        folded = fold(chr(code))
        if folded != chr(code):
            changed[chr(code).encode()] = folded.encode()
    blob = bytearray(b"\0")  # offset 0: the empty string
    places: dict[bytes, int] = {b"": 0}
    for folded_bytes in changed.values():
        if folded_bytes not in places:
            places[folded_bytes] = len(blob)
            blob += folded_bytes + b"\0"
    units = double_array({key: places[folded_bytes] for key, folded_bytes in changed.items()})
    return struct.pack("<I", 4 * len(units)) + struct.pack(f"<{len(units)}I", *units) + bytes(blob)


def double_array(values: dict[bytes, int]) -> list[int]:
    """Return the double-array trie (darts-clone's unit format) of byte strings without NUL → values below 2^31.

    A node at position p with offset o has its child for byte c at p ^ o ^ c, and its value at p ^ o. No two nodes
    share a base p ^ o, so a child's label alone tells whose it is.
    """
    trie: dict[int, Any] = {}  # byte → node; -1 → value
    for key, value in values.items():
        node = trie
        for byte in key:
            node = node.setdefault(byte, {})
        node[-1] = value
    units: dict[int, int] = {}
    taken, bases = {0}, set()
    queue: list[tuple[int, int, dict[int, Any]]] = [(0, 0, trie)]
    starts: Counter[int] = Counter()  # number of slots → where the last search for so many ended
    while queue:
        position, label, node = queue.pop()
        children = sorted(byte for byte in node if byte >= 0)
        slots = ([0] if -1 in node else []) + children
        base = max(1, starts[len(slots)])
        while base in bases or any(base ^ slot in taken for slot in slots):
            base += 1
        starts[len(slots)] = base
        bases.add(base)
        taken.update(base ^ slot for slot in slots)
        offset = position ^ base
        if offset >= 1 << 21:
            raise ValueError(f"trie offset {offset} does not fit darts-clone's 21 bits; map fewer characters")
        units[position] = offset << 10 | (1 << 8 if -1 in node else 0) | label
        if -1 in node:
            units[base] = 1 << 31 | node[-1]
        queue.extend((base ^ byte, byte, node[byte]) for byte in children)
    size = (max(units) // 256 + 2) * 256
    return [units.get(position, 0) for position in range(size)]


def count_words(texts: Iterable[str]) -> Counter[str]:
    """Return how often each word stands in the folded texts: jieba's words, Latin words, numbers."""
    counts: Counter[str] = Counter()
    for text in texts:
        counts.update(word.text for word in words(fold(text)))
    return counts


def build_tokenizer(counts: Counter[str], size: int) -> Tokenizer:
    """Return a unigram tokenizer of at most `size` pieces over word counts (Latin words and numbers among them).

    Shares: all frequent characters, 300 marks, 4 % numbers, 27 % Latin (words, and parts that words are made of),
    the rest Han words of 2 to 6 characters. A piece's score is the log of its share of all counts.
    """
    total = sum(counts.values())
    vocabulary: dict[str, float] = {UNKNOWN: 0.0}

    def take(pieces: Iterable[tuple[str, float]], limit: int) -> None:
        for piece, score in pieces:
            if limit <= 0 or len(vocabulary) >= size:
                return
            if piece and piece not in vocabulary:
                vocabulary[piece] = score
                limit -= 1

    han, latin, numbers, characters = _split_kinds(counts)
    take(((c, max(_score(counts[c], total), CHARACTER_FLOOR)) for c, _ in characters.most_common()), 65 * size // 400)
    take(((c, -12.0) for c in map(chr, range(33, 127))), 128)
    take(((c, -12.0) for c in "，。、；：？！“”‘’（）《》〈〉【】…—·￥℃％°±×÷"), 64)
    take(((str(n), _score(counts[str(n)], total)) for n in range(10)), 10)
    take(((n, _score(c, total)) for n, c in numbers.most_common() if len(n) <= 4), 4 * size // 100)
    take(((p, PIECE_SCORE) for p in _latin_pieces(latin, 3 * size // 40)), 3 * size // 40)
    vocabulary.update({w: _score(c, total) for w, c in latin.most_common(20 * size // 100)})
    take(((w, _score(c, total)) for w, c in han.most_common()), size)
    model = models.Unigram(list(vocabulary.items()), unk_id=0)
    tokenizer = Tokenizer(model)
    tokenizer.normalizer = normalizers.Precompiled(folding_charsmap())
    tokenizer.pre_tokenizer = pre_tokenizers.Split(Regex(PIECE), behavior="removed", invert=True)
    return tokenizer


def _score(count: int, total: int) -> float:
    return round(math.log((count + 0.5) / total), 3)


def _split_kinds(counts: Counter[str]) -> tuple[Counter[str], Counter[str], Counter[str], Counter[str]]:
    han: Counter[str] = Counter()
    latin: Counter[str] = Counter()
    numbers: Counter[str] = Counter()
    characters: Counter[str] = Counter()
    for word, count in counts.items():
        if word.isascii():
            for part in _runs(word):
                (numbers if part.isdigit() else latin)[part] += count
            continue
        if "\u3400" <= word[0] <= "\u9fff" or word[0] >= "\U00020000":
            characters.update(dict.fromkeys(word, count))
            if 2 <= len(word) <= 6:
                han[word] += count
    return han, latin, numbers, characters


def _runs(word: str) -> Iterator[str]:
    start = 0
    for i in range(1, len(word) + 1):
        if i == len(word) or word[i].isdigit() != word[start].isdigit() or not word[i].isalnum():
            if word[start:i].isalnum():
                yield word[start:i]
            start = i + 1 if i < len(word) and not word[i].isalnum() else i


def _latin_pieces(latin: Counter[str], size: int) -> list[str]:
    """Return parts of Latin words, by byte-pair merges over their counts (each word counted at most 50 times)."""
    trainer = trainers.BpeTrainer(vocab_size=size, show_progress=False, limit_alphabet=64)
    bpe = Tokenizer(models.BPE())
    bpe.train_from_iterator((w for w, c in latin.items() if c >= 2 for _ in range(min(c, 50))), trainer)
    ranked = sorted(bpe.get_vocab().items(), key=lambda item: item[1])
    return [piece for piece, _ in ranked if piece.isalpha() and piece.isascii()]
