"""What an article's sentences say that a question can ask for: how many, how much, when, who; in Chinese."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import jieba

from index.article import Article
from index.text import fold
from rag.names import tag
from rag.question import question_words

_HAN = "\u4e00-\u9fff"
_NUMBER = r"(?:[2-9]|[0-9][0-9,.]+)[万亿]?"
_UNIT = "家|个|人|名|件|项|次|位|所|条|亩|平方米|平方公里|公里|辆|台|套|座|栋|场|届|种|批"
_MONEY = "万元|亿元|元|件|家|人"
_VERB = "拥有|现有|共有|建有|设有|建成|设立|新增|引进|举办|发放|改造|招聘|组建|吸引|评选"
_END = r"(?=[,，。;；、:：]|$|同比)"
_NOUN = rf"(?P<noun>[{_HAN}“”A-Za-z]{{2,14}}?)"
_COUNTED = (
    re.compile(rf"(?P<verb>{_VERB})了?{_NOUN}(?P<value>{_NUMBER})(?P<unit>{_UNIT}){_END}"),
    re.compile(rf"(?P<verb>{_VERB})了?(?P<value>{_NUMBER})(?P<unit>{_UNIT}){_NOUN}{_END}"),
    re.compile(rf"(?<![{_HAN}])(?:其中)?{_NOUN}(?P<value>{_NUMBER})(?P<unit>{_UNIT}){_END}"),
)
_MEASURE = re.compile("(?:量|额|率|值|面积|收入)$")
_MEASURED = re.compile(
    rf"(?<![{_HAN}])(?P<noun>[{_HAN}]{{2,12}}(?:量|额|率|值|面积|收入))(?:达到|达|为|是|约)?(?P<value>{_NUMBER}%?)(?:{_MONEY})?{_END}"
)
_HELD = re.compile(
    rf"(?P<value>(?:[0-9]{{4}}年)?[0-9]{{1,2}}月[0-9]{{1,2}}日)(?:上午|下午|晚|晚上)?[,，](?P<who>[{_HAN}A-Za-z·]{{3,24}}?)"
    rf"(?P<verb>举行|召开|公布|发布|启动|成立|揭牌|开幕|印发|举办|签署)(?P<what>[{_HAN}A-Za-z“”《》·]{{0,24}}?)[,，。;；]"
)
_TITLES = "党委书记|书记|主任|局长|市长|区长|县长|镇长|董事长|总经理|院长|校长|会长|秘书长|理事长|负责人|部长"
_SAID = re.compile(
    rf"(?:^|[,，。;；])(?P<who>[{_HAN}（）()]{{3,20}}?)(?P<title>{_TITLES})(?P<value>[{_HAN}]{{2,3}})"
    r"(?=说|表示|介绍|指出|认为|告诉|强调|总结)"
)
_REGION = "区县市省镇"
_PROVINCES = frozenset(
    "北京 天津 上海 重庆 河北 山西 辽宁 吉林 黑龙江 江苏 浙江 安徽 福建 江西 山东 河南 湖北 湖南 广东 海南"
    " 四川 贵州 云南 陕西 甘肃 青海 台湾 内蒙古 广西 西藏 宁夏 新疆 香港 澳门".split()
)
_UNFINISHED = re.compile("实现|累计|合计|总计|(?:达|超|约|为|到|过|至|近|已|出)$")  # of what is counted
_ASIDE = re.compile("[在于将已曾的其是向与对]")  # of who did something: more than a name
_TOLD = re.compile("(?:称|显示|指出|表示|提出)$")
KIND_OF_PLACE = re.compile("(?:医药)?高新区|开发区|新区|[区县省镇]|市(?!场)")
_LEADING = re.compile(
    f"(?:{_VERB}|各级各类|各级|各类|各|共|累计|实现|支持|创建|收录|开展|提交|参与|推动|检查|培育|全[市区县省镇])+"
)


@dataclass(frozen=True)
class Fact:
    """A question, and the value `[start, end)` of the article's text that answers it.

    `place`, `noun`: what is counted where, of a question how many; else "".
    """

    question: str
    start: int
    end: int
    place: str = ""
    noun: str = ""


def read_facts(article: Article) -> list[Fact]:
    """Return the facts of an article, kind by kind; none where the same question would have two answers."""
    found = list(_facts(article))
    values: dict[str, set[str]] = {}
    for fact in found:
        values.setdefault(fact.question, set()).add(article.text[fact.start : fact.end])
    unique = {fact.question: fact for fact in reversed(found) if len(values[fact.question]) == 1}
    return list(reversed(unique.values()))


def _facts(article: Article) -> Iterator[Fact]:
    text, about = fold(article.text), place_of(article)
    if len(text) != len(article.text):  # a character that folds to several: offsets would be wrong
        return
    for pattern in _COUNTED:
        for match in pattern.finditer(text):
            place, noun = (
                _subject(text, match.start(), about),
                _LEADING.sub("", match["noun"], count=1) if _LEADING.match(match["noun"]) else match["noun"],
            )
            if place and _names_a_thing(noun) and not _MEASURE.search(noun):
                unit = "名" if match["unit"] == "人" else match["unit"]
                verb = match.groupdict().get("verb") or "有"
                yield Fact(f"{place}{verb}多少{unit}{noun}？", *match.span("value"), place, noun)
    for match in _MEASURED.finditer(text):
        place = _subject(text, match.start(), about)
        if place and _names_a_thing(match["noun"]):
            yield Fact(f"{place}的{match['noun']}是多少？", *match.span("value"))
    for match in _HELD.finditer(text):
        what = _TOLD.sub("", match["what"].removeprefix("了"))
        if _is_office(match["who"]) and not what.startswith("的"):
            yield Fact(f"{match['who']}什么时候{match['verb']}{what}？", *match.span("value"))
    for match in _SAID.finditer(text):
        who = _whole_office(match["who"], about)
        if _is_office(who) and tag(match["value"]) == "nr":
            yield Fact(f"{who}{match['title']}是谁？", *match.span("value"))


def _places(text: str) -> list[tuple[str, int]]:
    """Return the places that a text names and where, in order; 北京海淀 is one, 高新区 is part of the one before."""
    found: list[tuple[str, int]] = []
    for word in question_words(text):
        zone = None if word.text[-1] in _REGION or len(word.text) < 2 else KIND_OF_PLACE.match(text, word.end)
        local = zone and zone[0] not in "省市" and (tag(word.text) or _part_of_speech(word.text) == "j")
        if tag(word.text) != "ns" and not local:
            continue
        name = word.text + (zone[0] if zone else "")
        if found and found[-1][1] + len(found[-1][0]) == word.start:
            found[-1] = found[-1][0] + name, found[-1][1]
        else:
            found.append((name, word.start))
    return found


def place_of(article: Article) -> str:
    """Return the place that an article is about: of its headline, else the one that it names most often; else "".

    A name counts that says what it is (巫溪县), or is a province's.
    """
    title = [] if article.title_made else _certain(fold(article.title))
    places = title or _certain(fold(article.text))
    whole = [place for place in places if place[-1] in _REGION]
    return Counter(whole or places).most_common(1)[0][0] if places else ""


def _certain(text: str) -> list[str]:
    def certain(place: str) -> bool:
        whole = place[-1] in _REGION and (len(place) > 2 or place[-1] == "县")  # 上市 is no town
        return whole or place[:2] in _PROVINCES or place[:3] in _PROVINCES

    return [place for place, _ in _places(text) if certain(place)]


def _subject(text: str, start: int, about: str) -> str:
    """Return the place that a sentence speaks of before a position: the article's, unless the sentence names others
    and not that one. Then it is not sure whose the number is: ""."""
    before = re.split(r"[。！？!?\n]", text[:start])[-1]
    named = [place for place, _ in _places(before)]
    return about if about and (not named or any(about in place or place in about for place in named)) else ""


def _names_a_thing(noun: str) -> bool:
    """Return whether some words are a noun with no place in it: no verb that takes it comes first, a noun is last."""
    parts = [word.text for word in question_words(noun) if word.text not in "“”"]
    if not parts or _LEADING.match(noun) or _UNFINISHED.search(noun) or any(tag(text) == "ns" for text in parts):
        return False
    kinds = [_part_of_speech(text) for text in parts]
    return (
        kinds[0] != "v" and kinds[-1][:1] in ("n", "j", "l", "") and not {kind[:1] for kind in kinds} & set("dpcutfrm")
    )


def _is_office(who: str) -> bool:
    """Return whether some words are an office or a body by its whole name: they begin with a place or a body's name."""
    first = next(iter(question_words(who)), None)
    if first is None or _ASIDE.search(who):
        return False
    return (
        who.startswith(("国家", "中国", "全国"))
        or tag(first.text) in ("ns", "nt")
        or bool(KIND_OF_PLACE.match(who, first.end))
    )


def _whole_office(who: str, about: str) -> str:
    """Return an office with the region it belongs to: 区市场监管局 in an article about 南海区 is 南海区市场监管局."""
    if who[0] not in _REGION:
        return who
    return about[:-1] + who if about.endswith(who[0]) else ""


@lru_cache(maxsize=1)
def _dictionary() -> str:
    return "\n" + (Path(jieba.__file__).parent / "dict.txt").read_text(encoding="utf-8")


@lru_cache(maxsize=4096)
def _part_of_speech(word: str) -> str:
    """Return jieba's part of speech of a word: n…, v…, vn, a…; "" if its dictionary does not have it."""
    text = _dictionary()
    start = text.find(f"\n{word} ")
    return text[start + 1 : text.index("\n", start + 1)].split(" ")[2] if start >= 0 else ""
