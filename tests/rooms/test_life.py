"""The life of a document after it was sent: changed, replaced, recalled, taken back; each recipient by itself."""

import base64
import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from hub.domain.envelope import Answered, Envelope, Kind, Replacement
from hub.store import tables
from hub.store.directory import groups, succession
from hub.store.road.deliveries import requeue
from tests.offices import Office, document
from tests.town import Town


async def now_of(office: Office, envelope_id: str) -> dict[str, Any]:
    answer = await office.call("GET", f"/v1/envelopes/{envelope_id}/now")
    assert answer.status_code == 200, answer.text
    return answer.json()


async def holdings(office: Office, envelope_id: str) -> dict[str, str | None]:
    """recipient -> the envelope it holds."""
    return {
        item["recipient"]: item["holds"] and item["holds"]["envelope_id"]
        for item in (await now_of(office, envelope_id))["items"]
    }


async def outcomes(office: Office, envelope_id: str) -> dict[tuple[str, str], str]:
    """(recipient, kind) -> how it stands."""
    return {(c["recipient"], c["kind"]): c["outcome"] for c in (await now_of(office, envelope_id))["changes"]}


async def take_all(office: Office) -> list[str]:
    """Collect and confirm what is in the inbox; answers the envelopes."""
    items = await office.inbox(0)
    for item in items:
        assert (await office.fetch(item["delivery_id"])).status_code == 200
        assert (await office.confirm(item["delivery_id"])).status_code == 200
    return [item["envelope_id"] for item in items]


def changing(kind: Kind, envelope: Envelope, codes: list[str] | None = None, **changes: Any) -> Envelope:
    """A recall or an update of `envelope`, under the same id."""
    base = document(envelope.sender.code, codes or [a.code for a in envelope.recipients])
    return replace(
        base,
        kind=kind,
        document_id=envelope.document_id,
        code_number=envelope.code_number,
        concerns=(envelope.document_id,),
        **changes,
    )


async def test_an_update_is_asked_of_each_recipient_and_answered_by_each(town: Town) -> None:
    sender = await town.settle("G22")
    one, two = await town.settle("H53"), await town.settle("H27")
    envelope = document("G22", ["H53", "H27"])
    first = await sender.send(envelope)
    await town.carry()
    await take_all(one)
    await take_all(two)

    second = await sender.send(changing(Kind.UPDATE, envelope))
    await town.carry()

    asked = (await now_of(sender, first["id"]))["changes"]
    assert {(c["recipient"], c["kind"], c["outcome"]) for c in asked} == {
        ("H53", "update", "PENDING"),
        ("H27", "update", "PENDING"),
    }
    assert all(c["due_at"] and c["by"] == second["id"] for c in asked)
    assert await holdings(sender, first["id"]) == {"H53": first["id"], "H27": first["id"]}

    await take_all(one)
    await take_all(two)
    await one.report("15", envelope.document_id, sender="G22")
    await two.report("16", envelope.document_id, sender="G22")

    assert await outcomes(sender, first["id"]) == {("H53", "update"): "AGREED", ("H27", "update"): "REFUSED"}
    assert await holdings(sender, first["id"]) == {"H53": second["id"], "H27": first["id"]}
    states = (await sender.envelope(first["id"]))["deliveries"]
    assert [d["pending_change"] for d in states] == [None, None]
    assert await holdings(one, first["id"]) == {"H53": second["id"]}, "a recipient sees its own part"


