"""What tells one version of a file from another, as an answer's fields have it (RFC 9110 8.8)."""

import re
from binascii import Error as Base64Error
from binascii import a2b_base64
from collections.abc import Mapping

import msgspec

from aiomedia.dates import parse_http_date

# A date is strong when the file can't have changed again within its second, by the server's own clock (8.8.2.2); a
# minute makes up for clocks of file servers that differ from it.
STRONG_AFTER_S = 60

_STRONG_TAG = re.compile(r'"[\x21\x23-\x7e\x80-\xff]*"')
_DIGITS = re.compile(r"[0-9]{1,18}")
_SHA_256 = re.compile(r"(?:^|,)[ \t]*sha-256=:([A-Za-z0-9+/]{43}=):[ \t]*(?=,|;|$)")


class Version(msgspec.Struct, frozen=True):
    """One version of a file: its validators, its length and its SHA-256, as far as they are known."""

    etag: str | None  # quoted, and strong: no other is kept
    last_modified: str | None  # as in the field, only when there is no entity tag at all and the date is strong
    length: int | None  # bytes
    sha_256: bytes | None

    @property
    def validator(self) -> str | None:
        """What If-Range holds (RFC 9110 13.1.5). Without it, a download that is cut begins anew."""
        return self.etag or self.last_modified

    def is_same_as(self, other: "Version") -> bool:
        """Whether both are known to be one version: by a validator, and by no length or digest that differs."""
        return (
            self.validator is not None
            and self.validator == other.validator
            and _agree(self.length, other.length)
            and _agree(self.sha_256, other.sha_256)
        )


def version_of(fields: Mapping[str, str], length: int | None) -> Version:
    """The version that an answer is of. `fields` are looked up without regard to case."""
    etag, last_modified = fields.get("ETag"), fields.get("Last-Modified")
    return Version(
        etag=etag if etag is not None and _STRONG_TAG.fullmatch(etag) else None,
        last_modified=last_modified if etag is None and _is_strong_date(last_modified, fields.get("Date")) else None,
        length=length,
        sha_256=_sha_256(fields.get("Repr-Digest", "")),
    )


def whole_number(text: str | None) -> int | None:
    """A number of bytes or seconds by its grammar; None for anything else."""
    return int(text) if text is not None and _DIGITS.fullmatch(text) else None


def _is_strong_date(last_modified: str | None, date: str | None) -> bool:
    if last_modified is None or date is None:
        return False
    modified, sent = parse_http_date(last_modified), parse_http_date(date)
    return modified is not None and sent is not None and sent - modified >= STRONG_AFTER_S


def _sha_256(repr_digest: str) -> bytes | None:
    """The file's digest, of the dictionary that the field is (RFC 9530 3); others than SHA-256 are left out."""
    matched = _SHA_256.search(repr_digest)
    if matched is None:
        return None
    try:
        return a2b_base64(matched[1], strict_mode=True)
    except Base64Error:
        return None


def _agree(one: object, other: object) -> bool:
    return one is None or other is None or one == other
