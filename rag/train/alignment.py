"""The network over the words of a question: trained on the best sentences of rankings that had not seen the document.

AdamW with linear decay; the same seed on the same machine gives the same weights.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import nn
from torch.nn import functional

from rag.alignment import MOST, NAMES
from rag.kinds import KINDS

NETWORKS = 3  # whose outputs are averaged
HIDDEN = 64
OF_KIND = 6
EPOCHS = 24
BATCH = 256
RATE = 3e-3
DROPPED = 0.1

Floats = npt.NDArray[np.float32]
Doubles = npt.NDArray[np.float64]


class _Network(nn.Module):
    def __init__(self, known: int) -> None:
        super().__init__()
        self.kind = nn.Embedding(len(KINDS), OF_KIND)
        self.a, self.b = nn.Linear(len(NAMES) + OF_KIND, HIDDEN), nn.Linear(HIDDEN, HIDDEN)
        self.w = nn.Linear(HIDDEN, 1)
        self.o, self.p = nn.Linear(2 * HIDDEN + known + OF_KIND, HIDDEN), nn.Linear(HIDDEN, 1)
        self.drop = nn.Dropout(DROPPED)

    def forward(
        self, words: torch.Tensor, there: torch.Tensor, known: torch.Tensor, kind: torch.Tensor
    ) -> torch.Tensor:
        """Return log odds, (n,). `words`: (n, MOST, len(NAMES)); `there`: (n, MOST), which of them are words;
        `known`: (n, features); `kind`: (n,)."""
        asked = self.kind(kind)
        hidden = functional.relu(self.a(torch.cat([words, asked[:, None].expand(-1, words.shape[1], -1)], -1)))
        hidden = functional.relu(self.b(self.drop(hidden)))
        worth = self.w(hidden).squeeze(-1).masked_fill(~there, -1e9).softmax(-1)
        most = hidden.masked_fill(~there[..., None], 0).max(1).values
        whole = torch.cat([(worth[..., None] * hidden).sum(1), most, known, asked], -1)
        return torch.as_tensor(self.p(self.drop(functional.relu(self.o(whole))))).squeeze(-1)


class Alignment:
    """Networks fitted on some questions, and what they say of others."""

    def __init__(
        self, words: Sequence[Floats], rows: Floats, kinds: Sequence[str], right: Doubles, weights: Doubles, seed: int
    ) -> None:
        """Fit. `words`: of `rag.alignment.align`; `rows`: features of the confidence; `right`: 1 where the best
        sentence answers, else 0; all of the same length."""
        self._mean, self._scale = rows.mean(axis=0), rows.std(axis=0) + 1e-3
        inputs = self._inputs(words, rows, kinds)
        target, weight = torch.tensor(right, dtype=torch.float32), torch.tensor(weights, dtype=torch.float32)
        self._networks = [_fit(inputs, target, weight, seed + number) for number in range(NETWORKS)]

    def _inputs(self, words: Sequence[Floats], rows: Floats, kinds: Sequence[str]) -> tuple[torch.Tensor, ...]:
        each, there = np.zeros((len(words), MOST, len(NAMES)), np.float32), np.zeros((len(words), MOST), np.bool_)
        for i, one in enumerate(words):
            each[i, : len(one)] = one
            there[i, : max(1, len(one))] = True
        known = np.clip((rows - self._mean) / self._scale, -4, 4).astype(np.float32)
        of_kind = torch.tensor([KINDS.index(kind) for kind in kinds])
        return torch.from_numpy(each), torch.from_numpy(there), torch.from_numpy(known), of_kind

    def logits(self, words: Sequence[Floats], rows: Floats, kinds: Sequence[str]) -> Doubles:
        """Return the log odds for some questions, (n,)."""
        inputs = self._inputs(words, rows, kinds)
        with torch.no_grad():
            found = torch.stack([network(*inputs) for network in self._networks]).mean(0)
        return np.asarray(found.numpy(), dtype=np.float64)

    def save(self, path: Path) -> None:
        """Write the weights as `rag.alignment.AlignmentNetwork` reads them."""
        layers = [{name: value.numpy() for name, value in network.state_dict().items()} for network in self._networks]
        parts = {"kind": np.stack([layer["kind.weight"] for layer in layers])}
        for name in "ab":
            parts[name] = np.stack([layer[f"{name}.weight"].T for layer in layers])
            parts[f"{name}0"] = np.stack([layer[f"{name}.bias"] for layer in layers])
        parts["w"] = np.stack([layer["w.weight"].T for layer in layers])
        parts["o"] = np.stack([layer["o.weight"].T for layer in layers])
        parts["o0"] = np.stack([layer["o.bias"] for layer in layers])
        parts["p"] = np.stack([layer["p.weight"][0] for layer in layers])
        parts["p0"] = np.stack([layer["p.bias"][0] for layer in layers])
        parts |= {"mean": self._mean, "scale": self._scale}
        arrays: dict[str, Any] = {name: part.astype(np.float32) for name, part in parts.items()}
        np.savez(path, **arrays, names=np.array(NAMES))


def _fit(inputs: tuple[torch.Tensor, ...], right: torch.Tensor, weights: torch.Tensor, seed: int) -> _Network:
    torch.manual_seed(seed)
    network = _Network(inputs[2].shape[1])
    optimiser = torch.optim.AdamW(network.parameters(), lr=RATE, weight_decay=0.02)
    steps = EPOCHS * (len(right) // BATCH)
    decay = torch.optim.lr_scheduler.LambdaLR(optimiser, lambda step: max(0.02, 1 - step / max(1, steps)))
    for _ in range(EPOCHS):
        for part in torch.split(torch.randperm(len(right)), BATCH):
            said = network(*(tensor[part] for tensor in inputs))
            wrong = functional.binary_cross_entropy_with_logits(said, right[part], reduction="none")
            optimiser.zero_grad()
            (wrong * weights[part]).mean().backward()  # type: ignore[no-untyped-call]
            optimiser.step()
            decay.step()
    return network.eval()
