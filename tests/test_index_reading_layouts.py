"""Pages laid out in other ways than news in prose; all of them invented."""

import opencc
import pytest

from eval.pages import wrap
from index.article import Reading, read_articles
from index.reading.style import line_length
from tests.test_index_article import page_of, squeeze

RIVER = (
    "市水务局近日完成了城东片区六条河涌的清淤工作，共清出淤泥三万余立方米。负责人介绍，清淤之后河道行洪能力明显提高，沿线居民反映的异味问题也得到解决。",
    "下一步，该局将在河涌两岸种植水生植物，并安装十二处在线监测设备，数据每小时更新一次，市民可以在手机上随时查看水质情况。",
)
SCHOOL = (
    "第三小学本学期开设了木工课，每周两节，由退休的老木匠执教。孩子们从认识刨子和凿子开始，一个学期下来，每个人都能做出一只小板凳。",
    "校长说，木工课不是为了培养木匠，而是让孩子们懂得一件东西是怎样做出来的。家长们也很支持，报名的人数超过了名额的三倍。",
)
TEA = (
    "云岭茶场今年春茶开采时间比去年提前了五天。场长介绍，去冬今春气温偏高，雨水充足，茶芽萌发整齐，预计头采鲜叶产量可达四十吨。",
    "目前，茶场每天组织两百多名采茶工上山，采摘的鲜叶当天送入车间加工，第一批新茶已发往省内外的经销商。",
)
LAYOUTS: dict[str, tuple[tuple[str, ...], list[str]]] = {
    "questions and answers": (
        (
            "# 让古树活下去",
            "记者：城里一共有多少棵古树？",
            "林知秋：登记在册的有三百一十二棵，其中树龄三百年以上的二十六棵。",
            "记者：平时怎样保护它们？",
            "林知秋：每棵树都有自己的档案，每年春秋两季各体检一次。",
            "# 城东河涌清淤完成",
            *RIVER,
        ),
        ["让古树活下去", "城东河涌清淤完成"],
    ),
    "numbered clauses": (
        (
            "云溪区出台养犬新规",
            "本报讯 《云溪区文明养犬管理办法》5月1日起施行。主要内容如下：",
            "一、养犬应当登记，每户限养一只。",
            "二、携犬出户应当束牵引带，由成年人牵领。",
            "三、禁止在校园、医院等场所遛犬。",
            "春茶提前开采",
            "本报讯 " + TEA[0],
            TEA[1],
        ),
        ["云溪区出台养犬新规", "春茶提前开采"],
    ),
    "a table of figures": (
        (
            "一季度各镇经济指标公布",
            "本报讯 区统计局昨日公布了一季度各镇街主要经济指标，全区地区生产总值同比增长五点八。",
            "镇街 产值（亿元） 增速（%）",
            "东港 123.4 6.1",
            "西坪 98.7 5.2",
            "南塘 76.5 4.8",
            "统计局负责人表示，下一阶段要继续加大有效投资力度，推动经济平稳运行。",
            "木工课进校园",
            "本报讯 " + SCHOOL[0],
            SCHOOL[1],
        ),
        ["一季度各镇经济指标公布", "木工课进校园"],
    ),
    "feet and heads of the page": (
        (
            "云岭晚报 2024年4月25日 星期四 A03 综合",
            "# 木工课进校园",
            SCHOOL[0],
            SCHOOL[1][:30],
            "社址：云溪市新闻路12号 邮编：528200 新闻热线：0757-81234567 零售每份1.50元",
            "国内统一连续出版物号 CN44-0123",
            SCHOOL[1][30:],
            "# 春茶提前开采",
            *TEA,
            "责任编辑：林晓东 版式：陈静 校对：黄海",
            "印刷：云岭晚报印务有限公司",
        ),
        ["木工课进校园", "春茶提前开采"],
    ),
    "two languages": (
        (
            "# 木工课进校园",
            *SCHOOL,
            "# Port opens new berth",
            "The port of Donggang opened its third deep-water berth on Tuesday, two months ahead of schedule.",
            "# 春茶提前开采",
            *TEA,
        ),
        ["木工课进校园", "Port opens new berth", "春茶提前开采"],
    ),
    "English": (
        (
            "# Port opens new berth",
            "The port of Donggang opened its third deep-water berth on Tuesday.",
            "Officials said the berth can take ships of up to 100,000 tonnes.",
            "# School starts carpentry class",
            "A primary school has hired a retired carpenter to teach two lessons a week.",
        ),
        ["Port opens new berth", "School starts carpentry class"],
    ),
}


