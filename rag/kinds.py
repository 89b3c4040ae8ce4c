"""What kind of answer a question asks for, by its words; and what kinds of things stand in a sentence.

Kinds: person, place, organisation, number, date, duration, name, definition, list, why, how, yesno, other.
All patterns read folded text (`index.text.fold`).
"""

import re

KINDS = (
    "person", "place", "organisation", "number", "date", "duration", "name",
    "definition", "list", "why", "how", "yesno", "other",
)  # fmt: skip
SHORT_KINDS = frozenset({"person", "place", "organisation", "number", "date", "duration", "name"})

_ORGANISATION = "单位|部门|公司|企业|机构|学校|大学|医院|组织|局|团队|媒体|银行|集团|协会|法院|委员会|高校|院校|厂家|平台|报社|工厂|基金会|俱乐部|球队|派出所|救援队|乐队|事务所|研究所|法庭|商会|支队|大队|分局|机制"
_PLACE = "省|市|区|县|镇|乡|村|州|国(?!际)家?|城市|地方|地区|地点|位置|街道|社区|省份|高新区|园区|路|港口|岛|场馆|体育馆|校区|车站|景区|基地|机场|码头|路口|路段|小区|公园|景点|航线"
_PERSON = "人员|官员|运动员|演员|队员|球员|委员(?!会)|店员|党员|司机|教练|学生|老师|教师|医生|护士|工人|农民|村民|市民|居民|选手|[作画专]家|科学家|企业家|艺术家|导演|歌手|明星|领导|干部|警察|警官|民警|律师|法官|厨师|记者|作者|学者|患者|男子|女子|老人|孩子|青年|老板|[市县部局校院镇村厂处]长|书记|主任|主席|总统|总理|大使|教授|博士|院士|代表|将军|战士|冠军|得主|负责人|人(?![民口大])"
_WHICH = "哪一?[个家所座支些届条段片处]?|什么|何|啥|哪[一两三四五几]?[个家所座]"

