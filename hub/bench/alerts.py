"""What a turn of the alerts costs with very many open deliveries, on PostgreSQL: seconds of its looks and of a whole turn."""

import argparse
import secrets
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import asyncpg

from hub import say
from hub.domain.alert import Kind
from hub.settings import Settings
from hub.store.migrate import migrate
from hub.store.watching.late import COUNTED_AT_MOST
from hub.wiring import build

_FILL = """
INSERT INTO agency (code, name, name_folded, level, kind, parent, created_at, updated_at)
SELECT 'H' || n, 'Cơ quan ' || n, 'co quan ' || n, 'commune', 'government', 'H' || (n / 100), now(), now()
FROM generate_series(1, :agencies) AS n;
INSERT INTO envelope (id, sender, kind, document_id, code, subject, priority, sha256, size, received_at, judgement, reason,
  signer, facts, warnings, receipt, search)
SELECT md5('e' || n)::uuid, 'H' || (1 + n % :agencies), 'new', 'D' || n, n || '/UBND', 'V/v', 0, '', 8000,
  now() - interval '1 hour' + n * interval '3 milliseconds', 'valid', '', '', '{}', '[]', '', ''
FROM generate_series(1, :deliveries / 10) AS n;
INSERT INTO delivery (id, envelope_id, recipient, addressed_as, sender, level, kind, channel, state, version, rank,
  created_at, due_at, collected_at)
SELECT md5('d' || n)::uuid, md5('e' || (1 + n / 10))::uuid, 'H' || (1 + (n * 7919::bigint) % :agencies), 'x', 'H1', 'commune',
  'document', 'inbox', CASE WHEN n % 5 = 0 THEN 'COLLECTED' ELSE 'AVAILABLE' END, 2, 3,
  now() - interval '1 hour' + n * interval '3 milliseconds', now() + interval '2 days',
  CASE WHEN n % 5 = 0 THEN now() END
FROM generate_series(1, :deliveries - 10) AS n
"""


async def alerts(options: argparse.Namespace) -> dict[str, Any]:
    """Fill a database with open deliveries and look: none is late, all are and are raised, all are and were raised."""
    if not options.postgres:
        return {"left_out": "needs --postgres"}
    async with fresh_database(options.postgres) as url:
        await migrate(url)
        with TemporaryDirectory(prefix="truc-bench-") as home:
            return await _measured(url, Path(home), options.deliveries, options.agencies)


@asynccontextmanager
async def fresh_database(server: str) -> AsyncIterator[str]:
    """A database of our own on a server, gone afterwards."""
    name = f"truc_bench_{secrets.token_hex(6)}"
    admin = await asyncpg.connect(server)
    try:
        await admin.execute(f'CREATE DATABASE "{name}"')
        try:
            yield f"{server.rpartition('/')[0].replace('postgresql://', 'postgresql+asyncpg://', 1)}/{name}"
        finally:
            await admin.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
    finally:
        await admin.close()


async def _measured(url: str, home: Path, deliveries: int, agencies: int) -> dict[str, Any]:
    hub = build(Settings(home=home, database_url=url))
    await hub.database.open()
    try:
        say.note(f"  laying {deliveries:,} open deliveries")
        await _fill(url, deliveries, agencies)
        found: dict[str, Any] = {"open_deliveries": deliveries, "agencies": agencies}
        now = datetime.now(UTC)
        late = now + timedelta(days=60)
        for name, at in (("turn_while_none_is_late", now), ("first_turn", late), ("next_turn", late)):
            say.note(f"  {name.replace('_', ' ')}")
            started = time.perf_counter()
            turn = await hub.alerts.tick(at)
            found[name] = {
                "seconds": round(time.perf_counter() - started, 2),
                "longest_look_seconds": round(turn.longest_seconds, 3),
                "looks": turn.slices,
                "raised": turn.raised,
            }
        found["a_page_of_the_list_seconds"] = await _page(hub, late)
        found["counted_at_most"] = COUNTED_AT_MOST
        return found
    finally:
        await hub.database.close()


async def _fill(url: str, deliveries: int, agencies: int) -> None:
    """Written by the bare driver: it takes minutes, which the hub's own connections are not allowed."""
    conn = await asyncpg.connect(url.replace("+asyncpg", ""))
    try:
        filled = _FILL.replace(":agencies", str(agencies)).replace(":deliveries", str(deliveries))
        await conn.execute(f"BEGIN;{filled};COMMIT")
        for table in ("delivery", "envelope", "agency"):
            await conn.execute(f"VACUUM ANALYZE {table}")
    finally:
        await conn.close()


async def _page(hub: Any, now: datetime) -> float:
    from hub.store.watching.late_documents import documents

    started = time.perf_counter()
    async with hub.database.read() as conn:
        await documents(conn, Kind.UNRECEIVED, hub.alerts.bounds(Kind.UNRECEIVED, now), {}, None, 100)
    return round(time.perf_counter() - started, 3)
