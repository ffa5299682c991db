"""The description read by a stranger: schemathesis asks what it makes of it, and checks each answer against it.

Our own cases (`tests/web/test_openapi.py`) produce every answer that is described; this finds requests that nobody
thought of.
"""

from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import Case, GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.conforming import DOCUMENT
from tests.processes import SAMPLES, running

EXAMPLES = 6  # of an operation, of what is allowed and of what is not each: some four hundred requests in all
DIRECTORY = "#/components/parameters/directory"
CHECKS = [
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
]
OPERATIONS = [
    (path, method, mode)
    for path, methods in DOCUMENT["paths"].items()
    for method, operation in methods.items()
    for mode in GenerationMode
    # A stream has no end. Where a parameter may be any text there is none that is not allowed.
    if path != "/events" and (mode.is_positive or {"$ref": DIRECTORY} in operation["parameters"])
]


@pytest.fixture(scope="module")
def described() -> Iterator[schemathesis.BaseSchema]:
    """The description of a server that keeps nobody waiting."""
    with running(SAMPLES, "--no-access-log", within=("env", "AIOMEDIA_MAX_WAIT_S=0.02")) as server:
        yield schemathesis.openapi.from_url(f"{server.url}/openapi.json")


@pytest.mark.parametrize(("path", "method", "mode"), OPERATIONS)
def test_whatever_is_asked_the_answer_is_described(
    described: schemathesis.BaseSchema, path: str, method: str, mode: GenerationMode
) -> None:
    @settings(
        max_examples=EXAMPLES,
        phases=[Phase.generate],
        deadline=None,
        database=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    @given(described[path][method.upper()].as_strategy(generation_mode=mode))
    def ask(case: Case[Any]) -> None:
        case.validate_response(case.call(allow_redirects=False), checks=CHECKS)

    ask()
