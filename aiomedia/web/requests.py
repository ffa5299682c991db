"""What a request must be before anybody asks what it wants (RFC 9110, RFC 9112): aiohttp lets more through."""

import re
from collections.abc import Awaitable, Callable
from functools import lru_cache

from aiohttp import HttpVersion11, hdrs, web
from aiohttp.web_request import BaseRequest
from multidict import CIMultiDict

from aiomedia.web.errors import error_response, status_response

Handler = Callable[[BaseRequest], Awaitable[web.StreamResponse]]

# RFC 9110 7.2, RFC 3986 3.2.2 and 3.2.3: an IP literal or a registered name, which may be empty, and a port.
_HOST_MAX = 300  # characters; a name has 253 at most, and it is kept whether it is a host
_HOST = re.compile(
    r"(?:\[(?:[0-9A-Fa-f:.]+|[Vv][0-9A-Fa-f]+\.[A-Za-z0-9\-._~!$&'()*+,;=:]+)\]"
    r"|(?:[A-Za-z0-9\-._~!$&'()*+,;=]|%[0-9A-Fa-f]{2})*)(?::[0-9]*)?"
)


def strictly(handler: Handler) -> Handler:
    """The handler, of requests that it may answer; the others are refused."""

    async def handle(request: BaseRequest) -> web.StreamResponse:
        refusal = _refusal(request)
        if refusal is not None:
            refusal.force_close()
            return refusal
        expectation = request.headers.get(hdrs.EXPECT)
        if expectation is None:
            return await handler(request)
        if request.version == HttpVersion11 and expectation.strip(" \t,").lower() not in ("", "100-continue"):
            return status_response(417)
        return await handler(_without_expectation(request))

    return handle


def _refusal(request: BaseRequest) -> web.Response | None:
    host = request.headers.get(hdrs.HOST)  # aiohttp's parser makes sure that there is one, and no second
    if host is not None and not is_host(host):
        return _bad_request("The Host field names no host.")
    if request.body_exists:
        if request.method in (hdrs.METH_GET, hdrs.METH_HEAD):
            return _bad_request("A request to read has no content.")
        if request.version != HttpVersion11 and hdrs.TRANSFER_ENCODING in request.headers:
            return _bad_request("HTTP/1.0 has no Transfer-Encoding.")  # RFC 9112 6.1: so its framing is not trusted
        if hdrs.UPGRADE in request.headers:
            return _bad_request("A request to upgrade has no content.")  # aiohttp would lose what comes after it
    return None


def _without_expectation(request: BaseRequest) -> BaseRequest:
    """No content is taken, so there is nothing to go on with: the answer comes at once (RFC 9110 10.1.1)."""
    headers = CIMultiDict(
        (name, value.encode("utf-8", "replace").decode())  # `clone` takes no bytes that are not UTF-8
        for name, value in request.headers.items()
        if name.lower() != "expect"
    )
    return request.clone(headers=headers)


def is_host(value: str) -> bool:
    """Whether this is a Host field's value (RFC 9110 7.2), which may be empty."""
    return len(value) <= _HOST_MAX and _is_host(value)


@lru_cache(maxsize=256)
def _is_host(value: str) -> bool:
    return _HOST.fullmatch(value.strip(" \t")) is not None


def _bad_request(message: str) -> web.Response:
    return error_response(400, "bad_request", message)
