"""Numbers however they are written: 三百 = 300 = 300.0, 1.2万 = 12,000, 二〇二〇年 = 2020年, 百分之五 = 5%."""

import re
from collections.abc import Iterator
from functools import lru_cache

_DIGITS = {
    char: value
    for value, chars in enumerate(("零〇", "一", "二两", "三", "四", "五", "六", "七", "八", "九"))
    for char in chars
}
_SMALL = {"十": 10, "百": 100, "千": 1000}
_LARGE = {"万": 10_000, "亿": 100_000_000}
_HAN = "零〇一二两三四五六七八九"
_ARABIC = re.compile(r"(?<![a-z0-9.])([0-9]+(?:,[0-9]{3})*(?:\.[0-9]+)?)([百千万亿]*)")
_CHINESE = re.compile(rf"([{_HAN}]{{4}})(?=年)|([{_HAN}十百千万亿]+)(?:点([{_HAN}]+)([万亿]?))?")
_NUMBER = re.compile(r"(?<![a-z0-9.])[0-9]+(?:,[0-9]{3})*(?:\.[0-9]+)?(?:[百千万亿]*)")
_OF_A_DATE = re.compile("[月日号]")
_ABOUT = re.compile("(?:世纪|年代|多|余|周年)")  # what a text may well say in other words: 20世纪, 30多


@lru_cache(maxsize=2048)
def values_in(key: str) -> frozenset[float]:
    """Return the values of the numbers in a folded text, in digits and in characters."""
    return frozenset((*_arabic(key), *_chinese(key)))


def _arabic(key: str) -> Iterator[float]:
    for match in _ARABIC.finditer(key):
        value = float(match[1].replace(",", ""))
        yield value
        for unit in match[2]:
            value *= _SMALL.get(unit) or _LARGE[unit]
        yield value


def _chinese(key: str) -> Iterator[float]:
    for match in _CHINESE.finditer(key):
        if match[1]:
            yield float("".join(str(_DIGITS[char]) for char in match[1]))
        elif match[2]:
            after = "".join(str(_DIGITS[char]) for char in match[3] or "")
            value = value_of(match[2]) + (float(f"0.{after}") if after else 0.0)
            yield value * _LARGE.get(match[4] or "", 1)


def value_of(numeral: str) -> float:
    """Return the value of a Chinese numeral: 一千二百万 → 12,000,000; digits alone are read one by one: 二五 → 25."""
    if not any(char in _SMALL or char in _LARGE for char in numeral):
        return float("".join(str(_DIGITS[char]) for char in numeral))
    total = section = digit = 0
    for char in numeral:
        if char in _DIGITS:
            digit = _DIGITS[char]
        elif char in _SMALL:
            section += (digit or 1) * _SMALL[char]
            digit = 0
        elif char == "万":
            total, section, digit = total + (section + digit or 1) * _LARGE[char], 0, 0
        else:
            total, section, digit = (total + section + digit or 1) * _LARGE[char], 0, 0
    return float(total + section + digit)


def numbers_missing(asked: str, key: str) -> list[str]:
    """Return the numbers of a folded question that a folded text does not have in any form, as digits.

    A month or day is missing only where the text has dates, and not that one: news says 昨天.
    """
    lost = []
    for match in _NUMBER.finditer(asked):
        digits = re.match(r"[0-9]+(?:\.[0-9]+)?", match[0].replace(",", ""))
        loose = _ABOUT.match(asked, match.end()) or asked[: match.start()].endswith("约")
        if digits is None or digits[0] in key or loose:
            continue
        if not set(_arabic(match[0])).isdisjoint(values_in(key)):
            continue
        if _OF_A_DATE.match(asked, match.end()) and not re.search(rf"[0-9]{asked[match.end()]}", key):
            continue
        lost.append(digits[0])
    return list(dict.fromkeys(lost))
