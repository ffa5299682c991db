"""A connection: aiohttp's, with bounds on a request's head, and with our answers where it has its own."""

import asyncio
import logging
from typing import Any, Final

from aiohttp import HttpVersion10, HttpVersion11, web
from aiohttp.http import RawRequestMessage
from aiohttp.http_exceptions import BadHttpMessage
from aiohttp.http_parser import HttpParser
from aiohttp.streams import EMPTY_PAYLOAD
from aiohttp.web_protocol import RequestHandler
from aiohttp.web_request import BaseRequest

from aiomedia.web.errors import status_response

logger = logging.getLogger(__name__)

HEAD_MAX: Final = 128 * 1024  # bytes; room for any Range that makes sense, and for many that don't
LINE_MAX: Final = 8190  # bytes of the request line, as in Apache httpd

VERSIONS: Final = (HttpVersion11, HttpVersion10)

CUT_S: Final = 0.01  # how long an answer that outlasted the grace period has to notice that it is cut


class _StrictParser:
    """aiohttp's parser takes any version of HTTP, and bounds each line of a head but not the head."""

    def __init__(self, parser: HttpParser[RawRequestMessage]) -> None:
        self.feed_eof = parser.feed_eof
        self.message_consumed = parser.message_consumed
        self.pause_reading = parser.pause_reading
        self.set_upgraded = parser.set_upgraded
        self.unfinished = 0  # bytes there are of a head that is not whole yet
        self._feed = parser.feed_data
        self._content = EMPTY_PAYLOAD

    def feed_data(self, received: bytes) -> Any:
        """Returns what aiohttp's does. Raises BadHttpMessage."""
        fed = messages, _, _ = self._feed(received)
        if messages:
            self.unfinished = 0
            self._content = messages[-1][1]
            for message, _ in messages:
                if message.version not in VERSIONS:
                    raise BadHttpMessage("this server speaks HTTP/1.1 and HTTP/1.0")
        elif self._content.is_eof():
            self.unfinished += len(received)
            if self.unfinished > HEAD_MAX:
                raise BadHttpMessage("the head is too long")
        return fed


class HttpProtocol(RequestHandler):
    """aiohttp's own answer to what it can't parse repeats the request's bytes, and logs a traceback for each."""

    __slots__ = ("_head_timeout_s", "_head_timer", "_strict_parser")

    def __init__(self, manager: web.Server, *, head_timeout_s: float, **arguments: Any) -> None:
        super().__init__(manager, max_line_size=LINE_MAX, max_field_size=HEAD_MAX, **arguments)
        assert self._parser is not None
        self._strict_parser = _StrictParser(self._parser)
        self._parser = self._strict_parser  # type: ignore[assignment] # it has all that is called
        self._head_timeout_s = head_timeout_s
        self._head_timer: asyncio.TimerHandle | None = None

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self._strict_parser.unfinished == 0:
            if self._head_timer is not None:
                self._stop_head_timer()
        elif self._head_timer is None:
            self._head_timer = self._loop.call_later(self._head_timeout_s, self._close_when_idle)

    def connection_lost(self, exc: BaseException | None) -> None:
        self._stop_head_timer()
        super().connection_lost(exc)

    def handle_error(
        self, request: BaseRequest, status: int = 500, exc: BaseException | None = None, message: str | None = None
    ) -> web.StreamResponse:
        if request.writer.output_size > 0:
            raise ConnectionError("an answer was begun already")
        if status >= 500:
            logger.error("failed to answer a request", exc_info=exc)
        else:
            request._version = HttpVersion11  # aiohttp answers what it can't parse as HTTP/1.0 (RFC 9110 6.2)
        response = status_response(min(status, 500))
        response.force_close()
        return response

    async def shutdown(self, timeout: float | None = 15.0) -> None:
        """aiohttp's own waits so long for the answer to end, and then as long again."""
        try:
            async with asyncio.timeout(timeout):
                await super().shutdown(timeout)
        except TimeoutError:
            await super().shutdown(CUT_S)

    def _process_keepalive(self) -> None:
        """aiohttp's counts a head that has begun as idling."""
        if self._strict_parser.unfinished == 0:
            super()._process_keepalive()
        else:
            self._keepalive_handle = None

    def _close_when_idle(self) -> None:
        """Not while an earlier request is answered: after that the time for an idle connection counts."""
        self._head_timer = None
        if self._waiter is not None and not self._waiter.done():
            self.force_close()

    def _stop_head_timer(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None


class HttpServer(web.Server):
    """Answers each connection by a protocol of ours."""

    def __call__(self) -> RequestHandler:
        return HttpProtocol(self, loop=self._loop, **self._kwargs)
