"""docs/http.md: its tables are the tests'. `make docs` writes them there."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import assert_never

from aiomedia.conditional import NotModified, PreconditionFailed
from aiomedia.ranges import Span, Spans, Unsatisfiable, Whole
from tests.rfc9110 import LENGTH, TABLES, Row
from tests.rfc9112 import MESSAGES

PAGE = Path(__file__).parents[1] / "docs/http.md"


def with_tables(page: str) -> str:
    """The page, with the tables below the headings of their names as they are now."""
    tables = {name: _table(rows) for name, rows in TABLES.items()} | {"Messages": _messages()}
    for name, table in tables.items():
        found = re.search(rf"^##+ {name}$(?:(?!^\|).*\n)*((?:^\|.*\n)+)", page, re.MULTILINE)
        assert found, f"no table below the heading '{name}'"
        page = f"{page[: found.start(1)]}{table}\n{page[found.end(1) :]}"
    return page


def _table(rows: Sequence[Row]) -> str:
    lines = ["| section | | request | answer |", "| --- | --- | --- | --- |"]
    lines += [f"| {row.section} | {row.rule} | {_request(row)} | {_answer(row)} |" for row in rows]
    return "\n".join(lines)


def _messages() -> str:
    lines = ["| RFC | | request | answer |", "| --- | --- | --- | --- |"]
    lines += [
        f"| {each.section} | {each.rule} | {', '.join(map(_line, each.lines))} | {each.status} |" for each in MESSAGES
    ]
    return "\n".join(lines)


def _line(line: bytes) -> str:
    text = _shown(line.decode(errors="backslashreplace").replace("\x00", "␀"))
    return f"`{text}`" if text else "(an empty line)"


def _request(row: Row) -> str:
    fields = [f"`{name}: {_shown(value)}`" for name, value in row.fields]
    context = ["`HEAD`"] if row.method == "HEAD" else [f"({row.length} bytes)"] if row.length != LENGTH else []
    return ", ".join([*context, *fields])


def _shown(value: str) -> str:
    value = value.replace("\t", "⇥")
    return value if len(value) <= 60 else f"{value[:24]} … {value[-12:]}"


def _answer(row: Row) -> str:
    match row.selection:
        case Whole():
            return "200"
        case Span(first, last):
            return f"206 {first}–{last}"
        case Spans(spans):
            shown = [f"{span.first}–{span.last}" for span in spans]
            return f"206 {', '.join(shown)}" if len(shown) <= 3 else f"206, {len(shown)} parts"
        case NotModified():
            return "304"
        case PreconditionFailed():
            return "412"
        case Unsatisfiable():
            return f"416 `bytes */{row.length}`"
        case _:
            assert_never(row.selection)


if __name__ == "__main__":
    PAGE.write_text(with_tables(PAGE.read_text()))
