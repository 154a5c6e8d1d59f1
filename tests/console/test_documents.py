import re
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from hub.domain.ids import new_id
from hub.domain.roles import Role
from tests.console.visitors import Seen, browser, logged_in, put, row
from tests.town import Town

HOSTILE = "<script>alert('x')</script><img src=x onerror=alert(1)>\"'>"


async def test_the_latest_documents_are_listed_with_what_people_ask_first(town: Town) -> None:
    await town.settle("G22")
    await put(town, row("G22", {"H53": "QUEUED", "H29": "DEAD"}, priority=3))
    visitor = await logged_in(town)

    page = Seen((await visitor.get("/documents")).text)

    for words in ("128/UBND-VP", "Đà Nẵng", "Cơ quan G22", "2 nơi nhận", "Hỏa tốc", "Hợp lệ", "26 phút trước"):
        assert words in page.text
    assert "Chờ gửi" in page.text
    assert "Văn bản lỗi" in page.text


async def test_text_from_outside_is_text_and_nothing_else(town: Town) -> None:
    hostile = row("G22", {"H53": "DEAD"}, subject=HOSTILE, code=HOSTILE, document_id=HOSTILE, signer=HOSTILE)
    await put(town, hostile)
    visitor = await logged_in(town)

    for path in (
        "/",
        "/documents",
        f"/documents/{hostile.id}",
        "/documents?q=" + "%3Cscript%3Ealert(1)%3C%2Fscript%3E",
    ):
        page = Seen((await visitor.get(path)).text)
        assert {script["src"] for script in page.all("script")} == await _our_scripts(visitor)
        assert page.all("img") == []
        assert [a for _, a in page.elements if any(name.startswith("on") for name in a)] == []
    assert HOSTILE in Seen((await visitor.get("/documents")).text).text


async def _our_scripts(visitor: httpx.AsyncClient) -> set[str | None]:
    """The script files of a page on which nothing of anybody else's stands."""
    scripts = {script["src"] for script in Seen((await visitor.get("/queues")).text).all("script")}
    assert len(scripts) == 3
    return scripts


@pytest.mark.parametrize(
    ("path", "scripts"),
    [("/", True), ("/documents", True), ("/login", False), ("/documents/00000000-0000-7000-8000-000000000000", True)],
)
async def test_a_page_runs_no_script_but_files_of_ours_and_is_never_framed(
    town: Town, path: str, *, scripts: bool
) -> None:
    await put(town, row("G22", {"H53": "QUEUED"}))
    visitor = browser(town) if path == "/login" else await logged_in(town)

    answer = await visitor.get(path)

    policy = answer.headers["content-security-policy"]
    assert policy.startswith("default-src 'none';")
    assert re.findall("script-src [^;]*", policy) == (["script-src 'self'"] if scripts else [])
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["referrer-policy"] == "same-origin"


async def test_pages_hold_no_script_and_no_style_of_their_own(town: Town) -> None:
    sent = row("G22", {"H53": "QUEUED"})
    await put(town, sent)
    visitor = await logged_in(town)

    for path in ("/", f"/documents/{sent.id}", "/documents?refresh=1"):
        text = (await visitor.get(path)).text
        page = Seen(text)
        assert [script for script in page.all("script") if not (script["src"] or "").startswith("/static/")] == []
        assert re.findall(r"<script[^>]*>[^<]", text) == []
        assert page.all("style") == []
        assert [a for _, a in page.elements if "style" in a] == []


async def test_every_file_a_page_needs_is_served_by_the_hub_and_kept_for_good(town: Town) -> None:
    visitor = await logged_in(town)
    page = Seen((await visitor.get("/documents")).text)

    for address in (*(link["href"] for link in page.all("link")), *(script["src"] for script in page.all("script"))):
        answer = await visitor.get(address or "")
        assert answer.status_code == 200
        assert "immutable" in answer.headers["cache-control"]
    style = (await visitor.get("/static/console.css")).text
    for font in re.findall(r"url\(([^)]+)\)", style):
        assert (await visitor.get(f"/static/{font}")).content.startswith(b"wOF2")


@pytest.mark.parametrize("name", ["../pages.py", "%2e%2e/pages.py", "console.py", "", "..%2f__init__.py", "base.html"])
async def test_no_other_file_is_served(town: Town, name: str) -> None:
    answer = await (await logged_in(town)).get(f"/static/{name}")

    assert answer.status_code == 404


