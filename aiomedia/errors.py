"""The errors that a caller can cause or meet, each with its slug and its HTTP status.

The slugs are the contract's and never change. A message is written for people; it names neither a path
outside the roots nor anything that the request held.
"""

from typing import Literal

Code = Literal[
    "bad_request",
    "being_written",
    "cursor_expired",
    "directory_not_allowed",
    "forbidden",
    "internal_error",
    "invalid_directory",
    "invalid_file_type",
    "invalid_filename",
    "invalid_parameter",
    "method_not_allowed",
    "not_found",
    "precondition_failed",
    "range_not_satisfiable",
    "too_many_requests",
    "unavailable",
]
"""The slugs. Those of outcomes that nothing is raised for are here too."""


class AiomediaError(Exception):
    """What went wrong, for people (`str(error)`), with a stable `code` and the `status` that it has in HTTP."""

    status = 500
    code: Code = "internal_error"
    retry_after_s: int | None = None  # sent as Retry-After


class BadRequest(AiomediaError):
    status = 400
    code: Code = "bad_request"


class InvalidFileType(BadRequest):
    code: Code = "invalid_file_type"


class InvalidFilename(BadRequest):
    code: Code = "invalid_filename"


class InvalidDirectory(BadRequest):
    code: Code = "invalid_directory"


class InvalidParameter(BadRequest):
    code: Code = "invalid_parameter"


class DirectoryNotAllowed(AiomediaError):
    """One message for all that lies outside the roots, so that it tells nothing of what exists there."""

    status = 403
    code: Code = "directory_not_allowed"

    def __init__(self) -> None:
        super().__init__("This directory is not served.")


class Forbidden(AiomediaError):
    """What is in a root, and yet not the server's to read."""

    status = 403
    code: Code = "forbidden"


class NotFound(AiomediaError):
    status = 404
    code: Code = "not_found"


class BeingWritten(NotFound):
    """It is there, and not whole yet."""

    code: Code = "being_written"
    retry_after_s = 1

    def __init__(self) -> None:
        super().__init__("This file is being written.")


class CursorExpired(AiomediaError):
    """What changed after the cursor is not known any more, or never was."""

    status = 410
    code: Code = "cursor_expired"

    def __init__(self) -> None:
        super().__init__("What changed since then is not known any more: list again.")


class TooManyRequests(AiomediaError):
    """So many answers are held already, in all or for this client."""

    status = 429
    code: Code = "too_many_requests"
    retry_after_s = 5

    def __init__(self) -> None:
        super().__init__("Too many requests are waiting already.")


class Unavailable(AiomediaError):
    """The answer is not known for now: the root is missing or not scanned yet, or descriptors ran out."""

    status = 503
    code: Code = "unavailable"
    retry_after_s = 1


class ConfigError(AiomediaError):
    """One line that names the key and where its value came from."""
