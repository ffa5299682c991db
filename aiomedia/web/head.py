"""A request's head as it comes in: what aiohttp's parser takes, and we do not."""

from collections.abc import Sequence
from typing import Any, Final

from aiohttp import HttpVersion10, HttpVersion11, hdrs
from aiohttp.http import RawRequestMessage
from aiohttp.http_exceptions import BadHttpMessage
from aiohttp.http_parser import HttpParser
from aiohttp.streams import EMPTY_PAYLOAD
from aiohttp.web_protocol import MAX_MSG_QUEUE_SIZE, _ErrInfo

HEAD_MAX: Final = 128 * 1024  # bytes; room for any Range that makes sense, and for many that don't
VERSIONS: Final = (HttpVersion11, HttpVersion10)

_HEAD_END: Final = b"\r\n\r\n"
_HEAD: Final = b"HEAD "


class HeadParser:
    """aiohttp's parser, which takes any version of HTTP, bounds each line of a head but not the head, and forgets what
    came before what it can't parse.

    It is fed a head at a time, or content up to its end, so that each byte is known to be of the one or of the other.
    `unfinished` is how many bytes there are of a head that is not whole yet; 0 between requests, and in their content.
    """

    def __init__(self, parser: HttpParser[RawRequestMessage]) -> None:
        self.unfinished = 0
        self._parser = parser
        self._begin = b""  # of the head that began last
        self._content = EMPTY_PAYLOAD
        self._content_left: int | None = None  # bytes that are to come of it; None when it is chunked
        self._last = _HEAD_END  # bytes that were fed
        self._waiting = b""  # what comes after as many messages as may wait for their answer
        self._queued = 0  # messages that do
        self._has_failed = False

    def __getattr__(self, name: str) -> Any:
        return getattr(self._parser, name)

    @property
    def is_for_head(self) -> bool:
        """Whether the head that began last, or that can't be parsed, is that of a HEAD."""
        return self._begin == _HEAD

    @property
    def is_in_content(self) -> bool:
        """Whether there is more to come of a request's content."""
        return not self._content.is_eof()

    @property
    def is_between_requests(self) -> bool:
        """Whether what comes next is the first byte of a head, and no message waits for its answer."""
        return self.unfinished == 0 and self._queued == 0 and not self.is_in_content and self._last == _HEAD_END

    def feed_data(self, received: bytes) -> tuple[Sequence[Any], bool, bytes]:
        """Returns what aiohttp's does: messages with their content, whether to upgrade, and what is left then.

        Raises BadHttpMessage for the first head; a later one is an error among the messages, and the last of them.
        """
        messages: list[Any] = []
        received, self._waiting = self._waiting + received, b""
        while not self._has_failed:
            piece, received = self._split(received)
            try:
                fed, is_upgrade, left = self._feed(piece)
            except BadHttpMessage as error:
                self._has_failed = True
                if not messages:
                    raise
                messages.append((_ErrInfo(error.code, error, error.message), EMPTY_PAYLOAD))
                break
            messages += fed
            if is_upgrade:
                return messages, is_upgrade, left + received
            if not received or (fed and fed[-1][0].should_close and not self.is_in_content):
                break  # what comes after the last request is nobody's business
            if self._must_wait:
                self._waiting = received
                break
        return messages, False, b""

    @property
    def _must_wait(self) -> bool:
        """Whether no more may be fed: too many messages wait, or the parser is paused before the end of content."""
        return self._content_left == 0 if self.is_in_content else self._queued >= MAX_MSG_QUEUE_SIZE

    def message_consumed(self) -> None:
        self._queued -= 1
        self._parser.message_consumed()

    def _split(self, received: bytes) -> tuple[bytes, bytes]:
        """The rest of a head or of content, as far as it has come in, and what comes after it."""
        if self._must_wait:
            end = 0  # what is left of it comes from the parser
        elif self.is_in_content and self._content_left is not None:
            end = self._content_left
        else:  # chunked content ends as a head does
            before = self._last[1:]
            found = (before + received).find(_HEAD_END)
            end = len(received) if found < 0 else found + len(_HEAD_END) - len(before)
        return received[:end], received[end:]

    def _feed(self, piece: bytes) -> tuple[Sequence[Any], bool, bytes]:
        is_head = not self.is_in_content
        self._last = (self._last + piece[-len(_HEAD_END) :])[-len(_HEAD_END) :]
        if is_head:
            self._begin = ((self._begin if self.unfinished else b"") + piece[:HEAD_MAX]).lstrip(b"\r\n")[: len(_HEAD)]
        elif self._content_left is not None:
            self._content_left -= len(piece)
        fed = messages, _, _ = self._parser.feed_data(piece)
        if messages:
            last, self._content = messages[-1]
            self._queued += len(messages)
            self.unfinished = 0
            length = last.headers.get(hdrs.CONTENT_LENGTH)
            self._content_left = None if length is None else int(length)
            if any(message.version not in VERSIONS for message, _ in messages):
                raise BadHttpMessage("this server speaks HTTP/1.1 and HTTP/1.0")
        elif is_head:
            self.unfinished += len(piece)
            if self.unfinished > HEAD_MAX:
                raise BadHttpMessage("the head is too long")
        return fed
