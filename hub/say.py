"""How the command line speaks: data on stdout (one JSON document with `--json`), everything else on stderr."""

import json
import os
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from hub.errors import HubError
    from hub.settings import Settings


def data(value: Any) -> None:
    """One JSON document on stdout."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=2, default=str) + "\n")


def line(text: str) -> None:
    """A line of the answer on stdout."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def note(text: str) -> None:
    """A line for the person, on stderr."""
    sys.stderr.write(text + "\n")
    sys.stderr.flush()


def is_vietnamese() -> bool:
    """Whether the person's locale is Vietnamese; English otherwise."""
    return (os.environ.get("LC_ALL") or os.environ.get("LANG") or "").lower().startswith("vi")


def explain(error: "HubError") -> None:
    """A refusal, in sentences."""
    from hub.errors import Rejected

    if not isinstance(error, Rejected):
        note(f"truc: {error}")
        return
    one = 0 if is_vietnamese() else 1
    for found in error.findings:
        where = f" ({found.path}{f', line {found.line}' if found.line else ''})" if found.path else ""
        note(f"truc: {found.code}: {found.message[one]}{where}\n      -> {found.fix[one]}")


def settings(**overrides: Any) -> "Settings":
    """The settings; a wrong one is a sentence and exit code 2."""
    import typer
    from pydantic import ValidationError

    from hub import failpoint
    from hub.settings import load

    try:
        found = load(**overrides)
    except ValidationError as error:
        for problem in error.errors():
            name = "TRUC_" + "_".join(str(part) for part in problem["loc"]).upper()
            note(f"truc: {name}: {problem['msg']}")
        raise typer.Exit(2) from None
    try:
        failpoint.arm(found.fail_at, is_allowed=found.is_embedded or found.fail_points_allowed)
    except ValueError as error:
        note(f"truc: TRUC_FAIL_AT: {error}")
        raise typer.Exit(2) from None
    return found
