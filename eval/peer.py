"""One peer in a process of its own: `python -m eval.peer NAME WORK.json OUT.json`.

WORK.json: a `Work`. OUT.json: for each question the passages found, best first; seconds to build, CPU milliseconds of a
question, the process's peak memory, versions. Each peer is set up as it comes, and once for Chinese as its
documentation says: jieba's words where it takes a function or a cut text, character n-grams where it takes a setting.
Of a talk, peers are given what the user said, as one text: none of them reads a history without a language model.
"""

import json
import os
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import jieba
import numpy as np
from rank_bm25 import BM25Okapi

from rag.answer import Message

K = 20  # passages of a ranking
MISSING = 3  # exit status where a package is not installed

OWN = "Wenbao"


@dataclass(frozen=True)
class Asked:
    """A question, and what was said before it."""

    question: str
    history: tuple[Message, ...] = ()

    @property
    def text(self) -> str:
        """What the user said, as one text, the question last."""
        return "\n".join([*(turn.content for turn in self.history if turn.role == "user"), self.question])


Search = Callable[[Asked], list[int]]
"""Question → passage numbers, best first."""


@dataclass(frozen=True)
class Work:
    """What every peer is given. `model`: the embedded model's folder; `corpus`: the raw pages that the passages were
    made of, and `index`: an empty folder, for this project alone."""

    passages: list[str]
    questions: list[Asked]
    model: str
    corpus: str
    index: str

    @classmethod
    def read(cls, path: Path) -> "Work":
        """Return the work of a file of JSON."""
        body = json.loads(path.read_text(encoding="utf-8"))
        asked = [Asked(row["question"], tuple(Message(**turn) for turn in row["history"])) for row in body["questions"]]
        return cls(**{**body, "questions": asked})


Build = Callable[[Work], Search]


def cut(text: str) -> list[str]:
    """Return jieba's words of a text, in lower case."""
    return [word for word in jieba.lcut(text.lower()) if word.strip()]


def rank_bm25(tokenize: Callable[[str], list[str]]) -> Build:
    """Return rank-bm25 alone, with a way to cut texts."""

    def build(work: Work) -> Search:
        index = BM25Okapi([tokenize(text) or [""] for text in work.passages])

        def search(asked: Asked) -> list[int]:
            scores = index.get_scores(tokenize(asked.text))
            order = np.argsort(-scores, kind="stable")[:K]
            return [int(number) for number in order if scores[number] > 0]

        return search

    return build


def txtai(scoring: dict[str, Any] | None) -> Build:
    """Return txtai's hybrid index, with its own keyword scoring or another."""

    def build(work: Work) -> Search:
        from txtai import Embeddings

        index = Embeddings(
            path=work.model, method="sentence-transformers", hybrid=True, **({"scoring": scoring} if scoring else {})
        )
        index.index(enumerate(work.passages))

        def search(asked: Asked) -> list[int]:
            return [int(number) for number, _ in index.search(asked.text, K)]

        return search

    return build


def haystack(chinese: bool) -> Build:
    """Return Haystack's BM25 and embedding retrievers, joined by reciprocal ranks. `chinese`: BM25 sees jieba's words;
    vectors are always of the text as it is."""

    def build(work: Work) -> Search:
        from haystack import Document
        from haystack.components.joiners import DocumentJoiner
        from haystack.components.retrievers.in_memory import InMemoryBM25Retriever, InMemoryEmbeddingRetriever
        from haystack.document_stores.in_memory import InMemoryDocumentStore
        from sentence_transformers import SentenceTransformer

        encoder = SentenceTransformer(work.model, device="cpu")

        def shown(text: str) -> str:
            return " ".join(cut(text)) if chinese else text

        regex = {"bm25_tokenization_regex": r"\S+"} if chinese else {}
        store = InMemoryDocumentStore(embedding_similarity_function="cosine", **regex)
        vectors = encoder.encode(work.passages, show_progress_bar=False).tolist()
        rows = enumerate(zip(work.passages, vectors, strict=True))
        store.write_documents([Document(id=str(n), content=shown(text), embedding=row) for n, (text, row) in rows])
        words, meaning = InMemoryBM25Retriever(store, top_k=K), InMemoryEmbeddingRetriever(store, top_k=K)
        joiner = DocumentJoiner(join_mode="reciprocal_rank_fusion", top_k=K)

        def search(asked: Asked) -> list[int]:
            vector = encoder.encode([asked.text], show_progress_bar=False)[0].tolist()
            found = [
                words.run(query=shown(asked.text))["documents"],
                meaning.run(query_embedding=vector)["documents"],
            ]
            return [int(document.id) for document in joiner.run(documents=found)["documents"]]

        return search

    return build


