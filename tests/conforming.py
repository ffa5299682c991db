"""Whether an answer is one that the description of the interface has."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import msgspec
from jsonschema import Draft202012Validator
from multidict import CIMultiDict

from aiomedia.web.openapi.document import document

DOCUMENT: dict[str, Any] = document()
# What HTTP itself has, and what every server sends.
_OF_HTTP = {"Date", "Server", "Connection", "Content-Type", "Content-Length", "Transfer-Encoding"}


class Described(NamedTuple):
    """An answer that is described: how it is asked for, and the slug when it is an error."""

    method: str
    path: str
    status: int
    code: str | None


def resolved(described: Any) -> Any:
    """What is described, where it is told elsewhere."""
    while "$ref" in described and len(described) == 1:
        found: Any = DOCUMENT
        for key in described["$ref"].removeprefix("#/").split("/"):
            found = found[key]
        described = found
    return described


def described() -> Iterator[Described]:
    """All answers that there are."""
    for path, methods in DOCUMENT["paths"].items():
        for method, operation in methods.items():
            for status, answer in operation["responses"].items():
                codes = _codes(resolved(methods["get"]["responses"][status]))
                assert resolved(answer)["description"]
                yield from (Described(method.upper(), path, int(status), code) for code in codes)


def _codes(answer: dict[str, Any]) -> list[str | None]:
    (content, *_) = answer.get("content", {"": {}}).values()
    codes: list[str | None] = content.get("schema", {}).get("properties", {}).get("code", {}).get("enum", [None])
    return codes


def checked(method: str, path: str, status: int, headers: Mapping[str, str], body: bytes) -> None:
    """Fails unless such an answer is described: its status, its fields and its content."""
    responses = DOCUMENT["paths"][path][method.lower()]["responses"]
    assert str(status) in responses, f"{method} {path}: {status} is not described"
    answer = resolved(responses[str(status)])
    _check_fields(CIMultiDict(headers), answer.get("headers", {}))
    if method == "HEAD" or "content" not in answer:
        assert body == b""
        return
    media_type = headers["Content-Type"]
    content = answer["content"].get(media_type) or answer["content"][media_type.partition(";")[0]]
    if media_type == "application/json":
        _validator(content["schema"]).validate(msgspec.json.decode(body))


def _check_fields(headers: CIMultiDict[str], fields: dict[str, Any]) -> None:
    for name, field in fields.items():
        about = resolved(field)
        if name in headers:
            value: Any = headers[name]
            _validator(about["schema"]).validate(int(value) if about["schema"]["type"] == "integer" else value)
        else:
            assert not about["required"], f"{name} is missing"
    described_names = {name.lower() for name in {*fields, *_OF_HTTP}}
    assert {name for name in headers if name.lower() not in described_names} == set()


def _validator(schema: dict[str, Any]) -> Draft202012Validator:
    return Draft202012Validator(schema | {"components": DOCUMENT["components"]})  # to which it refers