async def test_search_needs_no_accents(town: Town) -> None:
    await put(town, row("G22", {"H53": "QUEUED"}), row("G22", {"H53": "QUEUED"}, subject="Giấy mời họp", code="9/GM"))
    visitor = await logged_in(town)

    page = Seen((await visitor.get("/documents", params={"q": "da nang"})).text)

    assert "128/UBND-VP" in page.text
    assert "9/GM" not in page.text


async def test_the_id_of_an_envelope_leads_straight_to_it(town: Town) -> None:
    sent = row("G22", {"H53": "QUEUED"})
    await put(town, sent)

    answer = await (await logged_in(town)).get("/documents", params={"q": sent.id})

    assert (answer.status_code, answer.headers["location"]) == (303, f"/documents/{sent.id}")


@pytest.mark.parametrize(
    ("state", "shown"),
    [
        ("dead", {"2/D"}),
        ("DEAD", {"2/D"}),
        ("uncollected", {"1/Q", "3/L"}),
        ("overdue", {"3/L"}),
        ("received", {"4/C"}),
        ("no-such-state", {"1/Q", "2/D", "3/L", "4/C"}),
    ],
)
async def test_a_list_can_be_narrowed_to_a_state(town: Town, state: str, shown: set[str]) -> None:
    await put(
        town,
        row("G22", {"H53": "QUEUED"}, code="1/Q"),
        row("G22", {"H53": "DEAD"}, code="2/D"),
        row("G22", {"H53": "AVAILABLE"}, timedelta(hours=9), code="3/L"),
        row("G22", {"H53": "COLLECTED"}, code="4/C"),
    )
    visitor = await logged_in(town)

    page = Seen((await visitor.get("/documents", params={"state": state})).text)

    assert {code for code in ("1/Q", "2/D", "3/L", "4/C") if code in page.text} == shown


async def test_every_figure_leads_to_the_list_behind_it(town: Town) -> None:
    await put(
        town,
        row("G22", {"H53": "DEAD", "H29": "DEAD"}, code="2/D"),
        row("G22", {"H53": "QUEUED"}, code="1/Q", judgement="absent"),
        row("G22", {"H53": "DEAD"}, timedelta(hours=30), code="5/OLD"),
    )
    visitor = await logged_in(town)
    page = (await visitor.get("/")).text
    figures = re.findall(r'<a class="number \w+" href="([^"]+)">([^<]+)</a>', page)

    shown = dict(
        zip(("sent", "received", "uncollected", "refused", "dead", "signed", "delay", "online"), figures, strict=True)
    )
    assert [shown[name][1] for name in ("sent", "received", "uncollected", "dead", "signed")] == [
        "2",
        "0",
        "1",
        "2",
        "50 %",
    ]
    assert [shown[name][1] for name in ("refused", "delay")] == ["0", "–"]
    names = ("sent", "received", "uncollected", "dead", "signed")
    lists = [Seen((await visitor.get(shown[name][0].replace("&amp;", "&"))).text).text for name in names]
    assert ["2/D" in text for text in lists] == [True, False, False, True, True]
    assert ["1/Q" in text for text in lists] == [True, False, True, False, False]
    assert not any("5/OLD" in text for text in lists)


