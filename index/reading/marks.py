"""Marks that newspapers print alike: bylines, datelines, captions, running heads, "continued". No models."""

import re
from functools import lru_cache

SURNAMES = frozenset(
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟谭陆"
    "汪范金石廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤温康施文牛樊葛邢安齐易乔伍庞颜"
    "倪庄聂章鲁岳翟殷詹申欧耿关兰焦俞左柳甘祝包宁尚符舒阮柯纪梅童凌毕单季裴霍涂成苗谷盛曲翁冉骆蓝路游辛靳管柴蒙鲍华喻祁蒲"
    "房滕屈饶解牟艾尤阳时穆农司卓古吉缪简车项连芦麦褚娄窦戚岑景党宫费卜冷晏席卫米柏宗瞿桂全佟应臧闵苟邬边卞姬师和仇栾隋商"
    "刁沙荣巫寇桑郎甄丛仲虞敖巩明佘池查麻苑迟邝官封谈匡鞠惠荆乐冀郁胥南班储原栗燕楚鄢劳谌奚皮粟冼蔺楼盘满闻位厉伊仝区郜海"
    "阚花权强帅屠豆朴盖练廉禹井祖漆巴丰支卿国狄平计索宣晋相初门云容敬来扈晁芮都普阙浦戈伏鹿薄邸雍辜羊阎劉陳楊黃趙吳孫馬"
    "鄭謝許韓馮鄧蕭葉蘇呂盧鍾譚陸範賈鄒閻賀顧錢嚴湯齊喬龐顏倫龍岡羅張葛縱歐陽郎敖"
)
COMPOUND_SURNAMES = ("欧阳", "上官", "司马", "诸葛", "皇甫", "司徒", "尉迟", "令狐", "慕容", "夏侯", "东方", "公孙")
_FIRSTS = SURNAMES | {name[0] for name in COMPOUND_SURNAMES}

