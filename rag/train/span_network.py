"""The network of `rag.spans.network` in torch, and its training."""

import random
import time
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from index.text import fold
from rag.kinds import KINDS
from rag.spans.network import (
    AFTER,
    BEFORE,
    CLASS_TAGS,
    DILATIONS,
    MATCHES,
    PAIRS,
    WIDTH,
    Alphabet,
    Inputs,
    inputs,
)
from rag.spans.tokens import tokenise
from rag.train.span_data import Example

HIDDEN, CHAR, PAIR, TAG = 96, 64, 32, 16
CHARACTERS = 5000
BATCH, RATE = 32, 2.5e-3
LONGEST = 260  # characters of a window that is trained on

Item = tuple[Inputs, Inputs, int, int, int]


class SpanNetwork(nn.Module):
    """The same network in torch; its parameters carry the names that numpy reads."""

    def __init__(self) -> None:
        super().__init__()
        shapes = {
            "chars": (CHARACTERS + 1, CHAR), "pairs": (PAIRS, PAIR), "tags": (CLASS_TAGS, TAG),
            "kind": (len(KINDS), HIDDEN),
            "enter": (CHAR + 2 * PAIR + TAG + MATCHES, HIDDEN), "pool": (HIDDEN,), "attend": (HIDDEN, HIDDEN),
            "merge": (4 * HIDDEN, HIDDEN), "first": (HIDDEN,), "last": (HIDDEN,), "first_whole": (HIDDEN, HIDDEN),
            "last_whole": (HIDDEN, HIDDEN),
        }  # fmt: skip
        for place, dilations in zip(("before", "after"), DILATIONS, strict=True):
            for number in range(len(dilations)):
                shapes[f"{place}.{number}.taps"] = (WIDTH, HIDDEN)
                shapes[f"{place}.{number}.mix"] = (HIDDEN, 2 * HIDDEN)
        self.w = nn.ParameterDict()
        for name, shape in shapes.items():
            scale = 0.1 if name in ("chars", "pairs", "tags", "kind") else shape[0] ** -0.5
            scale *= 0.1 if name.endswith("_whole") else 1.0
            self.w[name.replace(".", "_")] = nn.Parameter(torch.randn(shape) * scale)
            if name.endswith((".mix", "enter", "merge")):
                self.w[name.replace(".mix", ".bias").replace(".", "_") if "." in name else f"{name}_bias"] = (
                    nn.Parameter(torch.zeros(shape[1]))
                )

    def encode(self, batch: "Batch", mask: torch.Tensor) -> torch.Tensor:
        """Return a row for each character, shape (batch, n, HIDDEN)."""
        w = self.w
        pairs = functional.embedding(batch.pairs, w["pairs"])
        before = functional.pad(pairs, (0, 0, 1, 0))[:, :-1]
        row = torch.cat(
            [functional.embedding(batch.chars, w["chars"]), pairs, before, functional.embedding(batch.tags, w["tags"])],
            -1,
        )
        row = (
            torch.cat([functional.dropout(row, 0.15, self.training), batch.matches], -1) @ w["enter"] + w["enter_bias"]
        )
        for number, dilation in enumerate(DILATIONS[0]):
            row = self.block(row, f"before_{number}", dilation, mask)
        return row

    def block(self, row: torch.Tensor, name: str, dilation: int, mask: torch.Tensor) -> torch.Tensor:
        """Return a gated convolution's output added to its input."""
        normal = functional.layer_norm(row, (HIDDEN,)) * mask[..., None]
        taps = self.w[f"{name}_taps"].T[:, None, :]
        mixed = functional.conv1d(
            normal.transpose(1, 2), taps, padding=dilation * (WIDTH // 2), dilation=dilation, groups=HIDDEN
        )
        gated = (
            functional.dropout(mixed.transpose(1, 2), 0.1, self.training) @ self.w[f"{name}_mix"]
            + self.w[f"{name}_bias"]
        )
        return row + functional.glu(gated, -1)

    def forward(self, text: "Batch", asked: "Batch", kind: torch.Tensor) -> torch.Tensor:
        """Return the logits, shape (batch, 2, n); minus infinity beyond a window's end."""
        w = self.w
        there, rows = self.encode(text, text.mask), self.encode(asked, asked.mask)
        gone = ~asked.mask
        weights = (rows @ w["pool"]).masked_fill(gone, -1e9).softmax(-1)
        whole = (weights[..., None] * rows).sum(1) + w["kind"][kind]
        attention = (
            ((there @ w["attend"]) @ rows.transpose(1, 2) / HIDDEN**0.5).masked_fill(gone[:, None], -1e9).softmax(-1)
        )
        near = attention @ rows
        both = torch.cat([there, near, there * near, there * whole[:, None]], -1) @ w["merge"] + w["merge_bias"]
        for number, dilation in enumerate(DILATIONS[1]):
            both = self.block(both, f"after_{number}", dilation, text.mask)
        both = functional.dropout(functional.layer_norm(both, (HIDDEN,)), 0.1, self.training)
        ends = torch.stack([w["first"] + whole @ w["first_whole"].T, w["last"] + whole @ w["last_whole"].T], 1)
        return (ends @ both.transpose(1, 2)).masked_fill(~text.mask[:, None], -1e9)

    def save(self, path: Path, characters: str) -> None:
        """Write the weights as numpy reads them, float16."""
        arrays = {_dotted(name): value.detach().numpy().astype(np.float16) for name, value in self.w.items()}
        with path.open("wb") as file:
            np.savez_compressed(
                file, characters=np.array([ord(char) for char in characters], dtype=np.uint32), **arrays
            )


def _dotted(name: str) -> str:
    parts = name.split("_")
    return ".".join(parts) if parts[0] in ("before", "after") else name


class Batch:
    """Texts of a batch, filled up to the longest."""

    def __init__(self, texts: Sequence[Inputs]) -> None:
        longest = max(len(text.chars) for text in texts)

        def filled(name: str) -> torch.Tensor:
            rows = [getattr(text, name) for text in texts]
            out = np.zeros((len(rows), longest, *rows[0].shape[1:]), dtype=rows[0].dtype)
            for i, row in enumerate(rows):
                out[i, : len(row)] = row
            return torch.from_numpy(out)

        self.chars, self.pairs, self.tags, self.matches = map(filled, ("chars", "pairs", "tags", "matches"))
        self.mask = torch.arange(longest)[None] < torch.tensor([len(text.chars) for text in texts])[:, None]


def item_of(example: Example, alphabet: Alphabet) -> Item | None:
    """Return the window, the question, its kind, and where the answer begins and ends; None where it is too long."""
    low, high = example.sentence
    head, sentence, tail = (
        example.text[max(0, low - BEFORE) : low],
        example.text[low:high],
        example.text[high : high + AFTER],
    )
    answer = next((a for a in example.answers if a in sentence), None)
    if answer is None:
        return None
    place = sentence.index(answer)
    start = len(fold(head + sentence[:place]))
    end = start + len(fold(answer))
    key = fold(head + sentence + tail)
    if len(key) > LONGEST or not key[start:end]:
        return None
    asked = tokenise(fold(example.question))
    return (
        inputs(tokenise(key), alphabet, asked),
        inputs(asked, alphabet, None),
        KINDS.index(example.kind),
        start,
        end - 1,
    )


def train_network(
    examples: Sequence[Example], minutes: float, seed: int, path: Path, say: Callable[[str], None]
) -> None:
    """Train for some minutes, the rate falling to nothing at their end, and write the weights."""
    torch.manual_seed(seed)
    torch.set_num_threads(2)
    chance = random.Random(seed)
    counts = Counter(
        char for example in examples for char in fold(example.question + example.text[slice(*example.sentence)])
    )
    characters = "".join(char for char, _ in counts.most_common(CHARACTERS))
    alphabet = Alphabet(characters)
    items = [item for example in examples if (item := item_of(example, alphabet)) for _ in range(example.copies)]
    model = SpanNetwork()
    rows = sum(p.numel() for p in model.parameters())
    say(f"{len(items)} windows an epoch, {rows / 1e6:.2f} million weights")
    optimiser = torch.optim.AdamW(model.parameters(), lr=RATE, weight_decay=0.01, betas=(0.9, 0.98))
    begun, step, losses = time.monotonic(), 0, list[float]()
    while (spent := (time.monotonic() - begun) / 60) < minutes:
        chance.shuffle(items)
        for start in range(0, len(items), BATCH * 50):
            some = sorted(items[start : start + BATCH * 50], key=lambda item: len(item[0].chars))
            batches = [some[i : i + BATCH] for i in range(0, len(some), BATCH)]
            chance.shuffle(batches)
            for batch in batches:
                spent = (time.monotonic() - begun) / 60
                for group in optimiser.param_groups:
                    group["lr"] = RATE * min(1.0, (step + 1) / 200) * max(0.0, 1 - spent / minutes)
                texts, asked, kinds, firsts, lasts = zip(*batch, strict=True)
                logits = model(Batch(texts), Batch(asked), torch.tensor(kinds))
                loss = functional.cross_entropy(logits[:, 0], torch.tensor(firsts)) + functional.cross_entropy(
                    logits[:, 1], torch.tensor(lasts)
                )
                optimiser.zero_grad()
                torch.autograd.backward(loss)
                nn.utils.clip_grad_norm_(model.parameters(), 2.0)
                optimiser.step()
                step += 1
                losses.append(loss.item())
            say(f"step {step}, {spent:.1f} min, loss {np.mean(losses[-50:]):.3f}")
            if spent >= minutes:
                break
    model.eval()
    model.save(path, characters)
