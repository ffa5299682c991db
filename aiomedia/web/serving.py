"""A server of its own around the application: `aiomedia serve`."""

import asyncio
import logging
import os
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import NamedTuple

from aiohttp import web
from aiohttp.log import access_logger

from aiomedia.config import Config
from aiomedia.storage.descriptors import raise_limit
from aiomedia.web.access import AccessLogger
from aiomedia.web.answers import Answers
from aiomedia.web.app import create_app
from aiomedia.web.direct import HttpServer
from aiomedia.web.keys import LIBRARY, MEANS
from aiomedia.web.requests import strictly

logger = logging.getLogger(__name__)


BACKLOG = 1024  # connections that wait to be accepted: a thousand clients may come at once


class Runner(web.AppRunner):
    """Runs an application on our server."""

    def __init__(self, app: web.Application, config: Config) -> None:
        super().__init__(app, shutdown_timeout=config.grace_period_s)
        self._config = config

    async def _make_server(self) -> web.Server:
        server = await super()._make_server()
        return HttpServer(
            strictly(server.request_handler),
            request_factory=server.request_factory,
            answers=Answers(self._app[LIBRARY], self._app[MEANS]),
            send_timeout_s=self._config.send_timeout_s,
            head_timeout_s=self._config.head_timeout_s,
            keepalive_timeout=self._config.keepalive_timeout_s,
            access_log=access_logger if self._config.access_log else None,
            access_log_class=AccessLogger,
        )


class CannotListen(Exception):
    """The address can't be had: what it is, and why in the system's own words."""


class Address(NamedTuple):
    """Where a socket listens."""

    host: str
    port: int

    @property
    def url(self) -> str:
        return f"http://{f'[{self.host}]' if ':' in self.host else self.host}:{self.port}"


@asynccontextmanager
async def listening(config: Config) -> AsyncIterator[list[Address]]:
    """Serves for the time of the `with`, and gives downloads `grace_period_s` to finish when it ends.

    Raises CannotListen.
    """
    runner = Runner(create_app(config), config)
    await runner.setup()
    try:
        try:
            await web.TCPSite(runner, config.host, config.port, backlog=BACKLOG).start()
        except OSError as error:
            raise cannot_listen(config, error) from error
        yield [Address(host, port) for host, port, *_ in runner.addresses]
        logger.info("stopping: downloads have %g s to finish", config.grace_period_s)
    finally:
        await runner.cleanup()


async def serve(config: Config, announce: Callable[[str], None]) -> None:
    """Serves until SIGTERM or SIGINT; `announce` is told each URL once its socket is open.

    A second signal ends it at once. Raises CannotListen.
    """
    raise_limit()
    stopping = _stop_signal()
    async with listening(config) as addresses:
        for address in addresses:
            announce(address.url)
        await stopping.wait()


def cannot_listen(config: Config, error: OSError) -> CannotListen:
    return CannotListen(f"{config.host}:{config.port}: {_reason(error)}")


def _reason(error: OSError) -> str:
    """asyncio puts words of its own around the system's; a host name that can't be resolved has a number of its own."""
    number = error.errno or 0
    return os.strerror(number) if number > 0 else error.strerror or str(error)


def _stop_signal() -> asyncio.Event:
    """Set by the first SIGTERM or SIGINT. The second ends the process there and then: nothing of it is worth saving."""
    loop = asyncio.get_running_loop()
    stopping = asyncio.Event()

    def stop(number: int) -> None:
        if stopping.is_set():
            os._exit(128 + number)
        stopping.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop, number)
    return stopping
