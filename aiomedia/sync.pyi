"""Written by `make docs` from aiomedia/client/client.py."""

from aiomedia.client.client import Listing
from aiomedia.client.downloading import Downloaded
from aiomedia.client.following import Change
from aiomedia.client.mirror import MirrorReport
from aiomedia.client.mirror import Mirrored
from aiomedia.client.progress import Progress
from aiomedia.media import Kind
from aiomedia.resource import GeneratedListing
from aiomedia.resource import ListedFile
from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Iterator
from types import TracebackType
from typing import Literal
from typing import Self
import os

class Client:

    def __init__(self, base_url: str, *, token: str | None=None, connections: int=4, attempts: int=8, silence_s: float=60.0) -> None:
        ...

    def list_files(self, *, directory: str | None=None, type: Literal['video', 'audio', 'all'] | None=None, recursive: bool=False, q: str | None=None, sort: Literal['name', 'size', 'modified'] | None=None, order: Literal['asc', 'desc'] | None=None, limit: int | None=None) -> Listing:
        ...

    def pages(self, first: Listing) -> Iterator[Listing]:
        ...

    def iterate_files(self, *, directory: str | None=None, type: Literal['video', 'audio', 'all'] | None=None, recursive: bool=False, q: str | None=None) -> Iterator[ListedFile]:
        ...

    def list_generated(self, uuid: str, *, wait: float | None=None, count: int | None=None, directory: str | None=None) -> GeneratedListing:
        ...

    def download(self, filename: str, to: str | os.PathLike[str], *, directory: str | None=None, wait: float | None=None, notice: Callable[[str], None] | None=None, progress: Callable[[Progress], None] | None=None) -> Downloaded:
        ...

    def download_generated(self, uuid: str, kind: Kind, to: str | os.PathLike[str], *, directory: str | None=None, wait: float | None=None, notice: Callable[[str], None] | None=None, progress: Callable[[Progress], None] | None=None) -> Downloaded:
        ...

    def download_url(self, url: str, to: str | os.PathLike[str], *, notice: Callable[[str], None] | None=None, progress: Callable[[Progress], None] | None=None) -> Downloaded:
        ...

    def changes(self, since: str | None=None, *, known: Iterable[ListedFile]=..., directory: str | None=None, type: Literal['video', 'audio'] | None=None, recursive: bool=False) -> Iterator[Change]:
        ...

    def mirror(self, to: str | os.PathLike[str], *, directory: str | None=None, type: Literal['video', 'audio'] | None=None, include: Iterable[str]=..., delete: bool=False, watch: bool=False, dry_run: bool=False, tell: Callable[[Mirrored], None]=..., progress: Callable[[str, Progress], None]=...) -> MirrorReport:
        ...

    def __enter__(self) -> Self:
        ...

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        ...
