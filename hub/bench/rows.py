"""What row-level security costs: accepting and the inbox, without it and with it in turn, on one database."""

import argparse
import asyncio
import statistics
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import httpx
from sqlalchemy import text

from hub.bench import documents
from hub.bench.processes import fresh
from hub.gateway.app import Gateway
from hub.settings import Settings
from hub.store import row_security
from hub.store.directory import keys
from hub.wiring import Hub, build

_TABLES: Final = ("envelope", "delivery", "event", "original")
_AT_ONCE: Final = 8
_LAID: Final = 1_000  # documents that lie there before
_TURN_SECONDS: Final = 0.5
_XML: Final = {"Content-Type": "application/xml"}


async def rows(options: argparse.Namespace) -> dict[str, Any]:
    """Rates a second by turns: without rules, with them, and with rules that bind the tables' owner too."""
    if not options.postgres:
        return {"left_out": "needs --postgres"}
    by = documents.signer()
    async with fresh(options.postgres, by) as place:
        hub = build(Settings(home=Path(place.home), database_url=place.url))
        await hub.start()
        try:
            async with hub.database.write() as conn:
                await row_security.lay(conn)
                reader = await keys.issue_key(conn, documents.RECIPIENTS[0].code, datetime.now(UTC))
            transport = httpx.ASGITransport(Gateway(hub))
            async with httpx.AsyncClient(transport=transport, base_url="http://hub", timeout=60) as http:
                return await _measured(hub, http, place.key, reader, options, by)
        finally:
            await hub.stop()


async def _measured(
    hub: Hub, http: httpx.AsyncClient, sender: str, reader: str, options: argparse.Namespace, by: Any
) -> dict[str, Any]:
    count = _LAID + int(options.runs * 3 * _TURN_SECONDS * 800)
    bodies = iter(documents.envelopes(count, 8_000, 1, by, "r"))

    async def post() -> None:
        answer = await http.post(
            "/v1/envelopes", content=next(bodies), headers={**_XML, "Authorization": f"Bearer {sender}"}
        )
        answer.raise_for_status()

    async def inbox() -> None:
        answer = await http.get("/v1/inbox?limit=20", headers={"Authorization": f"Bearer {reader}"})
        answer.raise_for_status()

    for _ in range(_LAID // _AT_ONCE):
        await asyncio.gather(*[post() for _ in range(_AT_ONCE)])
    async with hub.database.write() as conn:
        await conn.execute(text("UPDATE delivery SET state = 'AVAILABLE', available_at = created_at"))
    found: dict[str, dict[str, list[float]]] = {}
    for _ in range(options.runs):
        for name in ("without", "with", "forced"):
            await _turn_to(hub, name)
            for what, ask in (("accept", post), ("inbox", inbox)):
                found.setdefault(what, {}).setdefault(name, []).append(await _rate(ask))
    return {what: _shown(by_name) for what, by_name in found.items()}


async def _turn_to(hub: Hub, name: str) -> None:
    states = {
        "without": "DISABLE ROW LEVEL SECURITY, NO FORCE ROW LEVEL SECURITY",
        "with": "ENABLE ROW LEVEL SECURITY, NO FORCE ROW LEVEL SECURITY",
        "forced": "ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY",
    }
    hub.database.row_security = name != "without"
    async with hub.database.write() as conn:
        for table in _TABLES:
            await conn.execute(text(f"ALTER TABLE {table} {states[name]}"))


async def _rate(ask: Callable[[], Awaitable[None]]) -> float:
    done, begun = 0, time.perf_counter()

    async def one() -> None:
        nonlocal done
        while time.perf_counter() - begun < _TURN_SECONDS:
            await ask()
            done += 1

    await asyncio.gather(*[one() for _ in range(_AT_ONCE)])
    return done / (time.perf_counter() - begun)


def _shown(by_name: dict[str, list[float]]) -> dict[str, Any]:
    """The middle rate of each, and the middle of the ratios of one round."""
    ratios = {
        f"{name} / without": round(
            statistics.median(one / bare for one, bare in zip(each, by_name["without"], strict=True)), 3
        )
        for name, each in by_name.items()
        if name != "without"
    }
    return {**{name: round(statistics.median(each), 1) for name, each in by_name.items()}, **ratios}
