"""The project as the house's tests look at it: its pages, their blocks, links and headings, and its files."""

import re
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
_FENCE = re.compile(r"^(?P<indent> *)```(?P<info>[^\n`]*)\n(?P<text>.*?)^ *```$", re.DOTALL | re.MULTILINE)
_LINK = re.compile(r"\]\((?P<target>[^)\s]+)\)")


@cache
def files() -> tuple[Path, ...]:
    """Every file of the project: what git has, and what it would take."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, check=True).stdout.decode()
    return tuple(path for name in sorted(set(listed.split("\0"))) if name and (path := ROOT / name).is_file())


def pages() -> list[Path]:
    """Every page of documentation."""
    return [path for path in files() if path.suffix == ".md"]


def modules() -> list[Path]:
    """Every module of the program."""
    return [p for p in files() if p.suffix == ".py" and p.relative_to(ROOT).parts[0] in {"hub", "adapters"}]


def named(path: Path) -> str:
    """A file's name in a test's title."""
    return str(path.relative_to(ROOT))


def blocks(page: Path, info: str) -> list[str]:
    """The fenced blocks with exactly this info string."""
    found = _FENCE.finditer(page.read_text("utf-8"))
    return [re.sub(rf"^{m['indent']}", "", m["text"], flags=re.MULTILINE) for m in found if m["info"].strip() == info]


def prose(page: Path) -> str:
    """The page without its blocks."""
    return _FENCE.sub("", page.read_text("utf-8"))


def links(page: Path) -> Iterator[str]:
    """The targets of the page's links."""
    return (m["target"] for m in _LINK.finditer(prose(page)))


def anchors(page: Path) -> set[str]:
    """The names of the page's headings, as forges make them."""
    headings = re.findall(r"^#+ +(.+)$", prose(page), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@cache
def commands() -> dict[str, set[str]]:
    """Every command of `truc`, and its options."""
    import typer.main

    from hub.cli import app

    found: dict[str, set[str]] = {}

    def walk(name: str, command: Any) -> None:
        if children := getattr(command, "commands", None):
            for word, child in children.items():
                walk(f"{name} {word}", child)
        else:
            found[name] = {o for p in command.params for o in p.opts if o.startswith("-")} | {"--help"}

    walk("truc", typer.main.get_command(app))
    return found
