"""Train the embedded model: `python -m index.train --data DIR [--out DIR] [--steps N] [--seed S]`.

A table of token vectors, trained with in-batch contrast: first on mean vectors (InfoNCE, Henderson et al. 2017,
arXiv:1705.00652), then jointly on mean vectors and on late interaction (MaxSim, Khattab & Zaharia, SIGIR 2020), since
retrieval uses both. Small initial rows let the rows' norms become the tokens' weights. On a CPU, in minutes.
"""

import argparse
import json
import logging
import time
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np
import torch
from safetensors.numpy import save_file
from tokenizers import Tokenizer
from torch import Tensor
from torch.nn import functional as F

from index import train_pairs
from index.encoder import Floats
from index.train_pairs import Data
from index.train_tokenizer import build_tokenizer, count_words

log = logging.getLogger("index.train")


@dataclass(frozen=True)
class Recipe:
    """What decides the weights, besides the data. `std`: of the initial rows; `scale`: inverse temperature."""

    size: int = 40_000
    dim: int = 256
    steps: int = 4500
    late_steps: int = 1000
    batch: int = 1536
    late_batch: int = 160
    std: float = 0.02
    rate: float = 0.015
    late_rate: float = 0.004
    scale: float = 25.0
    late_scale: float = 25.0
    late_share: float = 0.6
    seed: int = 1
    query_tokens: int = 64
    passage_tokens: int = 200
    count_characters: int = 16_000_000


@dataclass(frozen=True)
class Ids:
    """Texts as token ids, one after the other: text i is `ids[starts[i]:starts[i + 1]]`."""

    ids: Tensor
    starts: Tensor

    def take(self, rows: Tensor, limit: int) -> tuple[Tensor, Tensor]:
        """Return the flat ids of these texts, each cut at `limit`, and where each begins."""
        begins, lengths = self.starts[rows], (self.starts[rows + 1] - self.starts[rows]).clamp(max=limit)
        offsets = torch.cumsum(lengths, 0) - lengths
        places = torch.arange(int(lengths.sum())) + torch.repeat_interleave(begins - offsets, lengths)
        return self.ids[places].long(), offsets


@dataclass(frozen=True)
class Pairs:
    """The pairs of one source; `groups[i]` is equal for equal passages, which are no rivals of each other."""

    name: str
    share: float
    left: Ids
    right: Ids
    groups: Tensor


class RowAdam:
    """Adam (Kingma & Ba 2015) that touches only the rows of a batch: the cost follows the batch, not the table."""

    def __init__(self, table: Tensor, betas: tuple[float, float] = (0.9, 0.98)) -> None:
        self.table, self.betas, self.count = table, betas, 0
        self.mean, self.square = torch.zeros_like(table), torch.zeros_like(table)

    def step(self, rows: Tensor, gradient: Tensor, rate: float) -> None:
        """Move these rows (unique) against their gradient."""
        self.count += 1
        first, second = self.betas
        mean = self.mean[rows].mul_(first).add_(gradient, alpha=1 - first)
        square = self.square[rows].mul_(second).addcmul_(gradient, gradient, value=1 - second)
        self.mean[rows], self.square[rows] = mean, square
        step = rate / (1 - first**self.count)
        self.table[rows] -= step * mean / ((square / (1 - second**self.count)).sqrt_().add_(1e-8))


def encode_ids(tokenizer: Tokenizer, texts: list[str]) -> Ids:
    """Return the token ids of texts; an empty text becomes one unknown token."""
    flat, starts = [], [0]
    for begin in range(0, len(texts), 20_000):
        for encoding in tokenizer.encode_batch_fast(texts[begin : begin + 20_000], add_special_tokens=False):
            ids = encoding.ids[:400] or [0]
            flat.append(np.array(ids, dtype=np.int32))
            starts.append(starts[-1] + len(ids))
    return Ids(torch.from_numpy(np.concatenate(flat)), torch.tensor(starts))


def make_tokenizer(data: Data, recipe: Recipe) -> Tokenizer:
    """Return a tokenizer for the words of the data, from at most `count_characters` of it."""
    return build_tokenizer(count_words(_sample(data, recipe)), recipe.size)


def _sample(data: Data, recipe: Recipe) -> Iterator[str]:
    rng = np.random.default_rng(recipe.seed)
    texts: list[str] = []
    for source in train_pairs.SOURCES:
        if source.name not in ("glossed", "context", "fact"):
            texts.extend(side for pair in source.make(data, rng) for side in pair)
    left = recipe.count_characters
    for place in rng.permutation(len(texts)):
        left -= len(texts[place])
        if left < 0:
            return
        yield texts[place]


