"""Whatever happens to a directory: its listing equals the disk in the end, and shows no file before it is whole."""

from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.machine import Disk

# What happens takes its time, and its order with what the library does is never the same: nothing can be shrunk.
AS_IT_COMES = settings(
    database=None,
    deadline=None,
    phases=[Phase.generate],
    print_blob=False,
    suppress_health_check=list(HealthCheck),
)


def test_whatever_happens_the_listing_equals_the_disk_in_the_end() -> None:
    """The same steps each time, at other times; `make soak` takes others, for longer."""
    run_state_machine_as_test(
        Disk, settings=settings(AS_IT_COMES, derandomize=True, max_examples=12, stateful_step_count=30)
    )
