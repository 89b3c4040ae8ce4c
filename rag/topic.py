"""What a question is about, without what it asks: the part of it that a follow-up carries on.

Example: "南海区有多少家社会办医疗机构？" → "南海区的社会办医疗机构". By rules over the words of the question alone.
"""

import re

from index.text import fold, words

MEASURES = "家个名件项次位户所条份元米吨亩克岁倍辆台套支只座栋场届种类批部本篇幅首艘架枚颗株棵头斤度层间张笔单处片对组队班门轮款道口瓶股例起宗桩"
_MEASURE = f"(?:[架批班场户]次|本(?![土地科市省县区国人])|[{MEASURES.replace('本', '')}])"
_AMOUNT = "(?:[万亿]?[元吨亩人]|点|天|年|个月|人次|钱|公里|米|公顷|平方|立方|小时|分钟|%|个百分点|比例|比重)"
_COUNT = "(?:多少|第?几(?!乎|经|近))"
_WHEN = r"什么时[候间]|啥时候?|何时|几时|几[月日号点](?!钟)|哪一?[年月天日]|什么地方|哪[里儿]|何[地处]|为什么|为何|为啥|怎么样?|怎样|如何|咋"
_SIZE = "多[大高长久重宽深远快厚]"
_HAN = r"[\u4e00-\u9fff]"
ASKS = re.compile(
    r"多少|什么|哪|谁|何|啥|怎|如何|[吗么][?？]?$|几(?!乎|经)|咋|是否|是不是|有没有|没有[?？]?$|还是|多[大高长久重宽深远快厚]"
)
PEOPLE = re.compile("[员人者们生工兵民友队组师家手客长]$")
VALUE = re.compile(rf"(?:{_COUNT}|{_SIZE})(?:{_MEASURE}|{_AMOUNT})?了?[?？]*$")  # what a question of a size ends with
AMOUNT = re.compile(_AMOUNT)
_NOUN = rf"(?!{_AMOUNT}$)(?:{_HAN}{{2}}|“|[A-Za-z])"
_LEFT = frozenset("下死送上办拿花收用罚赚占卖发建拍养种修救查抓跌涨")  # a verb whose number is gone
_POLITE = re.compile(r"^(?:请问|我?想问(?:一下)?|我?想知道|请告诉我|告诉我)[,，]?")
_END = re.compile(r"[?？。!！\s]+$")
_PARTICLE = re.compile(r"(?:了?[吗呢吧啊呀呐]|了?没有?)$")

# Each pattern with what stands in its place; the first that is found is used once, and then what is left is cut.
_STATED = tuple(
    (re.compile(pattern), put)
    for pattern, put in (
        # 谁主持了会议 → 会议; 谁当选为主席 → 主席
        (rf"^(?:谁|哪一?[位个名](?:{_HAN}{{2}}(?={_HAN}{{2,4}}[了为]))?|什么人){_HAN}{{1,4}}?[了为过](?={_HAN}{{2}})", ""),
        # 做超滤膜的是哪家公司 → 做超滤膜的公司
        (rf"的(?:是|为)(?:哪一?[{MEASURES}些]?|什么|啥)({_HAN}{{1,8}})$", r"的\1"),
        # 是哪一年启动改造的 → 启动改造; 是哪天开的 → nothing
        (rf"是?(?:在|于|从)?(?:{_WHEN}){_HAN}{{1,2}}的$", ""),
        (rf"是(?:在|于|从)?(?:{_WHEN})(.{{3,}}?)的$", r"\1"),
        # 有多少家医疗机构 → 的医疗机构; 配了多少名网格员 → 配的网格员; 征集到多少条 → 征集到的
        (rf"(?:一?共|总共|现|目前|拥)?有(?:着|了)?{_COUNT}多?{_MEASURE}?(?={_NOUN})", "的"),
        (rf"(?:了|(?<=[到出起]))(?:一?共)?{_COUNT}多?{_MEASURE}?(?={_NOUN})", "的"),
        # 有多大, 总额是多少, 企业多少家, 收在多少点, 死了多少人
        (rf"(?:一?共|总共|大约|目前)?(?:是|为|有|达到?|占|{_HAN}在|了)?(?:{_COUNT}|{_SIZE})(?:{_MEASURE}|{_AMOUNT}|{_HAN})?了?$", ""),
        # 主题是什么, 局长叫什么名字, 局长是谁
        (rf"(?:都?是|叫做?|为)(?:谁|(?:什么|啥|哪一?[{MEASURES}些]?|怎样的){_HAN}{{0,4}})$", ""),
        # 什么时候举行 → nothing; 在哪里登陆
        (rf"(?:是|会|将)?(?:在|于|从|到|去)?(?:{_WHEN}){_HAN}{{0,2}}[的了]?$", ""),
    )
)  # fmt: skip
_REST = re.compile(
    rf"(?:是|在|于|从|去)?(?:{_WHEN})|(?:一?共|分[成为])?{_COUNT}多?{_MEASURE}?|{_SIZE}|哪[一两三四五几]?[{MEASURES}些]?(?:{_HAN}{{2}}的)?"
    r"|是?谁|什么|啥|何种|是否|是不是|有没有|能不能|[吗]$"
)

_HOW_MANY = re.compile(
    r"^(?:how many|how much|which|what) (.+?) (?:(?:are|were|is|was) there|(?:are|were|is|was|have been|has been)) (.+)$",
    re.I,
)
_HAS = re.compile(r"^(?:how many|how much|which|what) (.+?) (?:does|do|did|has|have|had) (.+?)(?: have| own)?$", re.I)
_IS = re.compile(
    r"^(?:when|where|why|how(?: \w+)?|what|who) (?:is|are|was|were|will|did|does|do|has|have|had|can|could|should) (.+?)"
    r"(?: (?:be )?(?:held|built|opened?|founded|established|located|take place|begin|start|end|happen|called|named))?$", re.I
)  # fmt: skip
_DID = re.compile(r"^(?:who|what|which \w+) (?:\w+ly )?\w+ (.+)$", re.I)
_LEADING = re.compile(r"^(?:how many|how much|how \w+|who|what|which|when|where|why)\b ?", re.I)


def subject_of(question: str) -> str:
    """Return what a Chinese question is about, "" if nothing is left without what it asks."""
    text = _PARTICLE.sub("", _END.sub("", _POLITE.sub("", question.strip())))
    for pattern, put in _STATED:
        text, count = pattern.subn(put, text, count=1)
        if count:
            break
    text = re.sub(r"\s{2,}", " ", _REST.sub("", text)).strip(" ,，、:：")
    text = text.removeprefix("的").removesuffix("的").removesuffix("是")
    last = words(fold(text))[-1:]
    return text[:-1] if last and last[0].text in _LEFT else text


def subject_in_english(question: str) -> str:
    """Return what an English question is about: How many firms does X have? → X's firms."""
    text = _END.sub("", question.strip())
    if match := _HOW_MANY.match(text):
        return f"the {match[1]} {match[2]}"
    if match := _HAS.match(text):
        return f"{match[2]}'s {match[1]}"
    if match := _IS.match(text) or _DID.match(text):
        return match[1]
    return _LEADING.sub("", text)
