"""Changes of the directory over HTTP: seen before, decided by two where level 1 is touched, in effect with the answer."""

from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from hub.domain.agency import Level
from hub.domain.deadline import LOCAL
from hub.domain.roles import Reach, Role
from hub.store.directory import people
from hub.store.directory.people import Rights
from tests.offices import Office, document
from tests.town import Town

LATER = (datetime.now(UTC).astimezone(LOCAL).date() + timedelta(days=40)).isoformat()
TODAY = datetime.now(UTC).astimezone(LOCAL).date().isoformat()
MERGE = {
    "kind": "merge",
    "agencies": ["H39"],
    "into": ["H53"],
    "on": TODAY,
    "grace_days": 30,
    "decree": "202/2025/QH15",
}


async def registrars(town: Town, stack: AsyncExitStack, *names: str) -> list[httpx.AsyncClient]:
    made = []
    for name in names:
        async with town.hub.database.write() as conn:
            _, token, _ = await people.add_person(conn, name, Role.REGISTRAR, None, datetime.now(UTC))
        transport = httpx.ASGITransport(town.app)
        headers = {"Authorization": f"Bearer {token}"}
        made.append(
            await stack.enter_async_context(
                httpx.AsyncClient(transport=transport, base_url="http://hub", headers=headers)
            )
        )
    return made


async def test_two_registrars_merge_two_provinces_and_the_next_document_goes_by_it(town: Town) -> None:
    sender, heir = await town.settle("G22", Level.CENTRAL), await town.settle("H53")
    await town.settle("H39")
    async with AsyncExitStack() as stack:
        an, binh = await registrars(town, stack, "an", "binh")
        planned = await an.post("/v1/agency-changes", json=MERGE)
        assert (planned.status_code, planned.json()["state"]) == (201, "planned"), planned.text
        path = f"/v1/agency-changes/{planned.json()['id']}"
        assert (await sender.send(document("G22", ["H39"])))["deliveries"][0]["recipient"] == "H39"

        own = await an.post(f"{path}/approve")
        assert (own.status_code, own.json()["code"]) == (403, "second-person")
        assert (await binh.post(f"{path}/approve")).json()["state"] == "made"

    sent = await sender.send(document("G22", ["H39"]))
    (delivery,) = sent["deliveries"]
    assert (delivery["recipient"], delivery["addressed_as"]) == ("H53", "H39")
    (warning,) = sent["warnings"]
    assert warning["code"] == "recipient-succeeded"
    assert "H53" in warning["message"]["vi"]
    await town.carry()
    assert [item["envelope_id"] for item in await heir.inbox(0)] == [sent["id"]]


async def test_what_follows_from_a_change_is_told_before_it_is_made(town: Town) -> None:
    sender = await town.settle("G22", Level.CENTRAL)
    for code, facts in (("H39", {}), ("H53", {}), ("H39.07", {"level": Level.COMMUNE, "parent": "H39"})):
        await town.settle(code, **facts)
    sent = [await sender.send(document("G22", ["H39"])) for _ in range(3)]
    async with AsyncExitStack() as stack:
        (an,) = await registrars(town, stack, "an")
        told = (await an.post("/v1/agency-changes?dry_run=true", json=MERGE)).json()
        kept = (await an.get("/v1/agency-changes")).json()["items"]

    seen: dict[str, Any] = told["consequences"]
    assert seen["below"] == {"count": 1, "first": ["H39.07"]}
    assert seen["documents"]["count"] == 3
    assert {one["envelope_id"] for one in seen["documents"]["first"]} == {one["id"] for one in sent}
    assert [one["code"] for one in seen["senders"]] == ["H39"]
    assert kept == []


async def test_a_planned_change_is_listed_and_withdrawn_but_never_gone(town: Town) -> None:
    await town.settle("H53")
    await town.settle("H53.32", Level.DISTRICT, parent="H53")
    async with AsyncExitStack() as stack:
        (an,) = await registrars(town, stack, "an")
        made = await an.post(
            "/v1/agency-changes", json={"kind": "rename", "agencies": ["h53.32"], "to": "Tên mới", "on": LATER}
        )
        number = made.json()["id"]
        assert made.json()["state"] == "approved"
        assert (await an.get(f"/v1/agencies/H53.32?on={LATER}")).json()["name"] == "Tên mới"
        gone = await an.post(f"/v1/agency-changes/{number}/withdraw", json={"reason": "nhầm"})
        assert gone.json()["state"] == "withdrawn"
        assert (await an.get(f"/v1/agencies/H53.32?on={LATER}")).json()["name"] == "Cơ quan H53.32"
        (listed,) = (await an.get("/v1/agency-changes?agency=H53.32&state=withdrawn")).json()["items"]
        assert (listed["id"], listed["planned_by"], listed["withdrawn_by"]) == (number, "person:an", "person:an")
        again = await an.post(f"/v1/agency-changes/{number}/withdraw")
        assert (again.status_code, again.json()["code"]) == (409, "change-settled")


