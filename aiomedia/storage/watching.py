"""File events as paths at which something may have happened.

What kind of event it was is thrown away: watchfiles merges and reorders them, so a path is looked at again.
"""

import asyncio
import threading
from collections.abc import AsyncGenerator
from concurrent.futures import ThreadPoolExecutor

from watchfiles._rust_notify import RustNotify

from aiomedia.storage.base import WatchFailed

PATIENCE_MS = 1000  # how long a wait for events lasts before it begins anew, which tells whether the watch still lives

EVENTS_A_PATH = 8  # that fill the kernel's queue: made, opened, written to, closed, and again; seldom more
_QUEUE = "/proc/sys/fs/inotify/max_queued_events"


async def changed_paths(root: str, *, step_ms: int, debounce_ms: int) -> AsyncGenerator[set[str], None]:
    """Yields an empty set once the watches are set, then paths relative to the root as something happens there.

    Another empty set follows a batch so large that the kernel may have dropped events before it, which nothing tells.
    `root` is absolute, without a trailing slash. `step_ms` is how long nothing more must happen before a batch is told,
    `debounce_ms` how long a batch may be held back.

    Raises WatchFailed: the root is not there, a limit on watches is reached, or something happened to a file whose
    name is not UTF-8, after which watchfiles tells nothing more.
    """
    below = 1 if root == "/" else len(root) + 1
    # watchfiles' own `awatch` sets the watches on the loop: thousands of directories would hold it.
    thread = ThreadPoolExecutor(1, thread_name_prefix="watch")
    loop, stop = asyncio.get_running_loop(), threading.Event()
    try:
        notify = await loop.run_in_executor(thread, _watches, root)
        suspicious = await loop.run_in_executor(thread, _queued_events) // EVENTS_A_PATH
        yield set()
        while True:
            changes = await loop.run_in_executor(thread, notify.watch, debounce_ms, step_ms, PATIENCE_MS, stop)
            if isinstance(changes, set):
                # Dot files, and all below a dot directory, are nobody's business.
                visible = {path[below:] for _, path in changes if "/." not in path[below - 1 :]}
                if visible:
                    yield visible
                if len(changes) >= suspicious:
                    yield set()
    except (OSError, RuntimeError) as error:  # the latter is the base of watchfiles' own
        raise WatchFailed(f"{root}: {error}") from error
    finally:
        stop.set()
        thread.shutdown(wait=False)  # it notices within a step


def _watches(root: str) -> RustNotify:
    # Explicitly, because the environment could switch polling on behind our back, and the walk that sets the watches
    # stops at the first directory that it may not read, silently if that is to be ignored.
    return RustNotify([root], False, False, PATIENCE_MS, True, False)


def _queued_events() -> int:
    """How many events the kernel keeps for a watch before it drops them."""
    try:
        with open(_QUEUE) as file:
            return int(file.read())
    except OSError:
        return 16_384  # its default
