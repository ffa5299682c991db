"""What an operation is, and the answers of which most are made."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Final, Literal, NamedTuple

from aiohttp import hdrs

from aiomedia.errors import Code
from aiomedia.web.fields import CONTENT_SECURITY_POLICY, CONTENT_TYPE_OPTIONS, ETAG
from aiomedia.web.listings import JSON
from aiomedia.web.openapi.examples import example_of
from aiomedia.web.openapi.fields import fields_of
from aiomedia.web.openapi.refusals import EVERYWHERE, refusals
from aiomedia.web.openapi.schemas import Json, schema_of
from aiomedia.web.waits import PREFER, PREFERENCE_APPLIED

Tag = Literal["Downloads", "Listings", "Changes", "Health", "Pages"]

HTML: Final = "text/html; charset=utf-8"

CONDITIONS: Final = (hdrs.IF_MATCH, hdrs.IF_NONE_MATCH)
NEGOTIATION: Final = (*CONDITIONS, hdrs.ACCEPT_ENCODING)
_OF_GET: Final = {hdrs.RANGE, hdrs.IF_RANGE}  # RFC 9110 14.2: ranges are for GET alone

_NEGOTIATED: Final = (ETAG, hdrs.CACHE_CONTROL, hdrs.VARY)


class Answer(NamedTuple):
    """An answer that is no error: the keys of its fields, and its content by media type."""

    status: HTTPStatus
    description: str
    fields: tuple[str, ...]
    content: Mapping[str, Json] = {}


class Operation(NamedTuple):
    """One way to ask: `GET`, and where nothing else is said `HEAD` too, of a route's path."""

    path: str
    name: str
    tag: Tag
    summary: str
    description: str
    parameters: tuple[str, ...]
    answers: tuple[Answer, ...]
    refusals: tuple[Code, ...] = ()
    refused_fields: tuple[str, ...] = ()  # when a precondition fails
    has_head: bool = True

    def methods(self, shared: Json) -> Json:
        """What is described of its path; the errors that this refers to are put into `shared`."""
        methods = {"get": self._described(shared, self.name, self.parameters, self.answers, self.refusals)}
        if self.has_head:
            parameters = tuple(name for name in self.parameters if name not in _OF_GET)
            answers = tuple(each for each in self.answers if each.status != HTTPStatus.PARTIAL_CONTENT)
            codes = tuple(code for code in self.refusals if code != "range_not_satisfiable")
            methods["head"] = self._described(shared, f"{self.name}_head", parameters, answers, codes, is_head=True)
        return methods

    def _described(
        self,
        shared: Json,
        name: str,
        parameters: tuple[str, ...],
        answers: tuple[Answer, ...],
        codes: tuple[Code, ...],
        *,
        is_head: bool = False,
    ) -> Json:
        applied = (PREFERENCE_APPLIED,) if PREFER in parameters else ()
        refused = refusals({*codes, *EVERYWHERE}, applied, self.refused_fields, has_content=not is_head)
        shared |= refused.values()
        answered = {each.status: _shown(each, has_content=not is_head) for each in answers}
        referred = {status: {"$ref": f"#/components/responses/{each.name}"} for status, each in refused.items()}
        return {
            "operationId": name,
            "tags": [self.tag],
            "summary": f"{self.summary}, without content" if is_head else self.summary,
            "description": "The fields that `GET` has." if is_head else self.description,
            "parameters": [{"$ref": f"#/components/parameters/{key}"} for key in map(str, parameters)],
            "responses": {str(status.value): each for status, each in sorted({**referred, **answered}.items())},
        }


def _shown(answer: Answer, *, has_content: bool) -> Json:
    shown: Json = {"description": answer.description, "headers": fields_of(*answer.fields)}
    return shown | {"content": dict(answer.content)} if has_content and answer.content else shown


def of_json(body: type) -> dict[str, Json]:
    """Content that is one of the bodies."""
    return {JSON: {"schema": schema_of(body), "example": example_of(body)}}


def negotiated(description: str, content: Mapping[str, Json], *more: str) -> tuple[Answer, Answer]:
    """What is answered from memory, in the content coding that the client takes, and that it has it already."""
    fields = (*_NEGOTIATED, *(key for key in more if key != hdrs.LINK))
    ok = (*_NEGOTIATED, CONTENT_TYPE_OPTIONS, hdrs.CONTENT_ENCODING, *more)
    return (
        Answer(HTTPStatus.OK, description, ok, content),
        Answer(HTTPStatus.NOT_MODIFIED, "The client has it already.", fields),
    )


def refused_by(*more: str) -> tuple[str, ...]:
    """The fields of what `negotiated` answers when a precondition fails."""
    return (ETAG, hdrs.VARY, *more)


def page(description: str, content_type: str = HTML) -> tuple[Answer, Answer]:
    """A page, or a part of one."""
    return negotiated(description, {content_type: {"schema": {"type": "string"}}}, CONTENT_SECURITY_POLICY)
