"""An inotify instance of this process as the kernel shows it: what it watches, and how much waits in its queue."""

import array
import fcntl
import os
import termios
import threading
import time
from collections.abc import Callable
from typing import NamedTuple, TypeVar

T = TypeVar("T")

_DESCRIPTORS = "/proc/self/fd"
_LINK = "anon_inode:inotify"
_MAKING = threading.Lock()  # one at a time, or which descriptor is whose could not be told

CLOSE_S = 1.0  # until an instance that nobody needs any more is closed by its thread
PROBES = 20  # of a queue that seems not to be read
PROBE_S = 0.01  # from one to the next


class Inode(NamedTuple):
    """What a watch is set on; a path to it is not known to the kernel."""

    device: int  # as `st_dev` has it
    number: int


class Inotify:
    """One instance. It is another's, who may close it: then it watches nothing, and nothing waits."""

    __slots__ = ("_number",)

    def __init__(self, number: int) -> None:
        self._number = number

    @property
    def is_open(self) -> bool:
        return _is_inotify(self._number)

    def watched(self) -> set[Inode]:
        """All that it watches. May block."""
        found = set()
        try:
            with open(f"/proc/self/fdinfo/{self._number}") as lines:
                for line in lines:  # one at a time: taking all at once apart would hold the loop, also from a thread
                    if line.startswith("inotify "):
                        _, _, number, device, _ = line.split(" ", 4)
                        found.add(Inode(_st_dev(int(device[5:], 16)), int(number[4:], 16)))
        except FileNotFoundError:
            pass
        return found

    def queued_bytes(self) -> int:
        """How much waits to be read."""
        if not self.is_open:
            return 0
        size = array.array("i", [0])
        fcntl.ioctl(self._number, termios.FIONREAD, size)
        return size[0]

    def is_read(self) -> bool:
        """Whether somebody takes something out of the queue, or it is empty. May block."""
        before = self.queued_bytes()
        for _ in range(PROBES):
            if before == 0:
                return True
            time.sleep(PROBE_S)
            now = self.queued_bytes()
            if now < before:
                return True
            before = now
        return False

    def wait_until_closed(self) -> None:
        """Or its number could be taken for that of the next one. May block."""
        deadline = time.monotonic() + CLOSE_S
        while self.is_open and time.monotonic() < deadline:
            time.sleep(0.001)


def observed(make: Callable[[], T]) -> tuple[T, Inotify | None]:
    """What is made, and the inotify instance that came to be by that; None where that can't be told."""
    with _MAKING:
        before = _instances()
        made = make()
        new = _instances() - before
    return made, Inotify(*new) if len(new) == 1 else None


def _instances() -> set[int]:
    try:
        numbers = os.listdir(_DESCRIPTORS)
    except FileNotFoundError:  # not Linux
        return set()
    return {int(number) for number in numbers if _is_inotify(int(number))}


def _is_inotify(number: int) -> bool:
    try:
        return os.readlink(f"{_DESCRIPTORS}/{number}") == _LINK
    except FileNotFoundError:
        return False


def _st_dev(device: int) -> int:
    """The kernel's own number of a device holds its minor one in the lower 20 bits."""
    return os.makedev(device >> 20, device & 0xFFFFF)
