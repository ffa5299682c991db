"""Errors as the contract's JSON: one place where they become a status, a slug and a message."""

import logging
from collections.abc import Mapping
from typing import Final

import msgspec
from aiohttp import hdrs, web
from aiohttp.typedefs import Handler
from multidict import istr

from aiomedia.errors import AiomediaError, Code
from aiomedia.web.fields import CONTENT_TYPE_OPTIONS

logger = logging.getLogger(__name__)

# What aiohttp refuses by itself, in our words. Any other status of its is about the request's form.
_OF_STATUS: Final[dict[int, tuple[Code, str]]] = {
    404: ("not_found", "There is nothing at this URL."),
    405: ("method_not_allowed", "This URL does not take this method."),
    500: ("internal_error", "The server failed to answer. Its log says why."),
}
_OF_FORM: Final[tuple[Code, str]] = (
    "bad_request",
    "The request is no valid HTTP, or asks for more than this server takes.",
)


class Error(msgspec.Struct, frozen=True):
    """What went wrong: a sentence for people, and a slug for programs, which never changes."""

    error: str
    code: Code


def error_response(status: int, code: Code, message: str, headers: Mapping[istr, str] | None = None) -> web.Response:
    """An Error as JSON, with the fields that every error has and these."""
    body = msgspec.json.encode(Error(message, code))
    fields = {hdrs.CACHE_CONTROL: "no-cache", CONTENT_TYPE_OPTIONS: "nosniff", **(headers or {})}
    return web.Response(status=status, body=body, content_type="application/json", headers=fields)


def status_response(status: int) -> web.Response:
    """For an error of which nothing but the status is ours to tell: aiohttp's parser, its router, a failure inside."""
    code, message = _OF_STATUS.get(status, _OF_FORM)
    return error_response(status, code, message)


@web.middleware
async def errors_as_json(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turns what a handler or the router raises into the contract's JSON."""
    try:
        return await handler(request)
    except AiomediaError as error:
        headers = {} if error.retry_after_s is None else {hdrs.RETRY_AFTER: str(error.retry_after_s)}
        return error_response(error.status, error.code, str(error), headers)
    except web.HTTPError as error:
        response = status_response(error.status)
        if hdrs.ALLOW in error.headers:
            response.headers[hdrs.ALLOW] = error.headers[hdrs.ALLOW]
        return response
    except web.HTTPException:
        raise  # a redirect
    except Exception:
        logger.exception("failed to answer %s %a", request.method, request.raw_path)
        return status_response(500)
