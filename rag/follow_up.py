"""Follow-ups made whole without a language model: what the last turns were about, carried into what lacks it."""

import re
from collections.abc import Sequence

from index.text import fold, words
from rag import follow_up_english
from rag.answer import Message
from rag.exchange import AMONG, LATER, NOUNS, QUOTED, YEAR, counted_on, exchanged, narrowed, put_in, replaced, same_kind
from rag.kinds import kind_of
from rag.names import is_name, is_person, tag
from rag.spans.tokens import CLASS, class_of
from rag.topic import ASKS, MEASURES, PEOPLE, VALUE, subject_of

LONGEST = 512  # characters of a question made whole
READ = 600  # characters of an answer that are looked through for a person or a list
SHORT = 8  # characters of a question that can hardly stand alone without a name

_HAN = r"[\u4e00-\u9fff]"
_OPENING = re.compile(
    r"^(?:那么|那(?!里|儿|次|个|些|边|年|时|天|位|家|种|场|座|曲|达|坡)|然后|还有|另外|再问|请问|以及|又|而)[,，、 ]*"
)
_POINTING = re.compile(
    r"(?<![其吉维])他(?!山|国|乡|人|日)|她|它|其中|(?<![耳尤极与如若何土莫])其(?!他|它|余|实|次|间|妙)|该(?!不|怎|如|去|做|走|由|有)|上述|前者|后者|"
    r"(?<![如因由彼从至对就为特])此(?:次|人|事|外|举|项|案|处)|同一|"
    rf"这(?!么说)(?={_HAN})|那(?:一|几|两)?(?:[个次家位项些两场份件里儿种座条部款名支时边]|年(?!轻))|第[一二三四五六](?:[个家位种项条款名](?!月)|$)|(?:^|[,，])(?:里头|里面|同期|当天|当时|当地|期间)|那里"
)
_TAIL = re.compile(r"[呢呐](?=[,，?？!！。\s]|$)")
_ENDING = re.compile(r"[呢呐]?[,，?？!！。\s]*$")
_BARE = re.compile(
    r"(?:是?在|是|到|去|从|于|为)?(?:哪[里儿]?|什么地方|何[地处]|什么时[候间]|啥时候?|何时|哪一?[年天月]|为什么|为何|为啥|谁|怎么样?|如何|咋)[的了]?"
)
_DEFINES = re.compile(
    r"^(?:什么是|啥是|啥叫|什么叫|何谓|何为)(.{2,})$|^(.{2,})(?:是什么意思|是指什么|指的是什么|是啥意思)$|^(.{2,})(?:是什么|是啥)$"
)
_RELATION = re.compile(
    r"(?:主题|理由|原因|目的|目标|意义|内容|任务|结果|名字|名称|作用|特点|优势|背景|条件|标准|要求|措施|举措|做法|成果|职务|身份|职业|问题|情况|关系|计划|方案|亮点|诉求|态度|看法|口号|重点|项目|奖品|用途|原则|依据)$"
)
_NO_SUBJECT = re.compile(
    r"一?共|总共|还|都|也|又|是(?!谁|哪|什么)|最后|到底|究竟|目前|现在|具体|主要|大概|大约|分别|每[人个家户名次位年天月]|[从向对给由往用把被]"
)
_PROPER = re.compile(
    rf"{_HAN}{{2,}}?(?<![哪么几])(?:[村镇乡县区市省桥路寺山河湖厂馆站]|公司|大学|医院|中学|小学|集团|机场|社区|银行)"
)
_PREDICATE = re.compile(r"在|是|多|什么时|啥时|何时|哪[一年天]|由|为|怎|如何|有|位于")
_HE = re.compile(r"(?<![其吉维])[他她](?!们|山|国|乡|人|日)")
_THEY = re.compile(
    rf"[它他她]们|它|其(?!中)|该{_HAN}|(?:这|那|此)(?:一)?[{MEASURES}些](?P<noun>{_HAN}{{2}})?|上述(?P<said>{_HAN}{{2}})?"
)
_ELLIPTIC = re.compile(
    rf"^(?:其中)?(?P<part>(?![给对用由从在向])[^,，]{{1,6}})的(?:有|是|占)?(?P<ask>多少|几)[{MEASURES}]?[?？]?$"
)
_ORDINAL = re.compile(r"前者|后者|第[一二三四五六](?:[个家位种项条款名](?!月)|$)")
_BYLINE = re.compile(rf"(?:记者|通讯员|编辑|责编|撰文|摄影)[ :：/]*{_HAN}{{2,3}}")
_VAGUE = frozenset(
    "一共 总共 现在 目前 时候 时间 后来 最后 以前 之后 里面 里头 上面 人 事 钱 啥 要点 具体 当时 那里 这里 多久 人家".split()
)


