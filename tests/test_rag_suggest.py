"""Questions made from the archive's own sentences: what they ask, and that each is really answered."""

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from api.opening import Opened
from api.settings import Settings
from index.article import Article, read_articles
from index.gloss import GlossTable
from index.page import Page
from rag.answerer import Answerer
from rag.facts import read_facts
from rag.facts_english import english_question
from rag.suggest import SURE, better, spread, suggest, suggest_english


def article(text: str) -> Article:
    return read_articles(Page("x.txt", text, "0" * 64)).articles[0]


@pytest.mark.parametrize(
    ("sentence", "question", "value"),
    [
        ("南海区现有医疗卫生机构1291家，数量居首。", "南海区现有多少家医疗卫生机构？", "1291"),
        ("南海区去年新增25家幼儿园，方便居民。", "南海区新增多少家幼儿园？", "25"),
        ("4月24日，南海区举行知识产权工作联席会议，总结工作。", "南海区什么时候举行知识产权工作联席会议？", "4月24日"),
        ("会上，区市场监管局局长李炬昆表示，要做好工作。", "南海区市场监管局局长是谁？", "李炬昆"),
    ],
)
def test_a_sentence_becomes_the_question_it_answers(sentence: str, question: str, value: str) -> None:
    made = article(f"# 南海区医疗服务再上台阶\n\n南海区的工作有了进展。\n\n{sentence}\n")
    asked = {fact.question: made.text[fact.start : fact.end] for fact in read_facts(made)}
    assert asked.get(question) == value


@pytest.mark.parametrize(
    "sentences",
    [
        "南海区现有幼儿园25家。\n\n南海区现有幼儿园27家。",  # two answers
        "上市公司现有门店25家。",  # 上市 is no place
        "去年现有累计销量已达25台。",  # no thing is named
        "4月24日，市民王先生在家中举行婚礼。",  # no body is named
        "会上，业务部部长李炬昆表示，要做好工作。",  # of which body is not said
    ],
)
def test_what_would_not_be_a_good_question_is_not_made(sentences: str) -> None:
    assert [fact.question for fact in read_facts(article(f"# 新的一年再上台阶\n\n{sentences}\n"))] == []


def test_a_number_of_another_place_is_not_the_articles_own() -> None:
    made = article("# 南海区医疗服务再上台阶\n\n南海区的工作有了进展。\n\n深圳市现有医疗卫生机构5241家，数量居首。\n")
    assert [fact.question for fact in read_facts(made)] == []


def test_english_is_made_only_where_every_word_has_its_own() -> None:
    english = GlossTable().turned_round()
    made = article("# 南海区医疗服务再上台阶\n\n南海区现有社会办医疗机构1048家。\n\n南海区现有龙狮队33家。\n")
    questions = {fact.noun: english_question(fact, english) for fact in read_facts(made)}
    assert questions["社会办医疗机构"] == "How many private medical institutions are there in Nanhai?"
    assert questions["龙狮队"] is None


def test_what_is_suggested_is_answered_surely(answerer: Answerer) -> None:
    archive = answerer.snapshot.archive
    chinese = suggest(answerer, spread(archive), 6)
    english = suggest_english(answerer, spread(archive), 6, GlossTable().turned_round())
    assert len(set(chinese)) == 6
    assert english
    for question in chinese + english:
        answer = answerer.ask(question)
        assert answer.answerable, question
        assert answer.confidence >= SURE, question
    assert len({answerer.ask(question).citations[0].article.document_id for question in chinese}) >= 3


def test_what_the_archive_does_not_answer_is_not_suggested(answerer: Answerer) -> None:
    foreign = article("# 拉萨市医疗服务再上台阶\n\n拉萨市现有医疗卫生机构7654家。\n\n拉萨市新增25家幼儿园。\n")
    assert len(list(read_facts(foreign))) >= 2
    assert suggest(answerer, [foreign], 6) == []


def test_a_refused_question_is_asked_without_what_the_archive_lacks(answerer: Answerer) -> None:
    question = "拉萨市2031年有多少家社会办医疗机构？"
    refused = answerer.ask(question)
    missing = answerer.explain(question)["missing"]
    changed = better(answerer, question, missing, [hit.article for hit in refused.hits])
    assert changed == "南海区有多少家社会办医疗机构？"
    assert better(answerer, "拉萨市有多少座布达拉宫？", ["拉萨市", "布达拉宫"], []) is None
    assert better(answerer, question, ["没有的词"], []) is None
    nearest = [hit.article for hit in answerer.search("宁波高新区的目标是什么", 1)]
    changed = better(answerer, "拉萨高新区的总体定位是什么？", ["拉萨"], nearest)
    assert changed == "宁波高新区的总体定位是什么？"


def test_the_server_suggests_and_offers_another_question(answerer: Answerer) -> None:
    app = create_app(Settings(deadline_seconds=120), Opened(answerer.snapshot, answerer))
    with TestClient(app) as client:
        chinese = client.get("/api/suggestions").json()["questions"]
        assert {row["language"] for row in chinese} == {"zh"}
        english = client.get("/api/suggestions?language=en").json()["questions"]
        assert english[0]["language"] == "en"
        assert client.get("/api/suggestions?language=en").json()["questions"] == english
        assert client.get("/api/suggestions?language=fr").status_code == 422
        found = client.get("/api/instead", params={"q": "拉萨市2031年有多少家社会办医疗机构？"}).json()
        assert set(found["missing"]) == {"拉萨市", "2031"}
        assert found["better"] == "南海区有多少家社会办医疗机构？"
        assert client.get("/api/instead", params={"q": "你好"}).json() == {
            "missing": [],
            "better": None,
            "questions": [],
        }
        assert client.get("/api/instead", params={"q": " "}).status_code == 422
