"""An agency whose code changes is the same agency: its systems go on, before the day and after, and touch nothing."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from hub.domain.agency import Level, SignaturePolicy
from hub.domain.deadline import LOCAL
from hub.domain.envelope import Kind
from hub.domain.reform import Asked, ChangeKind
from hub.domain.roles import Reach, Role
from hub.store.directory import agencies, certificates, keys, people, registry
from hub.store.directory.people import Rights
from hub.store.directory.reform import planning
from hub.store.watching import calendar
from hub.trust.certificates import describe
from tests.offices import Office, document
from tests.pki import issue, make_ca
from tests.town import Town

OLD, NEW = "H53.1", "H53.25666"


def day(ahead: int = 0) -> date:
    return datetime.now(UTC).astimezone(LOCAL).date() + timedelta(days=ahead)


async def plan(town: Town, kind: str, *codes: str, on: date, **what: Any) -> None:
    asked = Asked(ChangeKind(kind), codes, on, **what)
    await planning.plan(town.hub.database, asked, "person:an", datetime.now(UTC), alone=True)
    await town.hub.directory.refresh()


def turn(town: Town) -> None:
    """The next day begins, by the hub's clock."""
    town.hub.clock.offset = timedelta(days=1)


@pytest.fixture
async def offices(town: Town) -> tuple[Office, Office]:
    """A ministry, and a commune whose code is to be another from tomorrow."""
    ministry = await town.settle("G22", Level.CENTRAL)
    await town.settle("H53")
    commune = await town.settle(OLD, Level.COMMUNE, parent="H53")
    return ministry, commune


async def ids(office: Office) -> list[str]:
    return [item["envelope_id"] for item in await office.inbox(0)]


async def test_before_and_after_the_day_one_key_serves_one_agency(town, offices):
    ministry, commune = offices
    await plan(town, "recode", OLD, on=day(1), to=NEW, grace_days=5)
    before = await ministry.send(document("G22", [OLD]))
    own = document(OLD, ["G22"])
    sent = await commune.send(own)
    early = await commune.post(commune.written(document(NEW, ["G22"])))
    await town.carry()
    place = (await commune.feed())["next"]

    turn(town)

    assert (early.status_code, early.json()["code"]) == (403, "sender-to-come")
    after = await ministry.send(document("G22", [NEW]))
    other = await ministry.send(document("G22", [OLD]))
    await town.carry()
    assert await ids(commune) == [before["id"], after["id"], other["id"]]
    for item in await commune.inbox(0):
        assert (await commune.fetch(item["delivery_id"])).status_code == 200
        assert (await commune.report("03", item["document_id"], sender="G22")).status_code == 202
        assert (await commune.confirm(item["delivery_id"])).status_code == 200
    assert await ids(commune) == []
    new = await commune.send(document(NEW, ["G22"]))
    old = await commune.send(document(OLD, ["G22"]))
    assert [one["sender"] for one in (new, old)] == [NEW, OLD]
    assert {one["signature"]["verdict"] for one in (new, old)} == {"valid"}
    assert (await commune.envelope(sent["id"]))["deliveries"][0]["recipient"] == "G22"
    await town.carry()
    told = {item["envelope_id"] for item in (await commune.feed(place))["items"]}
    assert {new["id"], old["id"]} <= told


async def test_the_same_bytes_have_the_same_receipt_on_either_side_of_the_day(town, offices):
    _, commune = offices
    await plan(town, "recode", OLD, on=day(1), to=NEW, grace_days=5)
    body = commune.written(document(OLD, ["G22"]))
    first = await commune.post(body, **{"Idempotency-Key": "k1"})

    turn(town)

    again = await commune.post(body, **{"Idempotency-Key": "k1"})
    assert (first.status_code, again.status_code) == (202, 200)
    assert again.json()["receipt"] == first.json()["receipt"]
    other = await commune.post(commune.written(document(NEW, ["G22"])), **{"Idempotency-Key": "k1"})
    assert (other.status_code, other.json()["code"]) == (409, "idempotency-conflict")


async def test_what_was_sent_under_the_old_code_is_recalled_and_replaced_under_the_new_one(town, offices):
    ministry, commune = offices
    await plan(town, "recode", OLD, on=day(1), to=NEW)
    own = document(OLD, ["G22"])
    await commune.send(own)
    await town.carry()

    turn(town)

    recall = document(NEW, ["G22"], kind=Kind.RECALL, concerns=(own.document_id,))
    sent = await commune.send(recall)
    await town.carry()
    assert [found["code"] for found in sent["warnings"]] == []
    assert [item["document_id"] for item in await ministry.inbox(0) if item["document_id"] == own.document_id] == []
    strange = document("G22", [NEW], kind=Kind.RECALL, concerns=(own.document_id,))
    refused = await ministry.post(ministry.written(strange))
    assert (refused.status_code, refused.json()["code"]) == (403, "not-yours")


async def test_after_its_days_of_grace_the_old_code_sends_no_more_and_the_new_one_is_named(town, offices):
    _, commune = offices
    await plan(town, "recode", OLD, on=day(1), to=NEW)

    turn(town)

    refused = await commune.post(commune.written(document(OLD, ["G22"])))
    assert (refused.status_code, refused.json()["code"]) == (403, "sender-closed")
    assert NEW in refused.json()["errors"][0]["fix"]["vi"]
    assert (await commune.send(document(NEW, ["G22"])))["sender"] == NEW


