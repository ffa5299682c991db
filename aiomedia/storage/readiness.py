"""Whether anybody has a file open for writing: the kernel knows, and gives no read lease on one that is (fcntl(2))."""

import fcntl
import os
import signal
import stat
import time

# A file that nobody touched for so long is taken to be whole by a scan, until an event tells of a writer: to open each
# of 100,000 files takes two seconds.
RECENT_S = 10.0


def is_regular(status: os.stat_result) -> bool:
    """A FIFO, a socket or a device is no file, whatever it is called; opening one may do something."""
    return stat.S_ISREG(status.st_mode)


def is_recent(status: os.stat_result) -> bool:
    """Whether something happened to a file lately, or will have: a clock may be wrong."""
    return time.time() - max(status.st_mtime, status.st_ctime) < RECENT_S


def rested_s(status: os.stat_result) -> float:
    """For how long nobody has written to a file, by this machine's clock."""
    return time.time() - status.st_mtime


def take_lease(descriptor: int) -> bool | None:
    """Takes a read lease. False when somebody has the file open for writing; None where nothing can be told.

    That is on some file systems, and for a file of another user without CAP_LEASE. Whoever opens the file for writing
    waits until the lease is given back, so that is to be soon.
    """
    if not hasattr(fcntl, "F_SETLEASE"):  # not Linux
        return None
    try:
        # The default, SIGIO, would end the process; this one is ignored unless somebody asks for it.
        fcntl.fcntl(descriptor, fcntl.F_SETSIG, signal.SIGURG)
        fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_RDLCK)
    except BlockingIOError:
        return False
    except OSError:
        return None
    return True


def give_back_lease(descriptor: int) -> None:
    fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_UNLCK)
