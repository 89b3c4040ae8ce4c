"""Where the pieces of articles stand on a page: in columns, cut at their ends, behind other articles."""

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace

from index.reading.press_copy import Block
from index.reading.press_forms import furniture

NO_START = frozenset("，。！？；：、）”’》】%％…")
Copy = tuple[list[Block], list[Block], list[Block]]
INSIDE, MIXED = 0.12, 0.06  # shares of pages: with a foot inside a text; with headlines on any side of their articles


@dataclass
class Item:
    """One thing to print, in page order: a block of article `owner` (−1: of none), its number in reading order."""

    owner: int
    order: int
    block: Block


def furnish(rng: random.Random, items: list[Item]) -> None:
    """Put the page's own lines at its head, at its foot, and sometimes at a column's foot, in the middle of a text."""
    if rng.random() < 0.5:
        for _ in range(rng.randint(1, 3)):
            items.insert(rng.choice((0, len(items))), Item(-1, 0, Block("furniture", furniture(rng))))
    if rng.random() < INSIDE:
        texts = [k for k, item in enumerate(items) if item.block.kind == "body" and len(item.block.text) > 40]
        at = rng.choice(texts or [0])
        item = items[at]
        cut = rng.randint(15, max(15, len(item.block.text) - 15))
        feet = [Item(-1, 0, Block("furniture", furniture(rng))) for _ in range(rng.randint(1, 2))]
        if texts and item.block.text[cut] not in NO_START and not item.block.text[cut - 1 : cut + 1].isascii():
            first, rest = item.block.text[:cut], item.block.text[cut:]
            items[at] = replace(item, block=replace(item.block, text=first))
            items[at + 1 : at + 1] = [*feet, replace(item, block=Block("body", rest, True))]
        else:
            items[at:at] = feet


def cut_start(rng: random.Random, copy: Copy, style: str) -> Copy:
    """Sometimes begin in mid-article, as on a page that an article is continued on, or cut the end off."""
    head, text, floating = copy
    if rng.random() < 0.05 and len(text) > 3:
        mark = rng.choice(("（上接A01版）", "（上接第一版）", "（紧接1版）", "(上接A2版)", "（上接01版）"))
        return [], [Block("continuation", mark), *text[2:]], floating
    if style == "B" and rng.random() < 0.05 and text[-1].kind == "body" and len(text[-1].text) > 60:
        cut = rng.randint(30, len(text[-1].text) - 10)
        text = [*text[:-1], replace(text[-1], text=text[-1].text[:cut])]
    return head, text, floating


def columns_a(rng: random.Random, copies: Sequence[Copy]) -> list[Item]:
    below = rng.random() < 0.5
    turned = 0.5 if rng.random() < MIXED else 0.03
    items: list[Item] = []
    late: list[Item] = []
    for owner, (head, text, floating) in enumerate(copies):
        heads = [Item(owner, k, block) for k, block in enumerate(head)]
        body = [Item(owner, k, block) for k, block in enumerate(text)]
        items += body + heads if below != (rng.random() < turned) else heads + body
        late += [Item(owner, 900 + k, block) for k, block in enumerate(floating)]
    if rng.random() < 0.5:
        return items + late
    for item in late:
        at = max(k for k, other in enumerate(items) if other.owner == item.owner)
        items.insert(at + 1, item)
    return items


def columns_b(rng: random.Random, copies: Sequence[Copy]) -> list[Item]:
    """Lay out style B: cut paragraphs at column ends, put second and third pieces behind other articles."""
    stacks: list[list[Item]] = []
    moved: list[tuple[int, list[Item]]] = []
    for owner, (head, text, floating) in enumerate(copies):
        pieces = _cut_columns(rng, [Item(owner, k, block) for k, block in enumerate(text)])
        at = rng.choice((0, 0, rng.randint(0, len(pieces[0]))))
        for block in floating:
            pieces[0].insert(at, Item(owner, 900, block))
        number = min(len(pieces), rng.choice((1, 1, 2, 2, 3))) if len(copies) > 1 else 1
        breaks = sorted(rng.sample(range(1, len(pieces)), number - 1))
        parts = [sum(pieces[a:b], []) for a, b in zip([0, *breaks], [*breaks, len(pieces)], strict=True)]
        heads = [Item(owner, k, block) for k, block in enumerate(head)]
        stacks.append(parts[0] + heads if rng.random() < 0.03 else heads + parts[0])
        moved += [(owner, part) for part in parts[1:]]
    order = [(owner, stack) for owner, stack in enumerate(stacks)]
    for owner, part in moved:
        last = max(k for k, (other, _) in enumerate(order) if other == owner)
        places = range(last + 2, len(order) + 1)
        at = rng.choice(list(places)) if places else len(order)
        order.insert(at, (owner, part))
    return [item for _, stack in order for item in stack]


def _cut_columns(rng: random.Random, items: list[Item]) -> list[list[Item]]:
    """Cut an article at column ends, every 250–900 characters: mostly in the middle of a sentence."""
    pieces: list[list[Item]] = [[]]
    room = rng.randint(120, 900)
    for item in items:
        block = item.block
        while block.kind == "body" and len(block.text) > room + 4 and room > 4:
            cut = room if rng.random() < 0.9 else _sentence_end(block.text, room)
            if block.text[cut] in NO_START:
                cut += 1 if cut + 1 < len(block.text) and block.text[cut + 1] not in NO_START else -1
            if not 0 < cut < len(block.text) or block.text[cut - 1 : cut + 1].isascii():
                break
            pieces[-1].append(Item(item.owner, item.order, replace(block, text=block.text[:cut])))
            block = Block("body", block.text[cut:], True)
            pieces.append([])
            room = rng.randint(120, 900)
        pieces[-1].append(Item(item.owner, item.order, block))
        room -= len(block.text)
        if room <= 4:
            room = rng.randint(120, 900)
            if rng.random() < 0.3 and block.kind == "body":
                pieces.append([])
    return [piece for piece in pieces if piece] or [[]]


def _sentence_end(text: str, near: int) -> int:
    ends = [k + 1 for k in range(len(text) - 1) if text[k] in "。！？" and text[k + 1] not in NO_START]
    return min(ends, key=lambda k: abs(k - near)) if ends else near
