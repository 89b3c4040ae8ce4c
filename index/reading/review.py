"""A second look at the lines that the first left in doubt, with what it made of the lines around in view."""

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
REACH = 4  # lines on either side whose chances are seen
HEADLINE = 1  # its number among `index.reading.roles.ROLES`
DOUBT = 0.995  # of the likeliest role; lines above it are not looked at again
ENDS = 3  # lines at the top and at the foot of a page where a headline says on which side headlines stand


def in_doubt(chances: Floats) -> npt.NDArray[np.bool_]:
    """Return which lines get a second look."""
    result: npt.NDArray[np.bool_] = chances.max(axis=1) < DOUBT
    return result


def review_features(rows: Floats, chances: Floats, at: npt.NDArray[np.int64]) -> Floats:
    """Return features of the lines `at`: their `rows` of the first look, and what it made of the page.

    `chances`: (page's lines, roles).
    """
    count = len(chances)
    padded = np.full((count + 2 * REACH, chances.shape[1]), -1, dtype=np.float32)
    padded[REACH : REACH + count] = chances
    around = padded[at[:, None] + np.arange(2 * REACH + 1)].reshape(len(at), -1)
    heads = chances[:, HEADLINE]
    likely = np.flatnonzero(heads > 0.5)
    before = np.searchsorted(likely, at)
    after = np.searchsorted(likely, at, side="right")
    marks = np.concatenate([[-99], likely, [count + 99]])
    page = (heads.sum(), len(likely), heads[:ENDS].max(), heads[-ENDS:].max())
    far = np.column_stack([at - marks[before], marks[after + 1] - at, before, len(likely) - after])
    return np.hstack([rows, around, far, np.tile(page, (len(at), 1))]).astype(np.float32)
