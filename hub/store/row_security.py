"""A second wall on PostgreSQL: what is read on behalf of an agency is read by a role that sees that agency's rows alone.

The first wall is the condition that each question has. Should one ever lack it, this one still stands: the database
itself leaves out what is neither sent by the agency nor sent to it. It costs a transaction around the question, so
whoever writes, and all that the hub asks for itself, goes on without.
"""

from collections.abc import Iterable
from typing import Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

ROLE: Final = "truc_reader"
_RULE: Final = "one_body"
_BEFORE: Final = "one_agency"  # what was laid before: it knew an agency by one code
_ME: Final = (  # its codes, which hold no spaces; asked once a statement, not once a row
    "ANY ((SELECT string_to_array(current_setting('truc.agency', true), ' '))::text[])"
)
_TO_ME: Final = "EXISTS (SELECT 1 FROM delivery d WHERE d.envelope_id = {} AND d.recipient = " + _ME + ")"  # noqa: S608
_MINE: Final = {
    "delivery": f"recipient = {_ME} OR sender = {_ME}",
    "envelope": f"sender = {_ME} OR {_TO_ME.format('envelope.id')}",
    "event": f"sender = {_ME} OR recipient = {_ME} OR (recipient IS NULL AND {_TO_ME.format('event.envelope_id')})",
    "original": "EXISTS (SELECT 1 FROM envelope e WHERE e.id = original.envelope_id)",  # of what the envelope's rule shows
}


_MAKE: Final = f"""DO $$ BEGIN
IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{ROLE}') THEN CREATE ROLE {ROLE} NOLOGIN; END IF;
IF NOT pg_has_role(CURRENT_USER, '{ROLE}', 'MEMBER') THEN GRANT {ROLE} TO CURRENT_USER; END IF;
END $$"""


async def lay(conn: AsyncConnection) -> None:
    """Make the role and the rules, in the caller's transaction; laid again, only what is new is granted.

    The hub's own user is bound by none of them, whether the tables are its own or not.
    """
    schema = (await conn.execute(text("SELECT quote_ident(current_schema())"))).scalar_one()
    await conn.execute(text(_MAKE))
    await conn.execute(text(f"GRANT USAGE ON SCHEMA {schema} TO {ROLE}"))
    await conn.execute(text(f"GRANT SELECT ON ALL TABLES IN SCHEMA {schema} TO {ROLE}"))
    if await is_laid(conn):  # each rule locks its table for a moment
        return
    for table, mine in _MINE.items():
        for rule in ("hub", _BEFORE, _RULE):
            await conn.execute(text(f"DROP POLICY IF EXISTS {rule} ON {table}"))
        await conn.execute(text(f"CREATE POLICY hub ON {table} USING (true) WITH CHECK (true)"))
        await conn.execute(text(f"CREATE POLICY {_RULE} ON {table} AS RESTRICTIVE FOR SELECT TO {ROLE} USING ({mine})"))
        await conn.execute(text(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY"))


async def become(conn: AsyncConnection, codes: Iterable[str]) -> None:
    """See what an agency (its canonical codes) may see and no more, until this transaction ends."""
    ask = text("SELECT set_config('truc.agency', :agency, true), set_config('role', :role, true)")
    await conn.execute(ask, {"agency": " ".join(codes), "role": ROLE})


async def is_laid(conn: AsyncConnection) -> bool:
    """Whether the rules stand, and this user may take the role."""
    ask = text(
        "SELECT (SELECT count(*) FROM pg_policies WHERE policyname = :rule AND schemaname = current_schema()) "
        "= :rules AND EXISTS (SELECT 1 FROM pg_roles WHERE rolname = :role AND pg_has_role(oid, 'MEMBER'))"
    )
    return bool((await conn.execute(ask, {"role": ROLE, "rule": _RULE, "rules": len(_MINE)})).scalar_one())
