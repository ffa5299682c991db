"""What a description says, as HTML: text, schemas and examples."""

from collections.abc import Iterable, Iterator
from html import escape

import msgspec

from aiomedia.web.openapi.schemas import Json


def prose(text: str) -> str:
    """Paragraphs, lists of lines that begin with `- `, and code between backticks: the CommonMark that is used here."""
    return "".join(map(_block, text.split("\n\n")))


def inline(text: str) -> str:
    """Text, with code between backticks."""
    parts = escape(text).split("`")
    return "".join(f"<code>{part}</code>" if position % 2 else part for position, part in enumerate(parts))


def code(names: Iterable[object]) -> str:
    """Names side by side."""
    return " ".join(f"<code>{escape(str(name))}</code>" for name in names)


def table(heads: Iterable[str], rows: Iterable[Iterable[str]]) -> Iterator[str]:
    """A table of cells that are HTML, which scrolls by itself where it is too wide."""
    yield "<div class=wide tabindex=0><table><thead><tr>"
    yield from (f"<th scope=col>{head}" for head in heads)
    yield "<tbody>"
    for row in rows:
        yield "<tr>" + "".join(f"<td>{cell}" for cell in row) + "\n"
    yield "</table></div>\n"


def kind(schema: Json) -> str:
    """What a value may be, in a few words."""
    if "$ref" in schema:
        name = escape(schema["$ref"].rpartition("/")[2])
        return f'<a href="#schema-{name}">{name}</a>'
    if "anyOf" in schema:
        return " or ".join(map(kind, schema["anyOf"]))
    if "const" in schema:
        return code([schema["const"]])
    if "enum" in schema:
        return code(schema["enum"])
    if schema.get("type") == "array":
        return f"list of {kind(schema['items'])}"
    return escape(str(schema.get("format") or schema["type"])) + _bounds(schema)


def described(schema: Json) -> str:
    """What a schema tells of its value in words."""
    texts = [schema.get("description"), *(one.get("description") for one in schema.get("anyOf", ()))]
    return inline(" ".join(filter(None, texts)))


def example(shown: object) -> str:
    """An example that opens by itself, without a script."""
    text = shown if isinstance(shown, str) else msgspec.json.format(msgspec.json.encode(shown)).decode()
    return f"<details><summary>Example</summary><pre tabindex=0>{escape(text.strip())}</pre></details>"


def _bounds(schema: Json) -> str:
    if "maximum" in schema:
        return f", {schema['minimum']} to {schema['maximum']:,}"
    return f", {schema['minimum']} or more" if "minimum" in schema else ""


def _block(block: str) -> str:
    lines = block.splitlines()
    if all(line.startswith("- ") for line in lines):
        return "<ul>" + "".join(f"<li>{inline(line[2:])}" for line in lines) + "</ul>"
    return f"<p>{inline(block)}</p>"
