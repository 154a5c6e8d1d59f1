from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import delete, select, text, update

from hub import ledger
from hub.domain.agency import Level
from hub.domain.ids import delivery_id
from hub.store import tables
from hub.store.road import deliveries
from hub.store.watching import ledger as rows
from hub.store.watching import ledger_view
from tests.offices import document
from tests.town import Town

NOTHING = timedelta()


async def kept(town: Town) -> dict[str, dict[str, int]]:
    """The ledger's sums by agency, after it was brought up to date."""
    now = datetime.now(UTC)
    await ledger.keep(town.hub.database, now, after=NOTHING)
    found: dict[str, dict[str, int]] = {}
    async with town.hub.database.read() as conn:
        for side in ("sent", "received"):
            for code in town.offices:
                sums = await ledger_view.totals(conn, ledger_view.Wanted(side, code))
                found[f"{side} {code}"] = {k: v for k, v in sums.items() if v}
    return found


async def test_what_was_accepted_is_pending_and_then_delivered(town: Town) -> None:
    sender = await town.settle("G22", Level.CENTRAL)
    await town.settle("H53")
    await town.settle("H54")
    await sender.send(document("G22", ["H53", "H54"]))
    await sender.send(document("G22", ["H53"]))

    before = await kept(town)
    await town.carry()
    after = await kept(town)

    assert before["sent G22"] == {"envelopes": 2, "accepted": 3, "carried": 3, "pending": 3}
    assert before["received H53"] == {"envelopes": 2, "accepted": 2, "carried": 2, "pending": 2}
    assert after["sent G22"] == {"envelopes": 2, "accepted": 3, "carried": 3, "delivered": 3}
    assert after["received H54"] == {"envelopes": 1, "accepted": 1, "carried": 1, "delivered": 1}


async def test_each_envelope_is_entered_once_however_often_the_ledger_is_kept(town: Town) -> None:
    sender = await town.settle("G22", Level.CENTRAL)
    await town.settle("H53")
    for _ in range(3):
        await sender.send(document("G22", ["H53"]))
        await ledger.keep(town.hub.database, datetime.now(UTC), after=NOTHING)

    assert await ledger.keep(town.hub.database, datetime.now(UTC), after=NOTHING) == 0
    assert (await kept(town))["sent G22"]["accepted"] == 3


async def test_a_dead_letter_is_dead_and_pending_again_when_it_is_requeued(town: Town) -> None:
    sender = await town.settle("G22", Level.CENTRAL)
    await town.settle("H53")
    accepted = await sender.send(document("G22", ["H53"]))
    identity = delivery_id(accepted["id"], "H53")
    async with town.hub.database.write() as conn:
        await conn.execute(update(tables.delivery).values(state="DEAD", next_attempt_at=None))
    dead = await kept(town)
    await deliveries.requeue(town.hub.database, identity, datetime.now(UTC))
    requeued = await kept(town)

    assert dead["sent G22"] == {"envelopes": 1, "accepted": 1, "carried": 1, "dead": 1}
    assert requeued["sent G22"] == {"envelopes": 1, "accepted": 1, "carried": 1, "pending": 1}


async def test_a_recipient_refused_at_the_door_was_never_accepted(town: Town) -> None:
    sender = await town.settle("G22", Level.CENTRAL)
    await town.settle("H53")
    await sender.send(document("G22", ["H53", "NOBODY"]), Prefer="handling=lenient")

    assert (await kept(town))["sent G22"] == {"envelopes": 1, "accepted": 1, "carried": 1, "pending": 1}