async def test_pages_of_a_list_follow_each_other_without_gaps(town: Town) -> None:
    sent = [row("G22", {"H53": "QUEUED"}, timedelta(minutes=i // 2), code=f"{i}/X") for i in range(1, 121)]
    await put(town, *sent)
    visitor = await logged_in(town)

    path, seen, pages = "/documents?period=day", [], 0
    while path:
        page = (await visitor.get(path)).text
        pages += 1
        seen += re.findall(r'<a href="/documents/([^"]+)">', page)
        following = re.search(r'href="([^"]+)" rel="next"', page)
        path = following[1].replace("&amp;", "&") if following else ""

    assert pages == 3
    assert len(seen) == len(set(seen)) == 120


async def test_a_list_has_an_address_that_says_all_of_it(town: Town) -> None:
    sent = [row("G22", {"H53": "DEAD"}, code=f"{i}/X") for i in range(60)]
    await put(town, *sent)

    page = (await (await logged_in(town)).get("/documents?q=X&state=dead&level=commune&period=day")).text
    following = re.search(r'href="([^"]+)" rel="next"', page)
    assert following
    said = parse_qs(urlsplit(following[1].replace("&amp;", "&")).query)

    assert {k: v[0] for k, v in said.items() if k != "after"} == {
        "q": "X",
        "state": "dead",
        "level": "commune",
        "period": "day",
    }


@pytest.mark.parametrize(
    "query",
    [
        "after=zzz",
        "after=9~x",
        "after=99999999999999999999~00000000-0000-7000-8000-000000000000",
        "q=%00",
        "period=x",
        "lang=fr",
    ],
)
async def test_an_address_that_was_edited_badly_still_shows_a_list(town: Town, query: str) -> None:
    answer = await (await logged_in(town)).get(f"/documents?{query}")

    assert answer.status_code == 200


async def test_somebody_with_a_scope_sees_the_traffic_of_that_agency_alone(town: Town) -> None:
    for code in ("G22", "H53", "H29"):
        await town.settle(code)
    mine = row("G22", {"H53": "QUEUED", "H29": "DEAD"}, code="1/MINE")
    other = row("G22", {"H29": "DEAD"}, code="2/OTHER")
    await put(town, mine, other)
    visitor = await logged_in(town, scope="H53")

    page = Seen((await visitor.get("/documents")).text)

    assert "1/MINE" in page.text
    assert "2/OTHER" not in page.text
    assert (await visitor.get(f"/documents/{other.id}")).status_code == 404
    seen = Seen((await visitor.get(f"/documents/{mine.id}")).text)
    assert "Cơ quan H53" in seen.text
    assert "Cơ quan H29" not in seen.text


async def test_an_empty_hub_says_what_will_be_here(town: Town) -> None:
    page = Seen((await (await logged_in(town)).get("/documents")).text)

    assert "Chưa có văn bản nào" in page.text


async def test_a_list_renews_itself_only_when_it_was_asked_to(town: Town) -> None:
    visitor = await logged_in(town)

    assert 'http-equiv="refresh"' not in (await visitor.get("/documents")).text
    assert 'http-equiv="refresh"' in (await visitor.get("/documents?refresh=1")).text


async def test_a_text_that_turns_the_order_of_reading_is_shown_in_order(town: Town) -> None:
    await town.settle("G22")
    turned = row("G22", {"H53": "DEAD"}, subject="V/v \u202egpj.exe\u2066", code="9/\u202bGM")
    await put(town, turned)
    visitor = await logged_in(town)

    for path in ("/documents", f"/documents/{turned.id}"):
        page = (await visitor.get(path)).text
        assert "V/v \ufffdgpj.exe\ufffd" in page, path
        assert not set("\u202a\u202b\u202d\u202e\u2066\u2067\u2068") & set(page), path


async def test_the_id_of_a_document_out_of_sight_is_told_as_one_of_nothing(town: Town) -> None:
    for code in ("G22", "H53", "H29"):
        await town.settle(code)
    theirs, mine = row("G22", {"H53": "QUEUED"}), row("G22", {"H29": "QUEUED"}, code="9/GM")
    await put(town, theirs, mine)
    visitor = await logged_in(town, Role.OFFICER, "H29")

    told = [await visitor.get(f"/documents?q={identity}") for identity in (theirs.id, new_id())]
    own = await visitor.get(f"/documents?q={mine.id}")

    assert [answer.status_code for answer in told] == [200, 200]
    assert own.headers["location"] == f"/documents/{mine.id}"


async def test_words_of_a_hidden_subject_tell_nothing_by_where_the_list_ends(town: Town) -> None:
    await town.settle("G22")
    await put(town, *(row("G22", {"H53": "QUEUED"}, code=f"{n}/QĐ-UBND", subject="Kỷ luật cán bộ") for n in range(55)))
    visitor = await logged_in(town, Role.AUDITOR)

    by_subject = Seen((await visitor.get("/documents?q=ky+luat")).text)
    by_number = Seen((await visitor.get("/documents?q=qd-ubnd")).text)

    assert not [link for link in by_subject.links() if "after=" in link]
    assert [link for link in by_number.links() if "after=" in link]
