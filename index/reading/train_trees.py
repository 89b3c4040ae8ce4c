"""Trains all of the reader's trees, each kind on pages read by those before it. See `index.reading.train`."""

import logging
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any
from zlib import crc32

import numpy as np
import numpy.typing as npt

from index.reading.press import GoldPage
from index.reading.roles import ROLES
from index.reading.train_corpus import Story
from index.reading.train_lines import (
    Labels,
    Rows,
    fit_calibration,
    head_examples,
    link_examples,
    name_examples,
    printed,
    review_examples,
    role_examples,
    seam_examples,
    train_forest,
)
from index.reading.weights import Weights, load_weights
from index.trees import Trees

PAGES = {  # of each style that a model is for
    "roles_a": 4000,
    "roles_b": 4500,
    "review_a": 12000,
    "review_b": 6000,
    "links": 3500,
    "below": 6000,
    "heads": 4500,
    "names": 8000,
    "seams": 2500,
}
PARTS = (0, 0, 0, 1, 1, 1, 2)  # what articles go to: roles; what stands on roles; the calibration
ROUNDS = {  # boosting rounds, leaves
    "roles_a": (140, 24),
    "roles_b": (140, 28),
    "review_a": (140, 24),
    "review_b": (80, 24),
    "links": (200, 31),
    "next": (120, 15),
    "below": (120, 15),
    "heads": (170, 24),
    "names": (140, 15),
}
SINGLES = 0.15  # share of pages with one clean article
Arrays = dict[str, npt.NDArray[Any]]
LOG = logging.getLogger("train")
LOG_FORMAT = "%(asctime)s %(message)s"


def train_trees(stories: Sequence[Story], folder: Path, titles: npt.NDArray[np.int8], processes: int) -> None:
    """Train and write the trees, from articles that those before have not seen.

    The trees are the same for any number of `processes`, of one thread each.
    """
    arrays: Arrays = {"titles": titles}
    parts: list[list[Story]] = [[], [], []]
    for story in stories:
        parts[PARTS[crc32(story.title.encode()) % len(PARTS)]].append(story)

    def save() -> None:
        np.savez_compressed(folder / "trees.npz", **arrays)  # type: ignore[arg-type]

    speak = partial(logging.basicConfig, level=logging.INFO, format=LOG_FORMAT)
    with ProcessPoolExecutor(processes, get_context("spawn"), speak) as pool:
        for look, part in (("roles", 0), ("review", 1)):
            save()
            grown = [pool.submit(grow_roles, look, style, parts[part], folder) for style in "AB"]
            for one in grown:
                arrays.update(one.result())
        save()
        grown = [pool.submit(grow, parts[1], folder) for grow in (grow_links, grow_below)]
        for one in grown:
            arrays.update(one.result())
        for name in ("heads", "names"):
            save()
            made = [pool.submit(head_pages, name, style, parts[1], folder) for style in "AB"]
            rows, labels = zip(*(one.result() for one in made), strict=True)
            arrays.update(_grow(name, np.concatenate(rows), np.concatenate(labels), 1))
        save()
        arrays["calibration"] = pool.submit(calibrate, parts[2], folder).result()
    LOG.info("calibration %s", arrays["calibration"])
    save()


def grow_roles(look: str, style: str, stories: Sequence[Story], folder: Path) -> Arrays:
    """Return the arrays of the trees that tell what a line is: at a first look, or in "review"."""
    name = f"{look}_{style.lower()}"
    made = role_examples if look == "roles" else review_examples
    rows, labels = made(_pages(name, style, stories), _weights(folder), style == "A")
    return _grow(name, rows, labels, len(ROLES))


def grow_links(stories: Sequence[Story], folder: Path) -> Arrays:
    """Return the arrays of the trees that tell what follows an unfinished piece, and what a finished one."""
    rows, labels, open_ends = link_examples(_pages("links", "B", stories), _weights(folder), False)
    return _grow("links", rows[open_ends], labels[open_ends], 1) | _grow(
        "next", rows[~open_ends], labels[~open_ends], 1
    )


def grow_below(stories: Sequence[Story], folder: Path) -> Arrays:
    """Return the arrays of the trees that tell whether a hard-wrapped piece goes on below."""
    rows, labels, _ = link_examples(_pages("below", "A", stories), _weights(folder), True)
    return _grow("below", rows, labels, 1)


def head_pages(name: str, style: str, stories: Sequence[Story], folder: Path) -> tuple[Rows, Labels]:
    """Return examples of what heads an article ("heads"), or of what is its headline ("names")."""
    made = head_examples if name == "heads" else name_examples
    return made(_pages(name, style, stories), _weights(folder), style == "A")


def calibrate(stories: Sequence[Story], folder: Path) -> npt.NDArray[np.float64]:
    """Return slope and offset of the log odds of seams."""
    chances, right = seam_examples(_pages("seams", "B", stories), _weights(folder))
    return fit_calibration(chances, right)


def _pages(name: str, style: str, stories: Sequence[Story]) -> Iterator[GoldPage]:
    return printed(stories, style, PAGES[name], name, SINGLES)


def _weights(folder: Path) -> Weights:
    load_weights.cache_clear()  # a process that trained before has those of then
    return load_weights(folder)


def _grow(name: str, rows: Rows, labels: Labels, classes: int) -> Arrays:
    LOG.info("%s: %d examples", name, len(rows))
    return Trees.from_lightgbm(train_forest(rows, labels, classes, *ROUNDS[name])).arrays(name + "_")