def whole_question(text: str, history: Sequence[Message]) -> str:
    """Return a question that stands alone: `text` itself, or with what the turns before it were about.

    The topic is that of the last question that stood alone, with what the follow-ups after it changed. A year is
    counted on (那前一年呢), a name of the same kind replaces the old one (那衡阳高新区呢), a pronoun gives way to what
    it means; else what the topic was about is put first.
    """
    topic = said = ""
    for message in history:
        if message.role == "user" and message.content.strip():
            topic = _joined(topic, message.content.strip()[-LONGEST:], said)
        elif message.role == "assistant":
            said = message.content[:READ]
    return _joined(topic, text, said)


def _joined(topic: str, text: str, said: str) -> str:
    if not topic:
        return text
    if not re.search(_HAN, text):
        return follow_up_english.joined(topic, text, _people(said, topic))[:LONGEST]
    plain = _simplified(text)
    if not leans(plain, topic, said):
        return text
    asked = counted_on(topic, _ENDING.sub("", _OPENING.sub("", plain)))
    whole = _whole(_simplified(topic), asked, _simplified(said))
    if plain != text or _simplified(topic) != topic:
        whole = whole.translate({ord(simple): char for char in topic + text if (simple := _simplified(char)) != char})
    return (whole if re.search(r"[?？。!！]$", whole) or not ASKS.search(whole) else whole + "？")[-LONGEST:]


def _simplified(text: str) -> str:
    """Return a text in simplified characters, each in its place."""
    return re.sub(_HAN, lambda match: fold(match[0]) if len(fold(match[0])) == 1 else match[0], text)


def leans(text: str, topic: str, said: str = "") -> bool:
    """Return whether a question points at, or lacks, what was said before it: the last topic and the answer to it."""
    bare = _ENDING.sub("", _OPENING.sub("", text))
    opened = not text.startswith(bare[:4]) or bool(re.search("又[是有在]", bare))
    context = fold(f"{topic}\n{said}")
    found = [word for word in words(fold(bare)) if word.text not in _VAGUE and not ASKS.search(word.text)]
    names = [word for word in found if is_name(word.text) and (tag(word.text) != "x" or len(word.text) > 2)]
    fresh = [word for word in names if word.text not in context]
    pointing = _POINTING.search(QUOTED.sub(lambda match: "□" * len(match[0]), bare))
    if pointing:
        people = [word for word in fresh if is_person(word.text) and word.start < pointing.start()]
        return not (people and _HE.match(bare, pointing.start()))
    if _TAIL.search(text):
        return True
    if (match := _DEFINES.match(bare)) and not (match[3] and _RELATION.search(match[3])):
        return any(term and fold(term) in context for term in match.groups())
    telling = [word for word in found if len(word.text) > 1 and not word.text[0].isdigit()]
    if fresh or YEAR.search(bare):
        shared = any(word.text in fold(topic) for word in telling) or bool(replaced(topic, bare))
        return (opened and shared) or {word.text for word in telling} <= {word.text for word in fresh}
    new = [word for word in telling if word.text not in context and class_of(word.text) in NOUNS]
    if opened or not new or _NO_SUBJECT.match(bare):
        return True
    if names or any(match[0] not in context for match in _PROPER.finditer(bare)):
        return False
    return len(bare) <= SHORT or (found[0].start == 0 and found[0] in telling and found[0].text in context)


