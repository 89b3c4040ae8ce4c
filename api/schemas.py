"""What goes in and out over HTTP. Requests are strict: unknown fields and look-alike types are refused."""

from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

QUESTION_LENGTH = 512  # characters
HISTORY_LENGTH = 20  # messages
MESSAGE_LENGTH = 4000  # characters
MOST_PASSAGES = 20


class FieldProblem(ValueError):
    """A value that is wrong in a way that pydantic has no name for; `code` completes the error's code."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def _asked(text: str) -> str:
    if "\0" in text:
        raise FieldProblem("has_nul", "a NUL is no text. Leave it out.")
    if not text.strip():
        raise FieldProblem("blank", "it is blank. Ask something.")
    return text


def no_nul(text: str) -> str:
    """Return a text that holds no NUL.

    Raises:
        FieldProblem: it holds one.
    """
    if "\0" in text:
        raise FieldProblem("has_nul", "a NUL is no text. Leave it out.")
    return text


NO_NUL = {"pattern": r"^[^\x00]*$"}  # told to clients; what is checked is checked by the validators
SAID = r"^[^\x00]*[^\s\x00\x1c-\x1f\x85][^\x00]*$"  # not blank: regular expressions differ on what `\s` takes in
QuestionText = Annotated[
    str,
    Field(max_length=QUESTION_LENGTH, json_schema_extra={"minLength": 1, "pattern": SAID}),
    AfterValidator(_asked),
]
TopK = Annotated[int, Field(ge=1, le=MOST_PASSAGES)]


class Strict(BaseModel):
    """A request: no conversion, no unknown field."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class MessageIn(Strict):
    """A turn of the conversation before the question."""

    role: Literal["user", "assistant"]
    content: Annotated[str, Field(max_length=MESSAGE_LENGTH, json_schema_extra=NO_NUL), AfterValidator(no_nul)]


class AskRequest(Strict):
    """A question to the archive."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"question": "南海区有多少家社会办医疗机构？", "top_k": 5}]}
    )

    question: QuestionText
    history: list[MessageIn] = Field(default=[], max_length=HISTORY_LENGTH, description="oldest first")
    top_k: TopK = Field(5, description="how many passages come back; the answer does not depend on it")
    documents: list[Annotated[str, Field(max_length=4096, json_schema_extra=NO_NUL), AfterValidator(no_nul)]] | None = (
        Field(None, description="ask only within these documents")
    )


class Out(BaseModel):
    """A response: these fields and no others."""

    model_config = ConfigDict(extra="forbid")


class RawSegment(Out):
    """A slice of the file, in code points."""

    start: int
    end: int


class SeamOut(Out):
    """A place in `cited_text` where pieces that stand apart on the page were joined; `score`: how surely."""

    offset: int
    score: float


class CitationOut(Out):
    """A quotation and where it stands."""

    index: int
    type: Literal["char_location"]
    cited_text: str
    document_id: str
    article_id: str
    title: str
    title_made: bool
    start_char_index: int
    end_char_index: int
    utf16_start: int
    utf16_end: int
    raw_segments: list[RawSegment]
    seams: list[SeamOut]
    sha256: str
    passage: str
    url: str
    score: float


class PassageOut(Out):
    """A passage found, as it would be quoted."""

    passage_id: str
    article_id: str
    document_id: str
    title: str
    text: str
    score: float
    lexical_rank: int | None
    dense_rank: int | None
    matched_terms: list[str]


class AskResponse(Out):
    """The answer, or that the archive does not say."""

    question: str
    rewritten_question: str | None
    language: str
    answerable: bool
    answer: str | None
    short_answer: str | None
    confidence: float
    reason: str | None
    citations: list[CitationOut]
    passages: list[PassageOut]
    snapshot: str
    timings_ms: dict[str, float]


class SearchResponse(Out):
    """The passages nearest to a query, best first."""

    passages: list[PassageOut]


class SuggestionOut(Out):
    """A question that the archive answers."""

    question: str
    language: Literal["zh", "en"]


class SuggestionsResponse(Out):
    """Questions that the archive answers."""

    questions: list[SuggestionOut]


class InsteadResponse(Out):
    """What the archive lacks of a question; the question without that, if that is answered; others near it that are."""

    missing: list[str]
    better: str | None
    questions: list[str]


class ArticleHeader(Out):
    """An article in a list."""

    article_id: str
    document_id: str
    title: str
    title_made: bool


class ArticleList(Out):
    """Some articles, in the order of the archive, and how many there are."""

    articles: list[ArticleHeader]
    total: int


class PartOut(Out):
    """A named piece of an article; a headline or kicker stands outside the text, at 0."""

    kind: str
    start: int
    end: int
    text: str
    raw_segments: list[RawSegment]


class SegmentOut(Out):
    """A run copied from the page."""

    text_start: int
    text_end: int
    raw_start: int
    raw_end: int


class ArticleOut(ArticleHeader):
    """An article, whole. `sha256`: of the raw file it stands in."""

    text: str
    parts: list[PartOut]
    segments: list[SegmentOut]
    sha256: str


class DocumentHeader(Out):
    """A page in a list."""

    document_id: str
    sha256: str
    size: int
    articles: int
    unassigned: int = Field(description="characters read into no article")
    unsure_seams: int = Field(description="joins of pieces that are less than 0.9 sure")


class LeftOut(Out):
    """A file of the corpus folder that is not in the archive."""

    document_id: str
    why: str


class DocumentList(Out):
    """All pages, and the files that were left out."""

    documents: list[DocumentHeader]
    left_out: list[LeftOut]
    snapshot: str


class DocumentArticle(Out):
    """An article of a page and its slices of it; `seams`: where its text joins what stands apart on the page."""

    article_id: str
    title: str
    title_made: bool
    length: int
    seams: list[SeamOut]
    raw_segments: list[RawSegment]


class ImprintOut(Out):
    """What a page evidently says of itself: the newspaper, the date (2024-04-25), the number of the page (A02)."""

    newspaper: str | None
    date: str | None
    number: str | None


class DocumentOut(Out):
    """A raw page, its articles, and what on it was read into none of them."""

    document_id: str
    sha256: str
    text: str
    imprint: ImprintOut
    articles: list[DocumentArticle]
    left: list[PartOut]


class Readiness(Out):
    """What the server answers from, and the name of a newer generation that could not be opened, if there is one."""

    status: Literal["ready"]
    snapshot: str
    generation: str
    failed: str | None


class Reload(Out):
    """What the server answers from after a reload; `changed`: whether it was something else before."""

    snapshot: str
    generation: str
    changed: bool


class ErrorDetail(Out):
    """What went wrong."""

    message: str
    type: str
    param: str | None
    code: str


class ErrorResponse(Out):
    """The body of every error."""

    error: ErrorDetail
