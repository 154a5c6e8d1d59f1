import asyncio
from datetime import UTC, datetime, timedelta

from hub.adapter import Handover, Parcel
from hub.bus.notes import Note
from hub.domain.deadline import LOCAL
from hub.domain.reform import Asked, ChangeKind
from hub.errors import PermanentFailure, TemporaryFailure
from hub.store.directory.reform import planning
from hub.store.road import deliveries
from tests.offices import Office, document
from tests.town import Town


class Courier:
    """An adapter whose answers the test decides."""

    name = "courier"

    def __init__(self) -> None:
        self.answers: list[Exception | str] = []
        self.seen: list[Parcel] = []

    def check(self, config: dict[str, str]) -> list[str]:
        return [] if config else ["no desk"]

    async def hand_over(self, parcel: Parcel) -> Handover:
        self.seen.append(parcel)
        answer = self.answers.pop(0) if self.answers else "ok"
        if isinstance(answer, Exception):
            raise answer
        return Handover(answer)

    async def close(self) -> None:
        pass


async def couriered(town: Town) -> tuple[Courier, Office]:
    """A recipient that is reached by the courier, and a sender."""
    courier = Courier()
    town.hub.adapters["courier"] = courier  # type: ignore[index]
    sender = await town.settle("G22")
    await town.settle("H53", channel="courier", channel_config={"desk": "7"})
    return courier, sender


async def delivery_of(sender: Office, envelope_id: str) -> dict[str, object]:
    (delivery,) = (await sender.envelope(envelope_id))["deliveries"]
    return delivery


async def test_a_pushed_document_is_handed_over_with_its_bytes(town: Town) -> None:
    courier, sender = await couriered(town)
    body = sender.written(document("G22", ["H53"]))

    accepted = (await sender.post(body)).json()
    await town.carry()

    (parcel,) = courier.seen
    assert await parcel.read() == body
    assert (parcel.config, parcel.attempt) == ({"desk": "7"}, 1)
    assert (await delivery_of(sender, accepted["id"]))["state"] == "DELIVERED"


async def test_what_failed_waits_and_is_tried_again_when_it_is_due(town: Town) -> None:
    courier, sender = await couriered(town)
    courier.answers = [TemporaryFailure("502")]
    accepted = await sender.send(document("G22", ["H53"]))

    await town.carry()

    delivery = await delivery_of(sender, accepted["id"])
    assert (delivery["state"], delivery["reason"], delivery["attempts"]) == ("QUEUED", "502", 1)
    assert await town.tick(datetime.now(UTC)) == 0
    await town.tick(datetime.now(UTC) + timedelta(minutes=1))
    assert (await delivery_of(sender, accepted["id"]))["state"] == "DELIVERED"
    assert [e["what"] for e in await sender.timeline(accepted["id"])] == ["accepted", "failed", "delivered"]


async def test_a_late_note_does_not_cut_a_wait_short(town: Town) -> None:
    courier, sender = await couriered(town)
    courier.answers = [TemporaryFailure("502")]
    accepted = await sender.send(document("G22", ["H53"]))
    await town.carry()
    (delivery,) = (await sender.envelope(accepted["id"]))["deliveries"]

    await town.hub.deliverer.take([Note("province", "H53", delivery["id"])])
    await town.hub.deliverer.settle_all()

    assert len(courier.seen) == 1


async def test_what_can_never_work_is_a_dead_letter_at_once_and_an_operator_can_requeue_it(town: Town) -> None:
    courier, sender = await couriered(town)
    courier.answers = [PermanentFailure("410 Gone")]
    accepted = await sender.send(document("G22", ["H53"]))
    await town.carry()
    delivery = await delivery_of(sender, accepted["id"])
    assert (delivery["state"], delivery["reason"]) == ("DEAD", "410 Gone")

    async with await town.watcher() as operator:
        path = f"/v1/deliveries/{delivery['id']}/requeue"
        assert (await operator.post(path, json={})).status_code == 422
        assert (await operator.post(path, json={"reason": "địa chỉ đã sửa"})).status_code == 200
        assert (await operator.post(path, json={"reason": "lần nữa"})).status_code == 404
    await town.tick(datetime.now(UTC) + timedelta(seconds=1))

    assert (await delivery_of(sender, accepted["id"]))["state"] == "DELIVERED"


