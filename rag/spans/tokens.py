"""Tokens of a folded text for spans: jieba's words, whole numbers with their unit, marks; each with its word class."""

import re
from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np
import numpy.typing as npt

from index.text import words
from rag import names

CLASSES = (
    "mark", "number", "latin", "noun", "verb", "adjective", "adverb", "preposition", "conjunction", "particle",
    "measure", "time", "pronoun", "where", "person", "place", "organisation", "title", "unknown", "idiom", "date",
)  # fmt: skip
CLASS = {name: number for number, name in enumerate(CLASSES)}


def one_of(*names: str) -> npt.NDArray[np.bool_]:
    """Return for each class whether it is one of some, (len(CLASSES),): taken at tokens' classes, whether they are."""
    return np.array([name in names for name in CLASSES])


_OF_TAG = {
    "v": "verb", "a": "adjective", "z": "adjective", "b": "adjective", "d": "adverb", "p": "preposition",
    "c": "conjunction", "u": "particle", "y": "particle", "q": "measure", "m": "number", "t": "time", "r": "pronoun",
    "f": "where", "s": "where", "i": "idiom", "l": "idiom",
}  # fmt: skip
_OF_NAME = {"nr": "person", "ns": "place", "nt": "organisation", "nz": "title", "eng": "latin", "x": "unknown"}

UNITS = (
    "平方公里|平方千米|立方米|平方米|平方厘米|千瓦时|千瓦|兆瓦|吉瓦|公里/小时|美元|欧元|日元|英镑|港元|元/月|元/年|元/平方米|卢布|韩元|人民币|人次|公里|千米|厘米|毫米|英里|海里|公顷|公斤|"
    "千克|毫克|分钟|小时|个月|个百分点|百分点|个小时|周年|世纪|年代|年级|工作日|批次|架次|班次|场次|天|家|个|人|名|件|项|次|位|户|所|条|份|元|米|吨|亩|克|岁|倍|辆|台|套|支|只|座|栋|场|届|种|类|批|部|本|"
    "篇|幅|首|艘|架|枚|颗|株|棵|头|斤|两|升|度|分|层|间|张|笔|单|期|处|片|对|组|队|班|门|轮|波|国|款|道|口|罐|箱|瓶|袋|盒|股|例|起|宗|桩|成|点|年|月|日|号|秒|时|周|℃|°c|km/h|km|kg|cm|mm|m|万|亿|集|"
    "章|节|站|票|声|步|字|页|级|代|番|重|环|路|线|街道|镇|村|县|区|市|省|州|车|轮次|星期|季度|季|折|户次|盘|局|球|杆|圈|卷|册|封|顶|把|块|根|粒|滴|句|段|行|列|排|名次"
)
_DIGITS = r"[0-9]+(?:[,.][0-9]+)*"
_HAN_DIGITS = "[零〇一二两三四五六七八九十百千万亿半]"
_ERA = rf"(?:民国|公元前)(?:[0-9]+|{_HAN_DIGITS}{{1,4}})年"
_ATOM = re.compile(
    rf"{_ERA}|(?<![a-z0-9.])(?:{_DIGITS})(?:[-~—至到][0-9]+(?:\.[0-9]+)?)?(?:[%‰]|[多余几]?[十百千万亿]*[多余]?(?:(?:{UNITS})(?:(?<=点)(?:多|半))?)?(?:/(?:月|年|天|人|户|吨|亩|斤|公斤|平方米|次))?)"
    rf"|百分之(?:{_DIGITS}|{_HAN_DIGITS}+(?:点{_HAN_DIGITS}+)?)"
    rf"|[零〇一二三四五六七八九]{{4}}年|(?:{_HAN_DIGITS}{{1,3}}|正|腊)月(?=初|{_HAN_DIGITS}|$|[^\u4e00-\u9fff])|{_HAN_DIGITS}{{1,3}}日(?![\u4e00-\u9fff])"
    rf"|(?:第)?{_HAN_DIGITS}{{1,8}}(?:多|余)?(?:{UNITS})(?=[^\u4e00-\u9fff]|的|以|多)"
)
# Characters that foreign names are spelt with: what stands on both sides of «·» in one.
SPELT = (
    "阿艾爱安奥巴拜班邦保鲍贝本比彼别宾波伯博布查达戴丹道德登迪蒂丁杜顿多厄恩尔法凡菲费芬丰弗福冈格戈哥根古哈海汉豪赫亨胡华霍基吉加贾杰金卡凯坎康考科克肯库夸奎拉莱赖兰朗"
    "劳勒雷里利莉立连列林琳卢鲁路伦罗洛马玛迈曼梅门蒙米密明莫默姆穆纳娜奈南内尼涅宁纽努诺欧帕潘佩皮平普奇齐乔琼让热荣茹瑞萨塞桑瑟森沙莎山尚绍舍申什史舒斯丝思苏索塔泰坦汤唐"
    "特腾提廷通图托瓦万韦维魏温翁沃乌伍武西希席夏肖谢辛欣休逊雅亚扬耶叶伊义因英尤约扎泽詹兹朱卓佐佳娃妮妲姬柯柏喀噶埃坡伽迦珀珍莲赛弥翰逖廖弛夫隆盖娅祖茨廉麦珈卜何"
)
_FOREIGN = re.compile(rf"[{SPELT}]{{1,6}}(?:·[{SPELT}]{{1,8}})+")
_WHOLE = re.compile(f"{_ATOM.pattern}|{_FOREIGN.pattern}")
_DATE_OF_ERA = re.compile(_ERA)
_DATE = re.compile(r"[0-9零〇一二三四五六七八九十]+[年月日号]$")


