import re
from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from hub.domain.roles import Role
from hub.store.directory import people
from tests.console.visitors import FORM, Seen, account, browser, log_in, logged_in, token_in
from tests.town import Town


async def test_somebody_who_is_not_logged_in_is_sent_to_the_form(town: Town) -> None:
    visitor = browser(town)

    answer = await visitor.get("/")

    assert (answer.status_code, answer.headers["location"]) == (303, "/login")


async def test_the_form_asks_for_a_name_and_a_password(town: Town) -> None:
    page = (await browser(town).get("/login")).text

    assert 'name="name"' in page
    assert 'name="password"' in page
    assert 'type="password"' in page


async def test_the_right_password_opens_the_console(town: Town) -> None:
    visitor = browser(town)

    answer = await log_in(visitor, *await account(town))

    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    assert (await visitor.get("/")).status_code == 200


async def test_the_way_on_after_the_form_is_the_page_that_was_asked_for(town: Town) -> None:
    visitor = browser(town)
    name, password = await account(town)

    asked = await visitor.get("/?state=dead&period=day")
    page = await visitor.get(asked.headers["location"])
    target = re.search(r'name="next" value="([^"]+)"', page.text)
    assert target
    answer = await log_in(visitor, name, password, next=target[1].replace("&amp;", "&"))

    assert answer.headers["location"] == "/?state=dead&period=day"


@pytest.mark.parametrize(
    "elsewhere", ["https://evil.example/", "//evil.example/", "/\\evil.example", "javascript:alert(1)", "/\r\nX: y"]
)
async def test_the_form_leads_to_no_other_house(town: Town, elsewhere: str) -> None:
    answer = await log_in(browser(town), *await account(town), next=elsewhere)

    assert (answer.status_code, answer.headers["location"]) == (303, "/")


async def test_a_wrong_password_and_a_wrong_name_get_the_same_answer(town: Town) -> None:
    name, _ = await account(town)

    wrong = await log_in(browser(town), name, "wrong")
    unknown = await log_in(browser(town), "nobody", "wrong")

    assert wrong.status_code == unknown.status_code == 403
    assert "truc_session" not in wrong.cookies
    strip = re.compile(r'(?:token|name)" value="[^"]*"|autofocus')
    assert strip.sub("", wrong.text) == strip.sub("", unknown.text)


async def test_a_registrar_comes_in_to_the_agencies_and_sees_no_document(town: Town) -> None:
    visitor = await logged_in(town, Role.REGISTRAR)

    first = await visitor.get("/")

    assert (first.status_code, first.headers["location"]) == (303, "/agencies")
    assert (await visitor.get("/documents")).status_code == 404


@pytest.mark.parametrize("role", [Role.OPERATOR, Role.OBSERVER, Role.AUDITOR, Role.ADMIN])
async def test_every_role_that_may_watch_comes_in(town: Town, role: Role) -> None:
    visitor = await logged_in(town, role)

    assert (await visitor.get("/")).status_code == 200


async def test_the_cookie_is_out_of_reach_for_scripts_and_other_sites(town: Town) -> None:
    plain = await log_in(browser(town), *await account(town))
    (cookie,) = [c for c in plain.headers.get_list("set-cookie") if c.startswith("truc_session=")]

    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert "Secure" not in cookie


async def test_over_tls_the_cookie_never_travels_in_the_clear(town: Town) -> None:
    visitor = browser(town, "https://hub")

    answer = await log_in(visitor, *await account(town))

    (cookie,) = [c for c in answer.headers.get_list("set-cookie") if c.startswith("__Host-truc_session=")]
    assert "Secure" in cookie
    assert (await visitor.get("/")).status_code == 200


async def test_a_session_ends_after_twelve_hours(town: Town) -> None:
    visitor = await logged_in(town)
    session = visitor.cookies["truc_session"]

    with time_machine.travel(datetime.now(UTC) + timedelta(hours=11, minutes=59), tick=False):
        assert (await browser(town, cookie=f"truc_session={session}").get("/")).status_code == 200
    with time_machine.travel(datetime.now(UTC) + timedelta(hours=12, minutes=1), tick=False):
        assert (await browser(town, cookie=f"truc_session={session}").get("/")).status_code == 303


async def test_closing_an_account_ends_its_sessions_at_once(town: Town) -> None:
    visitor = await logged_in(town)

    async with town.hub.database.write() as conn:
        await people.revoke_person(conn, "operator-everywhere", datetime.now(UTC))

    assert (await visitor.get("/")).status_code == 303


