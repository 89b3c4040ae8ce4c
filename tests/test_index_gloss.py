"""Glosses: looked up in a table on disk, longest phrase first, whatever the ending."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.errors import ModelError
from index.gloss import GlossTable, endings
from index.pinyin import Pinyin, names_in
from index.train_gloss import align, merge, write_table

ROWS = {
    "hospital": {"医院": 0.84},
    "world heritage": {"世界遗产": 1.0},
    "world": {"世界": 0.7, "全球": 0.3},
    "heritage": {"遗产": 1.0},
    "city": {"城市": 0.5, "市": 0.25},
    "stop": {"停止": 1.0},
    "the hague": {"海牙": 1.0},
}


@pytest.fixture
def table(tmp_path: Path) -> GlossTable:
    write_table(ROWS, tmp_path / "gloss.tsv")
    return GlossTable(tmp_path / "gloss.tsv")


def test_every_phrase_is_found_and_nothing_between(table: GlossTable) -> None:
    for phrase, row in ROWS.items():
        assert dict(table.look_up(phrase)) == row
    for phrase in ("", "a", "hospita", "hospitals", "world heritag", "zzz", "citz", "\t"):
        assert table.look_up(phrase) == ()


def test_the_longest_phrase_wins_and_function_words_are_passed_over(table: GlossTable) -> None:
    text = "How many World Heritage sites are in the world’s cities?"
    found = table.gloss(text)
    assert [(g.source, g.words[0][0]) for g in found] == [
        ("World Heritage", "世界遗产"),
        ("world’s", "世界"),
        ("cities", "城市"),
    ]
    assert all(text[g.start : g.end] == g.source for g in found)
    assert [g.words[0][0] for g in table.gloss("stopped in The Hague")] == ["停止", "海牙"]


def test_turned_round_it_puts_chinese_words_into_english_heaviest_first(tmp_path: Path) -> None:
    write_table({"town": {"市": 0.5}, "city": {"市": 0.6}, "in a big old city": {"市": 0.9}}, tmp_path / "g.tsv")
    assert GlossTable(tmp_path / "g.tsv").turned_round() == {"市": "city\ttown"}


@pytest.mark.parametrize(
    ("word", "base"),
    [("cities", "city"), ("hospitals", "hospital"), ("stopped", "stop"), ("making", "make"), ("city's", "city")],
)
def test_endings_come_off(word: str, base: str) -> None:
    assert base in endings(word)
    assert endings(word)[0] == word.removesuffix("'s")


@given(st.text(max_size=60))
def test_any_text_can_be_glossed(text: str) -> None:
    for gloss in GlossTable().gloss(text):
        assert text[gloss.start : gloss.end] == gloss.source
        assert gloss.words
        assert all(0 < weight <= 1 for _, weight in gloss.words)


def test_the_shipped_table_knows_everyday_words_and_places() -> None:
    shipped = GlossTable()
    for phrase, word in (("hospital", "医院"), ("foshan", "佛山"), ("kunshan", "昆山"), ("united states", "美国")):
        assert word in dict(shipped.look_up(phrase))


def test_a_missing_or_empty_table_is_named(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"gloss\.tsv"):
        GlossTable(tmp_path / "gloss.tsv")
    (tmp_path / "gloss.tsv").write_bytes(b"")
    with pytest.raises(ModelError, match=r"gloss\.tsv"):
        GlossTable(tmp_path / "gloss.tsv")


def test_alignment_finds_which_word_means_which() -> None:
    pairs = [(["cat", "dog"], ["狗", "猫"]), (["cat"], ["猫"]), (["dog"], ["狗"])] * 5
    table = align(pairs)
    assert max(table["cat"], key=lambda word: table["cat"][word]) == "猫"
    assert table["dog"]["狗"] > 0.9


def test_merging_takes_the_mean_where_both_know_a_phrase() -> None:
    merged = merge({"cat": {"猫": 1.0}, "dog": {"狗": 1.0}}, {"cat": {"猫": 0.5, "猫咪": 0.5}})
    assert merged == {"cat": {"猫": 0.75, "猫咪": 0.25}, "dog": {"狗": 1.0}}


def test_names_are_found_by_their_sound_among_pairs_that_the_corpus_knows() -> None:
    text = "昆山市占旭刚在永川区吕志兴西安"
    pairs = {text[i : i + 2] for i in range(len(text) - 1)}
    pinyin = Pinyin()
    for name, written in (
        ("Kunshan", "昆山"),
        ("Zhan Xugang", "占旭刚"),
        ("Lü Zhixing", "吕志兴"),
        ("Lu Zhixing", "吕志兴"),
    ):
        assert pinyin.spellings(name, pairs.__contains__) == [written]
    assert pinyin.spellings("Xi'an", pairs.__contains__) == ["西安"]
    assert pinyin.spellings("Shakespeare", pairs.__contains__) == []
    assert pinyin.spellings("Kunshan", set().__contains__) == []


def test_names_are_runs_of_capitalised_words() -> None:
    text = "Who is Zhan Xugang of Yongchuan District's Xi'an?"
    assert [name for name, _, _ in names_in(text)] == ["Zhan Xugang", "Yongchuan District", "Xi'an"]
    known = [(text.index("District"), text.index("District") + 8)]
    found = names_in(text, known)
    assert [name for name, _, _ in found] == ["Zhan Xugang", "Yongchuan", "Xi'an"]
    assert all(text[start:end] == name for name, start, end in found)
