"""The command line. Exit 0: done; 1: it ran and the answer is no; 2: it could not run, and one line says why."""

import json
import shlex
import sys
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.exceptions import Abort, TyperException

from api import terminal
from api.settings import Settings, load_settings
from index.errors import WenbaoError

DONE, NO, FAILED = 0, 1, 2

cli = typer.Typer(
    name="wenbao",
    help="Ask a newspaper archive. The answer is the printed sentence, with where it stands.",
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

Corpus = Annotated[Path | None, typer.Option(help="The folder of pages.  [default: seeds]", show_default=False)]
Index = Annotated[
    str | None,
    typer.Option(help="The folder of the index, or milvus://HOST/NAME.  [default: in your cache]", show_default=False),
]
Model = Annotated[str | None, typer.Option(help="Another encoder: a model folder or a hub name.", show_default=False)]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]
TopK = Annotated[int, typer.Option(min=1, max=20, help="How many passages come with it.")]


class CannotRun(WenbaoError):
    """A command was given something that it cannot use."""


@cli.command()
def serve(
    corpus: Corpus = None,
    index: Index = None,
    model: Model = None,
    host: Annotated[str | None, typer.Option(help="The address to listen on.  [default: 127.0.0.1]")] = None,
    port: Annotated[int | None, typer.Option(min=0, max=65535, help="The port; 0: any.  [default: 8000]")] = None,
    workers: Annotated[int | None, typer.Option(min=1, max=64, help="Processes that answer.  [default: 1]")] = None,
    watch: Annotated[
        bool | None,
        typer.Option("--watch", help="Follow the corpus: what changes there is indexed and taken into service."),
    ] = None,
) -> int:
    """Serve the chat page and the API. The index is built first where there is none."""
    from api.serving import serve_forever  # fastapi and uvicorn: a third of a second

    settings = load_settings(
        corpus=corpus, index=index, model=model, host=host, port=port, workers=workers, watch=watch
    )
    return _with_archive_errors(settings, lambda: serve_forever(settings))


@cli.command()
def build(
    corpus: Corpus = None,
    index: Index = None,
    model: Model = None,
    workers: Annotated[int | None, typer.Option(min=1, help="How many processes read.  [default: one a core]")] = None,
    watch: Annotated[bool, typer.Option("--watch", help="Stay, and do it each time that a file has changed.")] = False,
    shard: Annotated[
        str | None, typer.Option(metavar="I/N", help="On an engine: do the I-th of N shares, and publish nothing.")
    ] = None,
    finish: Annotated[bool, typer.Option("--finish", help="Publish what all shards have written.")] = False,
    as_json: AsJson = False,
) -> int:
    """Bring the index up to date with the corpus: only what changed is read. Until then the old one stays in use."""
    from api import opening  # faiss, jieba, tokenizers: half a second

    settings = load_settings(corpus=corpus, index=index, model=model)
    if shard is not None:
        return _build_shard(settings, shard, workers, as_json)
    if finish:
        return _change(settings, as_json, lambda _: settings.store.finish(settings.encoder()))
    status = _change(settings, as_json, lambda progress: opening.build_archive(settings, progress, workers))
    if watch:
        from api.following import follow

        follow(settings)
    return status


def _build_shard(settings: Settings, shard: str, workers: int | None, as_json: bool) -> int:
    number, _, of = shard.partition("/")
    if not (number.isdecimal() and of.isdecimal()):
        raise CannotRun(f"--shard {shard}: it is I/N, as in 3/8.")

    def run() -> int:
        with terminal.progress_lines() as progress:
            encoder = settings.encoder()
            pages = settings.store.build_shard(settings.corpus, encoder, int(number), int(of), progress, workers)
        if as_json:
            terminal.json_result({"shard": shard, "index": str(settings.store), "pages": pages})
        else:
            terminal.result(f"{settings.store}: shard {shard}: {pages} pages; `wenbao build --finish` publishes all")
        return DONE

    return _with_archive_errors(settings, run)


@cli.command()
def add(
    files: Annotated[list[Path], typer.Argument(help="Pages; one outside the corpus folder is copied into it.")],
    corpus: Corpus = None,
    index: Index = None,
    model: Model = None,
    as_json: AsJson = False,
) -> int:
    """Add pages to the index, or take in what changed in them, without looking at the other files of the corpus."""
    from api.changing import add_files

    settings = load_settings(corpus=corpus, index=index, model=model)
    return _change(settings, as_json, lambda progress: add_files(settings, files, progress))


