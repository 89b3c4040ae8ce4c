"""Follow-ups made whole without a language model: what the last turns were about, carried into what lacks it."""

import re
from collections.abc import Sequence

from index.text import fold, words
from rag.answer import Message
from rag.names import is_name, tag

_OPENING = re.compile(
    r"^(?:那么?|然后|还有|另外|再问|以及|又|而|and|so|then|what about|how about)(?=\W|[\u4e00-\u9fff]|$)[,，、 ]*",
    re.IGNORECASE,
)
_POINTING = re.compile(
    r"他(?!山|国|乡)|她|它|其中|其(?!他|它|余|实|次)|该(?!不)|上述|前者|后者|(?<![如因由])此(?:次|人|事|外|举|项|案|处)|"
    r"这(?!么说)(?:[个次家位项些两场份件里儿种]|是)?|那(?!曲|么|些年)(?:[个次家位项些两场份件里儿]|时|年|边)|同一|"
    r"\b(?:it|its|he|him|his|she|her|they|them|their|this|that|these|those|there|one|ones)\b",
    re.IGNORECASE,
)
_TAIL = re.compile(r"(?:呢|呐)[?？!！。]*$")
_ASKING = re.compile(
    r"[,，]?(?:请问|是?多少[\u4e00-\u9fff]{0,1}|什么时候|什么时间|是什么|什么|哪[个些里儿位家年天]?|是?谁|何时|为什么|怎么样?|如何|吗|呢)|[?？。!！]+$"
)
_YEAR = re.compile(r"(?<![0-9])((?:19|20)[0-9]{2})(?=年|\b)")
_YEAR_BEFORE = re.compile(r"(?:前|上)一?年(?!级)|去年同期|the year before|the previous year", re.IGNORECASE)
_YEAR_AFTER = re.compile(
    r"(?:后|下|次)一?年(?!级)|第二年|the year after|the next year|the following year", re.IGNORECASE
)
_PERSON = re.compile(r"他(?!们|山|国|乡)|她(?!们)|\b(?:he|him|his|she|her)\b", re.IGNORECASE)
_SHORT = 6  # characters of a Chinese question that can hardly stand alone without a name


def whole_question(text: str, history: Sequence[Message]) -> str:
    """Return a question that stands alone: `text` itself, or with what the turns before it were about put first.

    The topic is that of the last question that stood alone, with what the follow-ups after it changed. Years are
    counted on (那前一年呢), a name of the same kind replaces the old one (那衡阳高新区呢).
    """
    topic = ""
    said = ""
    for message in history:
        if message.role == "user" and message.content.strip():
            topic = _joined(topic, message.content.strip(), said)
        elif message.role == "assistant":
            said = message.content
    return _joined(topic, text, said)


def leans(text: str) -> bool:
    """Return whether a question points at, or lacks, what was said before it."""
    bare = _OPENING.sub("", text)
    if _TAIL.search(text) or (bare != text and len(bare) < 24) or _POINTING.search(_without_quotes(text)):
        return True
    found = words(fold(text))
    named = any(is_name(word.text) or word.text.isdigit() for word in found)
    return not named and len(text.rstrip("?？。!！")) <= _SHORT + 2


def _without_quotes(text: str) -> str:
    return re.sub(r"[“《\"「][^”》\"」]*[”》\"」]", "", text)


def _joined(topic: str, text: str, said: str) -> str:
    if not topic or not leans(text):
        return text
    asked = _TAIL.sub("", _OPENING.sub("", text)).strip("，, ?？")
    old = _ASKING.sub(" ", topic) if _asks(asked) else _TAIL.sub("", topic).rstrip("?？。")
    years = _YEAR.findall(topic)
    if years and (before := _YEAR_BEFORE.search(asked)):
        asked = asked.replace(before[0], f"{int(years[-1]) - 1}年")
    elif years and (after := _YEAR_AFTER.search(asked)):
        asked = asked.replace(after[0], f"{int(years[-1]) + 1}年")
    if not _asks(asked) and (changed := _exchanged(topic, asked, years)):
        return changed
    if _YEAR.search(asked):
        old = re.sub(r"(?:19|20)[0-9]{2}年?", "", old)
    for name in _replaced(old, asked):
        old = old.replace(name, "")
    if _PERSON.search(text):
        old = " ".join([*_people(said, old), old])
    joined = f"{' '.join(old.split())} {asked}".strip()
    return joined[-512:]


def _exchanged(topic: str, asked: str, years: Sequence[str]) -> str | None:
    """Return the topic with its year or name changed for the one that is all of a follow-up (那顺德区呢), or None."""
    bare = asked.removesuffix("的").strip()
    if years and (year := re.fullmatch(r"((?:19|20)[0-9]{2})年?", bare)):
        return topic.replace(years[-1], year[1])
    names = [name for name in _replaced(topic, bare) if name in topic]
    found = [word.text for word in words(fold(bare)) if is_name(word.text)]
    whole = len(names) == 1 and len(found) >= 1 and len(bare) <= sum(map(len, found)) + 3
    return topic.replace(names[0], bare) if whole else None


def _asks(text: str) -> bool:
    return bool(
        re.search(
            r"多少|什么|哪|谁|何|为啥|怎|如何|吗|几|咋|啥|\b(?:what|who|when|where|why|how|which)\b",
            text,
            re.IGNORECASE,
        )
    )


def _replaced(old: str, new: str) -> list[str]:
    """Return the names in the old topic that a new name of the same kind takes the place of."""
    fresh = [word.text for word in words(fold(new)) if is_name(word.text)]
    names = [word.text for word in words(fold(old)) if is_name(word.text)]
    return [name for name in names if name not in fresh and any(_same_kind(name, other) for other in fresh)]


def _same_kind(left: str, right: str) -> bool:
    return tag(left) == tag(right) and (tag(left) in ("nr", "ns") or left[-1] == right[-1])


def _people(said: str, old: str) -> list[str]:
    """Return the last person named in the last answer, unless the topic already has one."""
    if any(tag(word.text) == "nr" for word in words(fold(old))):
        return []
    people = [word.text for word in words(fold(said[:600])) if tag(word.text) == "nr"]
    return people[:1]
