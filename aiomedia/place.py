"""A place: a directory that is served, as a request names it."""

from typing import NamedTuple

from aiomedia.directory import Directory
from aiomedia.errors import NotFound
from aiomedia.resource import Links
from aiomedia.root import Root


class Place(NamedTuple):
    """A directory that is served: its root, and its path relative to it (`""` for the root itself)."""

    root: Root
    path: str
    is_default: bool

    @property
    def absolute(self) -> str:
        """Its absolute path, without a trailing slash."""
        return f"{self.root.path.rstrip('/')}/{self.path}" if self.path else self.root.path

    def directory(self) -> Directory:
        """What the index knows of it. Raises NotFound when it is not indexed, and Unavailable."""
        directory = self.root.index.directories.get(self.path)
        if directory is None:
            raise NotFound("There is no such directory.")
        return directory

    def links(self, mount: str) -> Links:
        return Links(mount, None if self.is_default else self.absolute)
