"""Errors: what each slug tells, its status, and the answers that an operation can so give."""

from collections.abc import Collection, Sequence
from http import HTTPStatus
from typing import Final, NamedTuple

from aiohttp import hdrs

from aiomedia import errors
from aiomedia.errors import AiomediaError, Code
from aiomedia.web.errors import Error
from aiomedia.web.fields import CONTENT_TYPE_OPTIONS
from aiomedia.web.listings import JSON
from aiomedia.web.openapi.fields import fields_of, some
from aiomedia.web.openapi.schemas import Json, schema_of

MEANINGS: Final[dict[Code, str]] = {
    "bad_request": "The request is no valid HTTP, or asks for more than this server takes.",
    "invalid_file_type": "The name's extension is that of no video or sound, or of the other kind.",
    "invalid_filename": "The name has an empty, `.` or `..` segment, a backslash or a control character; or no UTF-8.",
    "invalid_directory": "`directory` is not an absolute path, or has a `..` segment or a NUL.",
    "invalid_parameter": "A parameter is given twice, or has a value that it can't have.",
    "directory_not_allowed": "The directory lies in no root, whether it exists or not.",
    "forbidden": "The file is in a root, and the server may not read it.",
    "not_found": "There is nothing of this name. After a wait: nor did it come.",
    "being_written": "The file is there, and not whole yet.",
    "method_not_allowed": "This URL does not take this method.",
    "cursor_expired": "What changed since then is not known any more, or the cursor is none: list again.",
    "precondition_failed": "It is not, or not any more, what was asked for.",
    "range_not_satisfiable": "No range lies within the file.",
    "too_many_requests": "So many answers are held already, in all or for this client.",
    "internal_error": "The server failed to answer. Its log says why.",
    "unavailable": "The answer is not known for now: a root is missing or not scanned yet, or descriptors ran out.",
}
EVERYWHERE: Final[tuple[Code, ...]] = ("bad_request", "internal_error")

# Outcomes that nothing is raised for.
_NOT_RAISED: Final[dict[Code, HTTPStatus]] = {
    "method_not_allowed": HTTPStatus.METHOD_NOT_ALLOWED,
    "precondition_failed": HTTPStatus.PRECONDITION_FAILED,
    "range_not_satisfiable": HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE,
}
_RAISED: Final = {
    error.code: error
    for error in vars(errors).values()
    if isinstance(error, type) and issubclass(error, AiomediaError) and "code" in vars(error)
}


def status_of(code: Code) -> HTTPStatus:
    """The status that a slug has in HTTP."""
    return _NOT_RAISED[code] if code in _NOT_RAISED else HTTPStatus(_RAISED[code].status)


class Refusal(NamedTuple):
    """An answer that several operations give, and the name under which they refer to it."""

    name: str
    answer: Json


def refusals(
    codes: Collection[Code],
    fields: tuple[str, ...] = (),
    precondition_fields: tuple[str, ...] = (),
    *,
    has_content: bool = True,
) -> dict[HTTPStatus, Refusal]:
    """The answers with these slugs. `fields` are what all have beside those of any error."""
    by_status: dict[HTTPStatus, list[Code]] = {}
    for code in MEANINGS:
        if code in codes:
            by_status.setdefault(status_of(code), []).append(code)
    return {
        status: _refusal(of_status, _more(of_status, fields, precondition_fields), has_content=has_content)
        for status, of_status in sorted(by_status.items())
    }


def _more(codes: Sequence[Code], fields: tuple[str, ...], precondition_fields: tuple[str, ...]) -> tuple[str, ...]:
    return fields + precondition_fields if "precondition_failed" in codes else fields


def _refusal(codes: Sequence[Code], fields: Sequence[str], *, has_content: bool) -> Refusal:
    name = ".".join([*codes, *map(str, fields), *(() if has_content else ("head",))])
    answer: Json = {
        "description": "\n".join(f"- `{code}`: {MEANINGS[code]}" for code in codes),
        "headers": fields_of(hdrs.CACHE_CONTROL, CONTENT_TYPE_OPTIONS, *fields, *_own_fields(codes)),
    }
    if has_content:
        schema = schema_of(Error) | {"properties": {"code": {"enum": list(codes)}}}
        examples = {code: {"value": {"error": MEANINGS[code], "code": code}} for code in codes}
        answer["content"] = {JSON: {"schema": schema, "examples": examples}}
    return Refusal(name, answer)


def _own_fields(codes: Sequence[Code]) -> list[str]:
    if "range_not_satisfiable" in codes:
        return [hdrs.CONTENT_RANGE]
    if "method_not_allowed" in codes:
        return [hdrs.ALLOW]
    if "not_found" in codes:
        return [some(hdrs.RETRY_AFTER)]  # after a wait, and while it is being written
    return [hdrs.RETRY_AFTER] if any(_is_worth_asking_again(code) for code in codes) else []


def _is_worth_asking_again(code: Code) -> bool:
    return code in _RAISED and _RAISED[code].retry_after_s is not None


METHOD_NOT_ALLOWED: Final = refusals({"method_not_allowed"})[HTTPStatus.METHOD_NOT_ALLOWED]
