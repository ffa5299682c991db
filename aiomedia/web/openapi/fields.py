"""The fields of answers."""

from typing import Final, NamedTuple

from aiohttp import hdrs

from aiomedia.web.fields import CONTENT_SECURITY_POLICY, CONTENT_TYPE_OPTIONS, CURSOR, ETAG
from aiomedia.web.openapi import examples
from aiomedia.web.openapi.schemas import Json
from aiomedia.web.waits import PREFERENCE_APPLIED

SOME_RANGE: Final = "Content-Range-of-one"  # a field in another role needs another name here


class _Field(NamedTuple):
    name: str
    description: str
    schema: Json
    is_required: bool = True


def _text(example: str, **more: object) -> Json:
    return {"type": "string", "examples": [example], **more}


def _fixed(value: str) -> Json:
    return {"type": "string", "const": value}


_SECONDS: Final[Json] = {"type": "integer", "minimum": 0}
_DATE: Final = _text("Sat, 05 Aug 2023 11:22:47 GMT")
_TAG: Final = _text(examples.ETAG, pattern='^"[!#-~]+"$')

_ALWAYS: Final[dict[str, _Field]] = {
    ETAG: _Field(ETAG, "Strong: it changes whenever the bytes may.", _TAG),
    hdrs.LAST_MODIFIED: _Field(hdrs.LAST_MODIFIED, "Rounded down to seconds, and never later than `Date`.", _DATE),
    hdrs.CACHE_CONTROL: _Field(
        hdrs.CACHE_CONTROL,
        "`no-cache`: keep it, and ask whether it is still true. Health is not kept at all.",
        {"type": "string", "enum": ["no-cache", "no-store"]},
    ),
    CONTENT_TYPE_OPTIONS: _Field(CONTENT_TYPE_OPTIONS, "The media type is what is said.", _fixed("nosniff")),
    CONTENT_SECURITY_POLICY: _Field(
        CONTENT_SECURITY_POLICY, "What a page may load and run.", _text("default-src 'none'"), is_required=False
    ),
    hdrs.ACCEPT_RANGES: _Field(hdrs.ACCEPT_RANGES, "A download can be resumed.", _fixed("bytes")),
    hdrs.CONTENT_LENGTH: _Field(hdrs.CONTENT_LENGTH, "Bytes.", {"type": "integer", "minimum": 0}),
    hdrs.CONTENT_DISPOSITION: _Field(
        hdrs.CONTENT_DISPOSITION,
        "The file's name (RFC 6266), with `filename*` when it is not plain ASCII.",
        _text(f'attachment; filename="{examples.VIDEO.name}"', pattern="^(attachment|inline); filename"),
    ),
    SOME_RANGE: _Field(
        hdrs.CONTENT_RANGE,
        "Which bytes these are. Of several ranges each part has its own.",
        _text("bytes 0-1023/1048576", pattern="^bytes [0-9]+-[0-9]+/[0-9]+$"),
        is_required=False,
    ),
    hdrs.CONTENT_RANGE: _Field(
        hdrs.CONTENT_RANGE,
        "How long the file is.",
        _text("bytes */1048576", pattern=r"^bytes \*/[0-9]+$"),
    ),
    hdrs.CONTENT_ENCODING: _Field(
        hdrs.CONTENT_ENCODING, "Where the client takes it.", _fixed("gzip"), is_required=False
    ),
    hdrs.VARY: _Field(hdrs.VARY, "Each content coding has its own entity tag.", _fixed("Accept-Encoding")),
    CURSOR: _Field(CURSOR, "The moment of the index that this shows.", _text(examples.CURSOR)),
    hdrs.LINK: _Field(
        hdrs.LINK, "The next page.", _text('</list/files?limit=2&after=…>; rel="next"'), is_required=False
    ),
    PREFERENCE_APPLIED: _Field(
        PREFERENCE_APPLIED,
        "How long a preference to wait was taken for.",
        _text("wait=30", pattern="^wait=[0-9]+$"),
        is_required=False,
    ),
    hdrs.LOCATION: _Field(hdrs.LOCATION, "Where it is; relative to the URL that was asked for.", _text("browse/")),
    hdrs.RETRY_AFTER: _Field(hdrs.RETRY_AFTER, "Seconds until it is worth asking again.", _SECONDS),
    hdrs.ALLOW: _Field(hdrs.ALLOW, "The methods that are taken.", _text("GET,HEAD")),
    "X-Accel-Buffering": _Field("X-Accel-Buffering", "nginx passes each event on at once.", _fixed("no")),
}


def some(key: str) -> str:
    """The key of a field that only some answers of a status have."""
    return f"{key}-of-some"


_OF_SOME: Final = (
    CONTENT_TYPE_OPTIONS,
    hdrs.ACCEPT_RANGES,
    hdrs.CONTENT_DISPOSITION,
    hdrs.LAST_MODIFIED,
    hdrs.RETRY_AFTER,
    hdrs.VARY,
)
_FIELDS: Final = _ALWAYS | {some(key): _ALWAYS[key]._replace(is_required=False) for key in _OF_SOME}


def fields() -> Json:
    """All of them, by the names under which answers refer to them."""
    return {
        str(key): {"description": field.description, "schema": field.schema, "required": field.is_required}
        for key, field in _FIELDS.items()
    }


def fields_of(*keys: str) -> Json:
    """What an answer has in its head."""
    return {str(_FIELDS[key].name): {"$ref": f"#/components/headers/{key}"} for key in keys}
