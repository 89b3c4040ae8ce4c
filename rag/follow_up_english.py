"""English follow-ups made whole: and how many of them are foreign? → how many of X's firms are foreign?"""

import re

from rag.topic import subject_in_english

_OPENING = re.compile(r"^(?:and|so|then|but|also|ok|okay|well)\b,? *", re.I)
_ABOUT = re.compile(
    r"^(?i:what|how) about (?:in |on |for )?(.+)$|^(?:[Ii]n |[Ff]or )((?:the )?[A-Z][\w'-]*(?: [A-Z][\w'-]*)*|(?:19|20)[0-9]{2})$|^((?i:(?:in )?the (?:year before|year after|(?:previous|preceding|next|following) year)))$"
)
_BEFORE = re.compile(r"(?:in )?(?:the )?(?:year before|previous year|preceding year)", re.I)
_AFTER = re.compile(r"(?:in )?(?:the )?(?:year after|next year|following year)", re.I)
_YEAR = re.compile(r"(?<![0-9])(?:19|20)[0-9]{2}(?![0-9])")
_HE = re.compile(r"\b(?:he|him|she|her(?! [a-z]+ (?:is|was))|his)\b", re.I)
_IT = re.compile(r"\b(?:it(?! (?:takes?|costs?|true))|they|them|its|their)\b", re.I)
_WHOSE = ("its", "their", "his", "her")
_POINTING = re.compile(
    rf"{_HE.pattern}|{_IT.pattern}|\b(?:in|of|at|to|for|about|from|does|did|is|was|were|are) (?:this|that|these|those)\b(?! (?:year|month|week))"
    r"|^(?:that|this|these|those)\b|\bthe (?:first|second|third|last|other) one\b|\b(?:this|these|those) (?!year|month|week)[a-z]+\b|\bthere\??$",
    re.I,
)  # fmt: skip
_NAME = re.compile(r"(?<!^)(?<![.?!] )\b[A-Z][\w'-]+(?: [A-Z][\w'-]+)*")
_FEW = 3  # words of an English question that can hardly stand alone


def joined(topic: str, text: str, people: list[str]) -> str:
    """Return an English question that stands alone after a topic; `people`: whom "he" may mean, the likeliest first."""
    asked = _OPENING.sub("", text.strip())
    about = _ABOUT.match(asked.rstrip("?!. "))
    pointing = _POINTING.search(asked)
    name = _NAME.search(asked)
    if pointing and name and name.start() < pointing.start():
        pointing = None  # it points at what the question itself names
    short = len(asked.split()) <= _FEW and not name
    if not (about or pointing or short or (asked != text.strip() and not name)):
        return text
    if about and (whole := _exchanged(topic, (about[1] or about[2] or about[3]).strip())):
        return whole
    subject = subject_in_english(topic) if topic.isascii() else topic.rstrip("?？ ")
    if people and (match := _HE.search(asked)):
        return _put(asked, match, people[0])
    if match := _IT.search(asked):
        return _put(asked, match, subject)
    bare = asked.rstrip("?!. ")
    return f"{bare[0].upper()}{bare[1:]}: {subject}?" if bare else text


def _put(asked: str, match: re.Match[str], subject: str) -> str:
    """Return a question with what a pronoun means in its place."""
    ending = "'s" if match[0].lower() in _WHOSE and not subject.endswith("'s") else ""
    whole = f"{asked[: match.start()]}{subject}{ending}{asked[match.end() :]}"
    return whole[0].upper() + whole[1:]


def _exchanged(topic: str, new: str) -> str | None:
    """Return the topic with its year or its last name changed for a new one, None if it has none."""
    years = _YEAR.findall(topic)
    for pattern, step in ((_BEFORE, -1), (_AFTER, 1)):
        if years and pattern.fullmatch(new):
            return topic.replace(years[-1], str(int(years[-1]) + step))
    if _YEAR.fullmatch(new):
        return topic.replace(years[-1], new) if years else f"{topic.rstrip('? ')} in {new}?"
    names = _NAME.findall(topic)
    return topic.replace(names[-1], new) if names and new[:1].isupper() else None
