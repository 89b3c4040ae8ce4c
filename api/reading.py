"""Pages straight from the corpus folder, without an index."""

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from index.article import Article, read_articles
from index.errors import PageUnreadable
from index.page import Page, list_corpus, read_page


def read_files(corpus: Path, files: Iterable[Path]) -> Iterator[Article]:
    """Yield the articles of some files, or of the whole corpus if none is named, in order.

    A file in the corpus folder has the id that it has there; any other is known by its name.

    Raises:
        PageUnreadable: a file cannot be read.
        CorpusError: no file is named, and the corpus cannot be listed.
    """
    named = [_place(corpus, file) for file in files]
    places = named or [(corpus, document_id) for document_id in list_corpus(corpus).document_ids]
    for folder, document_id in places:
        yield from read_articles(read_page(folder, document_id)).articles


def _place(corpus: Path, file: Path) -> tuple[Path, str]:
    root, whole = corpus.resolve(), file.absolute()
    try:
        return corpus, whole.parent.resolve().joinpath(whole.name).relative_to(root).as_posix()
    except ValueError:
        return file.parent, file.name


def page_reader(corpus: Path) -> Callable[[str], Page]:
    """Return a function that reads a page of a corpus by its id, and nothing outside it.

    Raises:
        CorpusError: the corpus cannot be listed.
    """
    known = frozenset(list_corpus(corpus).document_ids)

    def read(document_id: str) -> Page:
        if document_id not in known:
            raise PageUnreadable(f"there is no such file in {corpus}")
        return read_page(corpus, document_id)

    return read
