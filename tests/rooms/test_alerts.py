"""Alerts agree with what is: raised once for however many documents, cleared by the fact, never by hand."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from hub.domain.agency import Level
from hub.domain.alert import Kind, State, Step
from hub.domain.calendar import Override
from hub.domain.deadline import Day
from hub.domain.envelope import Kind as Kind_
from hub.store.watching import alerts, calendar, states
from tests.days import monday
from tests.offices import document
from tests.town import Town

DAYS = timedelta(days=1)


async def open_alerts(town: Town) -> dict[tuple[str, str], dict[str, Any]]:
    async with town.hub.database.read() as conn:
        rows = await alerts.listing(conn, {}, None, 1000)
    return {(row["kind"], row["agency"]): row for row in rows}


async def test_five_hundred_documents_stuck_at_one_agency_are_one_alert(town: Town) -> None:
    sender = await town.settle("G22", Level.CENTRAL)
    await town.settle("H53", Level.PROVINCE)
    await town.settle("H53.1", Level.COMMUNE, parent="H53")
    for _ in range(25):
        await sender.send(document("G22", ["H53.1"]))
    await town.carry()
    later = datetime.now(UTC) + 5 * DAYS

    first, second = await town.hub.alerts.tick(later), await town.hub.alerts.tick(later)

    assert (first.raised, second.raised) == (1, 0)
    alert = (await open_alerts(town))[Kind.UNRECEIVED, "H53.1"]
    assert (alert["count"], alert["level"], alert["parent"]) == (25, "commune", "H53")
    assert (alert["step"], alert["state"]) == (Step.AGENCY, State.OPEN)


async def test_before_the_deadline_there_is_no_alert(town: Town) -> None:
    sender, receiver = await town.settle("G22", Level.CENTRAL), await town.settle("H53")
    await sender.send(document("G22", [receiver.code]))

    await town.hub.alerts.tick(datetime.now(UTC) + timedelta(seconds=1))

    assert not await open_alerts(town)


async def test_collecting_turns_it_into_waiting_for_an_answer_and_the_answer_ends_it(town: Town) -> None:
    sender, receiver = await town.settle("G22", Level.CENTRAL), await town.settle("H53")
    sent = document("G22", [receiver.code])
    await sender.send(sent)
    await town.carry()
    later = datetime.now(UTC) + 5 * DAYS
    seen = []

    await town.hub.alerts.tick(later)
    seen.append(set(await open_alerts(town)))
    [item] = await receiver.inbox(0)
    await receiver.fetch(item["delivery_id"])
    await town.hub.alerts.tick(later)
    seen.append(set(await open_alerts(town)))
    await receiver.report("01", sent.document_id, sender="G22")
    await town.hub.alerts.tick(later)
    seen.append(set(await open_alerts(town)))
    await receiver.report("03", sent.document_id, sender="G22")
    await town.hub.alerts.tick(later)
    seen.append(set(await open_alerts(town)))

    assert seen == [
        {(Kind.UNRECEIVED, "H53")},
        {(Kind.UNANSWERED, "H53")},
        {(Kind.UNREGISTERED, "H53")},
        set(),
    ]


async def test_a_recall_nobody_answers_is_an_alert_until_15_and_a_refusal_is_one_for_the_government_office(
    town: Town,
) -> None:
    sender = await town.settle("G22", Level.CENTRAL)
    refuses, agrees = await town.settle("H53"), await town.settle("H29")
    sent = document("G22", ["H53", "H29"])
    await sender.send(sent)
    await town.carry()
    for office in (refuses, agrees):
        [item] = await office.inbox(0)
        await office.fetch(item["delivery_id"])
        await office.report("03", sent.document_id, sender="G22")
    recall = document(
        "G22", ["H53", "H29"], kind=Kind_.RECALL, document_id=sent.document_id, concerns=(sent.document_id,)
    )
    await sender.send(recall)
    later = datetime.now(UTC) + 5 * DAYS

    await town.hub.alerts.tick(later)
    before = {key for key in await open_alerts(town) if key[0] == Kind.CHANGE_UNANSWERED}
    await agrees.report("15", sent.document_id, sender="G22")
    await refuses.report("16", sent.document_id, sender="G22", description="đã xử lý xong")
    await town.hub.alerts.tick(later)
    after = await open_alerts(town)

    assert before == {(Kind.CHANGE_UNANSWERED, "H53"), (Kind.CHANGE_UNANSWERED, "H29")}
    assert not [key for key in after if key[0] == Kind.CHANGE_UNANSWERED]
    assert after[Kind.CHANGE_REFUSED, "H53"]["step"] == Step.GOVERNMENT


async def test_what_was_sent_late_and_what_was_due_count_for_whose_duty_it_was(town: Town) -> None:
    sender, receiver = await town.settle("G22", Level.CENTRAL), await town.settle("H53")
    now = datetime.now(UTC)
    sent = document("G22", ["H53"], promulgated_on=date(2026, 11, 2), due_on=now.date() + 2 * DAYS)
    await sender.send(sent)
    await town.carry()
    [item] = await receiver.inbox(0)
    await receiver.fetch(item["delivery_id"])
    await receiver.report("03", sent.document_id, sender="G22")

    await town.hub.alerts.tick(now + timedelta(minutes=2))
    at_once = await open_alerts(town)
    await town.hub.alerts.tick(now + 4 * DAYS)
    due = await open_alerts(town)
    await receiver.report("06", sent.document_id, sender="G22")
    await town.hub.alerts.tick(now + 8 * DAYS)

    assert set(at_once) == {(Kind.SENT_LATE, "G22")}
    assert set(due) == {(Kind.SENT_LATE, "G22"), (Kind.OVERDUE, "H53")}
    assert not await open_alerts(town)


async def test_a_dead_letter_is_an_alert_at_once_and_unknown_codes_go_to_the_operators(town: Town) -> None:
    sender = await town.settle("G22", Level.CENTRAL)
    await town.settle("H53")
    await sender.post(sender.written(document("G22", ["H53", "H99.99"])), Prefer="handling=lenient")
    await town.carry()

    await town.hub.alerts.tick(datetime.now(UTC) + timedelta(minutes=1))

    alert = (await open_alerts(town))[Kind.UNDELIVERABLE, "H99.99"]
    assert alert["step"] == Step.OPERATORS


async def test_an_agency_that_asks_no_more_is_silent_until_it_asks_again(town: Town) -> None:
    await town.settle("H53")
    await town.settle("H29")
    at_nine = monday(9)

    async def polled(code: str, at: datetime) -> None:
        async with town.hub.database.write() as conn:
            await states.seen(conn, {code: at})

    await polled("H53", at_nine)
    await polled("H29", at_nine)
    later = at_nine + timedelta(minutes=40)
    await town.hub.alerts.tick(later)
    nobody_asks = await open_alerts(town)
    await polled("H29", later)
    await town.hub.alerts.tick(later)
    one_is_silent = await open_alerts(town)
    await polled("H53", later)
    await town.hub.alerts.tick(later)

    assert not nobody_asks  # then it is the hub that cannot be reached
    assert set(one_is_silent) == {(Kind.SILENT, "H53")}
    assert not await open_alerts(town)


async def test_asking_for_the_inbox_is_written_down(town: Town) -> None:
    office = await town.settle("H53")
    await office.inbox(0)

    assert await town.hub.polls.write() == 1
    assert await town.hub.polls.write() == 0
    async with town.hub.database.read() as conn:
        assert [code for code, _ in await states.polled(conn)] == ["H53"]


async def test_an_agencys_own_hours_and_a_changed_calendar_count_at_once(town: Town) -> None:
    sender = await town.settle("G22", Level.CENTRAL)
    await town.settle("H53")
    await town.settle("H29")
    await sender.send(document("G22", ["H53", "H29"]))
    await town.carry()
    now = datetime.now(UTC)
    async with town.hub.database.write() as conn:
        await calendar.set_hours(conn, "H29", "00:00-00:01", "1", "nghỉ cả ngày", "lan", now)

    await town.hub.alerts.tick(now + 5 * DAYS)
    own_hours = await open_alerts(town)
    days = [(now + n * DAYS).date() for n in range(-1, 7)]
    decided = [Override(day, Day.OFF, "1/CP", "bão") for day in days]
    async with town.hub.database.write() as conn:
        await calendar.put(conn, decided, "lan", now + timedelta(seconds=1))
    await town.hub.alerts.tick(now + 5 * DAYS)

    assert set(own_hours) == {(Kind.UNRECEIVED, "H53")}
    assert not await open_alerts(town)


async def test_reminders_and_escalation_are_told_once_each_whichever_worker_has_the_turn(town: Town) -> None:
    sender = await town.settle("G22", Level.CENTRAL)
    await town.settle("H53")
    await town.settle("H53.1", Level.COMMUNE, parent="H53")
    await sender.send(document("G22", ["H53.1"]))
    await town.carry()
    at_nine = monday(9)
    await town.hub.alerts.tick(at_nine)
    told = Counter[str]()
    for hours in range(1, 80):
        turn = await town.hub.alerts.tick(at_nine + timedelta(hours=hours))
        again = await town.hub.alerts.tick(at_nine + timedelta(hours=hours))
        told += Counter(reminded=turn.reminded, escalated=turn.escalated, twice=again.reminded + again.escalated)

    alert = (await open_alerts(town))[Kind.UNRECEIVED, "H53.1"]
    async with town.hub.database.read() as conn:
        history = Counter(row["what"] for row in await alerts.history(conn, alert["id"]))
    assert told["twice"] == 0
    assert alert["step"] == Step.GOVERNMENT
    assert history == {"raised": 1, "reminded": told["reminded"], "escalated": 3}
    assert told["escalated"] == 3


@pytest.mark.parametrize("slice_of", [1, 2, 500])
async def test_however_the_agencies_are_sliced_the_alerts_are_the_same(
    town: Town, slice_of: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    from hub.alert import look

    monkeypatch.setattr(look, "SLICE", slice_of)
    sender = await town.settle("G22", Level.CENTRAL)
    codes = [f"H53.{n}" for n in range(5)]
    for code in codes:
        await town.settle(code)
    await sender.send(document("G22", codes))
    await town.carry()
    later = datetime.now(UTC) + 5 * DAYS

    raised = (await town.hub.alerts.tick(later)).raised
    office = town.offices["H53.2"]
    [item] = await office.inbox(0)
    await office.confirm(item["delivery_id"], "fail", "sai thể thức")
    cleared = (await town.hub.alerts.tick(later)).cleared

    assert (raised, cleared) == (5, 1)
    assert {agency for _, agency in await open_alerts(town)} == set(codes) - {"H53.2"}
