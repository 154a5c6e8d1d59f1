from datetime import UTC, datetime, timedelta

from sqlalchemy import update

from hub.domain.agency import Level
from hub.store import tables
from hub.store.road import breakers
from tests.offices import document
from tests.town import Town


async def test_a_hub_that_is_well_postpones_nothing(town: Town) -> None:
    answer = (await town.http.get("/readyz")).json()

    assert (answer["status"], answer["postponed"], answer["waiting"]) == ("ready", [], {"notes": 0, "untouched": 0})


async def test_an_endpoint_that_is_left_alone_is_said_to_be_and_nobody_is_named_without_asking(town: Town) -> None:
    office = await town.settle("H53", channel="webhook")
    for _ in range(5):
        await breakers.failed(town.hub.database, "H53", "connection refused", datetime.now(UTC), 5)

    ready = (await town.http.get("/readyz")).json()
    async with await town.watcher() as operator:
        told = (await operator.get("/v1/postponed")).json()
    refused = await office.call("GET", "/v1/postponed")

    assert ready["status"] == "ready"
    assert ready["postponed"][0].startswith("pushes to 1 agencies")
    assert "H53" not in str(ready)
    assert [(row["agency"], row["last_error"]) for row in told["endpoints"]] == [("H53", "connection refused")]
    assert refused.status_code == 403


async def test_deliveries_that_no_worker_takes_up_are_counted(town: Town) -> None:
    sender = await town.settle("G22", Level.CENTRAL)
    await town.settle("H53")
    await sender.send(document("G22", ["H53"]))
    async with town.hub.database.write() as conn:
        await conn.execute(update(tables.delivery).values(next_attempt_at=datetime.now(UTC) - timedelta(minutes=1)))

    answer = (await town.http.get("/readyz")).json()

    assert answer["waiting"] == {"notes": 1, "untouched": 1}
    assert answer["postponed"] == ["1 deliveries: they are due and no worker takes them up"]
