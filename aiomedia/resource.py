"""What the index knows of one file, and the JSON that says it: the server writes these shapes, a client reads them."""

import os
from binascii import b2a_base64
from hashlib import blake2b
from typing import Annotated, Literal, NamedTuple
from urllib.parse import quote

import msgspec
from msgspec import Meta

from aiomedia.media import Kind, MediaType

Operation = Literal["added", "modified", "removed"]
State = Literal["ready", "writing", "unknown"]

Count = Annotated[int, Meta(ge=0)]
Bytes = Annotated[int, Meta(ge=0, description="Bytes.")]
Seconds = Annotated[int, Meta(description="Whole seconds since the epoch, rounded down.")]
Name = Annotated[str, Meta(description="The path, relative to the directory that was asked for.")]
Url = Annotated[str, Meta(description="Percent-encoded, from the root of the server.")]
ETag = Annotated[str, Meta(description="The strong entity tag that the download has, quoted as in its field.")]
ContentType = Annotated[str, Meta(description="The media type that the download has.")]
Cursor = Annotated[str, Meta(description="Opaque: the moment of the index from which `since=` goes on.")]

# RFC 4648 5. Of the scan of a million files base64's own function takes half a second.
_URL_SAFE = bytes.maketrans(b"+/", b"-_")


class Resource(msgspec.Struct, frozen=True, gc=False):
    """One file that is ready: its validators and its media type. `name` is the last segment of its path."""

    name: str
    size: int  # bytes
    modified_ns: int  # since the epoch
    etag: str  # quoted, as it stands in the field
    media_type: MediaType

    @property
    def kind(self) -> Kind:
        return self.media_type.kind

    @property
    def modified(self) -> int:
        """Whole seconds since the epoch, rounded down."""
        return self.modified_ns // 1_000_000_000


def entity_tag(status: os.stat_result) -> str:
    """A strong entity tag over inode, size, mtime and ctime (RFC 9110 8.8.3).

    With the inode and ctime, a replacement of equal size and equal mtime changes it, and so does a write in place
    with restored times. Hashed, because an inode's number is nobody's business and 16 characters are enough.
    """
    inode, size, modified_ns, changed_ns = version_of(status)
    return f'"{short_hash(f"{inode}-{size}-{modified_ns}-{changed_ns}".encode())}"'


def version_of(status: os.stat_result) -> tuple[int, int, int, int]:
    """What tells one version of a file from any other."""
    return status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns


def short_hash(content: bytes) -> str:
    """96 bits as 16 characters that an entity tag and a URL may hold."""
    return b2a_base64(blake2b(content, digest_size=12).digest(), newline=False).translate(_URL_SAFE).decode()


class ListedFile(msgspec.Struct, frozen=True):
    """A file in `/list/files`."""

    filename: Name
    size: Bytes
    type: Kind
    modified: Seconds
    download_url_video: Url | None
    download_url_audio: Url | None
    etag: ETag
    content_type: ContentType


class FileListing(msgspec.Struct, frozen=True):
    """The body of `/list/files`."""

    directory: Annotated[str, Meta(description="The absolute path of the directory.")]
    total_files: Annotated[int, Meta(ge=0, description="How many files match, whatever the page.")]
    files: list[ListedFile]
    next: Annotated[str | None, Meta(description="The URL of the next page; null on the last.")]


class GeneratedFile(msgspec.Struct, frozen=True):
    """A file in `/list/generated/{uuid}`."""

    type: Kind
    filename: Name
    path: Annotated[str, Meta(description="The absolute path.")]
    download_url: Url
    size: Bytes
    modified: Seconds
    etag: ETag


class GeneratedListing(msgspec.Struct, frozen=True):
    """The body of `/list/generated/{uuid}`."""

    uuid: Annotated[str, Meta(description="The identifier that was asked for.")]
    total_files: Count
    generated_files: Annotated[
        list[GeneratedFile], Meta(description="Sound before video, and of each kind the newest first.")
    ]
    state: Annotated[
        State, Meta(description="`ready`: there are files. `writing`: only unfinished ones. `unknown`: none.")
    ]


class ChangedFile(msgspec.Struct, frozen=True):
    """A row of `/changes`: what became of a file, and how it is listed now, or was last."""

    op: Operation
    file: ListedFile


class ChangeListing(msgspec.Struct, frozen=True):
    """The body of `/changes`: what changed since a cursor, and the cursor from which to go on."""

    cursor: Cursor
    changes: Annotated[list[ChangedFile], Meta(description="One row a file, the oldest change first.")]


class Links(NamedTuple):
    """Makes the URLs of one directory's files.

    `mount` is where the application is mounted (`""` or `/media`); `directory` is the directory's absolute path, or
    None for the default root, whose URLs need no `directory=`.
    """

    mount: str
    directory: str | None

    def download(self, kind: Kind, filename: str) -> str:
        """The URL of a file below the directory."""
        return f"{self.mount}/download/{kind}/{quote(filename)}{self._query()}"

    def generated(self, kind: Kind, identifier: str) -> str:
        """The URL of the identifier's newest file of this kind."""
        return f"{self.mount}/download/generated/{kind}/{quote(identifier, safe='')}{self._query()}"

    def _query(self) -> str:
        return "" if self.directory is None else f"?directory={quote(self.directory)}"


def listed_file(resource: Resource, filename: str, links: Links) -> ListedFile:
    """How `/list/files` shows a resource under this file name."""
    kind = resource.kind
    url = links.download(kind, filename)
    return ListedFile(
        filename=filename,
        size=resource.size,
        type=kind,
        modified=resource.modified,
        download_url_video=url if kind == "video" else None,
        download_url_audio=url if kind == "audio" else None,
        etag=resource.etag,
        content_type=resource.media_type.content_type,
    )
