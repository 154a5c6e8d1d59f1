"""Changing the directory: agencies are added, amended, suspended. Closing and its kin are in `succession`.

A code is never used again and an entry never deleted: the past must stay answerable. Every change takes the version
row first (`directory_version`), so changes come one after the other and every process learns of them.
"""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from hub.domain import codes, deadline
from hub.domain.agency import Agency, code_key, code_scheme
from hub.domain.reform import Fact, contact_faults
from hub.domain.vietnamese import fold
from hub.errors import Rejected, rejected
from hub.findings import Finding, finding
from hub.store import directory_version
from hub.store.directory import agencies, names, reach
from hub.store.directory.facts import correct as correct_days
from hub.store.directory_version import because
from hub.store.sql import among
from hub.store.tables import agency, agency_alias

_OF_ONE_CODE: Final = frozenset({"valid_from", "valid_to", "grace_days", "successors"})


async def add(conn: AsyncConnection, new: Agency, now: datetime, config: dict[str, str] | None = None) -> Agency:
    """Enter an agency with its aliases and its channel's settings; `Rejected` names everything against it.

    A parent that is not in the directory yet is kept as it is named: offices connect in any order.
    """
    await directory_version.bump(
        conn, "agency added", new.code, name=new.name, level=new.level.value, parent=new.parent
    )
    made = await _checked(conn, new)
    await _all_free(conn, made, ())
    await conn.execute(
        insert(agency).values(
            code=made.code,
            suspended_at=now if made.suspended else None,
            channel_config=config or {},
            created_at=now,
            **facts(made, now),
        )
    )
    await conn.execute(insert(agency_alias), [alias_row(made.code, code) for code in (made.code, *made.aliases)])
    await conn.execute(  # those that named it as their parent before it was here, by another of its codes
        update(agency).where(among(conn, agency.c.parent, made.aliases)).values(parent=made.code)
    )
    return await agencies.get(conn, made.code)


async def save(conn: AsyncConnection, changed: Agency, now: datetime) -> Agency:
    """Amend an agency: its facts and its aliases become what is given; keys, certificates, suspension stay."""
    await directory_version.bump(conn, "agency amended", changed.code, name=changed.name)
    known = await agencies.get(conn, changed.code)
    made = await _checked(conn, changed, known.code)
    await _all_free(conn, made, (known.code,))
    own, today = facts(made, now), now.astimezone(deadline.LOCAL).date()
    every = (known.code, *known.later)
    for fact in (Fact.CONTACT, Fact.SIGNATURE):
        if getattr(made, fact) != getattr(known, fact):
            await reach.put(conn, fact, every, own[fact], today)
    await conn.execute(update(agency).where(agency.c.code == known.code).values(**own))
    if known.later:
        shared = {name: value for name, value in own.items() if name not in _OF_ONE_CODE}
        await conn.execute(update(agency).where(agency.c.code.in_(known.later)).values(**shared))
    await conn.execute(
        delete(agency_alias).where(agency_alias.c.agency == known.code, agency_alias.c.key != code_key(known.code))
    )
    if made.aliases:
        await conn.execute(insert(agency_alias), [alias_row(known.code, code) for code in made.aliases])
    await names.correct(conn, dict.fromkeys(every, made.name), today)
    days = {Fact.LEVEL.value: made.level.value, Fact.PARENT.value: made.parent}
    await correct_days(conn, dict.fromkeys(every, days), today)
    return await agencies.get(conn, known.code)


async def add_alias(conn: AsyncConnection, code: str, alias: str, now: datetime) -> Agency:
    """Let an agency be known by one more code; its own again is no change."""
    await directory_version.bump(conn, "alias added", code, alias=alias)
    known = await agencies.get(conn, code)
    written = codes.canonical(alias)
    owner = (await owners(conn, [written])).get(code_key(written))
    if owner and owner != known.code:
        raise rejected("code-taken", found=written, agency=owner)
    if owner is None:
        await conn.execute(insert(agency_alias), [alias_row(known.code, written)])
        await touch(conn, known.code, now)
    return await agencies.get(conn, known.code)


async def suspend(conn: AsyncConnection, code: str, now: datetime, reason: str = "") -> Agency:
    """Stop an agency from sending; what is sent to it waits. Suspending twice keeps the first time."""
    await directory_version.bump(conn, "agency suspended", code, **because(reason))
    known = await agencies.get(conn, code)
    if not known.suspended:
        await _touch_all(conn, known, now, suspended_at=now)
    return await agencies.get(conn, known.code)


async def resume(conn: AsyncConnection, code: str, now: datetime, reason: str = "") -> Agency:
    """Let a suspended agency take part again."""
    await directory_version.bump(conn, "agency resumed", code, **because(reason))
    known = await agencies.get(conn, code)
    await _touch_all(conn, known, now, suspended_at=None)
    return await agencies.get(conn, known.code)


