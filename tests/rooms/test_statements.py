"""What an accept costs the database does not grow with the number of recipients."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import event

from hub.bus.notes import Note
from hub.domain.agency import Agency, Level
from hub.store import embedded
from hub.store.directory import groups, registry
from tests.offices import Office, document
from tests.town import Town


@contextmanager
def counted(town: Town) -> Iterator[list[str]]:
    """The statements sent to the database meanwhile."""
    said: list[str] = []

    def note(_conn: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        said.append(statement.split(None, 2)[0] + " " + statement[:60].replace("\n", " "))

    def performed(conn: Any, statement: str, values: Any) -> Any:
        said.append(statement)
        return perform(conn, statement, values)

    database = town.hub.database
    engines = [database._writer.sync_engine]
    if database.is_sqlite:  # on PostgreSQL the reader is the same engine in another mode
        engines.append(database._reader.sync_engine)
    for engine in engines:
        event.listen(engine, "before_cursor_execute", note)
    perform, embedded.perform = embedded.perform, performed
    try:
        yield said
    finally:
        embedded.perform = perform
        for engine in engines:
            event.remove(engine, "before_cursor_execute", note)


async def cost(town: Town, sender: Office, codes: list[str]) -> int:
    await sender.send(document("G22", codes))  # the directory is remembered from here on
    with counted(town) as said:
        await sender.send(document("G22", codes))
    return len(said)


async def test_an_accept_is_a_fixed_number_of_statements(town: Town) -> None:
    sender = await town.settle("G22", Level.CENTRAL)
    codes = [f"H53.{n:03d}" for n in range(60)]
    for code in codes:
        await town.settle(code)

    few, many = await cost(town, sender, codes[:3]), await cost(town, sender, codes)

    assert few == many
    assert few <= (8 if town.hub.database.is_sqlite else 1)


async def test_making_a_batch_available_is_a_fixed_number_of_statements(town: Town) -> None:
    sender = await town.settle("G22", Level.CENTRAL)
    codes = [f"H53.{n:03d}" for n in range(40)]
    for code in codes:
        await town.settle(code)
    costs = []
    for some in (codes[:2], codes):
        accepted = await sender.send(document("G22", some))
        notes = [(d["level"], d["recipient"], d["id"]) for d in accepted["deliveries"]]
        with counted(town) as said:
            await town.hub.deliverer.take([Note(*note) for note in notes])
        costs.append(len(said))

    assert costs[0] == costs[1]
    assert costs[0] <= (4 if town.hub.database.is_sqlite else 1)


async def test_a_group_is_addressed_by_a_fixed_number_of_statements_and_kept_once(town: Town) -> None:
    sender = await town.settle("G22", Level.CENTRAL)
    now = datetime.now(UTC)
    codes = [f"H53.{n:03d}" for n in range(700)]
    async with town.hub.database.write() as conn:
        for code in codes:
            await registry.add(conn, Agency(code, f"Xã {code}", Level.COMMUNE), now)
        for name, members in (("BA", codes[:3]), ("TAT-CA", codes)):
            await groups.put(conn, name, name, now)
            await groups.join(conn, name, members, date(2025, 7, 1))
    await town.hub.directory.refresh()

    few, many = await cost(town, sender, ["BA"]), await cost(town, sender, ["TAT-CA"])

    assert few == many
    counts = await town.counts()
    assert (counts["original"], counts["delivery"]) == (4, 2 * (3 + 700))
