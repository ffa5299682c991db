"""A request's head as it comes in: what aiohttp's parser takes, and we do not."""

from collections.abc import Sequence
from typing import Any, Final

from aiohttp import HttpVersion10, HttpVersion11
from aiohttp.http import RawRequestMessage
from aiohttp.http_exceptions import BadHttpMessage
from aiohttp.http_parser import HttpParser
from aiohttp.streams import EMPTY_PAYLOAD
from aiohttp.web_protocol import MAX_MSG_QUEUE_SIZE, _ErrInfo

HEAD_MAX: Final = 128 * 1024  # bytes; room for any Range that makes sense, and for many that don't
VERSIONS: Final = (HttpVersion11, HttpVersion10)

_HEAD_END: Final = b"\r\n\r\n"


class HeadParser:
    """aiohttp's parser, which takes any version of HTTP, bounds each line of a head but not the head, and forgets what
    came before what it can't parse.

    `unfinished` is how many bytes there are of a head that is not whole yet; 0 between requests, and in their content.
    """

    def __init__(self, parser: HttpParser[RawRequestMessage]) -> None:
        self.unfinished = 0
        self.is_for_head = False  # whether the last head that began is that of a HEAD
        self._parser = parser
        self._content = EMPTY_PAYLOAD
        self._queued = 0  # messages that wait for their answer; of too many aiohttp's parser keeps the rest unparsed

    def __getattr__(self, name: str) -> Any:
        return getattr(self._parser, name)

    @property
    def is_in_content(self) -> bool:
        """Whether there is more to come of a request's content."""
        return not self._content.is_eof()

    @property
    def is_between_requests(self) -> bool:
        """Whether what comes next is the first byte of a head, and no message waits for its answer."""
        return self.unfinished == 0 and self._queued == 0 and self._content.is_eof()

    def feed_data(self, received: bytes) -> tuple[Sequence[Any], bool, bytes]:
        """Returns what aiohttp's does: messages with their content, whether to upgrade, and what is left then.

        A head at a time. Raises BadHttpMessage for the first; a later one is an error among the messages.
        """
        messages: list[Any] = []
        while True:
            piece, received = self._split(received)
            try:
                fed, is_upgrade, left = self._feed(piece)
            except BadHttpMessage as error:
                if not messages:
                    raise
                return [*messages, (_ErrInfo(error.code, error, error.message), EMPTY_PAYLOAD)], False, b""
            messages += fed
            if not received or (fed and fed[-1][0].should_close and not self.is_in_content):
                return messages, is_upgrade, left  # what comes after the last request is nobody's business
            if is_upgrade:
                return messages, is_upgrade, left + received

    def message_consumed(self) -> None:
        self._queued -= 1
        self._parser.message_consumed()

    def _split(self, received: bytes) -> tuple[bytes, bytes]:
        """A head, and what comes after it."""
        if self.is_in_content or self._queued >= MAX_MSG_QUEUE_SIZE:
            return received, b""
        before, end, after = received.partition(_HEAD_END)
        return before + end, after

    def _feed(self, piece: bytes) -> tuple[Sequence[Any], bool, bytes]:
        is_head = not self.is_in_content and self._queued < MAX_MSG_QUEUE_SIZE
        if is_head and self.unfinished == 0:
            self.is_for_head = piece.lstrip(b"\r\n").startswith(b"HEAD ")
        fed = messages, _, _ = self._parser.feed_data(piece)
        if messages:
            self._queued += len(messages)
            self.unfinished = 0
            self._content = messages[-1][1]
            for message, _ in messages:
                if message.version not in VERSIONS:
                    raise BadHttpMessage("this server speaks HTTP/1.1 and HTTP/1.0")
        elif is_head:
            self.unfinished += len(piece)
            if self.unfinished > HEAD_MAX:
                raise BadHttpMessage("the head is too long")
        return fed