async def test_an_update_adds_recipients_and_takes_others_off_the_list(town: Town) -> None:
    sender = await town.settle("G22")
    stays, leaves, never, comes = [await town.settle(code) for code in ("H53", "H27", "H60", "H01")]
    envelope = document("G22", ["H53", "H27", "H60"])
    first = await sender.send(envelope)
    await town.carry()
    await take_all(stays)
    await take_all(leaves)

    changes = (("H01", True), ("H27", False), ("H60", False))
    second = await sender.send(changing(Kind.UPDATE, envelope, ["H53"], receiver_changes=changes))
    await town.carry()

    assert {d["recipient"] for d in second["deliveries"]} == {"H53", "H01"}
    assert await take_all(comes) == [second["id"]]
    assert await never.inbox(0) == []
    (told,) = await leaves.inbox(0)
    assert (told["kind"], told["code"], told["document_id"]) == ("status", "13", envelope.document_id)
    assert await outcomes(sender, first["id"]) == {
        ("H53", "update"): "PENDING",
        ("H27", "removal"): "PENDING",
        ("H60", "removal"): "WITHDRAWN",
    }

    await leaves.report("15", envelope.document_id, sender="G22")

    assert (await outcomes(sender, first["id"]))["H27", "removal"] == "AGREED"
    assert await holdings(sender, first["id"]) == {
        "H53": first["id"],
        "H27": None,
        "H60": None,
        "H01": second["id"],
    }


async def test_one_document_replaces_several_each_for_whom_it_names(town: Town) -> None:
    sender = await town.settle("G22")
    one, two = await town.settle("H53"), await town.settle("H27")
    old, other = document("G22", ["H53", "H27"]), document("G22", ["H53", "H27"])
    first, second = await sender.send(old), await sender.send(other)
    await town.carry()
    await take_all(one)
    await take_all(two)
    new = document(
        "G22",
        ["H53", "H27"],
        kind=Kind.REPLACE,
        replacements=(Replacement(old.document_id, ("H53", "H99")), Replacement(other.document_id)),
    )

    third = await sender.send(new)
    await town.carry()
    await take_all(one)
    await take_all(two)

    assert [w["code"] for w in third["warnings"] if w["code"].startswith("repl")] == ["replaced-not-addressed"]
    assert await outcomes(sender, third["id"]) == {("H53", "replace"): "PENDING", ("H27", "replace"): "PENDING"}
    assert await outcomes(sender, first["id"]) == {("H53", "replace"): "PENDING"}
    assert await holdings(sender, first["id"]) == {"H53": third["id"], "H27": first["id"]}
    assert await holdings(sender, second["id"]) == {"H53": third["id"], "H27": third["id"]}

    await one.report("03", new.document_id, sender="G22")
    await two.report("16", new.document_id, sender="G22")

    assert await outcomes(sender, first["id"]) == {("H53", "replace"): "OBEYED"}
    assert await outcomes(sender, second["id"]) == {("H53", "replace"): "OBEYED", ("H27", "replace"): "REFUSED"}
    assert await holdings(sender, second["id"]) == {"H53": third["id"], "H27": second["id"]}
    assert {(r["relation"], r["way"], r["id"]) for r in (await now_of(sender, first["id"]))["related"]} == {
        ("replace", "by", third["id"])
    }
    assert {(r["way"], r["id"]) for r in (await now_of(sender, third["id"]))["related"]} == {
        ("about", first["id"]),
        ("about", second["id"]),
    }


async def test_a_recall_is_settled_for_who_never_collected_and_asked_of_who_did(town: Town) -> None:
    sender = await town.settle("G22")
    quick, slow = await town.settle("H53"), await town.settle("H27")
    envelope = document("G22", ["H53", "H27"])
    first = await sender.send(envelope)
    await town.carry()
    (item,) = await quick.inbox(0)
    await quick.fetch(item["delivery_id"])

    await sender.send(changing(Kind.RECALL, envelope))
    await town.carry()

    assert await outcomes(sender, first["id"]) == {("H53", "recall"): "PENDING", ("H27", "recall"): "WITHDRAWN"}
    assert await slow.inbox(0) == []
    assert len(await quick.inbox(0)) == 2

    answered = (await quick.report("15", envelope.document_id, sender="G22")).json()

    assert answered["flags"] == []
    assert await outcomes(sender, first["id"]) == {("H53", "recall"): "AGREED", ("H27", "recall"): "WITHDRAWN"}
    assert await holdings(sender, first["id"]) == {"H53": None, "H27": None}
    gone = await quick.fetch(item["delivery_id"])
    assert (gone.status_code, gone.json()["code"]) == (409, "not-collectable")
    assert item["envelope_id"] not in [i["envelope_id"] for i in await quick.inbox(0)]
    assert ("withdrawn", "H53") in [(e["what"], e["recipient"]) for e in await sender.timeline(first["id"])]


