"""What the span ranker looks at: a row of numbers for each candidate of a sentence."""

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from rag.kinds import KINDS
from rag.runs import Codes, code_points, shared_runs
from rag.spans.candidates import CLAUSE, Ints, clause_numbers
from rag.spans.tokens import CLASS, Tokens, one_of

Floats = npt.NDArray[np.float32]

_ASKING = re.compile(
    r"多少|什么时[候间]|多长时间|多久|什么|哪[一]?[个些里儿位家年天月日种项款本届支条座所]?|谁|何[时地处人]?|为何|怎么样?|怎样|如何|咋|啥|几"
    r"|how (?:many|much|long)|who|what|when|where|which|why|how"
)
_CUES = (
    "是", "为", "在", "由", "叫", "于", "达", "达到", "共", "约", "称为", "名为", "因", "因为", "由于",
    "通过", "有", "从", "到", "至", "的", "和", "、", "与", "了", "超", "超过", "近", "被", "以", "对", "向",
    "使", "让", "成为", "获", "获得", "表示", "介绍", "说", "来自", "位于", "负责人", "主任", "书记", "局长", "“",
    "”", "《", "》", "(", ")", ",", "。", ":", "等", "人", "中", "将", "后", "时", "上", "举行", "召开",
    "开始", "担任", "包括", "分别", "就是", "即", "为了", "占", "增长", "每", "其中", "今年",
)  # fmt: skip
_CUE = {cue: number + 1 for number, cue in enumerate(_CUES)}
_COUNTED = (
    "number",
    "date",
    "time",
    "person",
    "place",
    "organisation",
    "title",
    "unknown",
    "noun",
    "verb",
    "mark",
    "latin",
    "particle",
    "where",
    "adverb",
    "measure",
)
_COUNTABLE = one_of("number", "date")
_YEAR = re.compile(r"(?:[12][0-9]{3}|[零〇一二三四五六七八九]{4})年")
_LASTING = re.compile(r"(?:年|月|天|小时|分钟|周|星期|秒|日)[多余]?$")
_CALENDAR = re.compile(r"[年月日号天时点秒周期]$")
_ORGANISATION = re.compile(
    r"(?:公司|集团|大学|学院|医院|银行|局|部|厅|委|委员会|中心|协会|法院|政府|所|院|社|会|办公室|处|队|学校|中学|小学|基金会|联盟|站|厂|办|馆|组织)$"
)
_PLACE = re.compile(
    r"(?:省|市|区|县|镇|乡|村|州|国|路|街|街道|社区|港|岛|山|河|湖|江|海|湾|广场|大厦|中心|公园|馆|会议室|酒店|基地|园区|路口|校区|站|洲|地区|机场|园|场)$"
)
_RUN = 10  # characters before or after a candidate that count as one piece with the question
_NEAR = 8  # characters before or after it that are near
NAMES = (
    "tokens", "chars", "asked", "asked_pairs", "first", "last", "before", "after", "cue_before", "cue_after",
    "cue_before_2", "clause_start", "clause_end", "place", "inside_quotes", "inside_title", "left_3",
    "right_3", "clause_asked", "to_left", "to_right", "kind", "unit_last", "unit_in", "focus_in",
    "focus_last", "focus_after", "typed", "only_typed", "near_left", "near_right", "english", "sentence",
    "rivals", "sentence_asked", "list_mark", "organisation_end", "place_end", "first_chars", "numbers_asked",
    "left_run", "right_run", "left_run_gap", "left_8_rare", "right_8_rare", "clause_rare", "clause_rare_gap",
    "is_title", "is_quoted", "ordinal", "asked_ordinal", "year_first",
    *(f"n_{name}" for name in _COUNTED),
)  # fmt: skip

FIXED = (
    "tokens", "chars", "first", "last", "before", "after", "cue_before", "cue_after", "cue_before_2", "clause_start",
    "clause_end", "place", "inside_quotes", "inside_title", "sentence", "list_mark", "organisation_end", "place_end",
    "first_chars", "is_title", "is_quoted", "ordinal", "year_first", *(f"n_{name}" for name in _COUNTED),
)  # fmt: skip
_PLACE_OF = {name: place for place, name in enumerate(NAMES)}
_FIXED = [_PLACE_OF[name] for name in FIXED]


