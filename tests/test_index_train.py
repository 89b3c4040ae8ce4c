"""Training the embedded model: on a handful of pairs, reproducibly, into a folder that sentence-transformers loads."""

import json
import lzma
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import normalizers

from index import train, train_ablate
from index.encoder import StaticEncoder
from index.train_pairs import Data, dictionary, held_out, question_pairs
from index.train_table import RowAdam, late_scores
from index.train_tokenizer import build_tokenizer, count_words, double_array, folding_charsmap

TOPICS = ["医院", "学校", "铁路", "机场", "公园", "图书馆", "银行", "工厂", "市场", "博物馆", "大学", "车站"]
ENGLISH = ["hospital", "school", "railway", "airport", "park", "library", "bank", "factory", "market", "museum",
           "university", "station"]  # fmt: skip


def write(path: Path, rows: list[dict[str, object]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with lzma.open(path, "wt", encoding="utf-8") as file:
        file.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Tiny data: questions, a dictionary, sentence pairs, and an evaluation set to be left alone."""
    folder = tmp_path / "data"
    questions = [
        {
            "question": f"{topic}{n}号在哪里？",
            "context": f"{topic}{n}号建在城市东边的{n}号街上，离河不远。",
            "answers": [f"{n}号街"],
        }
        for topic in TOPICS
        for n in range(6)
    ]
    write(folder / "qa" / "cmrc2018_trial.jsonl.xz", questions)
    write(folder / "parallel" / "cc_cedict.jsonl.xz",
          [{"en": f"{e} (building)", "zh": z, "zh_trad": z} for e, z in zip(ENGLISH, TOPICS, strict=True)])  # fmt: skip
    write(folder / "parallel" / "tatoeba.jsonl.xz",
          [{"en": f"A big {e}.", "zh": f"{z}很大。"} for e, z in zip(ENGLISH, TOPICS, strict=True)] * 3)  # fmt: skip
    write(folder / "eval" / "wmt22.jsonl.xz", [{"en": "never trained on this", "zh": "绝不能用来训练"}])
    return folder


def test_training_is_reproducible_and_lowers_the_loss(data: Path, tmp_path: Path) -> None:
    for out in ("one", "two"):
        train.main(["--data", str(data), "--out", str(tmp_path / out), "--steps", "60", "--late-steps", "20"])
    one, two = (StaticEncoder(tmp_path / name) for name in ("one", "two"))
    np.testing.assert_array_equal(one.table, two.table)
    record = json.loads((tmp_path / "one" / "train.json").read_text())
    assert set(record["data"]) == {"cmrc2018_trial", "cc_cedict", "tatoeba"}
    assert record["recipe"]["seed"] == 1
    vectors = one.encode(["医院", "hospital", "market"])
    assert vectors[0] @ vectors[1] > vectors[0] @ vectors[2] + 0.3


def test_what_was_trained_loads_in_sentence_transformers_with_the_same_vectors(data: Path, tmp_path: Path) -> None:
    from sentence_transformers import SentenceTransformer

    train.main(["--data", str(data), "--out", str(tmp_path / "m"), "--steps", "5", "--late-steps", "2"])
    model = SentenceTransformer(str(tmp_path / "m"), device="cpu", local_files_only=True).float()
    texts = ["醫院在哪裡？", "Ｔhe hospital"]
    np.testing.assert_allclose(StaticEncoder(tmp_path / "m").encode(texts), model.encode(texts), atol=1e-5)


def test_ablations_print_a_line_for_every_choice_and_source(
    data: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(train_ablate, "SHORT", {"steps": 3, "late_steps": 1})
    monkeypatch.setattr(train_ablate, "VARIANTS", {"base": {}, "no late phase": {"late_steps": 0}})
    with caplog.at_level("INFO", logger="index.train"):
        train.main(["--data", str(data), "--ablations"])
    for name in ("base", "no late phase", "without question", "without parallel", "without dictionary"):
        assert any(line.startswith(f"{name:24}") and "/" in line for line in caplog.messages)


def test_the_same_seed_and_data_give_the_same_model_and_its_measure(
    data: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    folders = [tmp_path / name for name in ("first", "second")]
    short = ["--data", str(data), "--steps", "3", "--late-steps", "2", "--threads", "1"]
    for folder in folders:
        train.main([*short, "--out", str(folder)])
    for name in ("model.safetensors", "tokenizer.json", "idf.npy", "train.json"):
        assert (folders[0] / name).read_bytes() == (folders[1] / name).read_bytes(), name
    with caplog.at_level("INFO", logger="index.train"):
        train.main(["--data", str(data), "--measure", *map(str, folders)])
    first, second = (line.removeprefix(str(folder)) for folder, line in zip(folders, caplog.messages[-2:], strict=True))
    assert first.split() == second.split()
    assert all(0 < float(number) <= 1 for number in first.split()[::2])


def test_excluded_sets_held_out_passages_and_evaluation_sets_are_not_used(data: Path) -> None:
    rng = np.random.default_rng(0)
    used = {passage for _, passage in question_pairs(Data(data), rng)}
    rows = list(Data(data).rows("cmrc2018_trial"))
    kept = {row["context"] for row in rows if held_out("cmrc2018_trial", row["context"])}
    assert kept
    assert used == {row["context"] for row in rows} - kept
    assert list(question_pairs(Data(data, frozenset({"cmrc2018_trial"})), rng)) == []
    assert list(Data(data).rows("wmt22")) == []


def test_the_dictionary_is_read_without_brackets_and_chinese() -> None:
    class One(Data):
        def rows(self, name: str):  # type: ignore[no-untyped-def]
            yield {"en": "Nanhai, a district of Foshan City 佛山市[Fo2 shan1 Shi4], Guangdong", "zh": "南海區"}

    assert dictionary(One(Path())) == {"南海区": ["Nanhai, a district of Foshan City , Guangdong"]}


keys = st.binary(min_size=1, max_size=5).filter(lambda key: 0 not in key)


@settings(max_examples=60, deadline=None)
@given(st.dictionaries(keys, st.integers(0, 2**31 - 1), min_size=1, max_size=60), st.lists(keys, max_size=20))
def test_the_double_array_holds_its_keys_and_no_others(values: dict[bytes, int], others: list[bytes]) -> None:
    units = double_array(values)
    for key in [*values, *others]:
        assert look_up(units, key) == values.get(key)


def look_up(units: list[int], key: bytes) -> int | None:
    """Walk the units as sentencepiece does; return the value of the whole key."""
    position = units[0] >> 10
    unit = units[0]
    for byte in key:
        position ^= byte
        unit = units[position]
        if unit & (1 << 31 | 0xFF) != byte:
            return None
        position ^= unit >> 10
    return units[position] & (1 << 31) - 1 if unit >> 8 & 1 else None


def test_the_character_map_folds_in_the_tokenizer() -> None:
    normalizer = normalizers.Precompiled(folding_charsmap())
    assert normalizer.normalize_str("國際ＡＢＣ「Café」①") == "国际abc“cafe”1"


def test_the_tokenizer_prefers_frequent_words_and_knows_every_character_of_them() -> None:
    tokenizer = build_tokenizer(Counter(count_words(["南海区的医院很多，医院也很大。"] * 20)), 400)
    pieces = tokenizer.encode("南海医院 12", add_special_tokens=False).tokens
    assert "医院" in pieces
    assert tokenizer.token_to_id("<unk>") == 0
    assert "<unk>" not in pieces


def test_maxsim_in_training_is_the_one_that_retrieval_uses() -> None:
    table = torch.tensor([[3.0, 0], [0, 4], [1, 1], [-2, 0]])
    idf = torch.tensor([1.0, 2, 0.5, 1])
    left = (torch.tensor([0, 1]), torch.tensor([0]))
    right = (torch.tensor([0, 2, 1, 3]), torch.tensor([0, 2, 3]))
    near = 0.5**0.5
    expected = torch.tensor([[3 / 11 + 8 / 11 * near, 8 / 11, 0]])
    torch.testing.assert_close(late_scores(table, idf, left, right), expected)


def test_adam_moves_only_the_rows_of_a_batch() -> None:
    table = torch.ones(4, 2)
    RowAdam(table).step(torch.tensor([1, 3]), torch.tensor([[1.0, -1], [0, 2]]), 0.1)
    torch.testing.assert_close(table, torch.tensor([[1.0, 1], [0.9, 1.1], [1, 1], [1, 0.9]]))