async def test_a_take_back_withdraws_at_once_what_nobody_collected(town: Town) -> None:
    sender, recipient = await town.settle("G22"), await town.settle("H53")
    envelope = document("G22", ["H53"])
    first = await sender.send(envelope)
    await town.carry()

    await sender.report("13", envelope.document_id, recipient="H53")
    await town.carry()

    assert await recipient.inbox(0) == []
    assert await outcomes(sender, first["id"]) == {("H53", "take-back"): "WITHDRAWN"}
    (delivery,) = (await sender.envelope(first["id"]))["deliveries"]
    assert (delivery["state"], delivery["pending_change"]) == ("WITHDRAWN", None)


async def test_a_take_back_that_was_refused_may_be_asked_again_and_then_really_withdraws(town: Town) -> None:
    sender, recipient = await town.settle("G22"), await town.settle("H53")
    envelope = document("G22", ["H53"])
    first = await sender.send(envelope)
    await town.carry()
    (item,) = await recipient.inbox(0)
    await recipient.fetch(item["delivery_id"])

    await sender.report("13", envelope.document_id, recipient="H53")
    await recipient.report("16", envelope.document_id, sender="G22")
    assert [c["outcome"] for c in (await now_of(sender, first["id"]))["changes"]] == ["REFUSED"]
    assert await holdings(sender, first["id"]) == {"H53": first["id"]}

    await sender.report("13", envelope.document_id, recipient="H53")
    await recipient.report("15", envelope.document_id, sender="G22")

    assert [c["outcome"] for c in (await now_of(sender, first["id"]))["changes"]] == ["REFUSED", "AGREED"]
    assert await holdings(sender, first["id"]) == {"H53": None}
    assert (await recipient.fetch(item["delivery_id"])).json()["code"] == "not-collectable"


async def _keep_back(town: Town, envelope_id: str, now: datetime) -> None:
    """As if the document's own note were lost and nobody had looked yet."""
    async with town.hub.database.write() as conn:
        ids = select(tables.delivery.c.id).where(tables.delivery.c.envelope_id == envelope_id)
        await conn.execute(tables.outbox.delete().where(tables.outbox.c.delivery_id.in_(ids)))
        await conn.execute(
            update(tables.delivery).where(tables.delivery.c.envelope_id == envelope_id).values(next_attempt_at=now)
        )


async def test_an_update_that_overtakes_its_document_waits_for_it(town: Town) -> None:
    sender, recipient = await town.settle("G22"), await town.settle("H53")
    envelope = document("G22", ["H53"])
    now = datetime.now(UTC)
    first = await sender.send(envelope)
    await _keep_back(town, first["id"], now + timedelta(minutes=3))

    second = await sender.send(changing(Kind.UPDATE, envelope))
    await town.carry()
    await town.tick(now + timedelta(minutes=2))
    assert await recipient.inbox(0) == []
    (waiting,) = (await now_of(sender, first["id"]))["changes"]
    assert waiting["waits_until"] is not None

    await town.tick(now + timedelta(minutes=4))
    assert [i["envelope_id"] for i in await recipient.inbox(0)] == [first["id"]]
    await town.tick(now + timedelta(minutes=5))

    assert [i["envelope_id"] for i in await recipient.inbox(0)] == [first["id"], second["id"]]
    (freed,) = (await now_of(sender, first["id"]))["changes"]
    assert freed["waits_until"] is None
    assert "warning" not in freed


async def test_an_update_waits_only_so_long_and_then_says_that_it_went_ahead(town: Town) -> None:
    sender, recipient = await town.settle("G22"), await town.settle("H53")
    envelope = document("G22", ["H53"])
    now = datetime.now(UTC)
    first = await sender.send(envelope)
    await _keep_back(town, first["id"], now + timedelta(days=2))

    second = await sender.send(changing(Kind.UPDATE, envelope))
    await town.carry()
    await town.tick(now + timedelta(minutes=61))

    assert [i["envelope_id"] for i in await recipient.inbox(0)] == [second["id"]]
    (went,) = (await now_of(sender, first["id"]))["changes"]
    assert went["warning"]["code"] == "overtook-document"


