"""An envelope from POST to answer, in both shapes, over HTTP alone. Several journeys share one hub: starting costs more."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

from hub.domain.agency import Level
from hub.domain.envelope import Kind
from hub.domain.report import NAMES
from hub.store.directory import registry, succession
from tests.adapters.parcels import SECRET
from tests.adapters.receiver import OK, answer, receiving
from tests.journeys.shapes import Shape
from tests.offices import Office, document

WITHIN = 60  # seconds; nothing here should take a tenth of it


async def until(look: Callable[[], Awaitable[Any]]) -> Any:
    """What `look` finds, once it finds something."""
    async with asyncio.timeout(WITHIN):
        while not (found := await look()):
            await asyncio.sleep(0.05)
    return found


async def arrives(office: Office, envelope_id: str, **query: Any) -> dict[str, Any]:
    """The item of this envelope in the office's inbox."""

    async def look() -> dict[str, Any] | None:
        items = await office.inbox(5, **query)
        return next((item for item in items if item["envelope_id"] == envelope_id), None)

    return await until(look)


async def take_in(office: Office, envelope_id: str) -> dict[str, Any]:
    item = await arrives(office, envelope_id)
    assert (await office.fetch(item["delivery_id"])).status_code == 200
    assert (await office.confirm(item["delivery_id"])).status_code == 200
    return item


async def test_documents_travel_and_are_answered(shape: Shape) -> None:
    await one_three_and_three_hundred_recipients(shape)
    await all_nine_codes(shape)
    await update_replacement_and_recall(shape)
    await a_closed_recipient_a_duplicate_and_a_forgery(shape)
    await one_that_never_collects(shape)
    await a_dead_webhook_that_comes_back(shape)
    await a_stream_of_what_arrives(shape)


async def one_three_and_three_hundred_recipients(shape: Shape) -> None:
    sender = await shape.settle("G22", Level.CENTRAL, aliases=("000.00.00.G22",))
    levels = list(Level)
    three = [await shape.settle(f"H5{n}", levels[n + 1], aliases=(f"000.00.00.H5{n}",)) for n in range(3)]
    many = [f"H60.{n:03d}" for n in range(300)]
    now = datetime.now(UTC)
    async with shape.database.write() as conn:
        for number, code in enumerate(many):
            made = registry.Agency(code, f"Đơn vị {number}", levels[number % 4])
            await registry.add(conn, made, now)

    for codes in (["H50"], ["H50", "000.00.00.H51", "H52"], many):
        body = sender.written(document("G22", codes))
        posted = await sender.post(body)
        assert posted.status_code == 202, posted.text
        accepted = posted.json()
        assert len(accepted["deliveries"]) == len(codes)

        async def all_available(identity: str = accepted["id"]) -> bool:
            states = {d["state"] for d in (await sender.envelope(identity))["deliveries"]}
            return states <= {"AVAILABLE", "COLLECTED", "CONFIRMED"}

        await until(all_available)
        for office in three[: min(len(codes), 3)] if codes is not many else []:
            item = await arrives(office, accepted["id"])
            original = await office.fetch(item["delivery_id"])
            assert original.content == body
            assert (await office.confirm(item["delivery_id"])).status_code == 200
    # what was available is what the feed said, once each
    feed = await sender.feed()
    told = [(i["envelope_id"], i["recipient"]) for i in feed["items"] if i["what"] == "available"]
    assert len(told) == len(set(told)) == 304


async def all_nine_codes(shape: Shape) -> None:
    sender, recipient = await shape.settle("A1", Level.CENTRAL), await shape.settle("A2", Level.COMMUNE)
    accepted = await sender.send(document("A1", ["A2"]))
    await take_in(recipient, accepted["id"])
    place = (await sender.feed())["next"]

    for code in ("01", "02", "03", "04", "05", "06"):
        reported = await recipient.report(code, accepted["document_id"], sender="A1", description=f"mã {code}")
        assert reported.status_code == 202, reported.text
    assert (await sender.report("13", accepted["document_id"], recipient="A2")).status_code == 202
    for code in ("16", "15"):
        assert (await recipient.report(code, accepted["document_id"], sender="A1")).status_code == 202

    async def reported_codes() -> list[str] | None:
        items = (await sender.feed(place, wait=2))["items"]
        codes = [i["code"] for i in items if i["what"] == "reported"]
        return codes if len(codes) == 9 else None

    assert set(await until(reported_codes)) == set(NAMES)

    async def eight_reports() -> bool:
        return len(await sender.inbox(2, kind="status")) == 8

    await until(eight_reports)
    back = await until(lambda: recipient.inbox(2, kind="status"))
    assert [item["code"] for item in back] == ["13"]


