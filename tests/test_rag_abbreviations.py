"""Short names learned from the archive."""

from pathlib import Path

from rag.abbreviations import Abbreviations
from rag.answerer import Answerer
from tests.conftest import Build


def test_a_short_name_is_learned_with_its_long_one() -> None:
    learned = Abbreviations.learn(
        [
            "记者从山西省防汛抗旱指挥部(以下简称“山西省防指”)获悉",
            "贵州航宇科技发展股份有限公司（以下简称“公司”）收到函件",
            "位于马尔维纳斯群岛（简称马岛）以西",
            "印发《行动方案(2023年)》(以下简称《方案》)",
            "昨天，上海队（简称北方队）没有来",
        ]
    )
    assert learned.others["山西省防指"] == ("山西省防汛抗旱指挥部",)
    assert learned.others["山西省防汛抗旱指挥部"] == ("山西省防指",)
    assert learned.others["马岛"] == ("马尔维纳斯群岛",)
    assert "公司" not in learned.others
    assert "方案" not in learned.others
    assert "北方队" not in learned.others
    assert learned.of("马岛在哪里") == {"马岛": ("马尔维纳斯群岛",)}


def test_short_names_are_found_wherever_they_stand_in_a_long_text() -> None:
    given = (
        "西非国家经济共同体（简称西共体）、马尔维纳斯群岛（简称马岛）",
        "山西省防汛抗旱指挥部(以下简称“山西省防指”)获悉",
        "國際奧林匹克委員會（簡稱國際奧會）",
        "河南省郑州市人民防空办公室（下文统称郑州人防办）",
    )
    between = "今天的天气很好。" * 50
    long = [between.join(given), f"{between}{given[1]}", f"{given[0]}{between}"]
    assert Abbreviations.learn(long) == Abbreviations.learn(given)
    assert len(Abbreviations.learn(given).others) == 10


def test_a_question_with_the_short_name_is_answered_by_an_article_with_the_long_one(
    tmp_path: Path, build: Build
) -> None:
    (tmp_path / "corpus").mkdir()
    texts = {
        "a": "西非国家经济共同体（简称西共体）昨天开会。",
        "b": "西非国家经济共同体主席图雷八月三日宣布辞职，成员国代表表示感谢。",
        "c": "东盟轮值主席国代表八月六日宣布会议推迟。",
    }
    for name, text in texts.items():
        (tmp_path / "corpus" / f"{name}.txt").write_text(text, encoding="utf-8")
    answerer = Answerer(build(tmp_path / "corpus", tmp_path / "index"))
    answer = answerer.ask("西共体主席是谁宣布辞职的？")
    assert answer.citations[0].article.document_id == "b.txt"
