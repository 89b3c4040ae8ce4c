"""Pieces that two texts share."""

from hypothesis import given
from hypothesis import strategies as st

from rag.runs import code_points, shared_runs

TEXT = st.text(st.sampled_from("甲乙丙丁\U00020000"), max_size=12)


def test_pieces_of_each_length_are_found_where_they_begin() -> None:
    found = [begins.tolist() for begins in shared_runs(code_points("医院有多少"), code_points("共有医院多"), 9)]
    assert found == [[False, True, True, True, True], [False, False, True, False]]


@given(TEXT, TEXT, st.integers(1, 5))
def test_what_is_found_is_what_the_texts_say(asked: str, text: str, most: int) -> None:
    found = [begins.tolist() for begins in shared_runs(code_points(asked), code_points(text), most)]
    said = [[text[i : i + size] in asked for i in range(len(text) - size + 1)] for size in range(1, most + 1)]
    assert found == [begins for begins in said if any(begins)]
