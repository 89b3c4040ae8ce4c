"""What stands on a page besides prose: its own heads and feet, questions and answers, clauses, tables, notices."""

import random
import re
from collections.abc import Callable, Sequence

_FAMILY = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟谭陆"
)
_GIVEN = (
    "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超霞平刚桂英华玉兰文斌鹏飞红梅建国志海燕波宁欣雨晨思佳子轩浩然梓涵一诺若曦晓东亚楠"
)
_TOWNS = ("江城", "云溪", "海宁", "临川", "平湖", "安远", "青山", "北仑", "东港", "新河", "南塘", "石桥")
_PAPERS = ("江城晚报", "都市晨报", "海峡日报", "云溪日报", "经济早报", "新河周报", "东港时报")
_DESKS = ("要闻", "综合", "时政", "经济", "社会", "专题", "地方", "区域", "副刊", "视点", "民生", "国际", "体育")
_ORDINALS = "一二三四五六七八九十"


def name(rng: random.Random) -> str:
    """Return a person's name."""
    return rng.choice(_FAMILY) + "".join(rng.choice(_GIVEN) for _ in range(rng.choice((1, 2, 2))))


def furniture(rng: random.Random) -> str:
    """Return a line that belongs to the page: who made it, when, its number, where the paper is."""
    date = f"{rng.randint(2015, 2025)}年{rng.randint(1, 12)}月{rng.randint(1, 28)}日"
    day = f"星期{rng.choice('一二三四五六日')}"
    page = f"{rng.choice('AB')}{rng.randint(1, 16):02d}"
    paper, desk = rng.choice(_PAPERS), rng.choice(_DESKS)
    phone = f"0{rng.randint(10, 999)}-{rng.randint(10**7, 10**8 - 1)}"
    gap = rng.choice((" ", "  ", "　"))
    return rng.choice(
        (
            f"责编{name(rng)}{name(rng)} 美编{name(rng)}",
            f"责任编辑：{name(rng)} 版式：{name(rng)}",
            f"编辑 {name(rng)} 校对 {name(rng)}",
            f"{date} {day}",
            f"{page} {desk}",
            page,
            f"第{rng.randint(1, 9)}版",
            f"{paper}{gap}{date}{gap}{day}{gap}{desk}",
            f"{paper}{rng.choice(('', gap + desk))}",
            f"{desk}{gap}{paper}",
            f"{desk}新闻",
            f"{desk}·{rng.choice(_DESKS)}",
            f"{date}{gap}{day}{gap}责编：{name(rng)}",
            f"社址：{rng.choice(_TOWNS)}市新闻路{rng.randint(1, 300)}号{gap}邮编：{rng.randint(10**5, 10**6)}",
            f"新闻热线：{phone}{gap}广告热线：{phone}",
            f"发行电话：{phone}{gap}零售每份{rng.choice(('1', '1.50', '2.00'))}元",
            f"国内统一连续出版物号 CN{rng.randint(10, 60)}-{rng.randint(1, 99):04d}",
            f"{paper}社印刷厂承印{gap}广告经营许可证：{rng.randint(10**5, 10**7)}号",
            "版权声明：本报所有文章未经授权不得转载",
            f"投稿邮箱：{rng.choice(('xinwen', 'bjb', 'news', 'tougao'))}@{rng.choice(('163', 'sina', '126'))}.com",
            f"{desk}版主编 {name(rng)}{gap}美编 {name(rng)}{gap}校对 {name(rng)}",
            f"农历{rng.choice('正三五八腊')}月{rng.choice(('初八', '廿三'))}{gap}今日{rng.choice((4, 8, 12))}版",
            f"本报微信公众号：{paper}{gap}扫码阅读更多内容",
        )
    )


def column(rng: random.Random) -> str:
    """Return the name of a column of the paper, as it stands over an article: 民生关切, 基层治理 一线见闻."""
    first = (
        "乡村振兴",
        "基层治理",
        "民生关切",
        "奋进新征程",
        "强国复兴",
        "创新驱动",
        "绿色发展",
        "人物风采",
        "城市更新",
    )
    second = ("一线见闻", "深度观察", "系列报道", "人物专访", "特别报道", "记者调查", "新春走基层", "系列访谈", "巡礼")
    form = rng.random()
    if form < 0.3:
        return rng.choice(first + second)
    return rng.choice(first) + rng.choice((" ", " ", "·", "")) + rng.choice(second)


