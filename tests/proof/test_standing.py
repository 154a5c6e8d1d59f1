"""Whoever watches sees whether the log keeps up: how large it is, and what it owes."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from hub.attest.stamping import Stamper
from hub.console import pages
from hub.domain.roles import Role
from hub.store.proof.standing import Standing, standing
from tests.console.visitors import logged_in
from tests.offices import document
from tests.parts import postgres
from tests.proof.scenes import exchanged, followed
from tests.proof.tsa import authority
from tests.town import Town, founded

LATER = timedelta(hours=2)


async def of(town: Town, now: datetime) -> Standing:
    async with town.hub.database.read() as conn:
        return await standing(conn, now)


async def test_a_log_that_covers_everything_is_not_behind_however_long_nothing_happens(town: Town) -> None:
    await exchanged(town)
    leaves = len(await followed(town))

    found = await of(town, datetime.now(UTC) + LATER)

    assert (found.size, found.behind) == (leaves, 0.0)


async def test_what_nobody_writes_into_the_log_makes_it_late(town: Town) -> None:
    _, sender, _ = await exchanged(town)
    await followed(town)
    await sender.send(document("H53", ["H53.32.21"]))

    late = await of(town, datetime.now(UTC) + LATER)
    await followed(town)
    caught_up = await of(town, datetime.now(UTC) + LATER)

    assert late.behind >= LATER.total_seconds()
    assert caught_up.behind == 0.0
    assert caught_up.size > late.size


async def test_a_head_that_nobody_stamped_is_owed_from_the_first_of_them_on(town: Town, tmp_path: Path) -> None:
    _, sender, _ = await exchanged(town)
    await followed(town)
    owed = await of(town, datetime.now(UTC) + LATER)
    with authority(tmp_path) as tsa:
        async with httpx.AsyncClient() as http:
            await Stamper(town.hub.database, tsa.url, [tsa.root.certificate], 60).turn(http, datetime.now(UTC))
    stamped = await of(town, datetime.now(UTC) + LATER)
    await sender.send(document("H53", ["H53.32.21"]))
    await followed(town)
    again = await of(town, datetime.now(UTC) + LATER)

    assert owed.unstamped >= LATER.total_seconds()
    assert stamped.unstamped == 0.0
    assert again.unstamped >= LATER.total_seconds()


async def test_before_its_first_head_the_log_owes_nothing(town: Town) -> None:
    await exchanged(town)

    assert await of(town, datetime.now(UTC) + LATER) == Standing(0, 0.0, 0.0)


async def test_metrics_name_the_log_and_what_it_owes(town: Town) -> None:
    await exchanged(town)
    leaves = len(await followed(town))

    told = (await town.http.get("/metrics")).text

    said = dict(re.findall(r"^(truc_log_\w+) (\S+)$", told, re.MULTILINE))
    assert float(said["truc_log_leaves"]) == leaves
    assert float(said["truc_log_behind_seconds"]) == 0
    assert float(said["truc_log_unstamped_seconds"]) == 0  # no authority is set, so none is missed


@pytest.mark.parametrize("backend", ["sqlite", "postgresql"])
async def test_the_console_shows_the_last_heads_and_whether_they_are_stamped(
    tmp_path: Path, backend: str, request: pytest.FixtureRequest
) -> None:
    async def looked(url: str) -> None:
        async with founded(tmp_path, url, tsa_url="http://127.0.0.1:9/tsa") as town:
            pages.mount(town.app.api, town.hub)
            _, sender, _ = await exchanged(town)
            sizes = [len(await followed(town))]
            await sender.send(document("H53", ["H53.32.21"]))
            sizes.append(len(await followed(town)))

            page = (await (await logged_in(town, Role.ADMIN)).get("/system")).text

            section = page[page.index('id="log"') : page.index('id="versions"')]
            assert re.findall(r'<td class="name">([\d.]+)</td>', section) == [str(size) for size in reversed(sizes)]
            assert section.count("chưa có") == 2
            assert section.count("kịp") == 2

    if backend == "sqlite":
        await looked("")
        return
    async with postgres.fresh(request.getfixturevalue("postgres_dsn")) as url:
        await looked(url)
