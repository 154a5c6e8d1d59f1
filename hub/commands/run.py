"""Commands that run the hub: serve, gateway, worker, migrate, doctor."""

import gc
from collections.abc import Callable
from types import ModuleType
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hub import say

if TYPE_CHECKING:
    from hub.settings import Settings


def serve() -> None:
    """Run everything in one process: the faces, the rooms behind them, the embedded database."""
    settings = say.settings()
    _prepare(settings, is_migrating=settings.is_embedded)
    raise typer.Exit(_serving().serve(settings, with_rooms=True))


def gateway() -> None:
    """Run the faces: take in envelopes, answer questions. Production runs several, with workers behind them."""
    settings = say.settings()
    _prepare(settings, is_migrating=settings.is_embedded)
    raise typer.Exit(_serving().serve(settings, with_rooms=False))


def worker() -> None:
    """Run the rooms behind the faces: carry notes, deliver, watch. Any number of them share the work."""
    settings = say.settings()
    _prepare(settings, is_migrating=settings.is_embedded)
    raise typer.Exit(_serving().work(settings))


def _serving() -> ModuleType:
    """What runs processes, loaded without the collector, which would walk all of it again and again."""
    gc.disable()
    try:
        from hub import serving
    finally:
        gc.enable()
    return serving


def migrate(
    finish: Annotated[
        bool,
        typer.Option(
            "--finish", help="Also take away what only the previous release needed: none of its processes may be left."
        ),
    ] = False,
) -> None:
    """Bring the database to the current schema, and create the topics when TRUC_BUS=kafka.

    The previous release's processes go on beside it: what only they need is taken away later, by --finish.
    """
    settings = say.settings()
    _prepare(settings, is_migrating=True, finish=finish)
    say.note("database: current")
    if settings.bus == "kafka":
        import asyncio

        from hub.bus.kafka import create_topics

        odd = asyncio.run(
            create_topics(
                settings.kafka_bootstrap,
                settings.topic_prefix,
                settings.kafka_partitions,
                settings.kafka_replication,
            )
        )
        for remark in odd:
            say.note(f"note: {remark}")
        say.note(f"topics: {settings.topic_prefix}.deliveries.{{central,province,district,commune}}")


def doctor(
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document on stdout.")] = False,
) -> None:
    """Say what is set and whether every part can be reached; what is wrong comes with what to do."""
    settings = say.settings()
    import asyncio

    from hub.doctor import examine, print_findings

    report = asyncio.run(examine(settings))
    if as_json:
        say.data(report)
    else:
        print_findings(report)
    raise typer.Exit(0 if report["ok"] else 1)


def _prepare(settings: "Settings", *, is_migrating: bool, finish: bool = True) -> None:
    import asyncio

    from hub import log

    log.configure(settings.log_format, settings.log_level)
    if is_migrating:
        from hub.store.migrate import migrate as bring_up

        asyncio.run(bring_up(settings.database, finish=finish))
        if settings.row_security:
            asyncio.run(_lay_rules(settings.database))
    elif not asyncio.run(_has_schema(settings.database)):
        from hub.errors import rejected

        say.explain(rejected("database-schema"))
        raise typer.Exit(1)


async def _lay_rules(url: str) -> None:
    """Lay the rules under which agencies read; SQLite has none."""
    from hub.store import row_security
    from hub.store.database import Database

    database = Database(url, pool_size=1)
    try:
        if not database.is_sqlite:
            async with database.write() as conn:
                await row_security.lay(conn)
    finally:
        await database.close()


async def _has_schema(url: str) -> bool:
    """Whether the database can be worked with; one that does not answer is waited for later, not refused here."""
    from hub.errors import Unavailable
    from hub.store.database import Database
    from hub.store.migrate import is_current

    database = Database(url, pool_size=1)
    try:
        return await is_current(database)
    except Unavailable:
        return True
    finally:
        await database.close()


COMMANDS: dict[str, Callable[..., Any]] = {
    "serve": serve,
    "gateway": gateway,
    "worker": worker,
    "migrate": migrate,
    "doctor": doctor,
}