FINISHED = "。！？!?…"
_AFTER_END = "”’」』）)】]》\"'"
_REPORTER = (
    r"(?:本报|本刊|全媒体|融媒体?|新华社|首席|特派|特约|驻[一-鿿]{1,6}|见习|实习|[一-鿿]{2,8}报)*"
    r"(?:记者|通讯员|特约通讯员|实习生|评论员|撰稿人?)"
)
_ROLE = rf"(?:{_REPORTER}|文/图?|图/文?|图文|摄影|翻译|编译|整理|作者[:：]?|文[:：]|供稿[:：]?|撰文[:：]?|读者)"
_REPORTED_BY = re.compile("[文图者员摄生稿译理]")  # what each word of _ROLE has one of
_NAME = r"[一-鿿·]{2,4}"
_NAMES = rf"{_NAME}(?:[ 、,，/]{_NAME}){{0,5}}"
_BYLINE = re.compile(
    rf"[▶►●■◎□]?[（(]?\s*{_ROLE}[:：/ ]*{_NAMES}"
    rf"(?:[ 、,，;；]*{_ROLE}[:：/ ]*{_NAMES}){{0,4}}(?: ?(?:摄影报道|摄影|报道|摄|文/图|文|整理))?[）)]?"
)
_CREDITED = re.compile(rf"{_NAMES} ?/?(?:文/图|文/摄|图/文|文图|文)")
_AUTHOR_NOTE = re.compile(r"[（(](?:作者|本文作者|作者单位|作者系|据|来源|原载|转载).{0,60}[）)]")
_HAN_WORD = re.compile(r"[一-鿿]+")
_PAPER = r"(?:本报|本刊|本网|[一-鿿]{1,7}(?:报|晚报|晨报))"
_REPORTED = r"(?:(?:全媒体|首席|见习|特约|实习|本报)? ?(?:记者|通讯员|实习生) ?[一-鿿、 ]{2,30}?){1,4}(?:摄影)?报道"
DATELINE = re.compile(
    rf"(?:{_PAPER}讯|{_PAPER}[一-鿿]{{1,6}}\d{{1,2}}月\d{{1,2}}日[电讯]"
    r"|[一-鿿]{0,6}讯(?= ?[（(] ?(?:本报|全媒体)?(?:记者|通讯员))"
    r"|据?(?:新华社|中新社|中新网|人民网|央视网)[^。，]{0,16}?(?:电|讯|消息)"
    rf"|(?={_REPORTED}))"
    rf"(?: ?[（(][^（）()]{{2,40}}[）)])?(?: ?{_REPORTED})?[:：]?"
)
_TOLD = re.compile("[讯电]|消息|报道")  # what each dateline has one of
_CAPTION_START = re.compile(
    r"[■▲▼◀►▶◆●△▽◁▷↑↓←→]|图[①-⑨一二三\d]?[:：为是]|(?:图片|资料图|资料图片|照片|漫画|海报设计|制图|题图)"
)
_CAPTION_END = re.compile(r"(?:/ ?摄|摄影?[）)]?|供图[）)]?|资料图片?[）)]?|/图|图/[一-鿿 ]{2,12}|制图|发[）)])$")
_CREDIT_ONLY = re.compile(rf"[（(]?(?:{_ROLE})?[ ]?{_NAMES} ?(?:/ ?|／)?(?:摄影?|供图|制图|图)[）)]?")
_OFFICE = re.compile(
    r"(?:书记|主任|局长|院长|校长|董事长|总经理|会长|教授|主席|市长|区长|县长|部长|厅长|处长|总裁|院士|所长|站长|馆长|主编)[一-鿿·]{2,4}$"
)
_CONTINUED = re.compile(
    r"[（(【]?(?:[▲▼◀▶]\s*)?(?:上接|紧接|接|续接?)\s*[A-Z]?\s*(?:第)?[A-Z\d一二三四五六七八九十]{1,4}\s*版.{0,12}[）)】]?"
)
_NUMBER = re.compile(r"[+\-－]?\d[\d.,:：]*[%％‰]?")
MOST_LEAD = 12  # characters of the sentence that an item of a list begins with
_GOES_ON = re.compile(r"[（(【]?(?:[▲▼◀▶]\s*)?下转\s*(?:第)?[A-Z\d一二三四五六七八九十]{1,4}\s*版.{0,12}[）)】]?")
_EDITORS = re.compile(
    r"(?:本版|值班)?(?:责编|责任编辑|美编|美术编辑|编辑|版式|视觉|校对|组版|编审|主编|值班主任|值班编委|统筹|策划|审读|检校|新闻热线)"
    r"[:：/ ]?.{2,40}"
)
_FURNITURE = re.compile(
    r"[A-Z]?\d{1,3}版?(?:\s*[|｜].{0,12})?|第?[A-Z]?\d{1,3}版[:：]?.{0,8}|[A-Z]\d{2}\s?.{0,6}"
    r"|\d{4}年\s?\d{1,2}月\s?\d{1,2}日\s*(?:星期[一二三四五六日天])?.{0,12}|星期[一二三四五六日天].{0,16}"
    r"|(?:电话|邮箱|热线|地址|网址|邮编|https?://|www\.|E-?mail|QQ)[:：]?.{0,60}|[-—·\s]*\d{1,3}[-—·\s]*"
)


@lru_cache(maxsize=8192)
def is_finished(text: str) -> bool:
    """Say whether a line ends a sentence: 。！？… or such, closing quotes and brackets after it allowed."""
    end = text.rstrip(_AFTER_END)
    if not end:
        return True
    if end[-1] in FINISHED:
        return True
    return end[-1] in ".:：;；" and (end[-1] in "." or len(end) == len(text)) and end[-1] != "；"


def is_name(word: str) -> bool:
    """Say whether a word looks like a person's name: 2–3 characters that begin with a surname, or a compound one."""
    if not _HAN_WORD.fullmatch(word):
        return False
    return (2 <= len(word) <= 3 and word[0] in SURNAMES) or (3 <= len(word) <= 4 and word.startswith(COMPOUND_SURNAMES))