@dataclass(frozen=True)
class Tokens:
    """The tokens of a folded text: `starts`, `ends` (characters), `classes` (numbers of `CLASSES`), in order.

    They leave out white space only. `texts`: as they stand in the key.
    """

    key: str
    texts: tuple[str, ...]
    starts: npt.NDArray[np.int32]
    ends: npt.NDArray[np.int32]
    classes: npt.NDArray[np.int32]

    def __len__(self) -> int:
        return len(self.texts)

    @cached_property
    def token_of(self) -> npt.NDArray[np.int64]:
        """Which token each character is of, (characters,); -1 for white space."""
        places = np.arange(len(self.key))
        token = np.searchsorted(self.starts, places, side="right") - 1
        inside = places < np.append(self.ends, 0)[token]
        return np.where(inside, token, -1)

    @cached_property
    def tags(self) -> npt.NDArray[np.int64]:
        """Each character's token's class times 4, and 0 to 3: it is all of it, its first, one inside, its last; 0 for
        white space. (characters,)."""
        tags = np.where(self.token_of < 0, 0, 4 * np.append(self.classes, 0)[self.token_of] + 2)
        tags[self.ends - 1] = 4 * self.classes + 3
        tags[self.starts] = 4 * self.classes + (self.ends - self.starts > 1)
        return tags


@lru_cache(maxsize=65536)
def class_of(word: str) -> int:
    """Return the class of a folded word, a number below `len(CLASSES)`."""
    if not word[0].isalnum():
        return CLASS["mark"]
    if _FOREIGN.fullmatch(word):
        return CLASS["person"]
    if _DATE_OF_ERA.fullmatch(word):
        return CLASS["date"]
    if word[0].isascii() and word[0].isdigit():
        return CLASS["date"] if _DATE.match(word) else CLASS["number"]
    if letter := names.letter_of(word):
        return CLASS[_OF_TAG[letter]]
    return CLASS[_OF_NAME.get(names.tag(word), "noun")]


@lru_cache(maxsize=4096)
def tokenise(key: str) -> Tokens:
    """Return the tokens of a folded text, kept for the next time; nobody writes to them.

    A number and its unit are one token, so nothing ever cuts them.
    """
    texts: list[str] = []
    starts: list[int] = []
    ends: list[int] = []

    def add(low: int, high: int) -> None:
        texts.append(key[low:high])
        starts.append(low)
        ends.append(high)

    def plain(low: int, high: int) -> None:
        position = low
        for word in words(key[low:high]):
            marks(position, low + word.start)
            add(low + word.start, low + word.end)
            position = low + word.end
        marks(position, high)

    def marks(low: int, high: int) -> None:
        for place in range(low, high):
            if not key[place].isspace():
                add(place, place + 1)

    position = 0
    for atom in _WHOLE.finditer(key):
        plain(position, atom.start())
        add(*atom.span())
        position = atom.end()
    plain(position, len(key))
    classes = [class_of(text) for text in texts]
    return Tokens(key, tuple(texts), *(np.array(column, dtype=np.int32) for column in (starts, ends, classes)))
