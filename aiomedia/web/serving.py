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
from aiohttp.web_protocol import RequestHandler
from aiohttp.web_request import BaseRequest

from aiomedia.config import Config
from aiomedia.web.access import AccessLogger
from aiomedia.web.app import create_app
from aiomedia.web.errors import status_response

logger = logging.getLogger(__name__)


CUT_S = 0.01  # how long an answer that outlasted the grace period has to notice that it is cut


class _Protocol(RequestHandler):
    """aiohttp's own answer to what it can't parse repeats the request's bytes, and logs a traceback for each."""

    __slots__ = ()

    def handle_error(
        self, request: BaseRequest, status: int = 500, exc: BaseException | None = None, message: str | None = None
    ) -> web.StreamResponse:
        if request.writer.output_size > 0:
            raise ConnectionError("an answer was begun already")
        if status >= 500:
            logger.error("failed to answer a request", exc_info=exc)
        response = status_response(min(status, 500))
        response.force_close()
        return response

    async def shutdown(self, timeout: float | None = 15.0) -> None:
        """aiohttp's own waits so long for the answer to end, and then as long again."""
        try:
            async with asyncio.timeout(timeout):
                await super().shutdown(timeout)
        except TimeoutError:
            await super().shutdown(CUT_S)

    async def finish_response(
        self, request: BaseRequest, resp: web.StreamResponse, start_time: float | None
    ) -> tuple[web.StreamResponse, bool]:
        if isinstance(resp, web.HTTPError):  # raised before the middlewares: an Expect that is not met
            resp = status_response(resp.status)
        return await super().finish_response(request, resp, start_time)


class _Server(web.Server):
    def __call__(self) -> RequestHandler:
        return _Protocol(self, loop=self._loop, **self._kwargs)


class _Runner(web.AppRunner):
    """Runs an application on our server."""

    def __init__(self, app: web.Application, config: Config) -> None:
        super().__init__(app, shutdown_timeout=config.grace_period_s)
        self._config = config

    async def _make_server(self) -> web.Server:
        server = await super()._make_server()
        return _Server(
            server.request_handler,
            request_factory=server.request_factory,
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
    runner = _Runner(create_app(config), config)
    await runner.setup()
    try:
        try:
            await web.TCPSite(runner, config.host, config.port).start()
        except OSError as error:
            raise CannotListen(f"{config.host}:{config.port}: {_reason(error)}") from error
        yield [Address(host, port) for host, port, *_ in runner.addresses]
        logger.info("stopping: downloads have %g s to finish", config.grace_period_s)
    finally:
        await runner.cleanup()


async def serve(config: Config, announce: Callable[[str], None]) -> None:
    """Serves until SIGTERM or SIGINT; `announce` is told each URL once its socket is open.

    A second signal ends it at once. Raises CannotListen.
    """
    stopping = _stop_signal()
    async with listening(config) as addresses:
        for address in addresses:
            announce(address.url)
        await stopping.wait()


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
