"""Downloads, by file name and by the identifier of a generated file."""

from typing import Final

from aiohttp import web

from aiomedia.disposition import Disposition
from aiomedia.media import Kind, require_kind
from aiomedia.names import checked_filename, checked_identifier
from aiomedia.web.keys import LIBRARY
from aiomedia.web.parameters import Parameters, path_tail
from aiomedia.web.sending import send_file
from aiomedia.web.waits import in_time

routes = web.RouteTableDef()

DISPOSITIONS: Final[dict[str, Disposition]] = {"attachment": "attachment", "inline": "inline"}


# (?s:.*) takes a line feed too: it is for the file name's check to refuse.
@routes.get("/download/video/{filename:(?s:.*)}")
async def download_video(request: web.Request) -> web.StreamResponse:
    return await _download(request, "video")


@routes.get("/download/audio/{filename:(?s:.*)}")
async def download_audio(request: web.Request) -> web.StreamResponse:
    return await _download(request, "audio")


@routes.get("/download/generated/video/{uuid:(?s:.*)}")
async def download_generated_video(request: web.Request) -> web.StreamResponse:
    return await _download_generated(request, "video")


@routes.get("/download/generated/audio/{uuid:(?s:.*)}")
async def download_generated_audio(request: web.Request) -> web.StreamResponse:
    return await _download_generated(request, "audio")


async def _download(request: web.Request, kind: Kind) -> web.StreamResponse:
    library = request.app[LIBRARY]
    filename = checked_filename(path_tail(request))
    require_kind(filename, kind)
    parameters = Parameters(request)
    disposition = parameters.choice("disposition", DISPOSITIONS, "attachment")
    place = library.place(parameters.text("directory"))

    async def attempt() -> web.StreamResponse:
        path, resource = await library.find(place, filename)
        return await send_file(request, place, path, resource, disposition)

    return await in_time(request, parameters, library.file_keys(place, filename), attempt)


async def _download_generated(request: web.Request, kind: Kind) -> web.StreamResponse:
    library = request.app[LIBRARY]
    identifier = checked_identifier(path_tail(request))
    parameters = Parameters(request)
    disposition = parameters.choice("disposition", DISPOSITIONS, "attachment")
    place = library.place(parameters.text("directory"))
    task_id = parameters.text("task_id")
    identifiers = [identifier] if task_id is None else [identifier, task_id]

    async def attempt() -> web.StreamResponse:
        path, resource = library.find_generated(place, kind, identifiers)
        return await send_file(request, place, path, resource, disposition)

    return await in_time(request, parameters, library.generated_keys(place, identifiers), attempt)
