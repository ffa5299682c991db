"""Listings, what changed since, and what changes from now on."""

from http import HTTPStatus
from typing import Final

from aiohttp import hdrs

from aiomedia.config import Config
from aiomedia.errors import Code
from aiomedia.resource import ChangeListing, FileListing, GeneratedListing
from aiomedia.web.events import HEARTBEAT_S, LAST_EVENT_ID
from aiomedia.web.fields import CONTENT_TYPE_OPTIONS, CURSOR
from aiomedia.web.openapi.examples import EVENTS
from aiomedia.web.openapi.operations import NEGOTIATION, Answer, Operation, negotiated, of_json, refused_by
from aiomedia.web.waits import PREFER, PREFERENCE_APPLIED

_REFUSALS: Final[tuple[Code, ...]] = (
    "invalid_directory",
    "invalid_parameter",
    "directory_not_allowed",
    "not_found",
    "unavailable",
)
_VIEW: Final = ("directory", "type", "recursive")

LISTINGS: Final = (
    Operation(
        "/list/files",
        "list_files",
        "Listings",
        "The files of a directory",
        "Answered from memory, and true: a file is listed once it is whole. All files, or with `limit` a page of them, "
        "to be gone through by `next`. `Aiomedia-Cursor` says from where to follow what changes.",
        (*_VIEW, "q", "sort", "order", "limit", "after", *NEGOTIATION),
        negotiated("The files that match.", of_json(FileListing), CURSOR, hdrs.LINK),
        (*_REFUSALS, "precondition_failed"),
        refused_by(CURSOR),
    ),
    Operation(
        "/list/generated/{uuid}",
        "list_generated",
        "Listings",
        "The files of an identifier",
        "An identifier that has no files is none the less 200: the `state` says whether one is being written. "
        "With `wait` the answer is held until there are `count` files.",
        ("uuid", "directory", "count", "wait", PREFER, *NEGOTIATION),
        negotiated("The files that there are.", of_json(GeneratedListing), CURSOR, PREFERENCE_APPLIED),
        (*_REFUSALS, "invalid_filename", "precondition_failed", "too_many_requests"),
        refused_by(CURSOR),
    ),
    Operation(
        "/changes",
        "list_changes",
        "Changes",
        "What changed since a cursor",
        "The oldest change first, one row a file: what became of it, and how it is listed now, or was last. Without "
        "`since` there are none, and the cursor is that of the present. With `wait` an answer that would be empty is "
        f"held. Only so many changes are remembered ({Config().changes_kept} unless configured otherwise).",
        (*_VIEW, "since", "wait", PREFER),
        (
            Answer(
                HTTPStatus.OK,
                "What changed, and the cursor from which to go on.",
                (hdrs.CACHE_CONTROL, CONTENT_TYPE_OPTIONS, PREFERENCE_APPLIED),
                of_json(ChangeListing),
            ),
        ),
        (*_REFUSALS, "cursor_expired", "too_many_requests"),
    ),
    Operation(
        "/events",
        "stream_events",
        "Changes",
        "What changes, as a stream",
        "Server-Sent Events. `event` is `added`, `modified` or `removed`, `data` the file as `/list/files` has it, "
        "`id` a cursor to resume from without loss or repetition. `reset` says that something was missed: list again; "
        f"the stream goes on from there. A comment after {HEARTBEAT_S:g} s without an event keeps it open.",
        (*_VIEW, "since", LAST_EVENT_ID),
        (
            Answer(
                HTTPStatus.OK,
                "A stream without an end.",
                (hdrs.CACHE_CONTROL, CONTENT_TYPE_OPTIONS, "X-Accel-Buffering"),
                {"text/event-stream": {"schema": {"type": "string"}, "example": EVENTS}},
            ),
        ),
        (*_REFUSALS, "too_many_requests"),
        has_head=False,
    ),
)
