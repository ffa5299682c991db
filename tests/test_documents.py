"""What the documents show is what the tests hold the code to."""

from tests.http_page import PAGE, with_tables


def test_the_page_about_http_shows_the_rows_of_the_tests() -> None:
    page = PAGE.read_text()
    assert page == with_tables(page), "`make docs` brings it up to date"
