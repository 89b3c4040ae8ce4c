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

from rag.alignment import MOST, NAMES, Words
from rag.beside import BESIDE
from rag.beside import MOST as MOST_BESIDE
from rag.kinds import KINDS

NETWORKS = 3  # whose outputs are averaged
HIDDEN = 64
HIDDEN_BESIDE = 32
OF_KIND = 6
EPOCHS = 32
BATCH = 256
RATE = 3e-3
DROPPED = 0.2

# The names of the layers in the weights, and here.
_LAYERS = {
    "a": "asked.first", "b": "asked.second", "w": "asked.worth",
    "c": "beside.first", "d": "beside.second", "v": "beside.worth", "o": "o", "p": "p",
}  # fmt: skip

Floats = npt.NDArray[np.float32]
Doubles = npt.NDArray[np.float64]


class _Set(nn.Module):
    """Two layers over each word of a set; then the words' mean, weighed by themselves, and their maximum."""

    def __init__(self, features: int, hidden: int) -> None:
        super().__init__()
        self.first, self.second = nn.Linear(features + OF_KIND, hidden), nn.Linear(hidden, hidden)
        self.worth = nn.Linear(hidden, 1)
        self.drop = nn.Dropout(DROPPED)

    def forward(self, words: torch.Tensor, there: torch.Tensor, asked: torch.Tensor) -> torch.Tensor:
        """Return (n, 2 · hidden). `words`: (n, most, features); `there`: (n, most), which of them are words."""
        hidden = functional.relu(self.first(torch.cat([words, asked[:, None].expand(-1, words.shape[1], -1)], -1)))
        hidden = functional.relu(self.second(self.drop(hidden)))
        worth = self.worth(hidden).squeeze(-1).masked_fill(~there, -1e9).softmax(-1)
        most = hidden.masked_fill(~there[..., None], 0).max(1).values
        return torch.cat([(worth[..., None] * hidden).sum(1), most], -1)


class _Network(nn.Module):
    def __init__(self, known: int) -> None:
        super().__init__()
        self.kind = nn.Embedding(len(KINDS), OF_KIND)
        self.asked, self.beside = _Set(len(NAMES), HIDDEN), _Set(len(BESIDE), HIDDEN_BESIDE)
        self.o = nn.Linear(2 * (HIDDEN + HIDDEN_BESIDE) + known + OF_KIND, HIDDEN)
        self.p = nn.Linear(HIDDEN, 1)
        self.drop = nn.Dropout(DROPPED)

    def forward(
        self,
        asked: torch.Tensor,
        asked_there: torch.Tensor,
        beside: torch.Tensor,
        beside_there: torch.Tensor,
        known: torch.Tensor,
        kind: torch.Tensor,
    ) -> torch.Tensor:
        """Return log odds, (n,). `asked`, `beside`: (n, most, features), and which of them are words, (n, most);
        `known`: (n, features); `kind`: (n,)."""
        of_kind = self.kind(kind)
        sets = [self.asked(asked, asked_there, of_kind), self.beside(beside, beside_there, of_kind)]
        whole = torch.cat([*sets, known, of_kind], -1)
        return torch.as_tensor(self.p(self.drop(functional.relu(self.o(whole))))).squeeze(-1)


class Alignment:
    """Networks fitted on some questions, and what they say of others."""

    def __init__(
        self, words: Sequence[Words], rows: Floats, kinds: Sequence[str], right: Doubles, weights: Doubles, seed: int
    ) -> None:
        """Fit. `words`: of `rag.alignment.align`; `rows`: features of the confidence; `right`: 1 where the best
        sentence answers, else 0; all of the same length."""
        self._mean, self._scale = rows.mean(axis=0), rows.std(axis=0) + 1e-3
        inputs = self._inputs(words, rows, kinds)
        target, weight = torch.tensor(right, dtype=torch.float32), torch.tensor(weights, dtype=torch.float32)
        self._networks = [_fit(inputs, target, weight, seed + number) for number in range(NETWORKS)]

    def _inputs(self, words: Sequence[Words], rows: Floats, kinds: Sequence[str]) -> tuple[torch.Tensor, ...]:
        known = np.clip((rows - self._mean) / self._scale, -4, 4).astype(np.float32)
        of_kind = torch.tensor([KINDS.index(kind) for kind in kinds])
        sets = (_filled([one.asked for one in words], MOST), _filled([one.beside for one in words], MOST_BESIDE))
        return *sets[0], *sets[1], torch.from_numpy(known), of_kind

    def logits(self, words: Sequence[Words], rows: Floats, kinds: Sequence[str]) -> Doubles:
        """Return the log odds for some questions, (n,)."""
        inputs = self._inputs(words, rows, kinds)
        with torch.no_grad():
            found = torch.stack([network(*inputs) for network in self._networks]).mean(0)
        return np.asarray(found.numpy(), dtype=np.float64)

    def save(self, path: Path) -> None:
        """Write the weights as `rag.alignment.AlignmentNetwork` reads them."""
        layers = [{name: value.numpy() for name, value in network.state_dict().items()} for network in self._networks]
        parts = {"kind": np.stack([layer["kind.weight"] for layer in layers])}
        for name, place in _LAYERS.items():
            parts[name] = np.stack([layer[f"{place}.weight"].T for layer in layers])
            parts[f"{name}0"] = np.stack([layer[f"{place}.bias"] for layer in layers])
        parts["p"], parts["p0"] = parts["p"][:, :, 0], parts["p0"][:, 0]
        parts |= {"mean": self._mean, "scale": self._scale}
        arrays: dict[str, Any] = {name: part.astype(np.float32) for name, part in parts.items()}
        np.savez(path, **arrays, names=np.array([*NAMES, *BESIDE]))


def _filled(sets: Sequence[Floats], most: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Return sets of rows filled up to the same size, and which of the rows are theirs; the first one always."""
    rows = np.zeros((len(sets), most, sets[0].shape[1]), np.float32)
    there = np.zeros((len(sets), most), np.bool_)
    for i, one in enumerate(sets):
        rows[i, : len(one)] = one
        there[i, : max(1, len(one))] = True
    return torch.from_numpy(rows), torch.from_numpy(there)


def _fit(inputs: tuple[torch.Tensor, ...], right: torch.Tensor, weights: torch.Tensor, seed: int) -> _Network:
    torch.manual_seed(seed)
    network = _Network(inputs[4].shape[1])
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
