"""The network of the short answer: numpy gives what torch gives, and a damaged file is named."""

from pathlib import Path

import numpy as np
import pytest
import torch

from index.errors import ModelError
from rag.kinds import KINDS
from rag.spans.network import Alphabet, Inputs, Network, inputs
from rag.spans.tokens import tokenise
from rag.train.span_network import Batch, SpanNetwork

CHARACTERS = "南海区医院有多少家共,。0148"
TEXTS = "南海区共有医院1048家,增长6.3%。", "有医院。"
ASKED = tokenise("南海区有多少家医院")


def as_read(text: str, network: Network, asked: bool) -> Inputs:
    return inputs(tokenise(text), network.alphabet, ASKED if asked else None)


def test_numpy_gives_what_torch_gives_alone_and_in_a_batch(tmp_path: Path) -> None:
    torch.manual_seed(3)
    model = SpanNetwork().eval()
    model.save(tmp_path / "network.npz", CHARACTERS)
    network = Network.load(tmp_path / "network.npz")
    kind = KINDS.index("number")
    texts = [as_read(text, network, True) for text in TEXTS]
    with torch.no_grad():
        asked = Batch([as_read(ASKED.key, network, False)] * 2)
        expected = model(Batch(texts), asked, torch.tensor([kind, kind])).numpy()
    for i, text in enumerate(texts):
        found = network.logits(text, network.question(ASKED, "number"))
        assert found.shape == (2, len(TEXTS[i]))
        scale = np.abs(expected[i][:, : len(TEXTS[i])]).max()  # the file is float16, torch's weights are float32
        np.testing.assert_allclose(found, expected[i][:, : len(TEXTS[i])], atol=0.01 * scale)


def test_a_part_of_a_window_is_read_as_in_the_whole(tmp_path: Path) -> None:
    torch.manual_seed(4)
    SpanNetwork().save(tmp_path / "network.npz", CHARACTERS)
    network = Network.load(tmp_path / "network.npz")
    asked = network.question(ASKED, "number")
    read = as_read("有医院,共1048家。" * 12, network, True)
    whole = network.logits(read, asked)
    for part in (slice(0, 4), slice(50, 61), slice(100, len(read.chars))):
        np.testing.assert_allclose(network.logits(read, asked, part), whole[:, part], atol=1e-4 * np.abs(whole).max())


def test_inputs_say_what_the_question_shares_with_the_text() -> None:
    read = inputs(tokenise("医院,1048家"), Alphabet("医院"), ASKED)
    assert read.chars.tolist() == [1, 2, 0, 0, 0, 0, 0, 0]
    assert read.matches[:, 0].tolist() == [1, 1, 0, 0, 0, 0, 0, 1]
    assert read.matches[:, 1].tolist() == [1, 0, 0, 0, 0, 0, 0, 0]


def test_a_damaged_file_is_named(tmp_path: Path) -> None:
    path = tmp_path / "network.npz"
    SpanNetwork().save(path, CHARACTERS)
    path.write_bytes(path.read_bytes()[:5000])
    with pytest.raises(ModelError, match="cannot be read"):
        Network.load(path)
