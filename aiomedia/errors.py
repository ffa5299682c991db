"""The errors that a caller can cause or meet, each with its slug and its HTTP status.

The slugs are the contract's and never change. A message is written for people; it names neither a path
outside the roots nor anything that the request held.
"""


class AiomediaError(Exception):
    """What went wrong, for people (`str(error)`), with a stable `code` and the `status` that it has in HTTP."""

    status = 500
    code = "internal_error"
    retry_after_s: int | None = None  # sent as Retry-After


class BadRequest(AiomediaError):
    status = 400
    code = "bad_request"


class InvalidFileType(BadRequest):
    code = "invalid_file_type"


class InvalidFilename(BadRequest):
    code = "invalid_filename"


class InvalidDirectory(BadRequest):
    code = "invalid_directory"


class InvalidParameter(BadRequest):
    code = "invalid_parameter"


class DirectoryNotAllowed(AiomediaError):
    """One message for all that lies outside the roots, so that it tells nothing of what exists there."""

    status = 403
    code = "directory_not_allowed"

    def __init__(self) -> None:
        super().__init__("This directory is not served.")


class Forbidden(AiomediaError):
    """What is in a root, and yet not the server's to read."""

    status = 403
    code = "forbidden"


class NotFound(AiomediaError):
    status = 404
    code = "not_found"


class BeingWritten(NotFound):
    """It is there, and not whole yet."""

    code = "being_written"
    retry_after_s = 1

    def __init__(self) -> None:
        super().__init__("This file is being written.")


class CursorExpired(AiomediaError):
    """What changed after the cursor is not known any more, or never was."""

    status = 410
    code = "cursor_expired"

    def __init__(self) -> None:
        super().__init__("What changed since then is not known any more: list again.")


class TooManyRequests(AiomediaError):
    """So many answers are held already, in all or for this client."""

    status = 429
    code = "too_many_requests"
    retry_after_s = 5

    def __init__(self) -> None:
        super().__init__("Too many requests are waiting already.")


class Unavailable(AiomediaError):
    """The answer is not known for now: the root is missing or not scanned yet, or descriptors ran out."""

    status = 503
    code = "unavailable"
    retry_after_s = 1


class ConfigError(AiomediaError):
    """One line that names the key and where its value came from."""