async def set_channel(conn: AsyncConnection, code: str, channel: str, config: dict[str, str], now: datetime) -> Agency:
    """How the agency is reached from now on. Whether the settings make sense is the adapter's to say, before."""
    await directory_version.bump(conn, "channel set", code, channel=channel)  # its settings hold secrets
    known = await agencies.get(conn, code)
    held = reach.channel(channel, config)
    await reach.put(conn, Fact.CHANNEL, known.codes, held, now.astimezone(deadline.LOCAL).date())
    await _touch_all(conn, known, now, channel=channel, channel_config=config)
    return await agencies.get(conn, known.code)


async def accept_sha1(conn: AsyncConnection, code: str, until: date | None, now: datetime) -> Agency:
    """Take an agency's signatures with SHA-1 as `valid-legacy` up to a day, that day included; None: not at all."""
    await directory_version.bump(conn, "SHA-1 accepted", code, until=str(until))
    known = await agencies.get(conn, code)
    await _touch_all(conn, known, now, accept_sha1_until=until)
    return await agencies.get(conn, known.code)


async def set_contact(conn: AsyncConnection, code: str, contact: dict[str, str], now: datetime) -> Agency:
    """Whom to call at the agency from now on."""
    if faults := contact_faults(contact):
        raise Rejected(faults)
    await directory_version.bump(conn, "contact set", code, contact=contact)
    known = await agencies.get(conn, code)
    await reach.put(conn, Fact.CONTACT, known.codes, contact, now.astimezone(deadline.LOCAL).date())
    await _touch_all(conn, known, now, contact=contact)
    return await agencies.get(conn, known.code)


async def touch(conn: AsyncConnection, code: str, now: datetime, **values: Any) -> None:
    """Set columns of one agency's row."""
    await conn.execute(update(agency).where(agency.c.code == code).values(updated_at=now, **values))


async def _touch_all(conn: AsyncConnection, known: Agency, now: datetime, **values: Any) -> None:
    """Set columns for an agency under all its codes: under the new one it is no other, nor what still lies under the old."""
    await conn.execute(update(agency).where(agency.c.code.in_(known.codes)).values(updated_at=now, **values))


async def _checked(conn: AsyncConnection, new: Agency, known_code: str | None = None) -> Agency:
    """The agency with its codes as the directory keeps them."""
    errors: list[Finding] = []
    code = known_code or _canonical(new.code, errors)
    aliases = {code_key(written): written for written in (_canonical(a, errors) for a in new.aliases) if written}
    aliases.pop(code_key(code), None)
    name = " ".join(new.name.split())
    if not name:
        errors.append(finding("name-missing"))
    parent = new.parent
    if parent:
        above = (await agencies.find(conn, [parent]))[parent]
        parent = above.code if above else _canonical(parent, errors)
        if code_key(parent) in {code_key(code), *aliases}:
            errors.append(finding("parent-itself"))
    if new.valid_from and new.valid_to and new.valid_to <= new.valid_from:
        errors.append(finding("dates-crossed", agency=code, start=new.valid_from, end=new.valid_to))
    if errors:
        raise Rejected(errors)
    return Agency(
        code=code,
        name=name,
        level=new.level,
        kind=new.kind,
        parent=parent or None,
        aliases=tuple(aliases.values()),
        channel=new.channel,
        signature=new.signature,
        valid_from=new.valid_from,
        valid_to=new.valid_to,
        grace_days=new.grace_days,
        successors=new.successors,
        suspended=new.suspended,
        contact=new.contact,
        accept_sha1_until=new.accept_sha1_until,
    )


def _canonical(written: str, errors: list[Finding]) -> str:
    try:
        return codes.canonical(written)
    except Rejected as refusal:
        errors.extend(refusal.findings)
        return ""


async def _all_free(conn: AsyncConnection, made: Agency, but: tuple[str, ...]) -> None:
    taken = await owners(conn, (made.code, *made.aliases))
    errors = [finding("code-taken", found=key, agency=owner) for key, owner in taken.items() if owner not in but]
    if errors:
        raise Rejected(errors)


async def owners(conn: AsyncConnection, written: Iterable[str]) -> dict[str, str]:
    """Who has these codes: key -> canonical code, for those somebody has."""
    query = select(agency_alias.c.key, agency_alias.c.agency)
    wanted = {code_key(code) for code in written}
    return {row.key: row.agency for row in await conn.execute(query.where(among(conn, agency_alias.c.key, wanted)))}


def alias_row(code: str, written: str) -> dict[str, str]:
    """The row that lets the agency `code` be known as `written`."""
    return {"key": code_key(written), "agency": code, "written": written, "scheme": code_scheme(written)}


def facts(made: Agency, now: datetime) -> dict[str, Any]:
    """The columns of an agency's row that its registrar decides, but for its code."""
    return {
        "name": made.name,
        "name_folded": fold(made.name),
        "level": made.level.value,
        "kind": made.kind.value,
        "parent": made.parent,
        "channel": made.channel,
        "signature": made.signature.value if made.signature else None,
        "accept_sha1_until": made.accept_sha1_until,
        "valid_from": made.valid_from,
        "valid_to": made.valid_to,
        "grace_days": made.grace_days,
        "successors": list(made.successors),
        "contact": made.contact,
        "updated_at": now,
    }
