"""A part of one question put in the place of another's: 那顺德区呢 after 南海区有多少家医院 → 顺德区有多少家医院.

Years, times, names of the same kind, things that are called alike (理事长, 秘书长), and what is counted. Texts are in
simplified characters.
"""

import re

from index.text import fold, words
from rag.names import is_name, tag
from rag.spans.tokens import CLASS, class_of
from rag.topic import AMOUNT, ASKS, MEASURES, PEOPLE, subject_of

AMONG = re.compile(r"(?:其中|那?(?:里头|里面))[,，]?")
YEAR = re.compile(r"(?<![0-9])((?:19|20)[0-9]{2})(?=年|\b)")
QUOTED = re.compile(r"[“《\"「][^”》\"」]*[”》\"」]")
NOUNS = frozenset(CLASS[n] for n in ("noun", "unknown", "title", "organisation", "person", "place", "latin", "idiom"))
LONGEST_PART = 14  # characters of what takes a part's place; a longer one is a sentence of its own
SHORT_PART = 4  # characters of what says which ones are meant
ALIKE = 0.24  # share of characters from which on two things are called alike
_YEAR_BEFORE = re.compile(r"(?:前|上)一?年(?!级)")
_YEAR_AFTER = re.compile(r"(?:后|下|次|第二)一?年(?!级)")
_TIME = re.compile(
    r"(?:截至)?(?:今年|去年|前年|明年|当年|同期)?(?:前?[一二三四1-4]季度|[上下]半年|前?[0-9一二三四五六七八九十]{1,3}个?月份?|同期|全年)|今年|去年|前年|明年|当年|上个?月|下个?月|昨天|今天|明天"
)
LATER = re.compile(r"^(?:后来|之后|此后|然后|接着|结果|最后|再后来)$")
_SHARE = re.compile(r"^(?:同比|环比|占|增幅|增速|增长|涨幅|降幅|比重|人均|平均)")
_COUNTED = re.compile(rf"(?:多少|几)[{MEASURES}]?(?P<noun>[^,，?？]*?)(?P<end>[了的]?[?？]?)$")
_COUNTS_PEOPLE = re.compile(rf"(?:多少|几)[名位]|{PEOPLE.pattern}")
_SCOPE = re.compile("全球|全世界|世界|全国|我国|中国|全省|全市|全县|全区")
_THERE = re.compile(r"[那这](?:边|块儿?|里|儿)$")


def counted_on(topic: str, asked: str) -> str:
    """Return a follow-up with 前一年 or 后一年 as the year that it means."""
    years = YEAR.findall(topic)
    for pattern, step in ((_YEAR_BEFORE, -1), (_YEAR_AFTER, 1)):
        if years and (match := pattern.search(asked)):
            return asked.replace(match[0], f"{int(years[-1]) + step}年")
    return asked


def exchanged(topic: str, asked: str) -> str | None:
    """Return the topic with its year, time or name changed for the one that is all of a follow-up (顺德区), or None."""
    bare = asked.removesuffix("的").strip()
    if not bare:
        return None
    years = YEAR.findall(topic)
    if year := re.fullmatch(r"((?:19|20)[0-9]{2})年?", bare):
        return topic.replace(years[-1], year[1]) if years else f"{year[1]}年{topic}"
    if _TIME.fullmatch(bare):
        old = _TIME.search(topic) or re.search(r"(?:19|20)[0-9]{2}年", topic)
        return topic.replace(old[0], bare, 1) if old else f"{bare}{topic}"
    names = [name for name in replaced(topic, bare) if name in topic]
    if not names and tag(fold(bare)) == "ns":
        return _SCOPE.sub(bare, topic, count=1) if _SCOPE.search(topic) else f"{bare}，{topic}"
    found = [word.text for word in words(fold(bare)) if is_name(word.text)]
    if bare[:1] in "对向在给与和从":
        places = [name for name in names if bare[0] + name in topic]
        return topic.replace(bare[0] + places[0], bare) if places else None
    whole = len(names) == 1 and len(found) >= 1 and len(bare) <= sum(map(len, found)) + 3
    return topic.replace(names[0], bare) if whole else None


