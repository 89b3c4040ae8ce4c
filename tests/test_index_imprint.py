"""What a page says of itself: read where it is evident, left out where it is not."""

import pytest

from index.article import Part, read_articles
from index.imprint import Imprint, read_imprint
from index.page import Page

from .test_api_contract import seeds_page


def line(text: str, kind: str = "furniture") -> Part:
    return Part(kind, 0, 0, text, ((0, len(text)),))


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (["珠江时报 2024年4月25日 星期四 A02版"], Imprint("珠江时报", "2024-04-25", "A02")),
        (["人民日报", "2023年12月1日 星期五", "第3版 要闻"], Imprint("人民日报", "2023-12-01", "3")),
        (["A02 要闻"], Imprint(None, None, "A02")),
        (["下转A03版", "详见5版"], Imprint(None, None, None)),
        (["A02版", "A03版"], Imprint(None, None, None)),
        (["2024年13月40日 星期四"], Imprint(None, None, None)),
        (["2024年4月25日", "2024年4月26日"], Imprint(None, None, None)),
        (["《人民日报》刊文指出"], Imprint(None, None, None)),
    ],
)
def test_what_stands_at_the_head_of_a_page_is_read(lines: list[str], expected: Imprint) -> None:
    assert read_imprint([line(text) for text in lines], []) == expected


def test_a_date_in_text_that_belongs_nowhere_is_not_the_pages() -> None:
    assert read_imprint([line("2024年1月3日公布结果", "unassigned")], []).date is None


def test_the_newspaper_of_the_datelines_is_the_pages_unless_it_calls_itself_this_paper() -> None:
    first = read_articles(seeds_page("000_6386c4a8febe7e05.txt"))
    assert read_imprint(first.left, first.articles) == Imprint("珠江时报", None, None)
    fourth = read_articles(seeds_page("004_42ccb5cc379ccaeb.txt"))
    assert read_imprint(fourth.left, fourth.articles) == Imprint(None, None, None)
    assert read_imprint(first.left, [*first.articles, *fourth.articles]).newspaper is None


def test_an_articles_slices_are_all_of_it_on_the_page() -> None:
    page = seeds_page("000_6386c4a8febe7e05.txt")
    reading = read_articles(page)
    for article in reading.articles:
        heads = [part.text for part in article.parts if part.start == part.end]
        there = "".join(page.text[start:end] for start, end in article.slices())
        assert sorted("".join(there.split())) == sorted("".join("".join([*heads, article.text]).split()))
    assert read_articles(Page("x.txt", "", "0" * 64)).articles == ()
