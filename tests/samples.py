"""Values for tests of the pure modules: resources, and what hypothesis draws of paths and trees."""

from hypothesis import strategies as st

from aiomedia.index import Sighting
from aiomedia.media import media_type
from aiomedia.names import join
from aiomedia.resource import Resource

SECOND = 1_000_000_000


def resource(name: str, size: int = 1, modified: int = 0, version: int = 0) -> Resource:
    """A resource that differs from others of its name by `version`."""
    media = media_type(name)
    assert media is not None
    return Resource(name, size, modified * SECOND, f'"{name}-{size}-{modified}-{version}"', media)


DIRECTORY = "directory"
# A disk as a model: what is at each path, a directory or a file of this version.
Disk = dict[str, str | int]

DIRECTORY_NAMES = st.sampled_from(["a", "b", "c.mp4"])
FILE_NAMES = st.sampled_from(["1.mp4", "2.mp4", "c.mp4", "3.wav"])


@st.composite
def disks(draw: st.DrawFn) -> Disk:
    """A few nested directories with files in them."""
    disk: Disk = {}
    directories = [""]
    for _ in range(draw(st.integers(0, 8))):
        parent = draw(st.sampled_from(directories))
        if draw(st.booleans()):
            path = join(parent, draw(DIRECTORY_NAMES))
            if path not in disk:
                disk[path] = DIRECTORY
                directories.append(path)
        else:
            disk.setdefault(join(parent, draw(FILE_NAMES)), draw(st.integers(0, 3)))
    return disk


def tree_of(disk: Disk, top: str = "") -> dict[str, dict[str, Resource]]:
    """What a scan of the disk sees, from a directory on."""
    tree: dict[str, dict[str, Resource]] = {top: {}}
    below = f"{top}/" if top else ""
    for path, what in disk.items():
        if what == DIRECTORY and path.startswith(below):
            tree[path] = {}
    for path, what in disk.items():
        parent, _, name = path.rpartition("/")
        if what != DIRECTORY and parent in tree:
            tree[parent][name] = resource(name, version=int(what))
    return tree


def look(disk: Disk, path: str) -> Sighting:
    """What is to be seen at one path of the disk."""
    what = disk.get(path, DIRECTORY if path == "" else None)
    if what is None:
        return None
    if what == DIRECTORY:
        return tree_of(disk, path)
    return resource(path.rpartition("/")[2], version=int(what))