@dataclass(frozen=True)
class AskedSpan:
    """A folded question, prepared for spans: `whole`, and without its question word: `key`, its character pairs, and
    what stands round that word."""

    whole: str
    key: str
    kind: str
    pairs: frozenset[str]
    unit: str
    focus: str
    before: str
    after: str
    english: bool


def prepare_span(key: str, kind: str) -> AskedSpan:
    """Return a folded question prepared for spans."""
    match = _ASKING.search(key)
    low, high = match.span() if match else (len(key), len(key))
    unit = key[high : high + 1] if match and match[0] in ("多少", "几") else ""
    focus_match = re.match(r"[\u4e00-\u9fff]{1,4}", key[high:])
    bare = key[:low] + " " + key[high:]
    latin, han = len(re.findall(r"[a-z]+", key)), len(re.findall(r"[\u4e00-\u9fff]", key))
    focus = focus_match[0] if focus_match else ""
    return AskedSpan(
        key,
        bare,
        kind,
        frozenset(bare[i : i + 2] for i in range(len(bare) - 1)),
        unit,
        focus[:2],
        key[max(0, low - 4) : low],
        key[high : high + 4],
        latin > han,
    )


@dataclass(frozen=True)
class Spans:
    """The candidates of a sentence, and all of their features that no question changes.

    `low`, `high`: first and last token of each, (n,); `starts`, `ends`: its characters; `texts`: what it says.
    `fixed`: the columns `FIXED`, (n, len(FIXED)).
    """

    tokens: Tokens
    low: Ints
    high: Ints
    starts: Ints
    ends: Ints
    texts: list[str]
    first_of: npt.NDArray[np.intp]
    last_of: npt.NDArray[np.intp]
    once: Floats
    fixed: Floats
    said: dict[re.Pattern[str], npt.NDArray[np.bool_]] = field(default_factory=dict)

    def say(self, pattern: re.Pattern[str]) -> npt.NDArray[np.bool_]:
        """Return which candidates say what a pattern finds, (n,); kept for the next question."""
        if pattern not in self.said:
            self.said[pattern] = _each(self.texts, lambda text: pattern.search(text) is not None)
        return self.said[pattern]


def spans_of(tokens: Tokens, low: Ints, high: Ints) -> Spans:
    """Return the candidates `low[i]`…`high[i]` (tokens), prepared for any question."""
    key = tokens.key
    starts, ends = tokens.starts[low], tokens.ends[high]
    texts = [key[a:b] for a, b in zip(starts.tolist(), ends.tolist(), strict=True)]
    clauses = clause_numbers(tokens)
    often = Counter(tokens.texts)
    classes = np.concatenate([tokens.classes, [-1, -1]])
    cues = np.array([_CUE.get(text, 0) for text in tokens.texts] + [-1, -1])
    breaks = np.array([text in CLAUSE for text in tokens.texts] + [True, True])
    counted = np.stack([_sums((tokens.classes == CLASS[name]).astype(np.float32)) for name in _COUNTED])
    columns = {
        "tokens": high - low + 1,
        "chars": ends - starts,
        "first": tokens.classes[low],
        "last": tokens.classes[high],
        "before": classes[low - 1],
        "after": classes[high + 1],
        "cue_before": cues[low - 1],
        "cue_after": cues[high + 1],
        "cue_before_2": np.where(low >= 2, cues[low - 2], -1),
        "clause_start": (low == 0) | breaks[low - 1],
        "clause_end": breaks[high + 1],
        "place": starts / max(1, len(key)),
        "inside_quotes": _between(tokens, low, high, "“", "”"),
        "inside_title": _between(tokens, low, high, "《", "》"),
        "sentence": np.full(len(low), len(key)),
        "list_mark": _each(texts, lambda t: "、" in t),
        "organisation_end": _each(texts, lambda t: bool(_ORGANISATION.search(t))),
        "place_end": _each(texts, lambda t: bool(_PLACE.search(t))),
        "first_chars": (tokens.ends - tokens.starts)[low],
        "is_title": _each(texts, lambda t: t[0] == "《" and t[-1] == "》"),
        "is_quoted": _each(texts, lambda t: t[0] == "“" and t[-1] == "”"),
        "ordinal": _each(texts, lambda t: t[0] == "第"),
        "year_first": _each(texts, lambda t: bool(_YEAR.match(t))),
        **dict(zip((f"n_{name}" for name in _COUNTED), counted[:, high + 1] - counted[:, low], strict=True)),
    }
    return Spans(
        tokens,
        low,
        high,
        starts,
        ends,
        texts,
        np.searchsorted(clauses, clauses[low], side="left"),
        np.searchsorted(clauses, clauses[high], side="right"),
        np.array([1.0 / often[text] for text in tokens.texts], dtype=np.float32),
        np.stack([np.asarray(columns[name], dtype=np.float32) for name in FIXED], axis=1),
    )


