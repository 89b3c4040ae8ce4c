"""One thing under several names: nicknames of cities, short names of provinces and offices, slips of the pen.

The table is common knowledge; abbreviations and slips are seen by their form. All texts are folded.
"""

import re
from functools import lru_cache

from index.encoder import MODEL_FOLDER

_SAME = (
    "上海 沪 申城 魔都", "重庆 渝 山城 雾都", "北京 京城 帝都 京", "天津 津城 津门 津", "广州 羊城 穗 花城", "深圳 鹏城", "武汉 江城",
    "成都 蓉城 锦城", "南京 金陵 宁城", "济南 泉城", "青岛 岛城 琴岛", "沈阳 盛京", "长春 春城", "哈尔滨 冰城", "昆明 春城",
    "西安 长安", "太原 龙城 并州", "杭州 杭城", "苏州 姑苏 吴门", "宁波 甬城 甬", "温州 瓯", "福州 榕城", "厦门 鹭岛",
    "南昌 洪城 英雄城", "长沙 星城", "南宁 邕城 绿城", "贵阳 筑城", "拉萨 日光城", "兰州 金城", "银川 凤城", "呼和浩特 青城",
    "佛山 禅城", "泉州 鲤城 刺桐城", "石家庄 石门", "郑州 绿城", "合肥 庐州", "扬州 广陵", "洛阳 神都", "香港 港岛 hong kong 港", "澳门 濠江 澳",
    "台北 北市", "台湾 台", "台海 台湾海峡 台湾", "河北 冀", "河南 豫 中原", "山东 鲁 齐鲁", "山西 晋 三晋", "湖北 鄂 荆楚", "湖南 湘 三湘 潇湘", "广东 粤 岭南", "广西 桂 八桂",
    "福建 闽 八闽", "江西 赣", "江苏 苏", "浙江 浙 之江", "安徽 皖 江淮", "四川 川 蜀 巴蜀", "贵州 黔 贵", "云南 滇 彩云之南", "陕西 陕 秦 三秦",
    "甘肃 陇", "海南 琼", "吉林 吉", "辽宁 辽", "黑龙江 黑 龙江", "内蒙古 内蒙", "西藏 藏", "宁夏 宁", "新疆 疆 乌鲁木齐", "青海 青",
    "日本 日方 东瀛", "韩国 韩 南韩", "美国 美 美方", "俄罗斯 俄 俄方", "英国 英", "法国 法", "德国 德",
    "发改委 发展和改革委员会 发展改革委 发改局", "工信部 工业和信息化部", "工信局 工业和信息化局", "市监局 市场监督管理局 市场监管局",
    "人社局 人力资源和社会保障局 人社厅", "人社部 人力资源和社会保障部", "卫健委 卫生健康委员会 卫生健康委", "卫健局 卫生健康局",
    "科技局 科学技术局", "科技部 科学技术部", "住建局 住房和城乡建设局", "住建部 住房和城乡建设部", "农业农村局 农业局", "文旅局 文化和旅游局",
    "文旅部 文化和旅游部", "生态环境局 环保局", "公安局 警方", "医保局 医疗保障局", "应急局 应急管理局", "退役军人局 退役军人事务局",
    "国资委 国有资产监督管理委员会", "知产局 知识产权局", "银保监会 银行保险监督管理委员会", "证监会 证券监督管理委员会", "网信办 互联网信息办公室",
    "世卫组织 世界卫生组织 who", "世贸组织 世界贸易组织 wto", "wipo 世界知识产权组织", "高新区 高新技术产业开发区", "经开区 经济技术开发区",
    "规上 规模以上", "高企 高新技术企业", "公卫 公共卫生", "常委会 常务委员会", "团委 共青团委员会", "妇联 妇女联合会", "政协 政治协商会议",
    "党委书记 一把手", "儿童 小孩 孩子", "企业 公司 厂子", "医院 医疗机构",
)  # fmt: skip
_OFFICE = frozenset("局委办院所会部厅署社")
_REGION = frozenset("省市区县镇乡村州")
_LANDFORMS = ("国家", "各国", "群岛", "半岛", "地区", "盆地", "平原", "山脉", "高原", "流域", "海峡", "城区")
_INHABITANTS = ("市民", "居民", "人民", "村民", "民众", "人")
_COUNTRIES, _REGIONS = "美俄英法德日韩", "京津沪渝港澳台冀豫鲁鄂湘粤桂闽赣苏浙皖川黔滇陕琼辽"  # in a row: 京津冀, 俄美
_JOINING = frozenset("于与和在是被为至及从由来赴单")  # prepositions that jieba joins to a name it does not know
_HAN = re.compile(r"[\u4e00-\u9fff]+")
NAME = 3  # characters from which on a name may hold a slip
LONG = 4  # from which on it may be an abbreviation of any kind