# The first pattern that is found decides. Order is from the most telling to the least.
_CHINESE = (
    (
        "other",
        r"^(?!.*(?:多少|几|谁|哪)).*(?:怎么[看说样]|咋样|(?:如何|怎样|怎么|咋)(?:看待?|评价|回应|表示|说|形容|认为)|(?:如何|怎样|怎么样)(?:了|呢)?[?]*$|(?:什么|何|啥)(?:样的)?(?:意义|影响|看法|评价|反应|回应|态度|想法|感受|打算|后果|意见)|态度$|(?:说了?|强调|表示|提到|讲了?|指出)(?:了)?(?:些)?(?:什么|啥)|发生了?(?:什么|啥))",
    ),
    (
        "why",
        r"^(?:为什么|为啥|为何)[?]*$|凭(?:什么|啥)|因(?:为)?(?:什么|啥)|出于(?:什么|啥)|什么理由|(?:解决|应对)(?:什么|啥)问题|(?:为了|图的?是?|目的是|初衷是|用意是)(?:什么|啥)|干[吗嘛啥](?:用的?)?[?]*$|有(?:什么|啥)用[?]*$|为什么(?!(?:$|[?。]))|(?<![封命改称评定誉列选名作更])为什么|为何|为啥|缘何|何以|(?:怎么|咋)(?:就|都|又|会|没|不|这么|那么|突然)|(?:怎么|咋)(?!样|办|处理|解决)[^,。]{1,10}了[?]*$|怎么(?:引起|造成|导致)|什么原因|原因(?:是什么|在哪|有哪些|何在)|什么缘故|出于什么|因何|咋会",
    ),
    (
        "yesno",
        r"吗[?。!]*$|吗[,?]|是否|有没有|是不是|能不能|会不会|可不可以|对不对|要不要|有无|可否|能否|算不算|没有?[?]*$|(?<![什怎多这那要])么[?]*$|([\u4e00-\u9fff])[不没]\1|不[?]*$|[了的]吧[?]*$|^是.*吧[?]*$",
    ),
    (
        "duration",
        r"多久|多长时间|(?:期|寿命|工龄|年限|航程|行程|时间|耗时)(?:是|有|为|要)?多(?:[长久](?!公里|千米|米)|少(?=天|年|个?月|小时|分钟|时间|[?]|$))|(?<!民国)(?<!西元)(?<!公元)(?<!月)(?<!哪)(?:几|多少)个?(?:钟头|年(?!级)|天|月|个月|小时|分钟|周|星期|日)(?!份|几)(?!.*(?:哪|第))|历时|为期|期限|时长|时限|工期|任期|有效期",
    ),
    (
        "date",
        r"什么时[候间]|何时|啥时|哪一?[年月天日]|几[月日号点]|从?哪天(?:[到至]哪天)?|哪个(?:月|季度|年份|日子)|什么日子|(?:什么|哪一?个?)(?:年代|世纪)|几世纪|(?:民国|西元|公元)几年|(?<![任如])何年|哪几[年天]|几时|(?:星期|周|礼拜)几|几几年|哪段时间|(?:时间|日期)(?:是|为)?(?:什么|啥)?[?]*$|日期(?!.*(?:谁|哪位))|多会儿|什么年份|哪个时间|在哪一年",
    ),
    (
        "number",
        r"多少|(?<!哪)几(?!乎)[^,。?]|第几|多[大高长重宽深远快厚]|占比|百分之几|几成|比例(?:是|为|达)|(?:多|少)多少|规模(?:有)?多",
    ),
    ("how", r"通过(?:什么|哪)|靠(?:什么|啥)"),
    (
        "organisation",
        r"谁[\u4e00-\u9fff]{0,3}(?:承办|主办|协办|冠名|领投|承建|中标|出品)|由哪[几两三]?家|(?:单位|公司|企业|机构|部门|[主承协]办方)(?:是|为)谁",
    ),
    (
        "list",
        r"都(?:是|有)(?:什么|啥|谁|哪)|大[\u4e00-\u9fff]{2,4}(?:是|有)(?:什么|啥)|哪些(?!人)|哪[几两三四五六七八九十0-9](?!年|天|月|位)|分别(?:是|为|有|叫|位于)",
    ),
    (
        "person",
        rf"姓(?:什么|啥|甚)|(?:{_PERSON}|[员师手长者]|[母父]亲|妻子|丈夫|[儿女]子?|国王|女王|主唱|网红|家长)(?:都|又|究竟)?(?:叫|名叫)(?:什么|啥)|哪一位|哪一?[个名位][\u4e00-\u9fff]{{0,4}}?(?:{_PERSON})|(?:{_PERSON}|[\u4e00-\u9fff]师)是哪个|(?:议长|总理|总统|主席|医生|主任|书记|局长|院长|校长|青年|民警|警官|男子|女子|队长|老师|教授|院士|经理|董事长|记者|作者|裁判|选手|队员|教练|演员|市长|部长|司令|代表|负责人|发言人|委员|老人|学生|村民|先生|女士|姑娘|小伙|的人)(?:叫|名叫|姓名|是)(?:什么|啥)|谁|哪位|哪几位|何人|什么人|哪些人|哪[一]?个人|啥人|由哪位",
    ),
    (
        "place",
        rf"哪里|哪儿|何处|何地|什么地方|啥地方|(?:在|到|去|从|往|位于|来自|设在|落户)哪(?!一?[年月天日些种项方家所])|哪[个条座片][\u4e00-\u9fff]{{0,3}}(?:街|自治区|海峡|草原|大桥|隧道|湖|河|岛|湾)|(?:{_WHICH})(?:{_PLACE})|地点",
    ),
    (
        "organisation",
        rf"(?:{_WHICH})(?:[^,。?]{{0,4}})(?:{_ORGANISATION}|小学|中学|部委|[支个][^,。?]{{0,4}}队)|哪家|由哪",
    ),
    (
        "list",
        r"哪些|哪[几两三四五六七八九十0-9][^一]|(?:是|有)谁和谁|分别(?:是|为|有|叫)|有什么(?!用)|包括(?:什么|哪)|都有(?:什么|啥|谁)|些(?:什么|啥)|什么(?:内容|方面|措施|举措|做法|活动|服务|项目|品种|任务|功能)|几方面",
    ),
    (
        "name",
        r"(?:主题|名称|名字|题目|标题|口号|全称|简称|书名|片名|店名|俗名|别名|座右铭|暗语)(?:是|叫|为)?(?:什么|啥)?[?]*$",
    ),
    (
        "definition",
        r"什么叫|啥叫|意味着什么|什么是|何谓|指的?是?什么|指啥|什么意思|啥意思|是干(?:什么|啥)的|是做什么的|(?:干|做|研究|用来做)(?:什么|啥|嘛)(?:用)?的|是(?:一)?[种个颗类](?:什么|啥|怎样)|是(?:个)?(?:什么|啥)[?]*$|啥是|含义|是怎样的一",
    ),
    (
        "name",
        r"叫什么|叫啥|(?:什么|哪个)(?:牌子|品牌|型号|牌号)|[绰外代雅]号|名称|名字|什么名|主题|题目|标题|哪一?(?:本|部|款|种|届|项|条|首|期|门|场|类|只|艘|架|张|篇|份|所|座|把|支|次|台|个|出|道|枚|颗|头|匹|幅|件|样)|什么(?:奖|称号|荣誉|计划|平台|系统|产品|技术|专业|作物|品牌)|全称|简称|称为|被称|誉为|改名",
    ),
    (
        "how",
        r"怎么|如何|怎样|咋|通过(?:什么|哪)|(?:什么|哪种|何种|啥)(?:方式|方法|办法|途径|手段|渠道|形式|模式)|靠什么|用什么|凭借",
    ),
    ("name", r"(?:什么|啥|何种)(?!样|时|地|人|情况|事|原因|问题|意思|用)[\u4e00-\u9fff]{1,6}[?]*$"),
)
# A query without a question word: its last words tell.
_PHRASE = (
    ("why", r"(?:原因|缘由|理由|死因|起因|成因|病因|动机|目的|初衷)[?]*$"),
    ("number", r"(?:数量|人数|金额|总额|占比|比例|增幅|涨幅|跌幅|降幅|增速|面积|销售额|产值|产量|总量|数|量|额|率|价格|票价|均价|房租|租金|费用|成本|市值|营收|利润|规模|距离|高度|长度|重量|温度|得分|比分|票房|指数|次数|家数|个数|人次|总数|罚款|造价|投资额|奖金|损失|[上下]限|门槛|水位|亩产|寿命|比重|点位|值|价)[?]*$"),
    ("date", r"(?:时间|日期|年份|何年|哪年)是?[?]*$"),
    ("duration", r"(?:期限|时长|周期|天数|年限)[?]*$"),
    ("place", r"(?:地点|地址|位置|举办地|所在地|产地|籍贯|城市|发源地)[?]*$"),
    ("person", r"(?:(?<!人)(?<!成)(?<!会)[者员师]|(?<!增)(?<!成)(?<!特)(?<!时)(?<!延)(?<!全)长|(?:领导|负责|发言|主持|创始|代表|发起|继承|当事|举报|经营|候选|监护|责任|报告|嫌疑)人|总?指挥|大使|主席|总理|总统|局长|书记|市长|区长|县长|镇长|主任|记者|作者|姓名|董事长|总经理|院长|校长|创始人|冠军|主持人|教练|得主|人选|导演|主演|代表人|发言人)[?]*$"),
    ("organisation", rf"(?:主办方|承办方|{_ORGANISATION})[?]*$"),
    ("name", r"(?:主题|名称|书名|奖项|全称|称号|口号)[?]*$"),
    ("how", r"(?:方式|方法|办法|途径|流程|步骤)[?]*$"),
    ("list", r"(?:前[三五十]|人员|成员|原则|重点|措施|举措|做法|内容|名单|政策|目标|任务|要求|建议|成果|特点|亮点|项目|议题)[?]*$"),
    ("definition", r"(?:定义|含义|意思|概念)[?]*$"),
)  # fmt: skip
_ENGLISH = (
    ("other", r"^what (?:did|does|do|has|have|had) .*\b(?:say|said|think|announce|announced|claim|warn)\b|^what (?:has |had )?happen"),
    ("why", r"^how come\b|\bwhat (?:reasons?|caused|led|made|prompted)\b"),
    ("definition", r"\bwhat (?:is|are) (?:an? |meant by )(?!.* (?:of|in|for) )|\bwhat (?:is|are) (?!the |his |her |its |their |your )[a-z-]+(?: [a-z-]+)?[?]*$"),
    ("number", r"\bwhat (?:is|was|were|are) the (?:[a-z]+ )?(?:population|area|size|length|height|cost|price|number|amount|rate|output|share|percentage|score|budget|value|volume|speed|temperature|weight|depth|distance|growth|salary|revenue|profit|total)\b"),
    ("duration", r"\bhow long\b|\bhow many (?:years|days|months|hours|minutes|weeks)\b|\bfor how\b"),
    ("number", r"\bhow (?:many|much|large|big|high|tall|far|fast|old|deep|heavy)\b|\bwhat (?:percentage|percent|share|number|amount|proportion|rate|fraction|price|total)\b|\bby how\b|\bnumber of\b"),
    ("date", r"\bwhen\b|\b(?:what|which) (?:year|date|day|month|time)\b"),
    ("person", r"\bwho\b|\bwhom\b|\bwhose\b|\b(?:what|which) (?:person|people|official|president|mayor|director|leader)\b|\bname of the (?:director|mayor|person|official|head)\b"),
    ("place", r"\bwhere\b|\b(?:what|which) (?:city|country|district|province|county|place|town|state|region|area|river|village)\b"),
    ("place", r"\b(?:what|which) [a-z]+ (?:city|country|district|province|county|town|state|region|river|village|island|airport)\b"),
    ("organisation", r"\b(?:what|which) (?:[a-z]+ )?(?:ministry|regulator|delegation|council|party|authority|commission|committee|army|navy|company|university|agency)\b|\b(?:what|which) (?:company|organi[sz]ation|agency|bureau|institution|university|school|hospital|department|team|group|firm|bank)\b"),
    ("why", r"\bwhy\b|\bwhat (?:reason|caused|led)\b|\bfor what reason\b"),
    ("organisation", r"\b(?:what|which) (?:[a-z]+ )?(?:station|body|unit|bureau|office|court|media|newspaper|band|club)\b"),
    ("person", r"\b(?:what|which) (?:executive|minister|scholar|leader|head|captain|expert|player|athlete|officer|doctor|teacher|artist|writer|author|singer|actor|driver|coach|scientist|professor|lawyer|judge|king|queen|woman|man|student|envoy|diplomat|general)\b"),
    ("name", r"\b(?:name|title|theme|slogan) of\b|\b(?:called|named|titled|known as|nicknamed)\b|\bwhat (?:is|was) the (?:name|theme|title)\b"),
    ("list", r"\bwhat (?:are|were)\b|\bwhich [a-z]+s\b|\blist\b|\bname (?:the|two|three|all)\b|\bwhat [a-z]+s (?:are|were|did|does|do|have)\b"),
    ("definition", r"\bwhat does .* mean\b|\bwhat (?:is|was) (?:an? )?[^ ]+[?]*$|\bdefinition\b|\bmeaning of\b"),
    ("how", r"\bhow\b"),
    ("yesno", r"^(?:is|are|was|were|do|does|did|has|have|had|can|could|will|would|should)\b"),
    ("name", r"\b(?:what|which)\b"),
)  # fmt: skip

