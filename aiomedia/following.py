"""What those who follow the feed are shown of it."""

from collections.abc import Hashable, Iterable, Sequence
from typing import NamedTuple

from aiomedia.feed import Change, directory_key, operation
from aiomedia.media import Kind
from aiomedia.names import join
from aiomedia.resource import ChangedFile, Links, listed_file


class View(NamedTuple):
    """The files of one directory, as `/list/files` shows them."""

    root: str
    path: str  # of the directory, relative to the root
    kind: Kind | None
    is_recursive: bool
    links: Links

    @property
    def key(self) -> Hashable:
        """What wakes when something changes that may be shown."""
        return directory_key(self.root, self.path, is_recursive=self.is_recursive)

    def filename(self, change: Change) -> str | None:
        """What the listing calls the file that changed; None when it does not show it."""
        if change.root != self.root or (self.kind is not None and change.resource.kind != self.kind):
            return None
        if change.directory == self.path:
            return change.name
        above = f"{self.path}/" if self.path else ""
        if not self.is_recursive or not change.directory.startswith(above):
            return None
        return join(change.directory[len(above) :], change.name)

    def shown(self, changes: Iterable[Change]) -> Iterable[tuple[str, Change]]:
        """Those that the listing shows, each with the file's name in it."""
        return ((name, change) for change in changes if (name := self.filename(change)) is not None)


def folded(changes: Sequence[Change], view: View) -> list[ChangedFile]:
    """What a view shows of these changes together: one row for each file, in the order of their last changes."""
    first: dict[str, Change] = {}
    last: dict[str, Change] = {}
    for name, change in view.shown(changes):
        first.setdefault(name, change)
        last.pop(name, None)
        last[name] = change
    return [
        ChangedFile(operation(first[name].before, change.after), listed_file(change.resource, name, view.links))
        for name, change in last.items()
    ]
