"""Words that name something: persons, places, organisations, foreign words; by jieba's dictionary and by form."""

import re
from collections.abc import Sequence
from functools import cache, lru_cache

from index.dictionary import dictionary
from index.places import is_place
from index.text import Word, segmenter

CLASSES = ("nr", "ns", "nt", "nz", "x", "eng", "v", "a", "d", "m", "t", "q", "f", "other", "noun")
_NAMED = ("ns", "nt", "nz")  # jieba's classes of names; those of persons begin with nr
_LETTERS = frozenset("vazbdpcuyqmtrfsil")  # of jieba's word classes, those that are no nouns
_COMMON = 1000  # from which on a word is common
_RARE = 5  # occurrences in jieba's counts: a rarer word is taken for a noun
# The hundred most frequent Chinese surnames cover about 85 % of the people; those after them are frequent in the news.
_SURNAMES = frozenset(
    "习王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏钟汪田任姜范方石姚谭廖邹"
    "熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖龚文庞樊兰殷施陶洪翟安颜倪严牛温芦季俞章鲁葛伍韦申尤毕聂焦向柳邢路岳齐梅莫庄辛管"
    "祝左涂谷祁时舒耿牟卜詹关苗凌费纪靳盛童欧甄项曲成游阳裴席卫查屈鲍位覃霍翁隋植甘景薄单包司柏宁柯阮桂闵解强柴华车冉房边敖应宗丘宫晏巫"
)
# Words of every day that jieba's dictionary has as a place or a person (美丽, 许可).
_NOT_A_NAME = frozenset(
    "东西 镇里 聊天 党组织 都市 王国 帝国 共和国 联邦 中国 全国 我国 国内 国家 外国 各地 当地 本地 两国 三国 第三国 大国 之日起 "
    "高新 任务 方面 金额 时间 成为 万人 易于 文化 向前 关于 马上 安全 成立 应用 强化 单位 包括 管理 时代 "
    "台风 上市 深度 美丽 海洋 青春 嘉宾 普及 福利 治安 河水 上台 中断 上门 满意度 新鲜 惠及 新建 关联 高山 海关 滑坡 西瓜 治国 大街 爱国 大桥 长度 "
    "哥哥 入口 宜居 扎根 锦旗 路桥 回国 英雄 多维度 山水 安宁 美化 波及 确保安全 长大 台次 南路 北路 西路 东路 太阳 深渊 云集 加密 古镇 广大干部 "
    "上岗 江河 越野 法治化 庆典 串联 吉他 入海 维度 四楼 馆藏 大坝 山河 深海 高原 平原 重大意义 大海 新桥 石河 大关 卫国 太多 涉海 巴士 开朗 新春 中考 "
    "外联 海岛 城中村 美德 深水 热烈祝贺 加大力度 多角度 登门 上古 广度 长达 蓝牙 山脉 契约 加盟 延时 下山 下坡 上山 保家卫国 喝口水 经开区 天桥 内山 "
    "山川 河畔 自觉遵守 上路 密封 神圣 海滨 新城 古城 南站 西站 东区 黑河水 河里 上街 治沙 安居 大会 大道 海峡 湖水 江水 海水 城关 城南 城北 城东 城西 "
    "强降雨 文明 洪水 高水平 阳光 卫星 严肃处理 高峰 许可 康复 纪检监察 查明 祝贺 张贴 安抚 顾问 温馨 熊猫 盛夏 安全感 关怀 段时间 安静 安全检查 "
    "庄园 安全性 强台风 顾客 陆军 高清 夏令营 任你选 谢谢 谢谢你们 雷雨 许可证 徐徐 祝福 向阳 范畴 安保 陈列 杜绝 童声 安全法 路基 黎明 严格遵守 施工图 "
    "贺信 金黄 文明办 马甲 洪峰 田园 陈述 夏令 申请人 毛巾 盛世 林子 夏粮 田野 华裔 涂抹 高达 安康 孔雀 雷达站 雷达 王子 高素质 唐诗 张贴标语 毛利 高三 "
    "高一 高二 甘甜 史前 苗木 雷阵雨 宁静 钱财 解民忧 金点子 宁可 常客 辛勤 高坡 左翼 梅开二度 马拉松 于本周 高昂 高喊 范围广 白领 石泉 宫保鸡 高薪 "
    "开山鼻祖 环海 汤类 人文学院 美术馆 音乐会 国际化 最大化 公共场所 加油站 上市公司 空中交通 越野车 新格局 新兴产业 儿童文学 列车运行 统一安排 "
    "日程安排 党政机关 国家机关 科研院所 加工厂 文学院 理工大学 中文系 统计学 商务车 海洋生物 最新进展 新进展 国际舞台 地方法院 商业银行 防空警报 人财物 "
    "中南部 中西部 中东部 中医药 中华文化 联谊会 人民军队 党和政府 国防科技 公立医院 联邦政府 海军部 陆军部 来京 来沪 来华 来杭 入夏 入冬 张口 天文学 多国 缅怀 河湖 海湾 立马 土建 山坡 合龙 夕阳 海滩 新旧 南北 馆内 内河 江湖 千古 入门 建国 河谷 山林 沧桑 远古 中西合璧 海鲜 北站 东站 珍藏 两城 中华文明 "
    "山野 冰河 重镇 山崖 长跑 之城 高高兴兴 城建 入口关 河滩 即将来临 入海口 冰封 镇内 陆海 重特大 上半场 城堡 长龙 擂台赛 荷塘 歇歇脚 中风 立国 非上市 "
    "自治县 科教兴国 安家 平平安安 爱美 天南海北 日志 深藏 开埠 商城 湖泊 外省市 无疆 海港 滨湖 湖滨 台独 大江 特区政府 白皮书 严格执行 周密 康复训练 龙虾 "
    "孙子 安然 高超 关键因素 林火 凌厉攻势 严正 夏玉米 严重性 金红利 林长制 雷霆 曾用名 查清 高精尖 马路边 丘陵 许太太 文旅新 万标箱 高颜值 余震 司法鉴定 "
    "陈列馆 陈设 殷切期望 边远 牛羊 庄严肃穆 高端化 纪律检查 常见病 施政 高超音速 方正 车规级 安危 白皙 卢比 安乐死 黄牛 马背上 易懂 岳母 齐全 张开 齐齐 "
    "陶醉 严正声明 华丽 钱庄 白鹤 舒适感 牟利 卢布 周转 舒适性 白雪 严格管理 "
    "高潮 桂冠 金融城 王朝 冉冉升起 叶子 杨梅 成果展 白送 花钱买 包容 石油 文物 高考 安装 康养 安置 白天 白酒 黄金 金融 金牌 马路 高速 高层 高度 高校 "
    "毛坯 方案 方便 方式 明确 江里湖 水果 于是 时候 时尚 强调 强制 武术 温泉 温度 常见 常务 华语 华人 柏油 万元 万亩 万家".split()
)
_SUFFIXES = "省市区县镇乡村州国路街道局委部厅院校所队司厂行社会馆站台网报党"
_REGION = "省市区县镇乡村州旗"
_GENERIC = re.compile(
    r"(?:高新|开发|示范|核心|试验|自贸|保税|工业|城市|新|社|园|城|景|校|辖|片|小)区$"
    r"|^[地山小郊灾湖库林牧厂街农渔本全各新城][区村市县镇]$|(?:示范|城市)[村市县镇]$"
)
# 狮山镇 in 狮山镇的干部, 在狮山镇举行
_PLACE = re.compile(
    r"(?:^|[在到从去,、])((?![全各该本这那哪几两每某一三四五六在到从去新大小老古多])[\u4e00-\u9fff]{2,3}[省市县镇乡村区])(?=[的有在是为])"
)
# Characters of verbs and particles: words that jieba has made up with them (能管, 提了, 员要) name nothing.
_LOOSE = frozenset(
    "了着过要能会有的去来里看用做干到说讲给被把从帮种造管提点发办些是在和与跟后前时得就都也还再又很让叫刚完捎攒捞搞拿带吃想问图闹老买卖替送放"
)
_LATIN = re.compile(r"[a-z][a-z0-9+\-./&']*$")


