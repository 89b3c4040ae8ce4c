"""The table of places: what lies in what, and how it is made of a dictionary."""

import json
import lzma
from pathlib import Path

import pytest

from index import places
from index.errors import ModelError
from index.train_places import main


@pytest.mark.parametrize(
    ("inner", "outer", "inside"),
    [
        ("昆山市", "江苏省", True),
        ("昆山", "苏州", True),
        ("海淀", "北京市", True),
        ("张店区", "山东", True),
        ("大阪", "日本", True),
        ("海淀", "上海", False),
        ("北京", "海淀", False),
        ("没有的地方", "北京", False),
    ],
)
def test_what_lies_in_what(inner: str, outer: str, inside: bool) -> None:
    assert places.within(inner, outer) is inside


def test_what_is_no_place_is_not_in_the_table() -> None:
    assert places.is_place("拉萨")
    assert places.is_place("拉萨市")
    for word in ("微软", "中国人", "管理", "中资", "非典", "蒙牛"):
        assert not places.is_place(word)


def test_a_missing_table_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(places, "MODEL_FOLDER", tmp_path)
    places._table.cache_clear()
    with pytest.raises(ModelError, match=r"places\.tsv"):
        places.is_place("北京")
    places._table.cache_clear()


def test_the_table_is_made_of_a_dictionary(tmp_path: Path) -> None:
    rows = [
        ("广东省", "Guangdong Province, capital Guangzhou 廣州市|广州市[Guang3 zhou1 Shi4]"),
        ("佛山市", "Foshan, prefecture-level city in Guangdong"),
        ("南海区", "Nanhai, a district of Foshan City 佛山市[Fo2 shan1 Shi4], Guangdong"),
        ("南海", "see 南海区"),
        ("微软", "Microsoft corporation"),
        ("学习", "to study"),
    ]
    folder = tmp_path / "parallel"
    folder.mkdir()
    with lzma.open(folder / "cc_cedict.jsonl.xz", "wt", encoding="utf-8") as file:
        file.writelines(json.dumps({"zh": zh, "zh_trad": zh, "en": en}, ensure_ascii=False) + "\n" for zh, en in rows)
    main(["--data", str(tmp_path), "--out", str(tmp_path / "places.tsv")])
    assert (tmp_path / "places.tsv").read_text(encoding="utf-8").splitlines() == [
        "佛山\t广东",
        "佛山市\t广东",
        "南海\t佛山\t广东",
        "南海区\t佛山\t广东",
        "广东",
        "广东省",
    ]