async def test_tries_come_to_an_end(town: Town) -> None:
    courier, sender = await couriered(town)
    courier.answers = [TemporaryFailure("502")] * 20
    accepted = await sender.send(document("G22", ["H53"]))
    await town.carry()

    later = datetime.now(UTC)
    for _ in range(40):
        later += timedelta(hours=7)
        town.hub.deliverer.now = lambda moment=later: moment  # type: ignore[misc]
        await town.tick(later)

    delivery = await delivery_of(sender, accepted["id"])
    assert delivery["state"] == "DEAD"
    assert len(courier.seen) == town.hub.settings.retry_attempts


async def test_a_lost_lease_is_taken_over_and_its_late_answer_changes_nothing(town: Town) -> None:
    _, sender = await couriered(town)
    accepted = await sender.send(document("G22", ["H53"]))
    (delivery,) = accepted["deliveries"]
    now = datetime.now(UTC)
    (lost,) = await deliveries.claim(town.hub.database, [delivery["id"]], now, timedelta(seconds=30), due=False)

    await town.tick(now + timedelta(seconds=31))

    assert (await delivery_of(sender, accepted["id"]))["state"] == "DELIVERED"
    assert not await deliveries.settle_dead(town.hub.database, lost, now, "too late")
    assert (await delivery_of(sender, accepted["id"]))["state"] == "DELIVERED"


async def test_two_workers_with_one_note_hand_it_over_once(town: Town) -> None:
    courier, sender = await couriered(town)
    accepted = await sender.send(document("G22", ["H53"]))
    note = Note("province", "H53", accepted["deliveries"][0]["id"])

    await asyncio.gather(*(town.hub.deliverer.take([note]) for _ in range(5)))
    await town.hub.deliverer.settle_all()

    assert len(courier.seen) == 1


async def test_an_endpoint_that_keeps_failing_is_left_alone_while_others_are_served(town: Town) -> None:
    courier, sender = await couriered(town)
    other = await town.settle("H27")
    courier.answers = [TemporaryFailure("502")] * 5
    for _ in range(5):
        await sender.send(document("G22", ["H53"]))
    await town.carry()
    assert len(courier.seen) == 5

    await sender.send(document("G22", ["H53", "H27"]))
    await town.carry()

    assert len(courier.seen) == 5
    assert len(await other.inbox(0)) == 1
    later = datetime.now(UTC) + timedelta(hours=2)
    town.hub.deliverer.now = lambda: later  # type: ignore[misc]
    await town.tick(later)
    assert len(courier.seen) > 5


async def test_a_delivery_whose_note_was_lost_is_found_by_the_clock(town: Town) -> None:
    sender, recipient = await town.settle("G22"), await town.settle("H53")
    await sender.send(document("G22", ["H53"]))

    await town.tick(datetime.now(UTC) + timedelta(seconds=town.hub.settings.rebell_seconds + 1))

    assert len(await recipient.inbox(0)) == 1


async def test_urgent_documents_come_first_then_the_oldest(town: Town) -> None:
    sender, recipient = await town.settle("G22"), await town.settle("H53")
    sent = [await sender.send(document("G22", ["H53"], priority=p)) for p in (0, 1, 0, 3)]
    await town.carry()

    waiting = [item["document_id"] for item in await recipient.inbox(0)]

    assert waiting == [sent[i]["document_id"] for i in (3, 1, 0, 2)]


