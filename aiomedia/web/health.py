"""Health: whether the process lives, and whether its answers are to be trusted."""

import time
from http import HTTPStatus
from typing import Annotated, Literal

import msgspec
from aiohttp import hdrs, web
from msgspec import Meta

from aiomedia.resource import Count
from aiomedia.root import Root, State
from aiomedia.web.keys import LIBRARY

routes = web.RouteTableDef()

Age = Annotated[float, Meta(ge=0, description="Seconds.")]


class Life(msgspec.Struct, frozen=True):
    """The body of `/health/live`."""

    status: Literal["live"] = "live"


class RootHealth(msgspec.Struct, frozen=True):
    """What a root knows, and how well."""

    root: str
    state: State
    reason: Annotated[str | None, Meta(description="Why it is not as it should be.")]
    watch: Literal["events", "poll"]
    files: Count
    settling: Annotated[int, Meta(ge=0, description="Files that may not be whole yet.")]
    generation: Annotated[int, Meta(ge=0, description="How often something on the disk was looked at.")]
    restarts: Annotated[int, Meta(ge=0, description="How often the watch was set anew.")]
    overflows_suspected: Annotated[int, Meta(ge=0, description="How often events may have been lost.")]
    differences_found: Annotated[int, Meta(ge=0, description="What comparing found that no event had told of.")]
    reconciled_s_ago: Age | None
    fully_reconciled_s_ago: Age | None


class Readiness(msgspec.Struct, frozen=True):
    """The body of `/health/ready`: `unavailable` when a root's answers may be too old, or there are none."""

    status: Literal["ready", "unavailable"]
    roots: list[RootHealth]


@routes.get("/health/live")
async def live(request: web.Request) -> web.Response:
    return _answer(HTTPStatus.OK, Life())


@routes.get("/health/ready")
@routes.get("/healthz")
async def ready(request: web.Request) -> web.Response:
    library = request.app[LIBRARY]
    is_ready = all(root.staleness_s <= library.max_staleness_s for root in library.roots)
    body = Readiness("ready" if is_ready else "unavailable", [_shown(root) for root in library.roots])
    return _answer(HTTPStatus.OK if is_ready else HTTPStatus.SERVICE_UNAVAILABLE, body)


def _shown(root: Root) -> RootHealth:
    reconciler, watcher = root.reconciler, root.watcher
    return RootHealth(
        root=root.path,
        state=root.state,
        reason=root.reason,
        watch="poll" if root.state == "polling" else "events",
        files=root.files,
        settling=len(root.settling),
        generation=root.generation,
        restarts=watcher.restarts,
        overflows_suspected=watcher.overflows,
        differences_found=reconciler.found,
        reconciled_s_ago=_age(reconciler.compared_at),
        fully_reconciled_s_ago=_age(reconciler.compared_all_at),
    )


def _age(moment: float | None) -> float | None:
    return None if moment is None else round(time.monotonic() - moment, 1)


def _answer(status: HTTPStatus, body: Life | Readiness) -> web.Response:
    headers = {hdrs.CACHE_CONTROL: "no-store"}
    if status is HTTPStatus.SERVICE_UNAVAILABLE:
        headers[hdrs.RETRY_AFTER] = "1"
    return web.Response(status=status, body=msgspec.json.encode(body), content_type="application/json", headers=headers)
