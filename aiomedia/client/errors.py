"""How a download can fail.

What was there under the target's name is there still, and what was received is kept to be continued.
"""

from aiomedia.errors import AiomediaError


class DownloadError(AiomediaError):
    """A file could not be fetched."""

    code: str = "download_failed"  # type: ignore[assignment] # the slugs of a client are not those of HTTP


class GaveUp(DownloadError):
    """Several attempts in a row brought nothing new; the message holds how the last one ended."""

    code: str = "gave_up"


class Refused(DownloadError):
    """An answer that asking again would not change: `status` is the answer's, `code` the slug that came with it."""

    code: str = "refused"

    def __init__(self, message: str, status: int, code: str | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.code = code or self.code


class Unusable(DownloadError):
    """Answers from which no whole file can be made, such as one whose end can't be told from a cut."""

    code: str = "unusable_answer"


class TargetLocked(DownloadError):
    """Somebody else downloads to this target."""

    code: str = "target_locked"


class CannotWrite(DownloadError):
    """The target's directory or disk does not take the file."""

    code: str = "cannot_write"


class DiskFull(CannotWrite):
    """There is no room for it. Once there is, the download goes on where it stood."""

    code: str = "disk_full"


class UnsafeName(DownloadError):
    """A name by which nothing is written."""

    code: str = "unsafe_name"
