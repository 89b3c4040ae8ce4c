"""What the server counts of itself, for Prometheus at `/metrics`. Every application has a registry of its own."""

from fastapi import APIRouter, Request
from fastapi.responses import Response
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from api.opening import Opened
from api.schemas import ErrorResponse
from rag.answer import Answer

BUCKETS = (0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0)  # seconds

router = APIRouter(tags=["health"], responses={401: {"model": ErrorResponse}})


class Metrics:
    """The counters of one application. Safe to share between threads."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.requests = Counter(
            "wenbao_requests",
            "Requests by route, method and status",
            ("route", "method", "status"),
            registry=self.registry,
        )
        self.seconds = Histogram(
            "wenbao_request_seconds", "How long requests took", ("route",), buckets=BUCKETS, registry=self.registry
        )
        self.in_progress = Gauge("wenbao_requests_in_progress", "Requests under way", registry=self.registry)
        self.answers = Counter(
            "wenbao_answers", "Answers by outcome: answered, or why not", ("outcome",), registry=self.registry
        )
        self.stages = Histogram(
            "wenbao_stage_seconds", "How long the steps of an answer took", ("stage",), buckets=BUCKETS,
            registry=self.registry,
        )  # fmt: skip
        self.archive = Gauge("wenbao_archive", "What the open index holds", ("what",), registry=self.registry)

    def answered(self, answer: Answer) -> None:
        """Count an answer and the time of its steps."""
        self.answers.labels(answer.reason or "answered").inc()
        for stage, spent in answer.timings_ms.items():
            self.stages.labels(stage).observe(spent / 1000)

    def text(self, opened: Opened | None) -> bytes:
        """Return the counters in Prometheus's format."""
        for what, count in (opened.snapshot.manifest["counts"] if opened else {}).items():
            self.archive.labels(what).set(count)
        return generate_latest(self.registry)


@router.get("/metrics", response_class=Response)
def metrics(request: Request) -> Response:
    """Counters and histograms, in Prometheus's format."""
    counted: Metrics = request.app.state.metrics
    return Response(counted.text(request.app.state.desk.generations.current), media_type=CONTENT_TYPE_LATEST)
