"""The whole way on the real pages: verbatim answers, reasoned refusals, nothing that depends on how much is shown."""

import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from api.bodies import answer_body
from index.errors import QueryError
from index.page import Page, read_page
from rag.answer import Message
from rag.answerer import Answerer
from rag.cite import bare, verify_answer

from .conftest import SEEDS

QUESTION = "南海区有多少家社会办医疗机构？"


def body_of(answerer: Answerer, question: str) -> dict[str, object]:
    return dict(json.loads(json.dumps(answer_body(answerer.ask(question), 5), ensure_ascii=False)))


def seeds_page(document_id: str) -> Page:
    return read_page(SEEDS, document_id)


def test_a_question_gets_its_sentence_with_where_it_was_printed(answerer: Answerer) -> None:
    answer = answerer.ask(QUESTION)
    assert answer.text is not None
    assert "1048家" in answer.text
    assert answer.citations[0].article.document_id == "000_6386c4a8febe7e05.txt"
    page = seeds_page("000_6386c4a8febe7e05.txt")
    raw = "".join(page.text[low:high] for low, high in answer.citations[0].raw_segments)
    assert bare(raw) == bare(answer.text)


def test_traditional_and_english_questions_find_it_too(answerer: Answerer) -> None:
    for question in ("南海區有多少家社會辦醫療機構？", "How many privately run medical institutions does Nanhai have?"):
        assert answerer.ask(question).hits[0].article.document_id == "000_6386c4a8febe7e05.txt"


@pytest.mark.parametrize(
    ("question", "reason"),
    [
        ("你好", "not_a_question"),
        ("帮我写首诗", "not_a_question"),
        ("拉萨市2031年有多少家社会办医疗机构？", "entity_missing"),
        ("拉萨高新区的总体定位是什么？", "entity_missing"),
        ("上海海淀区2020年的专利申请量是多少？", "entity_missing"),
    ],
)
def test_what_the_archive_does_not_say_is_refused_with_the_nearest(
    answerer: Answerer, question: str, reason: str
) -> None:
    answer = answerer.ask(question)
    assert not answer.answerable
    assert answer.reason == reason
    assert answer.citations == ()
    assert answer.hits


@pytest.mark.parametrize("question", ["北京市海淀区2020年的专利申请量是多少？", "天津宁河的“科技浪花”是什么活动？"])
def test_a_place_need_not_be_named_where_one_in_it_is(answerer: Answerer, question: str) -> None:
    assert answerer.ask(question).answerable


def test_the_answer_does_not_depend_on_how_many_passages_are_shown(answerer: Answerer) -> None:
    one, many = answerer.ask(QUESTION, k=1), answerer.ask(QUESTION, k=20)
    assert (one.text, one.confidence) == (many.text, many.confidence)
    assert len(one.hits) == 1
    assert len(many.hits) == 20


def test_only_the_documents_named_are_asked(answerer: Answerer) -> None:
    answer = answerer.ask(QUESTION, k=20, documents=["002_53c82c49c9095ff0.txt"])
    assert {hit.article.document_id for hit in answer.hits} == {"002_53c82c49c9095ff0.txt"}
    for documents in ([], ["nowhere.txt"]):
        with pytest.raises(QueryError, match="document"):
            answerer.ask(QUESTION, documents=documents)


def test_a_follow_up_is_answered_and_shown_made_whole(answerer: Answerer) -> None:
    said = answerer.ask("南海区现有医疗卫生机构多少家？").text or ""
    answer = answerer.ask(
        "其中社会办的呢？", [Message("user", "南海区现有医疗卫生机构多少家？"), Message("assistant", said)]
    )
    assert answer.rewritten_question
    assert "南海区" in answer.rewritten_question
    assert answer.text
    assert "1048家" in answer.text


def test_an_answer_verifies_and_a_changed_one_does_not(answerer: Answerer) -> None:
    body = body_of(answerer, QUESTION)
    assert verify_answer(body, seeds_page) == []
    changed = json.loads(json.dumps(body).replace("1048", "1049"))
    assert verify_answer(changed, seeds_page)
    assert verify_answer({**body, "short_answer": "别的"}, seeds_page)
    assert verify_answer({**body, "citations": []}, seeds_page)
    assert verify_answer({}, seeds_page)

    def changed_page(document_id: str) -> Page:
        page = seeds_page(document_id)
        return Page(document_id, page.text.replace("1048", "1049"), "0" * 64)

    assert verify_answer(body, changed_page)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(max_size=512))
def test_any_text_is_answered_refused_or_declined_and_every_answer_verifies(answerer: Answerer, text: str) -> None:
    try:
        answer = answerer.ask(text)
    except QueryError:
        return
    assert 0 <= answer.confidence <= 1
    assert answer.answerable == (answer.reason is None)
    assert verify_answer(json.loads(json.dumps(answer_body(answer, 5))), seeds_page) == []


def test_the_imports_run_one_way() -> None:
    order = ["index", "rag", "api", "eval"]
    root = Path(__file__).parent.parent
    for place, package in enumerate(order):
        for path in (root / package).rglob("*.py"):
            lines = [line.split() for line in path.read_text(encoding="utf-8").splitlines()]
            used = {words[1].split(".")[0] for words in lines if len(words) > 1 and words[0] in ("from", "import")}
            assert not used & set(order[place + 1 :]), path


def test_nothing_is_pickled() -> None:
    root = Path(__file__).parent.parent
    for package in ("index", "rag", "api", "eval"):
        for path in (root / package).rglob("*.py"):
            text = path.read_text(encoding="utf-8")
            assert "import pickle" not in text, path
            assert "allow_pickle=True" not in text, path


def test_an_explanation_agrees_with_the_answer(answerer: Answerer) -> None:
    question = "南海区有多少家社会办医疗机构？"
    why, answer = answerer.explain(question), answerer.ask(question)
    assert answer.text is not None
    assert why["sentences"][0]["text"].strip() == answer.text.strip()
    assert why["probability"] == answer.confidence
    assert why["reason"] is None
    assert why["decided"]
    refused = answerer.explain("顺德区有多少家社会办医疗机构？")
    assert refused["missing"] == ["顺德区"]
    assert refused["ruled_out"]
