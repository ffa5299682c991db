"""Answers with a whole file, to requests that ask for nothing else: made in advance, and sent without aiohttp.

They are the same as those that aiohttp's way ends in, and whatever is not at hand here goes that way.
"""

import asyncio
import os
import time

from aiohttp import hdrs
from aiohttp.http import SERVER_SOFTWARE

from aiomedia.dates import http_date
from aiomedia.ranges import Span
from aiomedia.root import Root
from aiomedia.storage.open_file import OpenFile
from aiomedia.web.file_response import COPIED
from aiomedia.web.plain import PlainRequests
from aiomedia.web.sending import whole_headers
from aiomedia.web.transfer import Done, Means, Transfer, can_transfer, duplicate


class Answers:
    """Answers of one server, from its default root."""

    def __init__(self, root: Root, means: Means) -> None:
        self._root = root
        self._means = means
        self._requests = PlainRequests()
        self._buffer = memoryview(bytearray(COPIED))  # each answer is sent before the next is read
        self._second = 0
        self._head_end = b""  # what is the same in all answers of this second

    def opened(self, received: bytes) -> OpenFile | None:
        """The file that these bytes ask for and that is open; None when they are somebody else's to answer."""
        filename = self._requests.filename(received)
        return None if filename is None else self._root.kept_open(filename)

    def send(self, opened: OpenFile, transport: asyncio.Transport) -> int:
        """Sends an answer with all of a file that is at most `COPIED` long, to a transport that has sent all before it.

        Returns how many bytes that is; 0, and nothing is sent, when not all of the file is in memory, or when it is
        another by now. Raises OSError when the client is gone.
        """
        size = opened.resource.size
        content = self._buffer[:size]
        if opened.read_resident(content, 0) < size or not opened.is_current:
            return 0
        pieces = (self._head(opened), content)
        length = len(pieces[0]) + size
        try:
            sent = os.writev(transport.get_extra_info("socket").fileno(), pieces)
        except BlockingIOError:
            sent = 0
        if sent < length:
            transport.write(b"".join(pieces)[sent:])
        return length

    def transfer(self, opened: OpenFile, transport: asyncio.Transport, done: Done) -> Transfer | None:
        """An answer with all of a longer file; None when it is another by now, or can't be sent so."""
        if not can_transfer(transport, opened) or not opened.is_current:
            return None
        span, head = Span(0, opened.resource.size - 1), self._head(opened)
        return Transfer(duplicate(transport), opened, head, span, done, is_last=True, means=self._means)

    def _head(self, opened: OpenFile) -> bytes:
        if not opened.head:
            fields = whole_headers(opened.resource, "attachment")
            opened.head = "".join(
                ("HTTP/1.1 200 OK\r\n", *(f"{name}: {value}\r\n" for name, value in fields.items()))
            ).encode()
        second = int(time.time())
        if second != self._second:
            self._second = second
            self._head_end = f"{hdrs.DATE}: {http_date(second)}\r\n{hdrs.SERVER}: {SERVER_SOFTWARE}\r\n\r\n".encode()
        return opened.head + self._head_end
