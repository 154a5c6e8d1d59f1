"""Taking a directory file in: a thousand lines a statement, all in the caller's transaction, so all of it or nothing.

A file adds agencies and says more about known ones; it takes nothing away. An empty cell leaves what is there, so an
old list never opens a closed code again, and aliases are only ever added.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import Any, Final

from sqlalchemy import bindparam, exists, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from hub.domain import deadline
from hub.domain.agencies_csv import Row
from hub.domain.agency import code_key
from hub.domain.reform import Fact
from hub.domain.vietnamese import fold
from hub.findings import Finding, finding
from hub.store import directory_version
from hub.store.directory import keys, names, reach, recoded
from hub.store.directory.facts import correct as correct_days
from hub.store.directory.facts import note
from hub.store.directory.registry import alias_row, facts, owners
from hub.store.sql import among
from hub.store.tables import agency, agency_alias, api_key

_CHUNK: Final = 1_000
_FINDINGS_AT_MOST: Final = 5_000  # a file with more wrong in it is the wrong file

_AMEND: Final = (
    update(agency)
    .where(agency.c.code == bindparam("the_code"))
    .values(
        {
            column: func.coalesce(bindparam(f"new_{column.name}", type_=column.type), column)
            for column in (
                agency.c.name,
                agency.c.name_folded,
                agency.c.level,
                agency.c.kind,
                agency.c.parent,
                agency.c.signature,
                agency.c.valid_from,
                agency.c.valid_to,
                agency.c.successors,
            )
        }
        | {agency.c.updated_at: bindparam("new_updated_at", type_=agency.c.updated_at.type)}
    )
)


@dataclass(slots=True)
class Report:
    """What became of a file: lines counted, the first thousands of `findings`, `keys` as (code, key text)."""

    added: int = 0
    changed: int = 0
    refused: int = 0
    findings: list[Finding] = field(default_factory=list)
    keys: list[tuple[str, str]] = field(default_factory=list)

    def note(self, found: Iterable[Finding]) -> None:
        """Keep findings, while there is room."""
        self.findings.extend(islice(found, max(0, _FINDINGS_AT_MOST - len(self.findings))))


@dataclass(slots=True)
class _Mentions:
    """Codes that lines point at, which may stand further down or in the directory; settled at the end."""

    parents: dict[str, int] = field(default_factory=dict)
    successors: dict[str, tuple[int, tuple[str, ...]]] = field(default_factory=dict)


async def import_agencies(
    conn: AsyncConnection, rows: Iterable[Row | Finding], now: datetime, *, with_keys: bool = False
) -> Report:
    """Take in what `domain.agencies_csv.read` reads. `with_keys`: an API key for each agency named that has none."""
    await directory_version.bump(conn, "directory imported", with_keys=with_keys)
    report, mentions = Report(), _Mentions()
    source = iter(rows)
    refused: set[int | None] = set()
    while chunk := list(islice(source, _CHUNK)):
        good: list[Row] = []
        for each in chunk:
            if isinstance(each, Finding):
                refused.add(each.line)
                report.note([each])
            else:
                good.append(each)
                report.note(each.remarks)
        await _take(conn, good, now, report, mentions, with_keys=with_keys)
    report.refused += len(refused)
    await _settle_parents(conn, mentions, report)
    await _settle_successors(conn, mentions, report)
    return report


async def _take(
    conn: AsyncConnection, rows: Sequence[Row], now: datetime, report: Report, mentions: _Mentions, *, with_keys: bool
) -> None:
    owned = await owners(conn, {code for row in rows for code in (row.agency.code, *row.agency.aliases)})
    new: list[dict[str, Any]] = []
    known: list[dict[str, Any]] = []
    aliases: list[dict[str, str]] = []
    codes: list[str] = []
    for row in rows:
        made = row.agency
        owner = owned.get(code_key(made.code))
        if owner and code_key(owner) != code_key(made.code):
            report.refused += 1
            report.note([finding("code-taken", "code", row.line, found=made.code, agency=owner)])
            continue
        if owner:
            known.append(_amended(owner, row, now))
        else:
            new.append({"code": made.code, "created_at": now, **facts(made, now)})
        code = owner or made.code
        codes.append(code)
        aliases += _aliases(code, row, owned, report)
        if made.parent:
            mentions.parents.setdefault(made.parent, row.line)
        if made.successors:
            mentions.successors[code] = (row.line, made.successors)
    if new:
        await conn.execute(insert(agency), new)
    report.changed += len(known)
    if known:
        known += await _later(conn, known)
        await _note_policies(conn, known, now)
        await conn.execute(_AMEND, known)
        today = now.astimezone(deadline.LOCAL).date()
        await names.correct(conn, {row["the_code"]: row["new_name"] for row in known}, today)
        await correct_days(conn, {row["the_code"]: _amended_days(row) for row in known}, today)
    if aliases:
        await conn.execute(insert(agency_alias), aliases)
    await _note_units(conn, rows, owned, now)
    if with_keys and codes:
        report.keys += await _issue(conn, codes, now)
    report.added += len(new)


async def _note_units(conn: AsyncConnection, rows: Sequence[Row], owned: dict[str, str], now: datetime) -> None:
    keys = {code_key(row.agency.code): row.agency.gso for row in rows if row.agency.gso}
    units = {code: gso for key, gso in keys.items() if code_key(code := owned[key]) == key}  # not of lines refused
    if units:
        await note(conn, Fact.GSO, units, now.astimezone(deadline.LOCAL).date())


def _aliases(code: str, row: Row, owned: dict[str, str], report: Report) -> Iterator[dict[str, str]]:
    for written in (row.agency.code, *row.agency.aliases):
        owner = owned.setdefault(code_key(written), "")
        if not owner:
            owned[code_key(written)] = code
            yield alias_row(code, written)
        elif owner != code:
            report.note([finding("csv-alias-dropped", "aliases", row.line, found=written)])


async def _note_policies(conn: AsyncConnection, known: list[dict[str, Any]], now: datetime) -> None:
    """Of whom the file says another policy than the directory: that it holds from today."""
    said = {row["the_code"]: row["new_signature"] for row in known if row["new_signature"]}
    query = select(agency.c.code, agency.c.signature).where(among(conn, agency.c.code, said))
    others = {row.code for row in await conn.execute(query) if row.signature != said[row.code]} if said else set()
    for policy in {said[code] for code in others}:
        some = [code for code in others if said[code] == policy]
        await reach.put(conn, Fact.SIGNATURE, some, policy, now.astimezone(deadline.LOCAL).date())


async def _later(conn: AsyncConnection, known: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The same for the codes that go on from these: an agency whose code is to change is no other for it."""
    by_code = {row["the_code"]: row for row in known}
    own = dict.fromkeys(("new_valid_from", "new_valid_to", "new_successors"))
    later = await recoded.later(conn, by_code)
    return [{**by_code[code], **own, "the_code": after} for after, code in later.items()]