async def test_a_change_of_level_one_for_a_day_to_come_waits_also_by_the_old_routes(town: Town) -> None:
    await town.settle("H53")
    await town.settle("H39")
    async with AsyncExitStack() as stack:
        (an,) = await registrars(town, stack, "an")
        closed = await an.post("/v1/agencies/H39/close", json={"on": LATER, "successors": ["H53"]})

    assert (closed.json()["state"], closed.json()["change"]["state"]) == ("active", "planned")


@pytest.mark.parametrize(
    ("asked", "status", "code"),
    [
        ({"kind": "merge", "agencies": ["H53.32"], "into": ["H53.32"]}, 422, "successor-loop"),
        ({"kind": "re-parent", "agencies": ["H53"], "to": "H53.32"}, 422, "parent-loop"),
        ({"kind": "explode", "agencies": ["H53"]}, 422, "invalid-parameter"),
        ({"kind": "close", "agencies": ["H99"]}, 422, "unknown-agency"),
        ({"kind": "close", "agencies": []}, 422, "invalid-parameter"),
    ],
)
async def test_a_change_that_cannot_be_is_a_problem_with_a_way_out_and_leaves_nothing(
    town: Town, asked: dict[str, Any], status: int, code: str
) -> None:
    await town.settle("H53")
    await town.settle("H53.32", Level.DISTRICT, parent="H53")
    async with AsyncExitStack() as stack:
        (an,) = await registrars(town, stack, "an")
        refused = await an.post("/v1/agency-changes", json=asked)
        kept = (await an.get("/v1/agency-changes")).json()["items"]

    assert (refused.status_code, refused.json()["code"]) == (status, code)
    assert refused.json()["errors"][0]["fix"]["vi"]
    assert kept == []


async def test_a_registrar_of_one_province_plans_nothing_for_another(town: Town) -> None:
    for code in ("H53", "H39"):
        await town.settle(code)
        await town.settle(f"{code}.1", Level.COMMUNE, parent=code)
    rights = Rights("H53", Reach.SUBTREE)
    async with town.hub.database.write() as conn:
        _, token, _ = await people.add_person(conn, "lan", Role.REGISTRAR, rights, datetime.now(UTC))
    headers = {"Authorization": f"Bearer {token}"}

    async def ask(code: str, into: str) -> int:
        body = {"kind": "close", "agencies": [code], "into": [into], "on": LATER}
        return (await town.http.post("/v1/agency-changes", json=body, headers=headers)).status_code

    assert [await ask("H53.1", "H53"), await ask("H39.1", "H39"), await ask("H53.1", "H39")] == [201, 403, 403]


async def test_a_body_with_a_new_code_signs_as_before_and_answers_for_what_came_to_the_old_one(town: Town) -> None:
    ministry = await town.settle("G22", Level.CENTRAL)
    await town.settle("H53")
    old = await town.settle("H53.1", Level.COMMUNE, parent="H53")
    before = await ministry.send(document("G22", ["H53.1"]))
    await town.carry()
    async with AsyncExitStack() as stack:
        (an,) = await registrars(town, stack, "an")
        change = {"kind": "recode", "agencies": ["H53.1"], "to": "H53.25666", "on": TODAY, "grace_days": 5}
        made = await an.post("/v1/agency-changes", json=change)
        assert (made.status_code, made.json()["state"]) == (201, "made"), made.text
        key = (await an.post("/v1/agencies/H53.25666/keys")).json()["api_key"]
    new = Office("H53.25666", key, old.identity, town.http)

    after = await ministry.send(document("G22", ["H53.1"]))
    assert after["deliveries"][0]["recipient"] == "H53.25666"
    await town.carry()
    for office in (old, new):
        assert [item["envelope_id"] for item in await office.inbox(0)] == [before["id"], after["id"]]
    assert (await new.send(document("H53.25666", ["G22"])))["signature"]["verdict"] == "valid"
    assert (await old.send(document("H53.1", ["G22"])))["signature"]["verdict"] == "valid"
    for sent in (before, after):
        reported = await new.report("03", sent["document_id"], sender="G22")
        assert reported.status_code == 202, reported.text


