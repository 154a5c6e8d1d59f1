"""A session is the server's: nobody can choose one for somebody else, and one that was ended is over wherever it was kept."""

from datetime import UTC, datetime

from hub.store.directory import people
from tests.console.visitors import account, browser, log_in, logged_in, token_in
from tests.town import Town


async def test_logging_in_takes_no_session_that_the_browser_brought(town: Town) -> None:
    attacker = await logged_in(town)
    planted = attacker.cookies["truc_session"]
    victim = browser(town)
    victim.cookies.set("truc_session", planted)
    async with town.hub.database.write() as conn:
        _, _, password = await people.add_person(conn, "mai", people.Role.OPERATOR, None, datetime.now(UTC))
    page = await browser(town).get("/login")

    said = {"name": "mai", "password": password}
    answer = await victim.post("/login", data=said)

    assert (page.status_code, answer.status_code) == (200, 303)
    assert answer.cookies["truc_session"] != planted
    assert (await browser(town, cookie=f"truc_session={planted}").get("/")).status_code == 303


async def test_an_id_made_up_before_logging_in_opens_nothing_after(town: Town) -> None:
    visitor = browser(town)
    visitor.cookies.set("truc_session", "chosen-by-somebody")

    await log_in(visitor, *await account(town))

    assert (await browser(town, cookie="truc_session=chosen-by-somebody").get("/")).status_code == 303


async def test_a_cookie_copied_before_logging_out_is_worth_nothing_after(town: Town) -> None:
    visitor = await logged_in(town)
    copied = visitor.cookies["truc_session"]
    token = token_in((await visitor.get("/")).text)

    await visitor.post("/logout", data={"token": token}, headers={"Origin": "http://hub"})

    assert (await browser(town, cookie=f"truc_session={copied}").get("/")).status_code == 303
