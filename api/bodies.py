"""Values to the bodies of the contract. The command line prints what HTTP sends: both come from here."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

from index.article import Article, Part
from index.imprint import read_imprint
from index.page import Page
from index.source import Source
from rag.answer import Answer, Citation, Hit

Body = dict[str, Any]

DIGITS = 4  # of scores and probabilities


def answer_body(answer: Answer, top_k: int) -> Body:
    """Return the body of `/api/ask`, with the `top_k` best of the answer's passages."""
    return {
        "question": answer.question,
        "rewritten_question": answer.rewritten_question,
        "language": answer.language,
        "answerable": answer.answerable,
        "answer": answer.text,
        "short_answer": answer.short_answer,
        "confidence": round(answer.confidence, DIGITS),
        "reason": answer.reason,
        "citations": [_citation(citation) for citation in answer.citations],
        "passages": [_passage(hit) for hit in answer.hits[:top_k]],
        "snapshot": answer.snapshot,
        "timings_ms": {step: round(spent, 2) for step, spent in answer.timings_ms.items()},
    }


def passages_body(rewritten: str | None, hits: Sequence[Hit]) -> Body:
    """Return the first event of `/api/ask/stream`: the passages, before they are read."""
    return {"rewritten_question": rewritten, "passages": [_passage(hit) for hit in hits]}


def search_body(hits: Sequence[Hit]) -> Body:
    """Return the body of `/api/search`."""
    return {"passages": [_passage(hit) for hit in hits]}


def article_list_body(snapshot: Source, limit: int, offset: int) -> Body:
    """Return the body of `/api/articles`."""
    names = ("article_id", "document_id", "title", "title_made")
    rows = snapshot.archive.article_headers(limit, offset)
    total = snapshot.manifest["counts"]["articles"]
    return {"articles": [dict(zip(names, row, strict=True)) for row in rows], "total": total}


def article_body(article: Article) -> Body:
    """Return an article as `wenbao articles --json` prints it."""
    return {
        "document_id": article.document_id,
        "article_id": article.article_id,
        "title": article.title,
        "title_made": article.title_made,
        "text": article.text,
        "parts": [part_body(part) for part in article.parts],
        "segments": [
            {"text_start": s.text_start, "text_end": s.text_end, "raw_start": s.raw_start, "raw_end": s.raw_end}
            for s in article.segments
        ],
    }


def part_body(part: Part) -> Body:
    """Return a part of an article, or of a page outside its articles."""
    return {
        "kind": part.kind,
        "start": part.start,
        "end": part.end,
        "text": part.text,
        "raw_segments": _raw(part.raw_segments),
    }


def document_list_body(snapshot: Source) -> Body:
    """Return the body of `/api/documents`: every page, what was left out of the index and why."""
    names = ("document_id", "sha256", "size", "articles", "unassigned", "unsure_seams")
    documents = [{name: getattr(row, name) for name in names} for row in snapshot.archive.documents()]
    left_out = [{"document_id": name, "why": why} for name, why in snapshot.manifest["left_out"]]
    return {"documents": documents, "left_out": left_out, "snapshot": snapshot.content}


def document_body(page: Page, left: Sequence[Part], articles: Sequence[Article]) -> Body:
    """Return the body of `/api/documents/{id}`: the raw page, its articles, and what was read into none of them."""
    return {
        "document_id": page.document_id,
        "sha256": page.sha256,
        "text": page.text,
        "imprint": vars(read_imprint(left, articles)),
        "articles": [
            {
                "article_id": article.article_id,
                "title": article.title,
                "title_made": article.title_made,
                "length": len(article.text),
                "seams": [{"offset": seam.offset, "score": round(seam.score, DIGITS)} for seam in article.seams],
                "raw_segments": _raw(article.slices()),
            }
            for article in articles
        ],
        "left": [part_body(part) for part in left],
    }


def article_url(article_id: str, start: int | None = None, end: int | None = None) -> str:
    """Return the address of an article's page, or of a span `[start, end)` in it, in code points."""
    fragment = "" if start is None else f"#c={start}-{end}"
    return f"/articles/{quote(article_id, safe='')}{fragment}"


def _citation(citation: Citation) -> Body:
    article, start, end = citation.article, citation.start, citation.end
    utf16_start = _utf16(article.text[:start])
    return {
        "index": citation.index,
        "type": "char_location",
        "cited_text": citation.cited_text,
        "document_id": article.document_id,
        "article_id": article.article_id,
        "title": article.title,
        "title_made": article.title_made,
        "start_char_index": start,
        "end_char_index": end,
        "utf16_start": utf16_start,
        "utf16_end": utf16_start + _utf16(citation.cited_text),
        "raw_segments": _raw(citation.raw_segments),
        "seams": [{"offset": offset, "score": round(score, DIGITS)} for offset, score in citation.seams],
        "sha256": citation.sha256,
        "passage": citation.passage,
        "url": article_url(article.article_id, start, end),
        "score": round(citation.score, DIGITS),
    }


def _passage(hit: Hit) -> Body:
    return {
        "passage_id": hit.passage.passage_id,
        "article_id": hit.article.article_id,
        "document_id": hit.article.document_id,
        "title": hit.article.title,
        "text": hit.text,
        "score": round(hit.score, DIGITS),
        "lexical_rank": hit.lexical_rank,
        "dense_rank": hit.dense_rank,
        "matched_terms": list(hit.matched_terms),
    }


def _raw(slices: Sequence[tuple[int, int]]) -> list[Body]:
    return [{"start": start, "end": end} for start, end in slices]


def _utf16(text: str) -> int:
    """Return how many UTF-16 units a text has."""
    return len(text) + sum(char > "\uffff" for char in text)
