"""People's accounts: a token for their scripts, a password or an identity elsewhere for the console.

Neither token nor password is kept, only what checks them.
"""

import hashlib
import secrets
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from sqlalchemy import delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from hub.domain.agency import Level
from hub.domain.roles import Person, Reach, Role
from hub.errors import rejected
from hub.store import directory_version
from hub.store.directory import agencies, passwords, recoded
from hub.store.tables import agency, person, person_identity, session

_TOKEN: Final = "trp_"  # noqa: S105 - how a token begins, not one
_NAME_AT_MOST: Final = 100
_LEVELS_AT_MOST: Final = 20  # of administration, between an agency and its province; more are a ring


@dataclass(frozen=True, slots=True)
class Account:
    """A person on record. `subjects`: who the person is to an OpenID provider, as (issuer, subject)."""

    person: Person
    created_at: datetime
    revoked_at: datetime | None
    subjects: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Rights:
    """What somebody is given beyond the role. `scope`: any code of an agency."""

    scope: str | None = None
    reach: Reach = Reach.AGENCY
    reads: bool = False


async def add_person(
    conn: AsyncConnection, name: str, role: Role, scope: str | Rights | None, now: datetime
) -> tuple[Person, str, str]:
    """Open an account; answers the person, the token and the password, both shown this once.

    `scope`: any code of an agency, or `Rights`; a code alone lets the person see that agency's traffic and no other.
    """
    rights = scope if isinstance(scope, Rights) else Rights(scope)
    if not name or name != name.strip() or len(name) > _NAME_AT_MOST or not name.isprintable():
        raise rejected("person-name")
    if (role is Role.OFFICER or rights.reach is not Reach.AGENCY) and not rights.scope:
        raise rejected("person-scope")
    told = {"role": role.value, "scope": rights.scope, "reach": rights.reach.value, "reads": rights.reads}
    await directory_version.bump(conn, "person added", name, **told)
    if (await conn.execute(select(person.c.name).where(person.c.name == name))).first():
        raise rejected("person-exists", name=name)
    code = (await agencies.get(conn, rights.scope)).code if rights.scope else None
    token = _TOKEN + secrets.token_urlsafe(32)
    password = passwords.make()
    await conn.execute(
        insert(person).values(
            name=name,
            role=role.value,
            scope=code,
            reach=rights.reach.value,
            reads=rights.reads,
            token_hash=_token_hash(token),
            password_hash=await passwords.kept(password),
            created_at=now,
        )
    )
    return await _rooted(conn, Person(name, role, code, rights.reach, None, rights.reads)), token, password


async def revoke_person(conn: AsyncConnection, name: str, now: datetime) -> None:
    """Close an account and end its sessions. The name stays taken, so that what was done under it stays one person's."""
    await directory_version.bump(conn, "person revoked", name)
    row = await _known(conn, name)
    if row.revoked_at is None:
        await conn.execute(update(person).where(person.c.name == name).values(revoked_at=now))
    await conn.execute(delete(session).where(session.c.person == name))


async def new_password(conn: AsyncConnection, name: str) -> str:
    """Give somebody another password, shown this once, and end the sessions of the old one."""
    await directory_version.bump(conn, "password renewed", name)
    await _known(conn, name)
    password = passwords.make()
    hashed = await passwords.kept(password)
    await conn.execute(update(person).where(person.c.name == name).values(password_hash=hashed))
    await conn.execute(delete(session).where(session.c.person == name))
    return password


async def link(conn: AsyncConnection, name: str, issuer: str, subject: str, now: datetime) -> None:
    """Let somebody whom an OpenID provider knows by `subject` in under this account."""
    await directory_version.bump(conn, "identity linked", name, issuer=issuer, subject=subject)
    await _known(conn, name)
    there = (person_identity.c.issuer == issuer) & (person_identity.c.subject == subject)
    owner = (await conn.execute(select(person_identity.c.person).where(there))).scalar_one_or_none()
    if owner not in (None, name):
        raise rejected("identity-taken", name=owner, subject=subject)
    if owner is None:
        await conn.execute(insert(person_identity).values(issuer=issuer, subject=subject, person=name, linked_at=now))


async def find_by_subject(conn: AsyncConnection, issuer: str, subject: str) -> Person | None:
    """The person with an open account whom an OpenID provider knows by this subject."""
    query = (
        select(person)
        .join(person_identity, person_identity.c.person == person.c.name)
        .where(person_identity.c.issuer == issuer, person_identity.c.subject == subject, person.c.revoked_at.is_(None))
    )
    return await _one(conn, query)


async def find_by_token(conn: AsyncConnection, token: str) -> Person | None:
    """Whose token this is, if anybody's whose account is open."""
    if not is_token(token):
        return None
    return await _one(
        conn, select(person).where(person.c.token_hash == _token_hash(token), person.c.revoked_at.is_(None))
    )


async def find_by_name(conn: AsyncConnection, name: str) -> Person | None:
    """The person with an open account of this name."""
    return await _one(conn, select(person).where(person.c.name == name, person.c.revoked_at.is_(None)))


async def check_password(conn: AsyncConnection, name: str, password: str) -> Person | None:
    """The person, if the password is right. A name nobody has takes as long as a wrong password."""
    row = (await conn.execute(select(person).where(person.c.name == name))).one_or_none()
    right = await passwords.is_right(password, row.password_hash if row else None)
    if row is None or not right or row.revoked_at is not None:
        return None
    return await _rooted(conn, _person(row))


async def everybody(conn: AsyncConnection) -> list[Account]:
    """All accounts, closed ones included, by name."""
    subjects: dict[str, list[tuple[str, str]]] = {}
    for row in await conn.execute(select(person_identity).order_by(person_identity.c.linked_at)):
        subjects.setdefault(row.person, []).append((row.issuer, row.subject))
    rows = await conn.execute(select(person).order_by(person.c.name))
    return [Account(_person(r), r.created_at, r.revoked_at, tuple(subjects.get(r.name, ()))) for r in rows]


def is_token(text: str) -> bool:
    """Whether this could be a person's token; an agency's key never is."""
    return text.startswith(_TOKEN)


async def _known(conn: AsyncConnection, name: str) -> Any:
    row = (await conn.execute(select(person).where(person.c.name == name))).one_or_none()
    if row is None:
        raise rejected("person-unknown", name=name)
    return row


async def _one(conn: AsyncConnection, query: Any) -> Person | None:
    row = (await conn.execute(query)).one_or_none()
    return await _rooted(conn, _person(row)) if row else None


def _person(row: Any) -> Person:
    return Person(row.name, Role(row.role), row.scope, Reach(row.reach), None, bool(row.reads))


async def _rooted(conn: AsyncConnection, found: Person) -> Person:
    """The person, with the province that a scope of that reach stands for; the scope itself when it is in none."""
    if found.scope is None or found.reach is Reach.NATION:
        return found
    root = await _province(conn, found.scope) if found.reach is Reach.PROVINCE else None
    return replace(found, root=root, also=await recoded.others(conn, root or found.scope))


async def _province(conn: AsyncConnection, scope: str) -> str | None:
    code: str | None = scope
    for _ in range(_LEVELS_AT_MOST):
        row = (await conn.execute(select(agency.c.level, agency.c.parent).where(agency.c.code == code))).one_or_none()
        if row is None:
            break
        if row.level == Level.PROVINCE:
            return code
        code = row.parent
    return None


def _token_hash(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
