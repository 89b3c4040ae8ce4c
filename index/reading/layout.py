"""From a page's text to the articles on it."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from index.reading import plain, wrapped
from index.reading.chains import Chain, build_chains
from index.reading.characters import code_points
from index.reading.headlines import Floats, Heads, is_photo_news
from index.reading.homes import bring_home, move_captions, order_sections
from index.reading.lines import Line, read_lines
from index.reading.links import Link, find_links
from index.reading.marks import dateline_length, is_finished
from index.reading.naming import name_heads
from index.reading.partings import lay_out
from index.reading.roles import line_roles
from index.reading.sight import Sight
from index.reading.simplified import simplify
from index.reading.style import is_wrapped, width
from index.reading.units import Draft, Sheet, Unit, make_unit
from index.reading.weights import Weights, load_weights

CROSSED = 4.0  # nats; of 383 lone headings on 200 generated pages no true one of its column's width has as many
INDENT = 3  # how much narrower than its column the first line of a paragraph is at most
HEADINGS = ("headline", "kicker", "section")
OUTSIDE = ("furniture", "credit")
MOST_HEADS = 3  # lines over an article that stands alone: a kicker and a headline of two
MOST_LINES = 2000  # a file with more is no newspaper page
LEAST_HAN = 0.3  # of a page's characters, below which the models, made of Chinese, do not know it


def read_sheet(text: str) -> Sheet:
    """Read a page: every character that is not white space is in one draft, one left unit, or one markup range.

    A page in traditional characters is read as if it were in simplified ones, and given back as it is printed.
    """
    simple = simplify(text)
    sheet = _read_simple(*read_lines(simple))
    return sheet if simple == text else _as_printed(sheet, read_lines(text)[0])


def _as_printed(sheet: Sheet, lines: Sequence[Line]) -> Sheet:
    def printed(unit: Unit) -> Unit:
        return replace(make_unit([lines[line.index] for line in unit.lines], unit.kind), seams=unit.seams)

    for draft in sheet.drafts:
        draft.headline = [printed(unit) for unit in draft.headline]
        draft.kickers = [printed(unit) for unit in draft.kickers]
        draft.units = [printed(unit) for unit in draft.units]
    return replace(sheet, left=[printed(unit) for unit in sheet.left])


def _read_simple(lines: list[Line], markup: list[tuple[int, int]]) -> Sheet:
    if _han_share(lines) < LEAST_HAN:
        return plain.read_headed(lines, markup)
    if len(lines) < 2 or plain.is_verse(lines) or plain.is_outline(lines):
        return plain.read_single(lines, markup)
    if len(lines) > MOST_LINES:
        return plain.read_plain(lines, markup)
    weights = load_weights()
    wrapped_page = is_wrapped(lines)
    kinds, chances = page_kinds(lines, weights, wrapped_page)
    units = page_units(lines, mend_crossed(lines, kinds, weights) if wrapped_page else kinds, wrapped_page)
    left = [unit for unit in units if unit.kind in OUTSIDE]
    inside = [unit for unit in units if unit.kind not in OUTSIDE]
    if not any(unit.kind == "body" for unit in inside):
        return Sheet([Draft(units=[unit.of_kind("body") for unit in inside])] if inside else [], left, markup)
    chains, heads = find_articles(inside, chances, weights, wrapped_page)
    blocks = [[inside[k] for k in own] for own in heads.of_chain]
    fits = [heads.fits[own, n] for n, own in enumerate(heads.of_chain)]
    named = name_heads(blocks, [chain.units for chain in chains], chances, fits, weights)
    drafts = [_draft(chain, own) for chain, own in zip(chains, named, strict=True)]
    free = [inside[k].of_kind("unassigned") for k in heads.free]
    if len(drafts) == 1 and not any(unit.seams for unit in drafts[0].units):  # nothing else is on the page to head
        _keep_whole(drafts[0], [unit.of_kind("section") for unit in free])
        free = []
    return Sheet(sorted(drafts, key=lambda draft: draft.first_line), left + free, markup)


def page_kinds(lines: Sequence[Line], weights: Weights, wrapped_page: bool) -> tuple[list[str], Floats]:
    """Return the kind of each line of a page, and its chances to be each of the roles."""
    kinds, chances = line_roles(lines, weights, wrapped_page)
    if wrapped_page:
        kinds = mend_datelines(lines, kinds)
    return mend_dangling(lines, mend_moulds(lines, kinds)), chances


def page_units(lines: Sequence[Line], kinds: list[str], wrapped_page: bool) -> list[Unit]:
    """Return the units of a page: of a wrapped one its paragraphs, of another its lines."""
    if wrapped_page:
        around = wrapped.local_widths(lines)
        return wrapped.paragraphs(lines, mend_inside(lines, kinds, around), around)
    return [make_unit([line], kind) for line, kind in zip(lines, kinds, strict=True)]


def mend_datelines(lines: Sequence[Line], kinds: Sequence[str]) -> list[str]:
    """Call a caption or byline body where a dateline runs over from the line before it, or to the line after it: from
    a full line."""
    mended = list(kinds)
    small = [k for k in range(len(lines) - 1) if kinds[k] in ("caption", "byline")]
    around = wrapped.local_widths(lines) if small else []
    for k in small:
        for start in (k - 1, k):
            full = start >= 0 and width(lines[start].text) >= around[start] - INDENT
            if full and (start == k or kinds[start] == "body"):
                run = "".join(line.text for line in lines[start : k + 2])
                if dateline_length(run) > len(lines[start].text):
                    mended[k] = "body"
    return mended


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


def mend_inside(lines: Sequence[Line], kinds: list[str], around: Sequence[float]) -> list[str]:
    """Call a lone heading body where it stands in a column in the middle of a sentence: no wider than the column."""
    mended = list(kinds)
    for k in range(1, len(lines) - 1):
        alone = kinds[k] in HEADINGS and mended[k - 1] == kinds[k + 1] == "body"
        inside = not is_finished(lines[k - 1].text) and not dateline_length(lines[k + 1].text)
        if alone and inside and not lines[k].level and width(lines[k].text) <= around[k] + 1:
            mended[k] = "body"
    return mended


def mend_crossed(lines: Sequence[Line], kinds: list[str], weights: Weights) -> list[str]:
    """Call a lone section heading of a column body where the next line goes on with its last word: its first characters
    are `CROSSED` nats likelier there than at a paragraph's start. Such a line is nearly as wide as the column."""
    around = wrapped.local_widths(lines)
    lone = [
        k
        for k in range(1, len(lines) - 1)
        if kinds[k] == "section" and kinds[k - 1] == kinds[k + 1] == "body" and not lines[k].level
        if -INDENT <= width(lines[k].text) - around[k] <= 1
    ]
    if not lone:
        return kinds
    sight, at = Sight([line.text for line in lines], weights, True), np.array(lone)
    gains = sight.entry_scores(sight.last_codes(at), at + 1) - sight.start_scores[at + 1]
    mended = list(kinds)
    for k, gain in zip(lone, gains.tolist(), strict=True):
        mended[k] = "body" if gain > CROSSED else kinds[k]
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


