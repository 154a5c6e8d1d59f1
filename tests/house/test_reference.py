"""If the documentation can forget it, a test remembers it."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from docs import generate
from hub.findings import TEXTS
from hub.gateway.problems import STATUS
from hub.settings import Settings
from tests.house.pages import ROOT, anchors, commands, modules

REFERENCE = ROOT / "docs" / "reference"
HTTP = REFERENCE / "http.md"
_SAYS = {"finding", "rejected", "refuse", "warn", "error", "remark", "Unfit"}


@pytest.fixture(scope="module")
def routes(tmp_path_factory) -> set[str]:
    """What OpenAPI tells, `GET /v1/inbox`, and the console's pages, which are for people and not in it."""
    from hub.console import pages
    from hub.gateway.app import Gateway
    from hub.wiring import build

    described: dict[str, Any] = Gateway(build(Settings(home=tmp_path_factory.mktemp("home")))).api.openapi()
    described_routes = {
        f"{method.upper()} {path}" for path, methods in described["paths"].items() for method in methods
    }
    of_pages = {
        f"{method} {route.path.replace('{name}', '{file}')}"
        for router in pages.routers()
        for route in router.routes
        for method in route.methods - {"HEAD"}
    }
    return described_routes | of_pages


def named_routes() -> set[str]:
    text = HTTP.read_text("utf-8") + (REFERENCE / "console.md").read_text("utf-8")
    return set(re.findall(r"(?:`|^### )((?:GET|POST|PUT|PATCH|DELETE) /[^\s`]*)", text, re.MULTILINE))


@pytest.mark.parametrize("name", generate.MADE)
def test_a_page_made_of_the_code_is_what_the_code_says(name) -> None:
    page = REFERENCE / name

    assert page.read_text("utf-8") == generate.MADE[name](), "run: python docs/generate.py"


def test_every_setting_is_in_the_reference() -> None:
    text = (REFERENCE / "settings.md").read_text("utf-8")

    assert [n for n in Settings.model_fields if f"| `TRUC_{n.upper()}` |" not in text] == []


def test_every_setting_says_what_it_means() -> None:
    assert [name for name, field in Settings.model_fields.items() if not field.description] == []


def test_every_problem_has_a_heading_that_its_type_leads_to() -> None:
    assert set(TEXTS) - anchors(REFERENCE / "problems.md") == set()


def test_every_problem_has_a_status() -> None:
    assert set(TEXTS) == set(STATUS)


def test_every_command_and_option_is_in_the_reference() -> None:
    text = (REFERENCE / "commands.md").read_text("utf-8")
    missing = [
        f"{command} {option}"
        for command, options in commands().items()
        for section in [text.partition(f"\n## {command}\n")[2].partition("\n## ")[0]]
        for option in options - {"--help"}
        if option not in section
    ]

    assert missing == []


def test_every_option_of_the_bench_is_in_the_page_on_performance() -> None:
    page = (ROOT / "docs" / "explanation" / "performance.md").read_text("utf-8")
    source = (ROOT / "hub" / "bench" / "main.py").read_text("utf-8")
    words = re.findall(r'add_argument\("(--[a-z]+)"', source) + re.findall(
        r'^    "([a-z]+)": measure', source, re.MULTILINE
    )

    assert words
    assert [word for word in words if f"`{word}" not in page] == []


def test_every_route_is_in_the_reference(routes) -> None:
    assert routes - named_routes() == set()


def test_the_reference_names_no_route_that_is_not_there(routes) -> None:
    assert named_routes() - routes == {"GET /openapi.json"}


def codes_said() -> Iterator[tuple[Path, str]]:
    """Each code that the program says somewhere, with where."""
    for module in modules():
        for call in ast.walk(ast.parse(module.read_text("utf-8"))):
            if not isinstance(call, ast.Call) or not call.args:
                continue
            name = getattr(call.func, "id", getattr(call.func, "attr", ""))
            first = call.args[0]
            is_log = "logger" in ast.unparse(call.func)
            if name in _SAYS and not is_log and isinstance(first, ast.Constant) and isinstance(first.value, str):
                yield module.relative_to(ROOT), first.value


def test_every_code_that_is_said_has_its_text() -> None:
    said = list(codes_said())

    assert len(said) > 100
    assert [(str(module), code) for module, code in said if code not in TEXTS] == []


def test_every_code_the_page_on_edxml_names_exists() -> None:
    page = (REFERENCE / "edxml.md").read_text("utf-8")
    named = set(re.findall(r"`([a-z0-9]+(?:-[a-z0-9]+)+)`", page))

    assert named - set(TEXTS) == {"valid-legacy"}


def test_every_text_speaks_both_languages_and_offers_a_way_out() -> None:
    pairs = [(code, pair) for code, text in TEXTS.items() for pair in (text.title, text.fix, text.cause or text.title)]

    assert [code for code, (vi, en) in pairs if not vi.strip() or not en.strip()] == []
