from hypothesis import given
from hypothesis import strategies as st

from index.article import read_articles
from index.page import Page
from index.passage import LONGEST_SENTENCE, MAX_LENGTH, split_passages, split_sentences

from .conftest import SEEDS


def sentences(text: str) -> list[str]:
    return [text[low:high] for low, high in split_sentences(text)]


def test_chinese_ends_close_with_their_quotes() -> None:
    assert sentences("他问：“好吗？”她点头。又走了！") == ["他问：“好吗？”", "她点头。", "又走了！"]


def test_a_quotation_keeps_its_speaker() -> None:
    assert sentences("“我们会做到。”张三说。会议结束。") == ["“我们会做到。”张三说。", "会议结束。"]


def test_a_decimal_point_and_an_abbreviation_do_not_end_a_sentence() -> None:
    assert sentences("It grew 3.5 percent. Then it fell.") == ["It grew 3.5 percent.", "Then it fell."]


@given(st.text(alphabet=st.sampled_from("甲乙。！？”“ \n.aB1，"), max_size=200))
def test_sentences_leave_out_only_white_space(text: str) -> None:
    spans = split_sentences(text)
    assert "".join("".join(text[low:high] for low, high in spans).split()) == "".join(text.split())
    assert all(low < high for low, high in spans)
    assert all(a[1] <= b[0] for a, b in zip(spans, spans[1:], strict=False))


def test_a_run_without_an_end_is_cut() -> None:
    assert max(map(len, sentences("甲乙丙丁，" * 2000))) <= LONGEST_SENTENCE


def test_passages_hold_every_sentence_of_the_seeds_once() -> None:
    for path in sorted(SEEDS.glob("0*.txt")):
        for article in read_articles(Page(path.name, path.read_text(encoding="utf-8"), "")).articles:
            passages = split_passages(article)
            held = [span for passage in passages for span in passage.sentences]
            assert held == split_sentences(article.text)
            assert all(p.start == p.sentences[0][0] and p.end == p.sentences[-1][1] for p in passages)
            assert all(p.end - p.start <= MAX_LENGTH or len(p.sentences) == 1 for p in passages)
            assert len({p.passage_id for p in passages}) == len(passages)