def put_in(topic: str, asked: str) -> str | None:
    """Return the topic with a part of it changed for the thing that is all of a follow-up (学生, 其中外资的), or None."""
    part = _THERE.sub("", AMONG.sub("", asked))
    if not part or LATER.match(part) or re.search("[,，]", part) or len(part) > LONGEST_PART:
        return None
    quoted = QUOTED.search(topic)
    if quoted and QUOTED.fullmatch(part):
        return topic.replace(quoted[0], part)
    if _SHARE.match(part):
        return f"{subject_of(topic)}{part}是多少"
    bare = part.removesuffix("的") or part
    if twin := _twin(topic, bare):
        return topic.replace(twin, bare, 1)
    if bare[0] in "对向在给从":
        return None
    if (part != bare or part != asked) and (whole := narrowed(topic, bare, part != asked)):
        return whole
    if match := _COUNTED.search(topic):
        if match["noun"] and not AMOUNT.fullmatch(match["noun"]):
            alike = bool(PEOPLE.search(bare)) == bool(_COUNTS_PEOPLE.search(match[0].rstrip("了的?？")))
            return f"{topic[: match.start()]}多少{bare}{match['end']}" if alike else None
        noun = _noun_before(topic[: match.start()])
        return f"{noun[0]}{bare}{noun[2]}多少{match['noun']}" if noun else None
    if match := re.search(r"(?:是|叫)(?:谁|什么|哪)|多[大高长久]|怎么样|如何", topic):
        noun = _noun_before(topic[: match.start()])
        return f"{noun[0]}{bare}{noun[2]}{topic[match.start() :]}" if noun else None
    return None


def narrowed(topic: str, modifier: str, within: bool) -> str | None:
    """Return a question of a number with its things narrowed: 多少家民办医院, 公立 → 多少家公立医院.

    `within`: the modifier comes to those that are there (其中三甲的), and does not take their place.
    """
    match = _COUNTED.search(topic)
    if not match:
        return None
    if match["noun"] and not AMOUNT.fullmatch(match["noun"]):
        found = words(fold(match["noun"]))
        if not found:
            return None
        size = len(found[-1].text) if len(found[-1].text) > 1 else sum(len(word.text) for word in found[-2:])
        head = match["noun"][-size:]
        kept = match["noun"][: -len(head)] if within else ""
        return f"{topic[: match.start('noun')]}{kept}{modifier}{head}{match['end']}"
    noun = _noun_before(topic[: match.start()]) if within or len(modifier) <= SHORT_PART else None
    return f"{noun[0]}{modifier}{noun[1]}{noun[2]}{topic[match.start() :]}" if noun else None


def replaced(old: str, new: str) -> list[str]:
    """Return the names in the old topic that a new name of the same kind takes the place of."""
    fresh = [word.text for word in words(fold(new)) if is_name(word.text)]
    names = [word.text for word in words(fold(old)) if is_name(word.text)]
    return [name for name in names if name not in fresh and any(same_kind(name, other) for other in fresh)]


def same_kind(left: str, right: str) -> bool:
    return tag(left) == tag(right) and (tag(left) in ("nr", "ns") or left[-1] == right[-1])


def _noun_before(text: str) -> tuple[str, str, str] | None:
    """Return a text cut round the noun that it ends with, times and 是/有 after it left aside; None without one."""
    end = len(text)
    while match := re.search(rf"(?:{_TIME.pattern}|一?共|总共|是|有|达到?|为|在|\s)$", text[:end]):
        end = match.start()
    start = end
    earliest = max((match.end() for match in _TIME.finditer(text[:end])), default=0)
    for word in reversed(words(fold(text[:end]))):
        stops = word.start < earliest or word.text == "的" or tag(word.text) in ("ns", "nr") or word.text[-1].isdigit()
        if (
            word.end != start
            or stops
            or word.text[-1] in "区市县省年了"
            or class_of(word.text) not in {*NOUNS, CLASS["verb"]}
        ):
            break
        start = word.start
        if end == word.end and class_of(word.text) == CLASS["unknown"]:
            return None  # what jieba made of the end of a name and a verb (沪|指收)
    noun = text[start:end].removeprefix("现有")
    return (text[: end - len(noun)], noun, text[end:]) if noun else None


def _twin(topic: str, new: str) -> str | None:
    """Return the words of the topic that end or begin as a new thing does (理事长, 秘书长; M0, M2), or None."""
    key, found = fold(topic), words(fold(topic))
    target, best, twin = fold(new), 0.0, None
    for first in range(len(found)):
        for last in range(first, min(first + 3, len(found))):
            low, high = found[first].start, found[last].end
            old = key[low:high]
            if old == target or abs(len(old) - len(target)) > 3 or ASKS.search(old) or len(old) < 2:
                continue
            tail = next(
                (i for i, (a, b) in enumerate(zip(reversed(old), reversed(target), strict=False)) if a != b),
                min(len(old), len(target)),
            )
            head = next((i for i, (a, b) in enumerate(zip(old, target, strict=False)) if a != b), 0)
            alike = (tail + (head if old[0].isascii() else 0.5 * head)) / max(len(old), len(target))
            if tail + head and alike > max(best, ALIKE):
                best, twin = alike, topic[low:high]
    return twin
