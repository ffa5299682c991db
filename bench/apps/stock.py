"""`python -m bench.apps.stock PORT DIRECTORY` serves files with aiohttp's own FileResponse."""

import sys
from pathlib import Path

from aiohttp import web

from bench.servers import HOST


def application(root: Path) -> web.Application:
    async def file(request: web.Request) -> web.FileResponse:
        return web.FileResponse(root / request.match_info["name"])

    app = web.Application()
    app.router.add_get("/{name}", file)
    return app


if __name__ == "__main__":
    web.run_app(application(Path(sys.argv[2])), host=HOST, port=int(sys.argv[1]), access_log=None, print=None)
