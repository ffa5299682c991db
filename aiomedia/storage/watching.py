"""File events as paths at which something may have happened.

What kind of event it was is thrown away: watchfiles merges and reorders them, so a path is looked at again.
"""

from collections.abc import AsyncGenerator

from watchfiles import Change, awatch

from aiomedia.storage.base import WatchFailed

# A heartbeat while nothing happens, so that a root which went away without an event is noticed.
TICK_MS = 1000


async def changed_paths(root: str, *, step_ms: int, debounce_ms: int) -> AsyncGenerator[set[str], None]:
    """Yields paths relative to the root (absolute, without a trailing slash), and an empty set about once a second.

    The watches are set before the first `await`. `step_ms` is how long nothing more must happen before a batch is
    told, `debounce_ms` how long a batch may be held back.

    Raises WatchFailed: the root is not there, a limit on watches is reached, or something happened to a file whose
    name is not UTF-8, after which watchfiles tells nothing more.
    """
    below = 1 if root == "/" else len(root) + 1

    def is_visible(_: Change, path: str) -> bool:
        return "/." not in path[below - 1 :]  # dot files, and all below a dot directory

    watch = awatch(
        root,
        watch_filter=is_visible,
        step=step_ms,
        debounce=debounce_ms,
        rust_timeout=TICK_MS,
        yield_on_timeout=True,
        # Explicitly, because the environment can switch each of these on behind our back.
        force_polling=False,
        ignore_permission_denied=False,
        debug=False,
    )
    try:
        async for changes in watch:
            yield {path[below:] for _, path in changes}
    except (OSError, RuntimeError) as error:  # when it is set; the latter is the base of watchfiles' own
        raise WatchFailed(f"{root}: {error}") from error
    except ExceptionGroup as group:  # when it waits, in a task group
        raise WatchFailed(f"{root}: {group.exceptions[0]}") from group
    finally:
        await watch.aclose()
