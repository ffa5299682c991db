"""A real browser, Debian's Chromium driven by Playwright, and a live page in it whose complaints are heard."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import parse_qs, urlsplit

from playwright.sync_api import Browser, ConsoleMessage, Locator, Page, Request, expect, sync_playwright

from tests.asking import DEADLINE_S
from tests.processes import engine

DEADLINE_MS = DEADLINE_S * 1000

# It asks nobody but the server, and runs as root in a container.
_ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
# What a browser itself writes to the console while a server is not there, whatever the page does.
_LOST = re.compile(r"Failed to load resource: (net::ERR_|the server responded with a status of (404|410|503) )")

_ROWS = """(names) => {
    const rows = [...document.querySelectorAll("#canvas [role=row]")];
    rows.sort((one, other) => one.ariaRowIndex - other.ariaRowIndex);
    return JSON.stringify(rows.map((row) => row.querySelector(".text").textContent)) === names;
}"""

_NAMELESS = """() => [...document.querySelectorAll("input, select, button, a, video, [role=grid], [role=row] > *")]
    .filter((element) => element.checkVisibility() && !element.closest("#canvas [role=gridcell]"))
    .filter((element) => !(element.labels?.length || element.ariaLabel || element.textContent.trim()))
    .map((element) => element.outerHTML)"""
# The ratio of WCAG 2.2, 1.4.3, of all text that is seen, to what it stands on.
_HARDLY_READABLE = """() => {
    const light = (color) => {
        const context = Object.assign(document.createElement("canvas"), {width: 1, height: 1}).getContext("2d");
        context.fillStyle = color;
        context.fillRect(0, 0, 1, 1);
        const [r, g, b] = [...context.getImageData(0, 0, 1, 1).data]
            .map((part) => part / 255)
            .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const ground = (element) => {
        const color = getComputedStyle(element).backgroundColor;
        return color === "rgba(0, 0, 0, 0)" && element.parentElement ? ground(element.parentElement) : color;
    };
    return [...document.querySelectorAll("body *")]
        .filter((element) => element.checkVisibility({opacityProperty: true}) && !element.closest(".unseen, option"))
        .filter((element) => [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim()))
        .map((element) => {
            const [one, other] = [light(getComputedStyle(element).color), light(ground(element))].sort((a, b) => b - a);
            return [(one + 0.05) / (other + 0.05), element.outerHTML];
        })
        .filter(([contrast]) => contrast < 4.5);
}"""


@contextmanager
def chromium() -> Iterator[Browser]:
    """The browser. Without it the test skips, or fails in CI."""
    path = engine("chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=_ARGUMENTS)
        yield browser
        browser.close()


class LivePage:
    """The live page of a server: what a person finds in it, and in `wrong` what nobody wants to."""

    def __init__(self, page: Page, url: str) -> None:
        self.page = page
        self.url = url
        self.wrong: list[str] = []  # complaints, and URLs outside of the server
        self.may_lose_server = False
        self.downloads: list[Request] = []
        self.grid = page.get_by_role("grid")
        self.connection = page.get_by_role("status")
        self.filter = page.get_by_role("searchbox", name="Filter by name")
        self.player = page.get_by_role("complementary", name="Player")
        page.on("console", self._hear)
        page.on("pageerror", lambda error: self.wrong.append(str(error)))
        page.on("request", self._see)

    def open(self, query: str = "") -> None:
        self.page.goto(f"{self.url}/{query}")
        self.is_live()

    def is_live(self) -> None:
        expect(self.connection).to_have_text("Live", timeout=DEADLINE_MS)

    @property
    def rows(self) -> Locator:
        return self.page.locator("#canvas [role=row]")

    def row(self, name: str) -> Locator:
        return self.rows.filter(has=self.page.locator(".text").filter(has_text=re.compile(f"^{re.escape(name)}$")))

    @property
    def active(self) -> str:
        """The name of the file that the keyboard is at, as an assistive technology finds it."""
        row = self.page.locator(f"#{self.grid.get_attribute('aria-activedescendant')}")
        return row.locator(".text").text_content() or ""

    @property
    def query(self) -> dict[str, list[str]]:
        """The page's own query."""
        return parse_qs(self.page.evaluate("() => location.search.slice(1)"))

    def shows(self, *names: str) -> None:
        """Waits until these are the rows, from the top."""
        wanted = json.dumps(names, ensure_ascii=False, separators=(",", ":"))
        self.page.wait_for_function(_ROWS, arg=wanted, timeout=DEADLINE_MS)

    def nameless(self) -> list[str]:
        """What can be used, and says nothing to somebody who does not see it."""
        found: list[str] = self.page.evaluate(_NAMELESS)
        return found

    def hardly_readable(self) -> list[tuple[float, str]]:
        """Text whose contrast is below 4.5."""
        found: list[tuple[float, str]] = self.page.evaluate(_HARDLY_READABLE)
        return found

    def _hear(self, message: ConsoleMessage) -> None:
        if not (self.may_lose_server and _LOST.match(message.text)):
            self.wrong.append(message.text)

    def _see(self, request: Request) -> None:
        if not request.url.startswith(f"{self.url}/") and urlsplit(request.url).scheme not in ("data", "blob"):
            self.wrong.append(request.url)
        if "/download/" in request.url:
            self.downloads.append(request)
