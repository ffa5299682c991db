"""The schemas of answers, made of the types that are encoded (JSON Schema 2020-12, as OpenAPI 3.1 has it)."""

from typing import Any, Final

import msgspec

from aiomedia.resource import ChangeListing, FileListing, GeneratedListing
from aiomedia.web.errors import Error
from aiomedia.web.health import Life, Readiness

Json = dict[str, Any]

BODIES: Final = (FileListing, GeneratedListing, ChangeListing, Readiness, Life, Error)

_PLACE: Final = "#/components/schemas/{name}"


def schemas() -> Json:
    """The schemas of all bodies, and of what they are made of, by name."""
    _, components = msgspec.json.schema_components(BODIES, ref_template=_PLACE)
    return dict(components)


def schema_of(body: type) -> Json:
    """Refers to the schema of one of the bodies."""
    return {"$ref": _PLACE.format(name=body.__name__)}
