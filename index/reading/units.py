"""Units of a page: a paragraph or a display line, made of one line or more, with what it is."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from index.reading.lines import Line, glue


@dataclass(frozen=True, slots=True)
class Unit:
    """Lines that are read without a break, and their kind.

    `kind`: body, section, headline, kicker, byline, caption, continuation, or one of those that belong to no article:
    furniture, credit. `seams`: `(number of the line, score)` for each line that is joined from elsewhere on the page;
    number 0 means that the unit as a whole follows from elsewhere.
    """

    lines: tuple[Line, ...]
    kind: str
    text: str = ""
    seams: tuple[tuple[int, float], ...] = ()

    def of_kind(self, kind: str) -> "Unit":
        """Return the same unit as another kind."""
        return replace(self, kind=kind)


@dataclass
class Draft:
    """One article as it is being put together: its units in reading order, headline and kickers apart."""

    headline: list[Unit] = field(default_factory=list)
    kickers: list[Unit] = field(default_factory=list)
    units: list[Unit] = field(default_factory=list)

    @property
    def first_line(self) -> int:
        """Return the number of the article's first line on the page, of its text if it has any."""
        return min(unit.lines[0].index for unit in self.units or self.headline or self.kickers)


@dataclass
class Sheet:
    """A page read: its articles, and the units and raw ranges that belong to none."""

    drafts: list[Draft]
    left: list[Unit]
    markup: list[tuple[int, int]]


def make_unit(lines: Sequence[Line], kind: str) -> Unit:
    """Return the unit of these lines, its text joined as a reader would."""
    return Unit(tuple(lines), kind, join_text([line.text for line in lines]))


def join_text(texts: Sequence[str]) -> str:
    """Return lines joined: nothing where Chinese runs on, a space between Latin words."""
    if len(texts) == 1:
        return texts[0]
    parts = [texts[0]]
    for left, right in zip(texts, texts[1:], strict=False):
        parts += [glue(left, right), right]
    return "".join(parts)


def merge(first: Unit, second: Unit, score: float | None) -> Unit:
    """Return two pieces of one paragraph as one unit; `score` marks a seam between them, None marks none."""
    shift = len(first.lines)
    seams = first.seams + (((shift, score),) if score is not None else ())
    seams += tuple((number + shift, value) for number, value in second.seams if number)
    text = first.text + glue(first.text, second.text) + second.text
    return Unit(first.lines + second.lines, first.kind, text, seams)
