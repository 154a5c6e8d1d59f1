"""Originals and parts of uploads in a bucket: an S3 server over HTTP, and the folder, held to the same."""

import os
import secrets
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

import psutil
import pytest

from hub import watch
from hub.errors import Unavailable
from hub.spool import Spool
from hub.store.road.originals import ObjectStore, object_store
from tests.edge.hub import MIB
from tests.large.test_uploads import begun, sent, stands
from tests.offices import document
from tests.parts import s3
from tests.parts.s3 import BUCKET, Bucket
from tests.town import founded

LATER = timedelta(hours=2)


@pytest.fixture
def bucket(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bucket]:
    (tmp_path / "s3").mkdir()
    with s3.running(tmp_path / "s3", monkeypatch) as made:
        yield made


@pytest.fixture(params=["folder", "bucket"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> ObjectStore:
    if request.param == "folder":
        return object_store(f"file://{tmp_path / 'originals'}")
    request.getfixturevalue("bucket")
    return object_store(f"s3://{BUCKET}/of/the/hub")


async def whole(store: ObjectStore, digest: str, start: int, end: int) -> bytes:
    return b"".join([piece async for piece in store.read(digest, start, end)])


async def test_what_is_put_is_read_back_whole_and_in_part(store: ObjectStore) -> None:
    body = secrets.token_bytes(3 * MIB)
    digest = sha256(body).hexdigest()

    await store.put(digest, body)
    await store.put(digest, body)  # the same again is the same

    assert await whole(store, digest, 0, len(body)) == body
    assert await whole(store, digest, 0, 1) == body[:1]
    assert await whole(store, digest, MIB - 1, 2 * MIB + 1) == body[MIB - 1 : 2 * MIB + 1]
    assert await whole(store, digest, len(body) - 1, len(body)) == body[-1:]


async def test_a_file_of_the_spool_is_put_without_being_read_into_memory(store: ObjectStore, tmp_path: Path) -> None:
    size = 60 * MIB
    spool = Spool(tmp_path / "incoming", size)
    with spool.room() as room:
        writer = room.begin()
        for _ in range(size // MIB):
            await writer.add(secrets.token_bytes(MIB))
        spooled = await writer.finish()
        before = psutil.Process().memory_info().rss
        await store.put(spooled.sha256, spooled)
        grown = psutil.Process().memory_info().rss - before
    digest, count = sha256(), 0
    async for piece in store.read(spooled.sha256, 0, size):
        digest.update(piece)
        count += 1

    assert digest.hexdigest() == spooled.sha256
    assert count > 1  # in pieces
    assert grown < size * 2 / 3  # two parts of 8 MiB, and what carries them


async def test_what_is_not_there_is_unavailable_and_not_empty(store: ObjectStore) -> None:
    with pytest.raises(Unavailable):
        await whole(store, "0" * 64, 0, 10)


async def test_only_old_objects_of_the_store_itself_are_listed_and_can_be_dropped(store: ObjectStore) -> None:
    await store.put("a" * 64, b"one")
    await store.put("b" * 64, b"two")
    now = datetime.now(UTC)

    assert await store.digests(now - LATER) == []
    assert sorted(await store.digests(now + LATER)) == ["a" * 64, "b" * 64]
    await store.drop("a" * 64)
    await store.drop("a" * 64)  # a second time nothing happens
    assert await store.digests(now + LATER) == ["b" * 64]


async def test_a_large_document_lives_in_the_bucket_and_nowhere_else(bucket: Bucket, tmp_path: Path) -> None:
    async with founded(tmp_path / "home", originals_url=f"s3://{BUCKET}/hub", spool_bytes=MIB) as town:
        sender, recipient = await town.settle("G22"), await town.settle("H53")
        body = sender.written(document("G22", ["H53"]), attachment=b"%PDF-1.4\n" + os.urandom(9 * MIB))
        digest = sha256(body).hexdigest()

        answer = await sender.post(body)
        await town.carry()
        delivery = (await recipient.inbox(0))[0]["delivery_id"]
        fetched = await recipient.fetch(delivery)
        middle = await recipient.fetch(delivery, Range=f"bytes={5 * MIB}-{8 * MIB - 1}")

        assert answer.status_code == 202, answer.text
        assert bucket.keys() == [f"hub/{digest}"]
        assert not bucket.unfinished()
        assert await town.hub.spool.sweep() == 0
        assert not town.files()
        assert fetched.content == body
        assert sha256(fetched.content).hexdigest() == digest == fetched.headers["etag"].strip('"')
        assert (middle.status_code, middle.content) == (206, body[5 * MIB : 8 * MIB])


async def test_an_orphan_in_the_bucket_is_swept_and_nothing_else(bucket: Bucket, tmp_path: Path) -> None:
    async with founded(tmp_path / "home", originals_url=f"s3://{BUCKET}", spool_bytes=MIB) as town:
        sender = await town.settle("G22")
        await town.settle("H53")
        body = sender.written(document("G22", ["H53"]), attachment=b"%PDF-1.4\n" + os.urandom(MIB))
        await sender.post(body)
        place = (await begun(sender)).headers["location"]
        await sent(sender, place, 0, b"a part")
        await town.hub.originals.put("0" * 64, b"an original whose commit failed")
        await town.hub.parts.put("1" * 64, b"a part whose row failed")
        now = datetime.now(UTC)

        assert await watch.sweep(town.hub.database, town.hub.originals, now) == 0
        assert await watch.sweep(town.hub.database, town.hub.originals, now + LATER) == 1
        assert await watch.sweep_uploads(town.hub.database, town.hub.parts, now + LATER) == 1

        left = bucket.keys()
        assert sha256(body).hexdigest() in left
        assert len(left) == 2
        assert await stands(sender, place) == len(b"a part")


@pytest.mark.parametrize("kind", ["bucket", "folder"])
async def test_what_was_put_since_is_not_dropped_and_what_is_gone_is_not_counted(
    bucket: Bucket, tmp_path: Path, kind: str
) -> None:
    store = object_store(f"s3://{BUCKET}" if kind == "bucket" else f"file://{tmp_path}")
    digest, now = "0" * 64, datetime.now(UTC)
    await store.put(digest, b"an original")

    dropped = [await store.drop(digest, moment) for moment in (now - LATER, now + LATER, now + LATER)]

    assert dropped == [False, True, False]
    with pytest.raises(Unavailable):
        _ = [piece async for piece in store.read(digest, 0, 11)]


async def test_an_upload_comes_together_from_parts_in_the_bucket(bucket: Bucket, tmp_path: Path) -> None:
    async with founded(tmp_path / "home", originals_url=f"s3://{BUCKET}", spool_bytes=MIB) as town:
        sender = await town.settle("G22")
        await town.settle("H53")
        body = sender.written(document("G22", ["H53"]), attachment=b"%PDF-1.4\n" + os.urandom(9 * MIB))
        place = (await begun(sender, body)).headers["location"]

        await sent(sender, place, 0, body[: 5 * MIB])
        await sent(sender, place, 5 * MIB, body[5 * MIB : 9 * MIB])
        parts = bucket.keys()
        answer = await sent(sender, place, 9 * MIB, body[9 * MIB :], last=True)

        assert len(parts) == 2
        assert all(key.startswith("uploads/") for key in parts)
        assert answer.status_code == 202
        assert bucket.keys() == [sha256(body).hexdigest()]


async def test_while_the_bucket_is_away_nothing_is_accepted_and_afterwards_all_is(
    bucket: Bucket, tmp_path: Path
) -> None:
    async with founded(tmp_path / "home", originals_url=f"s3://{BUCKET}", spool_bytes=MIB) as town:
        sender = await town.settle("G22")
        await town.settle("H53")
        body = sender.written(document("G22", ["H53"]), attachment=b"%PDF-1.4\n" + os.urandom(2 * MIB))
        bucket.stop()

        refused = await sender.post(body)

        assert (refused.status_code, refused.json()["code"]) == (503, "unavailable")
        for sweep, store in ((watch.sweep, town.hub.originals), (watch.sweep_uploads, town.hub.parts)):
            with pytest.raises(Unavailable):  # which whoever sweeps outlives
                await sweep(town.hub.database, store, datetime.now(UTC))
        assert (await town.counts())["envelope"] == 0
        assert (await sender.post(sender.written(document("G22", ["H53"])))).status_code == 202  # lives in its row
        bucket.start()
        assert (await sender.post(body)).status_code == 202


async def test_an_original_that_lost_bytes_is_never_served_as_whole(tmp_path: Path) -> None:
    store = object_store(f"file://{tmp_path}")
    await store.put("a" * 64, b"short")

    with pytest.raises(Unavailable):
        await whole(store, "a" * 64, 0, 10)
