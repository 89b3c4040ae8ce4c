"""Train the embedded model: `python -m index.train --data DIR [--out DIR] [--steps N] [--seed S]`; or look at what was
trained: `--ablations [NAME…]`, `--measure FOLDER…` (`index.train_ablate`).

A tokenizer of the words of the data, pairs of texts, and a table of token rows learned from them (`index.train_table`),
saved as a sentence-transformers model. On a CPU, in minutes.
"""

import argparse
import json
import logging
from collections.abc import Iterator, Mapping
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import torch
from safetensors.numpy import save_file
from tokenizers import Tokenizer

from index import train_pairs
from index.encoder import Floats
from index.train_ablate import ablations, measures
from index.train_pairs import Data
from index.train_table import Pairs, Recipe, encode_ids, token_idf, train_table
from index.train_tokenizer import build_tokenizer, count_words

log = logging.getLogger("index.train")


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
    parser.add_argument(
        "--ablations", nargs="*", metavar="NAME", help="print what each choice is worth; train nothing else"
    )
    parser.add_argument("--measure", nargs="+", type=Path, metavar="FOLDER", help="measure models; train nothing")
    options = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    torch.set_num_threads(options.threads)
    recipe = Recipe(steps=options.steps, late_steps=options.late_steps, seed=options.seed)
    data = Data(options.data, frozenset(options.exclude))
    if options.measure:
        for line in measures(data, options.measure):
            log.info(line)
        return
    tokenizer = make_tokenizer(data, recipe)
    log.info("tokenizer: %d pieces", tokenizer.get_vocab_size())
    recipe = replace(recipe, size=tokenizer.get_vocab_size())  # a small folder of data has fewer words
    pairs = make_pairs(data, tokenizer, recipe)
    if options.ablations is not None:
        for line in ablations(data, tokenizer, pairs, recipe, options.ablations):
            log.info(line)
        return
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
