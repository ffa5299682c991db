"""Work that goes through many files leaves the loop."""

import asyncio
from collections.abc import Callable
from typing import ParamSpec, TypeVar

IN_THREAD = 2_000  # files; to sort or encode so many takes 10 ms, in which nobody else would be answered

P = ParamSpec("P")
R = TypeVar("R")


async def offloaded(files: int, work: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """What `work` returns for these arguments. It may run in a thread: nothing that it reads may change meanwhile."""
    if files <= IN_THREAD:
        return work(*args, **kwargs)
    return await asyncio.to_thread(work, *args, **kwargs)
