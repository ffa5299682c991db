"""The kernel's way of a file's bytes: from the page cache to a socket by `sendfile`; what is on a disk, past the loop.

uvloop has no `loop.sendfile`, and asyncio's own holds the loop for as long as a cold disk takes: with six cold files of
400 MB on their way, 99 of 100 requests for a small one took up to 700 ms. With this they take up to 16 ms.
"""

import asyncio
import os
import socket
from collections.abc import Callable
from concurrent.futures import Executor
from contextlib import suppress
from functools import partial
from typing import NamedTuple, ParamSpec, TypeVar

from aiomedia.content import Content
from aiomedia.storage import open_file
from aiomedia.storage.open_file import OpenFile
from aiomedia.web.patience import Patience

CHUNK = 1024 * 1024  # bytes at a time; then it is somebody else's turn

P = ParamSpec("P")
R = TypeVar("R")
Done = Callable[[BaseException | None], None]


class FileChanged(Exception):
    """The file shrank, or was written to: what was sent of it is not to be completed."""


class Means(NamedTuple):
    """What it takes to send files: threads that wait for disks, and how long a client may take nothing."""

    readers: Executor
    timeout_s: float

    async def wait_for(self, work: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """What `work` returns, which may wait for a disk."""
        return await asyncio.get_running_loop().run_in_executor(self.readers, partial(work, *args, **kwargs))


def duplicate(transport: asyncio.Transport, opened: OpenFile) -> socket.socket | None:
    """A socket of our own on the same connection: nobody else closes it, nor waits for room in it.

    None where bytes of this file can't go this way: off Linux, over TLS, from another machine's file system. None, too,
    when no descriptor is left.
    """
    original = transport.get_extra_info("socket")
    is_plain = original is not None and transport.get_extra_info("sslcontext") is None
    if open_file.RESIDENT is None or opened.is_remote or not is_plain:
        return None
    try:
        number = os.dup(original.fileno())
    except OSError:
        return None
    # With its family and type told, `socket` need not ask the kernel for them.
    return socket.socket(original.family, original.type, original.proto, number)


class Transfer:
    """Sends an answer's content. Nothing else may be sent on the connection meanwhile.

    What comes last, be it the content's end or a byte of the file, is held back until the file turns out to be the one
    that its validators belong to, so that no complete answer is a splice of two versions.
    """

    __slots__ = (
        "_done",
        "_is_in_thread",
        "_is_waiting",
        "_loop",
        "_means",
        "_opened",
        "_out",
        "_patience",
        "_pieces",
        "_position",
        "_stop",
        "_text",
        "sent",
    )

    def __init__(self, out: socket.socket, opened: OpenFile, content: Content, done: Done, means: Means) -> None:
        """Takes over the socket, which must not block.

        `done` is called once, maybe while `start` runs: with None, or with FileChanged, TimeoutError when the client
        took nothing for too long, or whatever else went wrong.
        """
        self._out = out
        self._opened = opened
        self._done: Done | None = done
        self._means = means
        self._loop = asyncio.get_running_loop()
        self._is_waiting = False  # for room in the socket
        self._is_in_thread = False
        self._patience: Patience | None = None
        self.sent = 0  # bytes
        self._pieces = [(text, span.first, span.last + 1) for text, span in reversed(content.parts)]  # the next is last
        if content.end:
            self._pieces.insert(0, (content.end, 0, 0))
        self._next_piece()

    def start(self) -> None:
        self._go_on()

    def cancel(self) -> None:
        """Ends it, and with it the connection; `done` is not called."""
        if self._done is None:
            return
        self._done = None
        with suppress(OSError):
            self._out.shutdown(socket.SHUT_RDWR)  # a thread may be about to send, and the client to wait for more
        if not self._is_in_thread:
            self._close()

    @property
    def _is_sent(self) -> bool:
        return self._position == self._stop and not self._text and not self._pieces

    def _next_piece(self) -> None:
        """Goes on to some text, and to the range of the file that comes after it; none does after the content's end."""
        self._text, self._position, self._stop = self._pieces.pop()

    def _go_on(self) -> None:
        """Sends some: here what is in memory, in a thread what is not."""
        last = min(self._position + CHUNK, self._stop) - 1
        try:
            if last < self._position or self._opened.is_resident(last):
                self._send_some()
            else:
                self._send_in_thread()
                return
        except Exception as error:
            self._sent(error)
        else:
            self._sent(None)

    def _send_in_thread(self) -> None:
        self._wait_no_more()
        sending = self._loop.run_in_executor(self._means.readers, self._send_some)
        self._is_in_thread = True
        sending.add_done_callback(self._sent_in_thread)

    def _send_some(self) -> None:
        """Sends what there is room for, a chunk at most. It may wait for a disk, and never does for the client."""
        if self._text:
            self._send_text()
            if self._text:
                return
        held_from = self._stop if self._pieces else self._stop - 1
        if self._position < held_from:
            self._send_range(min(CHUNK, held_from - self._position))
        if self._position == held_from < self._stop:
            self._send_last()
        if self._position == self._stop and self._pieces:
            self._next_piece()

    def _send_text(self) -> None:
        is_end = self._stop == 0
        if is_end and not self._opened.is_unchanged:
            raise FileChanged("the file changed")
        sent = self._out.send(self._text, 0 if is_end else socket.MSG_MORE)
        self._text = self._text[sent:]
        self.sent += sent

    def _send_range(self, count: int) -> None:
        sent = os.sendfile(self._out.fileno(), self._opened.descriptor, self._position, count)
        if sent == 0:
            raise FileChanged("the file shrank")
        self._position += sent
        self.sent += sent

    def _send_last(self) -> None:
        last = os.pread(self._opened.descriptor, 1, self._position)
        if not last or not self._opened.is_unchanged:
            raise FileChanged("the file changed")
        self._position += self._out.send(last)
        self.sent += 1

    def _sent_in_thread(self, sending: asyncio.Future[None]) -> None:
        self._is_in_thread = False
        self._sent(sending.exception())

    def _sent(self, error: BaseException | None) -> None:
        """Takes what became of sending some. What comes next is sent after everybody else had a turn."""
        if self._done is None:  # it was cancelled meanwhile
            self._close()
        elif error is None:
            if self._is_sent:
                self._finish(None)
            else:
                self._wait_for_room()
        elif isinstance(error, BlockingIOError):
            self._wait_for_room()
        else:
            self._finish(error)

    def _finish(self, error: BaseException | None) -> None:
        done, self._done = self._done, None
        self._close()
        assert done is not None
        done(error)

    def _close(self) -> None:
        self._wait_no_more()
        self._patience = None  # it leads back here, and would keep the file open
        self._out.close()

    def _wait_for_room(self) -> None:
        if not self._is_waiting:
            self._is_waiting = True
            self._loop.add_writer(self._out.fileno(), self._go_on)
            if self._patience is None:
                self._patience = Patience(self._means.timeout_s, lambda: self.sent, self._give_up)
            self._patience.start()

    def _wait_no_more(self) -> None:
        if self._is_waiting:
            self._is_waiting = False
            self._loop.remove_writer(self._out.fileno())
            if self._patience is not None:
                self._patience.stop()

    def _give_up(self) -> None:
        self._finish(TimeoutError(f"the client took nothing for {self._means.timeout_s:g} s"))
