"""Numbers are met however they are written."""

import pytest

from rag.numerals import numbers_missing, value_of


@pytest.mark.parametrize(
    ("numeral", "value"),
    [("三", 3), ("十五", 15), ("二十", 20), ("三百", 300), ("一千二百万", 12_000_000), ("一亿二千万", 120_000_000), ("二〇二〇", 2020)],
)  # fmt: skip
def test_a_numeral_has_its_value(numeral: str, value: float) -> None:
    assert value_of(numeral) == value


@pytest.mark.parametrize(
    ("asked", "text"),
    [
        ("300人参加了吗", "共有三百人参加"), ("2020年", "二〇二〇年一月"), ("5%", "占百分之五"), ("2,000家", "2000家企业"), ("1.2万人", "共12000人"),
        ("12000人", "1.2万人"), ("3.5万元", "三点五万元"), ("12月23日", "昨天上午"), ("20世纪", "1901年"), ("47家", "有47家"),
    ],
)  # fmt: skip
def test_a_number_is_met_in_another_form(asked: str, text: str) -> None:
    assert numbers_missing(asked, text) == []


@pytest.mark.parametrize(
    ("asked", "text", "missing"),
    [("47家", "48家", ["47"]), ("12月3日", "11月3日", ["12"]), ("2012年和2013年", "2013年", ["2012"]), ("300人", "三千人", ["300"])],
)  # fmt: skip
def test_another_number_is_missing(asked: str, text: str, missing: list[str]) -> None:
    assert numbers_missing(asked, text) == missing
