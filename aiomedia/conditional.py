"""What to send of a representation: preconditions, then ranges, as one pure function (RFC 9110 sections 13 and 14)."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from aiomedia.dates import parse_http_date
from aiomedia.ranges import Span, Spans, Unsatisfiable, Whole, in_ranges

_ENTITY_TAG = re.compile(r'[ \t,]*+(W/)?("[\x21\x23-\x7e\x80-\U0010ffff]*+")[ \t]*+(?=,|\Z)')  # 8.8.3


class Fields(Protocol):
    """Header fields, looked up without regard to case; `getall` gives each line of a field."""

    def getall(self, name: str, default: Sequence[str], /) -> Sequence[str]: ...


class Validators(NamedTuple):
    """What tells a representation from any other of the same resource, and is sent with it.

    `etag` is strong and quoted; `last_modified` is in whole seconds since the epoch, or None where there is none.
    """

    etag: str
    last_modified: int | None = None


@dataclass(frozen=True, slots=True)
class NotModified:
    """The client has it: 304."""


@dataclass(frozen=True, slots=True)
class PreconditionFailed:
    """The client wants another one: 412."""


Selection = Whole | Span | Spans | NotModified | PreconditionFailed | Unsatisfiable


def select(method: str, fields: Fields, validators: Validators, length: int) -> Selection:
    """Decides what to send of a representation of this length in bytes, in the order of RFC 9110 13.2.2.

    The method is GET or HEAD. It raises nothing: what is malformed is ignored, or names no representation.
    """
    if (failed := precondition(fields, validators)) is not None:
        return failed
    lines = fields.getall("Range", ())
    if method != "GET" or len(lines) != 1 or not _range_applies(fields, validators):
        return Whole()
    return in_ranges(lines[0], length)


def precondition(fields: Fields, validators: Validators) -> NotModified | PreconditionFailed | None:
    """What the preconditions make of a GET or a HEAD; None when they let it pass (13.2.2, steps 1 to 4)."""
    if if_match := fields.getall("If-Match", ()):
        if not _names(if_match, validators.etag, weakly=False):
            return PreconditionFailed()
    elif _is_changed(fields, validators):
        return PreconditionFailed()
    return NotModified() if _is_known(fields, validators) else None


def _is_changed(fields: Fields, validators: Validators) -> bool:
    """Whether it was modified after If-Unmodified-Since (13.1.4)."""
    date, last_modified = _date(fields, "If-Unmodified-Since"), validators.last_modified
    return date is not None and last_modified is not None and last_modified > date


def _is_known(fields: Fields, validators: Validators) -> bool:
    """Whether If-None-Match, or without it If-Modified-Since, says that the client has it (13.1.2, 13.1.3)."""
    if if_none_match := fields.getall("If-None-Match", ()):
        return _names(if_none_match, validators.etag, weakly=True)
    date, last_modified = _date(fields, "If-Modified-Since"), validators.last_modified
    return date is not None and last_modified is not None and last_modified <= date


def _range_applies(fields: Fields, validators: Validators) -> bool:
    """If-Range, by strong comparison of entity tags or by the very date (13.1.5)."""
    lines = fields.getall("If-Range", ())
    if len(lines) != 1:
        return not lines
    date = _date(fields, "If-Range")
    return lines[0].strip(" \t") == validators.etag or (date is not None and date == validators.last_modified)


def _names(lines: Sequence[str], etag: str, *, weakly: bool) -> bool:
    """Whether a list of entity tags (or `*`) names this one. What is malformed ends the list."""
    value = ",".join(lines)
    if value.strip(" \t") == "*":
        return True
    if etag not in value:
        return False  # as in most requests, without reading thousands of others
    position = 0
    while (matched := _ENTITY_TAG.match(value, position)) is not None:
        is_weak, tag = matched.groups()
        if tag == etag and (weakly or not is_weak):
            return True
        position = matched.end()
    return False


def _date(fields: Fields, name: str) -> int | None:
    """The date in a field; None without one, with an invalid one, or with two."""
    lines = fields.getall(name, ())
    return parse_http_date(lines[0].strip(" \t")) if len(lines) == 1 else None
