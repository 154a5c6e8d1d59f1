"""What the database does for a statement: which tables it walks from end to end, and how much it looks at."""

import asyncio
import json
import re
import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import asyncpg

from hub.store.database import PG_SETTINGS

_EXPLAIN: Final = "EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) "
_STEP: Final = 100  # instructions of SQLite's machine between two counts


@dataclass(frozen=True, slots=True)
class Plan:
    """One statement's plan. `walked`: tables read from end to end though they grow.

    `looked_at`: on PostgreSQL rows of tables that grow, on SQLite instructions of its machine.
    """

    statement: str
    walked: tuple[str, ...]
    looked_at: int
    lines: tuple[str, ...]


def is_question(statement: str) -> bool:
    """Whether a statement only asks: others are not explained, for that would carry them out."""
    return statement.lstrip().upper().startswith(("SELECT", "WITH")) and "pg_notify" not in statement


async def explain(url: str, asked: Sequence[tuple[str, Any]], large: Sequence[str]) -> list[Plan]:
    """The plans of statements as the driver was given them, with their parameters; each statement once."""
    each = list({statement: (statement, given) for statement, given in asked if is_question(statement)}.values())
    if url.startswith("sqlite"):
        return await asyncio.to_thread(_sqlite, url.partition(":///")[2], each, large)
    conn = await asyncpg.connect(url.replace("+asyncpg", ""), server_settings=PG_SETTINGS)
    try:
        return [await _postgresql(conn, statement, given, large) for statement, given in each]
    finally:
        await conn.close()


async def _postgresql(conn: Any, statement: str, given: Any, large: Sequence[str]) -> Plan:
    root = json.loads(await conn.fetchval(_EXPLAIN + statement, *given))[0]["Plan"]
    nodes = list(_nodes(root))
    mine = [node for node in nodes if node.get("Relation Name") in large]
    walked = {node["Relation Name"] for node in mine if node["Node Type"] == "Seq Scan" and node["Actual Loops"]}
    looked_at = sum(
        int((node["Actual Rows"] + node.get("Rows Removed by Filter", 0)) * node["Actual Loops"]) for node in mine
    )
    lines = tuple(
        f"{node['Node Type']} {node.get('Relation Name', '')} {node.get('Index Name', '')} "
        f"{node['Actual Rows']}x{node['Actual Loops']} -{node.get('Rows Removed by Filter', 0)}"
        for node in nodes
    )
    return Plan(statement, tuple(sorted(walked)), looked_at, lines)


def _nodes(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield node
    for child in node.get("Plans", ()):
        yield from _nodes(child)


def _sqlite(path: str, each: Sequence[tuple[str, Any]], large: Sequence[str]) -> list[Plan]:
    conn = sqlite3.connect(path)
    try:
        return [_of_sqlite(conn, statement, given, large) for statement, given in each]
    finally:
        conn.close()


def _of_sqlite(conn: sqlite3.Connection, statement: str, given: Any, large: Sequence[str]) -> Plan:
    lines = tuple(row[3] for row in conn.execute(f"EXPLAIN QUERY PLAN {statement}", given))
    named = {name: name for name in large}
    for table, alias in re.findall(rf"\b({'|'.join(large)})\b\s+(?:AS\s+)?(\w+)", statement):
        named.setdefault(alias, table)
    is_cut = " LIMIT " in statement and not any("TEMP B-TREE FOR ORDER BY" in line for line in lines)
    # in the order of the table or of an index, and up to a limit, a walk ends early: `looked_at` shows where it does not
    found = () if is_cut else (re.fullmatch(r"SCAN (\w+)(?: USING COVERING INDEX \w+)?", line) for line in lines)
    walked = {named[match[1]] for match in found if match and match[1] in named}
    steps = 0

    def count() -> int:
        nonlocal steps
        steps += _STEP
        return 0

    conn.set_progress_handler(count, _STEP)
    conn.execute(statement, given).fetchall()
    conn.set_progress_handler(None, 0)
    return Plan(statement, tuple(sorted(walked)), steps, lines)
