"""aiomedia serves a directory of generated video and audio: resumable downloads and listings from a live index."""

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
    "Config",
    "ConfigError",
    "DirectoryNotAllowed",
    "Forbidden",
    "InvalidDirectory",
    "InvalidFileType",
    "InvalidFilename",
    "InvalidParameter",
    "NotFound",
    "Unavailable",
    "__version__",
    "create_app",
]
