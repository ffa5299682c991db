"""When a file may be served: the one place through which every stat result passes on its way to the index."""

import os
import stat


def is_ready(status: os.stat_result) -> bool:
    """Whether what was seen is a regular file: a FIFO, a socket or a device is none, whatever it is called."""
    return stat.S_ISREG(status.st_mode)
