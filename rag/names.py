"""Words that name something: persons, places, organisations, foreign words; by jieba's dictionary and by form."""

import re
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

import jieba

from index.text import Word, segmenter

# a line of jieba's dictionary: word, count, word class; common nouns are left out
_TAGGED = re.compile(r"^(\S+) (\d+) (?:(nr|ns(?=\n)|nt(?=\n)|nz(?=\n))|([vazbdpcuyqmtrfsil]))\w*$", re.MULTILINE)
_RARE = 5  # occurrences in jieba's counts: a rarer word is taken for a noun
# The hundred most frequent Chinese surnames cover about 85 % of the people; those after them are frequent in the news.
_SURNAMES = frozenset(
    "习王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏钟汪田任姜范方石姚谭廖邹"
    "熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖龚文庞樊兰殷施陶洪翟安颜倪严牛温芦季俞章鲁葛伍韦申尤毕聂焦向柳邢路岳齐梅莫庄辛管"
    "祝左涂谷祁时舒耿牟卜詹关苗凌费纪靳盛童欧甄项曲成游阳裴席卫查屈鲍位覃霍翁隋植甘景薄单包司柏宁柯阮桂闵解强柴华车冉房边敖应宗丘宫晏巫"
)
_NOT_A_NAME = frozenset(
    "东西 镇里 聊天 党组织 都市 王国 帝国 共和国 联邦 中国 全国 我国 国内 国家 外国 各地 当地 本地 "
    "高新 任务 方面 金额 时间 成为 万人 易于 文化 向前 关于 马上 安全 成立 应用 强化 单位 包括 管理 时代".split()
)
_SUFFIXES = "省市区县镇乡村州国路街道局委部厅院校所队司厂行社会馆站台网报党"
_REGION = "省市区县镇乡村州旗"
_GENERIC = re.compile(
    r"(?:高新|开发|新|社|园|地|城|山|小|辖|景|校|片|郊|灾|湖|库|林|牧|厂|街|示范|核心|试验|自贸|保税|工业|城市|农|渔|本|全|各)[区村市县镇]$"
)
# Characters of verbs and particles: words that jieba has made up with them (能管, 提了, 员要) name nothing.
_LOOSE = frozenset(
    "了着过要能会有的去来里看用做干到说讲给被把从帮种造管提点发办些是在和与跟后前时得就都也还再又很让叫刚完捎攒捞搞拿带吃想问图闹老"
)
_LATIN = re.compile(r"[a-z][a-z0-9+\-./&']*$")


@lru_cache(maxsize=1)
def _dictionary() -> tuple[dict[str, str], dict[str, str]]:
    """Return two tables of jieba's own dictionary, read once: name → nr, ns, nt or nz (about 100,000), and word → the
    letter of its class for the words that are not nouns."""
    text = (Path(jieba.__file__).parent / "dict.txt").read_text(encoding="utf-8")
    names: dict[str, str] = {}
    others: dict[str, str] = {}
    for word, count, name, letter in _TAGGED.findall(text):
        if name:
            if len(word) > 1:
                names[word] = name
        elif int(count) >= _RARE:
            others[word] = letter
    return names, others


def _tags() -> dict[str, str]:
    return _dictionary()[0]


def letter_of(word: str) -> str:
    """Return the letter of jieba's word class (v, a, d, …) of a folded word that is not a noun, "" for any other."""
    return _dictionary()[1].get(word, "")


@lru_cache(maxsize=65536)
def tag(word: str) -> str:
    """Return what a folded word names: nr a person, ns a place, nt an organisation, nz something else, eng a Latin
    word, x a word that the dictionary does not know, or "" a common word."""
    if word in _NOT_A_NAME or word[0] in "这那某哪几每各" or _GENERIC.search(word):
        return ""
    known = _tags().get(word)
    if known:
        return (
            "nr"
            if known == "nr" and 2 <= len(word) <= 4 and word[0] in _SURNAMES
            else ("nz" if known == "nr" else known)
        )
    if _LATIN.match(word):
        return "eng"
    if len(word) >= 2 and not word[0].isdigit() and not segmenter().FREQ.get(word):
        if len(word) <= 3 and not _LOOSE.isdisjoint(word):
            return ""
        if word[-1] in _REGION and len(word) >= 3:
            return "ns"
        return "nr" if len(word) <= 3 and word[0] in _SURNAMES and word[-1] not in _SUFFIXES else "x"
    return ""


def is_listed(word: str) -> bool:
    """Return whether the dictionary knows a word as a name, so that it was not made up in cutting a sentence."""
    return word in _tags()


def is_person(word: str) -> bool:
    """Return whether a folded word is a person's name, a foreign one (拉夫罗夫) among them."""
    return tag(word) == "nr" or (len(word) > 3 and _tags().get(word) == "nr")


def persons(words: Sequence[Word]) -> list[str]:
    """Return the words that look like a person's name, in order."""
    return [word.text for word in words if tag(word.text) == "nr"]


def is_name(word: str) -> bool:
    """Return whether a word names something in particular: one that must not be missing from an answer."""
    return tag(word) in ("nr", "ns", "nt", "nz", "eng", "x")
