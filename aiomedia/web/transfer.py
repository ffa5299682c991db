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

from aiomedia.ranges import Span
from aiomedia.storage import open_file
from aiomedia.storage.open_file import OpenFile
from aiomedia.web.patience import Patience

CHUNK = 1024 * 1024  # bytes at a time; then it is somebody else's turn

P = ParamSpec("P")
R = TypeVar("R")
Done = Callable[[Exception | None], None]


class FileChanged(Exception):
    """The file shrank, or was written to: what was sent of it is not to be completed."""


class Means(NamedTuple):
    """What it takes to send files: threads that wait for disks, and how long a client may take nothing."""

    readers: Executor
    timeout_s: float

    async def wait_for(self, work: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """What `work` returns, which may wait for a disk."""
        return await asyncio.get_running_loop().run_in_executor(self.readers, partial(work, *args, **kwargs))


def can_transfer(transport: asyncio.Transport, opened: OpenFile) -> bool:
    """Whether bytes of this file can go this way: on Linux, over plain TCP, from a file system of this machine."""
    return (
        open_file.RESIDENT is not None
        and not opened.is_remote
        and transport.get_extra_info("socket") is not None
        and transport.get_extra_info("sslcontext") is None
    )


def duplicate(transport: asyncio.Transport) -> socket.socket:
    """A socket of our own on the same connection: nobody else closes it, nor waits for room in it."""
    original = transport.get_extra_info("socket")
    # With its family and type told, `socket` need not ask the kernel for them.
    return socket.socket(original.family, original.type, original.proto, os.dup(original.fileno()))


class Transfer:
    """Sends what goes before a range of a file, and the range. Nothing else may be sent on the connection meanwhile.

    With `is_last`, the last byte is held back until the file turns out to be the one that its validators belong to, so
    that no complete answer is a splice of two versions.
    """

    __slots__ = (
        "_begin",
        "_done",
        "_end",
        "_head",
        "_held_from",
        "_is_in_thread",
        "_is_waiting",
        "_loop",
        "_means",
        "_opened",
        "_out",
        "_patience",
        "_position",
    )

    def __init__(
        self,
        out: socket.socket,
        opened: OpenFile,
        head: bytes,
        span: Span,
        done: Done,
        *,
        is_last: bool,
        means: Means,
    ) -> None:
        """Takes over the socket, which must not block.

        `done` is called once, maybe while `start` runs: with None, or with FileChanged, TimeoutError when the client
        took nothing for too long, or another OSError.
        """
        self._out = out
        self._opened = opened
        self._head = head
        self._begin = span.first - len(head)
        self._position = span.first  # of the next byte to send
        self._end = span.last + 1
        self._held_from = self._end - 1 if is_last else self._end
        self._done: Done | None = done
        self._means = means
        self._loop = asyncio.get_running_loop()
        self._is_waiting = False  # for room in the socket
        self._is_in_thread = False
        self._patience: Patience | None = None

    @property
    def sent(self) -> int:
        """How many bytes were sent."""
        return self._position - self._begin - len(self._head)

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

    def _go_on(self) -> None:
        """Sends some: here what is in memory, in a thread what is not."""
        if self._opened.is_resident(min(self._position + CHUNK, self._end) - 1):
            try:
                self._send_some()
            except (OSError, FileChanged) as error:
                self._sent(error)
            else:
                self._sent(None)
        else:
            self._wait_no_more()
            self._is_in_thread = True
            sending = self._loop.run_in_executor(self._means.readers, self._send_some)
            sending.add_done_callback(self._sent_in_thread)

    def _send_some(self) -> None:
        """Sends what there is room for, a chunk at most. It may wait for a disk, and never does for the client."""
        if self._head:
            self._head = self._head[self._out.send(self._head, socket.MSG_MORE) :]
            if self._head:
                return
        descriptor = self._opened.descriptor
        if self._position < self._held_from:
            count = min(CHUNK, self._held_from - self._position)
            sent = os.sendfile(self._out.fileno(), descriptor, self._position, count)
            if sent == 0:
                raise FileChanged("the file shrank")
            self._position += sent
        if self._position == self._held_from < self._end:
            last = os.pread(descriptor, 1, self._position)
            if not last or not self._opened.is_unchanged:
                raise FileChanged("the file changed")
            self._position += self._out.send(last)

    def _sent_in_thread(self, sending: asyncio.Future[None]) -> None:
        self._is_in_thread = False
        self._sent(sending.exception())

    def _sent(self, error: BaseException | None) -> None:
        """Takes what became of sending some. What comes next is sent after everybody else had a turn."""
        if self._done is None:  # it was cancelled meanwhile
            self._close()
        elif error is None:
            if self._position == self._end:
                self._finish(None)
            else:
                self._wait_for_room()
        elif isinstance(error, BlockingIOError):
            self._wait_for_room()
        elif isinstance(error, OSError | FileChanged):
            self._finish(error)
        else:
            raise error

    def _finish(self, error: Exception | None) -> None:
        done, self._done = self._done, None
        self._close()
        assert done is not None
        done(error)

    def _close(self) -> None:
        self._wait_no_more()
        self._out.close()

    def _wait_for_room(self) -> None:
        if not self._is_waiting:
            self._is_waiting = True
            self._loop.add_writer(self._out.fileno(), self._go_on)
            if self._patience is None:
                self._patience = Patience(self._means.timeout_s, lambda: self._position, self._give_up)
            self._patience.start()

    def _wait_no_more(self) -> None:
        if self._is_waiting:
            self._is_waiting = False
            self._loop.remove_writer(self._out.fileno())
            if self._patience is not None:
                self._patience.stop()

    def _give_up(self) -> None:
        self._finish(TimeoutError(f"the client took nothing for {self._means.timeout_s:g} s"))