def recast(rng: random.Random, paragraphs: Sequence[str]) -> list[str]:
    """Return an article's paragraphs as an interview, as numbered clauses, or with a table of figures in them."""
    form = rng.random()
    if form < 0.35:
        return [paragraphs[0], *_interview(rng, paragraphs[1:])]
    if form < 0.75:
        number = rng.choice((_chinese, _bracketed, _arabic, _article, _dotted))
        first = rng.choice((0, 1)) if len(paragraphs) > 2 else 0
        numbered = [number(k) + text for k, text in enumerate(paragraphs[first : first + 10])]
        return [*paragraphs[:first], *numbered, *paragraphs[first + 10 :]]
    at = rng.randint(1, len(paragraphs))
    return [*paragraphs[:at], *_table(rng), *paragraphs[at:]]


def _interview(rng: random.Random, paragraphs: Sequence[str]) -> list[str]:
    asks, tells = rng.choice((("问：", "答："), ("记者：", f"{name(rng)}："), ("问:", "答:"), ("《", "答：")))
    if asks == "《":
        asks = f"《{rng.choice(_PAPERS)}》："
    result = []
    for text in paragraphs:
        words = [part for part in re.split("[，。！？；：、]", text) if 6 <= len(part) <= 20 and part.isalpha()]
        if words:
            asked = rng.choice(words) + rng.choice(("，您怎么看", "，具体有哪些举措", "吗", "，目前进展如何"))
            result.append(f"{asks}{asked}？")
        result.append(tells + text)
    return result


def _chinese(k: int) -> str:
    return f"{_ORDINALS[k]}、"


def _bracketed(k: int) -> str:
    return f"（{_ORDINALS[k]}）"


def _arabic(k: int) -> str:
    return f"{k + 1}."


def _article(k: int) -> str:
    return f"第{_ORDINALS[k]}条 "


def _dotted(k: int) -> str:
    return "●"


def _table(rng: random.Random) -> list[str]:
    """Return a table's head and rows, a line each."""
    heads = rng.choice(("地区 产值（亿元） 增速（%）", "项目 数量 占比", "单位 上年 本年", "名次 队伍 得分"))
    rows = rng.sample(_TOWNS, rng.randint(3, 6))
    return [
        heads,
        *(f"{row} {rng.randint(10, 999)}.{rng.randint(0, 9)} {rng.randint(1, 30)}.{rng.randint(0, 9)}" for row in rows),
    ]


def notice(rng: random.Random) -> tuple[str, list[str]]:
    """Return a small piece that is no news: the weather, something lost, a call for bids, an advertisement."""
    return rng.choice(NOTICES)(rng)


def _weather(rng: random.Random) -> tuple[str, list[str]]:
    sky = ("多云", "阴有小雨", "晴间多云", "晴", "雷阵雨", "小到中雨")
    wind = rng.choice(("东南风", "北风", "西北风", "偏南风"))
    days = [
        f"{day}：{rng.choice(sky)}，{wind}{rng.randint(2, 4)}级，{rng.randint(5, 15)}到{rng.randint(16, 33)}℃。"
        for day in ("今天", "明天", "后天")
    ]
    town = rng.choice(_TOWNS)
    return rng.choice(("天气预报", f"{town}天气", "今日天气", f"{town}未来三天天气预报")), days


def _lost(rng: random.Random) -> tuple[str, list[str]]:
    papers = ("身份证", "营业执照副本", "公章一枚", "机动车登记证书", "护士执业证书", "开户许可证")
    texts = [
        f"{name(rng)}遗失{rng.choice(papers)}，证号{rng.randint(10**9, 10**10)}，声明作废。"
        for _ in range(rng.randint(2, 5))
    ]
    return rng.choice(("遗失声明", "公告栏", "遗失启事")), texts


def _bids(rng: random.Random) -> tuple[str, list[str]]:
    town, day = rng.choice(_TOWNS), f"{rng.randint(1, 12)}月{rng.randint(1, 28)}日"
    what = rng.choice(("道路照明改造工程", "校舍维修项目", "办公用房租赁", "垃圾分类服务"))
    return rng.choice((f"{town}区{what}招标公告", "招标公告", f"关于{town}{what}的公示")), [
        f"现就{town}区{what}公开招标，欢迎具备资质的单位报名，报名截止时间为{day}17时。",
        f"联系人：{name(rng)}，联系电话：{rng.randint(10**7, 10**8)}。",
        f"{town}区公共资源交易中心",
    ]


def _advertisement(rng: random.Random) -> tuple[str, list[str]]:
    town = rng.choice(_TOWNS)
    return rng.choice((f"{town}家居节盛大开幕", f"{town}湾新品加推", "名医坐诊 惠及百姓", "招聘启事")), [
        rng.choice(("全场五折起，满千送百，数量有限，先到先得！", "因业务发展需要，现面向社会招聘工作人员若干名。")),
        f"咨询电话：{rng.randint(10**7, 10**8)} 地址：{town}路{rng.randint(1, 300)}号",
    ]


Notice = tuple[str, list[str]]
NOTICES: tuple[Callable[[random.Random], Notice], ...] = (_weather, _lost, _bids, _advertisement)
