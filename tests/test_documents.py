"""What the documents show is what the tests hold the code to."""

import re
from pathlib import Path

from aiomedia.web.openapi.document import document, formatted
from tests.http_page import PAGE, with_tables
from tests.openapi_document import DOCUMENT


def test_the_page_about_http_shows_the_rows_of_the_tests() -> None:
    page = PAGE.read_text()
    assert page == with_tables(page), "`make docs` brings it up to date"


def test_the_description_that_is_committed_is_what_the_code_makes() -> None:
    assert DOCUMENT.read_bytes() == formatted(document()), "`make docs` brings it up to date"


def test_the_page_about_the_index_names_tests_that_there_are() -> None:
    tests = Path(__file__).parent
    named = set(re.findall(r"`(test_\w+)`", (tests.parent / "docs/index.md").read_text()))
    there = {name for path in tests.rglob("test_*.py") for name in re.findall(r"def (test_\w+)", path.read_text())}
    assert len(named) > 25
    assert named <= there
