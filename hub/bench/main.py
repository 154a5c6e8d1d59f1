"""The command `truc bench`: which measurements to make, and one JSON document (or a table) of what came of them."""

import argparse
import asyncio
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any, Final

from hub import say
from hub.bench import alerts, measure, resolve, vxp
from hub.bench.e2e import e2e
from hub.bench.edge import edge
from hub.bench.large import large
from hub.bench.plots import plots
from hub.bench.processes import machine
from hub.bench.queries import queries
from hub.bench.rows import rows
from hub.bench.verify import verify

_KINDS: Final[dict[str, Callable[[argparse.Namespace], Awaitable[dict[str, Any]]]]] = {
    "verify": verify,
    "accept": measure.accept,
    "fanout": measure.fanout,
    "road": measure.road,
    "edge": edge,
    "large": large,
    "idle": measure.idle,
    "start": measure.start_up,
    "alerts": alerts.alerts,
    "vxp": vxp.vxp,
    "resolve": resolve.resolve,
    "rows": rows,
    "queries": queries,
    "e2e": e2e,
}


def main(arguments: Sequence[str]) -> int:
    """Measure; answers the exit code."""
    parser = argparse.ArgumentParser(prog="truc bench", description=__doc__)
    parser.add_argument("kinds", nargs="*", default=["verify", "accept", "fanout", "road", "edge", "idle", "start"])
    parser.add_argument("--json", action="store_true", help="one JSON document on stdout")
    parser.add_argument(
        "--postgres", help="postgresql://user@host:port/db of a server to make databases on; else SQLite"
    )
    parser.add_argument("--kafka", help="host:port of a broker (with --postgres): the road in production shape")
    parser.add_argument("--gateways", type=int, default=1, help="gateways that share the load of accept on PostgreSQL")
    parser.add_argument("--seconds", type=float, default=4.0, help="how long one load lasts, about")
    parser.add_argument("--runs", type=int, default=3, help="runs of hub and floor in turn; the middle one counts")
    parser.add_argument(
        "--deliveries", type=int, default=1_000_000, help="open deliveries that the alerts look through"
    )
    parser.add_argument("--agencies", type=int, default=10_000, help="agencies they lie at")
    parser.add_argument("--directory", type=int, default=resolve.AGENCIES, help="agencies codes are looked up among")
    parser.add_argument("--pace", type=float, default=200.0, help="envelopes a second on the road")
    parser.add_argument(
        "--most", type=float, default=0.0, help="envelopes a second that e2e calls the whole load; 0: found out"
    )
    parser.add_argument(
        "--rows",
        type=int,
        nargs="+",
        default=[10_000, 100_000],
        help="documents in the books that queries are asked of",
    )
    parser.add_argument("--times", type=int, default=20, help="how often each of the queries is asked")
    parser.add_argument(
        "--only", default="", help="of the queries those with these letters in their name: search, overview"
    )
    parser.add_argument("--plots", type=Path, help="folder for what can be drawn, as SVG")
    options = parser.parse_args(list(arguments))
    unknown = [kind for kind in options.kinds if kind not in _KINDS]
    if unknown:
        parser.error(f"no such measurement: {', '.join(unknown)} (there are {', '.join(_KINDS)})")
    report: dict[str, Any] = {"machine": machine()}
    for kind in options.kinds:
        say.note(f"measuring: {kind}")
        report[kind] = asyncio.run(_KINDS[kind](options))  # type: ignore[arg-type]
    if options.plots:
        plots(report, options.plots)
    if options.json:
        say.data(report)
    else:
        _print(report)
    return 0


def _print(report: dict[str, Any], indent: str = "") -> None:
    for name, value in report.items():
        if isinstance(value, dict):
            say.line(f"{indent}{name}:")
            _print(value, indent + "  ")
        else:
            say.line(f"{indent}{name}: {value}")
