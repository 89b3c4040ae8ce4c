"""From a page's text to the articles on it."""

from collections.abc import Sequence
from dataclasses import replace

from index.reading import marks, rules, wrapped
from index.reading.lines import Line, read_lines
from index.reading.style import is_wrapped
from index.reading.units import Draft, Sheet, Unit, make_unit, merge


def read_sheet(text: str) -> Sheet:
    """Read a page: every character that is not white space is in one draft, one left unit, or one markup range."""
    lines, markup = read_lines(text)
    units = (
        wrapped_units(lines)
        if is_wrapped(lines)
        else [make_unit([line], kind) for line, kind in zip(lines, rules.kinds_by_rule(lines), strict=True)]
    )
    left = [unit for unit in units if unit.kind in ("furniture", "credit")]
    units = name_headings(join_neighbours([unit for unit in units if unit.kind not in ("furniture", "credit")]))
    return Sheet(group(units), left, markup)


def wrapped_units(lines: Sequence[Line]) -> list[Unit]:
    """Return the units of a hard-wrapped page."""
    kinds = [rules.marked_kind(line.text) or "body" for line in lines]
    kinds = ["body" if kind == "byline" else kind for kind in kinds]
    for number, heading in enumerate(wrapped.heading_lines(lines, kinds)):
        if heading:
            kinds[number] = "section"
    return wrapped.paragraphs(lines, kinds)


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


def place_seam(unit: Unit, score: float) -> Unit:
    """Return the unit, marked as following from elsewhere on the page."""
    return replace(unit, seams=((0, score), *unit.seams))
