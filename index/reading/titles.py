"""How like a headline a line is, by its pairs of characters, its edges among them.

Trained by `index.reading.train_titles`: for each hashed pair the logarithm of how much oftener headlines have it than
pieces of running text. Source: naive Bayes, as in Maron 1961.
"""

import numpy as np
import numpy.typing as npt

from index.reading.characters import BREAK, Codes

CELLS = 1 << 16
STEP = 1 / 16  # nats per stored level
Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int64]


def pair_cells(left: npt.NDArray[np.integer], right: npt.NDArray[np.integer]) -> Ints:
    """Return the cell of each pair of codes."""
    mixed = (left.astype(np.int64) * 7919 + right) * 2654435761
    result: Ints = ((mixed ^ (mixed >> 17)) >> 3) % CELLS
    return result


def line_cells(codes: Codes, lengths: Ints) -> tuple[Ints, Ints]:
    """Return the cells of all lines' pairs, edges included, and the number of the line that each is of.

    `codes`: the lines' codes, one after the other; `lengths`: how many each has.
    """
    ends = np.cumsum(lengths) + np.arange(1, len(lengths) + 1)  # a break stands before each line, and after the last
    padded = np.full(len(codes) + len(lengths) + 1, BREAK, dtype=np.int64)
    inside = np.ones(len(padded), dtype=bool)
    inside[np.append(0, ends)] = False
    padded[inside] = codes
    owners = np.repeat(np.arange(len(lengths)), lengths + 1)
    return pair_cells(padded[:-1], padded[1:]), owners


def title_scores(table: Floats, codes: Codes, lengths: Ints) -> Floats:
    """Return (lines,): the mean over a line's pairs, in nats; above 0 is rather a headline than running text."""
    cells, owners = line_cells(codes, lengths)
    sums = np.bincount(owners, weights=table[cells], minlength=len(lengths))
    return (sums / (lengths + 1)).astype(np.float32)