@cache
def _classes(char: str) -> dict[str, str]:
    """Return the words of jieba's dictionary that begin with a character and their classes: of names, nr, ns, nt or
    nz; of words that are no nouns and not rare, the letter."""
    fields = dictionary().starting(char)
    found = {}
    for word, count, kind in zip(fields[::3], fields[1::3], fields[2::3], strict=True):
        if kind in _NAMED or kind.startswith("nr"):
            if len(word) > 1:
                found[word] = kind[:2]
        elif kind[0] in _LETTERS and int(count) >= _RARE:
            found[word] = kind[0]
    return found


def _name_class(word: str) -> str:
    known = _classes(word[0]).get(word, "")
    return known if len(known) > 1 else ""


def letter_of(word: str) -> str:
    """Return the letter of jieba's word class (v, a, d, …) of a folded word that is not a noun, "" for any other."""
    known = _classes(word[0]).get(word, "")
    return known if len(known) == 1 else ""


@lru_cache(maxsize=65536)
def tag(word: str) -> str:
    """Return what a folded word names: nr a person, ns a place, nt an organisation, nz something else, eng a Latin
    word, x a word that the dictionary does not know, or "" a common word."""
    if word in _NOT_A_NAME or word[0] in "这那某哪几每各" or _GENERIC.search(word):
        return ""
    if word[0] == "何" and segmenter().FREQ.get(word[1:], 0) >= _COMMON:
        return ""  # 因|何原因
    known = _name_class(word)
    if (known or word[-1] in _REGION or word not in segmenter().FREQ) and is_place(word):
        return "ns"
    if known:
        return (
            "nr"
            if known == "nr" and 2 <= len(word) <= 4 and word[0] in _SURNAMES
            else ("nz" if known == "nr" else known)
        )
    if _LATIN.match(word):
        return "eng"
    if len(word) >= 2 and not word[0].isdigit() and not segmenter().FREQ.get(word):
        if len(word) <= 3 and not _LOOSE.isdisjoint(word):
            return ""
        if word[-1] in _REGION and len(word) >= 3:
            return "ns"
        if word[0] in "钱于" and len(word) == 2 or "于" in word[1:] or word[-1] in "家姓" and len(word) == 2:
            return ""  # 多少|钱起, 位|于史, 曾于, 吴家
        return "nr" if len(word) <= 3 and word[0] in _SURNAMES and word[-1] not in _SUFFIXES else "x"
    return ""


def class_of(word: str) -> str:
    """Return the class of a folded word, one of `CLASSES`: what it names (`tag`), else of which kind it is."""
    name = tag(word) or letter_of(word) or "noun"
    return name if name in CLASSES else "other"


def places_in(key: str) -> list[str]:
    """Return the places in a folded text that are known by their ending alone, however jieba cuts them (狮山镇)."""
    found = [match[1] for match in _PLACE.finditer(key)]
    return [
        name
        for name in found
        if tag(name) == "ns" and (tag(name[:-1]) or segmenter().FREQ.get(name[:-1], 0) < _COMMON / 100)
    ]


def is_person(word: str) -> bool:
    """Return whether a folded word is a person's name, a foreign one (拉夫罗夫) among them."""
    return tag(word) == "nr" or (len(word) > 3 and _name_class(word) == "nr")


def persons(words: Sequence[Word]) -> list[str]:
    """Return the words that look like a person's name, in order."""
    return [word.text for word in words if tag(word.text) == "nr"]


def is_name(word: str) -> bool:
    """Return whether a word names something in particular: one that must not be missing from an answer."""
    return tag(word) in ("nr", "ns", "nt", "nz", "eng", "x")
