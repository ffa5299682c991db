"""Downloads, and the plain index that leads to them."""

from collections.abc import Sequence
from http import HTTPStatus
from typing import Final

from aiohttp import hdrs

from aiomedia.errors import Code
from aiomedia.media import KINDS, Kind, content_types
from aiomedia.web.fields import CONTENT_SECURITY_POLICY, CONTENT_TYPE_OPTIONS, ETAG
from aiomedia.web.openapi.fields import SOME_RANGE, some
from aiomedia.web.openapi.operations import CONDITIONS, HTML, Answer, Operation
from aiomedia.web.openapi.schemas import Json
from aiomedia.web.waits import PREFER, PREFERENCE_APPLIED

_BINARY: Final[Json] = {"schema": {"type": "string", "format": "binary"}}
_SEVERAL_RANGES: Final = "multipart/byteranges"

_SELECTING: Final = (
    hdrs.RANGE,
    hdrs.IF_RANGE,
    *CONDITIONS,
    hdrs.IF_MODIFIED_SINCE,
    hdrs.IF_UNMODIFIED_SINCE,
)
_ASKED: Final = ("directory", "disposition", "wait", PREFER, *_SELECTING)
_VALIDATORS: Final = (ETAG, hdrs.LAST_MODIFIED, hdrs.CACHE_CONTROL, CONTENT_TYPE_OPTIONS)
_REFUSALS: Final[tuple[Code, ...]] = (
    "invalid_filename",
    "invalid_directory",
    "invalid_parameter",
    "directory_not_allowed",
    "forbidden",
    "not_found",
    "being_written",
    "precondition_failed",
    "range_not_satisfiable",
    "too_many_requests",
    "unavailable",
)


def _answers(media: Sequence[str], *more: str) -> tuple[Answer, ...]:
    fields = (*_VALIDATORS, hdrs.ACCEPT_RANGES, hdrs.CONTENT_LENGTH, hdrs.CONTENT_DISPOSITION, *more)
    whole = dict.fromkeys(media, _BINARY)
    return (
        Answer(HTTPStatus.OK, "The whole file.", fields, whole),
        Answer(
            HTTPStatus.PARTIAL_CONTENT,
            f"The bytes that were asked for; of several ranges as `{_SEVERAL_RANGES}`.",
            (*fields, SOME_RANGE),
            whole | {_SEVERAL_RANGES: _BINARY},
        ),
        Answer(HTTPStatus.NOT_MODIFIED, "The client has it already.", (*_VALIDATORS, *more)),
    )


def _by_name(kind: Kind) -> Operation:
    return Operation(
        f"/download/{kind}/{{filename}}",
        f"download_{kind}",
        "Downloads",
        f"A {kind} file by its name",
        "The file as it is when it is opened: a complete answer never mixes two versions. Resume it with `Range` and "
        "`If-Range`. With `wait` the answer is held until the file is there and whole.",
        (f"{kind}-filename", *_ASKED),
        _answers(content_types(kind), PREFERENCE_APPLIED),
        ("invalid_file_type", *_REFUSALS),
    )


def _generated(kind: Kind) -> Operation:
    return Operation(
        f"/download/generated/{kind}/{{uuid}}",
        f"download_generated_{kind}",
        "Downloads",
        f"The newest {kind} file of an identifier",
        "Of several files of this kind the one that was modified last, then the first by name. With `wait` the answer "
        "is held until there is one, of `task_id` too.",
        ("uuid", "task_id", *_ASKED),
        _answers(content_types(kind), PREFERENCE_APPLIED),
        _REFUSALS,
    )


def _moved(description: str) -> Answer:
    return Answer(HTTPStatus.MOVED_PERMANENTLY, description, (hdrs.LOCATION, hdrs.CACHE_CONTROL))


def _browsed() -> tuple[Answer, ...]:
    """A directory's page or a file: only what both have is always there."""
    whole, partial, _ = _answers([content_type for kind in KINDS for content_type in content_types(kind)])
    always = (ETAG, hdrs.CACHE_CONTROL, some(hdrs.VARY), some(hdrs.LAST_MODIFIED), CONTENT_SECURITY_POLICY)
    of_content = (CONTENT_TYPE_OPTIONS, hdrs.CONTENT_ENCODING, some(hdrs.ACCEPT_RANGES), some(hdrs.CONTENT_DISPOSITION))
    shown = {HTML: {"schema": {"type": "string"}}, **whole.content}
    return (
        Answer(HTTPStatus.OK, "A directory as HTML, or a file.", (*always, *of_content), shown),
        partial,
        _moved("A directory's path without its slash: to the one with it."),
        Answer(HTTPStatus.NOT_MODIFIED, "The client has it already.", (*always, some(CONTENT_TYPE_OPTIONS))),
    )


FILES: Final = (
    *(_by_name(kind) for kind in KINDS[::-1]),
    *(_generated(kind) for kind in KINDS[::-1]),
    Operation(
        "/browse",
        "browse_root",
        "Pages",
        "The plain index without its slash",
        "Leads to `/browse/`.",
        (),
        (_moved("To the one with it."),),
    ),
    Operation(
        "/browse/{path}",
        "browse",
        "Pages",
        "The plain index",
        "The default root as plain HTML with relative links, for `rclone`, `wget -r`, `lftp` and VLC: `/browse/` is "
        "the root itself.",
        ("path", *_SELECTING, hdrs.ACCEPT_ENCODING),
        _browsed(),
        (
            "invalid_filename",
            "forbidden",
            "not_found",
            "being_written",
            "precondition_failed",
            "range_not_satisfiable",
            "unavailable",
        ),
    ),
)
