"""The segmenter gives what jieba gives."""

from pathlib import Path

import jieba
import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.dictionary import TOTAL, dictionary
from index.segmenter import Counts, Segmenter
from index.text import HAN_RUN, fold

SEEDS = Path(__file__).parents[1] / "seeds"
CHARACTERS = "".join(HAN_RUN.findall(fold("".join(p.read_text(encoding="utf-8") for p in SEEDS.glob("*.txt")))))


@pytest.fixture(scope="module")
def cutters(tmp_path_factory: pytest.TempPathFactory) -> tuple[Segmenter, jieba.Tokenizer]:
    folder = tmp_path_factory.mktemp("cache")
    theirs = jieba.Tokenizer()
    theirs.tmp_dir = str(folder)
    return Segmenter(folder), theirs


def test_the_seeds_are_cut_as_jieba_cuts_them(cutters: tuple[Segmenter, jieba.Tokenizer]) -> None:
    ours, theirs = cutters
    for path in sorted(SEEDS.glob("*.txt")):
        for run in HAN_RUN.findall(fold(path.read_text(encoding="utf-8"))):
            assert ours.cut(run) == list(theirs.cut(run, HMM=True))


@given(st.text(st.sampled_from(CHARACTERS), min_size=1, max_size=40))
def test_so_is_anything_else(cutters: tuple[Segmenter, jieba.Tokenizer], run: str) -> None:
    ours, theirs = cutters
    assert ours.cut(run) == list(theirs.cut(run, HMM=True))


def test_and_characters_that_jieba_does_not_know(cutters: tuple[Segmenter, jieba.Tokenizer]) -> None:
    ours, theirs = cutters
    for run in ("㐀㐁南海", "\u9fd6\u9fd7", "\U00020000市长", "豈更車"):
        assert ours.cut(run) == list(theirs.cut(run, HMM=True))


def test_the_dictionary_read_piece_by_piece_is_jiebas(cutters: tuple[Segmenter, jieba.Tokenizer]) -> None:
    _, theirs = cutters
    theirs.initialize()
    ours = Counts()
    assert theirs.total == TOTAL
    assert [word for word, count in theirs.FREQ.items() if ours.get(word, -1) != count] == []
    assert sum(len(ours.starting(char)) for char in {word[0] for word in theirs.FREQ}) == len(theirs.FREQ)
    assert "北京" in ours
    assert "北京囧" not in ours
    fields = dictionary().starting("北")
    assert fields[fields.index("北京") :][:3] == ["北京", "34488", "ns"]
    assert dictionary().starting("\U0003ffff") == []
