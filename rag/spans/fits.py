"""Which candidates can answer at all: a year for 哪一年, a sum of money for 多少钱, a name that is not cut."""

import re

import numpy as np
import numpy.typing as npt

from rag.spans.features import AskedSpan, Spans
from rag.spans.tokens import CLASS, SPELT, one_of

Mask = npt.NDArray[np.bool_]

_YEAR = re.compile(r"(?:哪一?|何|几几|哪个|民国几|公元几|西元几)年(?!代|级|度|龄|纪)")
_PLACED = re.compile(r"第几(?!届|次|期|批|轮|代|版|任|场|季)|排名?(?:在|是|为)?(?:多少|几|第)|名次")
_SHARE = re.compile(r"百分之几|几成|占比|占.*(?:多少|比例)|比例(?:是|为|达)")
_GROWTH = re.compile(r"(?:增长|增幅|上涨|下降|下滑|下跌|涨|降)[了低幅]?(?:是|有)?多少(?:[?？了啊呢]|$)")
_PERCENT = re.compile(r"%|百分之|倍|成$")
_DAY_AFTER_YEAR = re.compile(r"年[初末底]?[0-9一二三四五六七八九十正腊]+月")
_CALENDAR_YEAR = re.compile(r"^(?:1[0-9]|20)[0-9]{2}年")
_SUM = re.compile(
    r"[0-9零一二两三四五六七八九十百千万亿几数多余]\s*.{0,2}(?:元|币|镑|块|角|钱|卢布|法郎|马克)|[0-9十百千万亿%]$|[$¥￥]|币[0-9]"
)
_PLACING = re.compile(r"第|首|冠|亚|季军|末|倒数|前|名|榜|一")
_PART = re.compile(r"%|‰|成|分之|半|倍|个?百分点|[0-9]$")
_DATED = re.compile(
    r"^[0-9零〇一二三四五六七八九十]+(?:[-~—至到、][0-9一二三四五六七八九十]+)?(?:年|月|日|号)(?:[0-9].*)?$"
)
_COUNT = re.compile(r"[0-9]|^(?=.{1,12}$).*[0-9零〇一二两三四五六七八九十百千万亿半几数多单双首]")
_REGION = re.compile(r"[省市区县镇乡村]$")
_CHOICE = re.compile(r"还是|或者?|何者|哪一?[个者种]更|孰|之中|其中")
_MONEY = re.compile(
    r"多[少大]钱|多少(?:[万亿]*元|油钱|资金|费用|经费)|几(?:块钱|元)|(?:资金|资产|投资|金额|收入|营收|利润|产值|罚款|奖金|工资|价格|票价|价钱|房租|费用|造价|预算|市值|票房|损失)(?:总?额)?(?:是|为|有|达|至少|大概|约|花了?)?多少"
)
_ABOUT = re.compile(r"近|约|超|逾|不足|不到|至少|超过|大约|约为|将近|最多|至多|最少|多达|接近")
_ABOUT_ASKED = re.compile(r"约|至少|至多|最少|最多|以上|以下|超过|不到")
_PART_OF_YEAR = re.compile(r"[初末底]")
_VAGUE = re.compile(r"^(?:[同当某每翌次数多几今这那]|[这那第]?[一几多数]|同一|不到[一半])年$|^当[时天日]$|^同[时日]$")
_NUMBERED = re.compile(r"号|电话|热线|第几|距离|面积|金额|标准|[年月日]|世纪|年代|数|哪一?[届次项条班款]")
_AMOUNT = re.compile(r"^[0-9][0-9.,]*[多余]?[十百千万亿]*[多余]?(?:[^0-9\W]{1,2}|[0-9]+月.*)$")
_TIMES = one_of("date", "time", "number")
_FIGURES = one_of("date", "time", "number", "measure", "mark")
_DEEDS = one_of("verb", "adverb", "person", "pronoun")
_SAYING = one_of("verb", "adverb", "pronoun", "preposition")
_ADDED = one_of("noun", "adjective", "unknown", "person", "place", "title")
_THEN = one_of("verb", "mark", "preposition", "conjunction", "adverb")
_PLACE = one_of("place")
_ANY_YEAR = re.compile("年")
_NAME_CHARACTERS = 4  # of a Chinese name at most
_SPELT = re.compile(f"[{SPELT}]+")


