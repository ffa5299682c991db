"""The live page in a real browser, following a real server of real files."""

import os
import random
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from playwright.sync_api import Browser, Route, expect

from tests.browser import DEADLINE_MS, LivePage, chromium
from tests.processes import SAMPLES, Server, engine, running

MANY = 10_000
EPOCH = 1_700_000_000  # of files whose order by time is told

MOUNTED = """
import sys
from aiohttp import web
import aiomedia
app = web.Application()
app.add_subapp("/outer/media", aiomedia.create_app(aiomedia.Config(roots=(sys.argv[1],))))
web.run_app(app, host="127.0.0.1", port=0)
"""

HOSTILE = [
    "<img src=x onerror=alert(1)>.mp4",
    "<script>alert(1)<script>.mp4",
    "\"'`${alert(1)}&amp;.mp4",
    "100% #1 ?q=a&b;c=d+e.mp4",
    "%2e%2e%2f.mp4",
    "  two  spaces  .mp4",
    "\u202egpj.4pm.mp4",
    "\u05e9\u05dc\u05d5\u05dd \u200f\u2067.mp4",
    "e\u0301 \U0001f3ac.mp4",
    f"{'long' * 62}.mp4",
    "__proto__.mp4",
]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        expect.set_options(timeout=DEADLINE_MS)
        yield browser


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A video that is longer than what a browser fetches ahead."""
    path = tmp_path_factory.mktemp("film") / "film.mp4"
    sources = ["-f", "lavfi", "-i", "testsrc2=s=640x360:r=10:d=40", "-f", "lavfi", "-i", "sine=d=40"]
    coding = ["-c:v", "libx264", "-preset", "ultrafast", "-crf", "1", "-pix_fmt", "yuv420p", "-c:a", "aac"]
    subprocess.run([engine("ffmpeg"), "-v", "error", *sources, *coding, path], check=True, timeout=60)
    return path


@pytest.fixture
def server(root: Path) -> Iterator[Server]:
    """A server of the root, which a test fills before it asks for the page, or while that is open."""
    with running(root) as server:
        yield server


@pytest.fixture
def live(browser: Browser, server: Server) -> Iterator[LivePage]:
    """A page that is not open yet. In the end nothing was wrong with it."""
    context = browser.new_context(viewport={"width": 1200, "height": 800})
    live = LivePage(context.new_page(), server.url)
    yield live
    context.close()
    assert live.wrong == []


def put(path: Path, content: bytes = b"x", modified: float | None = None) -> None:
    """Renames a whole file into its place, as a pipeline does."""
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.parent / ".new"
    new.write_bytes(content)
    if modified is not None:
        os.utime(new, (modified, modified))
    new.replace(path)


def fill(root: Path) -> None:
    """Three files of which each order is another."""
    put(root / "take 10.mp4", b"1" * 3_000, EPOCH)
    put(root / "take 2.wav", b"2" * 1_000, EPOCH + 10)
    put(root / "Intro.webm", b"3" * 2_000, EPOCH + 5)


BY_TIME = ["take 2.wav", "Intro.webm", "take 10.mp4"]


def test_it_lists_what_is_there_the_newest_first(live: LivePage, root: Path) -> None:
    fill(root)
    live.open()
    live.shows(*BY_TIME)
    row = live.row("take 10.mp4")
    expect(row.get_by_role("gridcell")).to_have_text(["Video", "take 10.mp4new", "3.00 kB", "2023-11-14", ""])
    expect(row.locator(".badge")).to_be_hidden()
    expect(live.page.locator("#summary")).to_have_text("3 files, 6.00 kB")
    expect(live.page.locator("#index")).to_have_text("Index live")
    expect(live.page.get_by_label("Directory", exact=True)).to_have_value(str(root))


def test_what_happens_to_a_file_shows_without_a_reload(live: LivePage, root: Path) -> None:
    fill(root)
    live.open()
    live.shows(*BY_TIME)
    put(root / "arrived.mp4", b"4" * 10)
    live.shows("arrived.mp4", *BY_TIME)
    expect(live.row("arrived.mp4").locator(".badge")).to_be_visible()
    put(root / "Intro.webm", b"3" * 7_000, EPOCH + 5)
    expect(live.row("Intro.webm").locator(".size")).to_have_text("7.00 kB")
    (root / "take 2.wav").unlink()
    live.shows("arrived.mp4", "Intro.webm", "take 10.mp4")
    expect(live.page.locator("#summary")).to_have_text("3 files, 10.0 kB")


def test_what_happens_between_the_listing_and_the_stream_shows_too(live: LivePage, root: Path) -> None:
    fill(root)

    def change_meanwhile(route: Route) -> None:
        listing = route.fetch()
        put(root / "meanwhile.mp4")
        (root / "take 2.wav").unlink()
        names = ["Intro.webm", "meanwhile.mp4", "take 10.mp4"]
        while [file["filename"] for file in live.page.request.get(f"{live.url}/list/files").json()["files"]] != names:
            time.sleep(0.01)
        route.fulfill(response=listing)

    live.page.route("**/list/files?*", change_meanwhile, times=1)
    live.open()
    live.shows("meanwhile.mp4", "Intro.webm", "take 10.mp4")


def test_arrivals_are_told_to_those_who_do_not_see_them(live: LivePage, root: Path) -> None:
    live.open()
    for name in ("a.mp4", "b.mp4"):
        put(root / name)
    expect(live.page.locator("[aria-live=polite]")).to_have_text(re.compile("^2 new files: [ab].mp4, [ab].mp4$"))


def test_an_empty_directory_says_so_until_a_file_comes(live: LivePage, root: Path) -> None:
    live.open()
    expect(live.page.get_by_role("heading", name="Nothing here yet")).to_be_visible()
    put(root / "first.mp4")
    live.shows("first.mp4")
    expect(live.page.get_by_role("heading", name="Nothing here yet")).to_be_hidden()


def test_it_plays_a_video_and_seeks_by_a_range(live: LivePage, root: Path, film: Path) -> None:
    (root / "film.mp4").symlink_to(film)  # not listed: it leads out of the root
    put(root / "real.mp4", film.read_bytes())
    live.open()
    live.shows("real.mp4")
    live.row("real.mp4").click()
    video = live.player.locator("video")
    expect(video).to_have_js_property("paused", False)
    video.evaluate("(video) => { video.currentTime = 25; }")
    live.page.wait_for_function(
        "() => { const video = document.querySelector('video'); return !video.seeking && video.currentTime >= 25; }"
    )
    firsts = [int(request.headers["range"].removeprefix("bytes=").removesuffix("-")) for request in live.downloads]
    assert firsts[0] == 0
    assert max(firsts) > 1_000_000
    assert {request.response().status for request in live.downloads if request.response()} == {206}  # type: ignore[union-attr]
    assert live.query == {"file": ["real.mp4"]}


def test_a_video_plays_on_whatever_happens_around_it(live: LivePage, root: Path) -> None:
    put(root / "scene.mp4", (SAMPLES / "5output.mp4").read_bytes())
    live.open()
    live.row("scene.mp4").click()
    video = live.player.locator("video")
    expect(video).to_have_js_property("paused", False)
    video.evaluate("(video) => { video.mine = true; video.loop = true; }")
    put(root / "another.mp4")
    live.shows("another.mp4", "scene.mp4")
    (root / "scene.mp4").unlink()
    expect(live.player.get_by_role("alert")).to_contain_text("This file is gone.")
    put(root / "scene.mp4", (SAMPLES / "scene_one.mp4").read_bytes())
    expect(live.player.get_by_role("alert")).to_contain_text("This file has changed since it was opened.")
    assert video.evaluate("(video) => video.mine && !video.paused")
    live.player.get_by_role("button", name="Play it again").click()
    expect(live.player.get_by_role("alert")).to_be_hidden()
    expect(video).to_have_js_property("paused", False)
    assert not video.evaluate("(video) => video.mine")


def test_a_file_that_no_browser_plays_can_be_downloaded(live: LivePage, root: Path) -> None:
    put(root / "old.wmv", b"what is this")
    live.open()
    live.row("old.wmv").click()
    expect(live.player.get_by_role("alert")).to_contain_text("This browser can't play this WMV file.")
    with live.page.expect_download() as download:
        live.player.get_by_role("link", name="Download").click()
    assert download.value.path().read_bytes() == b"what is this"


def test_a_file_that_the_url_names_opens_as_soon_as_it_is_there(live: LivePage, root: Path) -> None:
    live.open("?file=later.mp4")
    expect(live.player).to_be_hidden()
    put(root / "later.mp4", (SAMPLES / "5output.mp4").read_bytes())
    expect(live.player.get_by_role("heading", name="later.mp4")).to_be_visible()


def test_the_filter_takes_what_the_listing_takes(live: LivePage, root: Path) -> None:
    fill(root)
    live.open()
    for typed, names in {
        "take": ["take 2.wav", "take 10.mp4"],
        "INTRO": ["Intro.webm"],
        "*.w?v": ["take 2.wav"],
        "*.w*": ["take 2.wav", "Intro.webm"],
        "t*k": [],
        ".": BY_TIME,
        "(": [],
    }.items():
        live.filter.fill(typed)
        live.shows(*names)
        listed = live.page.request.get(f"{live.url}/list/files?sort=modified&order=desc&q={quote(typed)}").json()
        assert [file["filename"] for file in listed["files"]] == names


def test_what_is_shown_is_in_the_url_and_the_back_button_works(live: LivePage, root: Path) -> None:
    fill(root)
    live.open()
    live.page.get_by_role("radio", name="Video").check(force=True)
    live.shows("Intro.webm", "take 10.mp4")
    live.page.get_by_role("button", name="Name").click()
    live.filter.fill("*.*")
    assert live.query == {
        "type": ["video"],
        "sort": ["name"],
        "order": ["asc"],
        "q": ["*.*"],
    }
    live.page.reload()
    live.shows("Intro.webm", "take 10.mp4")
    expect(live.filter).to_have_value("*.*")
    expect(live.page.get_by_role("radio", name="Video")).to_be_checked()
    live.page.go_back()
    live.page.go_back()
    live.shows(*BY_TIME)


def test_the_heads_of_the_columns_sort(live: LivePage, root: Path) -> None:
    fill(root)
    live.open()
    by_name, by_size = ["Intro.webm", "take 2.wav", "take 10.mp4"], ["take 10.mp4", "Intro.webm", "take 2.wav"]
    for head, orders in {"Name": [by_name, by_name[::-1]], "Size": [by_size, by_size[::-1]]}.items():
        for names, direction in zip(orders, ["asc", "desc"] if head == "Name" else ["desc", "asc"], strict=True):
            live.page.get_by_role("button", name=head).click()
            live.shows(*names)
            column = live.page.get_by_role("columnheader", name=head)
            expect(column).to_have_attribute("aria-sort", f"{direction}ending")
    put(root / "Intro.webm", b"3" * 500)
    live.shows("Intro.webm", *by_size[::-2])


def test_everything_works_by_keyboard(live: LivePage, root: Path) -> None:
    fill(root)
    put(root / "scene.mp4", (SAMPLES / "5output.mp4").read_bytes(), EPOCH + 20)
    live.open()
    live.shows("scene.mp4", *BY_TIME)
    press = live.page.keyboard.press
    press("/")
    expect(live.filter).to_be_focused()
    live.page.keyboard.type("s")
    live.shows("scene.mp4")
    press("Escape")
    live.shows("scene.mp4", *BY_TIME)
    press("ArrowDown")
    expect(live.grid).to_be_focused()
    assert live.active == "scene.mp4"
    press("ArrowDown")
    assert live.active == "take 2.wav"
    press("End")
    assert live.active == "take 10.mp4"
    press("Home")
    press("Enter")
    expect(live.player.locator("video")).to_have_js_property("paused", False)
    press("Space")
    expect(live.player.locator("video")).to_have_js_property("paused", True)
    with live.page.expect_download() as download:
        press("d")
    assert download.value.suggested_filename == "scene.mp4"
    press("Escape")
    expect(live.player).to_be_hidden()
    expect(live.grid).to_be_focused()


def test_a_link_is_copied_with_its_whole_url(live: LivePage, root: Path) -> None:
    put(root / "a b.mp4", b"the file")
    live.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    live.open()
    live.row("a b.mp4").hover()
    live.row("a b.mp4").get_by_role("button", name="Copy link").click()
    expect(live.row("a b.mp4").locator(".copy use")).to_have_attribute("href", "#done")
    url = live.page.evaluate("() => navigator.clipboard.readText()")
    assert url == f"{live.url}/download/video/a%20b.mp4"
    assert live.page.request.get(url).body() == b"the file"


def test_it_recovers_when_the_server_comes_back_with_other_files(browser: Browser, root: Path) -> None:
    fill(root)
    put(root / "scene.mp4", (SAMPLES / "5output.mp4").read_bytes(), EPOCH + 20)
    context = browser.new_context()
    with running(root) as server:
        live = LivePage(context.new_page(), server.url)
        live.may_lose_server = True
        live.open()
        live.row("scene.mp4").click()
        live.page.evaluate("() => { document.querySelector('video').mine = true; window.mine = true; }")
        live.row("take 10.mp4").evaluate("(row) => { row.mine = true; }")
    expect(live.connection).to_have_text("Server gone")
    expect(live.page.locator("#index")).to_contain_text("As it was at")
    put(root / "meanwhile.mp4")
    (root / "take 2.wav").unlink()
    with running("--port", server.port, root):
        live.is_live()
        live.shows("meanwhile.mp4", "scene.mp4", "Intro.webm", "take 10.mp4")
        expect(live.row("meanwhile.mp4").locator(".badge")).to_be_visible()
        expect(live.row("Intro.webm").locator(".badge")).to_be_hidden()
        assert live.row("take 10.mp4").evaluate("(row) => row.mine")  # it is the same row: nothing flashed
        assert live.page.evaluate("() => document.querySelector('video').mine && window.mine")
        put(root / "after.mp4")
        live.shows("after.mp4", "meanwhile.mp4", "scene.mp4", "Intro.webm", "take 10.mp4")
    context.close()
    assert live.wrong == []


def test_after_a_reset_it_lists_again_and_goes_on(live: LivePage, root: Path) -> None:
    fill(root)

    def expire(route: Route) -> None:
        put(root / "meanwhile.mp4")
        route.continue_(url=re.sub("since=[^&]*", "since=expired", route.request.url))

    live.page.route("**/events?*", expire, times=1)
    live.open()
    live.shows("meanwhile.mp4", *BY_TIME)
    put(root / "after.mp4")
    live.shows("after.mp4", "meanwhile.mp4", *BY_TIME)


def test_it_follows_whichever_of_several_processes_answers(browser: Browser, root: Path) -> None:
    fill(root)
    context = browser.new_context()
    with running("--workers", 2, root) as server:
        live = LivePage(context.new_page(), server.url)
        live.may_lose_server = True  # a cursor of one process is 410 to the other
        for number in range(4):
            live.open()
            put(root / f"after {number}.mp4", modified=EPOCH + 100 + number)
            live.shows(*(f"after {earlier}.mp4" for earlier in range(number, -1, -1)), *BY_TIME)
        context.close()
        server.stop(signal.SIGTERM)
    assert live.wrong == []


def test_a_video_that_lost_its_server_goes_on_where_it_was(browser: Browser, root: Path, film: Path) -> None:
    put(root / "film.mp4", film.read_bytes())
    context = browser.new_context()
    with running(root) as server:
        live = LivePage(context.new_page(), server.url)
        live.may_lose_server = True
        live.open()
        live.row("film.mp4").click()
        video = live.player.locator("video")
        expect(video).to_have_js_property("paused", False)
    expect(live.connection).to_have_text("Server gone")
    video.evaluate("(video) => { video.currentTime = 30; }")
    with running("--port", server.port, root):
        live.is_live()
        live.page.wait_for_function("() => document.querySelector('video').currentTime > 30")
    context.close()
    assert live.wrong == []


def test_after_a_storm_and_a_restart_it_shows_what_the_listing_does(browser: Browser, root: Path) -> None:
    chance = random.Random(6)
    context = browser.new_context(viewport={"width": 1200, "height": 4_000})

    def storm() -> None:
        for _ in range(150):
            path = root / f"{chance.randrange(60)}.mp4"
            if chance.random() < 0.3:
                path.unlink(missing_ok=True)
            else:
                put(path, b"x" * chance.randrange(900))

    with running(root) as server:
        live = LivePage(context.new_page(), server.url)
        live.may_lose_server = True
        live.open("?sort=name&order=asc")
        storm()
    storm()
    with running("--port", server.port, root):
        storm()
        names = sorted((path.stem for path in root.glob("*.mp4")), key=int)
        live.shows(*(f"{name}.mp4" for name in names))
        for name in names:
            size = (root / f"{name}.mp4").stat().st_size
            expect(live.row(f"{name}.mp4").locator(".size")).to_have_text(f"{size} B")
        live.is_live()
    context.close()
    assert live.wrong == []


def test_a_root_that_is_gone_for_a_while_is_no_empty_list(live: LivePage, root: Path) -> None:
    fill(root)
    live.may_lose_server = True
    live.open()
    root.rename(root.parent / "elsewhere")
    expect(live.page.locator("#index")).to_have_text("Directory missing")
    (root.parent / "elsewhere").rename(root)
    expect(live.page.locator("#index")).to_have_text("Index live")
    live.is_live()
    live.shows(*BY_TIME)
    put(root / "after.mp4")
    live.shows("after.mp4", *BY_TIME)


def test_hostile_names_stay_text_and_their_files_can_be_had(live: LivePage, root: Path) -> None:
    for number, name in enumerate(HOSTILE):
        put(root / name, str(number).encode(), EPOCH - number)
    live.open()
    live.shows(*HOSTILE)
    assert live.page.locator("#canvas").locator("img, script").count() == 0
    for number, name in enumerate(HOSTILE):
        row = live.rows.nth(number)
        row.hover()
        with live.page.expect_download() as download:
            row.get_by_role("link", name="Download").click()
        assert download.value.path().read_bytes() == str(number).encode()
        row.click()
        expect(live.player.get_by_role("heading")).to_have_text(name, use_inner_text=False)
        assert live.player.locator("h2 bdi").evaluate("(text) => text.textContent") == name


def test_of_ten_thousand_files_only_those_in_view_are_in_the_document(live: LivePage, root: Path) -> None:
    for number in range(MANY):
        path = root / f"{number:05}.mp4"
        path.touch()
        os.utime(path, (EPOCH - number, EPOCH - number))
    live.open()
    expect(live.page.locator("#summary")).to_have_text("10,000 files, 0 B")
    expect(live.grid).to_have_attribute("aria-rowcount", str(MANY + 1))
    scroll = "(grid, part) => { grid.scrollTop = part * grid.scrollHeight; }"
    for part in (0.1, 0.5, 0.9, 1):
        live.grid.evaluate(scroll, part)
        expect(live.row(f"{min(int(part * MANY) + 3, MANY - 1):05}.mp4")).to_be_visible()
        assert live.rows.count() < 100
    expect(live.row("09999.mp4")).to_have_attribute("aria-rowindex", str(MANY + 1))
    expect(live.row("09999.mp4")).to_be_in_viewport(ratio=0.9)
    put(root / "arrived.mp4")
    pill = live.page.get_by_role("button", name="1 new file")
    expect(pill).to_be_visible()
    expect(live.row("09999.mp4")).to_be_in_viewport(ratio=0.9)  # what is in view stays there
    pill.click()
    expect(live.row("arrived.mp4")).to_be_in_viewport()
    live.filter.fill("0999")
    live.shows(*(f"{number:05}.mp4" for number in [999, *range(9990, 10_000)]))


def test_subdirectories_and_other_directories(live: LivePage, root: Path) -> None:
    put(root / "top.mp4", modified=EPOCH)
    put(root / "a b/deep#er/below.mp4", (SAMPLES / "5output.mp4").read_bytes(), EPOCH + 1)
    live.open()
    live.shows("top.mp4")
    live.page.get_by_role("switch", name="Subdirectories").check(force=True)
    live.shows("a b/deep#er/below.mp4", "top.mp4")
    field = live.page.get_by_label("Directory", exact=True)
    field.fill(f"{root}/a b//deep#er/")
    field.press("Enter")
    live.shows("below.mp4")
    expect(field).to_have_value(f"{root}/a b/deep#er")
    live.row("below.mp4").click()
    expect(live.player.locator("video")).to_have_js_property("paused", False)
    put(root / "a b/deep#er/more.mp4")
    live.shows("more.mp4", "below.mp4")
    live.page.get_by_role("button", name="Directory above").click()
    live.shows("deep#er/more.mp4", "deep#er/below.mp4")
    live.page.go_back()
    live.page.go_back()
    live.page.go_back()
    live.shows("a b/deep#er/more.mp4", "a b/deep#er/below.mp4", "top.mp4")


def test_a_directory_that_is_not_served_leads_back(live: LivePage, root: Path) -> None:
    put(root / "top.mp4")
    live.page.goto(f"{live.url}/?directory=/etc")
    expect(live.page.get_by_text("This directory is not served.")).to_be_visible()
    assert live.wrong.pop().startswith("Failed to load resource: the server responded with a status of 403")
    live.page.get_by_role("button", name="To the first directory").click()
    live.shows("top.mp4")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_everything_has_a_name_and_can_be_read(live: LivePage, root: Path, scheme: str) -> None:
    fill(root)
    put(root / "scene.mp4", (SAMPLES / "5output.mp4").read_bytes())
    live.page.emulate_media(color_scheme="dark" if scheme == "dark" else "light", reduced_motion="reduce")
    live.open("?file=scene.mp4")
    expect(live.player).to_be_visible()
    put(root / "arrived.mp4")
    live.row("arrived.mp4").click()
    for role in ("banner", "main", "contentinfo", "search", "grid"):
        expect(live.page.locator("body").get_by_role(role)).to_have_count(1)
    assert live.nameless() == []
    assert live.hardly_readable() == []


def test_the_keyboard_goes_through_the_page_in_reading_order(live: LivePage, root: Path) -> None:
    put(root / "scene.mp4", (SAMPLES / "5output.mp4").read_bytes())
    live.open()
    live.row("scene.mp4").click()
    live.page.get_by_label("Directory", exact=True).focus()
    order = ["filter", "all", "recursive", "grid", "Name", "Size", "Modified", "close"]
    found = []
    for _ in order:
        live.page.keyboard.press("Tab")
        found.append(
            live.page.evaluate(
                "() => { const at = document.activeElement; return at.id || at.value || at.textContent.trim(); }"
            )
        )
    assert found == order


def test_it_works_where_it_is_mounted(browser: Browser, root: Path) -> None:
    put(root / "scene.mp4", (SAMPLES / "5output.mp4").read_bytes(), EPOCH)
    arguments = [sys.executable, "-u", "-c", MOUNTED, str(root)]
    context = browser.new_context()
    with subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        (url,) = re.findall(r"http://[^ ]+", process.stdout.readline())
        live = LivePage(context.new_page(), f"{url}/outer/media")
        live.may_lose_server = True  # it may be asked before the root is scanned
        live.open()
        live.row("scene.mp4").click()
        expect(live.player.locator("video")).to_have_js_property("paused", False)
        put(root / "arrived.mp4")
        live.shows("arrived.mp4", "scene.mp4")
        with live.page.expect_download() as download:
            live.player.get_by_role("link", name="Download").click()
        assert download.value.path().read_bytes() == (root / "scene.mp4").read_bytes()
        context.close()
        process.kill()
    assert live.wrong == []


def test_on_a_phone_nothing_is_cut_off(browser: Browser, server: Server, root: Path) -> None:
    fill(root)
    put(root / f"{'long' * 60}.mp4")
    context = browser.new_context(viewport={"width": 360, "height": 640}, has_touch=True, is_mobile=True)
    live = LivePage(context.new_page(), server.url)
    live.open()
    live.rows.first.tap()
    expect(live.player).to_be_visible()
    assert live.page.evaluate("() => document.documentElement.scrollWidth") == 360
    expect(live.page.get_by_role("combobox", name="Order")).to_be_in_viewport(ratio=1)
    expect(live.rows.first).to_be_in_viewport()
    context.close()
    assert live.wrong == []


def test_without_javascript_there_is_a_way(browser: Browser, server: Server, root: Path) -> None:
    put(root / "x.mp4")
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{server.url}/")
    page.get_by_role("link", name="plain index").click()
    expect(page.get_by_role("link", name="x.mp4")).to_be_visible()
    context.close()
