"""The connection to the engine: its collections, and calls that end: tried again a few times, errors translated."""

import logging
import os
import random
import time
from collections.abc import Iterator, Mapping, Sequence
from copy import copy
from functools import lru_cache
from typing import Any

from index.errors import EngineDown, SnapshotError, SnapshotMismatch
from index.milvus.address import Address
from index.patience import left

os.environ.setdefault("GRPC_VERBOSITY", "NONE")  # what it meets it tells as an error; the rest is noise

try:
    import grpc
    from pymilvus import DataType, MilvusClient
    from pymilvus.exceptions import MilvusException
except ImportError as error:  # pragma: no cover
    raise SnapshotError("pymilvus is not installed: pip install 'wenbao[milvus]'.") from error

ASK_SECONDS = 4.0  # that a call of a question may take, all its tries together
WRITE_SECONDS = 120.0  # that a call of a build may take, all its tries together
LEAST_SECONDS = 0.05  # of a try
ASK_TRIES, WRITE_TRIES = 2, 8  # calls at most; the pauses between them are doubled each time
PAUSE, LONGEST_PAUSE = 0.1, 10.0  # seconds
TEXT = 65_535  # characters of a VARCHAR at most, Milvus' limit
PAGE = 1000  # rows of a query at a time
LISTED = 200  # values of an `in` at a time

logging.getLogger("pymilvus").setLevel(logging.CRITICAL)  # it logs what it raises, with the stack

Row = dict[str, Any]
Fields = Mapping[str, tuple[Any, ...]]

INT, LONG, FLAG, STRING = (DataType.INT32,), (DataType.INT64,), (DataType.BOOL,), (DataType.VARCHAR, TEXT)
SPARSE = (DataType.SPARSE_FLOAT_VECTOR,)
UNUSED = "unused"  # a vector of 2: the engine keeps no row without one
UNSEARCHED = {"index_type": "FLAT", "metric_type": "L2"}  # the index of that vector
BY_VALUE = {"index_type": "INVERTED"}


def vector_of(dimension: int) -> tuple[Any, ...]:
    """Return the type of a field of vectors."""
    return DataType.FLOAT_VECTOR, dimension


