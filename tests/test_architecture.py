"""The layers: a module imports only from rows above its own, and outside the package only what its row may."""

import ast
import sys
from pathlib import Path

import pytest

import aiomedia

PACKAGE = Path(aiomedia.__file__).parent

# From the bottom. A module's row is that of the longest name here which it starts with.
LAYERS = [
    {"aiomedia.errors", "aiomedia.version"},
    {
        "aiomedia.names",
        "aiomedia.media",
        "aiomedia.dates",
        "aiomedia.ranges",
        "aiomedia.conditional",
        "aiomedia.content",
        "aiomedia.disposition",
        "aiomedia.negotiation",
    },
    {"aiomedia.resource", "aiomedia.config"},
    {
        "aiomedia.query",
        "aiomedia.directory",
        "aiomedia.index",
        "aiomedia.settling",
        "aiomedia.misses",
        "aiomedia.parts",
        "aiomedia.blocks",
        "aiomedia.matches",
        "aiomedia.listing",
    },
    {"aiomedia.storage"},
    {
        "aiomedia.waiters",
        "aiomedia.feed",
        "aiomedia.applying",
        "aiomedia.following",
        "aiomedia.event_stream",
        "aiomedia.offload",
        "aiomedia.opener",
        "aiomedia.watcher",
        "aiomedia.reconciler",
        "aiomedia.root",
        "aiomedia.place",
        "aiomedia.encodings",
        "aiomedia.derived",
        "aiomedia.lister",
        "aiomedia.library",
    },
    {"aiomedia.web"},
    {"aiomedia.client", "aiomedia.sync"},
    {"aiomedia"},
    {"aiomedia.commands", "aiomedia.cli", "aiomedia.__main__"},
]
# What a row may import that is not of the standard library.
OUTSIDE = {
    2: {"msgspec"},
    3: {"msgspec"},
    5: {"msgspec"},
    6: {"aiohttp", "multidict", "msgspec"},
    7: {"aiohttp", "msgspec", "multidict", "yarl"},
    9: {"click", "msgspec", "rich", "tomli_w", "uvloop"},
}
CLIENT_ROW = 7
# What the client has in common with the server: what things are called, and what JSON says of them.
CLIENT_KNOWS = {
    "aiomedia.client",
    "aiomedia.dates",
    "aiomedia.errors",
    "aiomedia.media",
    "aiomedia.names",
    "aiomedia.ranges",
    "aiomedia.resource",
}
# What one module alone knows, whatever its row.
KNOWN_TO_ONE = {
    "aiomedia.storage.watches": {"watchfiles"},
    "aiomedia.web.workers": {"gunicorn"},
}
PURE = {"asyncio", "socket", "threading", "time", "random"}  # what pure modules do without
PURE_OF_CLIENT = {
    f"aiomedia.client.{name}" for name in ("answer", "errors", "progress", "retry", "safe_name", "segments", "version")
}


def _modules() -> dict[str, Path]:
    found = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def _imports(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            module = node.module or ""
            found |= {f"{module}.{alias.name}" if _is_module(module, alias.name) else module for alias in node.names}
    return found


def _is_module(module: str, name: str) -> bool:
    return f"{module}.{name}" in MODULES


def _row(module: str) -> int:
    matching = [(len(name), row) for row, names in enumerate(LAYERS) for name in names if _is_in(module, name)]
    return max(matching)[1]


def _is_in(module: str, name: str) -> bool:
    return module == name or (name != "aiomedia" and module.startswith(f"{name}."))


MODULES = _modules()


@pytest.mark.parametrize("module", MODULES)
def test_a_module_imports_only_from_its_own_row_and_those_below(module: str) -> None:
    row = _row(module)
    own = {name for name in _imports(MODULES[module]) if name.split(".")[0] == "aiomedia"}
    # The package itself is there for its version alone: importing from it is for those above it.
    assert {name for name in own if _row(name) > row} == set()


@pytest.mark.parametrize("module", MODULES)
def test_a_module_imports_from_outside_only_what_its_row_may(module: str) -> None:
    allowed = OUTSIDE.get(_row(module), set()) | KNOWN_TO_ONE.get(module, set())
    outside = {name.split(".")[0] for name in _imports(MODULES[module])} - {"aiomedia"} - sys.stdlib_module_names
    assert outside <= allowed


@pytest.mark.parametrize("module", [module for module in MODULES if _row(module) <= 3 or module in PURE_OF_CLIENT])
def test_what_decides_is_pure(module: str) -> None:
    assert {name.split(".")[0] for name in _imports(MODULES[module])} & PURE == set()


@pytest.mark.parametrize("module", [module for module in MODULES if _row(module) == CLIENT_ROW])
def test_the_client_knows_nothing_of_the_server(module: str) -> None:
    own = {name for name in _imports(MODULES[module]) if name.split(".")[0] == "aiomedia"}
    assert {name for name in own if not any(_is_in(name, known) for known in CLIENT_KNOWS)} == set()


@pytest.mark.parametrize("module", MODULES)
def test_no_module_imports_inside_a_function(module: str) -> None:
    for node in ast.walk(ast.parse(MODULES[module].read_text())):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            assert not [inner for inner in ast.walk(node) if isinstance(inner, ast.Import | ast.ImportFrom)]


@pytest.mark.parametrize("module", MODULES)
def test_a_module_holds_one_idea_of_at_most_250_lines(module: str) -> None:
    assert len(MODULES[module].read_text().splitlines()) <= 250


def test_the_public_surface_is_small_and_there() -> None:
    assert set(aiomedia.__all__) == {
        "AiomediaError",
        "BadRequest",
        "BeingWritten",
        "CannotWrite",
        "Client",
        "Config",
        "ConfigError",
        "DirectoryNotAllowed",
        "DiskFull",
        "DownloadError",
        "Forbidden",
        "GaveUp",
        "InvalidDirectory",
        "InvalidFileType",
        "InvalidFilename",
        "InvalidParameter",
        "NotFound",
        "Refused",
        "TargetLocked",
        "Unavailable",
        "UnsafeName",
        "Unusable",
        "__version__",
        "create_app",
    }
    assert all(hasattr(aiomedia, name) for name in aiomedia.__all__)
    assert (PACKAGE / "py.typed").exists()
