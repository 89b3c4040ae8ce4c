import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.text import close_up, codes, fold, fold_with_offsets, terms, words


def test_traditional_full_width_case_and_accents_fold_to_one_key() -> None:
    assert fold("南海區ＡＢＣ　Café「知識產權」") == "南海区abc cafe“知识产权”"


def test_a_folded_character_that_grows_keeps_its_place() -> None:
    key = fold_with_offsets("a㎡b")
    assert key.text == "am2b"
    assert list(key.offsets) == [0, 1, 1, 2, 3]
    assert key.source_span(1, 3) == (1, 2)


@given(st.text())
def test_folding_twice_is_folding_once(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@given(st.text())
def test_the_key_with_offsets_is_the_key(text: str) -> None:
    key = fold_with_offsets(text)
    assert key.text == fold(text)
    assert len(key.offsets) == len(key.text) + 1
    assert list(key.offsets) == sorted(key.offsets)


@given(st.text(alphabet=st.sampled_from("南海区有1048家，abc 5G 1+2+X。")))
def test_words_stand_where_they_say(text: str) -> None:
    key = fold(text)
    found = words(key)
    assert all(key[word.start : word.end] == word.text for word in found)
    assert all(left.end <= right.start for left, right in zip(found, found[1:], strict=False))


def test_terms_are_words_and_bigrams_and_codes_stay_whole() -> None:
    found = terms(fold("南海区1+2+X、GB/T 7714"))
    assert {"南海", "海区", "1+2+x", "gb/t", "7714"} <= set(found)
    assert "、" not in found


@pytest.mark.parametrize(
    ("forms", "expected"),
    [
        (["5G", "5 G", "５ｇ", "５　Ｇ"], {"5g"}),
        (["1+2+X", "1 + 2 + X", "１＋２＋ｘ"], {"1+2", "2+x"}),
        (["GB/T7714", "GB/T 7714", "gb / t 7714"], {"gb/t", "t7714"}),
        (["0.5%", "０．５％", "0.5 %"], {"0.5%"}),
        (["1,048家", "1048家", "１０４８ 家"], {"1048家"}),
        (["COVID-19", "covid 19"], set()),
    ],
)
def test_a_code_is_the_same_in_any_width_case_and_spacing(forms: list[str], expected: set[str]) -> None:
    assert [set(codes(fold(form))) - {"1048"} for form in forms] == [expected] * len(forms)


@pytest.mark.parametrize(
    ("text", "closed"),
    [
        ("南 海 区 的 会 是 哪 天 开 的 ？", "南海区的会是哪天开的 ？"),
        ("示\u3000范\n县", "示范县"),
        ("智慧治理 永续未来", "智慧治理 永续未来"),
        ("孔 小艳 说了什么", "孔 小艳 说了什么"),
        ("5 G 和 A B", "5 G 和 A B"),
    ],
)
def test_characters_that_each_stand_alone_are_closed_up(text: str, closed: str) -> None:
    assert close_up(text) == closed


def test_half_a_percent_is_not_a_half() -> None:
    assert "0.5%" not in terms(fold("0.5倍"))
    assert {"0.5", "0.5%"} <= set(terms(fold("增长0.5％")))
    assert "12月" in terms(fold("5日12月"))
    assert "12日" not in terms(fold("5日12月"))


def test_words_of_a_sentence_are_no_codes() -> None:
    assert list(codes(fold("The hospital has been open since May."))) == []
