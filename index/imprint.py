"""Which newspaper a page is of, its date and its number: only where the page itself evidently says so."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from index.article import Article, Part
from index.text import fold

HEAD_LENGTH = 80  # characters of a line at the head or foot of a page, at most
_NAME = r"[\u4e00-\u9fff]{2,6}(?:日|晚|时|早|晨|快|商|周|导|青年|都市|农民|工人|法[治制]|科技|经济)报"
_OWN_DATELINE = re.compile(rf"({_NAME})讯")  # 珠江时报讯; 本报讯 names nobody
_NAMED = re.compile(rf"^{_NAME}(?![\u4e00-\u9fff])")
_DATE = re.compile(r"(?<!\d)((?:19|20)\d\d)(?:年|[-./])(\d{1,2})(?:月|[-./])(\d{1,2})(?:日|(?!\d))")
_NUMBER = re.compile(r"(?<![转接见a-z0-9上下])第?([a-z]?\d{1,3})版|^([a-z]\d{2,3})(?![\da-z版])")
_DATED = re.compile("星期|周[一二三四五六日]")


@dataclass(frozen=True)
class Imprint:
    """`newspaper`: its name; `date`: as 2024-04-25; `number`: of the page, as A02. None: the page does not say."""

    newspaper: str | None
    date: str | None
    number: str | None


def read_imprint(left: Sequence[Part], articles: Sequence[Article]) -> Imprint:
    """Return what a page says of itself, in lines that belong to no article and in its articles' datelines.

    What is said in two ways, or only of another page (下转A03版), is not evident.
    """
    heads = [fold(part.text) for part in left if part.kind != "markup" and len(part.text) <= HEAD_LENGTH]
    datelines = [fold(part.text) for article in articles for part in article.parts if part.kind == "dateline"]
    names = [match[0] for head in heads if (match := _NAMED.match(head))]
    if not names and not any(line.startswith("本报") for line in datelines):
        names = [match[1] for line in datelines if (match := _OWN_DATELINE.match(line))]
    numbers = [one or other for head in heads for one, other in _NUMBER.findall(head)]
    number = _only(numbers)
    dated = [fold(part.text) for part in left if part.kind == "furniture" or _DATED.search(part.text)]
    return Imprint(
        _only(names),
        _only(_dates(head for head in dated if len(head) <= HEAD_LENGTH)),
        number.upper() if number else None,
    )


def _dates(heads: Iterable[str]) -> list[str]:
    found = []
    for year, month, day in (match for head in heads for match in _DATE.findall(head)):
        try:
            found.append(date(int(year), int(month), int(day)).isoformat())
        except ValueError:  # 2024年13月40日 is no date
            continue
    return found


def _only(found: Sequence[str]) -> str | None:
    return found[0] if len(set(found)) == 1 else None
