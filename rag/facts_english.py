"""Questions how many, in English, from facts in Chinese: only where every word has a plain English one."""

from collections.abc import Mapping

from rag.facts import Fact

_WORDS = """
    企业 companies|公司 companies|高新技术 high-tech|科技型 technology|国家级 national|国家 national
    省级 provincial|市级 municipal|区级 district|民营 private|社会办 private|公立 public|医疗卫生 health
    医疗 medical|卫生 health|机构 institutions|医院 hospitals|学校 schools|中小学 primary and secondary schools
    幼儿园 kindergartens|大学 universities|高校 universities|小学 primary schools|中学 middle schools
    学生 students|教师 teachers|老师 teachers|专利 patents|发明专利 invention patents|有效 valid
    高价值 high-value|知识产权 intellectual property|商标 trademarks|示范 demonstration|优势 advantaged
    健康促进 health promotion|社会体育指导员 sports instructors|志愿者 volunteers|党员 Party members
    党支部 Party branches|党组织 Party organisations|干部 officials|医生 doctors|护士 nurses|专家 experts
    院士 academicians|人才 professionals|博士 doctors|工人 workers|产业 industrial|创新 innovation|成果 results
    科技 science and technology|项目 projects|重点 key|重大 major|工程 projects|村 villages|行政村 villages
    社区 communities|街道 subdistricts|乡镇 townships|公园 parks|图书馆 libraries|博物馆 museums
    养老 elderly care|服务中心 service centres|服务 service|中心 centres|服务点 service points
    服务站 service stations|助餐 meal|平台 platforms|实验室 laboratories|基地 bases|工作站 workstations
    车站 stations|地铁站 metro stations|线路 lines|公交 bus|充电桩 charging points|停车位 parking spaces
    住房 homes|居民 residents|农户 farming households|游客 visitors|观众 spectators|运动员 athletes|队员 members
    代表 delegates|记者 reporters|国 countries|国家和地区 countries and regions|城市 cities|文物 cultural relics
    古树 old trees|剧目 plays|作品 works|展品 exhibits|图书 books|景区 scenic areas|景点 sights
    合作社 cooperatives|工厂 factories|商店 shops|门店 shops|餐厅 restaurants|银行 banks|网点 branches|岗位 jobs
    合同 contracts|案件 cases|事故 accidents|微心愿 small wishes|技术 technical|培训 training sessions
    会议 meetings|活动 events|标准 standards|国家标准 national standards|高质量 high-quality|新型 new
    农业 agricultural|工业 industrial|文化 cultural|体育 sports|旅游 tourism
"""
ENGLISH = dict(item.strip().split(" ", 1) for line in _WORDS.split("\n") for item in line.split("|") if item.strip())
_LONGEST = max(map(len, ENGLISH))


def english_question(fact: Fact, english: Mapping[str, str]) -> str | None:
    """Return the question how many of a thing there are in a place; None where a word has no English one.

    `english`: Chinese word → its English ones, heaviest first, by tabs (`GlossTable.turned_round`): for the place.
    """
    noun, place = _noun(fact.noun.strip("“”")), _place(fact.place, english)
    return f"How many {noun} are there in {place}?" if noun and place else None


def _noun(noun: str) -> str | None:
    words: list[str] = []
    while noun:
        length = next((n for n in range(_LONGEST, 0, -1) if noun[:n] in ENGLISH), 0)
        if not length:
            return None
        words.append(ENGLISH[noun[:length]])
        noun = noun[length:]
    return " ".join(words) or None


def _place(place: str, english: Mapping[str, str]) -> str | None:
    for suffix, ending in (("高新区", " High-tech Zone"), ("", ""), ("区", " District"), ("县", " County"), ("市", "")):
        name = place.removesuffix(suffix)
        found = english.get(name, "").split("\t")[0] if place.endswith(suffix) else ""
        if found:
            return found.title() + ending
    return None
