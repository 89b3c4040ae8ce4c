"""From units and links to articles' texts: pieces that follow each other, with what stands beside them."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from index.reading import marks
from index.reading.links import HEADS, Link, is_near
from index.reading.units import Unit, merge


@dataclass
class Chain:
    """Units in reading order (body, section, byline, caption, continuation) and where on the page they begin and end.

    `first`, `last`: the numbers of the units at its beginning and end. `upper`: the numbers of bodies in it.
    """

    units: list[Unit] = field(default_factory=list)
    bodies: list[int] = field(default_factory=list)

    @property
    def first(self) -> int:
        """Return the number of the unit it begins with."""
        return self.bodies[0]

    @property
    def last(self) -> int:
        """Return the number of the unit it ends with."""
        return self.bodies[-1]

    @property
    def text(self) -> str:
        """Return its text, without line breaks, to compare with."""
        return "".join(unit.text for unit in self.units)


def build_chains(units: Sequence[Unit], links: Sequence[Link]) -> list[Chain]:
    """Return the chains of a page, by where they begin. Each unit but headlines and kickers is in one of them.

    Section headings and continuation marks stand before the body below them, bylines and captions after the body above,
    or, below a headline, before the body they head.
    """
    before, after = attach(units)
    following = {link.tail: link for link in links}
    heads = {link.head for link in links}
    numbers = [k for k, unit in enumerate(units) if unit.kind == "body"]
    chains = []
    for start in [k for k in numbers if k not in heads]:
        chain = Chain()
        at, score = start, None
        while True:
            _add(chain, units, at, before[at], after[at], score)
            chain.bodies.append(at)
            link = following.get(at)
            if link is None:
                break
            score = -1.0 if is_near(units, at, link.head) else link.chance
            at = link.head
        chains.append(chain)
    return chains


def _add(
    chain: Chain, units: Sequence[Unit], at: int, before: list[int], after: list[int], score: float | None
) -> None:
    """Add one body with what belongs to it; `score` of the seam before it, below 0 where it stands next on the page."""
    body = units[at]
    seam = None if score is None or score < 0 else score
    sections = [units[k] for k in before]
    last = next((k for k in range(len(chain.units) - 1, -1, -1) if chain.units[k].kind == "body"), None)
    open_end = last is not None and score is not None and _breaks_off(chain.units[last], body)
    if open_end and last is not None and not any(unit.kind == "section" for unit in sections):
        chain.units[last] = merge(chain.units[last], body, seam)
        chain.units += sections
    else:
        new = [*sections, body]
        if seam is not None:
            new[0] = replace(new[0], seams=((0, seam), *new[0].seams))
        chain.units += new
    chain.units += [units[k] for k in after]


def _breaks_off(left: Unit, right: Unit) -> bool:
    """Say whether two pieces that follow each other are of one paragraph: a table's rows are not."""
    rows = marks.is_row(left.lines[-1].text) or marks.is_row(right.text)
    return not rows and not marks.is_finished(left.text)


def attach(units: Sequence[Unit]) -> tuple[dict[int, list[int]], dict[int, list[int]]]:
    """Return for each body the numbers of the small units before it and after it that go where it goes."""
    numbers = [k for k, unit in enumerate(units) if unit.kind == "body"]
    before: dict[int, list[int]] = {k: [] for k in numbers}
    after: dict[int, list[int]] = {k: [] for k in numbers}
    above: int | None = None
    headed = closed = False  # closed: a byline has ended the article above
    waiting: list[int] = []
    for k, unit in enumerate(units):
        if unit.kind == "body":
            before[k] += waiting
            waiting, above, headed, closed = [], k, False, False
        elif unit.kind in HEADS:
            headed = True
        elif unit.kind in ("byline", "caption") and above is not None and not (headed or closed or waiting):
            after[above].append(k)
            closed = unit.kind == "byline"
        else:
            waiting.append(k)
    if waiting and above is not None:
        after[above] += waiting
    return before, after