def make_pairs(data: Data, tokenizer: Tokenizer, recipe: Recipe) -> list[Pairs]:
    """Return every source's pairs as token ids; sources without data are left out."""
    made = []
    for number, source in enumerate(train_pairs.SOURCES):
        rng = np.random.default_rng((recipe.seed, number))
        pairs = [(a, b) for a, b in source.make(data, rng) if a.strip() and b.strip()]
        if not pairs:
            continue
        groups = torch.tensor([hash_text(b[:60]) for _, b in pairs])
        left, right = (encode_ids(tokenizer, [pair[side] for pair in pairs]) for side in (0, 1))
        made.append(Pairs(source.name, source.share, left, right, groups))
        log.info("%s: %d pairs", source.name, len(pairs))
    return made


def hash_text(text: str) -> int:
    """Return a 62-bit hash of a text, the same in every run."""
    return train_pairs.fold_number(text, 1 << 62)


def token_idf(pairs: list[Pairs], size: int) -> Floats:
    """Return log(N / (1 + texts with the token)) over the passages of all sources, (size,) float32, at least 0.1."""
    counts, total = np.zeros(size), 0
    for source in pairs:
        ids, starts = source.right.ids.numpy().astype(np.int64), source.right.starts.numpy()
        rows = np.repeat(np.arange(len(starts) - 1), np.diff(starts))
        counts += np.bincount(np.unique(rows * size + ids) % size, minlength=size)
        total += len(starts) - 1
    return np.maximum(np.log(total / (1 + counts)), 0.1).astype(np.float32)


def contrast(scores: Tensor, groups: Tensor) -> Tensor:
    """Return the symmetric InfoNCE loss of a square score matrix; equal passages are not each other's rivals."""
    same = (groups[:, None] == groups[None, :]) & ~torch.eye(len(groups), dtype=torch.bool)
    scores = scores.masked_fill(same, -1e4)
    target = torch.arange(len(groups))
    return (F.cross_entropy(scores, target) + F.cross_entropy(scores.T, target)) / 2


def mean_vectors(table: Tensor, ids: Tensor, offsets: Tensor) -> Tensor:
    """Return unit mean vectors of the texts, (n, dim)."""
    return F.normalize(F.embedding_bag(ids, table, offsets, mode="mean"), dim=1, eps=1e-6)


def late_scores(table: Tensor, idf: Tensor, left: tuple[Tensor, Tensor], right: tuple[Tensor, Tensor]) -> Tensor:
    """Return MaxSim of every left text with every right one, (n, m) in [0, 1]: sum w_t max_u cos(t, u) / sum w_t."""
    norms = table.norm(dim=1).clamp(min=1e-6)
    unit = table / norms[:, None]
    (q, q_offsets), (p, p_offsets) = left, right
    q_unique, q_place = torch.unique(q, return_inverse=True)
    p_unique, p_place = torch.unique(p, return_inverse=True)
    cosines = unit[q_unique] @ unit[p_unique].T
    with torch.no_grad():  # which token of each passage is closest; the gradient flows through it alone
        columns = _padded(p_place, p_offsets)  # (m, longest)
        near = cosines[:, columns.flatten()].view(len(q_unique), *columns.shape).argmax(2)
        closest = columns.gather(1, near.T).T  # (distinct query tokens, m)
    best = cosines.gather(1, closest).clamp(min=0)
    weights = (norms * idf)[q]
    rows = torch.repeat_interleave(torch.arange(len(q_offsets)), torch.diff(q_offsets, append=torch.tensor([len(q)])))
    total = torch.zeros(len(q_offsets)).index_add(0, rows, weights).clamp(min=1e-6)
    sums = torch.zeros(len(q_offsets), len(p_offsets)).index_add(0, rows, best[q_place] * weights[:, None])
    return sums / total[:, None]


def _padded(flat: Tensor, offsets: Tensor) -> Tensor:
    """Return runs of a flat tensor as rows, (runs, longest); shorter ones repeat their first value."""
    lengths = torch.diff(offsets, append=torch.tensor([len(flat)]))
    places = torch.arange(int(lengths.max())).expand(len(offsets), -1)
    return flat[offsets[:, None] + torch.where(places < lengths[:, None], places, 0)]