@cli.command()
def remove(
    documents: Annotated[list[str], typer.Argument(help="Document ids: paths below the corpus folder.")],
    corpus: Corpus = None,
    index: Index = None,
    model: Model = None,
    as_json: AsJson = False,
) -> int:
    """Take documents out of the index. Their files stay, and are left out until they are added again."""
    from api import changing

    settings = load_settings(corpus=corpus, index=index, model=model)
    return _change(settings, as_json, lambda progress: changing.remove(settings, documents, progress))


@cli.command()
def compact(corpus: Corpus = None, index: Index = None, model: Model = None, as_json: AsJson = False) -> int:
    """Make the parts of an index that grew one again, without what was removed. No page is read."""
    from api import changing

    settings = load_settings(corpus=corpus, index=index, model=model)
    return _change(settings, as_json, lambda progress: changing.compact(settings, progress))


def _change(settings: Settings, as_json: bool, run: Any) -> int:
    """Run what changes an index, and say what it is now."""

    def changed() -> int:
        with terminal.progress_lines() as progress:
            snapshot = run(progress)
        counts, withdrawn = snapshot.manifest["counts"], snapshot.manifest["withdrawn"]
        for name, why in snapshot.manifest["left_out"]:
            terminal.say(f"left out {name}: {why}")
        for name in withdrawn:
            terminal.say(f"left out {name}: removed; `wenbao add` puts it back")
        if as_json:
            terminal.json_result({"snapshot": snapshot.content, "index": str(settings.store), **counts})
        else:
            counted = ", ".join(f"{number} {name}" for name, number in counts.items())
            terminal.result(f"{settings.store}: {counted}; snapshot {snapshot.content}")
        return DONE

    return _with_archive_errors(settings, changed)


@cli.command()
def ask(
    question: Annotated[str, typer.Argument(help="What you want to know, in Chinese or English.")],
    corpus: Corpus = None,
    index: Index = None,
    model: Model = None,
    top_k: TopK = 5,
    document: Annotated[list[str] | None, typer.Option(help="Ask only within this document; may be repeated.")] = None,
    as_json: AsJson = False,
    explain: Annotated[bool, typer.Option(help="Show what decided: sentences, features, the confidence.")] = False,
) -> int:
    """Ask the archive. Exit 1 where it does not say."""
    from api import bodies, opening

    settings = load_settings(corpus=corpus, index=index, model=model)
    _check_text(question, "question")

    def run() -> int:
        with terminal.progress_lines() as progress:
            archive = opening.open_archive(settings, terminal.say, progress)
        body = bodies.answer_body(archive.answerer.ask(question, (), top_k, document), top_k)
        if explain:
            why = archive.answerer.explain(question, (), document)
            _show({**body, "explanation": why} if as_json else why, as_json, terminal.explanation_lines)
        else:
            _show(body, as_json, terminal.answer_lines)
        return DONE if body["answerable"] else NO

    return _with_archive_errors(settings, run)


@cli.command()
def mcp(corpus: Corpus = None, index: Index = None, model: Model = None) -> int:
    """Serve the archive to an assistant over stdin and stdout (Model Context Protocol)."""
    from api import opening
    from api.mcp_server import serve_stdio

    settings = load_settings(corpus=corpus, index=index, model=model)

    def run() -> int:
        archive = opening.open_archive(settings, terminal.say, lambda *_: None)
        serve_stdio(archive, settings)
        return DONE

    return _with_archive_errors(settings, run)


@cli.command()
def search(
    query: Annotated[str, typer.Argument(help="Words to look for.")],
    corpus: Corpus = None,
    index: Index = None,
    model: Model = None,
    top_k: TopK = 5,
    as_json: AsJson = False,
) -> int:
    """Find the passages nearest to some words. Exit 1 where there is none."""
    from api import bodies, opening

    settings = load_settings(corpus=corpus, index=index, model=model)
    _check_text(query, "query")

    def run() -> int:
        with terminal.progress_lines() as progress:
            archive = opening.open_archive(settings, terminal.say, progress)
        body = bodies.search_body(archive.answerer.search(query, top_k))
        _show(body, as_json, lambda body: terminal.passage_lines(body["passages"]))
        return DONE if body["passages"] else NO

    return _with_archive_errors(settings, run)


@cli.command()
def articles(
    files: Annotated[list[Path] | None, typer.Argument(help="Pages to read; without any, those of the corpus.")] = None,
    corpus: Corpus = None,
    as_json: AsJson = False,
) -> int:
    """Print the articles of pages, one JSON object a line with --json. No index is needed."""
    from api import bodies, reading

    settings = load_settings(corpus=corpus)
    for article in reading.read_files(settings.corpus, files or []):
        _show(bodies.article_body(article), as_json, terminal.article_lines)
    return DONE


