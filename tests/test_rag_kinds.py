"""The kind of answer that a question asks for, and the unit: questions of many topics, papers and ways of asking.

The rules were made on every second question of each line; the others were held out.
"""

import pytest

from rag.question import parse_question

QUESTIONS = {
    "person": "谁主持了开幕式？|这篇报道谁写的？|新任市委书记是哪位？|救火的小伙子叫什么名字？|這場比賽的冠軍得主是誰？|哪位官员宣布了开工日期？|牵头的院士是谁|话是谁说的呀|厂长姓啥叫啥？|哪个运动员打破了纪录？|由谁担任总指挥？|村支书叫啥|开幕式主持人|哪位女作家获了奖？|谁家的孩子考上了清华？|被表彰的那名民警叫什么？|2023年茅盾文学奖得主|校长是什么人？|Who opened the exhibition?|Whose proposal was adopted?|Which minister signed the agreement?|What is the name of the mayor?|Who was named best player?|Which doctor led the team?|哪个司机撞了人？|设计师是哪个？|县长姓甚名谁",
    "place": "比赛在哪里举行？|新校区建在什么地方？|他老家是哪儿的？|哪个城市房价最高？|会展中心位于哪个区？|地震震中在哪|這批茶葉產自哪裡？|工厂搬到哪去了？|哪个省的粮食产量最高？|展览设在什么场馆？|这条路从哪儿到哪儿？|总部地址|论坛举办地|哪条街道最先试点？|哪个村脱贫了？|货物运往哪国？|他从哪里毕业回来的？|车祸发生在哪段路？|受灾最重的是哪个县？|展品来自哪些国家里的哪个国家？|Where will the games be held?|Which province was hit hardest?|In what city is the plant?|Which country does he come from?|Where did the fire break out?|What village was flooded?|哪个机场延误最严重？|火灾发生地点",
    "organisation": "哪家公司中了标？|是哪个部门负责监管？|牵头单位是谁家？|由哪家医院接诊？|哪个派出所破的案？|项目由哪个单位承建？|這個平台是哪家企業開發的？|哪所大学排名第一？|哪个机构发布了报告？|哪支球队夺冠？|由什么部门审批？|主办方是哪家？|承办单位|哪家银行贷的款？|哪个委员会通过了决议？|调查是哪家媒体做的？|由哪几家联合主办？|哪个局发的通知？|中标企业|他在什么公司上班？|Which company built the bridge?|What university does he teach at?|Which agency issued the permit?|Which hospital treated the victims?|Which bank funded the project?|What organization ran the survey?|哪个学校获得特等奖？|主办单位是什么？",
    "number": "一共花了多少啊？|全县有多少人口？|工程投资多少钱？|面积有多大？|占比多少？|达到了百分之几？|有几个人受伤|去年GDP增速是多少？|排在第几位？|楼有多高？|參加的人數是多少？|门票咋卖，多少钱一张？|2020年高新技术企业数量|新增就业人数|同比涨幅|全长多少公里？|今年招几个人？|票价|这只股票跌了多少？|得了几块金牌？|平均年龄多大？|产量翻了几番？|合格率怎么样，是多少？|温度最低到多少度？|多大面积的农田受灾？|水有多深？|How many people were hurt?|How much did it cost?|What percentage of firms took part?|What was the total output?|How tall is the tower?|By how much did exports grow?|How old is the temple?|What is the population of the county?|第几届博览会？|损失金额",
    "date": "哪一年建成的？|啥时候开始报名？|会议什么时候召开？|截止日期是哪天？|几月几号开学？|桥是何时通车的？|這條規定什麼時候實施？|他出生于哪年？|最早追溯到什么年代？|几点开始？|开工时间|哪个月降雨最多？|颁奖典礼定在几号？|新规自何时起施行？|上次地震是哪年的事？|成立日期|星期几休馆？|从哪一天起停航？|哪年哪月入的党？|什么时候能修好|When did the talks begin?|In which year was the school founded?|What date is the deadline?|By when must it be finished?|On what day did the ship leave?|What time does the museum open?|发布会定于哪一日？|启用时间是？",
    "duration": "培训多久？|施工用了几年？|他在那儿待了多长时间？|保质期多长？|任期几年？|这趟车要坐几个小时？|为期几天？|這次停電持續了多久？|判了几年？|他当了多少年老师？|有效期是多久？|展览持续几个月？|航程要多长时间？|建设周期|隔离期限|一共耗时多少天？|等了几个钟头？|过渡期多久啊|How long did the strike last?|How many years did it take?|For how long is the permit valid?|How many days does the festival run?|工龄多少年？|拘留了几日？",
    "name": "这本书叫什么名字？|活动的主题是什么？|他获得了什么称号？|哪部电影拿了最佳影片？|新平台叫啥？|口号是什么？|項目的全稱是什麼？|发布的是哪款手机？|他的绰号叫什么？|比赛项目叫什么名称？|获得了哪项大奖？|演的是哪出戏？|哪种水稻产量最高？|文件标题|用的是什么牌子的？|哪门课最受欢迎？|这座桥叫什么桥？|论坛主题|那条狗叫什么？|被誉为什么？|What is the title of the book?|Which film won the prize?|What is the name of the app?|What is the ship called?|Which disease was found?|What was the theme of the forum?|哪首歌得了第一？|吉祥物叫啥名字？",
    "definition": "什么是碳中和？|“三权分置”是什么意思？|啥是预制菜？|网格员是干什么的？|何谓新质生产力？|“双减”指的是什么？|什么叫首违不罚？|這個詞是什麼意思？|河长制是啥？|小巨人企业是什么？|所谓“一网通办”是指什么？|ETC是什么？|碳汇的定义|共享工厂是个啥？|What is a sponge city?|What does carbon sink mean?|What is dual circulation?|What is meant by rural revitalization?|飞地经济的含义是什么？|“链长”是啥意思？|专精特新意味着什么？|什么是集采",
    "list": "推出了哪些措施？|都有谁参加？|包括什么内容？|分哪几个阶段？|获奖名单|有哪些国家参展？|提出了哪三点建议？|分别是哪几家？|主要任务有哪些？|開設了哪些課程？|重点抓好哪几方面工作？|有什么优惠？|取得了什么成果？|涵盖哪些领域？|三大工程都是啥？|说说采取了哪些做法|参展品牌都有什么？|四大任务分别是什么？|带来了哪些变化？|哪些人可以申请？|What measures were taken?|Which countries took part?|Name the three winners.|What are the main tasks?|List the members of the team.|What benefits do residents get?|优惠政策|主要举措|有哪几种支付方式？|政策有哪些亮点？",
    "why": "为什么停产？|事故原因是什么？|她咋会辞职？|为何要建这座水库？|为啥涨价了|出于什么考虑取消比赛？|这样做的目的是什么？|凭什么罚款？|因为什么被处罚？|學校為什麼停課？|延期理由|建馆的初衷是什么？|是什么原因导致停电？|价格上涨的原因|怎么会塌了呢？|图的是啥？|航班因何取消？|为什么|Why was the match postponed?|What caused the fire?|For what reason was he fired?|How come the price rose?|What led to the delay?|死因|改名是为了什么？|缘何热销？",
    "how": "怎么报名？|如何申请补贴？|是怎样修好的？|污水咋处理？|通过什么方式招工？|用什么办法治沙？|居民怎么缴费|他是如何脱贫的？|采取什么方式评选？|怎樣預防流感？|靠啥增收？|办理流程|路坏了咋办？|申请方式|怎么个治理法？|凭借什么打开了市场？|遇到诈骗该怎么办？|怎么才能领到补助？|How can I apply?|How was the bridge repaired?|How do they sort waste?|How did he escape?|操作步骤|通过哪些途径反映问题？|如何保障粮食安全？|怎么坐车去？",
    "yesno": "地铁通了吗？|是否收费？|能不能退票？|有没有人受伤？|新规实施没有？|他是不是党员？|可以带宠物么？|房价会不会跌？|電影上映了嗎？|学校停课了没？|需要预约吗|老人能免费坐车不？|有无伤亡？|要不要提前预约？|到底涨没涨？|疫苗安全吗？|会议取消了，对吗？|工程已经完工了吧？|Is the bridge open?|Did the company pay the fine?|Are masks required?|Has the school reopened?|Was anyone injured?|可否延期？|该项目盈利了吗？|双方达成协议了吗？",
    "other": "市长怎么看这件事？|专家对此有什么看法？|效果怎么样？|居民反映如何？|他说了什么？|会上强调了什么？|有什么意义？|這次改革有何影響？|情况如何？|外交部作何回应？|他的评价怎么样？|未来有啥打算？|他什么态度？|发生了什么事？|What did the mayor say?|What happened at the plant?|进展怎样了？|后来咋样了？|结果如何？|这对农民意味着什么影响？",
}  # fmt: skip
ROWS = [(text, kind) for kind, line in QUESTIONS.items() for text in line.split("|")]


