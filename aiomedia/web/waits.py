"""Waiting for a file that is not there yet: `wait=` in the query, or `Prefer: wait` (RFC 7240)."""

import asyncio
import math
import re
from collections.abc import Awaitable, Callable, Hashable, Sequence
from contextlib import ExitStack
from typing import Final, TypeVar

from aiohttp import web
from multidict import istr

from aiomedia.errors import InvalidParameter, NotFound, Unavailable
from aiomedia.web.holding import Hold
from aiomedia.web.keys import HOLDS, LIBRARY
from aiomedia.web.parameters import Parameters

T = TypeVar("T")

PREFER: Final = istr("Prefer")
PREFERENCE_APPLIED: Final = istr("Preference-Applied")
RETRY_AFTER_S: Final = 1  # for whoever waited in vain

_APPLIED: Final = web.RequestKey("aiomedia.preference_applied", str)
_PREFER_MAX: Final = 1_000  # characters; a longer field is nothing that a client prefers
_SECONDS = re.compile(r"[0-9]+(?:\.[0-9]+)?")
_PREFERENCE = re.compile(r'(?:[^",]|"(?:[^"\\]|\\.)*")+')  # RFC 7240 2; a comma may stand in a quoted string


async def in_time(
    request: web.Request, parameters: Parameters, keys: Sequence[Hashable], attempt: Callable[[], Awaitable[T]]
) -> T:
    """What `attempt` returns, which is tried again whenever one of these happens, for as long as the client waits.

    Raises what it raises, but NotFound only in the end; InvalidParameter for a bad `wait=`, TooManyRequests, and
    Unavailable when the server stops.
    """
    seconds = requested_wait_s(request, parameters)
    if seconds == 0:
        return await attempt()
    loop, waiters, holds = asyncio.get_running_loop(), request.app[LIBRARY].feed.waiters, request.app[HOLDS]
    until = loop.time() + seconds
    hold: Hold | None = None
    with ExitStack() as stack:
        while True:
            with waiters.waiting(*keys) as woken:  # before it is tried, so that nothing is missed
                try:
                    return await attempt()
                except NotFound as error:
                    if holds.is_over:
                        raise Unavailable("The server stops.") from error
                    if until < loop.time():
                        error.retry_after_s = RETRY_AFTER_S
                        raise
                hold = hold or stack.enter_context(holds.hold(request))
                if await hold.wait(woken, until) is None:
                    until = -math.inf


def requested_wait_s(request: web.Request, parameters: Parameters) -> float:
    """How many seconds the client waits; no more than it may. Raises InvalidParameter for a bad `wait=`."""
    longest_s = request.app[HOLDS].longest_s
    asked = parameters.text("wait")
    if asked is not None:
        if _SECONDS.fullmatch(asked) is None:
            raise InvalidParameter("'wait' is a number of seconds.")
        return min(float(asked), longest_s)
    preferred_s = _preferred_s(",".join(request.headers.getall(PREFER, ())))
    if preferred_s is None:
        return 0
    applied_s = min(preferred_s, int(longest_s))
    request[_APPLIED] = f"wait={applied_s}"
    return applied_s


def _preferred_s(field: str) -> int | None:
    """The first preference of this name counts (RFC 7240 2)."""
    if len(field) > _PREFER_MAX:
        return None
    for preference in _PREFERENCE.findall(field):
        name, _, value = preference.partition(";")[0].partition("=")
        if name.strip(" \t").lower() == "wait":
            digits = value.strip(" \t").removeprefix('"').removesuffix('"')
            return int(digits) if digits.isascii() and digits.isdecimal() else None
    return None


async def tell_applied(request: web.Request, response: web.StreamResponse) -> None:
    """Says in an answer which preference of its request was applied (RFC 7240 3)."""
    if (applied := request.get(_APPLIED)) is not None:
        response.headers[PREFERENCE_APPLIED] = applied
