"""The client: downloads that end whole or not at all, of this server and of any other."""

from aiomedia.client.client import Client, Listing
from aiomedia.client.downloading import Downloaded
from aiomedia.client.errors import (
    CannotWrite,
    DiskFull,
    DownloadError,
    GaveUp,
    Refused,
    TargetLocked,
    UnsafeName,
    Unusable,
)
from aiomedia.client.following import Change
from aiomedia.client.mirror import Mirrored, MirrorReport
from aiomedia.client.progress import Progress

__all__ = [
    "CannotWrite",
    "Change",
    "Client",
    "DiskFull",
    "DownloadError",
    "Downloaded",
    "GaveUp",
    "Listing",
    "MirrorReport",
    "Mirrored",
    "Progress",
    "Refused",
    "TargetLocked",
    "UnsafeName",
    "Unusable",
]