def _whole(topic: str, asked: str, said: str) -> str:
    """Return the topic and a follow-up without its opening and ending as one question."""
    if (match := _ORDINAL.search(asked)) and (item := _listed(said, match[0])):
        return asked.replace(match[0], item)
    if not asked:
        return topic
    subject = subject_of(topic) or topic.rstrip("?？")
    if not ASKS.search(asked):
        before = subject if LATER.match(asked) else topic.rstrip("?？")
        return exchanged(topic, asked) or put_in(topic, asked) or f"{before}，{asked}呢？"
    if _BARE.fullmatch(asked) and (old := re.search(_BARE, topic)) and (subject in topic or topic.startswith(old[0])):
        return topic.replace(old[0], asked)
    if (
        (match := _ELLIPTIC.match(asked))
        and match["part"] not in topic
        and (whole := narrowed(topic, match["part"], "其中" in asked))
    ):
        return whole
    return _led(subject, topic, asked, said)


def _led(subject: str, topic: str, asked: str, said: str) -> str:
    """Return a follow-up that asks by itself, what it is about put in the place of its pronoun, or before it."""
    if match := AMONG.match(asked):
        return f"{subject}中，{_named(asked[match.end() :], said, topic)}"
    if _HE.search(asked) and (named := _named(asked, said, topic)) != asked:
        return named
    if YEAR.search(asked):
        subject = re.sub(r"(?:19|20)[0-9]{2}年?", "", subject)
    for name in replaced(subject, asked):
        low, _, high = subject.partition(name)
        if asked.startswith(tuple(word.text for word in words(fold(asked))[:1] if same_kind(name, word.text))):
            return f"{low}{asked}" if low else f"{high.strip('的 ，')}，{asked}"
        subject = low + high
    if asked[:1] in ("在", "对", "向"):
        subject = re.sub(rf"{asked[0]}[^，的]{{2,6}}$", "", subject)
    subject = subject.strip("的 ，")
    if not subject or subject in asked:
        return asked
    last = words(fold(subject))[-1:]
    phrase = "，" not in subject and "了" not in subject and last and class_of(last[0].text) != CLASS["verb"]
    if phrase and not VALUE.search(topic) and (match := _THEY.match(asked)):
        noun = match["noun"] or match["said"] or ""
        if (not noun or subject.endswith(noun)) and (match[0] not in ("他们", "她们") or PEOPLE.search(subject)):
            return f"{subject}{'的' if match[0] == '其' else ''}{asked[match.end() :]}"
    between = " " if ASKS.search(subject) else "" if phrase and _PREDICATE.match(asked) else "，"
    return f"{subject}{between}{asked}"


def _named(asked: str, said: str, topic: str) -> str:
    """Return a follow-up with the person's name in the place of 他 or 她, as it is if nobody is named."""
    people = _people(said, topic)
    return _HE.sub(people[0], asked, count=1) if people else asked


def _listed(said: str, ordinal: str) -> str | None:
    """Return the item of the last answer's list that an ordinal means (第二家, 前者), None if there is no list."""
    match = re.search(r"[^,，。;；:：]*、[^,，。;；:：]*", said)
    if not match:
        return None
    items = match[0].split("、")
    items[0] = _last_noun(items[0])
    items[-1] = re.split(r"[0-9等]|两家|是|成功|入围|[为在将]", items[-1])[0]
    number = 0 if ordinal == "前者" else len(items) - 1 if ordinal == "后者" else "一二三四五六".index(ordinal[1])
    return items[number] if number < len(items) and items[number] else None


def _last_noun(text: str) -> str:
    """Return the name that a text ends with, without the place that it is in."""
    start = len(text)
    for word in reversed(words(fold(text))):
        if word.end != start or tag(word.text) == "ns" or word.text[-1] in "区市县省是的":
            break
        start = word.start
    return text[start:]


def _people(said: str, topic: str) -> list[str]:
    """Return the person that 他 means: who was asked for and is named in the answer, else the topic's, else its."""
    old, new = _named_people(topic), _named_people(said)
    asked_for = kind_of(fold(topic), "zh") == "person"
    return ([name for name in new if name not in old] if asked_for else old) or old or new


def _named_people(text: str) -> list[str]:
    text = _BYLINE.sub("", text)
    key = fold(text)
    found = [word for word in words(key) if is_person(word.text)]
    return [text[word.start : word.end] if len(key) == len(text) else word.text for word in found]
