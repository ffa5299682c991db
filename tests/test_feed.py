"""The feed: cursors name its moments, what is forgotten is said to be, and who waits is woken by its own alone."""

import asyncio
from collections.abc import Mapping
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aiomedia.errors import CursorExpired
from aiomedia.feed import Feed, directory_key, file_key, stem_key
from aiomedia.following import View, folded
from aiomedia.index import Changes, Index
from aiomedia.resource import Links, Resource, listed_file
from tests.samples import Disk, disks, resource, tree_of

ROOT, OTHER = "/media", "/other"


def added(*names: str, directory: str = "") -> Changes:
    return Changes(directory, names, {}, {name: resource(name) for name in names})


def view_of(path: str = "", *, is_recursive: bool = False, root: str = ROOT) -> View:
    return View(root, path, None, is_recursive, Links("", None))


def names_since(feed: Feed, position: int, root: str = ROOT) -> list[str]:
    return [change.name for change in feed.since(root, position)]


def test_a_cursor_names_a_position() -> None:
    feed = Feed(10)
    start = feed.cursor()
    feed.publish(ROOT, added("1.mp4", "2.mp4"))
    assert names_since(feed, feed.position_of(start)) == ["1.mp4", "2.mp4"]
    assert names_since(feed, feed.position_of(feed.cursor())) == []
    assert names_since(feed, feed.position_of(feed.cursor(feed.position - 1))) == ["2.mp4"]


@pytest.mark.parametrize("cursor", ["", "x", "-1", "AAAAAAAA-0", "AAAAAAAA-٣", " ", "AAAAAAAA-" + "9" * 50])
def test_what_is_no_cursor_of_this_run_is_expired(cursor: str) -> None:
    with pytest.raises(CursorExpired):
        Feed(10).position_of(cursor)


def test_a_cursor_of_the_future_is_expired() -> None:
    feed = Feed(10)
    with pytest.raises(CursorExpired):
        feed.position_of(feed.cursor(1))


def test_of_more_changes_than_are_kept_the_first_are_forgotten() -> None:
    feed = Feed(3)
    for number in range(5):
        feed.publish(ROOT, added(f"{number}.mp4"))
    assert names_since(feed, 2) == ["2.mp4", "3.mp4", "4.mp4"]
    with pytest.raises(CursorExpired):
        feed.since(ROOT, 1)


def test_of_more_changes_at_once_than_are_kept_none_is() -> None:
    feed = Feed(3)
    feed.publish(ROOT, added("1.mp4", "2.mp4", "3.mp4", "4.mp4"))
    with pytest.raises(CursorExpired):
        feed.since(ROOT, 0)
    assert names_since(feed, feed.position) == []
    assert names_since(feed, 0, OTHER) == [], "but of the others all is known"


def test_a_root_that_is_scanned_anew_is_forgotten_and_no_other() -> None:
    feed = Feed(10)
    feed.publish(ROOT, added("1.mp4"))
    feed.forget(ROOT)
    with pytest.raises(CursorExpired):
        feed.since(ROOT, 1)
    assert feed.since(OTHER, 0)
    feed.publish(ROOT, added("2.mp4"))
    assert names_since(feed, 2) == ["2.mp4"]


async def test_what_happens_wakes_its_own_and_nobody_else() -> None:
    feed = Feed(10)
    waiters = feed.waiters
    keys = {
        "the file": file_key(ROOT, "sub/5output.mp4"),
        "its stem": stem_key(ROOT, "sub/5output"),
        "its directory": directory_key(ROOT, "sub", is_recursive=False),
        "all above": directory_key(ROOT, "", is_recursive=True),
        "another file": file_key(ROOT, "sub/5output.wav"),
        "one elsewhere": file_key(ROOT, "5output.mp4"),
        "another stem": stem_key(ROOT, "sub/15output"),
        "the directory above": directory_key(ROOT, "", is_recursive=False),
        "another root": file_key(OTHER, "sub/5output.mp4"),
    }
    woken = {}

    async def wait(name: str) -> None:
        with waiters.waiting(keys[name]) as future:
            woken[name] = await future

    tasks = [asyncio.create_task(wait(name)) for name in keys]
    await asyncio.sleep(0)
    feed.publish(ROOT, added("5output.mp4", directory="sub"))
    await asyncio.sleep(0)
    assert set(woken) == {"the file", "its stem", "its directory", "all above"}
    assert set(woken.values()) == {feed.position}
    feed.forget(ROOT)
    await asyncio.gather(*tasks)
    assert set(woken) == set(keys), "now everybody must look"
    assert not waiters


