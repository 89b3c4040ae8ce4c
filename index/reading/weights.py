"""The reader's weights, read once when first needed: `weights/*.npz`, without pickle."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from index.reading.characters import Characters
from index.reading.ngrams import NgramModel, load_ngrams
from index.reading.seams import SeamModel
from index.reading.titles import CELLS, STEP
from index.trees import Trees

FOLDER = Path(__file__).parent / "weights"
FORESTS = ("roles_a", "roles_b", "review_a", "review_b", "links", "next", "below", "heads", "names")


@dataclass(frozen=True)
class Weights:
    """All that was trained: the alphabet, rarity of bigrams, character models, what headlines are like, trees by name.

    `calibration`: slope and offset that turn a link's log odds into those of a seam on the page being right.
    """

    characters: Characters
    rarity: npt.NDArray[np.float32]
    ngrams: NgramModel
    titles: npt.NDArray[np.float32]
    seams: SeamModel
    forests: Mapping[str, Trees]
    calibration: tuple[float, float]


@cache
def load_weights(folder: Path = FOLDER) -> Weights:
    """Read the weights of a folder.

    Raises:
        FileNotFoundError: a file is missing; `python -m index.reading.train` makes it.
    """
    characters, arrays = load_characters(folder)
    trees = _load(folder / "trees.npz") if (folder / "trees.npz").exists() else {}
    forests = {name: Trees.from_arrays(trees, name + "_") for name in FORESTS if name + "_head" in trees}
    return Weights(
        characters,
        (arrays["rarity"] / 16).astype(np.float32),
        load_ngrams(arrays),
        trees.get("titles", np.zeros(CELLS, dtype=np.int8)) * np.float32(STEP),
        SeamModel(characters, {name[5:]: value for name, value in arrays.items() if name.startswith("seam_")}),
        forests,
        tuple(trees.get("calibration", np.array([1.0, 0.0])).tolist()),
    )


def load_characters(folder: Path) -> tuple[Characters, dict[str, npt.NDArray[Any]]]:
    """Return the alphabet and the arrays of the character models."""
    arrays = _load(folder / "characters.npz")
    return Characters(arrays["codepoints"]), arrays


def _load(path: Path) -> dict[str, npt.NDArray[Any]]:
    with np.load(path, allow_pickle=False) as file:
        return {name: file[name] for name in file.files}