@lru_cache(maxsize=1)
def _table() -> dict[str, tuple[str, ...]]:
    table: dict[str, dict[str, None]] = {}
    for row in _SAME:
        names = row.split()
        for name in names:
            table.setdefault(name, {}).update(dict.fromkeys(other for other in names if other != name))
    return {name: tuple(others) for name, others in table.items()}


@lru_cache(maxsize=1)
def _sounds() -> dict[str, frozenset[str]]:
    """Return each character's readings without tones."""
    readings: dict[str, set[str]] = {}
    for line in (MODEL_FOLDER / "pinyin.tsv").read_text(encoding="utf-8").splitlines():
        sound, characters = line.split("\t")
        for char in characters:
            readings.setdefault(char, set()).add(sound)
    return {char: frozenset(sounds) for char, sounds in readings.items()}


def aliases(word: str) -> tuple[str, ...]:
    """Return the other names of what a folded word names, () if none is known. Example: 申城 → 上海, 沪, 魔都."""
    return _table().get(word, ())


def met(name: str, text: str) -> bool:
    """Return whether a folded text has a name: as it is, under another name, abbreviated or in full, or with a slip."""
    if "·" in text:
        text = text.replace("·", "")
    return (
        name in text
        or any(piece in text for piece in _pieces(name))
        or any(other in text if len(other) > 1 else _in_short(other, text) for other in aliases(name))
        or _abbreviated(name, text)
        or slip(name, text) is not None
    )


def read_as(name: str, text: str) -> str | None:
    """Return what stands in a folded text for a name that is not there as it is, None if nothing does or the name is."""
    if name in text:
        return None
    known = next((other for other in aliases(name) if len(other) > 1 and other in text), None)
    return known or next((piece for piece in _pieces(name) if piece in text), None) or slip(name, text)


def _in_short(char: str, text: str) -> bool:
    """Return whether a text has a place by the one character that stands for it: 在沪, 涉台, 中英, 鲁企."""
    before = "在来赴驻进离返抵涉援入" + ("中" if char in _COUNTRIES else "")
    return bool(
        re.search(f"[{before}]{char}|{char}[籍企牌媒方]|{char}[{_COUNTRIES}{_REGIONS}]|[{_REGIONS}]{char}", text)
    )


def _pieces(name: str) -> list[str]:
    """Return a name without what only says what kind of place it is, or was cut into it by mistake."""
    found = []
    if len(name) > 2 and (name[-1] in _REGION or name[-1] in _JOINING):
        found.append(name[:-1])
    if len(name) > 2 and name[0] in _JOINING:
        found.append(name[1:])
    if len(name) > 2 and (ending := next((ending for ending in _INHABITANTS if name.endswith(ending)), "")):
        found.append(name.removesuffix(ending) if len(name) - len(ending) > 1 else name[:-1])
    if len(name) > 3 and name.endswith(_LANDFORMS):
        found.append(name[:-2])
    if len(name) > 2 and name[-1] == "岛":
        found.append(name[:-1])
    return found


def _abbreviated(name: str, text: str) -> bool:
    """Return whether a text has an office's or a long name with characters left out: 卫健局 in 卫生健康局."""
    if not _HAN.fullmatch(name):
        return False
    if len(name) == 2 and name[1] == "大":  # 浙大: 浙江大学
        return bool(re.search(f"{name[0]}[\u4e00-\u9fff]{{0,3}}大学", text))
    if len(name) == NAME and name[-1] in _OFFICE:
        return bool(re.search("[\u4e00-\u9fff]{0,6}".join(name), text))
    if len(name) < LONG or name[:2] not in text or (name[-1] not in _OFFICE and name[-2:] not in text):
        return False
    return bool(re.search("[\u4e00-\u9fff]{0,4}".join(name), text))


def slip(name: str, text: str) -> str | None:
    """Return what stands in a text for a name written with one wrong character, None if nothing does.

    Of two characters only one that sounds the same is taken for a slip (淄搏, 淄博); from three on any, if the first
    or the rest of the name agrees in sound; from four on any.
    """
    size = len(name)
    if size < 2 or not _HAN.fullmatch(name):
        return None
    for place in range(size):
        pattern = re.escape(name[:place]) + "([\u4e00-\u9fff])" + re.escape(name[place + 1 :])
        for match in re.finditer(pattern, text):
            if size > NAME or _alike(name[place], match[1]):
                return match[0]
    return None


def _alike(left: str, right: str) -> bool:
    """Return whether two characters share a reading, or one that is often mixed up with it (n/ng, z/zh)."""
    sounds = _sounds()
    return bool({_loose(s) for s in sounds.get(left, ())} & {_loose(s) for s in sounds.get(right, ())})


def _loose(sound: str) -> str:
    return re.sub(r"^([zcs])h", r"\1", re.sub(r"ng$", "n", sound))
