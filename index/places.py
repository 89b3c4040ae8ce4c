"""Places, and what lies in what: 巫溪 in 重庆, 海淀 in 北京.

The table (`model/places.tsv`, CC BY-SA 4.0, 7,700 names) is made by `index.train_places` from CC-CEDICT.
"""

import re
from functools import lru_cache

from index.encoder import MODEL_FOLDER
from index.errors import ModelError

_ENDING = re.compile(r"(?<=..)(?:(?:壮族|回族|维吾尔)?自治区|特别行政区|新区|[省市县区州盟旗])$")


def bare(name: str) -> str:
    """Return a place without what says only what kind of place it is: 昆山 for 昆山市."""
    return _ENDING.sub("", name)


@lru_cache(maxsize=1)
def _table() -> dict[str, tuple[str, ...]]:
    path = MODEL_FOLDER / "places.tsv"
    try:
        rows = [line.split("\t") for line in path.read_text(encoding="utf-8").splitlines()]
    except (OSError, ValueError) as error:
        raise ModelError(f"{path}: no table of places ({error}). Copy the model folder again.") from error
    return {name: tuple(where) for name, *where in rows}


def is_place(name: str) -> bool:
    """Return whether a folded name is in the table, as it is or without its ending."""
    return name in _table()


def within(inner: str, outer: str) -> bool:
    """Return whether one place of the table lies in another: 昆山市 in 江苏, 海淀 in 北京市.

    Raises:
        ModelError: the table is missing or damaged.
    """
    table, wanted, seen = _table(), bare(outer), {inner}
    row = [inner]
    while row:
        above = [place for name in row for place in table.get(name, ()) if place not in seen]
        if any(bare(place) == wanted for place in above):
            return True
        seen.update(above)
        row = above
    return False