async def test_each_of_several_successors_may_answer_for_what_came_to_the_code_that_was_split(town: Town) -> None:
    ministry = await town.settle("G22", Level.CENTRAL)
    await town.settle("H53")
    one, two, other = [await town.settle(f"H53.{n}", Level.COMMUNE, parent="H53") for n in (1, 2, 3)]
    split = await town.settle("H53.4", Level.COMMUNE, parent="H53")
    sent = await ministry.send(document("G22", ["H53.4"]))
    await town.carry()
    async with AsyncExitStack() as stack:
        (an,) = await registrars(town, stack, "an")
        change = {"kind": "split", "agencies": ["H53.4"], "into": ["H53.1", "H53.2"], "on": TODAY}
        assert (await an.post("/v1/agency-changes", json=change)).json()["state"] == "made"

    refused = await ministry.post(ministry.written(document("G22", ["H53.4"])))

    assert (refused.status_code, refused.json()["code"]) == (422, "recipient-closed")
    assert "H53.1, H53.2" in refused.json()["errors"][0]["fix"]["vi"]
    reports = [await each.report("03", sent["document_id"], sender="G22") for each in (one, two, split, other)]
    assert [each.status_code for each in reports] == [202, 202, 202, 403]


async def test_a_code_neither_receives_nor_sends_before_its_first_day(town: Town) -> None:
    ministry = await town.settle("G22", Level.CENTRAL)
    await town.settle("H53")
    office = await town.settle("H53.1", Level.COMMUNE, parent="H53")
    async with AsyncExitStack() as stack:
        (an,) = await registrars(town, stack, "an")
        change = {"kind": "recode", "agencies": ["H53.1"], "to": "H53.25666", "on": LATER}
        assert (await an.post("/v1/agency-changes", json=change)).json()["state"] == "approved"
        key = (await an.post("/v1/agencies/H53.25666/keys")).json()["api_key"]
        assert (await an.get("/v1/agencies/H53.25666")).json()["state"] == "to come"
    early = Office("H53.25666", key, office.identity, town.http)

    received = await ministry.post(ministry.written(document("G22", ["H53.25666"])))
    sent = await early.post(early.written(document("H53.25666", ["G22"])))

    assert (received.status_code, received.json()["code"]) == (422, "recipient-to-come")
    assert "H53.1" in received.json()["errors"][0]["fix"]["vi"]
    assert (sent.status_code, sent.json()["code"]) == (403, "sender-to-come")
    assert (await ministry.send(document("G22", ["H53.1"])))["warnings"] == []


async def test_how_an_agency_is_reached_is_planned_and_answered_by_day_without_its_secrets(town: Town) -> None:
    await town.settle("H53")
    office = await town.settle("H53.1", Level.COMMUNE, parent="H53")
    stranger = await town.settle("H53.2", Level.COMMUNE, parent="H53")
    hook = {"url": "https://van-ban.example.vn/hook", "secret": "whsec_" + "c" * 44}
    path = "/v1/agencies/H53.1"
    async with AsyncExitStack() as stack:
        (an,) = await registrars(town, stack, "an")
        channel = await an.put(f"{path}/channel", json={"channel": "webhook", "config": hook, "on": LATER})
        assert channel.status_code == 200, channel.text
        assert channel.json()["change"]["state"] == "approved"
        policy = await an.put(f"{path}/policy", json={"signature": "report-only", "on": LATER})
        assert policy.json()["signature"] == "required"
        contact = await an.put(f"{path}/contact?on={LATER}", json={"name": "Bà Năm"})
        assert contact.status_code == 200
        bad = [
            await an.put(f"{path}/channel", json={"channel": "webhook", "config": {"url": "ftp://x"}, "on": LATER}),
            await an.post(
                "/v1/agency-changes", json={"kind": "channel", "agencies": ["H53.1"], "to": "pigeon", "on": LATER}
            ),
            await an.post(
                "/v1/agency-changes",
                json={"kind": "contact", "agencies": ["H53.1"], "settings": {"name": "n" * 600}, "on": LATER},
            ),
            await an.put(f"{path}/policy", json={"signature": "whatever"}),
            await an.put(f"{path}/contact", json={"email": "an@x.vn\r\nBcc: y@x.vn"}),
        ]
        now, then = [(await an.get(f"{path}{query}")).json() for query in ("", f"?on={LATER}")]
        changes = await an.get("/v1/agency-changes?agency=H53.1")
    own = (await office.call("GET", path)).json()
    others = (await stranger.call("GET", f"{path}?on={LATER}")).json()

    assert [one.status_code for one in bad] == [422] * 5
    assert [one.json()["code"] for one in bad] == ["channel-settings", "channel-unknown", *["invalid-parameter"] * 3]
    assert (now["channel"], now["settings"], now["contact"], now["signature"]) == ("inbox", {}, {}, "required")
    assert (then["channel"], then["contact"], then["signature"]) == ("webhook", {"name": "Bà Năm"}, "report-only")
    assert then["settings"] == {"url": hook["url"], "secret": "••••••"}
    assert hook["secret"] not in channel.text + changes.text
    assert len(changes.json()["items"]) == 3
    assert own["channel"] == "inbox"
    assert {"channel", "settings", "contact"} & set(others) == set()