def is_byline(text: str) -> bool:
    """Say whether a line is nothing but who wrote: 记者 顾勇 通讯员 朱波."""
    return (
        len(text) <= 60
        and bool(_REPORTED_BY.search(text) or text[0] in "（(")
        and bool(_BYLINE.fullmatch(text) or _CREDITED.fullmatch(text) or _AUTHOR_NOTE.fullmatch(text))
    )


def is_bare_names(text: str) -> bool:
    """Say whether a line is one to five bare names: 张成 范敏玲 刘丽珊. The line's place must decide the rest."""
    if len(text) > 24 or text.lstrip("（()）")[:1] not in _FIRSTS:
        return False
    words = re.split(r"[ 、]+", text.strip("（()）"))
    if len(words) == 2 and all(len(word) == 1 for word in words):  # 张 涛
        words = ["".join(words)]
    return len(words) <= 5 and all(is_name(word) for word in words)


def is_photo_credit(text: str) -> bool:
    """Say whether a line is nothing but who took a picture: 敖民极/摄."""
    return len(text) <= 30 and bool(_CREDIT_ONLY.fullmatch(text) and re.search(r"[摄图]", text))


def is_caption(text: str) -> bool:
    """Say whether a line stands under a picture, by its own marks."""
    if len(text) > 160 or not text:
        return False
    if is_photo_credit(text):
        return True
    if _CAPTION_END.search(text[-16:]) and not text.endswith("拍摄"):
        return True
    return len(text) <= 90 and bool(_CAPTION_START.match(text)) and not is_byline(text) and len(text) > 2


def is_row(text: str) -> bool:
    """Say whether a line is a row of a table: a name, then words half of which are numbers (东港 123.4 6.1)."""
    if " " not in text:
        return False
    words = text.split()
    if len(words) < 3 or not _NUMBER.fullmatch(words[-1]) or _NUMBER.fullmatch(words[0]) or len(words[0]) < 2:
        return False
    return 2 * sum(bool(_NUMBER.fullmatch(word)) for word in words) >= len(words)


def are_items(left: str, right: str) -> bool:
    """Say whether two paragraphs begin in one mould, as a list's items do: 守护粮食安全。… and 守护设备安全。…

    Their first sentences are short, of one length, and have two characters or more in the same places.
    """
    leads = [re.split("[。：:]", text[: MOST_LEAD + 1], maxsplit=1)[0] for text in (left, right)]
    same = sum(a == b for a, b in zip(*leads, strict=False))
    return 4 <= len(leads[0]) == len(leads[1]) <= MOST_LEAD and same >= 2


def is_portrait(text: str) -> bool:
    """Say whether a line is an office and a name, as under a portrait: 某某委员会主任李明."""
    if (
        len(text) > 40
        or not _OFFICE.search(text[-8:])
        or re.search(r"[，,。:：；;“]|称|说|表示|会见|出席|任命|调研", text)
    ):
        return False
    name = re.sub(r"^.*(?:书记|主任|[局院校市区县部厅处所站馆会]长|董事长|总经理|教授|主席|总裁|院士|主编)", "", text)
    return is_name(name)


def is_continued(text: str) -> bool:
    """Say whether a line says where the article came from: （上接A01版）."""
    return len(text) <= 24 and "版" in text and bool(_CONTINUED.fullmatch(text))


def goes_on(text: str) -> bool:
    """Say whether a line says where the article goes on: （下转A02版）."""
    return len(text) <= 24 and "版" in text and bool(_GOES_ON.fullmatch(text))


def is_credit(text: str) -> bool:
    """Say whether a line names those who made the page."""
    return len(text) <= 50 and bool(_EDITORS.fullmatch(text)) and not re.search(r"[，。]", text)


def is_furniture(text: str) -> bool:
    """Say whether a line is a page's own: its number, date, telephone."""
    return len(text) <= 60 and bool(_FURNITURE.fullmatch(text)) and not re.search(r"[，。]", text)


@lru_cache(maxsize=8192)
def dateline_length(text: str) -> int:
    """Return how many characters at the start of a paragraph are its dateline (本报讯 记者…报道), 0 for none."""
    match = DATELINE.match(text) if _TOLD.search(text) else None
    return match.end() if match and match.end() >= 3 else 0
