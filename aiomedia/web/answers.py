"""Answers to requests that ask for nothing special: made in advance as far as can be, and sent without aiohttp.

They are the same as those that aiohttp's way ends in, and whatever is not at hand here goes that way.
"""

import asyncio
import os
import time
from collections.abc import Mapping

from aiohttp import hdrs
from aiohttp.http import SERVER_SOFTWARE
from multidict import istr

from aiomedia.content import Content, Part
from aiomedia.dates import http_date
from aiomedia.errors import AiomediaError
from aiomedia.library import Library
from aiomedia.ranges import Span
from aiomedia.storage.open_file import OpenFile
from aiomedia.web.fields import CURSOR
from aiomedia.web.file_response import COPIED
from aiomedia.web.listings import JSON, content_headers, encoded_generated
from aiomedia.web.plain import File, PlainRequests
from aiomedia.web.sending import whole_headers
from aiomedia.web.transfer import Done, Means, Transfer, duplicate


class Answers:
    """Answers of one server, from its default root."""

    def __init__(self, library: Library, means: Means) -> None:
        self._library = library
        self._place = library.place(None)
        self._means = means
        self._requests = PlainRequests()
        self._buffer = memoryview(bytearray(COPIED))  # each answer is sent before the next is read
        self._second = 0
        self._head_end = b""  # what is the same in all answers of this second

    def find(self, received: bytes) -> OpenFile | bytes | None:
        """What these bytes ask for: an open file, or a whole answer; None for what is not to be answered here."""
        asked = self._requests.read(received)
        if asked is None:
            return None
        target = asked.target
        if isinstance(target, File):
            return self._place.root.kept_open(target.path)
        try:
            if target.kind is None:
                return self._listing(target.identifier, is_gzip=asked.fields.takes_gzip)
            path, _ = self._library.find_generated(self._place, target.kind, (target.identifier,))
        except AiomediaError:
            return None
        return self._place.root.kept_open(path)

    def _listing(self, identifier: str, *, is_gzip: bool) -> bytes:
        encoding = encoded_generated(self._library.list_generated(self._place, identifier, ""))
        body = b"".join(encoding.in_gzip() if is_gzip else encoding.plain())
        headers = content_headers(encoding.gzip_etag if is_gzip else encoding.etag, JSON, is_gzip=is_gzip)
        headers[CURSOR] = self._library.feed.cursor()
        headers[hdrs.CONTENT_LENGTH] = str(len(body))
        return _head(headers) + self._end_of_head() + body

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
        if not opened.is_current or (out := duplicate(transport, opened)) is None:
            return None
        size, head = opened.resource.size, self._head(opened)
        content = Content((Part(head, Span(0, size - 1)),), b"", len(head) + size)
        return Transfer(out, opened, content, done, self._means)

    def _head(self, opened: OpenFile) -> bytes:
        head = opened.head
        if not head:
            is_lasting = opened.resource.modified <= time.time()  # else Last-Modified is another in a second
            head = _head(whole_headers(opened.resource, "attachment"))
            if is_lasting:
                opened.head = head
        return head + self._end_of_head()

    def _end_of_head(self) -> bytes:
        second = int(time.time())
        if second != self._second:
            self._second = second
            self._head_end = f"{hdrs.DATE}: {http_date(second)}\r\n{hdrs.SERVER}: {SERVER_SOFTWARE}\r\n\r\n".encode()
        return self._head_end


def _head(fields: Mapping[istr, str]) -> bytes:
    return "".join(("HTTP/1.1 200 OK\r\n", *(f"{name}: {value}\r\n" for name, value in fields.items()))).encode()
