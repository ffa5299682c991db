"""A connection: aiohttp's, with bounds on a request's head, and with our answers where it has its own."""

import asyncio
import logging
from typing import Any, Final

from aiohttp import HttpVersion11, hdrs, web
from aiohttp.http_exceptions import LineTooLong
from aiohttp.web_protocol import RequestHandler
from aiohttp.web_request import BaseRequest

from aiomedia.web.errors import status_response
from aiomedia.web.head import HEAD_MAX, HeadParser
from aiomedia.web.patience import Patience

logger = logging.getLogger(__name__)

LINE_MAX: Final = 8190  # bytes of the request line, as in Apache httpd

FLUSH_S: Final = 0.01  # how often a connection that is closed is asked whether all was sent
CUT_S: Final = 0.01  # how long an answer that outlasted the grace period has to notice that it is cut


class HttpProtocol(RequestHandler):
    """aiohttp's own answer to what it can't parse repeats the request's bytes, and logs a traceback for each."""

    __slots__ = (
        "_finished",
        "_head",
        "_head_timeout_s",
        "_head_timer",
        "_patience",
        "_send_timeout_s",
        "is_half_closed",
    )

    def __init__(self, manager: web.Server, *, head_timeout_s: float, send_timeout_s: float, **arguments: Any) -> None:
        # Content is thrown away; there is no need to inflate it first.
        super().__init__(manager, max_line_size=LINE_MAX, max_field_size=HEAD_MAX, auto_decompress=False, **arguments)
        assert self._parser is not None
        self._head: HeadParser | None = HeadParser(self._parser)
        self._parser = self._head  # type: ignore[assignment] # it passes on all that is called
        self._head_timeout_s = head_timeout_s
        self._head_timer: asyncio.TimerHandle | None = None
        self.is_half_closed = False
        self._finished = 0  # requests that were answered
        self._send_timeout_s = send_timeout_s
        self._patience: Patience | None = None  # with a client that has not taken what was written

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        assert self.transport is not None
        self.transport.set_write_buffer_limits(0)  # to be told when all of it is taken

    def pause_writing(self) -> None:
        super().pause_writing()
        transport = self.transport
        assert transport is not None
        if self._patience is None:
            self._patience = Patience(self._send_timeout_s, transport.get_write_buffer_size, transport.abort)
        self._patience.start()

    def resume_writing(self) -> None:
        if self._patience is not None:
            self._patience.stop()
        super().resume_writing()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self._is_in_head():
            self._start_head_timer()
        elif self._head_timer is not None:
            self._stop_head_timer()

    def connection_lost(self, exc: BaseException | None) -> None:
        self._stop_head_timer()
        if self._patience is not None:
            self._patience.stop()
            self._patience = None  # it leads to the transport, and that back here
        super().connection_lost(exc)
        self._head = None  # it leads back here, and aiohttp takes care to leave no circle

    def eof_received(self) -> bool:  # type: ignore[override] # as asyncio has it
        """A client that has nothing more to ask may still read: it is answered before the connection is closed."""
        is_busy = self._finished < self._request_count
        self.is_half_closed = is_busy and self._head is not None and not self._head.is_in_content
        return self.is_half_closed

    def log_access(self, request: BaseRequest, response: web.StreamResponse, time: float | None) -> None:
        super().log_access(request, response, time)
        self._finished += 1
        if self.is_half_closed and not self._messages:
            self.close()  # this was the last answer

    def handle_error(
        self, request: BaseRequest, status: int = 500, exc: BaseException | None = None, message: str | None = None
    ) -> web.StreamResponse:
        if request.writer.output_size > 0:
            raise ConnectionError("an answer was begun already")
        if status >= 500:
            logger.error("failed to answer a request", exc_info=exc)
        else:
            request._version = HttpVersion11  # aiohttp answers what it can't parse as HTTP/1.0 (RFC 9110 6.2)
        if isinstance(exc, LineTooLong) and LINE_MAX in exc.args:
            status = 414  # RFC 9112 3
        response = status_response(min(status, 500))
        if self._head is not None and self._head.is_for_head and status < 500:
            # aiohttp takes a request that it can't parse for none at all. The length is that of a GET (RFC 9110 8.6).
            length, response.body = response.content_length, None
            response.headers[hdrs.CONTENT_LENGTH] = str(length)
        response.force_close()
        return response

    async def shutdown(self, timeout: float | None = 15.0) -> None:
        """aiohttp's own waits so long for the answer to end, then as long again, and never until all is sent."""
        transport = self.transport
        try:
            async with asyncio.timeout(timeout):
                await super().shutdown(timeout)
                # The end of an answer may wait in this process still, which is about to end too.
                while transport is not None and transport.get_write_buffer_size() > 0:  # noqa: ASYNC110
                    await asyncio.sleep(FLUSH_S)
        except TimeoutError:
            await super().shutdown(CUT_S)

    def _process_keepalive(self) -> None:
        """aiohttp's counts a head that has begun as idling."""
        if self._is_in_head():
            self._keepalive_handle = None
            self._start_head_timer()
        else:
            super()._process_keepalive()

    def _is_in_head(self) -> bool:
        return self._head is not None and self._head.unfinished > 0

    def _start_head_timer(self) -> None:
        if self._head_timer is None:
            self._head_timer = self._loop.call_later(self._head_timeout_s, self._end_head)

    def _stop_head_timer(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None

    def _end_head(self) -> None:
        """Closes the connection, unless an earlier request is answered still: then the head has its time once more."""
        self._head_timer = None
        if self._waiter is not None and not self._waiter.done():
            self.force_close()
        else:
            self._start_head_timer()
