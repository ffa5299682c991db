"""The client for code without a loop: each call of `aiomedia.Client`, under the same name, waits for its result.

Nothing here is written twice: the calls are made of the client's own, and `sync.pyi`, which has their types, is written
from its source (`make docs`).
"""

import asyncio
import functools
import inspect
import threading
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from types import TracebackType
from typing import Any, Self

from aiomedia.client import client as source

__all__ = ["Client"]


class Client:
    """Asks one server, in a thread of its own that runs from `with` to its end. Callbacks are called in that thread.

    The arguments are those of `aiomedia.Client`, but for `session`.
    """

    def __init__(self, base_url: str, **options: Any) -> None:
        self._client = source.Client(base_url, **options)
        self._loop: asyncio.AbstractEventLoop | None = None

    def __enter__(self) -> Self:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=_run, args=(self._loop,), name="aiomedia.sync", daemon=True)
        self._thread.start()
        self._wait(self._client.__aenter__())
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self._wait(self._client.__aexit__(kind, error, trace))
        finally:
            assert self._loop is not None
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._loop = None
            self._thread.join()

    def _wait(self, call: Coroutine[Any, Any, Any]) -> Any:
        if self._loop is None:
            call.close()
            raise RuntimeError("A client is used within `with`.")
        future = asyncio.run_coroutine_threadsafe(call, self._loop)
        try:
            return future.result()
        except BaseException:
            future.cancel()  # as for Ctrl-C, which comes while it is waited for
            raise

    def _iterate(self, found: AsyncIterator[Any]) -> Iterator[Any]:
        async def following() -> tuple[bool, Any]:
            try:
                return True, await anext(found)
            except StopAsyncIteration:  # which no future may hold
                return False, None

        try:
            while (there := self._wait(following()))[0]:
                yield there[1]
        finally:
            if self._loop is not None and inspect.isasyncgen(found):
                self._wait(found.aclose())


def _run(loop: asyncio.AbstractEventLoop) -> None:
    """Runs a loop until it is stopped, and what is under way then to its end: a download keeps what it has."""
    try:
        loop.run_forever()
        tasks = asyncio.all_tasks(loop)
        for task in tasks:
            task.cancel()
        loop.run_until_complete(_ended(tasks))
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.run_until_complete(loop.shutdown_default_executor())
    finally:
        loop.close()


async def _ended(tasks: set[asyncio.Task[Any]]) -> None:
    await asyncio.gather(*tasks, return_exceptions=True)


def _waiting(name: str, call: Callable[..., Any]) -> Callable[..., Any]:
    """A method that does what the client's does, and waits."""

    @functools.wraps(call)
    def method(self: Client, *arguments: Any, **keywords: Any) -> Any:
        made = getattr(self._client, name)(*arguments, **keywords)
        return self._wait(made) if inspect.iscoroutine(made) else self._iterate(made)

    return method


for _name, _call in vars(source.Client).items():
    if inspect.isfunction(_call) and not _name.startswith("_"):
        setattr(Client, _name, _waiting(_name, _call))