def train_table(pairs: list[Pairs], recipe: Recipe) -> tuple[Floats, list[float]]:
    """Return the trained table, (size, dim) float32, and the loss every hundred steps."""
    generator = torch.Generator().manual_seed(recipe.seed)
    table = torch.randn(recipe.size, recipe.dim, generator=generator) * recipe.std
    idf = torch.from_numpy(token_idf(pairs, recipe.size))
    shares = torch.tensor([source.share for source in pairs])
    total, since = recipe.steps + recipe.late_steps, time.perf_counter()
    losses: list[float] = []
    adam = RowAdam(table)
    for step in range(total):
        late = step >= recipe.steps
        source = pairs[int(torch.multinomial(shares, 1, generator=generator))]
        size = min(recipe.late_batch if late else recipe.batch, len(source.groups))
        rows = torch.randint(len(source.groups), (size,), generator=generator)
        left = source.left.take(rows, recipe.query_tokens if not late else 32)
        right = source.right.take(rows, recipe.passage_tokens)
        used, places = torch.unique(torch.cat([left[0], right[0]]), return_inverse=True)
        part = table[used].requires_grad_()
        a, b = (places[: len(left[0])], left[1]), (places[len(left[0]) :], right[1])
        scores = mean_vectors(part, *a) @ mean_vectors(part, *b).T * recipe.scale
        loss = contrast(scores, source.groups[rows])
        if late:
            close = contrast(late_scores(part, idf[used], a, b) * recipe.late_scale, source.groups[rows])
            loss = (1 - recipe.late_share) * loss + recipe.late_share * close
        loss.backward()  # type: ignore[no-untyped-call]
        assert part.grad is not None
        adam.step(used, part.grad, learning_rate(step, recipe))
        losses.append(float(loss.detach()))
        if step % 100 == 99:
            log.info(
                "step %d of %d, loss %.3f, %.0f s", step + 1, total, np.mean(losses[-100:]), time.perf_counter() - since
            )
    table[0] *= 0.01 / max(
        float(table[0].norm()), 1e-6
    )  # unknown characters say next to nothing; zero would be NaN alone
    return table.numpy(), [round(float(np.mean(losses[i : i + 100])), 4) for i in range(0, total, 100)]


def learning_rate(step: int, recipe: Recipe) -> float:
    """Return the rate at a step: 20 steps of warm-up, then linear to a tenth; the late phase decays to zero."""
    if step < recipe.steps:
        return recipe.rate * min(1.0, (step + 1) / 20) * (1 - 0.9 * step / recipe.steps)
    return recipe.late_rate * (1 - (step - recipe.steps) / recipe.late_steps)


def save_model(folder: Path, tokenizer: Tokenizer, table: Floats, idf: Floats, record: Mapping[str, object]) -> None:
    """Write a sentence-transformers model folder (StaticEmbedding + Normalize), the tokens' idf, and train.json."""
    folder.mkdir(parents=True, exist_ok=True)
    tokenizer.save(str(folder / "tokenizer.json"), pretty=False)
    save_file({"embedding.weight": table.astype(np.float16)}, folder / "model.safetensors")
    np.save(folder / "idf.npy", idf.astype(np.float16))
    kind = "sentence_transformers.sentence_transformer.modules"
    modules = [{"idx": 0, "name": "0", "path": "", "type": f"{kind}.StaticEmbedding"},
               {"idx": 1, "name": "1", "path": "1_Normalize", "type": f"{kind}.Normalize"}]  # fmt: skip
    write_json(folder / "modules.json", modules)
    settings: dict[str, object] = {"similarity_fn_name": "cosine", "prompts": {}, "default_prompt_name": None}
    write_json(folder / "config_sentence_transformers.json", settings)
    write_json(folder / "train.json", record)


def write_json(path: Path, value: object) -> None:
    """Write a value as indented JSON with a line break at the end."""
    path.write_text(json.dumps(value, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def main(arguments: list[str] | None = None) -> None:
    """Train from the command line."""
    parser = argparse.ArgumentParser(prog="python -m index.train", description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--exclude", nargs="*", default=[], metavar="NAME")
    parser.add_argument("--out", type=Path, default=Path("runs/model"))
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--steps", type=int, default=Recipe.steps)
    parser.add_argument("--late-steps", type=int, default=Recipe.late_steps)
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    torch.set_num_threads(options.threads)
    recipe = Recipe(steps=options.steps, late_steps=options.late_steps, seed=options.seed)
    data = Data(options.data, frozenset(options.exclude))
    tokenizer = make_tokenizer(data, recipe)
    log.info("tokenizer: %d pieces", tokenizer.get_vocab_size())
    recipe = replace(recipe, size=tokenizer.get_vocab_size())  # a small folder of data has fewer words
    pairs = make_pairs(data, tokenizer, recipe)
    table, losses = train_table(pairs, recipe)
    record = {
        "recipe": asdict(recipe),
        "data": data.hashes(),
        "pairs": {p.name: len(p.groups) for p in pairs},
        "losses": losses,
    }
    save_model(options.out, tokenizer, table, token_idf(pairs, recipe.size), record)


if __name__ == "__main__":
    main()
