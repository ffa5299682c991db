"""Health: whether the process lives, and whether its answers are to be trusted."""

from collections.abc import Mapping
from http import HTTPStatus

import msgspec
from aiohttp import hdrs, web

from aiomedia.web.keys import LIBRARY

routes = web.RouteTableDef()


@routes.get("/health/live")
async def live(request: web.Request) -> web.Response:
    return _answer(HTTPStatus.OK, {"status": "live"})


@routes.get("/health/ready")
@routes.get("/healthz")
async def ready(request: web.Request) -> web.Response:
    roots = request.app[LIBRARY].roots
    is_ready = all(root.state == "live" for root in roots)
    body = {
        "status": "ready" if is_ready else "unavailable",
        "roots": [
            {"root": root.path, "state": root.state, "files": root.files, "reason": root.reason} for root in roots
        ],
    }
    return _answer(HTTPStatus.OK if is_ready else HTTPStatus.SERVICE_UNAVAILABLE, body)


def _answer(status: HTTPStatus, body: Mapping[str, object]) -> web.Response:
    headers = {hdrs.CACHE_CONTROL: "no-store"}
    if status is HTTPStatus.SERVICE_UNAVAILABLE:
        headers[hdrs.RETRY_AFTER] = "1"
    return web.Response(status=status, body=msgspec.json.encode(body), content_type="application/json", headers=headers)