def read(paragraphs: tuple[str, ...]) -> Reading:
    """Read a page of these paragraphs."""
    return read_articles(page_of("\n\n".join(paragraphs)))


@pytest.mark.parametrize("layout", LAYOUTS)
def test_articles_of_any_layout_are_whole(layout: str) -> None:
    paragraphs, titles = LAYOUTS[layout]
    reading = read(paragraphs)
    assert [article.title for article in reading.articles] == titles
    starts = [n for n, text in enumerate(paragraphs) if text.removeprefix("# ") in titles]
    for article, low, high in zip(reading.articles, starts, [*starts[1:], None], strict=True):
        own = "".join(paragraphs[low + 1 : high])
        assert squeeze(article.text) in squeeze(own) or layout == "feet and heads of the page"


def test_the_rows_of_a_table_stay_rows() -> None:
    table = read(LAYOUTS["a table of figures"][0]).articles[0]
    assert "\n东港 123.4 6.1\n西坪 98.7 5.2\n南塘 76.5 4.8\n" in table.text


def test_a_foot_inside_an_article_is_kept_out_of_it() -> None:
    paragraphs, _ = LAYOUTS["feet and heads of the page"]
    reading = read(paragraphs)
    assert reading.articles[0].text == "\n".join(SCHOOL)
    assert reading.articles[1].text == "\n".join(TEA)
    left = {squeeze(part.text) for part in reading.left if part.kind in ("furniture", "credit")}
    assert left == {squeeze(text) for text in (paragraphs[0], paragraphs[4], paragraphs[5], *paragraphs[-2:])}


def test_traditional_characters_are_read_like_simplified_and_kept() -> None:
    simple = (
        "# 木工课进校园",
        "本报讯 " + SCHOOL[0],
        SCHOOL[1],
        "春茶提前开采",
        *TEA,
        "记者 林晓东",
        "城东河涌清淤完成",
        *RIVER,
    )
    convert = opencc.OpenCC("s2t").convert
    traditional = tuple(convert(text) for text in simple)
    ours, theirs = read(simple), read(traditional)
    assert [a.title for a in theirs.articles] == ["木工課進校園", "春茶提前開採", "城東河涌清淤完成"]
    assert [a.text for a in theirs.articles] == [convert(a.text) for a in ours.articles]
    assert [[(p.kind, p.start, p.end) for p in a.parts] for a in ours.articles] == [
        [(p.kind, p.start, p.end) for p in a.parts] for a in theirs.articles
    ]


@pytest.mark.parametrize("columns", [26, 30, 40])
@pytest.mark.parametrize("indent", ["", "　　"])
def test_an_article_cut_at_a_number_of_characters_is_one(columns: int, indent: str) -> None:
    texts = [indent + text for text in (*TEA, *TEA)]
    lines = [line for text in texts for line in wrap(text, columns)]
    assert line_length(lines) in (0, columns)
    (article,) = read_articles(page_of("\n".join(["春茶提前开采", *lines]))).articles
    assert article.title == "春茶提前开采"
    assert squeeze(article.text) == "".join(TEA) * 2


def test_paragraphs_and_verse_are_cut_at_no_length() -> None:
    assert line_length([*RIVER, *SCHOOL, *TEA]) == 0
    assert line_length(["床前明月光，疑是地上霜。"] * 8) == 0
    assert line_length(wrap("".join((*RIVER, *SCHOOL, *TEA)), 30)) == 30
