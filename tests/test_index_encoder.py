"""The encoders: equal to sentence-transformers, exact by hand, and clear about damaged files."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.numpy import load_file, save_file
from tokenizers import Tokenizer, models, pre_tokenizers

from index.encoder import MODEL_FOLDER, StaticEncoder, TransformerEncoder, load_encoder
from index.errors import ModelError
from index.text import fold

TEXTS = [
    "南海区有多少家社会办医疗机构？",
    "建设示范县，2024年1月3日",
    "台灣的國立故宮博物院在哪裡？",
    "How many private clinics are there in Nanhai District?",
    "ＧＢ/Ｔ 7714 《标准》 ①②③ Ⅷ ㎡ café",
    "𠮷野家 👍🏽 한국어 \u200d",
    "",
    " \n\t",
    "字" * 3000,
]


@pytest.fixture
def tiny(tmp_path: Path) -> Path:
    """A model of four tokens in two dimensions: a = (3, 0), b = (0, 4), c = (1, 1)."""
    tokenizer = Tokenizer(models.WordLevel({"<unk>": 0, "a": 1, "b": 2, "c": 3}, unk_token="<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    tokenizer.save(str(tmp_path / "tokenizer.json"))
    table = np.array([[0, 0], [3, 0], [0, 4], [1, 1]], dtype=np.float16)
    save_file({"embedding.weight": table}, tmp_path / "model.safetensors")
    kind = "sentence_transformers.sentence_transformer.modules"
    modules = [
        {"idx": 0, "name": "0", "path": "", "type": f"{kind}.StaticEmbedding"},
        {"idx": 1, "name": "1", "path": "1_Normalize", "type": f"{kind}.Normalize"},
    ]
    (tmp_path / "modules.json").write_text(json.dumps(modules))
    return tmp_path


def test_a_vector_is_the_unit_mean_of_its_tokens_rows(tiny: Path) -> None:
    vectors = StaticEncoder(tiny).encode(["a b", "a", "b b c", "", "zzz"])
    expected = [[0.6, 0.8], [1, 0], np.array([1, 9]) / np.sqrt(82), [0, 0], [0, 0]]
    np.testing.assert_allclose(vectors, expected, atol=1e-6)
    assert vectors.dtype == np.float32


def test_static_equals_sentence_transformers_in_both_precisions() -> None:
    from sentence_transformers import SentenceTransformer

    mine = StaticEncoder(MODEL_FOLDER).encode(TEXTS)
    half = SentenceTransformer(str(MODEL_FOLDER), device="cpu", local_files_only=True)
    worded = [i for i, text in enumerate(TEXTS) if text.strip()]  # torch's half precision makes NaN of an empty text
    np.testing.assert_allclose(mine[worded], half.encode([TEXTS[i] for i in worded]), atol=1e-3)
    np.testing.assert_allclose(mine, half.float().encode(TEXTS), atol=1e-5)


def test_the_embedded_model_is_small_and_half_precision() -> None:
    size = sum(path.stat().st_size for path in MODEL_FOLDER.rglob("*") if path.is_file())
    assert size <= 32_000_000
    assert StaticEncoder(MODEL_FOLDER).table.dtype == np.float16


@settings(max_examples=200, deadline=None)
@given(st.text(st.characters(codec="utf-8", exclude_characters="\0", exclude_categories=["Cf", "Mn", "Me", "Mc"])))
def test_the_tokenizer_folds_as_the_search_keys_do(text: str) -> None:
    encoder = _embedded()
    assert encoder.token_ids([text]) == encoder.token_ids([fold(text)])


@pytest.mark.parametrize(
    ("one", "same"),
    [("國立故宮博物院", "国立故宫博物院"), ("ＡＢＣ１２３", "abc123"), ("Café", "cafe"), ("「好」", "“好”")],
)
def test_spellings_of_the_same_get_the_same_vector(one: str, same: str) -> None:
    vectors = _embedded().encode([one, same])
    np.testing.assert_array_equal(vectors[0], vectors[1])


def test_rows_have_length_one_and_meaning_crosses_languages() -> None:
    vectors = _embedded().encode(["医院有多少张床位", "how many beds has the hospital", "the weather is fine"])
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    assert vectors[0] @ vectors[1] > vectors[0] @ vectors[2] + 0.2


def test_long_lists_are_encoded_in_batches_like_short_ones() -> None:
    texts = [f"第{i}条新闻" for i in range(2500)]
    encoder = _embedded()
    np.testing.assert_array_equal(encoder.encode(texts)[2400:], encoder.encode(texts[2400:]))


@pytest.mark.parametrize("name", ["tokenizer.json", "model.safetensors"])
def test_a_missing_file_is_named(tiny: Path, name: str) -> None:
    (tiny / name).unlink()
    with pytest.raises(ModelError, match=name):
        StaticEncoder(tiny)


@pytest.mark.parametrize("keep", [0, 4, 20, -1])
def test_a_cut_table_is_refused(tiny: Path, keep: int) -> None:
    path = tiny / "model.safetensors"
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(ModelError, match=r"model\.safetensors"):
        StaticEncoder(tiny)


def test_a_cut_tokenizer_is_refused(tiny: Path) -> None:
    path = tiny / "tokenizer.json"
    path.write_text(path.read_text()[:-20])
    with pytest.raises(ModelError, match="not a tokenizer"):
        StaticEncoder(tiny)


def test_a_table_of_another_tokenizer_is_refused(tiny: Path) -> None:
    table = load_file(tiny / "model.safetensors")["embedding.weight"]
    save_file({"embedding.weight": table[:3]}, tiny / "model.safetensors")
    with pytest.raises(ModelError, match="3 rows for 4 tokens"):
        StaticEncoder(tiny)


def test_any_sentence_transformers_folder_is_one_setting_away(tiny: Path) -> None:
    shutil.rmtree(tiny / "1_Normalize", ignore_errors=True)
    by_torch = TransformerEncoder(str(tiny))
    assert by_torch.dim == 2
    np.testing.assert_allclose(by_torch.encode(["a b", "c"]), StaticEncoder(tiny).encode(["a b", "c"]), atol=1e-3)
    assert isinstance(load_encoder(str(tiny)), StaticEncoder)
    table = load_file(tiny / "model.safetensors")["embedding.weight"].astype(np.float32)
    save_file({"embedding.weight": table}, tiny / "model.safetensors")
    assert isinstance(load_encoder(str(tiny)), TransformerEncoder)


def test_a_folder_without_a_model_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="not a sentence-transformers model"):
        load_encoder(str(tmp_path))


def test_the_settings_for_the_embedded_model_name_it() -> None:
    assert load_encoder("").name == load_encoder("embedded").name == StaticEncoder(MODEL_FOLDER).name


def _embedded() -> StaticEncoder:
    return StaticEncoder(MODEL_FOLDER)
