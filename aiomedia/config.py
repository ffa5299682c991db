"""The configuration: one frozen value, made of flags, environment variables, a TOML file and the defaults."""

import os
import tomllib
from collections.abc import Mapping
from typing import Annotated, Any, Literal, NamedTuple

import msgspec
from msgspec import Meta

from aiomedia.errors import AiomediaError, ConfigError
from aiomedia.media import GeneratedTemplate
from aiomedia.names import is_utf8, normalised_directory

ENVIRONMENT_PREFIX = "AIOMEDIA_"
FILE_VARIABLE = "AIOMEDIA_CONFIG"  # names the file, and is no key in it
URL_VARIABLE, TOKEN_VARIABLE = "AIOMEDIA_URL", "AIOMEDIA_TOKEN"  # of the client's commands
_NO_KEYS = {FILE_VARIABLE, URL_VARIABLE, TOKEN_VARIABLE}

LogLevel = Literal["debug", "info", "warning", "error"]


class Config(msgspec.Struct, frozen=True):
    """Every key with its default; `config.toml` says why each is as it is. Units are in the names."""

    roots: Annotated[tuple[str, ...], Meta(min_length=1)] = ("/mnt/docker/resource",)
    host: Annotated[str, Meta(pattern=r"^[!-~]+\Z")] = "127.0.0.1"
    port: Annotated[int, Meta(ge=0, le=65535)] = 5000
    workers: Annotated[int, Meta(ge=1, le=256)] = 1
    generated_template: str = "{uuid}output"
    follow_symlinks: bool = False
    watch: Literal["events", "poll"] = "events"
    reconcile_s: Annotated[float, Meta(gt=0, le=3600)] = 5.0
    full_reconcile_s: Annotated[float, Meta(gt=0, le=86_400)] = 20.0
    poll_s: Annotated[float, Meta(gt=0, le=3600)] = 1.0
    max_staleness_s: Annotated[float, Meta(gt=0, le=86_400)] = 60.0
    settle_s: Annotated[float, Meta(ge=0, le=3600)] = 0.5
    watch_step_ms: Annotated[int, Meta(ge=1, le=1000)] = 5
    watch_debounce_ms: Annotated[int, Meta(ge=1, le=10_000)] = 100
    listing_cache_mib: Annotated[int, Meta(ge=0, le=65_536)] = 64
    max_wait_s: Annotated[float, Meta(ge=0, le=86_400)] = 300.0
    max_held: Annotated[int, Meta(ge=0, le=1_000_000)] = 10_000
    max_held_per_client: Annotated[int, Meta(ge=0, le=1_000_000)] = 1_000
    changes_kept: Annotated[int, Meta(ge=1, le=10_000_000)] = 10_000
    head_timeout_s: Annotated[float, Meta(gt=0, le=3600)] = 10.0
    send_timeout_s: Annotated[float, Meta(gt=0, le=86_400)] = 60.0
    keepalive_timeout_s: Annotated[float, Meta(gt=0, le=3600)] = 30.0
    grace_period_s: Annotated[float, Meta(ge=0, le=3600)] = 30.0
    access_log: bool = True
    log_level: LogLevel = "info"

    def __post_init__(self) -> None:
        """Raises ValueError for a template without its place; roots are made normal, once each."""
        GeneratedTemplate(self.generated_template)
        try:
            roots = tuple(dict.fromkeys(map(normalised_directory, self.roots)))
        except AiomediaError as error:
            raise ValueError(str(error)) from error
        if not all(map(is_utf8, roots)):
            raise ValueError("a path that is not UTF-8")
        msgspec.structs.force_setattr(self, "roots", roots)


class Source(NamedTuple):
    """Where values come from, in words, and the values by key. Text stands for any type in the environment."""

    name: str
    values: Mapping[str, Any]
    strict: bool = True
    prefix: str = ""  # of a key in this source, which then is in capitals

    def shown(self, key: str) -> str:
        """The source and the key as somebody wrote it, on one line."""
        return f"{self.name}: {self.prefix + key.upper() if self.prefix else ascii(key)[1:-1]}"


class Effective(NamedTuple):
    """The configuration, and for each key the name of the source that its value is from."""

    config: Config
    origins: Mapping[str, str]


def file_source(path: str) -> Source:
    """Reads a TOML file. Raises ConfigError when it can't be read or is no TOML."""
    try:
        with open(path, "rb") as file:
            return Source(path, tomllib.load(file))
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror}") from error
    except ValueError as error:  # no TOML, or no UTF-8
        raise ConfigError(f"{path}: {error}") from error


def environment_source(environment: Mapping[str, str]) -> Source:
    """The `AIOMEDIA_…` variables; `AIOMEDIA_ROOTS` holds several directories as PATH does."""
    values: dict[str, Any] = {}
    for name, text in environment.items():
        if name.startswith(ENVIRONMENT_PREFIX) and name not in _NO_KEYS:
            key = name.removeprefix(ENVIRONMENT_PREFIX).lower()
            values[key] = text.split(os.pathsep) if key == "roots" else text
    return Source("environment", values, strict=False, prefix=ENVIRONMENT_PREFIX)


def combine(*sources: Source) -> Effective:
    """Puts sources together, the first that has a key wins. Raises ConfigError, naming the key and its source.

    Every source is checked in full, so that a bad value does not hide behind a better one.
    """
    values: dict[str, Any] = {}
    origins = dict.fromkeys(_FIELDS, "default")
    for source in reversed(sources):
        for key, value in source.values.items():
            values[key] = _checked(source, key, value)
            origins[key] = source.name
    return Effective(Config(**values), origins)


_FIELDS = {field.name: field.type for field in msgspec.structs.fields(Config)}


def _checked(source: Source, key: str, value: object) -> object:
    if key not in _FIELDS:
        raise ConfigError(f"{source.shown(key)}: no such key")
    try:
        checked = msgspec.convert(value, _FIELDS[key], strict=source.strict)
        Config(**{key: checked})
    except (msgspec.ValidationError, ValueError) as error:
        raise ConfigError(f"{source.shown(key)}: {error}") from error
    return checked
