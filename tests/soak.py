"""`python -m tests.soak [--minutes M] [--seed N]`: whatever can happen to a directory, for a long time."""

import argparse
import random
import time

from hypothesis import seed, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.machine import Disk
from tests.test_truth import AS_IT_COMES

EXAMPLES = 10  # of one seed
STEPS = 60  # of one example


def main() -> None:
    """Prints each seed before it is used: a failure comes with all its steps, and its seed has the same ones."""
    arguments = _arguments()
    end = time.monotonic() + 60 * arguments.minutes
    number = arguments.seed
    while time.monotonic() < end:
        print(f"seed {number}", flush=True)
        run_state_machine_as_test(
            seed(number)(Disk), settings=settings(AS_IT_COMES, max_examples=EXAMPLES, stateful_step_count=STEPS)
        )
        number += 1


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description=main.__doc__)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--seed", type=int, default=random.randrange(1_000_000))
    return parser.parse_args()


if __name__ == "__main__":
    main()
