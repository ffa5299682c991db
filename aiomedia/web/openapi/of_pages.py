"""Health, the live page, and the description itself."""

from http import HTTPStatus
from typing import Final

from aiohttp import hdrs

from aiomedia.web.assets import CONTENT_TYPES
from aiomedia.web.fields import CONTENT_SECURITY_POLICY
from aiomedia.web.health import Life, Readiness
from aiomedia.web.listings import JSON
from aiomedia.web.openapi.examples import UNREADY
from aiomedia.web.openapi.operations import NEGOTIATION, Answer, Operation, negotiated, of_json, page, refused_by
from aiomedia.web.openapi.schemas import Json, schema_of

_POLICED: Final = refused_by(CONTENT_SECURITY_POLICY)
_UNREADY: Final[dict[str, Json]] = {JSON: {"schema": schema_of(Readiness), "example": UNREADY}}
_TEXTS: Final = {content_type: {"schema": {"type": "string"}} for content_type in CONTENT_TYPES.values()}


def _ready(path: str, name: str, summary: str) -> Operation:
    return Operation(
        path,
        name,
        "Health",
        summary,
        "Whether answers are to be trusted: every root is there, and known as it is, or was lately enough. It says "
        "how well each root is known.",
        (),
        (
            Answer(HTTPStatus.OK, "It is ready.", (hdrs.CACHE_CONTROL,), of_json(Readiness)),
            Answer(
                HTTPStatus.SERVICE_UNAVAILABLE,
                "It is not: a root's `reason` says why.",
                (hdrs.CACHE_CONTROL, hdrs.RETRY_AFTER),
                _UNREADY,
            ),
        ),
    )


PAGES: Final = (
    Operation(
        "/health/live",
        "live",
        "Health",
        "Whether the process lives",
        "Whatever becomes of the roots.",
        (),
        (Answer(HTTPStatus.OK, "It does.", (hdrs.CACHE_CONTROL,), of_json(Life)),),
    ),
    _ready("/health/ready", "ready", "Whether it is ready"),
    _ready("/healthz", "healthz", "The same as `/health/ready`"),
    Operation(
        "/",
        "home",
        "Pages",
        "The live page",
        "A directory's files as they come and go, for people. Where the application is mounted below a path, that path "
        "without its slash leads here.",
        NEGOTIATION,
        page("The page."),
        ("precondition_failed",),
        _POLICED,
    ),
    Operation(
        "/page/{name}",
        "asset",
        "Pages",
        "What the live page is made of",
        "Styles, modules and an icon.",
        ("name", *NEGOTIATION),
        negotiated("The part.", _TEXTS, CONTENT_SECURITY_POLICY),
        ("not_found", "precondition_failed"),
        _POLICED,
    ),
    Operation(
        "/api",
        "reference",
        "Pages",
        "This description, to read",
        "Plain HTML made of `/openapi.json`, without JavaScript.",
        NEGOTIATION,
        page("The page."),
        ("precondition_failed",),
        _POLICED,
    ),
    Operation(
        "/openapi.json",
        "description",
        "Pages",
        "This description, for programs",
        "OpenAPI 3.1.",
        NEGOTIATION,
        negotiated("The description.", {JSON: {"schema": {"type": "object"}}}),
        ("precondition_failed",),
        refused_by(),
    ),
)
