"""What a line is, by rule alone: the marks that need no model, and a plain guess at headings."""

import re
from collections.abc import Sequence

from index.reading import marks
from index.reading.lines import Line
from index.reading.style import width

HEADING_WIDTH = 42.0
_MARKED = re.compile(  # every line that one of the marks is on has one of these; most lines have none
    r"[版文图者员摄生稿译理编■▲▼◀►▶◆●△▽◁▷↑↓←→]|书记|主任|[局院校市区县部厅处所站馆会事]长|总经理|教授|主席|总裁|院士"
    r"|视觉|校对|审读|检校|统筹|策划|热线|值班|照片|漫画|海报|发[）)]|^[A-Z\d第星电邮热地网hw（(·—\s-]"
)
_STOPS = "。；，、;,"


def marked_kind(text: str) -> str:
    """Return the kind that a line's own marks give it: caption, byline, continuation, furniture, credit, or ""."""
    if len(text) > 160 or not _MARKED.search(text):
        return ""
    if marks.is_continued(text) or marks.goes_on(text):
        return "continuation"
    if marks.is_byline(text):
        return "byline"
    if marks.is_furniture(text):
        return "furniture"
    if marks.is_credit(text):
        return "credit"
    if marks.is_caption(text) or marks.is_portrait(text):
        return "caption"
    return ""


def looks_heading(text: str) -> bool:
    """Say whether a line could be a heading: short, no stop at its end, not a whole sentence."""
    if text[-1] in _STOPS or "。" in text or marks.dateline_length(text):
        return False
    return width(text) <= (HEADING_WIDTH if not re.search("[,，；;]", text) else 26.0)


def kinds_by_rule(lines: Sequence[Line]) -> list[str]:
    """Return the kind of each paragraph line; a heading is "section" until its place says headline or kicker."""
    kinds: list[str] = []
    for number, line in enumerate(lines):
        kind = marked_kind(line.text)
        if not kind and marks.is_bare_names(line.text) and _byline_place(lines, number):
            kind = "byline"
        if not kind:
            open_before = number > 0 and kinds[-1] == "body" and not marks.is_finished(lines[number - 1].text)
            short = looks_heading(line.text) and (line.level > 0 or (not open_before and _stands_alone(lines, number)))
            kind = "section" if short else "body"
        kinds.append(kind)
    return _captions_beside_credits(lines, kinds)


def _stands_alone(lines: Sequence[Line], number: int) -> bool:
    """Say whether a short unpunctuated line is no piece of a paragraph: it is no list item among its like."""
    text = lines[number].text
    return not (number + 1 < len(lines) and width(text) > 30 and marks.is_finished(text))


def _byline_place(lines: Sequence[Line], number: int) -> bool:
    """Say whether bare names stand where a byline does: after a paragraph's end or a heading."""
    before = lines[number - 1].text if number else ""
    return len(lines) > 2 and number > 0 and (marks.is_finished(before) or looks_heading(before) or len(before) > 40)


def _captions_beside_credits(lines: Sequence[Line], kinds: list[str]) -> list[str]:
    """A heading between a picture's source and a dateline stands under the picture."""
    for number in range(1, len(lines) - 1):
        source = lines[number - 1].text.startswith(("图片来源", "资料图", "图片"))
        if kinds[number] == "section" and not lines[number].level and kinds[number - 1] == "caption" and source:
            kinds[number] = "caption"
    return kinds