async def test_logging_out_ends_the_session_of_this_browser(town: Town) -> None:
    visitor = await logged_in(town)
    token = token_in((await visitor.get("/")).text)

    answer = await visitor.post("/logout", data={"token": token}, headers={"Origin": "http://hub"})

    assert answer.headers["location"] == "/login"
    assert (await visitor.get("/")).status_code == 303


@pytest.mark.parametrize(
    ("token", "origin"),
    [
        ("", "http://hub"),
        ("made-up", "http://hub"),
        (None, "http://evil.example"),
        (None, "null"),
        (None, "http://hub.evil"),
    ],
)
async def test_another_site_can_not_log_somebody_out(town: Town, token: str | None, origin: str) -> None:
    visitor = await logged_in(town)
    own = token_in((await visitor.get("/")).text)

    await visitor.post("/logout", data={"token": own if token is None else token}, headers={"Origin": origin})

    assert (await visitor.get("/")).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://hub"},
        {"Referer": "http://evil.example/page"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
async def test_a_browser_logs_in_with_our_own_form_only(town: Town, headers: dict[str, str]) -> None:
    name, password = await account(town)

    answer = await browser(town).post("/login", data={"name": name, "password": password}, headers=headers)

    assert answer.status_code == 403
    assert "truc_session" not in answer.cookies


async def test_a_form_made_for_another_browser_is_not_taken(town: Town) -> None:
    name, password = await account(town)
    other, visitor = browser(town), browser(town)
    token = token_in((await other.get("/login")).text)
    await visitor.get("/login")

    said = {"name": name, "password": password, "token": token}
    answer = await visitor.post("/login", data=said, headers={"Origin": "http://hub"})

    assert answer.status_code == 403


async def test_a_script_that_is_no_browser_may_log_in_without_reading_the_form(town: Town) -> None:
    name, password = await account(town)
    script = browser(town)

    answer = await script.post("/login", data={"name": name, "password": password})

    assert answer.status_code == 303
    assert (await script.get("/")).status_code == 200


async def test_after_five_wrong_passwords_even_the_right_one_must_wait(town: Town) -> None:
    name, password = await account(town)
    visitor = browser(town)

    for _ in range(5):
        assert (await log_in(visitor, name, "wrong")).status_code == 403
    answer = await log_in(visitor, name, password)

    assert answer.status_code == 429
    assert 0 < int(answer.headers["retry-after"]) <= 30
    with time_machine.travel(datetime.now(UTC) + timedelta(seconds=31), tick=False):
        assert (await log_in(visitor, name, password)).status_code == 303


async def test_somebody_elses_guessing_does_not_keep_another_name_out(town: Town) -> None:
    name, password = await account(town)
    visitor = browser(town)

    for _ in range(6):
        await log_in(visitor, "admin", "wrong")

    assert (await log_in(visitor, name, password)).status_code == 303


@pytest.mark.parametrize(
    "body",
    [b"", b"name=a", b"name=%00&password=%00", b"name=%ff%fe&password=%ed%a0%80", b"a=b&" * 50, b"name=" + b"x" * 9000],
    ids=["empty", "half", "zeros", "not utf-8", "many fields", "large"],
)
async def test_a_form_full_of_nonsense_is_refused_politely(town: Town, body: bytes) -> None:
    answer = await browser(town).post("/login", content=body, headers=FORM)

    assert answer.status_code == 403
    assert "<form" in answer.text


async def test_a_browser_at_an_address_of_nobody_is_shown_a_page_with_the_way_back(town: Town) -> None:
    as_browsers_ask = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}
    visitor = await logged_in(town)

    for path in ("/nothing", "/documents/nothing", "/agencies/NOBODY", "/live/nothing"):
        answer = await visitor.get(path, headers=as_browsers_ask)
        assert (answer.status_code, answer.headers["content-type"]) == (404, "text/html; charset=utf-8")
        page = Seen(answer.text)
        assert "Kiểm tra lại địa chỉ" in page.text
        assert {"/", "/documents"} <= set(page.links())  # with the menu
    stranger = await browser(town).get("/nothing", headers=as_browsers_ask)
    assert "Kiểm tra lại địa chỉ" in stranger.text
    assert "/documents" not in Seen(stranger.text).links()
    program = await browser(town).get("/nothing")
    assert program.headers["content-type"] == "application/problem+json"