async def test_a_file_that_goes_wakes_nobody_who_waits_for_it_and_all_who_follow() -> None:
    feed = Feed(10)
    gone = {"1.mp4": resource("1.mp4")}
    with (
        feed.waiters.waiting(file_key(ROOT, "1.mp4")) as waits,
        feed.waiters.waiting(directory_key(ROOT, "", is_recursive=False)) as follows,
    ):
        feed.publish(ROOT, Changes("", gone, gone, {}))
        assert not waits.done()
        assert follows.done()


@pytest.mark.parametrize(
    ("states", "expected"),
    [
        ([None, "1"], ("added", "1")),
        (["1", "2"], ("modified", "2")),
        (["1", None], ("removed", "1")),
        ([None, "1", "2"], ("added", "2")),
        (["1", None, "2"], ("modified", "2")),
        (["1", "2", None], ("removed", "2")),
        ([None, "1", None], ("removed", "1")),
        ([None, "1", None, "2"], ("added", "2")),
        ([None, "1", None, "2", None], ("removed", "2")),
    ],
)
def test_changes_of_one_file_are_one_row(states: list[str | None], expected: tuple[str, str]) -> None:
    feed = Feed(10)
    versions = [None if state is None else resource("x.mp4", version=int(state)) for state in states]
    for before, after in pairwise(versions):
        feed.publish(ROOT, Changes("", ("x.mp4",), of(before), of(after)))
    (row,) = folded(feed.since(ROOT, 0), view_of())
    operation, version = expected
    assert row.op == operation
    assert row.file == listed_file(resource("x.mp4", version=int(version)), "x.mp4", Links("", None))


def of(file: Resource | None) -> Mapping[str, Resource]:
    return {} if file is None else {file.name: file}


def test_rows_are_in_the_order_of_their_last_changes() -> None:
    feed = Feed(10)
    feed.publish(ROOT, added("1.mp4", "2.mp4"))
    feed.publish(ROOT, Changes("", ("1.mp4",), of(resource("1.mp4")), of(resource("1.mp4", version=1))))
    assert [row.file.filename for row in folded(feed.since(ROOT, 0), view_of())] == ["2.mp4", "1.mp4"]


@pytest.mark.parametrize(
    ("view", "names"),
    [
        (view_of(), ["top.mp4"]),
        (view_of(is_recursive=True), ["top.mp4", "a/1.mp4", "a/b/2.mp4", "ab/3.mp4"]),
        (view_of("a"), ["1.mp4"]),
        (view_of("a", is_recursive=True), ["1.mp4", "b/2.mp4"]),
        (view_of("", is_recursive=True, root=OTHER), []),
    ],
)
def test_a_view_shows_what_the_listing_does(view: View, names: list[str]) -> None:
    feed = Feed(10)
    for path in ("top.mp4", "a/1.mp4", "a/b/2.mp4", "ab/3.mp4"):
        directory, _, name = path.rpartition("/")
        feed.publish(ROOT, added(name, directory=directory))
    assert [row.file.filename for row in folded(feed.since(ROOT, 0), view)] == names


@given(st.lists(disks(), min_size=2, max_size=5), st.integers(0, 3))
def test_changes_since_any_moment_lead_from_what_was_there_to_what_is(states: list[Disk], moment: int) -> None:
    feed, index = Feed(1_000), Index(tree_of(states[0]))
    index.on_change = lambda changes: feed.publish(ROOT, changes)
    moments = []
    for disk in states[1:]:
        moments.append((feed.position, listed(index)))
        index.apply("", tree_of(disk))
    position, files = moments[min(moment, len(moments) - 1)]
    for row in folded(feed.since(ROOT, position), view_of(is_recursive=True)):
        assert row.op == "removed" or (row.op == "added") == (row.file.filename not in files)
        if row.op == "removed":
            files.pop(row.file.filename, None)
        else:
            files[row.file.filename] = row.file.etag
    assert files == listed(index)


def listed(index: Index) -> dict[str, str]:
    return {
        f"{path}/{name}".lstrip("/"): file.etag
        for path, directory in index.directories.items()
        for name, file in directory.files.items()
    }
