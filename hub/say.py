"""How the command line speaks: data on stdout (one JSON document with `--json`), everything else on stderr."""

import json
import os
import sys
from typing import TYPE_CHECKING, Any, NoReturn

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hub.errors import Rejected
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


def explain(error: "Rejected") -> None:
    """A refusal, in sentences of both languages, the person's own first."""
    for found in error.findings:
        told(found.explained())


def told(found: "Mapping[str, Any]") -> None:
    """One finding as problem documents have it: what it is and where, what to do, and both in the other language."""
    first, other = ("vi", "en") if is_vietnamese() else ("en", "vi")
    place = f", {'dòng' if first == 'vi' else 'line'} {found['line']}" if found.get("line") else ""
    where = f" ({found['path']}{place})" if found.get("path") else ""
    note(f"truc: {found['code']}: {found['message'][first]}{where}\n      -> {found['fix'][first]}")
    note(f"      {other}: {found['message'][other]} -> {found['fix'][other]}")


def ended(error: BaseException) -> NoReturn:
    """Say what ended the command and what to do next; exit code 1."""
    import typer

    from hub import troubles

    explain(troubles.named(error))
    raise typer.Exit(1) from None


def settings(**overrides: Any) -> "Settings":
    """The settings; a wrong one is a sentence and exit code 2."""
    from tomllib import TOMLDecodeError

    import typer
    from pydantic import ValidationError

    from hub import failpoint, troubles
    from hub.settings import load

    try:
        found = load(**overrides)
    except (ValidationError, TOMLDecodeError) as error:
        explain(troubles.named(error))
        raise typer.Exit(2) from None
    try:
        failpoint.arm(found.fail_at, is_allowed=found.is_embedded or found.fail_points_allowed)
    except ValueError as error:
        note(f"truc: TRUC_FAIL_AT: {error}")
        raise typer.Exit(2) from None
    return found
