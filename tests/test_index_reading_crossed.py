"""A line that breaks off in a word is no section heading."""

from pathlib import Path

from index.article import read_articles
from index.page import read_page

SEEDS = Path(__file__).parents[1] / "seeds"


def test_the_first_line_of_a_paragraph_is_not_taken_for_a_heading() -> None:
    articles = read_articles(read_page(SEEDS, "000_6386c4a8febe7e05.txt")).articles
    assert "九龙坡区谢家湾街道民主村社区是一个老小区，2022年初启动更新改造项目" in articles[3].text


def test_section_headings_stay() -> None:
    articles = read_articles(read_page(SEEDS, "000_6386c4a8febe7e05.txt")).articles
    sections = [part.text for part in articles[1].parts if part.kind == "section"]
    assert sections == ["主动领题", "年轻干部深入基层调研", "聚智破题", "助推“百千万”落地见效"]
