"""What a migration may do while the previous release's processes are still at work on the same tables."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from hub.store.migrations import online

FIRST = "0015"  # those before it have met empty databases only: the first release
TAKES_AWAY = {"drop_column", "drop_table", "drop_constraint", "alter_column", "rename_table", "drop_index"}
GROWS = {
    "envelope",
    "original",
    "delivery",
    "event",
    "outbox",
    "report",
    "search",
    "delivery_receipt",
    "log_leaf",
    "audit",
}
VERSIONS = Path(online.__file__).parent / "versions"


def modules() -> list[Path]:
    return sorted(path for path in VERSIONS.glob("0*.py") if path.name[:4] >= FIRST)


def calls(path: Path) -> Iterator[tuple[str, list[ast.expr], list[ast.keyword]]]:
    """What `upgrade` calls on `op`."""
    tree = ast.parse(path.read_text())
    upgrade = next(n for n in tree.body if isinstance(n, ast.FunctionDef) and n.name == "upgrade")
    for node in ast.walk(upgrade):
        match node:
            case ast.Call(func=ast.Attribute(value=ast.Name(id="op"), attr=name), args=arguments, keywords=keywords):
                yield name, arguments, keywords


def is_post(path: Path) -> bool:
    return 'phase = "post"' in path.read_text()


@pytest.mark.parametrize("path", modules(), ids=lambda p: p.stem)
def test_a_migration_takes_nothing_away_that_the_previous_release_uses(path: Path) -> None:
    taken = [name for name, _, _ in calls(path) if name in TAKES_AWAY]

    assert not taken or is_post(path), f'say phase = "post" in {path.name}, or take nothing away: {taken}'


@pytest.mark.parametrize("path", modules(), ids=lambda p: p.stem)
def test_an_index_on_a_table_that_grows_is_built_beside_the_traffic(path: Path) -> None:
    plain = [
        ast.literal_eval(arguments[1])
        for name, arguments, _ in calls(path)
        if name == "create_index" and isinstance(arguments[1], ast.Constant)
    ]

    assert not GROWS & set(plain), f"use online.add_index in {path.name}"


@pytest.mark.parametrize("path", modules(), ids=lambda p: p.stem)
def test_a_column_that_is_added_needs_nothing_from_who_does_not_know_it(path: Path) -> None:
    for name, arguments, _ in calls(path):
        if name == "add_column":
            column = arguments[1]
            assert isinstance(column, ast.Call)
            given = {k.arg: k.value for k in column.keywords}
            nullable = given.get("nullable")
            may_be_null = nullable is None or (isinstance(nullable, ast.Constant) and nullable.value is True)
            assert may_be_null or "server_default" in given, f"{path.name}: {ast.unparse(column)}"
