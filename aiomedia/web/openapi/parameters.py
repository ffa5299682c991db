"""What may be asked: the parameters of the path and of the query, and the fields of a request."""

from typing import Final

from aiohttp import hdrs

from aiomedia.config import Config
from aiomedia.media import Kind
from aiomedia.ranges import MAX_RANGES
from aiomedia.web.downloads import DISPOSITIONS
from aiomedia.web.events import LAST_EVENT_ID
from aiomedia.web.listings import COUNT_MAX, LIMIT_MAX, ORDERS, SORTS, TYPES
from aiomedia.web.openapi import examples
from aiomedia.web.openapi.schemas import Json
from aiomedia.web.waits import PREFER

_TEXT: Final[Json] = {"type": "string"}
_FLAG: Final[Json] = {"type": "boolean", "default": False}
_CONFIG: Final = Config()


def _choice(choices: dict[str, object], default: str) -> Json:
    return {"type": "string", "enum": list(choices), "default": default}


def _path(name: str, description: str, example: str) -> Json:
    where: Json = {"name": name, "in": "path", "required": True}
    return where | {"description": description, "schema": _TEXT, "example": example}


def _query(name: str, description: str, schema: Json, example: object = None) -> Json:
    shown = {} if example is None else {"example": example}
    return {"name": name, "in": "query", "description": description, "schema": schema} | shown


def _field(name: str, description: str, example: str) -> Json:
    return {"name": str(name), "in": "header", "description": description, "schema": _TEXT, "example": example}


def _filename(kind: Kind, example: str) -> Json:
    return _path(
        "filename",
        f"The path of a {kind} file below the directory. It may hold `/`, or `%2F`, which is the same.",
        example,
    )


PARAMETERS: Final[dict[str, Json]] = {
    "video-filename": _filename("video", examples.VIDEO.name),
    "audio-filename": _filename("audio", examples.SOUND.name),
    "uuid": _path(
        "uuid",
        "The identifier, compared whole and case-sensitively: the part of a file's name that the template "
        f"leaves open, which is `{_CONFIG.generated_template}` unless configured otherwise.",
        examples.IDENTIFIER,
    ),
    "path": _path("path", "A directory's path below the default root, with a `/` at its end, or a file's.", "scenes/"),
    "name": _path("name", "One of the files that the page is made of.", "main.js"),
    "directory": _query(
        "directory",
        "The absolute path of a root, or of any directory below one. The default root without it.",
        _TEXT | {"pattern": "^/"},
        examples.DIRECTORY,
    ),
    "type": _query("type", "Which kind of files.", _choice({**TYPES}, "all")),
    "recursive": _query("recursive", "Files of sub-directories too; their names hold the path.", _FLAG),
    "q": _query(
        "q",
        "A part of the name as it is listed, case-insensitive; or with `*` or `?` a glob over the whole of it.",
        _TEXT,
        "scene*.mp4",
    ),
    "sort": _query("sort", "By what; ties by name, ascending.", _choice({**SORTS}, "name")),
    "order": _query("order", "In which direction.", _choice({**ORDERS}, "asc")),
    "limit": _query(
        "limit", "At most so many files; all without it.", {"type": "integer", "minimum": 1, "maximum": LIMIT_MAX}
    ),
    "after": _query("after", "Opaque: the position after which a page begins, as `next` has it.", _TEXT),
    "disposition": _query(
        "disposition", "Whether a browser saves the file or shows it.", _choice({**DISPOSITIONS}, "attachment")
    ),
    "task_id": _query("task_id", "Another identifier, tried when the first has no file of this kind.", _TEXT),
    "count": _query(
        "count",
        "How many files to wait for.",
        {"type": "integer", "minimum": 1, "maximum": COUNT_MAX, "default": 1},
    ),
    "wait": _query(
        "wait",
        "How many seconds the answer may be held until what is asked for is there. Digits, with a fraction or "
        f"without; more than `max_wait_s` ({_CONFIG.max_wait_s:g} unless configured otherwise) is as much as that.",
        {"type": "number", "minimum": 0},
        30,
    ),
    "since": _query("since", "A cursor: what happened after it. The present without it.", _TEXT, examples.CURSOR),
    PREFER: _field(PREFER, "`wait=SECONDS`, whole ones, is the same as `wait` in the query (RFC 7240).", "wait=30"),
    LAST_EVENT_ID: _field(
        LAST_EVENT_ID,
        "The `id` of the last event that arrived, which browsers send by themselves. It goes before `since`.",
        examples.CURSOR,
    ),
    hdrs.RANGE: _field(
        hdrs.RANGE,
        f"Which bytes (RFC 9110 14.2). More than {MAX_RANGES} ranges, and any that is malformed, are ignored.",
        "bytes=0-1023",
    ),
    hdrs.IF_RANGE: _field(hdrs.IF_RANGE, "The validator by which a range is still of the same file.", examples.ETAG),
    hdrs.IF_MATCH: _field(hdrs.IF_MATCH, "Go on only if the entity tag is one of these.", examples.ETAG),
    hdrs.IF_NONE_MATCH: _field(hdrs.IF_NONE_MATCH, "Go on only if it is none of these.", examples.ETAG),
    hdrs.IF_MODIFIED_SINCE: _field(
        hdrs.IF_MODIFIED_SINCE, "Go on only if it was modified after this.", "Sat, 05 Aug 2023 11:22:47 GMT"
    ),
    hdrs.IF_UNMODIFIED_SINCE: _field(
        hdrs.IF_UNMODIFIED_SINCE, "Go on only if it was not.", "Sat, 05 Aug 2023 11:22:47 GMT"
    ),
    hdrs.ACCEPT_ENCODING: _field(hdrs.ACCEPT_ENCODING, "`gzip` is taken.", "gzip"),
}
