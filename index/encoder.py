"""Texts to unit vectors: the embedded model, without torch, or any sentence-transformers model."""

import json
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Protocol

import numpy as np
import numpy.typing as npt
from tokenizers import Tokenizer

from index.errors import ModelError

MODEL_FOLDER = Path(__file__).parent / "model"
BATCH = 1024  # texts tokenised at a time
FEW = 32  # texts up to which the tokenizer's threads cost more than they save
KEPT = 4096  # words and sentences whose tokens are kept in memory

Floats = npt.NDArray[np.float32]


class Encoder(Protocol):
    """What turns texts into vectors."""

    @property
    def name(self) -> str:
        """A name for manifests: the same name means the same vectors."""

    @property
    def dim(self) -> int:
        """How many numbers a vector has."""

    def encode(self, texts: Sequence[str]) -> Floats:
        """Return one unit row for each text, (n, dim) float32; a text without known tokens gives a zero row."""


class StaticEncoder:
    """A sentence-transformers `StaticEmbedding` model on `tokenizers` and numpy alone; its table stays on disk.

    A text's vector is the mean of its tokens' rows, made a unit vector. The same as `SentenceTransformer(path)`
    gives, to 1e-3 in half precision and to 1e-5 after `.float()`.
    """

    def __init__(self, path: str | Path) -> None:
        """Open a model folder: `tokenizer.json` and `model.safetensors`.

        Raises:
            ModelError: a file is missing or damaged, or it is not such a model.
        """
        self.path = Path(path)
        self.tokenizer = _read_tokenizer(self.path / "tokenizer.json")
        self.table = _map_table(self.path / "model.safetensors")
        self.tokens = lru_cache(KEPT)(self._tokens)
        rows, self._dim = (int(size) for size in self.table.shape)
        if rows != self.tokenizer.get_vocab_size():
            raise ModelError(
                f"{self.path}: {rows} rows for {self.tokenizer.get_vocab_size()} tokens. Both files must come from"
                f" one training; copy the model folder again."
            )

    @property
    def name(self) -> str:
        """The folder's name and what its table is: "model:40000x256"."""
        return f"{self.path.name}:{self.table.shape[0]}x{self._dim}"

    @property
    def dim(self) -> int:
        """How many numbers a vector has."""
        return self._dim

    def token_ids(self, texts: Sequence[str]) -> list[list[int]]:
        """Return each text's token ids, in order."""
        found: list[list[int]] = []
        size = BATCH if len(texts) > FEW else 1
        for start in range(0, len(texts), size):
            batch = self.tokenizer.encode_batch_fast(list(texts[start : start + size]), add_special_tokens=False)
            found.extend(encoding.ids for encoding in batch)
        return found

    def _tokens(self, text: str) -> npt.NDArray[np.uint16]:
        """Return a text's token ids, in order, kept for the next time; nobody writes to them."""
        return np.array(self.token_ids([text])[0], dtype=np.uint16)

    def encode(self, texts: Sequence[str]) -> Floats:
        """Return one unit row for each text, (n, dim) float32; a text without known tokens gives a zero row."""
        return self.encode_ids(self.token_ids(texts))

    def encode_ids(self, ids: Sequence[Sequence[int]]) -> Floats:
        """Return one unit row for each text given as token ids, (n, dim) float32."""
        vectors = np.zeros((len(ids), self._dim), dtype=np.float32)
        for row, tokens in enumerate(ids):
            if len(tokens):
                self.table[tokens].astype(np.float32).mean(axis=0, out=vectors[row])
        norms = np.linalg.norm(vectors, axis=1, keepdims=True)
        unit: Floats = np.divide(vectors, norms, out=vectors, where=norms > 0)
        return unit