def span_features(asked: AskedSpan, spans: Spans) -> Floats:
    """Return the rows of the candidates of a sentence, shape (n, len(NAMES))."""
    tokens, low, high = spans.tokens, spans.low, spans.high
    begins, stops = spans.starts, spans.ends
    size, codes = len(tokens), code_points(tokens.key)
    lengths = (stops - begins).astype(np.float32)
    widths = np.minimum(4, tokens.ends - tokens.starts)
    matched = np.array(
        [text in asked.key and (len(text) > 1 or not text.isdigit()) and text[0].isalnum() for text in tokens.texts],
        dtype=np.float32,
    )
    mass = _sums(matched * widths)
    before, after, paired = _shared(asked, codes)
    pairs = _sums(paired)
    padded = np.concatenate([[-50], np.flatnonzero(matched), [size + 50]])
    wanted = _typed(asked.kind, tokens)
    typed = _sums(wanted)
    left_run = np.minimum(_RUN, before)[begins]
    rare = _sums(matched * spans.once * widths)
    clause_rare = rare[spans.last_of] - rare[spans.first_of]
    count = typed[high + 1] - typed[low]
    full = (count > 0) if typed[-1] else np.ones(len(low), dtype=bool)
    unit, focus, first = (_stands(text, codes) for text in (asked.unit, asked.focus, asked.focus[:1]))
    columns = {
        "asked": (mass[high + 1] - mass[low]) / lengths,
        "asked_pairs": (pairs[stops - 1] - pairs[begins]) / np.maximum(1, lengths - 1),
        "left_3": mass[low] - mass[np.maximum(0, low - 3)],
        "right_3": mass[np.minimum(size, high + 4)] - mass[high + 1],
        "clause_asked": mass[spans.last_of] - mass[spans.first_of],
        "to_left": low - padded[np.searchsorted(padded, low, side="left") - 1],
        "to_right": padded[np.searchsorted(padded, high, side="right")] - high,
        "kind": KINDS.index(asked.kind),
        "unit_last": unit[stops - 1],
        "unit_in": _within(unit, begins, stops),
        "focus_in": _within(focus, begins, stops - max(0, len(asked.focus) - 1)),
        "focus_last": first[stops - 1] | (focus[stops - len(asked.focus)] & (lengths >= len(asked.focus))),
        "focus_after": focus[stops],
        "typed": count,
        "only_typed": count / (high - low + 1),
        "near_left": _count_near(asked.before, codes, begins - _NEAR, begins),
        "near_right": _count_near(asked.after, codes, stops, stops + _NEAR),
        "english": asked.english,
        "rivals": wanted.sum(),
        "sentence_asked": mass[-1],
        "numbers_asked": after[begins] >= lengths,
        "left_run": left_run,
        "right_run": np.minimum(_RUN, after)[stops],
        "left_run_gap": left_run - _top(left_run, full),
        "left_8_rare": rare[low] - rare[np.maximum(0, low - 8)],
        "right_8_rare": rare[np.minimum(size, high + 9)] - rare[high + 1],
        "clause_rare": clause_rare,
        "clause_rare_gap": clause_rare - _top(clause_rare, full),
        "asked_ordinal": "第" in asked.key,
    }
    rows = np.empty((len(low), len(NAMES)), dtype=np.float32)
    rows[:, _FIXED] = spans.fixed
    for name, column in columns.items():
        rows[:, _PLACE_OF[name]] = column
    return rows


