"""People who come from an OpenID provider: a real one, a process of its own, spoken to over HTTP."""

import subprocess
import sys
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
import time_machine

from hub.console import pages
from hub.domain.roles import Role
from hub.store import audit
from hub.store.database import Database
from hub.store.directory import people
from tests.console.visitors import browser
from tests.town import Town, founded


@pytest.fixture(scope="module")
def issuer() -> Any:
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.parts.provider", "0"],
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[2],
    )
    assert process.stdout
    port = process.stdout.readline().split()[-1]
    yield f"http://127.0.0.1:{port}"
    process.kill()
    process.wait()


@pytest.fixture
async def town(tmp_path: Path, issuer: str) -> AsyncIterator[Town]:
    settings = {"oidc_issuer": issuer, "oidc_client_id": "truc", "oidc_client_secret": "secret"}
    async with founded(tmp_path, **settings) as made:
        pages.mount(made.app.api, made.hub)
        await say(issuer)
        await account(made.hub.database, issuer, "lan", Role.OPERATOR)
        yield made


async def account(database: Database, issuer: str, name: str, role: Role, subject: str = "") -> None:
    async with database.write() as conn:
        await people.add_person(conn, name, role, None, datetime.now(UTC))
        await people.link(conn, name, issuer, subject or f"sub-{name}", datetime.now(UTC))


async def say(issuer: str, **said: Any) -> None:
    async with httpx.AsyncClient() as http:
        await http.post(f"{issuer}/_say", json=said)


async def at_the_provider(address: str) -> str:
    """Log in there; where it sends the browser back to."""
    async with httpx.AsyncClient() as http:
        answer = await http.get(address)
    assert answer.status_code == 302, answer.text
    return answer.headers["location"]


async def arrive(visitor: httpx.AsyncClient, start: str = "/login/oidc") -> httpx.Response:
    """The whole way: from our page to the provider and back."""
    away = await visitor.get(start)
    assert away.status_code == 303, away.text
    return await visitor.get(await at_the_provider(away.headers["location"]))


async def is_in(visitor: httpx.AsyncClient) -> bool:
    return (await visitor.get("/")).status_code == 200


async def test_who_is_linked_comes_in_and_goes_on_to_the_page_that_was_asked_for(town: Town) -> None:
    visitor = browser(town)

    answer = await arrive(visitor, "/login/oidc?next=/%3Fstate%3Ddead")

    assert (answer.status_code, answer.headers["location"]) == (303, "/?state=dead")
    assert await is_in(visitor)
    async with town.hub.database.read() as conn:
        (entry,) = await audit.page(conn, action="logged in", limit=9)
    assert entry["actor"] == "person:lan"


async def test_the_form_offers_the_way_there(town: Town) -> None:
    assert 'href="/login/oidc"' in (await browser(town).get("/login")).text


async def test_who_is_not_linked_stays_out_and_it_is_written_down(town: Town, issuer: str) -> None:
    await say(issuer, subject="sub-stranger", claims={"role": "admin", "email": "lan@example.vn"})
    visitor = browser(town)

    answer = await arrive(visitor)

    assert answer.status_code == 403
    assert not await is_in(visitor)
    async with town.hub.database.read() as conn:
        assert [e["object"] for e in await audit.page(conn, action="login refused", limit=9)] == ["sub-stranger"]


async def test_a_revoked_account_stays_out_whatever_the_provider_says(town: Town) -> None:
    visitor = browser(town)
    await arrive(visitor)
    async with town.hub.database.write() as conn:
        await people.revoke_person(conn, "lan", datetime.now(UTC))

    assert not await is_in(visitor)
    assert (await arrive(browser(town))).status_code == 403


@pytest.mark.parametrize(
    "said",
    [
        {"key": "other"},
        {"key": "none"},
        {"claims": {"iss": "https://elsewhere.example"}},
        {"claims": {"aud": "another-client"}},
        {"claims": {"exp": 1}},
        {"claims": {"nonce": "of another login"}},
        {"claims": {"iat": 99999999999}},
        {"claims": {"sub": ""}},
        {"claims": {"sub": 7}},
        {"claims": {"azp": "another-client", "aud": ["truc", "another-client"]}},
    ],
    ids=str,
)
async def test_a_word_of_the_provider_that_does_not_hold_opens_nothing(
    town: Town, issuer: str, said: dict[str, Any]
) -> None:
    await say(issuer, **said)
    visitor = browser(town)

    assert (await arrive(visitor)).status_code == 403
    assert not await is_in(visitor)


async def test_a_provider_that_changes_its_key_is_asked_for_the_new_one(town: Town, issuer: str) -> None:
    assert (await arrive(browser(town))).status_code == 303
    await say(issuer, key="rotated")

    with time_machine.travel(datetime.now(UTC) + timedelta(seconds=40), tick=True):
        assert (await arrive(browser(town))).status_code == 303


async def test_an_answer_that_another_browser_asked_for_opens_nothing(town: Town) -> None:
    attacker, victim = browser(town), browser(town)
    away = await attacker.get("/login/oidc")
    back = await at_the_provider(away.headers["location"])

    assert (await victim.get(back)).status_code == 403
    await victim.get("/login/oidc")
    assert (await victim.get(back)).status_code == 403
    assert not await is_in(victim)


async def test_an_answer_counts_once_and_not_after_ten_minutes(town: Town) -> None:
    visitor = browser(town)
    away = await visitor.get("/login/oidc")
    back = await at_the_provider(away.headers["location"])
    with time_machine.travel(datetime.now(UTC) + timedelta(minutes=11), tick=True):
        assert (await visitor.get(back)).status_code == 403

    again = await visitor.get("/login/oidc")
    back = await at_the_provider(again.headers["location"])
    assert (await visitor.get(back)).status_code == 303
    assert (await browser(town).get(back)).status_code == 403


@pytest.mark.parametrize("query", ["", "?state=x&code=y", "?error=access_denied", "?code=" + "x" * 3000])
async def test_a_callback_of_ones_own_making_is_refused_politely(town: Town, query: str) -> None:
    answer = await browser(town).get(f"/login/oidc/callback{query}")

    assert answer.status_code == 403
    assert "<form" in answer.text


async def test_a_provider_that_does_not_answer_is_told_and_lets_nobody_in(tmp_path: Path) -> None:
    async with founded(tmp_path, oidc_issuer="http://127.0.0.1:1", oidc_client_id="truc") as town:
        pages.mount(town.app.api, town.hub)

        assert (await browser(town).get("/login/oidc")).status_code == 503


async def test_beside_single_sign_on_passwords_can_be_switched_off(tmp_path: Path, issuer: str) -> None:
    async with founded(tmp_path, oidc_issuer=issuer, oidc_client_id="truc", local_login=False) as town:
        pages.mount(town.app.api, town.hub)
        async with town.hub.database.write() as conn:
            _, _, password = await people.add_person(conn, "lan", Role.OPERATOR, None, datetime.now(UTC))

        page = await browser(town).get("/login")
        answer = await browser(town).post("/login", data={"name": "lan", "password": password})

    assert 'name="password"' not in page.text
    assert answer.status_code == 403


async def test_one_identity_is_one_persons(town: Town, issuer: str) -> None:
    from hub.errors import Rejected

    with pytest.raises(Rejected) as refused:
        await account(town.hub.database, issuer, "mai", Role.OPERATOR, "sub-lan")

    assert refused.value.code == "identity-taken"