def test_there_are_questions_enough() -> None:
    assert len(ROWS) >= 300


@pytest.mark.parametrize("half", [0, 1])
def test_of_the_questions_nineteen_in_twenty_are_of_the_right_kind(half: int) -> None:
    rows = [row for kind in QUESTIONS for row in [r for r in ROWS if r[1] == kind][half::2]]
    wrong = [(text, kind) for text, kind in rows if parse_question(text).kind != kind]
    assert len(wrong) <= 0.05 * len(rows), wrong


@pytest.mark.parametrize(
    ("text", "unit"),
    [
        ("全区有多少家医院？", "家"), ("一共花了多少钱？", "元"), ("有多少企业入驻？", "户"), ("占地面积有多大？", "亩"),
        ("女性占比多少？", "%"), ("桥有多长？", "米"), ("总投资多少亿元？", "元"), ("有几名党员？", "名"), ("出口额增长多少？", "%"),
        ("How many companies moved in?", "家"), ("How much did it cost?", "元"), ("What percentage are women?", "%"),
        ("How many students took part?", "名"), ("谁写的？", None),
    ],
)  # fmt: skip
def test_the_unit_of_the_number_asked_for_is_read_too(text: str, unit: str | None) -> None:
    units = parse_question(text).units
    assert unit in units if unit else not units
