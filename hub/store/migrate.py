"""Bring a database to the schema of this release, with Alembic; safe to run by several processes at once.

Expand, then contract. What a release adds (phase `pre`, the usual one) comes before its processes do, and the previous
release's go on beside it. What it takes away (phase `post`) waits to be asked for by `finish`, when none of those is left;
the next release's migration does it in passing. So the last steps may be wanting and the schema still fits (`is_current`).

On PostgreSQL each step is a transaction of its own that waits for a lock only briefly, so that nobody queues behind it,
and comes again; an index on a table that grows is built beside the traffic (`migrations.online`).
"""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Final, NamedTuple

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from hub import failpoint
from hub.errors import Unavailable
from hub.store.database import Database

_LOCK: Final = 7_281_992_011  # any number that nobody else takes as an advisory lock
_LOCK_EVERY: Final = 0.2  # seconds; asked, not waited for: who waits in a statement keeps an index from being built
_LOCK_NOT_AVAILABLE: Final = "55P03"
_TRIES: Final = 60
_REST: Final = 1.0  # seconds between them


class Step(NamedTuple):
    """A migration: its name, and whether it takes away (`is_post`)."""

    revision: str
    is_post: bool


def steps() -> list[Step]:
    """All migrations in their order."""
    script = ScriptDirectory.from_config(_config())
    found = [Step(each.revision, getattr(each.module, "phase", "pre") == "post") for each in script.walk_revisions()]
    return found[::-1]


def target(known: Sequence[Step], *, finish: bool) -> str:
    """The migration up to which to go: the last, but before those at the end that take away, unless `finish`."""
    last = len(known)
    while not finish and last > 1 and known[last - 1].is_post:
        last -= 1
    return known[last - 1].revision


def fits(known: Sequence[Step], there: str | None) -> bool:
    """Whether a database with the schema `there` can be worked with: nothing is wanting but what is taken away last.

    A schema that is not known is that of a newer release, whose steps leave room for ours.
    """
    names = [step.revision for step in known]
    if there not in names:
        return there is not None
    return all(step.is_post for step in known[names.index(there) + 1 :])


async def migrate(url: str, revision: str = "", *, finish: bool = False) -> None:
    """Upgrade the database at `url`, or, for tests, take it down to `base`; does nothing when it is there already.

    `finish`: also take away what only the previous release needed.
    """
    wanted = revision or target(steps(), finish=finish)
    database = Database(url)
    try:
        if database.is_sqlite:
            async with database.write() as conn:
                await conn.run_sync(_run, wanted)
        else:
            await _migrate_beside_the_traffic(database, wanted)
    finally:
        await database.close()


async def is_current(database: Database) -> bool:
    """Whether the database has a schema that this release works with."""
    there, _ = await revisions(database)
    return fits(steps(), there)


async def revisions(database: Database) -> tuple[str | None, str | None]:
    """The schema that the database has, and the newest one this release knows."""

    def revision(connection: Connection) -> str | None:
        return MigrationContext.configure(connection).get_current_revision()

    async with database.read() as conn:
        there = await conn.run_sync(revision)
    return there, steps()[-1].revision


async def _migrate_beside_the_traffic(database: Database, wanted: str) -> None:
    async with database.patient() as conn:
        while not (await conn.execute(text("SELECT pg_try_advisory_lock(:key)"), {"key": _LOCK})).scalar_one():
            await conn.commit()
            await asyncio.sleep(_LOCK_EVERY)
        await conn.commit()
        for _ in range(_TRIES):
            try:
                await conn.run_sync(_run, wanted)
            except DBAPIError as error:
                if getattr(error.orig, "sqlstate", "") != _LOCK_NOT_AVAILABLE:
                    raise
                await conn.rollback()
                await asyncio.sleep(_REST)
            else:
                return
    raise Unavailable("a migration waited in vain for a table that somebody has locked: run it again")


def _run(connection: Connection, wanted: str) -> None:
    config = _config(connection)
    if wanted == "base":
        command.downgrade(config, wanted)
        return
    script = ScriptDirectory.from_config(config)
    there = MigrationContext.configure(connection).get_current_revision()
    if connection.dialect.name == "postgresql":
        connection.commit()  # or the steps would share the transaction in which that was asked
    known = [each.revision for each in script.walk_revisions()]
    if there is not None and (there not in known or known.index(there) < known.index(wanted)):
        return  # it is further already
    command.upgrade(config, wanted)


def _config(connection: Connection | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.attributes["connection"] = connection
    config.attributes["half_way"] = lambda: failpoint.reach("schema-half-way")
    return config
