"""The error tree: the contract's section 4."""

from typing import get_args

from aiomedia.errors import AiomediaError, Code

# Of the contract: outcomes that nothing is raised for.
NOT_RAISED = {"method_not_allowed", "precondition_failed", "range_not_satisfiable"}


def tree(error: type[AiomediaError]) -> set[type[AiomediaError]]:
    return {error}.union(*map(tree, error.__subclasses__()))


def test_each_slug_is_an_errors_or_that_of_an_outcome() -> None:
    raised = {error.code for error in tree(AiomediaError) if error.__module__ == AiomediaError.__module__}
    assert set(get_args(Code)) == raised | NOT_RAISED, "of the server's: a client has its own"
