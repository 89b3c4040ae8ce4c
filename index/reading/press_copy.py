"""What an editor makes of a clean article before print: headline lines, kickers, bylines, headings, captions."""

import random
import re
from collections.abc import Sequence
from dataclasses import dataclass

from index.reading.press_forms import column, name, recast

_PAPERS = ("本报", "珠江时报", "都市晨报", "海峡日报", "本刊", "经济早报", "江城晚报")
RECAST = 0.08  # share of articles that are an interview, numbered clauses, or hold a table
_PLACES = ("北京", "上海", "成都", "南京", "沈阳", "西安", "福州", "昆明", "长沙", "兰州")


@dataclass(frozen=True)
class Block:
    """A piece of an article in reading order. `glued`: it goes on in the middle of the paragraph before it."""

    kind: str
    text: str
    glued: bool = False


def names(rng: random.Random, most: int = 3) -> str:
    """Return one to `most` names."""
    return " ".join(name(rng) for _ in range(rng.randint(1, most)))


def clauses(text: str, low: int, high: int) -> list[str]:
    """Return the clauses of a text that are this long and hold no bracket, quote or digit."""
    return [
        part
        for part in re.split(r"[，。！？；：、]", text)
        if low <= len(part) <= high and re.fullmatch(r"[一-鿿]+", part)
    ]


def dateline(rng: random.Random, wrapped: bool) -> str:
    """Return a dateline with what separates it from the text."""
    paper = rng.choice(_PAPERS)
    if wrapped:
        gap = rng.choice(("", " "))
        return (
            f"{paper}讯{gap}记者{rng.choice(('', ' '))}{names(rng, 2)}"
            f"{rng.choice(('', f'通讯员{names(rng, 2)}', f' 通讯员 {names(rng, 2)}'))}"
            f"{rng.choice(('报道', '摄影报道', '报道'))} "
        )
    month, day = rng.randint(1, 12), rng.randint(1, 28)
    return rng.choice(
        (
            "本报讯 ",
            "本报讯 ",
            "**本报讯** ",
            f"本报讯 (记者 {names(rng, 2)})",
            f"本报讯（记者{name(rng)} 通讯员{name(rng)}）",
            f"新华社{rng.choice(_PLACES)}{month}月{day}日电 (记者{names(rng, 2)})",
            f"本报{rng.choice(_PLACES)}{month}月{day}日电 ",
            f"{paper}讯 记者{names(rng, 2)}报道 ",
        )
    )


def byline(rng: random.Random, bare: float) -> str:
    """Return a byline that stands on its own line; bare names with this probability."""
    if rng.random() < bare:
        return names(rng, 4)
    return rng.choice(
        (
            f"记者 {names(rng, 2)} 通讯员 {names(rng, 2)}",
            f"本报记者 {names(rng, 3)}",
            f"▶ 本报记者 {name(rng)}",
            f"记者 {names(rng, 2)}",
            f"（记者 {names(rng, 2)}）",
            f"通讯员 {names(rng, 2)} 文/图",
        )
    )


def caption(rng: random.Random, paragraphs: Sequence[str]) -> str:
    """Return a caption made of a clause of the article."""
    options = [part for text in paragraphs for part in clauses(text, 8, 30)]
    words = rng.choice(options) if options else "活动现场"
    return rng.choice(
        (
            f"{words}。 {name(rng)}/摄",
            f"■{words}。",
            f"▲{words}。",
            f"图为{words}。",
            f"{words}。（{name(rng)} 摄）",
            f"图片来源:{words[:12]}",
            f"{words}。 本报记者 {name(rng)} 摄",
        )
    )


def balanced(text: str) -> bool:
    """Say whether every bracket of a text is closed in it."""
    return all(text.count(left) == text.count(right) for left, right in ("【】", "《》", "“”", "（）"))


def headline_lines(rng: random.Random, title: str) -> list[str]:
    """Return a title as it is printed: on one line, or broken in two."""
    title = title.strip()
    if " " in title and rng.random() < 0.4:
        left, right = title.split(" ", 1)
        return [left, right] if min(len(left), len(right)) > 3 and balanced(left) else [title]
    marks = [match.end() for match in re.finditer(r"[，：:；—]+", title) if 5 < match.end() < len(title) - 5]
    marks = [at for at in marks if balanced(title[:at])]
    if marks and rng.random() < 0.3:
        cut = rng.choice(marks)
        return [title[:cut], title[cut:]]
    return [title]


