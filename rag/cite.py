"""Citations, and the check that they are verbatim."""

from collections.abc import Callable, Mapping
from typing import Any

from index.article import Article
from index.errors import VerifyError, WenbaoError
from index.page import Page
from index.source import Library
from rag.answer import Citation


def cite(archive: Library, article: Article, start: int, end: int, index: int, passage: str, score: float) -> Citation:
    """Return the citation of `article.text[start:end]`, checked against the raw page.

    Raises:
        VerifyError: the raw slices are not what is cited; the index and its page disagree.
    """
    found = archive.page(article.document_id)
    if found is None:
        raise VerifyError(f"{article.document_id}: not in the index. Run `wenbao build`.")
    raw_segments = article.raw_slices(start, end)
    cited = article.text[start:end]
    if bare("".join(found[0].text[low:high] for low, high in raw_segments)) != bare(cited):
        raise VerifyError(f"{article.article_id} [{start}, {end}): the page says something else. Run `wenbao build`.")
    seams = tuple((seam.offset - start, seam.score) for seam in article.seams if start < seam.offset < end)
    return Citation(index, article, passage, start, end, raw_segments, seams, found[0].sha256, score)


def bare(text: str) -> str:
    """Return a text without its white space."""
    return "".join(text.split())


def verify_answer(body: Mapping[str, Any], read_page: Callable[[str], Page]) -> list[str]:
    """Return what is wrong with an answer (the body of `/api/ask`), a line a fault; nothing if it is verbatim.

    Every citation is cut out of the raw file again: the file's SHA-256, the slices against the cited text, the answer
    against the citations it is made of, the short answer against the answer. A refusal must quote nothing.
    """
    try:
        return list(_faults(body, read_page))
    except (KeyError, TypeError, AttributeError, IndexError) as error:
        return [f"not the body of an answer: {type(error).__name__}: {error}"]


def _faults(body: Mapping[str, Any], read_page: Callable[[str], Page]) -> list[str]:
    citations = body["citations"]
    if not body["answerable"]:
        empty = body["answer"] is None and body["short_answer"] is None and not citations
        return [] if empty else ["a refusal that quotes something"]
    faults = [fault for citation in citations for fault in _citation_faults(citation, read_page)]
    if not citations:
        faults.append("an answer without a citation")
    if body["answer"] != "\n".join(citation["cited_text"] for citation in citations):
        faults.append("the answer is not its citations joined by a line break")
    if body["short_answer"] is not None and body["short_answer"] not in body["answer"]:
        faults.append("the short answer does not stand in the answer")
    return faults


def _citation_faults(citation: Mapping[str, Any], read_page: Callable[[str], Page]) -> list[str]:
    name = f"citation {citation['index']} ({citation['document_id']})"
    try:
        page = read_page(citation["document_id"])
    except WenbaoError as error:
        return [f"{name}: {error}"]
    faults = []
    if page.sha256 != citation["sha256"]:
        faults.append(f"{name}: the file has changed (SHA-256 {page.sha256[:12]}…, not {citation['sha256'][:12]}…)")
    spans = [(segment["start"], segment["end"]) for segment in citation["raw_segments"]]
    if not spans or any(not 0 <= low < high <= len(page.text) for low, high in spans):
        return [*faults, f"{name}: its raw slices lie outside the file"]
    if bare("".join(page.text[low:high] for low, high in spans)) != bare(citation["cited_text"]):
        faults.append(f"{name}: the file does not say this word for word")
    if citation["end_char_index"] - citation["start_char_index"] != len(citation["cited_text"]):
        faults.append(f"{name}: its offsets do not fit its length")
    return faults
