"""The index: whatever was told of, in whatever batches, it says what a fresh scan says."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aiomedia.directory import CHANGES_REMEMBERED, Directory
from aiomedia.index import Index
from aiomedia.resource import Resource
from tests.samples import Disk, disks, look, resource, tree_of


def _contents(index: Index) -> dict[str, dict[str, Resource]]:
    return {path: directory.files for path, directory in index.directories.items()}


def _check_structure(index: Index) -> None:
    for path, directory in index.directories.items():
        assert directory.names == sorted(directory.files)
        parent, _, name = path.rpartition("/")
        if path:
            assert name in index.directories[parent].children
        for child in directory.children:
            assert f"{path}/{child}".lstrip("/") in index.directories


@given(st.lists(disks(), min_size=1, max_size=5), st.data())
def test_applying_any_batches_of_dirty_paths_equals_a_fresh_scan(states: list[Disk], data: st.DataObject) -> None:
    index = Index()
    before: Disk = {}
    for disk in states:
        dirty = {path for path in before.keys() | disk.keys() if before.get(path) != disk.get(path)}
        # The watcher may tell of more than changed, in any order, and of a whole directory instead of what is in it.
        extra = data.draw(st.sets(st.sampled_from(sorted({*before, *disk, ""}))))
        for path in data.draw(st.permutations(sorted(dirty | extra))):
            above = index.unknown_ancestor(path)
            index.apply(path, look(disk, path)) if above is None else index.apply(above, look(disk, above))
        assert _contents(index) == tree_of(disk)
        _check_structure(index)
        before = disk


@given(disks(), disks())
def test_a_change_gives_new_versions_to_its_directory_and_all_above(first: Disk, second: Disk) -> None:
    index = Index(tree_of(first))
    before = {path: (directory.version, directory.tree_version) for path, directory in index.directories.items()}
    contents = _contents(Index(tree_of(first)))
    index.apply("", tree_of(second))
    for path, directory in index.directories.items():
        if path not in before:
            assert directory.version not in {version for version, _ in before.values()}
            continue
        version, tree_version = before[path]
        assert (directory.version == version) == (directory.files == contents[path])

        def below(tree: dict[str, dict[str, Resource]], path: str = path) -> dict[str, dict[str, Resource]]:
            return {name: files for name, files in tree.items() if f"{name}/".startswith(f"{path}/") or not path}

        if below(contents) != below(_contents(index)):
            assert directory.tree_version != tree_version


def test_applying_what_is_known_changes_nothing() -> None:
    index = Index({"": {"x.mp4": resource("x.mp4")}, "a": {}})
    version = index.directories[""].tree_version
    assert not index.apply("x.mp4", resource("x.mp4"))
    assert not index.apply("gone.mp4", None)
    assert not index.apply("no/such/directory", None)
    assert not index.apply("a", {"a": {}})
    assert index.directories[""].tree_version == version


def test_a_file_that_became_a_directory_and_back_is_only_the_one() -> None:
    index = Index({"": {"c.mp4": resource("c.mp4")}})
    index.apply("c.mp4", {"c.mp4": {"1.mp4": resource("1.mp4")}})
    assert index.find("c.mp4") is None
    assert index.find("c.mp4/1.mp4") is not None
    index.apply("c.mp4", resource("c.mp4"))
    assert index.find("c.mp4") is not None
    assert index.find("c.mp4/1.mp4") is None


def test_a_directory_that_is_unknown_is_looked_at_from_the_top() -> None:
    index = Index({"": {}, "a": {}})
    assert index.unknown_ancestor("x.mp4") is None
    assert index.unknown_ancestor("a/x.mp4") is None
    assert index.unknown_ancestor("a/b/c/x.mp4") == "a/b"


def test_files_are_counted_below_all_directories() -> None:
    assert len(Index({"": {"1.mp4": resource("1.mp4")}, "a": {"2.mp4": resource("2.mp4")}})) == 2


def test_files_of_a_stem_are_those_with_one_extension_more() -> None:
    names = [
        "5output.mp4",
        "5output.MP4",
        "5output.wav",
        "15output.mp4",
        "5output.x.mp4",
        "5output-.mp4",
        "5OUTPUT.mp4",
    ]
    directory = Directory({name: resource(name) for name in names})
    assert [found.name for found in directory.with_stem("5output")] == ["5output.MP4", "5output.mp4", "5output.wav"]
    assert list(directory.with_stem("4output")) == []


def test_the_names_that_changed_since_a_version_are_told() -> None:
    directory = Directory({"1.mp4": resource("1.mp4"), "2.mp4": resource("2.mp4")})
    first = directory.version
    assert directory.changed_since(first) == set()
    directory.drop("1.mp4")
    directory.put(resource("2.mp4"))
    second = directory.version
    directory.put(resource("1.mp4"))
    assert directory.changed_since(first) == directory.changed_since(second) == {"1.mp4"}
    directory.replace({"2.mp4": resource("2.mp4", version=1), "3.wav": resource("3.wav")})
    assert directory.changed_since(second) == {"1.mp4", "2.mp4", "3.wav"}
    assert directory.changed_since(directory.version) == set()


@pytest.mark.parametrize("at_once", [True, False])
def test_changes_are_forgotten_when_there_are_too_many_of_them(at_once: bool) -> None:
    directory = Directory()
    first = directory.version
    files = {f"{number}.mp4": resource(f"{number}.mp4") for number in range(CHANGES_REMEMBERED + 1)}
    if at_once:
        directory.replace(files)
    else:
        for file in files.values():
            directory.put(file)
    assert directory.changed_since(first) is None
    last = directory.version
    directory.drop("0.mp4")
    assert directory.changed_since(last) == {"0.mp4"}


def test_a_directory_knows_nothing_of_versions_before_its_own() -> None:
    directory = Directory()
    assert directory.changed_since(directory.version - 1) is None
