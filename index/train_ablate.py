"""Ablations of the embedded model: one change at a time, short runs, measured on what training leaves out.

`python -m index.train --data DIR --ablations [NAME…]` prints the table, or the named lines. The measure is R@1 in a
closed pool of held-out pairs: Chinese questions against passages, and English sentences against Chinese ones, each by
mean vectors and by MaxSim. `--measure FOLDER…` prints the same of models that are trained.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from tokenizers import Tokenizer

from index.encoder import Floats, StaticEncoder
from index.train_pairs import QUESTIONS, Data, Pair, fold_number, held_out
from index.train_table import Pairs, Recipe, encode_ids, late_scores, mean_vectors, token_idf, train_table

SHORT = {"steps": 300, "late_steps": 60}
POOL = 400  # held-out pairs of each kind
VARIANTS: dict[str, dict[str, float]] = {
    "base": {},
    "base, seed 2": {"seed": 2},
    "base, seed 3": {"seed": 3},
    "initial rows N(0, 1)": {"std": 1.0},
    "initial rows N(0, 0.1)": {"std": 0.1},
    "rate 0.03": {"rate": 0.03},
    "scale 15": {"scale": 15.0, "late_scale": 15.0},
    "scale 35": {"scale": 35.0, "late_scale": 35.0},
    "no late phase": {"late_steps": 0, "steps": 360},
    "late phase alone": {"late_steps": 360, "steps": 0, "late_rate": 0.015},
    "late loss alone": {"late_share": 1.0},
    "128 numbers": {"dim": 128},
}


def held_out_pairs(data: Data) -> dict[str, list[Pair]]:
    """Return pairs that no source of training yields: question and passage, English and Chinese sentence."""
    questions: dict[str, str] = {}
    for name in QUESTIONS:
        for row in data.rows(name):
            if held_out(name, row["context"]) and not row.get("is_impossible"):
                questions.setdefault(row["context"][:300], row["question"])
    rows = [row for row in data.rows("press_notes") if fold_number(row["en"], 20) == 0]
    parallel = {row["zh"]: row["en"] for row in rows}
    return {
        "zh→zh": [(question, passage) for passage, question in questions.items()][:POOL],
        "en→zh": [(english, chinese) for chinese, english in parallel.items()][:POOL],
    }


def recall(table: Floats, idf: Floats, tokenizer: Tokenizer, pairs: list[Pair]) -> tuple[float, float]:
    """Return R@1 of the left texts among all right ones, by mean vectors and by MaxSim."""
    rows = torch.arange(len(pairs))
    sides = (encode_ids(tokenizer, [pair[side] for pair in pairs]) for side in (0, 1))
    left, right = (side.take(rows, 200) for side in sides)
    rows_of = torch.from_numpy(table)
    with torch.no_grad():
        means = mean_vectors(rows_of, *left) @ mean_vectors(rows_of, *right).T
        late = late_scores(rows_of, torch.from_numpy(idf), left, right)
    return float((means.argmax(1) == rows).float().mean()), float((late.argmax(1) == rows).float().mean())


def measures(data: Data, folders: Sequence[Path]) -> Iterator[str]:
    """Yield a line for each model folder.

    Raises:
        ModelError: a folder holds no model.
    """
    held = held_out_pairs(data)
    yield _head(held)
    for folder in folders:
        encoder = StaticEncoder(folder)
        table, idf = (np.asarray(part, dtype=np.float32) for part in (encoder.table, np.load(folder / "idf.npy")))
        yield _line(str(folder), [recall(table, idf, encoder.tokenizer, rows) for rows in held.values() if rows])


def _head(held: dict[str, list[Pair]]) -> str:
    return f"{'':24}" + "  ".join(f"{kind} mean / MaxSim" for kind in held)


def _line(name: str, found: list[tuple[float, float]]) -> str:
    return f"{name:24}" + "  ".join(f"{mean:10.3f} / {late:.3f}" for mean, late in found)


def ablations(
    data: Data, tokenizer: Tokenizer, pairs: list[Pairs], recipe: Recipe, named: Sequence[str] = ()
) -> Iterator[str]:
    """Yield a line for each variant of the recipe, and for each source left out; of the named ones if any are."""
    held = held_out_pairs(data)
    without = {f"without {source.name}": source.name for source in pairs}
    yield _head(held)
    for name in named or [*VARIANTS, *without]:
        kept = [source for source in pairs if source.name != without.get(name)]
        changed = replace(recipe, **{**SHORT, **VARIANTS.get(name, {})})  # type: ignore[arg-type]
        table, _ = train_table(kept, changed)
        idf = token_idf(kept, changed.size)
        found = [recall(np.asarray(table), idf, tokenizer, rows) for rows in held.values() if rows]
        yield _line(name, found)
