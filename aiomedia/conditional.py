"""What to send of a representation: preconditions and ranges, as one pure function (RFC 9110 sections 13 and 14)."""

import re
from collections.abc import Sequence
from email.utils import parsedate_to_datetime
from typing import NamedTuple, Protocol

# A size has at most 19 digits: a position with more lies behind every end, whatever it is.
_SIZE_DIGITS = 19
_BEYOND = 10**_SIZE_DIGITS

_ENTITY_TAG = re.compile(r'[ \t,]*(W/)?("[\x21\x23-\x7e\x80-\uffff]*")[ \t]*(?=,|$)')  # 8.8.3
_ONE_RANGE = re.compile(r"bytes=[ \t,]*(?:([0-9]+)-([0-9]*)|-([0-9]+))[ \t,]*", re.IGNORECASE)  # 14.1.2


class Fields(Protocol):
    """Header fields, looked up without regard to case; `getall` gives each line of a field."""

    def getall(self, name: str, default: Sequence[str], /) -> Sequence[str]: ...


class Validators(NamedTuple):
    """`etag` is strong and quoted; `last_modified` is in whole seconds since the epoch, or None where there is none."""

    etag: str
    last_modified: int | None = None


class Whole(NamedTuple):
    """The whole representation: 200."""


class Span(NamedTuple):
    """One range of it, its first and last position, both inclusive: 206."""

    first: int
    last: int


class NotModified(NamedTuple):
    """The client has it: 304."""


class PreconditionFailed(NamedTuple):
    """The client wants another one: 412."""


class Unsatisfiable(NamedTuple):
    """No range lies in it: 416."""


Selection = Whole | Span | NotModified | PreconditionFailed | Unsatisfiable


def select(method: str, fields: Fields, validators: Validators, length: int) -> Selection:
    """Decides what to send of a representation of this length, in the order of RFC 9110 13.2.2. It raises nothing.

    Several ranges are answered with the whole representation, as 14.2 allows.
    """
    if if_match := fields.getall("If-Match", ()):
        if not _names(if_match, validators.etag, weakly=False):
            return PreconditionFailed()
    elif _is_later(validators.last_modified, _date(fields, "If-Unmodified-Since")):
        return PreconditionFailed()
    if is_known(fields, validators):
        return NotModified()
    if method != "GET" or not _range_applies(fields, validators):
        return Whole()
    return _selected(fields.getall("Range", ()), length)


def is_known(fields: Fields, validators: Validators) -> bool:
    """Whether If-None-Match, or without it If-Modified-Since, says that the client has it (13.1.2, 13.1.3)."""
    if if_none_match := fields.getall("If-None-Match", ()):
        return _names(if_none_match, validators.etag, weakly=True)
    date = _date(fields, "If-Modified-Since")
    return None not in (date, validators.last_modified) and not _is_later(validators.last_modified, date)


def _range_applies(fields: Fields, validators: Validators) -> bool:
    """If-Range, by strong comparison of entity tags or by the very date (13.1.5)."""
    lines = fields.getall("If-Range", ())
    if len(lines) != 1:
        return not lines
    date = _date(fields, "If-Range")
    return lines[0].strip(" \t") == validators.etag or (date is not None and date == validators.last_modified)


def _selected(lines: Sequence[str], length: int) -> Whole | Span | Unsatisfiable:
    matched = _ONE_RANGE.fullmatch(lines[0].strip(" \t")) if len(lines) == 1 else None
    if matched is None:
        return Whole()
    first_digits, last_digits, suffix_digits = matched.groups()
    if suffix_digits is not None:
        suffix = _position(suffix_digits)
        if suffix == 0 or length == 0:
            return Unsatisfiable()
        return Span(max(0, length - suffix), length - 1)
    first = _position(first_digits)
    last = _position(last_digits) if last_digits else _BEYOND
    if last < first:
        return Whole()  # malformed, so ignored
    if first >= length:
        return Unsatisfiable()
    return Span(first, min(last, length - 1))


def _position(digits: str) -> int:
    digits = digits.lstrip("0")
    return int(digits or "0") if len(digits) <= _SIZE_DIGITS else _BEYOND


def _names(lines: Sequence[str], etag: str, *, weakly: bool) -> bool:
    """Whether a list of entity tags (or `*`) names this one. What is malformed ends the list."""
    value = ",".join(lines)
    if value.strip(" \t") == "*":
        return True
    position = 0
    while (matched := _ENTITY_TAG.match(value, position)) is not None:
        is_weak, tag = matched.groups()
        if tag == etag and (weakly or not is_weak):
            return True
        position = matched.end()
    return False


def _is_later(last_modified: int | None, date: int | None) -> bool:
    return last_modified is not None and date is not None and last_modified > date


def _date(fields: Fields, name: str) -> int | None:
    """The date in a field, in seconds since the epoch; None without one, with an invalid one, or with two."""
    lines = fields.getall(name, ())
    if len(lines) != 1:
        return None
    try:
        return int(parsedate_to_datetime(lines[0]).timestamp())
    except (ValueError, OverflowError):
        return None
