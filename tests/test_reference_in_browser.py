"""The description of the interface in a real browser that runs no script."""

import pytest

from tests.browser import LivePage, chromium


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_is_read_by_everybody(samples_url: str, scheme: str) -> None:
    with chromium() as browser:
        for width in (390, 1300):
            page = browser.new_page(viewport={"width": width, "height": 900}, java_script_enabled=False)
            page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
            shown = LivePage(page, samples_url)
            page.goto(f"{samples_url}/api")
            assert shown.hardly_readable() == []
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
            page.get_by_role("link", name="/list/files").first.click()
            assert page.url == f"{samples_url}/api#list_files"
            assert page.evaluate("document.querySelector(':target h3').getBoundingClientRect().top") < 60
            example = page.locator(":target details").first
            example.get_by_text("Example").click()
            assert "total_files" in example.locator("pre").inner_text()
            assert shown.wrong == []


def test_the_live_page_leads_to_it(samples_url: str) -> None:
    with chromium() as browser:
        page = browser.new_page()
        page.goto(samples_url)
        page.get_by_role("link", name="HTTP interface").click()
        page.wait_for_url(f"{samples_url}/api")
        assert page.title() == "aiomedia: HTTP interface"
        page.get_by_role("link", name="openapi.json", exact=True).click()
        page.wait_for_url(f"{samples_url}/openapi.json")
