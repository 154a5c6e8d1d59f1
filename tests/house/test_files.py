"""Rules of the house that a person forgets and a test does not."""

import ast
import os
import re
import statistics
from pathlib import Path

import pytest

from tests.house.pages import ROOT, files, modules, named

# hosts that packages come from, and folders of somebody's machine: neither is the project's business
_REGISTRY = re.compile(
    r"(?i)\b(?:pypi|pythonhosted|npmjs|crates|rubygems|golang)\.(?:org|io)\b|\brepo\d*\.maven|index-url"
)
_MACHINE = re.compile(r"(?<![\w.:/}$~*-])/(?:home|root|Users|work|workspace)/\w")
_MARKS = re.compile(r"#.*\b(?:TODO|FIXME|XXX)\b")


def texts() -> list[tuple[str, str]]:
    """Every text file with its name, but this one, which has to name what it looks for."""
    found = []
    for path in files():
        if path.name in {"LICENSE", Path(__file__).name}:
            continue
        try:
            found.append((named(path), path.read_text("utf-8")))
        except UnicodeDecodeError:
            continue
    return found


@pytest.mark.parametrize("module", modules(), ids=named)
def test_a_module_says_what_it_is_for(module) -> None:
    assert ast.get_docstring(ast.parse(module.read_text("utf-8")))


def test_every_module_can_be_read_in_one_sitting() -> None:
    lengths = {named(m): len(m.read_text("utf-8").splitlines()) for m in modules()}

    assert {name: length for name, length in lengths.items() if length >= 400} == {}


def test_half_of_the_modules_are_under_a_hundred_lines() -> None:
    assert statistics.median(len(m.read_text("utf-8").splitlines()) for m in modules()) < 100


def test_no_file_says_where_packages_come_from() -> None:
    assert [name for name, text in texts() if _REGISTRY.search(text)] == []


def test_no_file_names_a_folder_of_somebodys_machine() -> None:
    found = [(name, match[0]) for name, text in texts() for match in _MACHINE.finditer(text)]

    assert found == []


def test_nothing_is_left_to_be_done_later_in_a_comment() -> None:
    assert [name for name, text in texts() if name.endswith(".py") and _MARKS.search(text)] == []


def test_the_forge_can_run_what_it_runs() -> None:
    assert os.access(ROOT / ".ci" / "run", os.X_OK)


def test_the_licence_is_there_and_is_the_one_declared() -> None:
    assert "Apache License" in (ROOT / "LICENSE").read_text("utf-8")
    assert 'license = "Apache-2.0"' in (ROOT / "pyproject.toml").read_text("utf-8")