def fitting(asked: AskedSpan, spans: Spans) -> Mask:
    """Return which candidates can be an answer of the kind asked for, shape (n,).

    A rule that leaves nothing of a preference (a date without deeds round it) is not applied; of a need (an amount of
    money, a number, a time) it is: then the sentence has no short answer.
    """
    kept = np.ones(len(spans.texts), dtype=bool)
    if not _CHOICE.search(asked.whole):
        kept = _preferred(kept, _new(asked.whole, spans))
    if asked.kind in ("date", "duration"):
        kept &= _has(spans, _TIMES)
        kept = _preferred(kept, ~spans.say(_VAGUE))
        kept = _preferred(kept, ~_beside(spans, 1, _PART_OF_YEAR))
        kept = _preferred(kept, ~_has(spans, _DEEDS))
    if asked.kind in ("number", "duration") and not _ABOUT_ASKED.search(asked.whole):
        kept = _preferred(kept, ~_beside(spans, -1, _ABOUT))
    if asked.kind == "number":
        kept &= spans.say(_COUNT)
        if asked.unit not in tuple("年月日号天"):
            kept &= ~spans.say(_DATED)
        for question, answer in ((_MONEY, _SUM), (_PLACED, _PLACING), (_SHARE, _PART)):
            if question.search(asked.whole):
                kept &= spans.say(answer)
        if _GROWTH.search(asked.whole):
            kept = _preferred(kept, spans.say(_PERCENT))
    if asked.kind in ("person", "place", "organisation"):
        kept &= ~_only(spans, _FIGURES)
    if asked.kind == "person":
        kept &= ~(_only(spans, _PLACE) & spans.say(_REGION))
        kept &= _uncut(spans)
        kept = _preferred(kept, ~_has(spans, _SAYING))
    if asked.kind == "name" and not _NUMBERED.search(asked.whole):
        kept &= ~spans.say(_AMOUNT)
    if asked.kind == "duration":
        kept &= ~spans.say(_CALENDAR_YEAR)
    if _YEAR.search(asked.whole):
        kept = _preferred(kept, ~spans.say(_DAY_AFTER_YEAR))
        kept = _preferred(kept, spans.say(_ANY_YEAR))
    return kept


def _preferred(kept: Mask, better: Mask) -> Mask:
    both = kept & better
    return both if both.any() else kept


def _new(question: str, spans: Spans) -> Mask:
    """Return which candidates do not stand in the question already, those of one character aside."""
    return np.array([len(text) < 2 or text not in question for text in spans.texts], dtype=bool)


def _beside(spans: Spans, side: int, pattern: re.Pattern[str]) -> Mask:
    """Return whether the token before (-1) or after (1) each candidate is of some words."""
    found = [pattern.fullmatch(text) is not None for text in spans.tokens.texts]
    flags = np.array([False, *found, False])
    return np.asarray(flags[spans.low if side < 0 else spans.high + 2], dtype=bool)


def _counts(spans: Spans, classes: Mask) -> npt.NDArray[np.int64]:
    """Return how many tokens of some classes each candidate has."""
    sums = np.concatenate([[0], np.cumsum(classes[spans.tokens.classes])])
    return np.asarray(sums[spans.high + 1] - sums[spans.low], dtype=np.int64)


def _has(spans: Spans, classes: Mask) -> Mask:
    return _counts(spans, classes) > 0


def _only(spans: Spans, classes: Mask) -> Mask:
    return np.asarray(_counts(spans, classes) == spans.high - spans.low + 1, dtype=bool)


def _uncut(spans: Spans) -> Mask:
    """Return which candidates cut no name: not 申长 of 申长雨出席, not 路杰 of 路杰 徐磊, not 史密斯 of
    艾史密斯."""
    tokens, low, high = spans.tokens, spans.low, spans.high
    person = tokens.classes == CLASS["person"]
    apart = np.append(tokens.starts[1:] > tokens.ends[:-1], False)  # white space follows
    listed = np.append(person[:-1] & person[1:], False) & apart  # and another name
    single = tokens.ends - tokens.starts == 1
    glued = np.append(tokens.starts[1:] == tokens.ends[:-1], False)
    spelt = np.array([_SPELT.fullmatch(text) is not None for text in tokens.texts], dtype=bool)
    # the next token is one character that may be of a name, and what the name does comes after it
    then = np.append(apart[:-1] | _THEN[tokens.classes][1:], True)
    rest = single & _ADDED[tokens.classes] & then
    tail = glued & person & np.append(rest[1:], False) & (tokens.ends - tokens.starts < _NAME_CHARACTERS - 1)
    after = glued & spelt & np.append((single & spelt)[1:], False)
    before = np.append(False, (glued & single & spelt)[:-1]) & spelt
    left = listed[low - 1] & (low > 0)
    return np.asarray(~(listed[high] | left | tail[high] | after[high] | before[low]), dtype=bool)
