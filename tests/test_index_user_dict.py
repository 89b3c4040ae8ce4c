"""A user's words stay whole, in the index and in questions, and an index knows which words it was built with."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from api.opening import build_archive, open_archive
from api.settings import Settings
from index import build
from index.errors import ModelError, SnapshotMismatch
from index.text import UserWords, fold, read_words, use_words, words
from tests.conftest import Place

TEXT = "本报讯 云帆智联昨天在青山镇揭牌。"
WORD = "云帆智联"


@pytest.fixture(autouse=True)
def _no_words() -> Iterator[None]:
    yield
    use_words(UserWords())


def dictionary(folder: Path, text: str) -> Path:
    path = folder / "words.txt"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_word_of_the_user_stays_whole_in_any_script(tmp_path: Path) -> None:
    assert WORD not in [word.text for word in words(TEXT)]
    use_words(read_words(dictionary(tmp_path, "\ufeff雲帆智聯 5 nt\n\n青山鎮\n")))
    assert {WORD, "青山镇"} <= {word.text for word in words(fold(TEXT))}
    use_words(UserWords())
    assert WORD not in [word.text for word in words(TEXT)]


def test_the_order_of_the_words_does_not_count_but_the_words_do(tmp_path: Path) -> None:
    one, other, third = (
        read_words(dictionary(tmp_path, text)).sha256 for text in ("甲乙\n丙丁 3", "丙丁 3\n甲乙", "甲乙")
    )
    assert one == other != third
    assert UserWords().sha256 == ""


@pytest.mark.parametrize("text", ["abc\n", "青山镇 many\n"])
def test_a_line_that_is_no_word_is_named(tmp_path: Path, text: str) -> None:
    with pytest.raises(ModelError, match="line 1"):
        read_words(dictionary(tmp_path, text))
    with pytest.raises(ModelError, match="cannot be read"):
        read_words(tmp_path / "nowhere.txt")


def test_an_index_of_other_words_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: Place) -> None:
    (tmp_path / "corpus").mkdir()
    for number in range(3):
        (tmp_path / "corpus" / f"{number}.txt").write_text(f"{TEXT}这是第{number}次。", encoding="utf-8")
    plain = Settings(corpus=tmp_path / "corpus", index=place(tmp_path / "index"))
    wordy = plain.model_copy(update={"user_dict": dictionary(tmp_path, WORD)})
    monkeypatch.setattr(build, "CHUNK", 40)
    build_archive(wordy, lambda *_: None, workers=2)  # the words reach other processes too
    opened = open_archive(wordy, lambda _: None, lambda *_: None)
    assert opened.snapshot.legs.knows(WORD)
    assert opened.answerer.search(f"{WORD}在哪里揭牌？", 1)[0].matched_terms[0] == WORD
    opened.close()
    with pytest.raises(SnapshotMismatch, match="user_dict"):
        open_archive(plain, lambda _: None, lambda *_: None)