async def test_a_long_poll_is_woken_by_the_delivery(town: Town) -> None:
    sender, recipient = await town.settle("G22"), await town.settle("H53")
    await town.hub.database.bell.start()
    poll = asyncio.create_task(recipient.inbox(30))
    while not town.hub.database.bell._waiters:
        await asyncio.sleep(0)

    await sender.send(document("G22", ["H53"]))
    await town.carry()

    async with asyncio.timeout(10):
        assert len(await poll) == 1


async def test_an_item_leaves_the_inbox_only_by_done_or_fail(town: Town) -> None:
    sender, recipient = await town.settle("G22"), await town.settle("H53")
    accepted = await sender.send(document("G22", ["H53"]))
    await town.carry()
    (item,) = await recipient.inbox(0)
    identity = item["delivery_id"]

    assert (await recipient.fetch(identity)).status_code == 200
    assert (await recipient.confirm(identity, "processing")).status_code == 200
    assert len(await recipient.inbox(0)) == 1
    assert (await recipient.confirm(identity, "perhaps")).status_code == 422
    assert (await recipient.confirm(identity, "done")).status_code == 200
    assert await recipient.inbox(0) == []
    assert (await recipient.confirm(identity, "done")).status_code == 200
    other = await recipient.confirm(identity, "fail", "hỏng")
    assert (other.status_code, other.json()["code"]) == (409, "confirmation-conflict")
    words = [e["what"] for e in await sender.timeline(accepted["id"])]
    assert words == ["accepted", "available", "collected", "confirmed", "confirmed"]


async def test_nobody_reads_what_is_not_theirs(town: Town) -> None:
    sender, recipient = await town.settle("G22"), await town.settle("H53")
    other_recipient, stranger = await town.settle("H27"), await town.settle("H29")
    accepted = await sender.send(document("G22", ["H53", "H27"]))
    await town.carry()
    (item,) = await recipient.inbox(0)

    for path in ("", "/timeline", "/original", "/receipt", "/explain"):
        assert (await stranger.call("GET", f"/v1/envelopes/{accepted['id']}{path}")).status_code == 404
    assert (await stranger.fetch(item["delivery_id"])).status_code == 404
    assert (await other_recipient.fetch(item["delivery_id"])).status_code == 404
    assert (await other_recipient.confirm(item["delivery_id"])).status_code == 404
    seen = await other_recipient.envelope(accepted["id"])
    assert [d["recipient"] for d in seen["deliveries"]] == ["H27"]
    assert {e["recipient"] for e in await other_recipient.timeline(accepted["id"])} <= {None, "H27"}
    assert (await stranger.feed())["items"] == []


async def test_what_waits_goes_by_the_channel_that_its_recipient_has_on_the_day(town: Town) -> None:
    courier, sender = await couriered(town)
    courier.answers = [TemporaryFailure("502"), TemporaryFailure("502")]
    first, second = [await sender.send(document("G22", ["H53"])) for _ in range(2)]
    await town.carry()
    day = datetime.now(UTC).astimezone(LOCAL).date()
    for on, channel, settings in ((1, "courier", {"desk": "8"}), (2, "inbox", {})):
        change = Asked(ChangeKind.CHANNEL, ("H53",), day + timedelta(days=on), to=channel, settings=settings)
        await planning.plan(town.hub.database, change, "person:an", datetime.now(UTC), alone=True)
    courier.answers = ["ok", TemporaryFailure("502")]

    await town.tick(datetime.now(UTC) + timedelta(minutes=1))
    town.hub.clock.offset = timedelta(days=1)
    later = await sender.send(document("G22", ["H53"]))
    await town.carry()
    town.hub.clock.offset = timedelta(days=2)
    for minutes in (1, 2):
        await town.tick(datetime.now(UTC) + timedelta(days=2, minutes=minutes))

    assert [parcel.config["desk"] for parcel in courier.seen] == ["7"] * 4 + ["8"]
    states = sorted([str((await delivery_of(sender, one["id"]))["state"]) for one in (first, second)])
    assert states == ["AVAILABLE", "DELIVERED"]
    assert (await delivery_of(sender, later["id"]))["state"] == "DELIVERED"