def find_articles(
    units: Sequence[Unit], chances: Floats, weights: Weights, wrapped_page: bool
) -> tuple[list[Chain], Heads]:
    """Return the pieces of text that are one article each, and their head lines."""
    found = lay_out(units, page_links(units, weights, wrapped_page), chances, weights, wrapped_page)
    heads = found.heads
    chains = bring_home(found.units, found.chains, heads, weights, far=not wrapped_page)
    move_captions(chains, weights)
    heads.of_chain = [sorted(own) for own in heads.of_chain]
    return chains, heads


def page_links(units: Sequence[Unit], weights: Weights, wrapped_page: bool) -> list[Link]:
    """Return which pieces of text follow each other."""
    return [link for link in find_links(units, weights, wrapped_page) if not _photo_break(units, link.tail, link.head)]


def find_chains(units: Sequence[Unit], weights: Weights, wrapped_page: bool) -> list[Chain]:
    """Return the pieces of text that follow each other, as the links alone have them."""
    return build_chains(units, page_links(units, weights, wrapped_page))


def _photo_break(units: Sequence[Unit], tail: int, head: int) -> bool:
    """Say whether one side of a link is a paragraph about a picture, with who took it below."""
    return any(is_photo_news(units[k : k + 2]) for k in (tail, head))


def _draft(chain: Chain, named: Sequence[Unit]) -> Draft:
    draft = Draft(units=list(chain.units))
    for unit in named:
        (draft.headline if unit.kind == "headline" else draft.kickers).append(unit)
    draft.units = order_sections(draft.units, draft.kickers)
    if draft.units and draft.units[0].seams and draft.units[0].seams[0][0] == 0:
        draft.units[0] = replace(draft.units[0], seams=draft.units[0].seams[1:])
    return draft


def _keep_whole(draft: Draft, sections: Sequence[Unit]) -> None:
    """Put section headings into the only article of a page, and head lines too, if they are too many to be such."""
    heads = sorted([*draft.headline, *draft.kickers], key=lambda unit: unit.lines[0].index)
    if len(heads) > MOST_HEADS:
        draft.headline, draft.kickers = [heads[0].of_kind("headline")], []
        sections = [*sections, *(unit.of_kind("body") for unit in heads[1:])]
    draft.units = sorted([*draft.units, *sections], key=lambda unit: unit.lines[0].index)


def _han_share(lines: Sequence[Line]) -> float:
    sample = "".join(line.text for line in lines[:200])
    points = code_points(sample)
    return float(((points >= 0x4E00) & (points <= 0x9FFF)).sum()) / max(1, len(points))