async def test_what_is_changed_before_the_day_holds_after_it(town, offices):
    await plan(town, "rename", OLD, on=day(3), to="UBND phường An Bình")
    await plan(town, "recode", OLD, on=day(1), to=NEW)
    now = datetime.now(UTC)
    async with town.hub.database.write() as conn:
        await registry.set_channel(conn, OLD, "folder", {"folder": "an-binh"}, now)
        await registry.set_contact(conn, OLD, {"name": "Bà An"}, now)
        await registry.accept_sha1(conn, OLD, day(9), now)
        known = await agencies.get(conn, OLD)
        await registry.save(conn, replace(known, signature=SignaturePolicy.REPORT_ONLY), now)
        await registry.suspend(conn, OLD, now)
        await calendar.set_hours(conn, OLD, "08:00-12:00", "1-5", "họp", "an", now)
    await plan(town, "level", OLD, on=day(), to="district")
    async with town.hub.database.read() as conn:
        found = await agencies.get(conn, NEW, day(1))
        later = await agencies.get(conn, NEW, day(3))
    await town.hub.calendars.refresh(now)

    assert (found.channel, found.contact, found.suspended) == ("folder", {"name": "Bà An"}, True)
    assert (found.accept_sha1_until, found.signature, found.level) == (
        day(9),
        SignaturePolicy.REPORT_ONLY,
        Level.DISTRICT,
    )
    assert (found.name, later.name) == (f"Cơ quan {OLD}", "UBND phường An Bình")
    assert town.hub.calendars.of(NEW) is town.hub.calendars.of(OLD) or NEW in town.hub.calendars.own


async def test_a_faulty_document_too_is_judged_by_the_policy_of_the_code_it_was_written_under(town, offices):
    _, commune = offices
    await plan(town, "recode", OLD, on=day(-1), to=NEW, grace_days=9)
    async with town.hub.database.write() as conn:
        known = await agencies.get(conn, NEW)
        await registry.save(conn, replace(known, signature=SignaturePolicy.REPORT_ONLY), datetime.now(UTC))
    await town.hub.directory.refresh()

    for code, more in ((OLD, {"signature-missing"}), (NEW, set())):
        sound = document(code, ["G22"])
        faulty = replace(sound, subject="x" * 40_000)
        answers = [await commune.post(commune.written(each, signed=False)) for each in (sound, faulty)]
        told = [{each["code"] for each in answer.json().get("errors", ())} for answer in answers]

        assert told == [more, {"field-too-long", *more}]


async def test_a_code_changed_twice_leaves_one_agency_with_every_key_and_certificate(town, offices):
    ministry, commune = offices
    await plan(town, "recode", OLD, on=day(-2), to="H53.2", grace_days=9)
    await plan(town, "recode", "H53.2", on=day(1), to=NEW)
    now = datetime.now(UTC)
    later = issue(make_ca(), "sau", "p-256")
    async with town.hub.database.write() as conn:
        key = await keys.issue_key(conn, NEW, now)
        await certificates.bind_certificate(conn, NEW, certificates.binding(describe(later.certificate_pem)), now)
    await town.hub.directory.refresh()
    second = Office("H53.2", key, later, town.http)
    assert (await second.send(document("H53.2", ["G22"])))["sender"] == "H53.2"
    await ministry.send(document("G22", [OLD]))
    await town.carry()

    turn(town)

    for office in (commune, second):
        assert (await office.send(document(NEW, ["G22"])))["signature"]["verdict"] == "valid"
        assert len(await ids(office)) == 1
    made = await second.call("POST", "/v1/keys/rotate", json={"overlap_hours": 0})
    assert (made.status_code, made.json()["code"]) == (201, NEW)
    assert (await commune.call("GET", "/v1/inbox")).status_code == 401


async def test_a_person_of_the_old_code_sees_what_comes_under_the_new_one(town, offices):
    ministry, _ = offices
    async with town.hub.database.write() as conn:
        rights = Rights(OLD, Reach.AGENCY)
        _, token, _ = await people.add_person(conn, "lan", Role.OFFICER, rights, datetime.now(UTC))
    before = await ministry.send(document("G22", [OLD]))
    await plan(town, "recode", OLD, on=day(1), to=NEW)
    turn(town)
    after = await ministry.send(document("G22", [NEW]))
    await town.carry()

    headers = {"Authorization": f"Bearer {token}"}
    answers = [await town.http.get(f"/v1/envelopes/{one['id']}", headers=headers) for one in (before, after)]
    listed = await town.http.get("/v1/envelopes", headers=headers)

    assert [answer.status_code for answer in answers] == [200, 200]
    assert {item["id"] for item in listed.json()["items"]} == {before["id"], after["id"]}


async def test_a_change_of_code_that_was_withdrawn_takes_nothing_with_it(town, offices):
    ministry, commune = offices
    asked = Asked(ChangeKind.RECODE, (OLD,), day(1), to=NEW)
    change = await planning.plan(town.hub.database, asked, "person:an", datetime.now(UTC), alone=True)
    await planning.withdraw(town.hub.database, change.id, "person:an", datetime.now(UTC))
    await town.hub.directory.refresh()

    async with town.hub.database.read() as conn:
        assert (await agencies.get(conn, OLD)).codes == (OLD,)
        assert (await agencies.get(conn, NEW)).codes == (NEW,)
    sent = await ministry.send(document("G22", [OLD]))
    await town.carry()
    assert await ids(commune) == [sent["id"]]