@cli.command()
def verify(
    answer: Annotated[str | None, typer.Argument(help="A file with the body of /api/ask; - for stdin.")] = None,
    corpus: Corpus = None,
    index: Index = None,
    as_json: AsJson = False,
) -> int:
    """Cut every citation of an answer out of the raw files again; without an answer, check all of the index.

    Exit 1 where one is not as it was.
    """
    settings = load_settings(corpus=corpus, index=index)
    if answer is None:
        return _verified(settings.store.faults(), f"{settings.store}: all of the index", as_json)
    from api import reading
    from rag.cite import verify_answer

    body = _read_json(answer)
    faults = verify_answer(body, reading.page_reader(settings.corpus))
    count = 0 if faults else len(body["citations"])
    return _verified(faults, f"{count} citation{'s' * (count != 1)}, word for word", as_json)


def _verified(faults: list[str], what: str, as_json: bool) -> int:
    if as_json:
        terminal.json_result({"verified": not faults, "faults": faults})
    else:
        terminal.result("\n".join(["not verified", *faults]) if faults else f"verified: {what}")
    return NO if faults else DONE


@cli.command()
def doctor(corpus: Corpus = None, index: Index = None, model: Model = None, as_json: AsJson = False) -> int:
    """Prove the set-up: corpus, model, index, and that each leg alone finds phrases of the corpus. Exit 1 if not."""
    from api.doctor import examine

    settings = load_settings(corpus=corpus, index=index, model=model)
    findings = list(examine(settings))
    if as_json:
        terminal.json_result({"healthy": all(f.good for f in findings), "findings": [vars(f) for f in findings]})
    else:
        for finding in findings:
            mend = f"\n      mend: {_full_command(finding.mend, settings)}" if finding.mend else ""
            terminal.result(f"{'ok  ' if finding.good else 'BAD '}  {finding.what}: {finding.found}{mend}")
    return DONE if all(finding.good for finding in findings) else NO


feedback = typer.Typer(help="What readers said of the answers.", no_args_is_help=True)
cli.add_typer(feedback, name="feedback")


@feedback.command()
def export(corpus: Corpus = None, index: Index = None) -> int:
    """Print what readers said of the answers, oldest first, one JSON object a line."""
    from api.feedback import FeedbackBook

    settings = load_settings(corpus=corpus, index=index)
    for given in FeedbackBook(settings.index_folder).read():
        terminal.json_result(given)
    return DONE


def _show(body: dict[str, Any], as_json: bool, lines: Any) -> None:
    if as_json:
        terminal.json_result(body)
    else:
        terminal.result("\n".join(lines(body)))


def _check_text(text: str, name: str) -> None:
    if any("\ud800" <= char <= "\udfff" for char in text):
        raise CannotRun(f"the {name} is not UTF-8. Set the terminal to UTF-8.")


def _read_json(name: str) -> Any:
    try:
        raw = sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()
        return json.loads(raw.decode("utf-8-sig"))
    except OSError as error:
        raise CannotRun(
            f"{name}: cannot be read ({error.strerror}). Name a file with an answer, or - for stdin."
        ) from error
    except (ValueError, RecursionError) as error:
        raise CannotRun(f"{name}: not JSON ({error}). `wenbao ask QUESTION --json` prints what is meant.") from error


def _with_archive_errors(settings: Settings, run: Any) -> int:
    """Run a command; an error's advice to `wenbao build` is completed so that it can be copied."""
    try:
        return int(run())
    except WenbaoError as error:
        raise CannotRun(_full_command(str(error), settings)) from error


def _full_command(message: str, settings: Settings) -> str:
    given = [f"--corpus {shlex.quote(str(settings.corpus))}"] if settings.corpus != Path("seeds") else []
    given += [f"--index {shlex.quote(str(settings.store))}"] if settings.index else []
    given += [f"--model {shlex.quote(settings.model)}"] if settings.model else []
    for command in ("wenbao build", "wenbao build --finish"):
        message = message.replace(f"`{command}`", f"`{' '.join([command, *given])}`")
    return message


def main(arguments: list[str] | None = None) -> int:
    """Run the command line and return its exit status."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="replace")
    try:
        status = typer.main.get_command(cli).main(arguments, prog_name="wenbao", standalone_mode=False)
    except TyperException as error:
        terminal.say(f"{error.format_message().rstrip('.')}. `wenbao --help` shows the commands.")
        return FAILED
    except WenbaoError as error:
        terminal.say(" ".join(str(error).split("\n")))
        return FAILED
    except OSError as error:  # a full disk, a folder without permission: what no room foresaw
        terminal.say(f"{error.filename or 'the system'}: {error.strerror or error}.")
        return FAILED
    except (Abort, KeyboardInterrupt):
        return 130
    return status if isinstance(status, int) else DONE


if __name__ == "__main__":
    sys.exit(main())
