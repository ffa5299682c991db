"""Several processes that serve one address, by gunicorn: each has its own index, they share nothing but the files.

The only module that knows gunicorn, and that can't be imported without it.
"""

import asyncio
import logging
import math
import os
import signal
import socket
from collections.abc import Callable
from contextlib import suppress
from importlib.util import find_spec
from types import FrameType
from typing import Any, NoReturn

from aiohttp import web
from aiohttp.worker import GunicornUVLoopWebWorker, GunicornWebWorker
from gunicorn.app.base import BaseApplication
from gunicorn.arbiter import Arbiter
from gunicorn.glogging import Logger

from aiomedia.config import Config
from aiomedia.storage.descriptors import raise_limit
from aiomedia.web.app import create_app
from aiomedia.web.keys import LIBRARY
from aiomedia.web.serving import Address, Runner, cannot_listen

BACKLOG = 2048  # connections that wait while the first workers scan; the loop of each then sets its own 128
SCAN_S = 60.0  # how long a worker scans at most before it serves what it has
ACCEPTED_S = 0.1  # what was accepted last has so long to send its request, before idle connections are closed
ENDING = {signal.SIGTERM, signal.SIGINT, signal.SIGQUIT}  # gunicorn tells a worker the first or the last
MARGIN_S = 5.0  # how much longer gunicorn waits than our own grace period takes
HANGING_S = 60.0  # after which a worker counts as hanging, when it is neither scanning nor about to end


def serve(config: Config, announce: Callable[[str], None]) -> NoReturn:
    """Serves by `config.workers` processes until SIGTERM or SIGINT, and ends this one with status 0.

    `announce` is told each URL once its socket is open. SIGHUP replaces the workers. After SIGTERM, SIGINT ends it at
    once. Raises CannotListen.
    """
    raise_limit()
    sockets = _listening(config)
    signal.pthread_sigmask(signal.SIG_BLOCK, ENDING)  # who reads the URL may end it before gunicorn has its handlers
    for listening in sockets:
        announce(Address(*listening.getsockname()[:2]).url)
    _Application(config, [listening.detach() for listening in sockets]).run()
    raise AssertionError("gunicorn ends by an exit")


def _listening(config: Config) -> list[socket.socket]:
    """Sockets at each address of the host, on one port."""
    sockets: list[socket.socket] = []
    port = config.port
    try:
        for family, kind, protocol, _, address in socket.getaddrinfo(
            config.host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        ):
            listening = socket.socket(family, kind, protocol)
            sockets.append(listening)
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if family == socket.AF_INET6:
                listening.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            listening.bind((address[0], port, *address[2:]))
            listening.listen(BACKLOG)
            port = listening.getsockname()[1]
    except OSError as error:
        for listening in sockets:
            listening.close()
        raise cannot_listen(config, error) from error
    return sockets


class _Application(BaseApplication):  # type: ignore[misc] # gunicorn has no types
    """gunicorn's configuration, which is made of ours; neither its files nor its variables nor our arguments are."""

    def __init__(self, config: Config, descriptors: list[int]) -> None:
        self._config = config
        self._descriptors = descriptors
        super().__init__(prog="aiomedia")

    def load_config(self) -> None:
        config = self._config
        for key, value in {
            "bind": [f"fd://{descriptor}" for descriptor in self._descriptors],
            "workers": config.workers,
            "worker_class": UVLoopWorker if find_spec("uvloop") else Worker,
            "graceful_timeout": math.ceil(config.grace_period_s + MARGIN_S),
            "timeout": math.ceil(max(config.grace_period_s, SCAN_S) + HANGING_S),
            "logger_class": _Log,
            "loglevel": config.log_level,
            "proc_name": "aiomedia",
            "control_socket_disable": True,  # else one is put into the home directory
        }.items():
            if key in self.cfg.settings:  # older versions have no control socket
                self.cfg.set(key, value)

    def load(self) -> Config:
        """What the workers know as their `wsgi`."""
        return self._config

    def run(self) -> None:
        _Arbiter(self).run()


class _Arbiter(Arbiter):  # type: ignore[misc] # gunicorn has no types
    """Holds back the signals that end a process until it can hear them.

    gunicorn's own loses what a worker is told before that, and then waits for it in vain.
    """

    def init_signals(self) -> None:
        super().init_signals()
        signal.pthread_sigmask(signal.SIG_UNBLOCK, ENDING)

    def spawn_worker(self) -> Any:
        signal.pthread_sigmask(signal.SIG_BLOCK, ENDING)
        try:
            return super().spawn_worker()
        finally:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, ENDING)


class _Log(Logger):  # type: ignore[misc] # gunicorn has no types
    """gunicorn's words in the log of all others: by itself it adds handlers and a form of its own."""

    def setup(self, cfg: Any) -> None:
        self.cfg = cfg
        self.error_log = logging.getLogger("gunicorn")
        self.error_log.setLevel(cfg.loglevel.upper())


class _Runner(Runner):
    """Takes no connection before it has an index: until then the other workers do, if they have one.

    So who was told that the server is ready is not told the contrary by another worker.
    """

    def __init__(self, config: Config, is_wanted: Callable[[], bool]) -> None:
        super().__init__(create_app(config), config)
        self._is_wanted = is_wanted

    async def setup(self) -> None:
        await super().setup()
        roots = self.app[LIBRARY].roots
        with suppress(TimeoutError):
            async with asyncio.timeout(SCAN_S):
                while self._is_wanted() and any(root.state == "building" for root in roots):  # noqa: ASYNC110
                    await asyncio.sleep(0.01)

    async def cleanup(self) -> None:
        for site in self.sites:
            await site.stop()
        await asyncio.sleep(ACCEPTED_S)
        await super().cleanup()


class Worker(GunicornWebWorker):
    """A worker of gunicorn's around our server. It notices at once that it is to end, and not within a second."""

    def load_wsgi(self) -> None:
        config = self.app.wsgi()

        async def runner() -> web.AppRunner:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, ENDING)  # uvloop hears of no signal before it runs
            return _Runner(config, lambda: self.alive)

        self.wsgi = runner
        # Not gunicorn's objects around them, which complain when a loop closes them.
        self.sockets = [listener.sock for listener in self.sockets]  # type: ignore[has-type]
        self._told: set[int] = set()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        self._told.add(sig)
        super().handle_exit(sig, frame)
        self._notify_waiter_done()

    def handle_quit(self, sig: int, frame: FrameType | None) -> None:
        # A terminal tells all processes of SIGINT, and gunicorn then says SIGQUIT: that is once. So is SIGTERM twice,
        # from systemd and from gunicorn.
        if sig in self._told or signal.SIGTERM in self._told:
            os._exit(128 + sig)
        self._told.add(sig)
        super().handle_quit(sig, frame)


class UVLoopWorker(Worker, GunicornUVLoopWebWorker):
    """The same, on uvloop."""
