"""A refusal is signed too."""

from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import pytest
from sqlalchemy import select

from hub.offline import Brought, check
from hub.store.directory import registry
from hub.store.tables import refusal
from hub.trust.seal import REFUSED, read
from tests.offices import document
from tests.proof.scenes import followed
from tests.town import Town, founded


async def test_a_refused_caller_can_show_what_it_sent_and_what_it_was_told(town: Town) -> None:
    sender = await town.settle("H53")
    body = sender.written(document("H53", ["Z99"]))

    answer = await sender.post(body)

    signed = read(answer.json()["receipt"]["jws"], [town.hub.seal.public])
    assert answer.status_code == 422
    assert signed.typ == REFUSED
    assert signed.claims["refused"] == "H53"
    assert signed.claims["sha256"] == sha256(body).hexdigest()
    assert signed.claims["codes"] == ["unknown-recipient"]
    said = check(answer.content, town.hub.settings, Brought())
    assert (said["kind"], said["ok"]) == ("refusal", True)
    assert len([name for name in await followed(town) if name[0] == "refusal"]) == 1


async def test_who_is_not_known_gets_no_signature(town: Town) -> None:
    sender = await town.settle("H53")
    sender.key = "trk_0123456789abcdef_" + "x" * 43

    answer = await sender.post(sender.written(document("H53", ["H53"])))

    assert answer.status_code == 401
    assert "receipt" not in answer.json()


async def test_who_is_suspended_gets_the_refusal_signed(town: Town) -> None:
    sender = await town.settle("H53")
    body = sender.written(document("H53", ["H53"]))
    async with town.hub.database.write() as conn:
        await registry.suspend(conn, "H53", datetime.now(UTC))
    await town.hub.directory.refresh()

    answer = await sender.post(body)

    assert (answer.status_code, answer.json()["code"]) == (403, "agency-suspended")
    signed = read(answer.json()["receipt"]["jws"], [town.hub.seal.public])
    assert (signed.typ, signed.claims["refused"]) == (REFUSED, "H53")
    assert signed.claims["codes"] == ["agency-suspended"]
    assert signed.claims["sha256"] is None  # its bytes were not looked at
    assert len([name for name in await followed(town) if name[0] == "refusal"]) == 1
    assert "receipt" not in (await sender.post(body, "?dry_run=true")).json()


async def test_a_suspended_caller_gets_no_more_signatures_than_its_rate(tmp_path: Path) -> None:
    async with founded(tmp_path, rate_per_second=0.001, rate_burst=3) as town:
        sender = await town.settle("H53")
        async with town.hub.database.write() as conn:
            await registry.suspend(conn, "H53", datetime.now(UTC))
        await town.hub.directory.refresh()

        answers = [await sender.post(b"<x/>") for _ in range(5)]

        told = [(answer.status_code, "receipt" in answer.json()) for answer in answers]
        assert told == [(403, True)] * 3 + [(429, False)] * 2


async def test_a_dry_run_keeps_nothing_and_signs_nothing(town: Town) -> None:
    sender = await town.settle("H53")

    answer = await sender.post(sender.written(document("H53", ["Z99"])), "?dry_run=true")

    assert answer.status_code == 422
    assert "receipt" not in answer.json()
    async with town.hub.database.read() as conn:
        assert (await conn.execute(select(refusal))).all() == []


async def test_of_a_state_secret_not_even_the_digest_is_kept(town: Town) -> None:
    sender = await town.settle("H53")
    body = sender.written(document("H53", ["H53"], subject="TUYỆT MẬT"))

    answer = await sender.post(body)

    assert answer.json()["code"] == "classified-not-allowed"
    claims = read(answer.json()["receipt"]["jws"], [town.hub.seal.public]).claims
    assert claims["sha256"] == sha256(body).hexdigest()
    async with town.hub.database.read() as conn:
        row = (await conn.execute(select(refusal))).one()
    assert (row.sha256, row.receipt) == (None, None)
    assert row.receipt_sha256 == sha256(answer.json()["receipt"]["jws"].encode()).hexdigest()


@pytest.mark.parametrize("headers", [{"Content-Type": "application/json"}, {"Content-Encoding": "gzip"}])
async def test_a_body_that_was_not_read_has_no_digest_in_the_refusal(town: Town, headers: dict[str, str]) -> None:
    sender = await town.settle("H53")

    answer = await sender.post(sender.written(document("H53", ["H53"])), "", **headers)

    claims = read(answer.json()["receipt"]["jws"], [town.hub.seal.public]).claims
    assert (answer.status_code, claims["sha256"]) == (415, None)
