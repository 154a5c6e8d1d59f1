"""Which agencies have late deliveries, and how many: found by index, an agency at a time, however many are open.

Each question has a partial index that begins with the agency. Agencies are found by jumping from one to the next in it,
a slice of them at a time; what is late at each is then a range of it. So the cost grows with the agencies looked at and
what is late there, not with what is open.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from sqlalchemy import BindParameter, TextClause, bindparam, text
from sqlalchemy.ext.asyncio import AsyncConnection

from hub.domain.alert import Found, Kind
from hub.store.columns import Instant
from hub.store.sql import is_postgresql
from hub.store.tables import PENDING, UNANSWERED

COUNTED_AT_MOST: Final = 10_000  # documents of one agency and kind; beyond it the count is "at least"


@dataclass(frozen=True, slots=True)
class Question:
    """One kind of lateness: the rows that may be late, whose they are, since when, and what else must hold."""

    kind: Kind
    table: str
    open: str  # the index's condition
    agency: str
    since: str
    joins: str = ""
    also: str = "1 = 1"


_DOCUMENT: Final = "JOIN envelope e ON e.id = d.envelope_id"
QUESTIONS: Final[dict[Kind, Question]] = {
    q.kind: q
    for q in (
        Question(Kind.UNRECEIVED, "delivery", PENDING + " AND kind = 'document'", "recipient", "created_at"),
        Question(
            Kind.UNANSWERED,
            "delivery",
            UNANSWERED,
            "recipient",
            "collected_at",
            _DOCUMENT,  # what a recall or an update waits for is 15 or 16, on the document it is about
            "e.kind IN ('new', 'replace') AND coalesce(d.result, '') <> 'fail' AND d.pending_change IS NULL",
        ),
        Question(Kind.UNREGISTERED, "delivery", "progress = '01'", "recipient", "report_at"),
        Question(Kind.CHANGE_UNANSWERED, "delivery", "pending_change IS NOT NULL", "recipient", "pending_since"),
        Question(
            Kind.OVERDUE,
            "answer_due",
            "1 = 1",
            "recipient",
            "due_at",
            "JOIN delivery x ON x.id = d.delivery_id",
            "x.state NOT IN ('WITHDRAWN', 'DEAD') AND coalesce(x.progress, '') NOT IN ('02', '06', 'W')",
        ),
        Question(Kind.UNDELIVERABLE, "delivery", "state = 'DEAD' AND kind = 'document'", "recipient", "created_at"),
        Question(Kind.SENT_LATE, "alert_case", "kind = 'sent-late'", "agency", "at"),
        Question(Kind.CHANGE_REFUSED, "alert_case", "kind = 'change-refused'", "agency", "at"),
        Question(Kind.SIGNATURE, "alert_case", "kind = 'signature'", "agency", "at"),
    )
}


Until = tuple[datetime, datetime, datetime, datetime]
"""For each rank (0 hỏa tốc … 3 thường): what has waited since before this moment is late."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """What is late, by rank; for agencies with hours of their own apart. Before `oldest` nothing is alarming any more."""

    until: Until
    oldest: datetime
    own: Mapping[str, Until] = field(default_factory=dict)

    def condition(self, since: str, agency: str) -> tuple[str, dict[str, Any]]:
        """SQL and its parameters."""
        given: dict[str, Any] = {f"until{rank}": at for rank, at in enumerate(self.until)}
        given |= {
            "oldest": self.oldest,
            "latest": max((*self.until, *(at for each in self.own.values() for at in each))),
        }
        late_before = _by_rank("until")
        if self.own:
            cases = []
            for number, (code, until) in enumerate(self.own.items()):
                given |= {f"own{number}": code, **{f"own{number}until{rank}": at for rank, at in enumerate(until)}}
                cases.append(f"WHEN :own{number} THEN {_by_rank(f'own{number}until')}")
            late_before = f"CASE {agency} {' '.join(cases)} ELSE {late_before} END"
        return f"{since} <= :latest AND {since} >= :oldest AND {since} <= {late_before}", given


def _by_rank(name: str) -> str:
    return f"(CASE d.rank WHEN 0 THEN :{name}0 WHEN 1 THEN :{name}1 WHEN 2 THEN :{name}2 ELSE :{name}3 END)"


def bound(sql: str, given: Mapping[str, Any], *more: BindParameter[Any]) -> TextClause:
    """A statement whose times are written as each database keeps them."""
    times = [bindparam(name, type_=Instant()) for name, value in given.items() if isinstance(value, datetime)]
    return text(sql).bindparams(*times, *more)


async def agencies(conn: AsyncConnection, question: Question, after: str, most: int) -> list[str]:
    """The next agencies, in order, that have anything open; fewer than `most` when these were the last."""
    following = f"SELECT min({question.agency}) FROM {question.table} WHERE {question.open} AND {question.agency} > "  # noqa: S608
    query = text(
        f"WITH RECURSIVE who(code, n) AS (SELECT ({following} :after), 1 UNION ALL "  # noqa: S608 - our own words
        f"SELECT ({following} who.code), who.n + 1 FROM who WHERE who.code IS NOT NULL AND who.n < :most) "
        "SELECT code FROM who WHERE code IS NOT NULL"
    )
    return list((await conn.execute(query, {"after": after, "most": most})).scalars())


def late_rows(question: Question, bounds: Bounds) -> tuple[str, dict[str, Any]]:
    """FROM and WHERE of what is late, as `d`, with its parameters; the agency's condition is the caller's to add."""
    condition, given = bounds.condition(f"d.{question.since}", f"d.{question.agency}")
    sql = f"FROM {question.table} d {question.joins} WHERE {_qualified(question.open)} AND {question.also} AND {condition}"
    return sql, given


def _qualified(condition: str) -> str:
    """A condition on columns that a joined table has too."""
    for column in ("state", "kind", "progress", "pending_change", "report_code"):
        condition = condition.replace(f"{column} ", f"d.{column} ")
    return condition


async def count(conn: AsyncConnection, question: Question, codes: Sequence[str], bounds: Bounds) -> list[Found]:
    """What is late at some agencies; those where nothing is are left out."""
    rows, given = late_rows(question, bounds)
    since, agency = f"d.{question.since}", f"d.{question.agency}"
    if is_postgresql(conn):  # one range of the index for each agency, read up to what is counted
        sql = (
            "SELECT w.code, x.n, x.oldest, x.rank FROM unnest(CAST(:codes AS varchar[])) AS w(code), LATERAL ("  # noqa: S608
            f"SELECT count(*) AS n, min(at) AS oldest, min(rank) AS rank FROM (SELECT {since} AS at, d.rank {rows} "
            f"AND {agency} = w.code ORDER BY {since} LIMIT {COUNTED_AT_MOST}) AS y) AS x WHERE x.n > 0"
        )
        query = bound(sql, given)
    else:
        sql = (
            f"SELECT {agency} AS code, count(*) AS n, min({since}) AS oldest, min(d.rank) AS rank {rows} "
            f"AND {agency} IN :codes GROUP BY 1"
        )
        query = bound(sql, given, bindparam("codes", expanding=True))
    found = await conn.execute(query.columns(oldest=Instant()), {**given, "codes": list(codes)})
    return [Found(r.code, min(int(r.n), COUNTED_AT_MOST), int(r.rank), r.oldest) for r in found]
