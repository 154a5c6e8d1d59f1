"""The documents behind alerts, as lists for people: page by page, filtered, each with whom to call."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from sqlalchemy.ext.asyncio import AsyncConnection

from hub.domain.alert import Kind
from hub.domain.roles import Sight
from hub.store.columns import Instant, Json
from hub.store.sql import is_postgresql, plain_uuid
from hub.store.watching.late import QUESTIONS, Bounds, bound, late_rows

Place = tuple[str, datetime, str]
"""Where a page begins: after this agency ("" when the order is by time alone), this moment, this id."""

_COLUMNS: Final = {  # what an item shows, by the table its question looks into
    "delivery": "d.id, d.envelope_id, d.recipient, d.sender, d.level, d.state, d.created_at, d.due_at, d.report_code",
    "answer_due": "x.id, d.envelope_id, d.recipient, x.sender, x.level, x.state, x.created_at, d.due_at, x.report_code",
    "alert_case": "d.envelope_id AS id, d.envelope_id, NULL AS recipient, e.sender, a.level, '' AS state, "
    "e.received_at AS created_at, NULL AS due_at, NULL AS report_code",
}
_LEVEL: Final = {"delivery": "d.level", "answer_due": "x.level", "alert_case": "a.level"}
_SENDER: Final = {"delivery": "d.sender", "answer_due": "x.sender", "alert_case": "e.sender"}


async def documents(
    conn: AsyncConnection,
    kind: Kind,
    bounds: Bounds,
    filters: Mapping[str, Any],
    after: Place | None,
    limit: int,
) -> list[dict[str, Any]]:
    """Documents of one kind of alert. `filters`: any of agency, level, parent, sender, rank, sight.

    Uncollected ones come oldest first, as they always did; the other kinds agency by agency, oldest first in each:
    that is the order their indexes are in, so a page costs a page.
    """
    question = QUESTIONS[kind]
    rows, given = late_rows(question, bounds)
    head, _, where = rows.partition(" WHERE ")
    if " envelope e " not in head:
        head += " JOIN envelope e ON e.id = d.envelope_id"
    head += f" LEFT JOIN agency a ON a.code = d.{question.agency}"
    since, agency, table = f"d.{question.since}", f"d.{question.agency}", question.table
    key = "d.id" if table == "delivery" else "d.delivery_id" if table == "answer_due" else "d.envelope_id"
    columns = {
        "agency": agency,
        "level": _LEVEL[table],
        "parent": "a.parent",
        "sender": _SENDER[table],
        "rank": "d.rank",
    }
    if sight := filters.get("sight"):
        where += f" AND {agency} {in_sight(sight)}"
        given |= {f"root{number}": code for number, code in enumerate(sight.roots)}
    for name, value in filters.items():
        if name == "sight":
            continue
        where += f" AND {columns[name]} = :f_{name}"
        given[f"f_{name}"] = value
    by_time = kind is Kind.UNRECEIVED
    order = f"{since}, {key}" if by_time else f"{agency}, {since}, {key}"
    if after:
        names = ":after_at, :after_id" if by_time else ":after_agency, :after_at, :after_id"
        where += f" AND ({order}) > ({names})"
        given |= {"after_at": after[1], "after_id": after[2] if is_postgresql(conn) else plain_uuid(after[2])}
        if not by_time:
            given["after_agency"] = after[0]
    sql = (
        f"SELECT {_COLUMNS[table]}, {agency} AS agency, {since} AS since, {key} AS key, d.rank, e.document_id, e.code, "
        f"e.subject, e.priority, a.contact, a.name AS agency_name, a.parent {head} WHERE {where} "
        f"ORDER BY {order} LIMIT :most"
    )
    typed = bound(sql, given).columns(created_at=Instant(), due_at=Instant(), since=Instant(), contact=Json())
    found = (await conn.execute(typed, {**given, "most": limit})).mappings()
    return [_row(dict(row)) for row in found]


def in_sight(sight: Sight) -> str:
    """A condition on a column of codes, with the parameters `root0`, `root1` …; as `hub.store.sight`, written out."""
    roots = ", ".join(f":root{number}" for number, _ in enumerate(sight.roots))
    if not sight.below:
        return f"IN ({roots})"
    return (
        f"IN (WITH RECURSIVE below(code) AS (SELECT a.code FROM agency a WHERE a.code IN ({roots}) UNION "  # noqa: S608
        "SELECT c.code FROM agency c JOIN below b ON c.parent = b.code) SELECT code FROM below)"
    )


def _row(row: dict[str, Any]) -> dict[str, Any]:
    for name in ("id", "envelope_id", "key"):
        value = str(row[name])
        row[name] = value if "-" in value else f"{value[:8]}-{value[8:12]}-{value[12:16]}-{value[16:20]}-{value[20:]}"
    return row
