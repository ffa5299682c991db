"""A request's head as it comes in: what aiohttp's parser takes, and we do not."""

from typing import Any, Final

from aiohttp import HttpVersion10, HttpVersion11
from aiohttp.http import RawRequestMessage
from aiohttp.http_exceptions import BadHttpMessage
from aiohttp.http_parser import HttpParser
from aiohttp.streams import EMPTY_PAYLOAD

HEAD_MAX: Final = 128 * 1024  # bytes; room for any Range that makes sense, and for many that don't
VERSIONS: Final = (HttpVersion11, HttpVersion10)


class HeadParser:
    """aiohttp's parser, which takes any version of HTTP, and bounds each line of a head but not the head.

    `unfinished` is how many bytes there are of a head that is not whole yet; 0 between requests, and in their content.
    The first bytes of a head that come in one piece with the end of the request before do not count.
    """

    def __init__(self, parser: HttpParser[RawRequestMessage]) -> None:
        self.unfinished = 0
        self._parser = parser
        self._content = EMPTY_PAYLOAD

    def __getattr__(self, name: str) -> Any:
        return getattr(self._parser, name)

    def feed_data(self, received: bytes) -> Any:
        """Returns what aiohttp's does. Raises BadHttpMessage."""
        is_head = self._content.is_eof()
        fed = messages, _, _ = self._parser.feed_data(received)
        if messages:
            self.unfinished = 0
            self._content = messages[-1][1]
            for message, _ in messages:
                if message.version not in VERSIONS:
                    raise BadHttpMessage("this server speaks HTTP/1.1 and HTTP/1.0")
        elif is_head:
            self.unfinished += len(received)
            if self.unfinished > HEAD_MAX:
                raise BadHttpMessage("the head is too long")
        return fed
