"""What the log's tests begin with: an exchange, and a sequencer that follows it."""

from datetime import UTC, datetime

from hub.attest.sequencer import Sequencer
from hub.domain.agency import Level
from hub.store.proof import log
from tests.offices import Office, document
from tests.town import Town

_SEQUENCERS: dict[str, Sequencer] = {}


def sequencer(town: Town) -> Sequencer:
    """The town's sequencer, which signs a head each turn."""
    hub = town.hub
    return _SEQUENCERS.setdefault(f"{hub.settings.home}", Sequencer(hub.database, hub.seal, 0))


async def written(town: Town) -> list[tuple[str, str]]:
    """The leaves, as (kind, id)."""
    async with town.hub.database.read() as conn:
        return [(entry.kind, entry.id) for _, entry in await log.leaves(conn, 0, 10_000)]


async def followed(town: Town) -> list[tuple[str, str]]:
    """The leaves after a turn of the sequencer."""
    await sequencer(town).turn(datetime.now(UTC))
    return await written(town)


async def exchanged(town: Town) -> tuple[str, Office, Office]:
    """A document sent, collected, confirmed and answered."""
    sender, recipient = await town.settle("H53"), await town.settle("H53.32.21", Level.COMMUNE)
    sent = await sender.send(document("H53", ["H53.32.21"]))
    await town.carry()
    (item,) = await recipient.inbox(wait=0)
    assert (await recipient.fetch(item["delivery_id"])).status_code == 200
    assert (await recipient.confirm(item["delivery_id"])).status_code == 200
    answer = await recipient.report("03", sent["document_id"], sender="H53")
    assert answer.status_code == 202, answer.text
    return sent["id"], sender, recipient
