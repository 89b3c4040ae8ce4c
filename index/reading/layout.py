"""From a page's text to the articles on it."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from index.reading import plain, wrapped
from index.reading.chains import Chain, build_chains
from index.reading.headlines import is_photo_news, place_heads
from index.reading.homes import bring_home, move_captions, order_sections
from index.reading.lines import Line, read_lines
from index.reading.links import find_links
from index.reading.marks import dateline_length, is_finished
from index.reading.roles import line_roles
from index.reading.style import is_wrapped, width
from index.reading.units import Draft, Sheet, Unit, make_unit
from index.reading.weights import Weights, load_weights

HEADINGS = ("headline", "kicker", "section")
OUTSIDE = ("furniture", "credit")
MOST_LINES = 2000  # a file with more is no newspaper page
LEAST_HAN = 0.3  # of a page's characters, below which the models, made of Chinese, do not know it
SWAP_WIDTH, SWAP_RATIO = 26.0, 1.6
KICKER_WIDTH, KICKER_RATIO, LABEL_RATIO = 22.0, 1.4, 1.4


def read_sheet(text: str) -> Sheet:
    """Read a page: every character that is not white space is in one draft, one left unit, or one markup range."""
    lines, markup = read_lines(text)
    if _han_share(lines) < LEAST_HAN or len(lines) < 2 or plain.is_verse(lines) or plain.is_outline(lines):
        return plain.read_single(lines, markup)
    if len(lines) > MOST_LINES:
        return plain.read_plain(lines, markup)
    weights = load_weights()
    wrapped_page = is_wrapped(lines)
    units = page_units(lines, weights, wrapped_page)
    left = [unit for unit in units if unit.kind in OUTSIDE]
    inside = [unit for unit in units if unit.kind not in OUTSIDE]
    if not any(unit.kind == "body" for unit in inside):
        return Sheet([Draft(units=[unit.of_kind("body") for unit in inside])] if inside else [], left, markup)
    drafts, free = _drafts(inside, weights, wrapped_page)
    return Sheet(drafts, left + free, markup)


def page_units(lines: Sequence[Line], weights: Weights, wrapped_page: bool) -> list[Unit]:
    """Return the units of a page: of a wrapped one its paragraphs, of another its lines."""
    kinds, _ = line_roles(lines, weights, wrapped_page)
    kinds = mend_dangling(lines, mend_moulds(lines, kinds))
    if wrapped_page:
        kinds = mend_inside(lines, kinds)
        return wrapped.paragraphs(lines, kinds)
    return [make_unit([line], kind) for line, kind in zip(lines, kinds, strict=True)]


def mend_dangling(lines: Sequence[Line], kinds: list[str]) -> list[str]:
    """Call section headings headlines where no section follows: before a dateline, a continuation mark, the end."""
    mended = list(kinds)
    ends = True
    for k in range(len(lines) - 1, -1, -1):
        if kinds[k] == "section" and ends:
            mended[k] = "headline"
        elif kinds[k] in ("body", "byline"):
            ends = kinds[k] == "body" and dateline_length(lines[k].text) > 0
        elif kinds[k] == "continuation":
            ends = True
    return mended


def mend_inside(lines: Sequence[Line], kinds: list[str]) -> list[str]:
    """Call a lone heading body where it stands in a column in the middle of a sentence: no wider than the column."""
    around = wrapped.local_widths(lines)
    mended = list(kinds)
    for k in range(1, len(lines) - 1):
        alone = kinds[k] in HEADINGS and mended[k - 1] == kinds[k + 1] == "body"
        inside = not is_finished(lines[k - 1].text) and not dateline_length(lines[k + 1].text)
        if alone and inside and not lines[k].level and width(lines[k].text) <= around[k] + 1:
            mended[k] = "body"
    return mended


def mend_moulds(lines: Sequence[Line], kinds: list[str]) -> list[str]:
    """Call a headline a section heading where it is of one mould with two or more of them: level, spaces, width."""
    moulds = Counter(_mould(line) for line, kind in zip(lines, kinds, strict=True) if kind == "section")
    return [
        "section" if kind == "headline" and " " in line.text and moulds[_mould(line)] > 1 else kind
        for line, kind in zip(lines, kinds, strict=True)
    ]


def _mould(line: Line) -> tuple[int, int, float]:
    return line.level, line.text.count(" "), width(line.text)


def _drafts(units: list[Unit], weights: Weights, wrapped_page: bool) -> tuple[list[Draft], list[Unit]]:
    links = [link for link in find_links(units, weights) if not _photo_break(units, link.tail, link.head)]
    chains = build_chains(units, links)
    heads = place_heads(units, chains, weights, wrapped_page)
    chains = bring_home(units, chains, heads, weights, far=not wrapped_page)
    move_captions(chains, weights)
    drafts = [_draft(units, chain, own) for chain, own in zip(chains, heads.of_chain, strict=True)]
    free = [units[k].of_kind("unassigned") for k in heads.free]
    return sorted(drafts, key=lambda draft: draft.first_line), free


def _photo_break(units: Sequence[Unit], tail: int, head: int) -> bool:
    """Say whether one side of a link is a paragraph about a picture, with who took it below."""
    return any(is_photo_news(units[k : k + 2]) for k in (tail, head))


def _draft(units: Sequence[Unit], chain: Chain, own: list[int]) -> Draft:
    sections = " ".join(unit.text for unit in chain.units if unit.kind == "section")
    heads = name_heads([units[k] for k in sorted(own)], sections)
    draft = Draft(units=list(chain.units))
    for unit in heads:
        (draft.headline if unit.kind == "headline" else draft.kickers).append(unit)
    draft.units = order_sections(draft.units, draft.kickers)
    if draft.units and draft.units[0].seams and draft.units[0].seams[0][0] == 0:
        draft.units[0] = replace(draft.units[0], seams=draft.units[0].seams[1:])
    return draft


def name_heads(heads: list[Unit], sections: str = "") -> list[Unit]:
    """Say which of an article's head lines are its headline: at least one.

    Of several, those are kickers that are much wider than another, lack the `#` that another has, only name the
    article's `sections`, or are a short label above a longer line.
    """
    if not heads:
        return heads
    named = [unit.of_kind("kicker") if unit.text[0] in "—" else unit for unit in heads]
    for k in range(1, len(named)):
        before = named[k - 1].text
        if any(before.count(left) > before.count(right) for left, right in ("【】", "《》", "“”")):
            named[k - 1 : k + 1] = [unit.of_kind("headline") for unit in named[k - 1 : k + 1]]
    headlines = [k for k, unit in enumerate(named) if unit.kind == "headline"]
    if not headlines:
        best = max(range(len(named)), key=lambda k: (named[k].text[0] not in "—", named[k].lines[0].level > 0, k))
        return [unit.of_kind("headline" if k == best else "kicker") for k, unit in enumerate(named)]
    for test in (_names_sections, _lacks_level, _is_label, _is_wide):
        mine = [unit for unit in named if unit.kind == "headline"]
        lesser = [unit for unit in mine if test(unit, mine, sections)]
        if 0 < len(lesser) < len(mine):
            named = [unit.of_kind("kicker") if unit in lesser else unit for unit in named]
    return _swapped(named)


def _swapped(named: list[Unit]) -> list[Unit]:
    """Of one wide headline and one short kicker, call the short one the headline: a kicker tells what happened."""
    if len(named) != 2 or {unit.kind for unit in named} != {"headline", "kicker"}:
        return named
    head, kicker = sorted(named, key=lambda unit: unit.kind)
    short = width(kicker.text)
    label = all(len(word) <= 5 for word in kicker.text.split())
    if width(head.text) < max(SWAP_WIDTH, SWAP_RATIO * short) or label or kicker.text[0] == "—":
        return named
    if any(mark in kicker.text for mark in "，,、") or kicker.lines[0].level < head.lines[0].level:
        return named
    return [unit.of_kind("kicker" if unit is head else "headline") for unit in named]


def _names_sections(unit: Unit, _: Sequence[Unit], sections: str) -> bool:
    words = unit.text.split()
    return len(words) > 1 and all(word in sections for word in words)


def _lacks_level(unit: Unit, others: Sequence[Unit], _: str) -> bool:
    return not unit.lines[0].level and any(other.lines[0].level for other in others)


def _is_label(unit: Unit, others: Sequence[Unit], _: str) -> bool:
    longer = any(width(other.text) >= LABEL_RATIO * width(unit.text) for other in others)
    return longer and " " in unit.text and all(len(word) <= 5 for word in unit.text.split())


def _is_wide(unit: Unit, others: Sequence[Unit], _: str) -> bool:
    wide = width(unit.text)
    return wide > KICKER_WIDTH and wide > KICKER_RATIO * min(width(other.text) for other in others)


def _han_share(lines: Sequence[Line]) -> float:
    sample = "".join(line.text for line in lines[:200])
    return sum("一" <= letter <= "鿿" for letter in sample) / max(1, len(sample))
