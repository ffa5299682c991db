"""The whole description, of an application that is mounted somewhere."""

from itertools import chain
from typing import Final

import msgspec

from aiomedia.ranges import MAX_RANGES
from aiomedia.version import __version__
from aiomedia.web.head import HEAD_MAX
from aiomedia.web.openapi.fields import fields
from aiomedia.web.openapi.of_files import FILES
from aiomedia.web.openapi.of_listings import LISTINGS
from aiomedia.web.openapi.of_pages import PAGES
from aiomedia.web.openapi.operations import Tag
from aiomedia.web.openapi.parameters import PARAMETERS
from aiomedia.web.openapi.refusals import METHOD_NOT_ALLOWED
from aiomedia.web.openapi.schemas import Json, schemas

_TAGS: Final[dict[Tag, str]] = {
    "Downloads": "Files by name and by identifier, resumable, with entity tags and ranges.",
    "Listings": "What there is, answered from memory.",
    "Changes": "What changes: since a moment, or from now on.",
    "Health": "Whether it lives, and whether its answers are complete.",
    "Pages": "For people, and for programs that read HTML.",
}
_ABOUT: Final = f"""Serves a directory of generated video and audio: resumable downloads, and listings from a live \
index. Everything is read, and nothing needs an account.

Every error is JSON with a sentence for people and a slug for programs. A URL that is not here is 404 `not_found`, \
another method 405 `method_not_allowed` with `Allow`. What is no valid HTTP is 400 `bad_request`, or with the same \
slug 408, 414, 417 or 431: a head may have {HEAD_MAX // 1024} KiB. Unknown parameters are ignored; one that is given \
twice is 400.

Conditions and ranges are those of RFC 9110; more than {MAX_RANGES} ranges in one request are ignored."""


def document(mount: str = "") -> Json:
    """OpenAPI 3.1. `mount` is where the application is mounted (`""` or `/media`): URLs start there."""
    operations = sorted(chain(PAGES, FILES, LISTINGS), key=lambda operation: list(_TAGS).index(operation.tag))
    shared: Json = {"MethodNotAllowed": METHOD_NOT_ALLOWED.answer}
    return {
        "openapi": "3.1.1",
        "info": {
            "title": "aiomedia",
            "version": __version__,
            "description": _ABOUT,
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "servers": [{"url": mount or "/", "description": "The server that this came from."}],
        "security": [],
        "tags": [{"name": name, "description": description} for name, description in _TAGS.items()],
        "paths": {operation.path: operation.methods(shared) for operation in operations},
        "components": {
            "schemas": schemas(),
            "parameters": {str(key): parameter for key, parameter in PARAMETERS.items()},
            "headers": fields(),
            "responses": shared,
        },
    }


def formatted(description: Json) -> bytes:
    """The description as people read it."""
    return msgspec.json.format(msgspec.json.encode(description), indent=2) + b"\n"