def langchain(chinese: bool) -> Build:
    """Return LangChain's ensemble of BM25 and FAISS, half and half. `chinese`: BM25 sees jieba's words."""

    def build(work: Work) -> Search:
        from langchain_classic.retrievers import EnsembleRetriever
        from langchain_community.retrievers import BM25Retriever
        from langchain_community.vectorstores import FAISS
        from langchain_core.embeddings import Embeddings
        from sentence_transformers import SentenceTransformer

        encoder = SentenceTransformer(work.model, device="cpu")

        class Encoder(Embeddings):  # type: ignore[misc]
            def embed_documents(self, texts: list[str]) -> list[list[float]]:
                rows: list[list[float]] = encoder.encode(texts, show_progress_bar=False).tolist()
                return rows

            def embed_query(self, text: str) -> list[float]:
                return self.embed_documents([text])[0]

        numbers = [{"number": number} for number in range(len(work.passages))]
        how = {"preprocess_func": cut} if chinese else {}
        words = BM25Retriever.from_texts(work.passages, metadatas=numbers, k=K, **how)
        meaning = FAISS.from_texts(work.passages, Encoder(), metadatas=numbers).as_retriever(search_kwargs={"k": K})
        both = EnsembleRetriever(retrievers=[words, meaning], weights=[0.5, 0.5], id_key="number")

        def search(asked: Asked) -> list[int]:
            return [document.metadata["number"] for document in both.invoke(asked.text)][:K]

        return search

    return build


def wenbao(work: Work) -> Search:
    """Return this project's retrieval, built from the raw pages."""
    from index.build import build_index
    from index.encoder import load_encoder
    from rag.question import parse_question
    from rag.retrieve import Retriever

    retriever = Retriever(build_index(Path(work.corpus), Path(work.index), load_encoder()))

    def search(asked: Asked) -> list[int]:
        return [hit.number for hit in retriever.search(parse_question(asked.question, asked.history), K)]

    return search


_NGRAMS = {"method": "bm25", "terms": True, "normalize": True, "tokenizer": {"ngrams": {"nmin": 1, "nmax": 2}}}
PEERS: dict[str, tuple[Build, tuple[str, ...]]] = {
    OWN: (wenbao, ("wenbao",)),
    "txtai hybrid, Chinese": (txtai(_NGRAMS), ("txtai",)),
    "txtai hybrid, as it comes": (txtai(None), ("txtai",)),
    "Haystack hybrid, Chinese": (haystack(True), ("haystack-ai",)),
    "Haystack hybrid, as it comes": (haystack(False), ("haystack-ai",)),
    "LangChain ensemble, Chinese": (langchain(True), ("langchain-community", "langchain-classic")),
    "LangChain ensemble, as it comes": (langchain(False), ("langchain-community", "langchain-classic")),
    "rank-bm25 and jieba": (rank_bm25(cut), ("rank-bm25", "jieba")),
    "rank-bm25, as it comes": (rank_bm25(str.split), ("rank-bm25",)),
}


def measure(build: Build, work: Work) -> dict[str, Any]:
    """Build, ask every question, and return what was found and what it cost."""
    cut("预热")  # jieba's dictionary is no part of an index
    started = sum(os.times()[:4])  # its child processes counted
    search = build(work)
    built = sum(os.times()[:4]) - started
    search(work.questions[0])
    found, spent = [], []
    for question in work.questions:
        started = time.process_time()
        found.append(search(question))
        spent.append(time.process_time() - started)
    return {"found": found, "build_s": built, "ms": statistics.median(spent) * 1000, "memory_mb": peak_memory()}


def peak_memory() -> float:
    """Return the most memory that this process has held, in MB; NaN where the system does not tell."""
    status = Path("/proc/self/status")
    lines = status.read_text(encoding="utf-8").splitlines() if status.exists() else []
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM")), float("nan"))


def main(argv: Sequence[str]) -> int:
    """Run one peer; `MISSING` where its package is not installed."""
    name, work, out = argv
    jieba.setLogLevel("WARNING")
    build, packages = PEERS[name]
    try:
        found = measure(build, Work.read(Path(work)))
    except ModuleNotFoundError as error:
        sys.stderr.write(f"{error}\n")
        return MISSING
    found["version"] = ", ".join(f"{package} {version(package)}" for package in packages)
    Path(out).write_text(json.dumps(found), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