def kicker(rng: random.Random, paragraphs: Sequence[str], title: str) -> str:
    """Return a kicker or subhead from the article's own words, or "" if it has none fit.

    One of six: the name of a column of the paper, behind a dash, a row of short labels, what happened in one line
    longer than the headline, two phrases of one length, or a line of two clauses.
    """
    if rng.random() < 0.12:
        return column(rng)
    options = [part for text in paragraphs[:4] for part in clauses(text, 7, 24) if part not in title]
    if not options:
        return ""
    words = rng.choice(options)
    form = rng.random()
    if form < 0.3:
        return "——" + words + rng.choice(("", "纪实", "侧记", "小记", "工作巡礼"))
    if form < 0.45:
        short = [part for text in paragraphs for part in clauses(text, 3, 6)]
        if rng.random() < 0.5:
            short = [part for part in short if len(part) == len(short[0])]
        return rng.choice((" ", " ", "、")).join(rng.sample(short, min(len(short), rng.randint(2, 4))))
    if form < 0.7:
        longer = range(max(16, round(1.2 * len(title))), 41)
        events = [part for text in paragraphs[:4] for part in re.split(r"[，。！？；]", text) if len(part) in longer]
        events = [part for part in events if balanced(part) and part[-1] not in "：:、"]
        return rng.choice(events) if events else ""
    others = [part for part in options if part != words]
    if form < 0.85:
        others = [part for part in others if abs(len(part) - len(words)) < 2]
    if not others:
        return ""
    return words + (" " if form < 0.85 else rng.choice((" ", ",", "，", "，"))) + rng.choice(others)


def section(rng: random.Random, paragraph: str) -> str:
    """Return a section heading for a paragraph, or ""."""
    options = clauses(paragraph, 4, 12)
    if not options:
        return ""
    words = rng.choice(options)
    if rng.random() < 0.4:
        same = [part for part in options if part != words and abs(len(part) - len(words)) <= 1]
        if same:
            words += " " + rng.choice(same)
    return rng.choice(("", "", "", "", "一、", "01 ")) + words if rng.random() < 0.2 else words


def _section_lines(rng: random.Random, heading: str, wrapped: bool) -> list[str]:
    """Return a section heading as printed: on one line, in a narrow column sometimes on two."""
    if wrapped and " " in heading and rng.random() < 0.7:
        return heading.split(" ", 1)
    return [heading] if heading else []


def compose(
    rng: random.Random, title: str, paragraphs: Sequence[str], wrapped: bool, plain: bool = False
) -> tuple[list[Block], list[Block], list[Block]]:
    """Return an article's head (kickers, headline), its text in order, and what floats (captions).

    `plain`: nothing but headline and paragraphs, half of the time with a dateline.
    """
    head = [Block("headline", line) for line in headline_lines(rng, title)] if title else []
    text: list[Block] = []
    floating: list[Block] = []
    if not plain and rng.random() < RECAST:
        paragraphs = recast(rng, paragraphs)
    if head and not plain and rng.random() < 0.3:
        words = kicker(rng, paragraphs, title)
        above = not words.startswith("—") and rng.random() < 0.6
        if words:
            head.insert(0 if above else len(head), Block("kicker", words))
    dated = rng.random() < 0.5
    if not plain and not dated and head and rng.random() < 0.2:
        text.append(Block("byline", byline(rng, 0.3)))
    sections = not plain and len(paragraphs) >= 4 and rng.random() < 0.45
    every = rng.randint(1, 3)
    since = rng.choice((0, 1))
    for number, paragraph in enumerate(paragraphs):
        if sections and number and number + 1 < len(paragraphs) and since >= every:
            heading = section(rng, paragraph)
            text += [Block("section", line) for line in _section_lines(rng, heading, wrapped)]
            since = 0
        since += 1
        lead = dateline(rng, wrapped) if dated and not number else ""
        text.append(Block("body", lead + paragraph))
    if not plain and rng.random() < (0.3 if wrapped else 0.45):
        text.append(Block("byline", byline(rng, 0.6)))
    if not plain and rng.random() < 0.2:
        floating.append(Block("caption", caption(rng, paragraphs)))
        bare = [part for text in paragraphs for part in clauses(text, 8, 22)]
        if floating[0].text.startswith("图片来源") and bare and rng.random() < 0.7:
            floating.insert(0, Block("caption", rng.choice(bare)))  # goes below: each is put in at one place
    return head, text, floating
