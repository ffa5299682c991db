"""docs/openapi.json: the description as the code makes it. `make docs` writes it there."""

from pathlib import Path

from aiomedia.web.openapi.document import document, formatted

DOCUMENT = Path(__file__).parents[1] / "docs/openapi.json"

if __name__ == "__main__":
    DOCUMENT.write_bytes(formatted(document()))
