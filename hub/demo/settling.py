"""Make a place for the demo: the agencies with keys and certificates, a person who may watch, and days gone by."""

import asyncio
import random
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

from hub import catalogue
from hub.demo import country, town
from hub.demo.month import Month
from hub.demo.pki import Authority, Signer
from hub.domain.agency import Agency
from hub.domain.roles import Role
from hub.settings import Settings
from hub.store.database import Database
from hub.store.directory import certificates, keys, people, registry
from hub.store.migrate import migrate
from hub.tally import Tally
from hub.wiring import build


async def live_through(
    settings: Settings,
    agencies: tuple[Agency, ...],
    signers: dict[str, Signer],
    days: int,
    tell: Callable[[int, int], None],
) -> int:
    """Let the agencies have exchanged documents for some days already; answers how many. `tell`: done, of how many."""
    hub = build(settings)
    await hub.database.open()
    now = datetime.now(UTC)
    await hub.calendars.refresh(now)
    month = Month(hub, agencies, signers, random.Random(2026), now)
    count = await month.write(days, tell)
    await catalogue.keep(hub.database, now)
    await Tally(hub.database, hub.calendars).count(now, whole=True)
    await hub.database.close()
    return count


async def settle(settings: Settings, agencies: tuple[Agency, ...]) -> tuple[dict[str, str], dict[str, Signer], str]:
    """Migrate, enter the agencies with keys and certificates, and a person who may watch."""
    await migrate(settings.database)
    now = datetime.now(UTC)
    authority = await asyncio.to_thread(Authority)
    is_large = len(agencies) > len(town.AGENCIES)
    made = await asyncio.gather(
        *(
            asyncio.to_thread(
                authority.issue, a.name, a.code, elliptic=is_large, days=country.CERTIFICATE_DAYS.get(a.code, 365)
            )
            for a in agencies
        )
    )
    signers = {agency.code: signer for agency, signer in zip(agencies, made, strict=True)}
    issued = {}
    database = Database(settings.database)
    async with database.write() as conn:
        for agency in agencies:
            await registry.add(conn, replace(agency, signature=town.POLICY), now, country.PUSHED.get(agency.code))
            issued[agency.code] = await keys.issue_key(conn, agency.code, now)
            await certificates.bind_certificate(conn, agency.code, signers[agency.code].binding(), now)
        _, _, password = await people.add_person(conn, "demo", Role.OPERATOR, None, now)
    await database.close()
    return issued, signers, password