async def test_a_recalled_dead_letter_is_never_delivered_again(town: Town) -> None:
    sender, recipient = await town.settle("G22"), await town.settle("H53")
    envelope = document("G22", ["H53"])
    first = await sender.send(envelope)
    async with town.hub.database.write() as conn:
        await conn.execute(
            update(tables.delivery).where(tables.delivery.c.envelope_id == first["id"]).values(state="DEAD")
        )

    await sender.send(changing(Kind.RECALL, envelope))
    await town.carry()

    assert not await requeue(town.hub.database, first["deliveries"][0]["id"], datetime.now(UTC))
    assert await recipient.inbox(0) == []


async def test_the_successor_may_recall_its_predecessors_documents_and_nobody_else_may(town: Town) -> None:
    old, heir, other = [await town.settle(code) for code in ("H39", "H53", "H27")]
    recipient = await town.settle("G22")
    envelope = document("H39", ["G22"])
    first = await old.send(envelope)
    await town.carry()
    await take_all(recipient)
    async with town.hub.database.write() as conn:
        await succession.merge(conn, ["H39"], "H53", date(2025, 7, 1), datetime.now(UTC))
    await town.hub.directory.refresh()

    def recall(by: str) -> Envelope:
        return replace(changing(Kind.RECALL, envelope), sender=replace_sender(by))

    def replace_sender(code: str) -> Any:
        return document(code, ["G22"]).sender

    refused = await other.post(other.written(recall("H27")))
    assert (refused.status_code, refused.json()["code"]) == (403, "not-yours")
    await heir.send(recall("H53"))
    await town.carry()
    await recipient.report("15", envelope.document_id, sender="H39")

    async with town.hub.database.read() as conn:
        row = (await conn.execute(select(tables.change))).mappings().one()
    assert (row["document_id"], row["outcome"]) == (first["id"], "AGREED")


async def test_the_successor_of_a_recipient_answers_for_what_its_predecessor_was_sent(town: Town) -> None:
    sender, old, heir = [await town.settle(code) for code in ("G22", "H39", "H53")]
    envelope, other = document("G22", ["H39"]), document("G22", ["H39"])
    first, second = await sender.send(envelope), await sender.send(other)
    await town.carry()
    await take_all(old)
    async with town.hub.database.write() as conn:
        await succession.merge(conn, ["H39"], "H53", date(2025, 7, 1), datetime.now(UTC))
    await town.hub.directory.refresh()

    assert (await heir.report("03", envelope.document_id, sender="G22")).json()["accepted"] is True
    await sender.report("13", envelope.document_id, recipient="H39")
    await sender.send(changing(Kind.RECALL, other, ["H39"]))
    await town.carry()
    assert sorted(i["code"] for i in await heir.inbox(0) if i["kind"] == "status") == ["13"]
    await heir.report("15", envelope.document_id, sender="G22")
    await heir.report("15", other.document_id, sender="G22")

    assert [c["outcome"] for c in (await now_of(sender, first["id"]))["changes"]] == ["AGREED"]
    assert [c["outcome"] for c in (await now_of(sender, second["id"]))["changes"]] == ["AGREED"]
    assert await holdings(sender, second["id"]) == {"H39": None}


async def test_a_document_that_answers_another_is_linked_both_ways(town: Town) -> None:
    asker, answerer, stranger = [await town.settle(code) for code in ("G22", "H53", "H27")]
    question = document("G22", ["H53"])
    first = await asker.send(question)
    await town.carry()
    reply = document("H53", ["G22"], answers=(Answered(question.document_id, "G22"),))
    second = await answerer.send(reply)
    foreign = await stranger.send(document("H27", ["G22"], answers=(Answered(question.document_id, "G22"),)))
    await town.carry()

    forwards = (await now_of(asker, second["id"]))["related"]
    back = (await now_of(asker, first["id"]))["related"]

    assert [(r["relation"], r["way"], r["id"]) for r in forwards] == [("response", "about", first["id"])]
    assert [(r["relation"], r["way"], r["id"]) for r in back] == [("response", "by", second["id"])]
    assert (await now_of(asker, foreign["id"]))["related"] == [], "who was no party to a document links nothing to it"


