"""The sequencer: what is committed gets its leaf, once, in order, whoever is slow and whoever else is at it."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import select, text

from hub.attest.sequencer import Sequencer
from hub.domain import merkle
from hub.store.database import Database
from hub.store.proof import log, sources
from hub.store.road.events import Happened, record
from hub.store.tables import delivery_receipt, envelope, event, log_leaf
from hub.trust.seal import HEAD, read
from tests.offices import document
from tests.proof.scenes import exchanged, followed, sequencer, written
from tests.town import Town


async def test_everything_the_hub_answers_for_gets_its_leaf(town: Town) -> None:
    sent, _, _ = await exchanged(town)

    leaves = await followed(town)

    assert ("envelope", sent) in leaves
    kinds = [kind for kind, _ in leaves]
    assert kinds.count("envelope") == 2  # the document, and the answer
    assert kinds.count("report") == 1
    assert kinds.count("event") == 5  # accepted, available, collected, confirmed, reported
    assert kinds.count("receipt") == 3
    assert kinds.count("registry") >= 8  # two agencies, their codes, keys and certificates


async def test_a_second_turn_adds_nothing_and_the_next_document_only_itself(town: Town) -> None:
    sent, sender, _ = await exchanged(town)
    before = await followed(town)

    assert await followed(town) == before
    second = await sender.send(document("H53", ["H53.32.21"]))

    added = (await followed(town))[len(before) :]
    assert len([name for name in added if name[0] == "envelope"]) == 1
    assert ("envelope", second["id"]) in added
    assert ("envelope", sent) not in added


async def test_a_head_is_signed_and_its_root_is_that_of_the_leaves(town: Town) -> None:
    await exchanged(town)
    await followed(town)

    async with town.hub.database.read() as conn:
        head = await log.newest_head(conn)
        entries = [entry for _, entry in await log.leaves(conn, 0, 10_000)]

    grower = merkle.Grower()
    for entry in entries:
        grower.add(merkle.leaf_hash(entry.leaf))
    assert head
    signed = read(head.head, [town.hub.seal.public])
    assert (signed.typ, signed.claims["size"], signed.claims["root"]) == (HEAD, len(entries), grower.head.hex())
    assert (head.size, head.root) == (len(entries), grower.head)


async def test_what_commits_late_is_not_stepped_over(town: Town, postgres_dsn: str) -> None:
    if town.hub.database.is_sqlite:  # one writer: nobody commits late
        async with town.hub.database.write() as conn:
            await record(conn, [Happened(datetime.now(UTC), "01900000-0000-7000-8000-000000000001", "H53", "recalled")])
        assert [name for name in await followed(town) if name[0] == "event"]
        return
    now = datetime.now(UTC)
    slow = Database(town.hub.settings.database)
    first = Happened(now, "01900000-0000-7000-8000-000000000001", "H53", "recalled", "A")
    second = Happened(now, "01900000-0000-7000-8000-000000000002", "H53", "recalled", "B")
    async with slow.write() as conn:
        await record(conn, [first])  # has its number, and is not committed
        async with town.hub.database.write() as other:
            await record(other, [second])  # a later number, committed
        await sequencer(town).turn(now)
        assert [name for name in await written(town) if name[0] == "event"] == []
    await slow.close()

    await sequencer(town).turn(now)

    async with town.hub.database.read() as conn:
        seqs = list((await conn.execute(select(event.c.seq).order_by(event.c.seq))).scalars())
    assert len(seqs) == 2
    assert [name for name in await written(town) if name[0] == "event"] == [("event", str(seq)) for seq in seqs]


async def test_one_sequencer_writes_while_the_other_waits(town: Town) -> None:
    await exchanged(town)
    now = datetime.now(UTC)
    first, second = Sequencer(town.hub.database, town.hub.seal, 0), Sequencer(town.hub.database, town.hub.seal, 0)

    assert await first.turn(now) > 0
    assert await second.turn(now + timedelta(seconds=1)) == 0
    assert (first.is_writing, second.is_writing) == (True, False)

    assert await second.turn(now + timedelta(minutes=2)) > 0  # the first one is silent for longer than its lease


async def test_a_sequencer_that_lost_its_lease_writes_nothing(town: Town) -> None:
    await exchanged(town)
    await followed(town)
    async with town.hub.database.read() as conn:
        state = await log.state(conn)
        batch = await sources.gather(conn, {}, state.places, 100)
    before = await written(town)

    async with town.hub.database.write() as conn:
        try:
            await log.append(conn, "somebody else", state, batch.entries, batch.places)
            refused = False
        except log.NotMine:
            refused = True

    assert refused
    assert await written(town) == before


async def test_a_receipt_of_a_delivery_stays_the_same_bytes_for_ever(town: Town) -> None:
    await exchanged(town)
    await followed(town)
    async with town.hub.database.read() as conn:
        first = list((await conn.execute(select(delivery_receipt.c.receipt))).scalars())
    async with town.hub.database.write() as conn:
        await conn.execute(text("UPDATE log_state SET places = '{}'"))

    await followed(town)

    async with town.hub.database.read() as conn:
        assert list((await conn.execute(select(delivery_receipt.c.receipt))).scalars()) == first
        numbers = list((await conn.execute(select(log_leaf.c.number).order_by(log_leaf.c.number))).scalars())
        assert numbers == list(range(len(numbers)))
        assert len(await written(town)) == len(set(await written(town)))
        assert (await conn.execute(select(envelope.c.id))).all()
