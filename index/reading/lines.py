"""The lines of a page: each one's text as read, and the raw runs it stands on."""

import re
from dataclasses import dataclass

from index.reading.marks import is_row

_LINE = re.compile(r"[^\r\n\v\f\x1c-\x1e\x85\u2028\u2029]+")
_HEADING = re.compile(r"(#{1,6})(?=\s)")
_RULE = re.compile(r"[-*_=~—]{3,}|[*#]+|\ufeff+")
_BOLD = re.compile(r"\*\*(?=\S)(.+?)(?<=\S)\*\*")
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1b\x7f]+")
_SPECIAL = re.compile(r"[\s#*_=~—\-\ufeff\x00-\x1b\x7f]")  # a line with none of them is taken as it stands
_TOKEN = re.compile(r"\S+")
_HAN = re.compile(r"[\u3400-\u9fff\uf900-\ufaff]")
_SPACE_INSIDE = re.compile(r"\s")
_LATIN_END = re.compile(r"[^\W_\u2e80-\U0003ffff]|[,.;:!?%)\]'\"]")
_WORD_START = re.compile(r"[^\W_\u2e80-\U0003ffff]|[(\[$'\"]")
_DIGIT = frozenset("0123456789０１２３４５６７８９")
_CLOSING = frozenset("，。！？；：、）》」』”’％")
_OPENING = frozenset("（《「『“‘")


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the page that is not blank.

    `runs`: raw `[start, end)` in order, each without white space but for single spaces kept as they are. `text`: the
    runs, with one space between two of them where `spaces` says so. `level`: number of Markdown's `#`, 0 for none.
    `gap`: line breaks between this line and the one before (1: the next line; 2: one blank line between).
    `indent`: white space before the first character.
    """

    index: int
    text: str
    runs: tuple[tuple[int, int], ...]
    spaces: tuple[bool, ...]
    level: int = 0
    bold: bool = False
    gap: int = 1
    indent: int = 0

    @property
    def start(self) -> int:
        """Where the line begins in the page, in code points."""
        return self.runs[0][0]


def read_lines(text: str) -> tuple[list[Line], list[tuple[int, int]]]:
    """Return the lines of a page and the raw ranges of its markup.

    Every character that is not white space is in exactly one run or one markup range.
    """
    lines: list[Line] = []
    markup: list[tuple[int, int]] = []
    end = 0
    for match in _LINE.finditer(text):
        body = match.group()
        if body.isspace():
            continue
        gap = max(1, text.count("\n", end, match.start()) or text.count("\r", end, match.start()))
        line = _read_line(len(lines), body, match.start(), gap, markup)
        if line is not None:
            lines.append(line)
            end = match.end()
    return lines, markup


def _read_line(index: int, body: str, offset: int, gap: int, markup: list[tuple[int, int]]) -> Line | None:
    stripped = body.strip()
    start = offset + body.index(stripped[0])
    if not _SPECIAL.search(stripped):
        return Line(index, stripped, ((start, start + len(stripped)),), (), 0, False, gap, start - offset)
    if _RULE.fullmatch(stripped):
        markup.append((start, start + len(stripped)))
        return None
    indent, level, cuts = start - offset, 0, []
    if stripped[0] == "\ufeff":
        cuts.append((0, len(stripped) - len(stripped.lstrip("\ufeff"))))
    heading = _HEADING.match(stripped, cuts[0][1] if cuts else 0)
    if heading:
        level = len(heading.group(1))
        cuts.append(heading.span())
    bold = False
    if "**" in stripped:
        for pair in _BOLD.finditer(stripped):
            cuts += [(pair.start(), pair.start() + 2), (pair.end() - 2, pair.end())]
            bold = bold or pair.end() - pair.start() == len(stripped) - (heading.end() if heading else 0)
    if _CONTROL.search(stripped):
        cuts = sorted(cuts + [found.span() for found in _CONTROL.finditer(stripped)])
    if not cuts and not _SPACE_INSIDE.search(stripped):
        return Line(index, stripped, ((start, start + len(stripped)),), (), 0, False, gap, indent)
    markup += [(start + a, start + b) for a, b in cuts]
    pieces = _pieces(stripped, cuts)
    if not pieces:
        return None
    text, runs, spaces = _close_spaces(stripped, pieces)
    return Line(index, text, tuple((start + a, start + b) for a, b in runs), tuple(spaces), level, bold, gap, indent)


def _pieces(body: str, cuts: list[tuple[int, int]]) -> list[tuple[int, int, bool]]:
    """Return the tokens `(start, end, space before)` of a line, markup cut out."""
    pieces = []
    last = 0
    for token in _TOKEN.finditer(body):
        start, end = token.span()
        inside = [(a, b) for a, b in cuts if a < end and b > start]
        for a, b in inside:
            if a > start:
                pieces.append((start, a, _spaced(body, last, start)))
                last = a
            start = max(start, b)
        if start < end:
            pieces.append((start, end, _spaced(body, last, start)))
            last = end
    return pieces


def _spaced(body: str, last: int, start: int) -> bool:
    return last > 0 and any(character.isspace() for character in body[last:start])


def _close_spaces(body: str, pieces: list[tuple[int, int, bool]]) -> tuple[str, list[tuple[int, int]], list[bool]]:
    """Join the tokens of a line: which spaces stay, and the runs that are left."""
    keep = _kept_spaces([body[a:b] for a, b, _ in pieces], [spaced for _, _, spaced in pieces])
    runs: list[tuple[int, int]] = [pieces[0][:2]]
    spaces: list[bool] = []
    text = body[pieces[0][0] : pieces[0][1]]
    for (start, end, _), kept in zip(pieces[1:], keep[1:], strict=True):
        last = runs[-1][1]
        text += (" " if kept else "") + body[start:end]
        if (start == last and not kept) or (kept and start == last + 1 and body[last] == " "):
            runs[-1] = (runs[-1][0], end)
        else:
            runs.append((start, end))
            spaces.append(kept)
    return text, runs, spaces


def _kept_spaces(tokens: list[str], spaced: list[bool]) -> list[bool]:
    """Say for each token whether the space before it is kept: in a table's row all are."""
    if is_row(" ".join(tokens)):
        return spaced
    single = [len(token) == 1 and bool(_HAN.match(token)) for token in tokens]
    keep = list(spaced)
    for k in range(1, len(tokens)):
        if not spaced[k]:
            continue
        left, right = tokens[k - 1][-1], tokens[k][0]
        if single[k - 1] and single[k]:  # 建 设 示 范 县
            keep[k] = False
        elif len(single) >= k + 3 and all(single[k : k + 3]) and _HAN.match(left):
            keep[k] = False  # 推进建 设 示 范 县
        elif single[k - 1] and k >= 2 and single[k - 2] and len(tokens[k]) > 1 and not _HAN.match(tokens[k][1]):
            keep[k] = False  # 方 案（2024-
        elif left in _CLOSING and right in _CLOSING or left in _OPENING or right in _CLOSING:
            keep[k] = False
        elif (left in _DIGIT and _HAN.match(right)) or (_HAN.match(left) and right in _DIGIT):
            keep[k] = False  # 2024年 1月 3日
    return keep


def glue(left: str, right: str) -> str:
    """Return what stands between two lines joined: a space between Latin words, else nothing."""
    if _LATIN_END.match(left[-1]) and _WORD_START.match(right[0]):
        both_digits = left[-1] in _DIGIT and right[0] in _DIGIT
        return "" if both_digits else " "
    return ""
