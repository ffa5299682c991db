"""aiomedia serves a directory of generated video and audio, and downloads from it: `create_app` and `Client`."""

from aiomedia.client import (
    CannotWrite,
    Client,
    DiskFull,
    DownloadError,
    GaveUp,
    Refused,
    TargetLocked,
    UnsafeName,
    Unusable,
)
from aiomedia.config import Config
from aiomedia.errors import (
    AiomediaError,
    BadRequest,
    BeingWritten,
    ConfigError,
    DirectoryNotAllowed,
    Forbidden,
    InvalidDirectory,
    InvalidFilename,
    InvalidFileType,
    InvalidParameter,
    NotFound,
    Unavailable,
)
from aiomedia.version import __version__
from aiomedia.web.app import create_app

__all__ = [
    "AiomediaError",
    "BadRequest",
    "BeingWritten",
    "CannotWrite",
    "Client",
    "Config",
    "ConfigError",
    "DirectoryNotAllowed",
    "DiskFull",
    "DownloadError",
    "Forbidden",
    "GaveUp",
    "InvalidDirectory",
    "InvalidFileType",
    "InvalidFilename",
    "InvalidParameter",
    "NotFound",
    "Refused",
    "TargetLocked",
    "Unavailable",
    "UnsafeName",
    "Unusable",
    "__version__",
    "create_app",
]