def _shared(asked: AskedSpan, codes: Codes) -> tuple[Ints, Ints, Floats]:
    """Return for each place between characters, (characters + 1,), how many before it and how many after it stand in
    the question in one piece; and where its character pairs begin, (characters,)."""
    before, after = (np.zeros(len(codes) + 1, dtype=np.int32) for _ in range(2))
    pairs = np.zeros(len(codes), dtype=np.float32)
    for size, begins in enumerate(shared_runs(code_points(asked.key), codes, len(codes)), 1):
        before[begins + size] = after[begins] = size
        if size == 2:
            pairs[begins] = 1
    return before, after, pairs


def _stands(text: str, codes: Codes) -> npt.NDArray[np.bool_]:
    """Return whether one or two characters stand at each place, (characters + 1,); nowhere if there are none."""
    found = np.zeros(len(codes) + 1, dtype=bool)
    for i, code in enumerate(code_points(text)):
        here = codes[i:] == code
        found[: len(here)] = found[: len(here)] & here if i else here
        found[len(here) :] = False
    return found


def _within(there: npt.NDArray[np.bool_], begins: Ints, stops: Ints) -> npt.NDArray[np.bool_]:
    """Return whether something stands at a place in `[begins, stops)`, for each of them."""
    counts = np.concatenate([[0], np.cumsum(there)])
    return np.asarray(counts[np.maximum(begins, stops)] > counts[begins])


def _count_near(wanted: str, codes: Codes, begins: Ints, stops: Ints) -> Ints:
    """Return how many of some characters stand in `[begins, stops)`, for each of them, as far as the text goes."""
    there = code_points(wanted)[:, None] == codes
    counts = np.concatenate([np.zeros((len(there), 1), dtype=np.int64), np.cumsum(there, axis=1)], axis=1)
    found = counts[:, np.minimum(len(codes), stops)] > counts[:, np.maximum(0, begins)]
    return np.asarray(found.sum(axis=0), dtype=np.int32)


def _top(values: npt.NDArray[np.generic], among: npt.NDArray[np.bool_]) -> float:
    return float(values[among].max()) if among.any() else float(values.max())


def _sums(values: npt.NDArray[np.float32]) -> Floats:
    return np.concatenate([[0.0], np.cumsum(values)]).astype(np.float32)


def _each(texts: list[str], test: Callable[[str], bool]) -> npt.NDArray[np.bool_]:
    return np.array([test(text) for text in texts], dtype=bool)


def _between(tokens: Tokens, low: Ints, high: Ints, open_: str, close: str) -> npt.NDArray[np.bool_]:
    """Return whether a candidate is exactly what two marks enclose."""
    opens = np.array([text == open_ for text in tokens.texts] + [False])
    closes = np.array([text == close for text in tokens.texts] + [False])
    return np.asarray(opens[low - 1] & closes[high + 1], dtype=bool)


def _typed(kind: str, tokens: Tokens) -> Floats:
    """Return for each token whether it is of the kind asked for."""
    of_kind = {
        "person": ("person",), "place": ("place",), "organisation": ("organisation", "unknown"), "number": ("number",),
        "date": ("date", "time"), "name": ("title", "unknown", "latin"),
    }.get(kind, ())  # fmt: skip
    fits = one_of(*of_kind)[tokens.classes].astype(np.float32)
    counted = _COUNTABLE[tokens.classes]
    if kind == "date":
        fits += counted & _each(list(tokens.texts), lambda text: bool(_CALENDAR.search(text)))
    if kind == "duration":
        for i, text in enumerate(tokens.texts):
            before = tokens.texts[i - 1] if i else ""
            dated = (
                _YEAR.match(text)
                or (text[-1] == "月" and "个" not in text)
                or (text[-1] == "日" and before[-1:] in ("年", "月"))
            )
            fits[i] = bool(counted[i] and _LASTING.search(text) and not dated)
    return np.minimum(1.0, fits).astype(np.float32)