def _amended_days(row: dict[str, Any]) -> dict[str, str | None]:
    days = {Fact.LEVEL: row["new_level"], Fact.PARENT: row["new_parent"]}
    return {fact.value: value for fact, value in days.items() if value}


def _amended(code: str, row: Row, now: datetime) -> dict[str, Any]:
    made = row.agency
    values: dict[str, Any] = {
        "name": made.name,
        "name_folded": fold(made.name),
        "level": made.level.value,
        "kind": made.kind.value if "kind" in row.given else None,
        "parent": made.parent,
        "signature": made.signature.value if made.signature else None,
        "valid_from": made.valid_from,
        "valid_to": made.valid_to,
        "successors": list(made.successors) or None,
        "updated_at": now,
    }
    return {"the_code": code, **{f"new_{name}": value for name, value in values.items()}}


async def _issue(conn: AsyncConnection, codes: Sequence[str], now: datetime) -> list[tuple[str, str]]:
    live = select(api_key.c.agency).where(among(conn, api_key.c.agency, codes), api_key.c.revoked_at.is_(None))
    have = set((await conn.execute(live)).scalars())
    made = [(code, *keys.make(code, now)) for code in codes if code not in have]
    await keys.keep(conn, [key for _, _, key in made])
    return [(code, text) for code, text, _ in made]


async def _settle_parents(conn: AsyncConnection, mentions: _Mentions, report: Report) -> None:
    """Parents named by another of their codes are named by their own; those that are nowhere are reported."""
    known = select(agency_alias.c.agency).where(agency_alias.c.key == func.upper(agency.c.parent))
    await conn.execute(
        update(agency)
        .where(agency.c.parent.is_not(None), exists(known.where(agency_alias.c.agency != agency.c.parent)))
        .values(parent=known.scalar_subquery())
    )
    there = await _known(conn, mentions.parents)
    report.note(
        finding("parent-unknown", "parent", line, agency="—", parent=parent)
        for parent, line in mentions.parents.items()
        if code_key(parent) not in there
    )


async def _settle_successors(conn: AsyncConnection, mentions: _Mentions, report: Report) -> None:
    there = await _known(conn, {heir for _, heirs in mentions.successors.values() for heir in heirs})
    heirs_of: dict[str, tuple[str, ...]] = {}
    for code, (line, written) in mentions.successors.items():
        heirs_of[code] = tuple(dict.fromkeys(there.get(code_key(heir), heir) for heir in written))
        report.note(
            finding("successor-unknown", "successors", line, agency=code, successor=heir)
            for heir in written
            if code_key(heir) not in there
        )
    for code, (line, written) in mentions.successors.items():
        if heirs_of[code] != written:
            await conn.execute(update(agency).where(agency.c.code == code).values(successors=list(heirs_of[code])))
        if _leads_back(code, heirs_of):
            report.note([finding("successor-loop", "successors", line, agency=code, successor=heirs_of[code][0])])


def _leads_back(code: str, heirs_of: dict[str, tuple[str, ...]]) -> bool:
    seen: set[str] = set()
    waiting = list(heirs_of[code])
    while waiting:
        heir = waiting.pop()
        if heir == code:
            return True
        if heir not in seen:
            seen.add(heir)
            waiting += heirs_of.get(heir, ())
    return False


async def _known(conn: AsyncConnection, written: Iterable[str]) -> dict[str, str]:
    known: dict[str, str] = {}
    source = iter(written)
    while chunk := list(islice(source, _CHUNK)):
        known |= await owners(conn, chunk)
    return known