class Engine:
    """One archive's collections on an engine. Safe to share between threads."""

    def __init__(self, address: Address) -> None:
        """Connect.

        Raises:
            EngineDown: nobody answers there.
        """
        self.address = address
        self._client: Any = self._connect()
        self._tries, self._seconds = ASK_TRIES, ASK_SECONDS

    @property
    def patient(self) -> "Engine":
        """The same, with the time of a build."""
        patient = copy(self)
        patient._tries, patient._seconds = WRITE_TRIES, WRITE_SECONDS
        return patient

    def call(self, what: str, **arguments: Any) -> Any:
        """Call a method of pymilvus' client.

        Raises:
            EngineDown: the engine does not answer, or not in time (see `index.patience`).
            SnapshotError: it refuses.
        """
        until = time.monotonic() + min(self._seconds, left())
        for attempt in range(self._tries):
            seconds = max(until - time.monotonic(), LEAST_SECONDS)
            try:
                return getattr(self._client, what)(timeout=seconds, retry_times=1, **arguments)
            except (MilvusException, grpc.RpcError, grpc.FutureTimeoutError, ValueError) as error:
                # A ValueError: "Cannot invoke RPC on closed channel!", while the client connects anew
                if not _passing(error):
                    raise SnapshotError(f"{self.address}: the engine refuses {what} ({_said(error)}).") from error
                pause = min(LONGEST_PAUSE, PAUSE * 2**attempt) * (0.5 + random.random())
                if attempt == self._tries - 1 or time.monotonic() + pause >= until:
                    raise self._down(error) from error
                if _unloaded(error):  # an engine that was started anew need not have it ready
                    self._load(arguments["collection_name"])
                    continue
                time.sleep(pause)
        raise AssertionError

    def rows(self, name: str, where: str, fields: Sequence[str]) -> list[Row]:
        """Return the rows of a collection that a filter takes, 16,384 at most."""
        asked = {"collection_name": name, "filter": where, "output_fields": list(fields), "limit": 16_384}
        return list(self.call("query", **asked))

    def fresh_rows(self, name: str, where: str, fields: Sequence[str]) -> list[Row]:
        """Return the same of all that was written until now."""
        asked = {"collection_name": name, "filter": where, "output_fields": list(fields), "limit": 16_384}
        return list(self.call("query", **asked, consistency_level="Strong"))

    def count(self, name: str, where: str) -> int:
        """Return how many rows a filter takes, of all that was written until now."""
        asked = {"collection_name": name, "filter": where, "output_fields": ["count(*)"]}
        return int(self.call("query", **asked, consistency_level="Strong")[0]["count(*)"])

    def all_rows(self, name: str, key: str, where: str, fields: Sequence[str]) -> Iterator[list[Row]]:
        """Yield all rows that a filter takes, page by page, by their primary key, which is a number."""
        last = -1
        while True:
            found = self.call(
                "query",
                collection_name=name,
                filter=f"{key} > {last} and ({where})" if where else f"{key} > {last}",
                output_fields=list(fields),
                limit=PAGE,
                iterator="True",  # by the primary key, what pymilvus' own iterator asks for
                reduce_stop_for_best=True,
                consistency_level="Strong",
            )
            if found:
                yield found
            if len(found) < PAGE:
                return
            last = max(row[key] for row in found)

    def ensure(self, name: str, fields: Fields, indexes: Mapping[str, Mapping[str, Any]]) -> None:
        """Make a collection if it is not there, its first field the primary key, and have it ready. `indexes`: of
        fields, as pymilvus takes them.

        Raises:
            SnapshotMismatch: there is one of that name with other fields.
        """
        if not self.call("has_collection", collection_name=name):
            schema = MilvusClient.create_schema(auto_id=False, enable_dynamic_field=False)
            for place, (field, (kind, *size)) in enumerate(fields.items()):
                limit = {"max_length": size[0]} if kind == DataType.VARCHAR else {"dim": size[0]} if size else {}
                schema.add_field(field, kind, is_primary=place == 0, **limit)
            params = MilvusClient.prepare_index_params()
            for field, how in indexes.items():
                params.add_index(field, **how)
            try:
                self.call("create_collection", collection_name=name, schema=schema, index_params=params)
            except SnapshotError:
                if not self.call("has_collection", collection_name=name):
                    raise  # else another shard made it at the same moment
        self.check(name, fields)

    def check(self, name: str, fields: Fields) -> None:
        """See that a collection is as it is expected, and have it ready.

        Raises:
            SnapshotMismatch: it has other fields.
        """
        there = {row["name"]: row for row in self.call("describe_collection", collection_name=name)["fields"]}
        for field, (kind, *size) in fields.items():
            found = there.get(field)
            dimension = int(found["params"].get("dim", 0)) if found else 0
            if found is None or found["type"] != kind or (kind == DataType.FLOAT_VECTOR and dimension != size[0]):
                raise SnapshotMismatch(
                    f"{self.address}: the collection {name} has no such field {field!r}. It was made by something else,"
                    " or with another model; name another one."
                )
        self.call("load_collection", collection_name=name)

    def index_kind(self, name: str, field: str) -> str:
        """Return the kind of index that a collection has over a field; "" where it says none."""
        rows = [
            self.call("describe_index", collection_name=name, index_name=index)
            for index in self.call("list_indexes", collection_name=name, field_name=field)
        ]
        return str(next((row["index_type"] for row in rows if row), ""))

    def _connect(self, tries: int = ASK_TRIES) -> Any:
        options = dict(self.address.options)
        try:
            return MilvusClient(uri=self.address.uri, timeout=ASK_SECONDS, **options)
        except FileNotFoundError as error:
            raise SnapshotError(f"{self.address}: {error.filename}: there is no such file.") from error
        except (MilvusException, grpc.RpcError, grpc.FutureTimeoutError, OSError) as error:
            cause = error.__cause__ or error  # pymilvus wraps what the engine said
            if not _passing(cause):
                raise SnapshotError(
                    f"{self.address}: the engine does not let us in ({_said(cause)}). Check the token in its address."
                ) from error
            if tries == 1:
                raise self._down(error) from error
        time.sleep(PAUSE)  # clients of one process share a connection, which may just have been ended for its pings
        return self._connect(tries - 1)

    def _load(self, name: str) -> None:
        try:
            self._client.load_collection(collection_name=name, timeout=self._seconds)
        except (MilvusException, grpc.RpcError, grpc.FutureTimeoutError, ValueError) as error:
            raise self._down(error) from error

    def _down(self, error: BaseException) -> EngineDown:
        return EngineDown(f"{self.address}: the engine does not answer ({_said(error)}). Start it, then ask again.")


def _passing(error: BaseException) -> bool:
    """Tell whether a call may succeed if it is made again: the engine is away, slow or busy, not unwilling."""
    if isinstance(error, MilvusException):
        text = str(error).lower()
        return error.code in _PASSING or any(word in text for word in _PASSING_WORDS)
    return not (isinstance(error, grpc.Call) and error.code() in _FINAL)


def _unloaded(error: BaseException) -> bool:
    return isinstance(error, MilvusException) and (error.code in (101, 103) or "load()" in str(error))


# who asks is not let in, or what is asked for is not understood
_FINAL = {grpc.StatusCode.UNAUTHENTICATED, grpc.StatusCode.PERMISSION_DENIED, grpc.StatusCode.UNIMPLEMENTED}
# Milvus' codes: 2 unavailable, 4 too many requests, 5 internal, 8 slower please, 101 and 103 not loaded (yet)
_PASSING = {2, 4, 5, 8, 101, 103}
_PASSING_WORDS = ("unavailable", "deadline", "timeout", "not loaded", "not ready", "closed channel", "rate limit")


def _said(error: BaseException) -> str:
    details = error.details() if isinstance(error, grpc.Call) else ""
    text = details or getattr(error, "message", "") or str(error) or type(error).__name__
    return " ".join(text.split())[:200].rstrip(".")


@lru_cache(maxsize=8)
def connect(address: Address) -> Engine:
    """Return the connection to an address, one for each process. What fails is not remembered.

    Raises:
        EngineDown: nobody answers there.
    """
    return Engine(address)


def listed(field: str, values: Sequence[int]) -> str:
    """Return the filter of the rows whose field is one of these."""
    return f"{field} in [{', '.join(map(str, values))}]"


def batches(values: Sequence[Any], size: int = LISTED) -> Iterator[Sequence[Any]]:
    """Yield some values at a time."""
    for start in range(0, len(values), size):
        yield values[start : start + size]
