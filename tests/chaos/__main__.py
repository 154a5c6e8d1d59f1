"""`make chaos ARGS="--seconds 120 --seed 7"`: trouble a hub for a while, and tell what came of it."""

import argparse
import asyncio
import sys
import time

from tests.chaos import faults
from tests.chaos.run import Plan, run


def main() -> int:
    """Run with what was asked for; exit code 1 when anything was lost, doubled, left lying or broken."""
    parser = argparse.ArgumentParser(prog="make chaos", description=__doc__)
    parser.add_argument("--seconds", type=float, default=60, help="how long troubles come")
    parser.add_argument("--kills", type=int, default=0, help="stop earlier, once so many processes were killed")
    parser.add_argument("--seed", type=int, default=int(time.time()), help="what the troubles are drawn from")
    parser.add_argument("--pause", type=float, default=0.35, help="seconds between two troubles, on average")
    parser.add_argument("--rest", type=float, default=0.12, help="seconds between two documents of a lane, on average")
    parser.add_argument("--fault", choices=sorted(faults.FAULTS), default="", help="plant this fault in the hub")
    asked = parser.parse_args()
    plan = Plan(
        seed=asked.seed, seconds=asked.seconds, kills=asked.kills, pause=asked.pause, rest=asked.rest, fault=asked.fault
    )
    began = time.monotonic()
    verdict = asyncio.run(run(plan))
    print(verdict.told())
    print(f"{time.monotonic() - began:.0f} s in all")
    return 0 if verdict.is_clean else 1


if __name__ == "__main__":
    sys.exit(main())