async def update_replacement_and_recall(shape: Shape) -> None:
    sender = await shape.settle("B1", Level.CENTRAL)
    quick, slow = await shape.settle("B2"), await shape.settle("B3")
    envelope = document("B1", ["B2", "B3"])
    first = await sender.send(envelope)
    await take_in(quick, first["id"])
    waiting = await arrives(slow, first["id"])

    update = await sender.send(
        replace(envelope, kind=Kind.UPDATE, concerns=(envelope.document_id,), subject="V/v sửa", reason="Sửa trích yếu")
    )
    assert (await take_in(quick, update["id"]))["envelope_kind"] == "update"
    replacement = await sender.send(
        replace(document("B1", ["B2", "B3"]), kind=Kind.REPLACE, concerns=(envelope.document_id,))
    )
    assert (await take_in(quick, replacement["id"]))["envelope_kind"] == "replace"
    recall = await sender.send(replace(envelope, kind=Kind.RECALL, concerns=(envelope.document_id,)))
    assert (await take_in(quick, recall["id"]))["envelope_kind"] == "recall"
    assert (await slow.fetch(waiting["delivery_id"])).status_code == 409
    assert first["id"] not in [item["envelope_id"] for item in await slow.inbox(0)]
    states = {d["recipient"]: d["state"] for d in (await sender.envelope(first["id"]))["deliveries"]}
    assert states == {"B2": "CONFIRMED", "B3": "WITHDRAWN"}


async def a_closed_recipient_a_duplicate_and_a_forgery(shape: Shape) -> None:
    sender, heir = await shape.settle("C1", Level.CENTRAL), await shape.settle("C2")
    for code in ("C3", "C4", "C5"):
        await shape.settle(code)
    async with shape.database.write() as conn:
        now = datetime.now(UTC)
        await succession.close_agency(conn, "C3", succession.Closing(date(2025, 7, 1), ("C2",)), now)
        await succession.close_agency(conn, "C4", succession.Closing(date(2025, 7, 1), ("C2", "C5")), now)

    body = sender.written(document("C1", ["C3"]))
    accepted = await sender.post(body)
    assert accepted.status_code == 202, accepted.text
    assert [w["code"] for w in accepted.json()["warnings"]] == ["recipient-succeeded"]
    await take_in(heir, accepted.json()["id"])
    again = await sender.post(body)
    assert (again.status_code, again.json()["receipt"]) == (200, accepted.json()["receipt"])
    refused = await sender.post(sender.written(document("C1", ["C4"])))
    assert (refused.status_code, refused.json()["code"]) == (422, "recipient-closed")
    forged = sender.written(document("C1", ["C2"])).replace("V/v rà soát".encode(), "V/v bỏ".encode())
    refused = await sender.post(forged)
    assert (refused.status_code, refused.json()["code"]) == (422, "digest-mismatch")


async def one_that_never_collects(shape: Shape) -> None:
    sender = await shape.settle("D1", Level.CENTRAL)
    await shape.settle("D2", Level.COMMUNE, contact={"name": "Anh Nam", "phone": "0900000000"})
    accepted = await sender.send(document("D1", ["D2"]))

    async with await shape.watcher() as operator:

        async def alerted() -> Any:
            query = {"kind": "unreceived", "older_than": "PT0S", "agency": "D2"}
            return (await operator.get("/v1/alerts", params=query)).json()["items"]

        (alert,) = await until(alerted)
    assert (alert["envelope_id"], alert["level"]) == (accepted["id"], "commune")
    assert alert["contact"]["phone"] == "0900000000"


async def a_dead_webhook_that_comes_back(shape: Shape) -> None:
    async with receiving({"/": answer("503 Service Unavailable")}) as receiver:
        sender = await shape.settle("E1", Level.CENTRAL)
        config = {"url": receiver.url(), "secret": SECRET}
        called = await shape.settle("E2", channel="webhook", channel_config=config)
        accepted = await sender.send(document("E1", ["E2"]))

        async def tried() -> bool:
            return len(receiver.calls) >= 2

        await until(tried)
        receiver.answers["/"] = OK

        async def delivered() -> bool:
            return (await sender.envelope(accepted["id"]))["deliveries"][0]["state"] == "DELIVERED"

        await until(delivered)
    await take_in(called, accepted["id"])
    words = list(dict.fromkeys(event["what"] for event in await sender.timeline(accepted["id"])))
    assert words == ["accepted", "failed", "delivered", "collected", "confirmed"]


async def a_stream_of_what_arrives(shape: Shape) -> None:
    sender, listener = await shape.settle("F1", Level.CENTRAL), await shape.settle("F2")
    before = await sender.send(document("F1", ["F2"]))
    await arrives(listener, before["id"])
    headers = {"Authorization": f"Bearer {listener.key}"}
    seen: list[str] = []
    async with asyncio.timeout(WITHIN), shape.http.stream("GET", "/v1/inbox/stream", headers=headers) as stream:
        assert stream.headers["content-type"].startswith("text/event-stream")
        after = None
        async for line in stream.aiter_lines():
            if line.startswith("data: "):
                seen.append(json.loads(line.removeprefix("data: "))["envelope_id"])
                if after is None:
                    after = await sender.send(document("F1", ["F2"]))
                else:
                    break
    assert after is not None
    assert seen == [before["id"], after["id"]]
