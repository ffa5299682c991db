"""Requests whose answers are held."""

import asyncio
from collections.abc import Mapping
from typing import NamedTuple

from aiohttp import web
from multidict import CIMultiDictProxy

from aiomedia.web.keys import HOLDS
from tests.asking import DEADLINE_S, Client, eventually


class Answer(NamedTuple):
    """An answer that was read to its end."""

    status: int
    headers: CIMultiDictProxy[str]
    body: bytes


def asked(
    client: Client, url: str, *, method: str = "GET", headers: Mapping[str, str] | None = None
) -> asyncio.Task[Answer]:
    """Asks, and does not wait for the answer."""

    async def ask() -> Answer:
        async with client.request(method, url, headers=headers) as response:
            return Answer(response.status, response.headers, await response.read())

    return asyncio.create_task(ask())


async def answer(asking: asyncio.Task[Answer]) -> Answer:
    return await asyncio.wait_for(asking, DEADLINE_S)


async def until_held(app: web.Application | None, count: int) -> None:
    """Waits until so many answers are held."""
    assert app is not None

    async def held() -> int:
        return len(app[HOLDS])

    await eventually(held, lambda held: held == count)
