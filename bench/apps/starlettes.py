"""`python -m bench.apps.starlettes PORT DIRECTORY` serves files with Starlette's FileResponse on uvicorn."""

import sys
from pathlib import Path

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import FileResponse
from starlette.routing import Route

from bench.servers import HOST


def application(root: Path) -> Starlette:
    async def file(request: Request) -> FileResponse:
        return FileResponse(root / request.path_params["name"])

    return Starlette(routes=[Route("/{name}", file)])


if __name__ == "__main__":
    uvicorn.run(application(Path(sys.argv[2])), host=HOST, port=int(sys.argv[1]), log_level="warning", access_log=False)
