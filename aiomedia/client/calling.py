"""Calls of the server's API: questions whose answers are JSON."""

import asyncio
import random
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar

import msgspec
from aiohttp import ClientSession
from multidict import CIMultiDictProxy
from yarl import URL

from aiomedia.client.answer import TRANSIENT
from aiomedia.client.errors import Unusable
from aiomedia.client.exchange import Cut, let_go, network, patient, refusal
from aiomedia.client.retry import Patience

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Server:
    """A server, and how it is asked."""

    session: ClientSession
    headers: Mapping[str, str]
    silence_s: float  # a server that sends nothing for so long, beyond what it was asked to wait, is gone
    attempts: int  # failures in a row before it is given up


async def call(
    server: Server, url: URL, shape: type[T], wait_s: float | None = None
) -> tuple[T, CIMultiDictProxy[str]]:
    """Asks for a JSON body of this shape. Returns it with the answer's fields.

    What may pass is asked again, for the rest of `wait_s` if the server is to wait.
    Raises Refused, GaveUp and Unusable.
    """
    patience = Patience(server.attempts, random.random, time.time, lambda reason: None)
    until = time.monotonic() + (wait_s or 0)
    while True:
        left = None if wait_s is None else max(0.0, until - time.monotonic())
        try:
            return await _call_once(server, url, shape, left)
        except Cut as cut:
            await asyncio.sleep(patience.pause_s(str(cut), cut.retry_after, 0))


async def _call_once(server: Server, url: URL, shape: type[T], wait_s: float | None) -> tuple[T, CIMultiDictProxy[str]]:
    if wait_s is not None:
        url = url.update_query(wait=f"{wait_s:.3f}")
    with network():
        response = await server.session.get(
            url, headers=server.headers, timeout=patient(server.silence_s + (wait_s or 0))
        )
        try:
            if response.status in TRANSIENT:
                raise Cut(f"the server answered {response.status}", response.headers.get("Retry-After"))
            if response.status != 200:
                raise await refusal(response)
            return msgspec.json.decode(await response.read(), type=shape), response.headers
        except msgspec.DecodeError as error:
            raise Unusable(f"The server at {url.origin()} does not answer as aiomedia does: {error}.") from error
        finally:
            let_go(response)
