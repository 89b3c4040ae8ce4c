"""Where pieces of one text stand in others."""

from hypothesis import given
from hypothesis import strategies as st

from rag.runs import Laid, code_points, shared_runs

TEXT = st.text(st.sampled_from("甲乙丙丁\U00020000"), max_size=12)


def test_pieces_of_each_length_are_found_where_they_begin() -> None:
    found = [begins.tolist() for begins in shared_runs(code_points("医院有多少"), code_points("共有医院多"), 9)]
    assert found == [[2, 3, 1, 4], [2]]


@given(TEXT, TEXT, st.integers(1, 5))
def test_what_is_found_is_what_the_texts_say(asked: str, text: str, most: int) -> None:
    found = [set(begins.tolist()) for begins in shared_runs(code_points(asked), code_points(text), most)]
    said = [{i for i in range(len(text) - size + 1) if text[i : i + size] in asked} for size in range(1, most + 1)]
    assert found == [begins for begins in said if begins]


@given(st.lists(st.text("甲乙\n", max_size=6), min_size=1), st.text("甲乙", min_size=1, max_size=3))
def test_a_piece_is_found_in_texts_that_are_laid_end_to_end_where_it_stands(texts: list[str], piece: str) -> None:
    laid = Laid(texts)
    places = laid.places(piece)
    assert [places[laid.number[text]] for text in texts] == [text.find(piece) for text in texts]
