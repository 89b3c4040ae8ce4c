"""An article as a page of its own: readable without a script; a small module marks the span in the address."""

from collections.abc import Iterator
from html import escape
from urllib.parse import quote

from index.article import Article, Part
from index.imprint import Imprint

_TAGS = {"section": "h2"}
_NAMED = ("kicker", "dateline", "byline", "caption", "continuation")  # what the page says beside a part


def article_page(article: Article, imprint: Imprint) -> str:
    """Return the HTML of an article. Every paragraph knows where it starts in the text (`data-start`, code points)."""
    kickers = [part.text for part in article.parts if part.kind == "kicker"]
    headlines = [part.text for part in article.parts if part.kind == "headline"] or [article.title]
    language = "zh" if any("\u4e00" <= char <= "\u9fff" for char in article.text) else "en"
    heads = "".join(f'<p class="kicker"{_named("kicker")}>{escape(text)}</p>' for text in kickers)
    lines = "<br>".join(escape(line) for line in headlines)
    made = ' class="made"' if article.title_made else ""
    return _PAGE.format(
        language=language,
        title=escape(article.title),
        heads=heads,
        made=made,
        lines=lines,
        printed=_printed(imprint),
        document=escape(article.document_id),
        address=quote(article.document_id),
        article_id=escape(article.article_id),
        paragraphs="\n".join(_paragraphs(article)),
    )


def _printed(imprint: Imprint) -> str:
    """Return the newspaper, the date and the page's number, as far as the page says."""
    date = f'<time datetime="{imprint.date}">{imprint.date}</time>' if imprint.date else None
    known = (imprint.newspaper and escape(imprint.newspaper), date, imprint.number)
    return "".join(f"<b>{item}</b> · " for item in known if item)


def _paragraphs(article: Article) -> Iterator[str]:
    """Yield an element for every line of the text. `parts` tile the text, so a line is one part or a few."""
    parts = [part for part in article.parts if part.kind not in ("headline", "kicker")]
    start = 0
    for line in article.text.split("\n"):
        end = start + len(line)
        inside = [part for part in parts if part.start < end and part.end > start]
        kind = inside[-1].kind if inside else "body"
        tag = _TAGS.get(kind, "p")
        if line.strip():
            shown = _line(article.text, start, end, inside)
            yield f'<{tag} class="{kind}"{_named(kind)} data-start="{start}">{shown}</{tag}>'
        start = end + 1


def _named(kind: str) -> str:
    return f' data-part="{kind}"' if kind in _NAMED else ""


def _line(text: str, start: int, end: int, parts: list[Part]) -> str:
    """Return a line with the parts before its last one, such as a dateline, marked."""
    pieces, at = [], start
    for part in parts[:-1]:
        low, high = max(part.start, at), min(part.end, end)
        pieces.append(
            f'{escape(text[at:low])}<span class="{part.kind}"{_named(part.kind)}>{escape(text[low:high])}</span>'
        )
        at = high
    return "".join(pieces) + escape(text[at:end])


_PAGE = """<!doctype html>
<html lang="zh">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title} · 问报</title>
<link rel="icon" href="/web/icon.svg">
<link rel="stylesheet" href="/web/app.css">
<script src="/web/theme.js"></script>
<script type="module" src="/web/article.js"></script>
</head>
<body class="paper">
<header class="masthead">
<p class="name"><a class="brand" href="/"><b lang="zh">问报</b> <span lang="en">Wenbao</span></a></p>
<nav><a href="/" data-t="talk">提问</a> <a href="/browse" data-t="browse">浏览档案</a>
<button id="language" type="button" lang="en">English</button>
<button id="theme" type="button" data-t="theme">明暗</button></nav>
</header>
<main>
<article class="sheet" lang="{language}" data-article="{article_id}">
<header>{heads}<h1{made}>{lines}</h1><p class="meta">{printed}<a href="/documents/{address}">{document}</a></p></header>
<div class="text">
{paragraphs}
</div>
</article>
<p id="picked" role="status" hidden></p>
</main>
</body>
</html>
"""
