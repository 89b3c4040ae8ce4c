"""A question: its language, the kind of answer it asks for, what it is about; follow-ups made whole."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from index.errors import QueryError
from index.text import Word, close_up, fold, segmenter, words
from rag import follow_up
from rag.answer import Message
from rag.kinds import kind_of
from rag.names import is_name, places_in
from rag.units import units_of

LONGEST = 512  # characters of a question

_HAN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")
_LATIN = re.compile(r"[a-z]+")
_STOP = frozenset(
    "的 了 在 是 和 与 及 或 有 为 对 从 到 由 于 以 被 把 将 让 给 向 这 那 该 此 其 之 也 都 就 还 又 而 但 并 等 中 上 下 里 内 外 个 位 名 家 "
    "请问 请 问 想 知道 告诉 一下 什么 啥 谁 哪 哪个 哪些 哪里 哪儿 哪位 哪家 哪年 哪天 哪一 何 何时 何地 何处 为何 为什么 怎么 怎样 如何 怎么样 咋 咋样 多少 多 "
    "几 多久 多大 多长 多长时间 时候 什么样 吗 呢 吧 啊 呀 嘛 么 哦 了解 介绍 说 说说 关于 有关 是否 有没有 是不是 它们 他们 她们 一共 共 总共 共有 目前 已经 现在 分别 具体 到底 究竟 the a "
    "an of in on at to for by with from and or is are was were be been do does did has have had "
    "what which who whom whose when where why how many much that this these those it its he she "
    "they their his her there as about into than then can could will would should please tell me".split()
)
_ASKING = re.compile(
    r"多少|什么时[候间]|多长时间|多久|几时|什么|哪[一]?[个些里儿位家年天月日种项款本届支条座所场]?|谁|何[时地处人]?|为何|怎么样?|怎样|如何|咋|啥|几"
)
_ASKS = re.compile(
    r"多少|几|谁|什么|哪|何时|为何|怎|如何|多[大高长久]|\b(?:what|who|when|where|which|how)\b", re.IGNORECASE
)
_BETWEEN = re.compile(
    r"[,，;；、](?:又|而|那么?|还|再|同时|以及|并且|另外)?|(?:以及|并且)|[,]? and (?=what|who|when|where|which|how)",
    re.IGNORECASE,
)
_NUMBER = re.compile(r"(?<![a-z0-9.])[0-9]+(?:\.[0-9]+)?(?![0-9])")
_COUNTED = re.compile(
    r"(?:多少|几|第几)(?:[家个名件项次位户所条份元米吨亩克岁倍辆台套支只座栋场届种类批部本篇幅首艘架枚颗株棵头斤度层间张笔单处片对组队班门轮款道口瓶股例起宗桩])(?=[\u4e00-\u9fff])"
)
_COMMON = 300  # how often jieba has counted a word that really begins with what looks like a measure word (家庭, 项目)
_FOCUS = re.compile(r"(?:哪[一几两三四五]?[个些位家种项款本届支条座所场]?|什么|啥)([\u4e00-\u9fff]{1,4})")

_AUTHOR = re.compile(
    r"作者|记者|通讯员|撰稿|署名|(?:谁|哪位[^,。?]{0,3})(?:写|报道|采写|拍|摄|翻译|编辑)|(?:写|报道|拍|摄影?|翻译|编辑)[^,。?]{0,18}是?(?:谁|哪位|何人)|谁[^,。?]{0,6}的(?:报道|照片|摄影|文章|稿)"
    r"|\b(?:who (?:wrote|reported|photographed|took the)|author|reporter|journalist|photographer|byline)\b"
)
_GREETING = re.compile(
    r"^(?:你好|您好|大家好|哈喽|嗨|喂|在吗|在不在|早上好|上午好|中午好|下午好|晚上好|晚安|谢谢|多谢|感谢|辛苦了|再见|拜拜|好的|嗯+|哦+|ok|hi|hello|hey|thanks?|thank you|bye|good (?:morning|evening|night|afternoon))"
    r"(?:你|您|啦|啊|呀|吗|了|there|so much|a lot|你们|呢|哈)*[!。.,~? ]*$"
    r"|^(?:thanks|thank you)\b[^?]{0,40}$|^(?:谢谢|多谢|感谢)(?:你|您)[^?吗呢]{0,16}$"
)
_TO_THE_MACHINE = re.compile(
    r"^(?:请问)?(?:你|您)(?:是谁|是什么|叫什么|叫啥|是(?:不是)?(?:一?个)?(?:机器人|人工智能|ai|真人|人类|chatgpt|gpt)|会(?:做|干|说)?(?:什么|啥)|能(?:做|干|帮我?做?)?(?:什么|啥)|几岁|多大|喜欢|觉得|爱|有(?:没有)?(?:感情|名字|女朋友|男朋友)|今天(?:好|开心)|好吗|吃了|累)"
    r"|^(?:who|what) are you|^are you (?:a |an )?(?:human|robot|ai|real|chatgpt)|^what can you do|^how are you|^what'?s your name|^do you (?:like|love|have|feel|think)"
    r"|(?:今天|最近|现在)?(?:心情|感觉)(?:怎么样|如何|好吗)$"
    r"|^(?:今天|明天|后天|现在|外面|这里)?的?天气(?:怎么样|如何|好不好|好吗|咋样|预报)?$|^(?:how is|how's|what is|what's) the weather(?: like)?(?: today| now| tomorrow)?$"
    r"|忽略(?:以上|之前|前面|上述|所有)|ignore (?:all|the|previous|above)|system prompt|系统提示"
    r"|^(?:你|您)(?:今年)?(?:多大|几岁)|^(?:你|您)(?:会|能|可以)[^的,。]{0,6}吗?$|^(?:你|您)用的?(?:是)?(?:什么|啥|哪个)模型|怎么(?:使用|用)(?:你|您)$"
    r"|^(?:我(?:好|很|真|有点)(?:无聊|累|难过|开心|烦|困)|我(?:爱|喜欢|讨厌|想)(?:你|您)|早安|测试(?:一下)?|帮助|陪我[^?]{0,8}|(?:现在|今天)(?:是)?(?:几点|几号|星期几|周几)了?)(?:了|啊|呀|吧)?$"
    r"|^(?:扮演|假装|假设你是|你现在是)[^?]{1,20}$"
    r"|^(?:can|could|will|would) you (?!(?:please )?tell me (?:who|what|when|where|which|how|why|if|whether))(?:please )?(?:help|write|tell|sing|translate|draw|make|give|play)\b|^who (?:made|created|built|trained) you$"
    r"|^what(?: is|'s) your\b|^how old are you\b|^(?:pretend|act as|roleplay|imagine you)\b|^(?:help(?: me)?|test(?:ing)?)$|^i (?:love|hate|like) you$"
)
_CHAT = re.compile(
    r"^(?:你|您)(?!好|的|知道|们|觉得|看|了解|说|认为|可以告诉|能告诉|能查|能找|懂)[^,，谁哪]{1,10}$|^(?:请)?(?:帮|给|替)我(?!查|找|看|问|搜|介绍|说|讲|了解|列|总结|核实|确认)(?!.*(?:谁|哪|多少|几|何时|什么|为何|怎))"
    r"|^(?:大家|各位|朋友们)?(?:早上|上午|中午|下午|晚上)?好(?:啊|呀)?$|^(?:谢谢|谢了|多谢|感谢|辛苦)(?!.*(?:谁|哪|多少|几|何时|什么|为何|怎|吗))[^?]{0,10}$|^(?:many thanks|much appreciated|cheers)"
    r"|^(?:请)?(?:不要|别)(?:理会|管|遵守|理睬)|^(?:请)?(?:显示|输出|打印|重复|告诉我)(?:一下)?(?:你|您)?的?(?:系统)?(?:提示词?|指令|设定)|^(?:请)?(?:来|讲|说|出|推荐|唱)(?:一)?[个道首段则本部家](?!.*(?:谁|哪|多少|几|何时|什么))[^?]{1,6}$|^(?:请)?(?:把|将)[^?]{1,30}译成(?!.*(?:谁|哪|什么))"
    r"|^(?:现在|今天)[^?谁]{0,5}(?:几点|几月几号|几号|星期几|周几)(?:了|钟)?$|^翻译[:：]"
    r"|^(?:are|do|have) you\b(?! need| have to| get| pay| buy| apply| know| tell me (?:who|what|when|where|which|how|why|if|whether)| please tell| have (?:news|articles|information))|^(?:who|what|why|how) (?:[a-z]+ ){0,2}you(?: [a-z]+)?$|^(?!.*\b(?:who|what|when|where|which|how)\b)(?:say|calculate|compute|count|solve|imagine|sing|dance)\b"
    r"|^(?:(?:嗨|嘿|哈喽|你好|您好|喂)[,， ]*)+(?:在吗|在不在|请问(?:在吗)?)?$|^(?:非常|太|十分|真是|万分|真的?)?(?:感谢|谢谢|多谢)(?:你|您)?(?:们)?(?:的?(?:帮助|回答|解答|支持))?(?:了|啦|啊)?$"
    r"|^(?:你|您)是(?:由)?(?:哪个|哪家|什么|谁)[^?]{0,4}(?:做|开发|训练|研发|制作|创造|设计|发明)(?:出来)?的$|^(?:请)?(?:写|作|编)一?[首篇个段封份则](?!.*(?:谁|哪|多少))|^(?:请|能)?(?:帮|给|替)我翻译"
    r"|^(?:请问)?(?:现在|今天|今年)是?(?:什么时间|几点钟?|几号|什么日子|星期几|哪一?[年天])了?$|^(?:请)?(?:忽略|忘记|忘掉|无视)[^?]{0,8}(?:指示|指令|提示|规则|设定|要求)|^外面(?:在|有没有)?(?:下|刮)(?:雨|雪|风)(?:吗|了)?"
    r"|^how(?:'s| is| are) (?:it|things|everything|life|your day)(?: going)?$|^(?:forget|disregard|override|ignore) (?:your|all|the|previous|everything|any)\b|^tell me (?:something|a|an|about yourself|more about you)\b"
    r"|^(?:哈|呵|嘿|嘻|啊|哇){2,}$|^(?:(?:好的?|行|嗯|哦|算了|没事|不用|我?(?:知道|明白|收到|懂|了解)|不问|没什么|就这样|先这样|谢谢|再见|拜拜|晚安|早安|(?:明天|回头|下次|改天|一会儿?)见)(?:了|啦|吧|啊|呀|哈)?[,， ]*)+$"
    r"|^我(?:好|很|真|有点|太)(?:无聊|累|困|难过|开心|烦|饿|伤心)[了啊]?(?:,[^?谁哪]{0,12})?$"
    r"|^(?:请|麻烦)?(?:你)?(?:自我介绍|(?:介绍|说说|讲讲|描述)(?:一下)?(?:你|您)(?:自己)?)(?:一下)?(?:吧)?$|^(?:你|您)(?:真|好|太|很|挺|可真)[^?的谁哪,多几什怎]{1,8}$"
    r"|^(?:你|您)的(?:知识|训练|数据|模型|版本|功能|能力|开发者|主人|作者|老板|生日|性别|年龄|原理|算法)|^(?:你|您)有(?:什么|哪些|啥|多少)(?:功能|能力|本事|用处?|知识|参数)"
    r"|^(?:你|您)(?:吃饭|吃|睡觉?|休息|下班|起床|忙|在干嘛|在做什么)了?(?:吗|没|没有|呢)?$|^(?:能|可以|想|来)?(?:跟|和|陪)?(?:你|我|咱们)?(?:随便)?聊(?:一?聊)?天?(?:吗|吧|呗|好吗|一下)?$"
    r"|^我(?:今天)?(?:的)?心情[^?谁哪]{1,6}$|^(?:今天|明天|后天|周末|现在|外面|这周)(?:会不会|会|要|有没有|是不是)?(?:下|刮|出)(?:雨|雪|风|太阳)(?:吗|么|了)?$"
    r"|^[0-9.]+(?:加上?|减去?|乘以?|除以)[0-9.]+(?:等于|是)?(?:几|多少)?$|^(?:请|麻烦)?(?:帮|给|替)我(?:写|算|画|做|订|买|设|开|编|作|改|生成|润色|选|挑|取)(?!.*(?:谁|哪|何时|什么时))"
    r"|^(?:hi|hello|hey)\b[ ,!]*(?:there|everyone|wenbao)?[ ,!]*(?:how(?: are|'re) you[^?]{0,12}|what'?s up|nice to meet you)?$|^(?:what(?:'s| is) (?:the )?time|what time is it|what day is (?:it|today))(?: now| today)?$"
    r"|^how do you (?:work|feel)\b|^what(?:'s| is) [0-9.]+ ?(?:[+*x/÷×-]|plus|minus|times|divided by) ?[0-9.]+$|^(?:make|build|draw|find|buy|get) me (?:a|an|some)\b|^(?:good (?:job|bot)|nice|great|cool|wow|lol|haha+|bye bye|see you)[!. ]*$"
)
_REQUEST = re.compile(
    r"^(?!.*(?:谁|哪|多少|何时|什么|比赛|大赛|冠军|得主|名单|时间|地点|数量))(?:请|麻烦|能不能|可以|可不可以|能否|帮忙)?(?:你|您)?(?:能|可以)?(?:请)?(?:帮我|帮忙|给我|替我|为我|给大家)?(?:写|作|创作|编|翻译|讲|唱|画|生成|做|算|计算|设计|推荐|播放|订|买|打开|关闭|放)(?:一?[下首篇个段张封副份则点些]|几[首篇个句]|出|成)?[^?是有了]{0,24}(?:诗|歌|笑话|故事|作文|文章|邮件|代码|程序|图|画|稿|信|句子|英文|英语|中文|日语|票|外卖|餐厅|电影|音乐|闹钟|算术|对联|谜语|文案|简历|论文|餐|酒店)"
    r"|^(?:please )?(?:write|translate|sing|draw|compose|generate|tell me a (?:joke|story)|play|recommend|book|order|set an alarm|summari[sz]e)\b"
    r"|^(?:请|麻烦)?(?:你|您)?(?:帮我|给我|替我)?(?:把|将)[^?]{1,40}(?:翻译|改写|缩写|扩写|润色)(?:成|为|得|一下)(?!.*(?:谁|什么|哪|多少|何))|^(?:请)?翻译(?:一下|:|：|这|下面)|^(?:请)?用(?:python|java|c\+\+|代码)[^?]{0,4}写(?!.*(?:谁|什么|哪|多少|何))"
    r"|^[0-9+\-*/x×÷().= ]+(?:等于(?:几|多少)|是多少|=)?[? ]*$"
)


@dataclass(frozen=True)
class Question:
    """A question as it was understood.

    `text`: as asked; `whole`: made whole from the history (the same where it needs nothing). `key`: `whole`, folded.
    `content`: its words that carry meaning, in order, each once. `names`: those that name something in particular.
    `numbers`: digits asked about. `units`: those that the number asked for may come with (元 for 多少钱). `focus`: what
    stands behind 哪/什么. `author`: it asks who wrote, photographed or translated. `small_talk`: it is no question to an archive. `said`: the answer that it follows up.
    """

    text: str
    whole: str
    language: str
    kind: str
    key: str
    words: tuple[Word, ...]
    content: tuple[str, ...]
    names: tuple[str, ...]
    numbers: tuple[str, ...]
    units: tuple[str, ...]
    focus: str
    author: bool
    small_talk: bool
    said: str = ""

    @property
    def rewritten(self) -> str | None:
        """The whole question where it differs from what was asked."""
        return self.whole if self.whole != self.text else None


def parse_question(text: str, history: Sequence[Message] = ()) -> Question:
    """Return a question as it is understood after the turns before it.

    Raises:
        QueryError: the question is blank, too long, or holds a lone surrogate.
    """
    text = close_up(text.strip())
    if not text.strip("\0 \t\n"):
        raise QueryError("The question is blank. Ask something.", code="question_blank")
    if len(text) > LONGEST:
        raise QueryError(
            f"The question has {len(text)} characters; at most {LONGEST} are read.", code="question_too_long"
        )
    if any("\ud800" <= char <= "\udfff" for char in text):
        raise QueryError(
            "The question holds half of a surrogate pair. Send valid Unicode.", code="question_not_unicode"
        )
    own = fold(text)
    small_talk = is_small_talk(own)
    turns = [turn for turn in history if turn.role != "user" or not is_small_talk(fold(turn.content[:LONGEST].strip()))]
    whole = text if small_talk else follow_up.whole_question(text, turns)
    key = fold(whole)
    language = language_of(own)
    found = question_words(key)
    content = content_words(key, found)
    kind = kind_of(own, language)
    if kind == "other" and whole != text:
        kind = kind_of(key, language)
    focus = _FOCUS.search(own)
    return Question(
        text,
        whole,
        language,
        kind,
        key,
        found,
        content,
        tuple(dict.fromkeys([*(word for word in content if is_name(word)), *places_in(key)])),
        tuple(dict.fromkeys(_NUMBER.findall(key))),
        units_of(own) or units_of(key),
        focus[1] if focus else "",
        bool(_AUTHOR.search(own)),
        small_talk,
        next((turn.content for turn in reversed(history) if turn.role == "assistant"), "") if whole != text else "",
    )


def split_question(text: str) -> list[str]:
    """Return the questions that a text asks one after the other: one, or two, the second with the first's names.

    Example: "甲区有多少家医院，又有多少名医生？" → ["甲区有多少家医院", "甲区又有多少名医生？"].
    """
    for match in _BETWEEN.finditer(text):
        first, second = text[: match.start()], text[match.end() :]
        if _ASKS.search(first) and _ASKS.search(second):
            names = [word.text for word in words(fold(first)) if is_name(word.text)]
            here = [word.text for word in words(fold(second)) if is_name(word.text)]
            carried = "" if here else " ".join(dict.fromkeys(names))
            return [first, f"{carried} {second}".strip()]
    return [text]


def language_of(key: str) -> str:
    """Return "zh" or "en": Latin words without Chinese ones around them make a question English."""
    han, latin = len(_HAN.findall(key)), len(_LATIN.findall(key))
    return "en" if latin > han else "zh"


def is_small_talk(key: str) -> bool:
    """Return whether a folded text is a greeting, a request, or a question to the machine itself."""
    bare = key.strip(" !?.。,~…")
    if not any(char.isalnum() for char in bare):
        return True
    return bool(_GREETING.match(bare) or _TO_THE_MACHINE.search(bare) or _REQUEST.search(bare) or _CHAT.search(bare))


def question_words(key: str) -> tuple[Word, ...]:
    """Return the words of a folded question, each number's measure word by itself: 多少|栋|楼, and not 栋楼."""
    found = tuple(words(key))
    for match in _COUNTED.finditer(key):
        cut = match.end()
        first = next((word for word in found if word.start == cut - 1), None)
        whole = first is not None and len(first.text) > 1 and segmenter().FREQ.get(first.text, 0) >= _COMMON
        if any(word.start < cut < word.end for word in found) and not whole:
            after = (Word(word.text, word.start + cut, word.end + cut) for word in words(key[cut:]))
            found = (*(word for word in found if word.end < cut), Word(key[cut - 1], cut - 1, cut), *after)
    return found


def content_mask(question: Question) -> list[bool]:
    """Return for each character of a question's key whether it is of one of its words that carry meaning."""
    mask = [False] * len(question.key)
    for word in question.words:
        if word.text in question.content:
            mask[word.start : word.end] = [True] * len(word.text)
    return mask


def content_words(key: str, found: Sequence[Word]) -> tuple[str, ...]:
    """Return the words of a folded question without stop words and question words, each once, in order."""
    asking = [match.span() for match in _ASKING.finditer(key)]

    def kept(word: Word) -> bool:
        if word.text in _STOP:
            return False
        return not any(low <= word.start and word.end <= high for low, high in asking)

    return tuple(dict.fromkeys(word.text for word in found if kept(word)))
