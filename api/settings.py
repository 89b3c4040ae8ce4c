"""Settings: built once at the edge, from flags, the environment (`WENBAO_…`) and `wenbao.toml`, in that order."""

import difflib
import hashlib
import ipaddress
import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, ValidationError
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, TomlConfigSettingsSource

from api.keys import hashed
from index.encoder import Encoder, load_encoder
from index.errors import WenbaoError
from index.milvus.address import is_address
from index.text import UserWords, cache_folder, read_words, use_words

if TYPE_CHECKING:
    from index.store import Store

PREFIX = "WENBAO_"
FILE = "wenbao.toml"  # in the folder the program is started in


Key = Annotated[str, AfterValidator(hashed)]
Place = Annotated[str, BeforeValidator(os.fspath)]
Origin = Annotated[str, Field(pattern=r"^(\*|https?://[^\s/*]+)$")]


class SettingsError(WenbaoError):
    """A setting has a value that cannot be used, or there is no setting of that name."""


class Settings(BaseSettings):
    """Everything that can be set. A field `port` is `--port`, `WENBAO_PORT`, and `port` in wenbao.toml."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, toml_file=FILE, extra="forbid", frozen=True, env_ignore_empty=True, protected_namespaces=()
    )

    corpus: Path = Field(Path("seeds"), description="the folder of pages")
    index: Place | None = Field(
        None, description="the folder of the index, or milvus://HOST/NAME; none: one per corpus in the user's cache"
    )
    model: str = Field("", description="the encoder: empty for the embedded one, a model folder, or a hub name")
    user_dict: Path | None = Field(None, description="a file of words to keep whole, one on a line (jieba's format)")
    host: str = Field("127.0.0.1", min_length=1, description="the address to listen on")
    port: int = Field(8000, ge=0, le=65535, description="the port to listen on; 0 takes a free one")
    public_url: str = Field(
        "",
        pattern=r"^(https?://[^\s/]+(/[^\s?#]*)?)?$",
        description="the address that readers reach it under: links point there",
    )
    workers: int = Field(1, ge=1, le=64, description="processes that answer; they share the index")
    api_keys: tuple[Key, ...] = Field((), description="keys that the API asks for (`Authorization: Bearer …`)")
    admin_keys: tuple[Key, ...] = Field((), description="keys for /admin; without any there is no such place")
    open_to_all: bool = Field(False, description="whether others than this machine may ask without a key")
    cors_origins: tuple[Origin, ...] = Field((), description="origins whose pages may ask from a browser; `*`: any")
    requests_per_minute: int = Field(0, ge=0, description="how many API requests one address may make; 0: any number")
    log: Literal["off", "text", "json"] = Field(
        "off", description="a line on stderr for each request: off, text or json"
    )
    log_questions: bool = Field(False, description="whether these lines hold what was asked")
    max_body_bytes: int = Field(983_040, ge=1024, description="bytes of a request body; longer ones get 413")

    answers_at_once: int = Field(1, ge=1, le=64, description="requests that read the archive at the same time")
    answers_waiting: int = Field(64, ge=0, description="requests that may wait for their turn; others get 503")
    deadline_seconds: float = Field(10.0, gt=0, description="seconds after which a request is given up with 504")
    watch: bool = Field(
        False, description="whether the corpus is followed: what changes is indexed and taken into service"
    )

    generations_kept: int = Field(
        2, ge=2, description="generations of an index in a folder that are kept, the one in use among them"
    )
    feedback: bool = Field(True, description="whether the page asks if an answer was right, and keeps what is said")

    @property
    def exposed(self) -> bool:
        """Whether others than this machine reach the address it listens on."""
        try:
            return not ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return self.host != "localhost"

    @property
    def index_folder(self) -> Path:
        """The folder of the index and of what is kept beside it: as set, or `indexes/HASH` in the user's cache, one for
        each corpus path, or for each index on an engine."""
        if self.index is None:
            return _cached(os.fsencode(self.corpus.absolute()))
        return _cached(self.index.encode()) if is_address(self.index) else Path(self.index)

    @property
    def store(self) -> "Store":
        """Where the index lies.

        Raises:
            SnapshotError: it is an address that cannot be understood, or pymilvus is not installed.
        """
        if self.index is not None and is_address(self.index):
            from index.milvus.store import MilvusStore  # pymilvus: a second, and an extra

            return MilvusStore.at(self.index)
        from index.store import LocalStore  # faiss: a quarter of a second, for commands that need no index

        return LocalStore(self.index_folder, self.generations_kept)

    def encoder(self) -> Encoder:
        """Take the user's words into this process, and return the encoder.

        Raises:
            ModelError: the dictionary or the model cannot be read.
        """
        use_words(UserWords() if self.user_dict is None else read_words(self.user_dict))
        return load_encoder(self.model)

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Flags before the environment before the file."""
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls)


def _cached(name: bytes) -> Path:
    """Return the folder in the user's cache of what has this name: 16 hex digits of its SHA-256."""
    return cache_folder() / "indexes" / hashlib.sha256(name).hexdigest()[:16]


def load_settings(**flags: Any) -> Settings:
    """Return the settings; a flag that is None was not given.

    Raises:
        SettingsError: a value cannot be used, or a name is unknown; the message names it.
    """
    unknown = [name for name in sorted(os.environ) if name.startswith(PREFIX) and not _known(name)]
    if unknown:
        raise SettingsError(f"{unknown[0]}: no such setting{_nearest(unknown[0][len(PREFIX) :].lower())}.")
    try:
        return Settings(**{name: value for name, value in flags.items() if value is not None})
    except ValidationError as error:
        first = error.errors()[0]
        name = str(first["loc"][0]) if first["loc"] else ""
        if first["type"] == "extra_forbidden":
            raise SettingsError(f"{FILE}: {name}: no such setting{_nearest(name)}.") from error
        shown = "…" if name.endswith("_keys") else repr(str(first["input"])[:80])
        raise SettingsError(f"{name} = {shown}: {first['msg'].removeprefix('Value error, ')}.") from error
    except (OSError, ValueError) as error:  # the file is not TOML, or a value of the environment is not JSON
        raise SettingsError(f"settings: {error}. Mend {FILE} or the {PREFIX}… variable.") from error


def _known(variable: str) -> bool:
    return variable[len(PREFIX) :].lower() in Settings.model_fields


def _nearest(name: str) -> str:
    near = difflib.get_close_matches(name, Settings.model_fields, 1)
    return f"; did you mean {near[0]}" if near else ""
