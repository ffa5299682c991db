"""`python -m tests.sync_stub` writes aiomedia/sync.pyi: the types of the client's calls, for those that wait."""

import ast
from pathlib import Path

import aiomedia

PACKAGE = Path(aiomedia.__file__).parent
STUB = PACKAGE / "sync.pyi"
HEAD = '''"""Written by `make docs` from aiomedia/client/client.py."""

'''


def stub() -> str:
    """What the file has to be."""
    module = ast.parse((PACKAGE / "client/client.py").read_text())
    (client,) = (node for node in module.body if isinstance(node, ast.ClassDef) and node.name == "Client")
    client.body = [_waiting(node) for node in client.body if _is_call(node)] + [*_BLOCK]
    imports = [node for node in module.body if isinstance(node, ast.ImportFrom | ast.Import)]
    names = {node.id for node in ast.walk(client) if isinstance(node, ast.Name)} | {"Listing", "Iterator"}
    lines = [line for node in imports for line in _import(node, names)]
    lines += ["from aiomedia.client.client import Listing", "from collections.abc import Iterator"]
    return HEAD + "\n".join(sorted(lines)) + "\n\n" + ast.unparse(client) + "\n"


def _is_call(node: ast.stmt) -> bool:
    if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        return False
    return not node.name.startswith("_") or node.name == "__init__"


def _waiting(node: ast.stmt) -> ast.stmt:
    """The same call, without its body, its waiting and its session."""
    assert isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    kept = [
        (argument, default)
        for argument, default in zip(node.args.kwonlyargs, node.args.kw_defaults, strict=True)
        if argument.arg != "session"
    ]
    node.args.kwonlyargs = [argument for argument, _ in kept]
    node.args.kw_defaults = [default if isinstance(default, ast.Constant) else _ELLIPSIS for _, default in kept]
    for each in ast.walk(node):
        if isinstance(each, ast.Name) and each.id == "AsyncIterator":
            each.id = "Iterator"
    body: list[ast.stmt] = [ast.Expr(_ELLIPSIS)]
    made = ast.FunctionDef(node.name, node.args, body, [], node.returns)
    return ast.fix_missing_locations(made)


def _import(node: ast.ImportFrom | ast.Import, names: set[str]) -> list[str]:
    used = [alias for alias in node.names if (alias.asname or alias.name) in names]
    return [ast.unparse(type(node)(**{**vars(node), "names": [alias]})) for alias in used]


_ELLIPSIS = ast.Constant(...)
_BLOCK = ast.parse(
    """
def __enter__(self) -> Self: ...
def __exit__(
    self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
) -> None: ...
"""
).body


if __name__ == "__main__":
    STUB.write_text(stub())