async def test_a_delivery_that_is_gone_is_found_said_and_shown(
    town: Town, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    sender = await town.settle("G22", Level.CENTRAL)
    await town.settle("H53")
    accepted = await sender.send(document("G22", ["H53"]))
    async with town.hub.database.write() as conn:
        gone = tables.delivery.c.envelope_id == accepted["id"]
        await conn.execute(delete(tables.delivery).where(gone))

    found = await kept(town)

    assert found["sent G22"] == {"envelopes": 1, "accepted": 1, "unbalanced": 1}
    assert "ledger.out-of-balance" in capsys.readouterr().out + caplog.text  # wherever logs go in this process
    figures = (await town.http.get("/metrics")).text
    assert "truc_ledger_unbalanced 2.0" in figures  # the sender's row and the recipient's
    answer = (await sender.call("GET", "/v1/ledger")).json()
    assert [row["balanced"] for row in answer["items"]] == [False]
    assert answer["totals"]["balanced"] is False


async def test_counting_anew_finds_what_came_late_and_what_was_lost_later(town: Town) -> None:
    sender = await town.settle("G22", Level.CENTRAL)
    await town.settle("H53")
    accepted = await sender.send(document("G22", ["H53"]))
    assert "unbalanced" not in (await kept(town))["sent G22"]
    now = datetime.now(UTC)
    async with town.hub.database.write() as conn:  # accepted by a gateway whose clock was two hours slow
        slow = now - timedelta(hours=2)
        await conn.execute(update(tables.envelope).values(received_at=slow))
        await conn.execute(update(tables.delivery).values(created_at=slow))

    assert await ledger.recount(town.hub.database, now - timedelta(hours=3), now + timedelta(hours=1)) == 1

    async with town.hub.database.read() as conn:
        (row,) = await ledger_view.page(conn, ledger_view.Wanted(), None, 10)
    assert (row["hour"], row["accepted"]) == (slow.replace(minute=0, second=0, microsecond=0), 1)
    assert accepted["id"]


async def test_an_hour_is_counted_a_second_time_when_everything_late_must_be_there(town: Town) -> None:
    sender = await town.settle("G22", Level.CENTRAL)
    await town.settle("H53")
    await sender.send(document("G22", ["H53"]))
    now = datetime.now(UTC)
    async with town.hub.database.write() as conn:
        await conn.execute(update(tables.envelope).values(received_at=now - timedelta(hours=5)))
        await conn.execute(update(tables.delivery).values(created_at=now - timedelta(hours=5)))
    await ledger.keep(town.hub.database, now, after=NOTHING)
    async with town.hub.database.read() as conn:
        first = (await conn.execute(select(tables.ledger_place.c.recounted))).scalar_one()
    assert first == (now - timedelta(hours=4)).replace(minute=0, second=0, microsecond=0)
    assert (await kept(town))["sent G22"]["accepted"] == 1


async def test_an_agency_sees_its_own_ledger_and_no_other(town: Town) -> None:
    sender = await town.settle("G22", Level.CENTRAL)
    recipient = await town.settle("H53", aliases=("000.00.00.H53",))
    await sender.send(document("G22", ["H53"]))
    await town.carry()
    await kept(town)

    mine = (await sender.call("GET", "/v1/ledger")).json()
    theirs = await sender.call("GET", "/v1/ledger", params={"agency": "H53"})
    received = await recipient.call("GET", "/v1/ledger", params={"side": "received", "agency": "000.00.00.H53"})

    assert mine["totals"] == {
        "envelopes": 1, "accepted": 1, "delivered": 1, "pending": 0, "dead": 0, "balanced": True,
    }  # fmt: skip
    assert [(row["agency"], row["accepted"], row["delivered"]) for row in mine["items"]] == [("G22", 1, 1)]
    assert (theirs.status_code, theirs.json()["code"]) == (403, "forbidden")
    assert received.json()["totals"]["accepted"] == 1


async def test_operators_see_every_agency_and_page_through_it(town: Town) -> None:
    codes = ["A1", "A2", "A3"]
    offices = [await town.settle(code) for code in codes]
    for office in offices:
        await office.send(document(office.code, ["A1"]))
    await kept(town)
    async with await town.watcher() as operator:
        whole = (await operator.get("/v1/ledger")).json()
        seen, after = [], ""
        while after is not None:
            page = (await operator.get("/v1/ledger", params={"limit": 1, "after": after})).json()
            seen += page["items"]
            after = page["next"]
        later = (await operator.get("/v1/ledger", params={"from": "2999-01-01"})).json()

    assert [row["agency"] for row in whole["items"]] == codes
    assert seen == whole["items"]
    assert (later["items"], later["totals"]["accepted"]) == ([], 0)


@pytest.mark.parametrize("query", [{"from": "yesterday"}, {"side": "both"}, {"after": "xyz"}, {"limit": 0}])
async def test_a_question_that_makes_no_sense_is_told_so(town: Town, query: dict[str, str]) -> None:
    async with await town.watcher() as operator:
        answer = await operator.get("/v1/ledger", params=query)

    assert (answer.status_code, answer.json()["code"]) == (422, "invalid-parameter")


async def test_two_workers_do_not_keep_the_ledger_at_once(town: Town) -> None:
    if town.hub.database.is_sqlite:
        pytest.skip("SQLite has one writer: nobody else can be at it")
    sender = await town.settle("G22", Level.CENTRAL)
    await town.settle("H53")
    await sender.send(document("G22", ["H53"]))
    await ledger.keep(town.hub.database, datetime.now(UTC), after=NOTHING)
    await sender.send(document("G22", ["H53"]))

    async with town.hub.database.write() as conn:
        assert await rows.hold(conn)
        assert await ledger.keep(town.hub.database, datetime.now(UTC), after=NOTHING) == 0
    assert await ledger.keep(town.hub.database, datetime.now(UTC), after=NOTHING) == 1


async def test_the_ledger_is_kept_by_indexes(town: Town) -> None:
    if town.hub.database.is_sqlite:
        pytest.skip("the planner that matters is PostgreSQL's")
    async with town.hub.database.write() as conn:
        await conn.execute(text("SET LOCAL enable_seqscan = off"))  # tables are empty: is there an index that serves?
        place = await rows.hold(conn)
        plans = []
        for query in (
            (
                "SELECT id FROM envelope WHERE received_at >= now() AND (received_at, id) > (now(), gen_random_uuid())"
                " AND received_at <= now() ORDER BY received_at, id LIMIT 2000"
            ),
            "SELECT sender, count(*) FROM delivery WHERE state = 'QUEUED' GROUP BY sender",
            "SELECT sender, count(*) FROM delivery WHERE state = 'SENDING' GROUP BY sender",
            "SELECT sender, count(*) FROM delivery WHERE state = 'DEAD' GROUP BY sender",
            "SELECT * FROM ledger WHERE pending > 0 OR dead > 0",
            "SELECT * FROM ledger WHERE accepted <> carried",
        ):
            plan = await conn.execute(text(f"EXPLAIN {query}"))
            plans.append("\n".join(row[0] for row in plan))

    assert place
    used = [plan[plan.index("ix_") :].split()[0] for plan in plans]
    assert used == [
        "ix_envelope_received_at",
        "ix_delivery_wake",
        "ix_delivery_lease",
        "ix_delivery_dead",
        "ix_ledger_open",
        "ix_ledger_unbalanced",
    ]