_ASKS = re.compile(
    r"多少|几|谁|什么|哪|何|怎|如何|咋|啥|[吗么吧呢]|多[大高长久重宽深远快厚]|是否|是不是|[有没]没|没有?[?]*$|不[?]*$|[?]"
)
_RULES = {
    language: [(kind, re.compile(pattern)) for kind, pattern in rules]
    for language, rules in (("zh", _CHINESE), ("phrase", _PHRASE), ("en", _ENGLISH))
}


def kind_of(key: str, language: str) -> str:
    """Return the kind of answer that a folded question asks for, one of `KINDS`."""
    asks = _ASKS.search(key)
    for rules in ("en",) if language == "en" else ("zh", "phrase") if asks else ("phrase", "zh"):
        for kind, pattern in _RULES[rules]:
            if pattern.search(key):
                return kind
    return "other"


_DIGIT = "0-9零〇一二两三四五六七八九十百千万亿半数几多"
_UNIT = "家|个|人|名|件|项|次|位|户|所|条|份|元|美元|公里|米|吨|亩|公斤|千克|克|平方米|平方公里|公顷|立方米|千瓦|岁|倍|%|人次|辆|台|套|支|只|座|栋|场|届|种|类|批|批次|部|本|篇|幅|首|艘|架|枚|颗|株|棵|头|斤|两|升|度|分|层|间|张|笔|单|期|处|片|对|组|队|班|门|轮|波|街|镇|村|县|区|市|省|国|款|道|口|罐|箱|瓶|袋|盒|股|例|起|宗|桩|成|点|℃|°c"
_EVIDENCE = {
    "number": re.compile(rf"[0-9][0-9,.]*(?:多|余)?(?:[十百千万亿]+)?(?:多|余)?(?:{_UNIT})|[0-9]+(?:\.[0-9]+)?|[{_DIGIT}]{{1,6}}(?:多|余)?(?:{_UNIT})"),
    "date": re.compile(r"(?:[0-9]{2,4}|[零〇一二三四五六七八九]{4})年(?:[0-9一二三四五六七八九十]{1,3}月)?(?:[0-9一二三四五六七八九十]{1,3}[日号])?|[0-9一二三四五六七八九十]{1,3}月(?:[0-9一二三四五六七八九十]{1,3}[日号]|底|初|份|中旬|上旬|下旬)?|[0-9]{1,2}[日号](?:上午|下午|晚)?|昨[天日]|今[天日年]|明[天年]|去年|前年|[上下]半年|近日|日前|\b(?:january|february|march|april|may|june|july|august|september|october|november|december)\b|\b(?:19|20)[0-9]{2}\b"),
    "duration": re.compile(rf"[{_DIGIT}]+(?:多|余)?(?:个)?(?:多)?(?:年|天|月|小时|分钟|周|星期|秒|日|昼夜)(?:多|余|以上|左右)?"),
    "name": re.compile(r"[“《][^”》]{1,40}[”》]|\"[^\"]{1,60}\""),
    "why": re.compile(r"因为|由于|因此|为了|为此|所以|原因|因[^此]|旨在|缘于|源于|得益于|使得|导致|以便|\bbecause\b|\bdue to\b|\bsince\b|\bso that\b"),
    "how": re.compile(r"通过|采取|采用|利用|借助|依托|按照|以[^来上下及前后]|运用|方式|方法|\bby\b|\bthrough\b|\busing\b"),
    "definition": re.compile(r"是(?:一|指|由|我国|全国)|指的?是|即|所谓|称为|简称|定义|\bis an?\b|\brefers to\b|\bmeans\b"),
    "list": re.compile(r"、[^、]{1,30}、|以及|包括|分别|等|一是|首先|;[^;]+;|\band\b"),
    "organisation": re.compile(rf"[\u4e00-\u9fff]{{2,}}(?:{_ORGANISATION}|委|厅|部|中心|院|所|社|会|政府|办公室|处|联盟|公安|站)"),
    "place": re.compile(rf"[\u4e00-\u9fff]{{1,8}}(?:{_PLACE}|山|河|湖|江|海|湾|广场|大厦|中心|公园|馆|会议室|酒店)|\bin [a-z]+\b"),
}  # fmt: skip


def evidence(key: str) -> dict[str, list[str]]:
    """Return what a folded sentence holds that could answer, by kind: numbers, dates, quoted names and so on.

    Persons are not here: they need the words (see `rag.names`).
    """
    return {kind: pattern.findall(key) for kind, pattern in _EVIDENCE.items()}
