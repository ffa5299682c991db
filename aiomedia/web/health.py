"""Health: whether the process lives, and whether its answers are to be trusted."""

import time
from collections.abc import Mapping
from http import HTTPStatus

import msgspec
from aiohttp import hdrs, web

from aiomedia.root import Root
from aiomedia.web.keys import LIBRARY

routes = web.RouteTableDef()


@routes.get("/health/live")
async def live(request: web.Request) -> web.Response:
    return _answer(HTTPStatus.OK, {"status": "live"})


@routes.get("/health/ready")
@routes.get("/healthz")
async def ready(request: web.Request) -> web.Response:
    library = request.app[LIBRARY]
    is_ready = all(root.staleness_s <= library.max_staleness_s for root in library.roots)
    body = {"status": "ready" if is_ready else "unavailable", "roots": [_shown(root) for root in library.roots]}
    return _answer(HTTPStatus.OK if is_ready else HTTPStatus.SERVICE_UNAVAILABLE, body)


def _shown(root: Root) -> dict[str, object]:
    """What a root knows, and how well. Ages are in seconds."""
    reconciler, watcher = root.reconciler, root.watcher
    return {
        "root": root.path,
        "state": root.state,
        "reason": root.reason,
        "watch": "poll" if root.state == "polling" else "events",
        "files": root.files,
        "settling": len(root.settling),
        "generation": root.generation,
        "restarts": watcher.restarts,
        "overflows_suspected": watcher.overflows,
        "differences_found": reconciler.found,
        "reconciled_s_ago": _age(reconciler.compared_at),
        "fully_reconciled_s_ago": _age(reconciler.compared_all_at),
    }


def _age(moment: float | None) -> float | None:
    return None if moment is None else round(time.monotonic() - moment, 1)


def _answer(status: HTTPStatus, body: Mapping[str, object]) -> web.Response:
    headers = {hdrs.CACHE_CONTROL: "no-store"}
    if status is HTTPStatus.SERVICE_UNAVAILABLE:
        headers[hdrs.RETRY_AFTER] = "1"
    return web.Response(status=status, body=msgspec.json.encode(body), content_type="application/json", headers=headers)