async def test_a_document_to_a_group_goes_to_who_is_a_member_on_the_day(town: Town) -> None:
    sender = await town.settle("H53")
    codes = [f"H53.1.{n:02d}" for n in range(40)]
    for code in codes:
        await town.settle(code, parent="H53")
    now = datetime.now(UTC)
    async with town.hub.database.write() as conn:
        await groups.put(conn, "H53-XA", "Tất cả xã của Tây Ninh", now)
        await groups.join(conn, "H53-XA", codes, date(2025, 7, 1))
        await groups.leave(conn, "H53-XA", codes[:1], date(2026, 1, 1))
    await town.hub.directory.refresh()

    sent = await sender.send(document("H53", ["h53-xa", codes[1]]))
    await town.carry()

    assert sorted(d["recipient"] for d in sent["deliveries"]) == codes[1:]
    by = {d["recipient"]: d["addressed_as"] for d in sent["deliveries"]}
    assert (by[codes[1]], by[codes[2]]) == (codes[1], "h53-xa")
    assert "group-expanded" in [w["code"] for w in sent["warnings"]]
    assert (await town.counts())["original"] == 1
    claims = await sender.call("GET", f"/v1/envelopes/{sent['id']}/receipt", headers={"Accept": "application/jose"})
    body = claims.text.split(".")[1]
    named = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    assert sorted(named["recipients"]) == codes[1:], "the receipt names the members"
    assert len((await sender.envelope(sent["id"]))["deliveries"]) == 39


async def test_a_group_without_members_and_a_group_nobody_knows_refuse_the_envelope(town: Town) -> None:
    sender = await town.settle("H53")
    async with town.hub.database.write() as conn:
        await groups.put(conn, "TRONG", "Nhóm trống", datetime.now(UTC))

    empty = await sender.post(sender.written(document("H53", ["TRONG"])))
    unknown = await sender.post(sender.written(document("H53", ["KHONG-CO"])))

    assert (empty.status_code, empty.json()["code"]) == (422, "group-empty")
    assert (unknown.status_code, unknown.json()["code"]) == (422, "unknown-recipient")


@pytest.mark.parametrize("code", ["", "có dấu cách", "X" * 40])
async def test_a_group_needs_a_code_that_can_be_written_in_to(town: Town, code: str) -> None:
    from hub.domain.roles import Role

    await town.settle("H53")
    registrar = await town.watcher(Role.REGISTRAR)

    answer = await registrar.put("/v1/groups", json={"code": code, "name": "Nhóm", "members": ["H53"]})

    assert (answer.status_code, answer.json()["code"]) == (422, "group-invalid")


async def test_a_registrar_changes_a_group_from_a_day_on(town: Town) -> None:
    from hub.domain.roles import Role

    sender = await town.settle("H53")
    await town.settle("H27")
    registrar = await town.watcher(Role.REGISTRAR)
    whole = {"code": "tinh", "name": "Các tỉnh", "members": ["H53", "H27"], "on": "2025-07-01"}

    assert (await registrar.put("/v1/groups", json=whole)).json()["members"] == ["H27", "H53"]
    await registrar.put("/v1/groups", json={**whole, "members": ["H53"], "on": "2026-01-01"})

    before = await sender.call("GET", "/v1/groups/TINH", params={"on": "2025-12-31"})
    after = await sender.call("GET", "/v1/groups/TINH", params={"on": "2026-01-01"})
    assert (before.json()["members"], after.json()["members"]) == (["H27", "H53"], ["H53"])
    assert [g["code"] for g in (await sender.call("GET", "/v1/groups")).json()["items"]] == ["TINH"]
    taken = await registrar.put("/v1/groups", json={**whole, "code": "H27"})
    assert (taken.status_code, taken.json()["code"]) == (422, "code-taken")
    assert (await sender.call("PUT", "/v1/groups", json=whole)).status_code == 403
