"""What an answer means for what was asked: the rules of RFC 9110 13.1.5, 14 and 15.3.7 for whoever asks."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from aiomedia.client.version import Version, version_of, whole_number
from aiomedia.ranges import Span

# What a later request may get another answer to (RFC 9110 15.5.9 and 15.6, RFC 6585 4, RFC 8470 5.2).
TRANSIENT = {408, 425, 429, 500, 502, 503, 504}

_CONTENT_RANGE = re.compile(r"bytes ([0-9]{1,18})-([0-9]{1,18})/([0-9]{1,18}|\*)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Asked:
    """What a request asked for: the bytes from `first` to `last` (inclusive) of a version, by Range and If-Range."""

    first: int
    last: int
    version: Version

    def fields(self) -> dict[str, str]:
        """The request's fields. The version has a validator."""
        assert self.version.validator is not None
        last = "" if self.version.length is None else self.last
        return {"Range": f"bytes={self.first}-{last}", "If-Range": self.version.validator}


@dataclass(frozen=True, slots=True)
class Whole:
    """The whole of this version follows. With `takes_ranges`, the server says that it answers ranges."""

    version: Version
    takes_ranges: bool


@dataclass(frozen=True, slots=True)
class Part:
    """Bytes of the version that was asked for follow: from the first that was asked for, to `last` (inclusive)."""

    last: int
    length: int | None  # of the whole, in case it was not known


@dataclass(frozen=True, slots=True)
class Outdated:
    """What is there of the file can't be continued: ask for the whole."""

    reason: str


@dataclass(frozen=True, slots=True)
class Later:
    """Ask again later. `after` is the field Retry-After, if there is one."""

    reason: str
    after: str | None


@dataclass(frozen=True, slots=True)
class Final:
    """Asking again changes nothing, or it can't be made out what the answer holds."""

    reason: str


Meaning = Whole | Part | Outdated | Later | Final


def meaning(asked: Asked | None, status: int, fields: Mapping[str, str]) -> Meaning:
    """What follows of an answer; `asked` is None when the whole was asked for. It raises nothing."""
    if status in TRANSIENT:
        return Later(f"the server answered {status}", fields.get("Retry-After"))
    if status in (200, 206) and (coding := _coding(fields)) is not None:
        return Final(f"the server sends it as {coding}, which was not asked for")
    if status == 200:
        return _whole(fields)
    if asked is not None and status == 206:
        return _part(asked, fields)
    if asked is not None and status in (412, 416):
        return Outdated(f"the server has no such range of it now ({status})")
    return Final(f"the server answered {status}")


def _coding(fields: Mapping[str, str]) -> str | None:
    """What the bytes would have to be decoded from (RFC 9110 8.4, RFC 9112 6.1); None if they are the file's."""
    content, transfer = fields.get("Content-Encoding", ""), fields.get("Transfer-Encoding", "")
    if content.strip().lower() not in ("", "identity"):
        return content
    return transfer if transfer.strip().lower() not in ("", "chunked") else None


def _whole(fields: Mapping[str, str]) -> Whole | Final:
    is_chunked = "Transfer-Encoding" in fields
    length = None if is_chunked else whole_number(fields.get("Content-Length"))
    if length is None and not is_chunked:
        return Final("the server does not tell how long it is, so that its end can't be told from a cut")
    return Whole(version_of(fields, length), fields.get("Accept-Ranges", "").strip().lower() == "bytes")


def _part(asked: Asked, fields: Mapping[str, str]) -> Part | Outdated:
    matched = _CONTENT_RANGE.fullmatch(fields.get("Content-Range", "").strip())
    if matched is None:
        return Outdated("the server does not tell which range it sends")
    first, last = int(matched[1]), int(matched[2])
    length = None if matched[3] == "*" else int(matched[3])
    if first != asked.first or not first <= last <= asked.last or (length is not None and last >= length):
        return Outdated(f"the server sends another range ({matched[0]}) than was asked for")
    if whole_number(fields.get("Content-Length", str(len(Span(first, last))))) != len(Span(first, last)):
        return Outdated("the server's range and its length disagree")
    if not _is_of(asked.version, version_of(fields, length), fields):
        return Outdated("the file on the server has changed")
    return Part(last, length)


def _is_of(known: Version, sent: Version, fields: Mapping[str, str]) -> bool:
    """Whether a part is of a version. It has the entity tag (15.3.7); Last-Modified may have been left out."""
    if known.etag is None:
        dated = fields.get("Last-Modified", known.last_modified)
        sent = Version(None, dated, sent.length, sent.sha_256)
    return known.is_same_as(sent)
