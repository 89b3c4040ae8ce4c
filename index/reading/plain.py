"""Plain texts read by rule alone: what is no page of a newspaper, or is in a language the models do not know."""

from collections.abc import Sequence

from index.reading import marks, rules, wrapped
from index.reading.lines import Line
from index.reading.style import is_wrapped, width
from index.reading.units import Draft, Sheet, Unit, make_unit, merge

WRAPPED_FROM = 20.0  # full widths; narrower lines with blank ones between may be verse


def read_plain(lines: Sequence[Line], markup: list[tuple[int, int]]) -> Sheet:
    """Read lines by rule alone."""
    if is_wrapped(lines):
        units = wrapped_units(lines)
    else:
        kinds = rules.kinds_by_rule(lines)
        units = [make_unit([line], kind) for line, kind in zip(lines, kinds, strict=True)]
    left = [unit for unit in units if unit.kind in ("furniture", "credit")]
    units = name_headings(join_neighbours([unit for unit in units if unit.kind not in ("furniture", "credit")]))
    return Sheet(group(units), left, markup)


def is_verse(lines: Sequence[Line]) -> bool:
    """Say whether lines are verse: short, and most end with a stop."""
    widths = sorted(width(line.text) for line in lines)
    stops = sum(line.text[-1] in "，。！？；、,.;!?" for line in lines)
    return widths[-1] <= 24 and widths[len(widths) // 2] <= 14 and stops > 0.6 * len(lines)


def is_outline(lines: Sequence[Line]) -> bool:
    """Say whether lines are one Markdown article: one heading of its level first, nothing cut, one dateline at most."""
    level = lines[0].level
    deeper = [line for line in lines[1:] if line.level]
    if not level or not deeper or any(line.level <= level for line in deeper):
        return False
    texts = [line.text for line in lines if not line.level]
    marked = any(marks.dateline_length(text) for text in texts[1:]) or any(map(marks.is_continued, texts))
    names = any(marks.is_byline(text) or marks.is_bare_names(text) for text in texts[1:-1])
    cut = any(not marks.is_finished(text) and text[-1] not in "）)" and len(text) > 40 for text in texts)
    return not (marked or names or cut)


def read_headed(lines: Sequence[Line], markup: list[tuple[int, int]]) -> Sheet:
    """Read lines as one article, or as one below each of several headings of one level, if the page opens with such."""
    level = lines[0].level if lines else 0
    heads = [k for k, line in enumerate(lines) if 0 < line.level <= level]
    bodies = [k for k in heads if k + 1 < len(lines) and not 0 < lines[k + 1].level <= level]
    if len(heads) < 2 or bodies != heads:
        return read_single(lines, markup)
    parts = [lines[a:b] for a, b in zip(heads, [*heads[1:], len(lines)], strict=True)]
    return Sheet([draft for part in parts for draft in read_single(part, []).drafts], [], markup)


def read_single(lines: Sequence[Line], markup: list[tuple[int, int]]) -> Sheet:
    """Read lines as one article: the first its headline if it could be one, those with `#` section headings."""
    if not lines:
        return Sheet([], [], markup)
    units: list[Unit] = []
    widest = max(width(line.text) for line in lines)
    blanks = sum(line.gap > 1 for line in lines[1:])
    joined = is_wrapped(lines) or (widest > WRAPPED_FROM and 0 < blanks < 0.6 * len(lines))
    for line in lines:
        last = units[-1] if units else None
        run_on = joined and last is not None and last.kind == "body" and line.gap == 1 and not line.level
        run_on = run_on and width(last.lines[-1].text if last else "") > 0.6 * widest
        if run_on and last is not None:
            units[-1] = make_unit([*last.lines, line], "body")
        else:
            units.append(make_unit([line], "section" if line.level else "body"))
    first = units[0]
    alone = len(first.lines) == 1 and len(units) > 1 and width(first.text) <= rules.HEADING_WIDTH
    headed = first.kind == "section" or (alone and first.text[-1] not in "，。！？；、,.;!?")
    draft = Draft([first.of_kind("headline")], [], units[1:]) if headed else Draft([], [], units)
    return Sheet([draft], [], markup)


def wrapped_units(lines: Sequence[Line]) -> list[Unit]:
    """Return the units of a hard-wrapped page."""
    kinds = [rules.marked_kind(line.text) or "body" for line in lines]
    kinds = ["body" if kind == "byline" else kind for kind in kinds]
    for number, heading in enumerate(wrapped.heading_lines(lines, kinds)):
        if heading:
            kinds[number] = "section"
    return wrapped.paragraphs(lines, kinds, wrapped.local_widths(lines))


def join_neighbours(units: Sequence[Unit]) -> list[Unit]:
    """Join a paragraph that breaks off to the next body line."""
    joined: list[Unit] = []
    for unit in units:
        last = joined[-1] if joined else None
        if last and last.kind == unit.kind == "body" and _goes_on(last.text, unit.text):
            joined[-1] = merge(last, unit, None)
        else:
            joined.append(unit)
    return joined


def _goes_on(before: str, after: str) -> bool:
    return len(before) > 12 and not marks.is_finished(before) and not marks.dateline_length(after)


def name_headings(units: Sequence[Unit]) -> list[Unit]:
    """Call those headings headline that stand first, before a dateline, or after a byline; one with —— is a kicker."""
    named = list(units)
    for number, unit in enumerate(units):
        if unit.kind != "section":
            continue
        following = next((u for u in units[number + 1 :] if u.kind not in ("caption", "byline", "section")), None)
        previous = next((u for u in reversed(units[:number]) if u.kind != "section"), None)
        dateline = following is None or following.kind == "continuation" or marks.dateline_length(following.text) > 0
        if previous is None or previous.kind == "byline" or dateline:
            named[number] = unit.of_kind("kicker" if unit.text.startswith(("——", "—")) else "headline")
    return named


def group(units: Sequence[Unit]) -> list[Draft]:
    """Put units together, one article after the other."""
    after = _headlines_follow(units)
    drafts: list[Draft] = [Draft()]
    for unit in units:
        draft = drafts[-1]
        heading = unit.kind in ("headline", "kicker")
        if after:
            if not heading and (draft.headline or marks.is_continued(unit.text)):
                drafts.append(draft := Draft())
        elif (heading and draft.units) or (draft.units and marks.is_continued(unit.text)):
            drafts.append(draft := Draft())
        (draft.headline if unit.kind == "headline" else draft.kickers if heading else draft.units).append(unit)
    return [draft for draft in drafts if draft.units or draft.headline or draft.kickers]


def _headlines_follow(units: Sequence[Unit]) -> bool:
    """Say whether headlines stand below their articles: a dateline opens the page, a headline comes later."""
    kinds = [unit.kind for unit in units if unit.kind in ("headline", "body")]
    opening = next((unit for unit in units if unit.kind == "body"), None)
    return (
        bool(kinds)
        and kinds[0] == "body"
        and "headline" in kinds
        and bool(opening and marks.dateline_length(opening.text))
    )
