"""The units that the number asked for may come with: 多少家 → 家; 多少钱 → 元; how many companies → 家, 户, 个."""

import re

from rag.topic import MEASURES

_MEASURED = re.compile(
    rf"(?:多少|第?几)(?:[多来])?([架批班场户]次|人次|公里|平方米|平方公里|公顷|公斤|立方米|百分点|小时|分钟|个月|[{MEASURES}人年天月日周秒%])"
)
_LENGTH = ("米", "公里", "千米", "厘米", "毫米", "里")
_AREA = ("平方米", "亩", "公顷", "平方公里", "平方千米")
_WEIGHT = ("吨", "公斤", "千克", "克", "斤", "两")
_MONEY = ("元", "美元", "欧元", "日元", "英镑")
_SHARE = ("%", "百分之", "个百分点", "成", "倍")
_PEOPLE = ("人", "名", "位", "个")
_FIRMS = ("家", "户", "个")
_TIMES = ("年", "个月", "天", "小时", "分钟", "周", "日")
# The first pattern that is found decides.
_ASKED = tuple(
    (re.compile(pattern), units)
    for pattern, units in (
        (r"占比|比例|比重|百分之几|百分比|几成|增幅|增速|涨幅|降幅|跌幅|增长率|失业率|[率]是?(?:多少|多高|几)|(?:增长|下降|上涨|下跌|提高)了?多少|\b(?:percent|percentage|proportion|share|fraction)\b|\b(?:un)?employment rate\b|by how much", _SHARE),
        (r"多[少大]钱|多少(?:万|亿)?元|花了?多少|(?:资金|资产|投资|金额|收入|营收|利润|产值|罚款|奖金|工资|价格|票价|价钱|房租|费用|造价|预算|市值|票房|补贴|损失)|how much (?:does|did|do|was|is|were|money|will)|\b(?:cost|price|revenue|investment|salary|profit|budget)\b", _MONEY),
        (r"面积|多大(?:块|片)|\b(?:area|how large)\b", _AREA),
        (r"多[长高宽深远厚]|长度|高度|距离|全长|里程|\bhow (?:long is|tall|high|deep|far|wide)\b|\b(?:length|height|depth|distance)\b", _LENGTH),
        (r"多重|重量|\b(?:weigh|weight|heavy)\b", _WEIGHT),
        (r"年龄|多大年纪|多大岁数|几岁|\bhow old\b", ("岁", "年")),
        (r"多久|多长时间|\bhow long\b|\bhow many (?:years|months|days|hours|minutes|weeks)\b", _TIMES),
        (r"(?:多少|几)(?:所|家|个)?(?:企业|公司|单位|医院|银行|工厂|店|机构)|\bhow many (?:[a-z]+ )?(?:companies|firms|enterprises|businesses|hospitals|banks|factories|shops|institutions)\b", _FIRMS),
        (r"(?:多少|几)(?:学生|教师|老师|医生|职工|员工|工人|党员|干部|村民|居民|群众|志愿者|专家|代表|选手|运动员|孩子|老人|观众|游客)|人数|\bhow many (?:[a-z]+ )?(?:people|students|teachers|workers|doctors|members|residents|volunteers|experts|children|visitors|athletes)\b", _PEOPLE),
        (r"(?:多少|几)(?:学校|大学|小学|中学)|\bhow many (?:[a-z]+ )?(?:schools|universities)\b", ("所", "家", "个")),
        (r"(?:多少|几)专利|\bhow many (?:[a-z]+ )?patents\b", ("件", "项")),
        (r"(?:多少|几)项目|\bhow many (?:[a-z]+ )?projects\b", ("个", "项")),
        (r"(?:多少|几)(?:国家|城市|省份|村|镇|社区)|\bhow many (?:[a-z]+ )?(?:countries|cities|provinces|villages|communities)\b", ("个",)),
        (r"(?:多少|几)(?:车|汽车)|销量|\bhow many (?:[a-z]+ )?(?:cars|vehicles|buses)\b", ("辆", "台")),
        (r"户数|\bhow many (?:[a-z]+ )?households\b", ("户",)),
    )
)  # fmt: skip


def units_of(key: str) -> tuple[str, ...]:
    """Return the units that the answer to a folded question may have, the likeliest first; () where any may do."""
    if match := _MEASURED.search(key):
        return (match[1],)
    return next((units for pattern, units in _ASKED if pattern.search(key)), ())