class TransformerEncoder:
    """Any sentence-transformers model, by a folder's path or a hub name. Needs the extra `[transformers]`."""

    def __init__(self, name_or_path: str) -> None:
        """Load the model; the network is used only if `name_or_path` is no folder.

        Raises:
            ModelError: sentence-transformers is not installed, or there is no such model.
        """
        try:
            from sentence_transformers import SentenceTransformer  # heavy: torch, 5 s, 400 MB
        except ImportError as error:
            raise ModelError(
                f"{name_or_path}: sentence-transformers is not installed. Install it with"
                f" `pip install 'wenbao[transformers]'`, or use the embedded model."
            ) from error
        try:
            self._model = SentenceTransformer(
                name_or_path, device="cpu", local_files_only=Path(name_or_path).is_dir(), trust_remote_code=False
            )
        except (OSError, ValueError) as error:
            raise ModelError(f"{name_or_path}: not a sentence-transformers model ({error}).") from error
        self._name = name_or_path
        self._dim = len(self.encode([""])[0])

    @property
    def name(self) -> str:
        """The path or hub name it was loaded by."""
        return self._name

    @property
    def dim(self) -> int:
        """How many numbers a vector has."""
        return self._dim

    def encode(self, texts: Sequence[str]) -> Floats:
        """Return one unit row for each text, (n, dim) float32."""
        rows = self._model.encode(list(texts), normalize_embeddings=True, show_progress_bar=False)
        return np.asarray(rows, dtype=np.float32)


def load_encoder(setting: str = "") -> StaticEncoder | TransformerEncoder:
    """Return the encoder a setting names: "" or "embedded", a model folder, or a sentence-transformers hub name.

    A folder that holds a static model in half precision is run without torch.

    Raises:
        ModelError: it cannot be loaded.
    """
    if setting in ("", "embedded"):
        return StaticEncoder(MODEL_FOLDER)
    if is_static(Path(setting)):
        return StaticEncoder(setting)
    return TransformerEncoder(setting)


def is_static(folder: Path) -> bool:
    """Tell whether a folder holds what `StaticEncoder` runs: StaticEmbedding, then nothing but Normalize."""
    try:
        kinds = [module["type"].rsplit(".", 1)[-1] for module in json.loads((folder / "modules.json").read_bytes())]
        _map_table(folder / "model.safetensors")
    except (OSError, ValueError, KeyError, TypeError, AttributeError, ModelError):
        return False
    return kinds == ["StaticEmbedding", "Normalize"]


def _read_tokenizer(path: Path) -> Tokenizer:
    try:
        tokenizer = Tokenizer.from_str(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ModelError(f"{path}: cannot be read ({error.strerror}). Copy the model folder again.") from error
    except Exception as error:  # noqa: BLE001  (tokenizers raises bare Exception)
        raise ModelError(f"{path}: not a tokenizer ({error}). Copy the model folder again.") from error
    tokenizer.no_padding()
    tokenizer.no_truncation()
    return tokenizer


def _map_table(path: Path) -> npt.NDArray[np.float16]:
    """Return the float16 table of a safetensors file, memory-mapped. Format: u64 header length, JSON header, data."""
    try:
        with path.open("rb") as file:
            length = int.from_bytes(file.read(8), "little")
            if not 0 < length < 1 << 20:
                raise ValueError("no header")
            entry = json.loads(file.read(length))["embedding.weight"]
        begin, end = entry["data_offsets"]
        rows, dim = entry["shape"]
        if entry["dtype"] != "F16" or end - begin != 2 * rows * dim or path.stat().st_size < 8 + length + end:
            raise ValueError("not a whole float16 table")
        mapped = np.memmap(path, dtype="<f2", mode="r", offset=8 + length + begin, shape=(rows, dim))
        return np.asarray(mapped)  # a plain view: what is taken of a memmap itself costs 10 µs more
    except OSError as error:
        raise ModelError(f"{path}: cannot be read ({error.strerror}). Copy the model folder again.") from error
    except (ValueError, KeyError, TypeError) as error:
        raise ModelError(f"{path}: no float16 StaticEmbedding table ({error}). Copy the model folder again.") from error
